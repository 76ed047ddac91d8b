import { afterAll, describe, expect, test } from 'vitest';
import type { Connector } from '../../src/connectors/contract.js';
import { erpnext } from '../../src/connectors/erpnext/connector.js';
import { googleSheets } from '../../src/connectors/google_sheets/connector.js';
import { netsuite } from '../../src/connectors/netsuite/connector.js';
import { postgres } from '../../src/connectors/postgres/connector.js';
import { rest } from '../../src/connectors/rest/connector.js';
import { salesforce } from '../../src/connectors/salesforce/connector.js';
import { stripe } from '../../src/connectors/stripe/connector.js';
import { supabase } from '../../src/connectors/supabase/connector.js';
import { realEffects } from '../../src/index.js';
import { diagnose } from '../../src/run/explain/doctor.js';
import { cursorsOf, setCursor } from '../../src/run/store/state.js';
import { sql } from '../../src/sql/tag.js';
import { expectBalanced } from '../support/accounts.js';
import { buildWell, csv, makeProject, projectIn, put, removeFolders } from '../support/project.js';
import { rowsIn } from '../support/query.js';
import { zip } from '../support/zip.js';

afterAll(removeFolders);

type Fields = Readonly<Record<string, unknown>>;

function shop(mode: 'append' | 'replace'): Promise<string> {
  return makeProject({
    config: {
      name: 'shop',
      sources: { till: { connector: 'file', streams: { sales: { path: 'in/*.csv', mode }, none: { path: 'nowhere/*.csv' } } } },
      tables: { sales: { from: 'till.sales', key: 'no', columns: { no: 'no', item: 'item' } } },
    },
    files: {
      'in/a.csv': csv(
        ['no', 'item'],
        [
          ['1', 'pen'],
          ['2', 'ink'],
        ],
      ),
    },
  });
}

describe('the state of streams', () => {
  test('is shown part by part', async () => {
    const dir = await shop('append');
    await buildWell(dir);
    expect(await cursorsOf(await projectIn(dir), 'till.sales')).toMatchObject([
      { stream: 'till.sales', part: 'in/a.csv', cursor: { version: expect.any(String) } },
    ]);
    await expect(cursorsOf(await projectIn(dir), 'till.sale')).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message: expect.stringContaining('till.sales'),
    });
  });

  test.each(['append', 'replace'] as const)('once reset has the stream read again, and nothing landed twice (mode %s)', async (mode) => {
    const dir = await shop(mode);
    await buildWell(dir);
    const before = await setCursor(await projectIn(dir), realEffects(), 'till.sales', undefined, null);
    expect(before).toHaveLength(1);
    const again = await buildWell(dir);
    expectBalanced(again);
    expect(again.ledger.find((l) => l.name === 'till.sales' && l.line === 'known')?.rows).toBe(2);
    expect(await rowsIn(dir, sql`SELECT no FROM bronze.till__sales`)).toHaveLength(2);
    expect(await cursorsOf(await projectIn(dir), 'till.sales')).toHaveLength(1);
  });
});

test('a part that was never read is not reset without a word', async () => {
  const dir = await shop('append');
  await buildWell(dir);
  await expect(setCursor(await projectIn(dir), realEffects(), 'till.sales', 'in/b.csv', null)).rejects.toMatchObject({
    code: 'NOT_FOUND',
    message: expect.stringContaining('did you mean `in/a.csv`'),
  });
  expect(await cursorsOf(await projectIn(dir), 'till.sales')).toHaveLength(1);
  expect(await setCursor(await projectIn(dir), realEffects(), 'till.sales', 'in/a.csv', null)).toHaveLength(1);
});

