import { afterEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { at } from '../../src/connectors/http/json.js';
import type { GoogleSheets, GoogleSheetsOptions } from '../../src/testing/index.js';
import { asEntered, startGoogleSheets } from '../../src/testing/index.js';
import { googleToken } from '../support/google.js';

const running: GoogleSheets[] = [];
afterEach(() => Promise.all(running.splice(0).map((service) => service.close())));

async function start(options: Partial<GoogleSheetsOptions> = {}) {
  const service = await startGoogleSheets({
    sheets: { Notes: [['id', 'note'], ['1', 'x', null], [], ['2']], ' other ': [[1]] },
    ...options,
  });
  running.push(service);
  return service;
}

async function get(service: GoogleSheets, query: Readonly<Record<string, string | readonly string[]>>, token?: string) {
  const asked = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) for (const one of [value].flat()) asked.append(name, one);
  const given = token ?? z.object({ access_token: z.string() }).parse((await googleToken(service)).json).access_token;
  const response = await fetch(`${service.url}/v4/spreadsheets/${service.spreadsheet}?${asked.toString()}`, {
    headers: { authorization: `Bearer ${given}` },
  });
  const json: unknown = await response.json();
  return { status: response.status, json };
}

describe('tokens', () => {
  test('are given for an assertion that the key has signed, for this address, for an hour at most', async () => {
    const service = await start();
    expect((await googleToken(service)).json).toMatchObject({ token_type: 'Bearer', expires_in: 3599 });
    const now = Math.floor(Date.now() / 1000);
    for (const claims of [
      { iss: 'nobody@example' },
      { aud: 'https://elsewhere.example' },
      { exp: now + 7200 },
      { iat: now - 7200, exp: now - 60 },
    ]) {
      const { status, json } = await googleToken(service, claims);
      expect([status, at(json, 'error')]).toEqual([400, 'invalid_grant']);
    }
    service.revokeKey();
    expect((await googleToken(service)).json).toMatchObject({ error: 'invalid_grant', error_description: 'Invalid JWT Signature.' });
  });

  test('run out, and count for their scopes only', async () => {
    let time = Date.now();
    const service = await start({ tokenLifetimeS: 60, now: () => new Date(time) });
    const token = z.object({ access_token: z.string() }).parse((await googleToken(service)).json).access_token;
    expect((await get(service, { fields: 'spreadsheetId' }, token)).status).toBe(200);
    time += 61_000;
    expect(await get(service, {}, token)).toMatchObject({ status: 401, json: { error: { status: 'UNAUTHENTICATED' } } });
    time -= 61_000;
    const other = await googleToken(service, { scope: 'https://www.googleapis.com/auth/calendar' });
    const given = z.object({ access_token: z.string() }).parse(other.json).access_token;
    const { status, json } = await get(service, {}, given);
    expect([status, at(json, 'error.details.0.reason')]).toEqual([403, 'ACCESS_TOKEN_SCOPE_INSUFFICIENT']);
  });
});

describe('ranges', () => {
  test('are cut off behind the last cell with something in it, and named by where they start', async () => {
    const service = await start();
    const fields = 'sheets(properties.title,data(startRow,startColumn,rowData.values.effectiveValue))';
    const { json } = await get(service, { ranges: ["'Notes'!1:1", "'Notes'!A2:B900000"], fields });
    expect(json).toEqual({
      sheets: [
        {
          properties: { title: 'Notes' },
          data: [
            { rowData: [{ values: [{ effectiveValue: { stringValue: 'id' } }, { effectiveValue: { stringValue: 'note' } }] }] },
            {
              startRow: 1,
              rowData: [
                { values: [{ effectiveValue: { stringValue: '1' } }, { effectiveValue: { stringValue: 'x' } }] },
                {},
                { values: [{ effectiveValue: { stringValue: '2' } }] },
              ],
            },
          ],
        },
      ],
    });
  });

  test('must name a sheet exactly and begin within its grid', async () => {
    const service = await start();
    expect(at((await get(service, { ranges: "'notes'!1:5" })).json, 'error.message')).toBe("Unable to parse range: 'notes'!1:5");
    expect(at((await get(service, { ranges: "'Notes'!1001:1002" })).json, 'error.message')).toBe(
      "Range ('Notes'!1001:1002) exceeds grid limits. Max rows: 1000, max columns: 26",
    );
    expect((await get(service, { ranges: "' other '!1:5" })).status).toBe(200);
  });
});

test('whoever reads more than 60 times a minute is refused until the minute is over', async () => {
  let time = Date.now();
  const service = await start({ now: () => new Date(time) });
  const token = z.object({ access_token: z.string() }).parse((await googleToken(service)).json).access_token;
  const statuses: number[] = [];
  for (let i = 0; i < 61; i++) statuses.push((await get(service, { fields: 'spreadsheetId' }, token)).status);
  expect(statuses.filter((s) => s === 200)).toHaveLength(60);
  expect((await get(service, {}, token)).json).toMatchObject({ error: { code: 429, status: 'RESOURCE_EXHAUSTED' } });
  time += 60_000;
  expect((await get(service, {}, token)).status).toBe(200);
});

test('what a person types becomes what a sheet makes of it', () => {
  expect(['', '007', '1.50', 'TRUE', 'BR001', '2025-03-09'].map(asEntered)).toEqual([
    null,
    7,
    1.5,
    true,
    'BR001',
    { value: 45725, format: { type: 'DATE', pattern: 'yyyy-mm-dd' } },
  ]);
});
