import type { ServerResponse } from 'node:http';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { openHttp } from '../../../src/connectors/http/client.js';
import type { Collection, Page } from '../../../src/connectors/http/pages.js';
import { pages } from '../../../src/connectors/http/pages.js';
import type { PagingOptions } from '../../../src/connectors/http/paging/registry.js';
import type { Seen } from '../../support/http.js';
import { closeServers, reply, serve, testWorld } from '../../support/http.js';
import { cases, patience } from '../../support/property.js';

closeServers();

/** What may go wrong with a request; the next attempt finds the service well again. */
const fault = fc.constantFrom(
  '429',
  '429 with a wait',
  '500',
  '503',
  '413',
  'reset',
  'torn',
  'empty',
  'redirect',
  'none',
  'none',
  'none',
  'none',
);
type Fault = typeof fault extends fc.Arbitrary<infer T> ? T : never;

interface World {
  readonly records: number;
  /** The service gives no more than so many, whatever is asked. */
  readonly cap: number;
  readonly faults: readonly Fault[];
}

let world: World = { records: 0, cap: 1, faults: [] };
let asked = 0;

const service = await serve((request, response) => {
  const { pathname, searchParams, search } = request.url;
  const now = searchParams.has('again') ? 'none' : (world.faults[asked++] ?? 'none');
  if (now === 'redirect')
    return void response.writeHead(307, { location: `${pathname}${search === '' ? '?' : `${search}&`}again=1` }).end();
  if (now === 'reset') return void response.destroy();
  if (now === 'torn') return void response.writeHead(200, { connection: 'close' }).end('{"items":[{"id":1},{"i');
  if (now === 'empty') return void response.writeHead(200).end();
  if (now === '429 with a wait') return reply(response, {}, 429, { 'retry-after': '2' });
  if (now !== 'none') return reply(response, { items: [] }, Number(now));
  serveRecords(request, response);
});

function serveRecords({ url: { pathname, searchParams } }: Seen, response: ServerResponse): void {
  const number = (name: string, otherwise: number): number => Number(searchParams.get(name) ?? otherwise);
  const limit = Math.min(world.cap, number('limit', 7));
  const from =
    pathname === '/page'
      ? (number('page', 1) - 1) * limit
      : pathname === '/keyset'
        ? number('after', 0)
        : number(pathname === '/offset' ? 'skip' : 'token', 0);
  const items = Array.from({ length: Math.max(0, Math.min(limit, world.records - from)) }, (_, i) => ({ id: from + i + 1 }));
  const next = from + limit < world.records ? from + limit : null;
  const address = `/${pathname.slice(1)}?limit=${limit}&token=${next}`;
  reply(response, { items, total: world.records, limit: items.length, next, link: next === null ? null : address }, 200, {
    ...(next === null ? {} : { link: `<${address}>; rel="next"` }),
  });
}

const kinds: Readonly<Record<string, (size: number) => PagingOptions>> = {
  offset: (size) => ({ kind: 'offset', offset: 'skip', size }),
  page: (size) => ({ kind: 'page', limit: 'limit', size }),
  cursor: (size) => ({ kind: 'cursor', next: 'next', parameter: 'token', limit: 'limit', size }),
  link_header: () => ({ kind: 'link_header' }),
  next_url: () => ({ kind: 'next_url', next: 'link' }),
  keyset: (size) => ({ kind: 'keyset', column: 'id', parameter: 'after', limit: 'limit', size }),
};

async function read(collection: Collection, from?: unknown): Promise<readonly Page[]> {
  const found: Page[] = [];
  const http = openHttp({ baseUrl: service.url, retries: { attempts: 40, baseMs: 1, patienceMs: 1e9 } }, testWorld());
  for await (const page of pages(http, collection, from)) found.push(page);
  return found;
}

const idsOf = (found: readonly Page[]) => found.flatMap((page) => page.records.map((record) => record['id']));

test.each(Object.keys(kinds))(
  '%s: whatever the sizes and the faults, each record comes once, and any cursor gives the rest',
  async (kind) => {
    const generated = fc.record({
      records: fc.integer({ min: 0, max: 40 }),
      cap: fc.integer({ min: 1, max: 50 }),
      size: fc.integer({ min: 1, max: 12 }),
      faults: fc.array(fault, { maxLength: 25 }),
      again: fc.array(fault, { maxLength: 10 }),
      at: fc.nat(),
    });
    await fc.assert(
      fc.asyncProperty(generated, async ({ records, cap, size, faults, again, at }) => {
        // 413 is final where the size can't be chosen.
        const bearable = (list: readonly Fault[]) => list.filter((f) => f !== '413');
        world = { records, cap, faults: bearable(faults) };
        asked = 0;
        const paging = kinds[kind]?.(size) ?? { kind: 'single' };
        const collection = { request: { url: kind }, records: 'items', ...(kind === 'keyset' ? {} : { total: 'total' }), paging };
        const found = await read(collection);
        const expected = Array.from({ length: records }, (_, i) => i + 1);
        expect(idsOf(found)).toEqual(expected);

        const taken = found.length === 0 ? 0 : (at % found.length) + 1;
        const cursor: unknown = JSON.parse(JSON.stringify(found[taken - 1]?.cursor ?? null));
        world = { records, cap, faults: bearable(again) };
        asked = 0;
        expect([...idsOf(found.slice(0, taken)), ...idsOf(await read(collection, cursor))]).toEqual(expected);
      }),
      cases(25),
    );
  },
  patience,
);