describe('a part whose cursor was reset', () => {
  const files = (config: Fields) => ({ name: 'shop', sources: { till: { connector: 'file', streams: { sales: config } } }, tables });
  const tables = { sales: { from: 'till.sales', key: 'no', columns: { no: 'no' } } };
  const standing = (dir: string) => rowsIn(dir, sql`SELECT no FROM silver.sales WHERE _deleted_at IS NULL`);
  const reset = async (dir: string) => setCursor(await projectIn(dir), realEffects(), 'till.sales', undefined, null);

  test('is retracted all the same when its file is gone, once', async () => {
    const dir = await makeProject({
      config: files({ path: 'in/*.csv', mode: 'replace' }),
      files: { 'in/a.csv': 'no\n1\n2\n', 'in/b.csv': 'no\n3\n' },
    });
    await buildWell(dir);
    await reset(dir);
    await put(dir, { 'in/a.csv': null });
    const again = await buildWell(dir);
    expectBalanced(again);
    expect(await standing(dir)).toEqual(['{"no":"3"}']);
    expect(await buildWell(dir)).toMatchObject({ published: false });
    expect(
      await rowsIn(dir, sql`SELECT rows_retracted::INTEGER AS rows FROM ops.batches WHERE part = 'in/a.csv' AND version IS NULL`),
    ).toEqual(['{"rows":2}']);
  });

  test('stands while the archive that it was in can not be opened, and is retracted when a newer one lacks it', async () => {
    const [one, two] = [
      { name: '1.csv', content: 'no\n1\n' },
      { name: '2.csv', content: 'no\n2\n' },
    ];
    const dir = await makeProject({ config: files({ path: '*.zip', mode: 'replace' }), files: { 'x.zip': zip([one, two]) } });
    await buildWell(dir);
    await reset(dir);
    await put(dir, { 'x.zip': 'no archive at all' });
    expect((await buildWell(dir)).status).toBe('partial');
    expect(await standing(dir)).toHaveLength(2);
    await put(dir, { 'x.zip': zip([one]) });
    await buildWell(dir);
    expect(await standing(dir)).toEqual(['{"no":"1"}']);
  });
});

describe('what a connector can not see', () => {
  test('is told by the doctor and by the state, and changes no run', async () => {
    const dir = await shop('append');
    expect((await diagnose(await projectIn(dir))).map((a) => a.blind)).toEqual([['deletes'], ['deletes']]);
    expect((await buildWell(dir)).warnings).toEqual([{ name: 'till.none', message: 'no file at nowhere/*.csv' }]);
    expect((await cursorsOf(await projectIn(dir), undefined)).map((c) => c.blind)).toEqual([['deletes']]);
    expect((await diagnose(await projectIn(await shop('replace')))).map((a) => a.blind)).toEqual([[], ['deletes']]);
  });

  const secret = { env: 'NOT_READ' };
  const url = 'https://x.example';
  const auth = { kind: 'token', consumer_key: secret, consumer_secret: secret, token: secret, token_secret: secret };
  const grant = { grant: 'refresh_token', client_id: 'x', refresh_token: secret };
  const changed = { cursor: 'changed' };
  const deletes = ['deletes'];
  const all = ['updates', 'deletes'];

  test.each<readonly [Connector, Fields, Fields, readonly (readonly [Fields, readonly string[]])[]]>([
    [rest, { url }, { path: 'orders' }, [[{ cursor: { field: 'changed', parameter: 'since' } }, deletes]]],
    [postgres, {}, { table: 'orders' }, [[changed, deletes]]],
    [supabase, { url, api_key: secret }, { table: 'orders' }, [[changed, deletes]]],
    [
      netsuite,
      { account: '1234567', auth },
      { table: 'customer' },
      [
        [changed, deletes],
        [{ ...changed, deleted: { type: 'customer' } }, []],
      ],
    ],
    [erpnext, { url, key: secret, secret }, { doctype: 'Customer' }, [[{ deleted: false }, deletes]]],
    [
      salesforce,
      { login_url: url, auth: grant },
      { object: 'Contact' },
      [
        [{ cursor: 'LastModifiedDate' }, []],
        [{ cursor: 'CreatedDate' }, all],
      ],
    ],
    [stripe, { api_key: secret }, { list: 'customers' }, [[{ changes: 'created' }, all]]],
    [googleSheets, { spreadsheet: 'x', credentials: secret }, { sheet: 'x' }, []],
  ])('is what its stream does not ask for: $name', ({ capabilities }, source, stream, expected) => {
    const of = (more: Fields) => capabilities({ source, stream: { ...stream, ...more } }).blind ?? [];
    expect(of({})).toEqual([]);
    for (const [more, blind] of expected) {
      expect(of(more)).toEqual(blind);
      expect(of({ ...more, full_every: 7 })).toEqual(blind);
      expect(of({ ...more, full_every: 0 })).toEqual([]);
    }
  });
});

describe('the doctor', () => {
  test('says of every stream whether it can be read', async () => {
    const answers = await diagnose(await projectIn(await shop('append')));
    expect(answers.map((a) => [a.stream, a.ok, a.message])).toEqual([
      ['till.sales', true, '1 file at in/*.csv'],
      ['till.none', false, 'no file at nowhere/*.csv'],
    ]);
  });
});
