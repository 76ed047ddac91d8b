import { afterEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { Fault } from '../../src/testing/emulators/faults.js';
import { openFaults } from '../../src/testing/emulators/faults.js';
import type { JsonService } from '../../src/testing/emulators/server.js';
import { serveJson } from '../../src/testing/emulators/server.js';

const running: JsonService[] = [];
afterEach(() => Promise.all(running.splice(0).map((service) => service.close())));

const rows = Array.from({ length: 9 }, (_, i) => i + 1);

/** A service with nine rows; it is paged by `from` (counted by the client) or by `mark` (given by the service). */
async function start(initial: readonly Fault[] = []) {
  const faults = openFaults(initial);
  const service = await serveJson(
    faults,
    ({ status }) => ({ status, body: { refused: status } }),
    ({ query, struck }) => {
      if (struck.expires) return { status: 401, body: {} };
      const place = query['mark'] === undefined ? 'offset' : 'mark';
      const page = struck.page(rows, Number(query['mark'] ?? query['from'] ?? 0), Number(query['size'] ?? 3), place);
      return { status: 200, body: place === 'mark' ? page : page.rows };
    },
  );
  running.push(service);
  const get = async (path: string) => {
    const response = await fetch(`${service.url}${path}`);
    return { status: response.status, headers: response.headers, json: await response.json() };
  };
  return { service, faults, get };
}

type Get = (path: string) => Promise<{ readonly json: unknown }>;
const list = z.array(z.number());
const page = z.object({ rows: list, next: z.number() });

async function counted(get: Get): Promise<readonly number[]> {
  const read: number[] = [];
  for (;;) {
    const came = list.parse((await get(`/rows?from=${read.length}`)).json);
    if (came.length === 0) return read;
    read.push(...came);
  }
}

async function marked(get: Get): Promise<readonly number[]> {
  const read: number[] = [];
  for (let mark = 0; ; ) {
    const came = page.parse((await get(`/rows?mark=${mark}`)).json);
    if (came.rows.length === 0) return read;
    read.push(...came.rows);
    mark = came.next;
  }
}

describe('a fault', () => {
  test('strikes the requests that it names, counted from one among those that it fits, and no others', async () => {
    const { get, service, faults } = await start([{ kind: 'error', on: /GET \/a b/, at: [2, 3] }]);
    const statuses = [];
    for (const path of ['/a%20b', '/other', '/a%20b', '/other', '/a%20b', '/a%20b']) statuses.push((await get(path)).status);
    expect(statuses).toEqual([200, 200, 500, 200, 500, 200]);
    expect(service.requests.map(({ status }) => status)).toEqual(statuses);
    faults.set([{ kind: 'error', status: 503 }]);
    expect((await get('/other')).json).toEqual({ refused: 503 });
    faults.set([]);
    expect((await get('/other')).status).toBe(200);
  });

  test('of too many requests may say when to come back, or not', async () => {
    const { get } = await start([
      { kind: 'limited', retryAfter: '7', at: 1 },
      { kind: 'limited', at: 2 },
    ]);
    const [first, second] = [await get('/rows'), await get('/rows')];
    expect([first.status, first.headers.get('retry-after')]).toEqual([429, '7']);
    expect([second.status, second.headers.get('retry-after')]).toEqual([429, null]);
  });

  test.each(['headers', 'body'] as const)('may hold back the %s, all of which arrives', async (phase) => {
    const { get } = await start([{ kind: 'slow', ms: 60, phase }]);
    const started = performance.now();
    expect((await get('/rows?size=9')).json).toEqual(rows);
    expect(performance.now() - started).toBeGreaterThan(55);
  });

  test('may cut the body off, as if it ended there', async () => {
    const { service } = await start([{ kind: 'truncated' }]);
    expect(await (await fetch(`${service.url}/rows?size=9`)).text()).toBe('[1,2,3,4,');
  });

  test.each(['headers', 'body'] as const)('may break the connection: %s', async (phase) => {
    const { service } = await start([{ kind: 'dropped', phase, at: 1 }]);
    await expect(fetch(`${service.url}/rows`).then((response) => response.text())).rejects.toThrow();
    expect((await fetch(`${service.url}/rows`)).status).toBe(200);
  });

  test('tells when credentials expire', async () => {
    const { get } = await start([{ kind: 'expired', at: 2 }]);
    expect([(await get('/rows')).status, (await get('/rows')).status, (await get('/rows')).status]).toEqual([200, 401, 200]);
  });

  test('may let something happen before a request is answered', async () => {
    const happened: string[] = [];
    const { get, service } = await start([{ kind: 'meanwhile', at: 2, act: () => happened.push(`after ${service.requests.length}`) }]);
    await counted(get);
    expect(happened).toEqual(['after 1']);
  });
});

describe('pages', () => {
  test('that are not struck fit together', async () => {
    const { get } = await start();
    expect([await counted(get), await marked(get)]).toEqual([rows, rows]);
  });

  test.each([
    ['repeated', [1, 2, 3, 1, 2, 3, 4, 5, 6, 7, 8, 9]],
    ['omitted', [1, 2, 3, 7, 8, 9]],
  ] as const)('may be %s, whoever finds the next one', async (kind, expected) => {
    const { get, faults } = await start();
    for (const read of [counted, marked]) {
      faults.set([{ kind, at: 2 }]);
      expect(await read(get)).toEqual(expected);
      expect(await read(get)).toEqual(rows);
    }
  });

  test('may be smaller than asked for', async () => {
    const { get } = await start([{ kind: 'cap', rows: 2 }]);
    expect((await get('/rows?size=5')).json).toEqual([1, 2]);
    expect(await marked(get)).toEqual(rows);
  });
});
