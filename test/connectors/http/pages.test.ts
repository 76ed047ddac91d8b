import { describe, expect, test } from 'vitest';
import { openHttp } from '../../../src/connectors/http/client.js';
import type { Collection, Page } from '../../../src/connectors/http/pages.js';
import { pages } from '../../../src/connectors/http/pages.js';
import { linkTo } from '../../../src/connectors/http/paging/link_header.js';
import { watchStability } from '../../../src/connectors/http/stability.js';
import { realWorld } from '../../../src/connectors/http/world.js';
import type { Handler } from '../../support/http.js';
import { closeServers, errorOf, reply, serve, testWorld } from '../../support/http.js';

closeServers();

interface Row extends Readonly<Record<string, unknown>> {
  readonly id: number;
}

const rows = (from: number, to: number): readonly Row[] => Array.from({ length: to - from }, (_, i) => ({ id: from + i }));
const offset = { kind: 'offset', size: 10 } as const;
const collection = (more: Partial<Collection> = {}): Collection => ({
  request: { url: 'items' },
  records: 'items',
  paging: offset,
  ...more,
});

async function start(handler: Handler) {
  const server = await serve(handler);
  return { server, http: openHttp({ baseUrl: server.url, retries: { attempts: 3 } }, testWorld({ KEY: 'k-secret' })) };
}

async function all(reading: AsyncIterable<Page>): Promise<readonly Page[]> {
  const found: Page[] = [];
  for await (const page of reading) found.push(page);
  return found;
}

const ids = (read: readonly Page[]) => read.flatMap((page) => page.records.map((record) => record['id']));
const numbers = (url: URL) => ({ offset: Number(url.searchParams.get('offset')), limit: Number(url.searchParams.get('limit')) });

/** A list served by offset and limit, as a well-behaved service does. */
const listed =
  (items: readonly Row[], more: (url: URL) => Readonly<Record<string, unknown>> = () => ({})): Handler =>
  ({ url }, response) => {
    const { offset: from, limit } = numbers(url);
    reply(response, { items: items.slice(from, from + limit), total: items.length, ...more(url) });
  };

describe('the end of the pages', () => {
  test('is the empty page, even where a service gives fewer than asked', async () => {
    const { http, server } = await start(({ url }, response) => {
      const { offset: from } = numbers(url);
      reply(response, { items: rows(0, 25).slice(from, from + 4), limit: 4, total: 25 });
    });
    expect(ids(await all(pages(http, collection({ total: 'total' }))))).toEqual(rows(0, 25).map((r) => r.id));
    expect(server.seen).toHaveLength(8);
  });

  test('is the reached total, or the short page, where this is declared', async () => {
    const { http, server } = await start(listed(rows(0, 20)));
    expect(ids(await all(pages(http, collection({ total: 'total', paging: { ...offset, stop: 'total' } }))))).toHaveLength(20);
    expect(server.seen).toHaveLength(2);
    const short = await start(listed(rows(0, 25)));
    expect(ids(await all(pages(short.http, collection({ paging: { ...offset, stop: 'short' } }))))).toHaveLength(25);
    expect(short.server.seen).toHaveLength(3);
  });

  test('is wrong when fewer records came than were declared: an error, and the last cursor is not done', async () => {
    const { http } = await start(listed(rows(0, 25), () => ({ total: 30 })));
    const seen: Page[] = [];
    const error = await errorOf(
      (async () => {
        for await (const page of pages(http, collection({ total: 'total' }))) seen.push(page);
      })(),
    );
    expect([error.code, error.message]).toEqual(['SOURCE_BROKEN', expect.stringContaining('declared a total of 30, but gave 25 records')]);
    expect(seen.at(-1)?.cursor).toMatchObject({ done: false, read: 25 });
  });

  test('is wrong when more came than were declared, so that a total that lies loses nothing', async () => {
    const { http } = await start(listed(rows(0, 60), () => ({ total: 20 })));
    expect((await errorOf(all(pages(http, collection({ total: 'total' }))))).message).toContain(
      'declared a total of 20, but gave 60 records',
    );
  });
});

describe('an answer that is not as declared', () => {
  test.each([
    ['no records there', { data: [], meta: 1 }, 'has nothing at `items`: it is an object with `data`, `meta`'],
    ['no list there', { items: { a: 1 } }, 'has no list at `items`: it is an object with `a`'],
    ['things that are no records', { items: [1] }, 'has things at `items` that are no records'],
    ['no total', { items: [] }, 'has no total at `total`'],
  ])('%s', async (_name, body, message) => {
    const { http } = await start((_r, response) => reply(response, body));
    const error = await errorOf(all(pages(http, collection({ total: 'total' }))));
    expect([error.code, error.message]).toEqual(['SOURCE_BROKEN', expect.stringContaining(message)]);
  });

  test('null stands for an empty list', async () => {
    const { http } = await start((_r, response) => reply(response, { items: null }));
    expect(await all(pages(http, collection()))).toEqual([]);
  });

  test('a service that does not know the parameters gives the same page twice: an error, and no endless loop', async () => {
    const { http, server } = await start((_r, response) => reply(response, { items: rows(0, 10) }));
    expect((await errorOf(all(pages(http, collection())))).message).toContain('gave the same page twice');
    expect(server.seen).toHaveLength(2);
  });

  test('a cursor that leads back is an error', async () => {
    const { http } = await start((_r, response, n) => reply(response, { items: rows(n, n + 1), next: n % 2 === 0 ? 'a' : 'b' }));
    const paging = { kind: 'cursor', next: 'next', parameter: 'after' } as const;
    expect((await errorOf(all(pages(http, collection({ paging }))))).message).toContain('leads back to a page that was read');
  });

  test('a cursor of another kind of paging is refused', async () => {
    const { http } = await start(listed(rows(0, 20)));
    const [first] = await all(pages(http, collection()));
    const paging = { kind: 'keyset', column: 'id', parameter: 'after' } as const;
    for (const from of [first?.cursor, { nonsense: true }]) {
      expect((await errorOf(all(pages(http, collection({ paging }), from)))).code).toBe('CONFIG_INVALID');
    }
  });
});

describe('pages that are too heavy', () => {
  test.each([413, 504, 500])('are halved until the service can give them (%i), and grow again', async (status) => {
    const { http, server } = await start(({ url }, response) => {
      const { offset: from, limit } = numbers(url);
      if (limit > 3 && from < 20) reply(response, {}, status);
      else reply(response, { items: rows(0, 100).slice(from, from + limit), total: 100 });
    });
    expect(ids(await all(pages(http, collection({ total: 'total', paging: { ...offset, size: 16 } }))))).toEqual(
      rows(0, 100).map((r) => r.id),
    );
    expect(Math.max(...server.seen.slice(-3).map(({ url }) => numbers(url).limit))).toBeGreaterThan(3);
  });

  test('are an error when even the smallest fail', async () => {
    const { http, server } = await start((_r, response) => reply(response, {}, 500));
    const error = await errorOf(all(pages(http, collection({ paging: { ...offset, min_size: 3 } }))));
    expect(error.code).toBe('SOURCE_UNREACHABLE');
    expect(server.seen.map(({ url }) => numbers(url).limit)).toEqual([10, 10, 5, 5, 5]);
  });

  test('numbered pages become smaller where they begin at the same record', async () => {
    const { http } = await start(({ url }, response) => {
      const [number, limit] = [Number(url.searchParams.get('page')), Number(url.searchParams.get('per'))];
      if (limit > 5 && number === 2) reply(response, {}, 413);
      else reply(response, { items: rows(0, 47).slice((number - 1) * limit, number * limit) });
    });
    const paging = { kind: 'page', limit: 'per', size: 10 } as const;
    expect(ids(await all(pages(http, collection({ paging }))))).toEqual(rows(0, 47).map((r) => r.id));
  });
});

describe('next addresses', () => {
  test('in the body may be relative, and hold no credentials when they are kept', async () => {
    const { server, http: plain } = await start(({ url }, response) => {
      const from = Number(url.searchParams.get('from'));
      const next = from < 4 ? `?from=${from + 2}&key=k-secret` : null;
      reply(response, { value: rows(from, from + 2), '@odata.nextLink': next, '@odata.count': 6 });
    });
    const http = openHttp(
      { baseUrl: server.url, auth: { kind: 'api_key', key: { env: 'KEY' }, query: 'key' } },
      testWorld({ KEY: 'k-secret' }),
    );
    const odata = {
      request: { url: 'items' },
      records: 'value',
      total: '@odata.count',
      paging: { kind: 'next_url', next: '@odata.nextLink' },
    } as const;
    const read = await all(pages(http, odata));
    expect(ids(read)).toEqual([0, 1, 2, 3, 4, 5]);
    expect(JSON.stringify(read.map((page) => page.cursor))).not.toContain('k-secret');
    expect(server.seen.every(({ url }) => url.searchParams.get('key') === 'k-secret')).toBe(true);
    expect(plain.origin).toBe(server.url);
  });

  test.each([
    ['next_url', { kind: 'next_url', next: 'next' } as const],
    ['link_header', { kind: 'link_header' } as const],
  ])('at another origin are refused, for credentials would go along (%s)', async (_name, paging) => {
    const elsewhere = await serve((_r, response) => reply(response, {}));
    const { http } = await start((_r, response) =>
      reply(response, { items: rows(0, 1), next: elsewhere.url }, 200, { link: `<${elsewhere.url}/>; rel=next` }),
    );
    const error = await errorOf(all(pages(http, collection({ paging }))));
    expect(error.message).toContain('a next address at another origin');
    expect(elsewhere.seen).toEqual([]);
  });

  test('in a Link header are found among others', () => {
    const header =
      '<https://h/?a=1,2;x>; title="a, \\"b\\"; rel=next"; rel="prev first", </p?page=3>;rel="Next last"; rel=x, <z>; rel=last';
    expect(linkTo(header, 'next')).toBe('/p?page=3');
    expect(linkTo(header, 'prev')).toBe('https://h/?a=1,2;x');
    expect(linkTo('', 'next')).toBeNull();
  });
});

describe('cursors', () => {
  test('may follow empty pages, and stand in the body of a search', async () => {
    const { http, server } = await start(({ body }, response) => {
      const after = Number(JSON.parse(body)['paging']?.['after'] ?? 0);
      reply(response, {
        items: after === 1 ? [] : rows(after * 10, after * 10 + 10),
        paging: { next: after < 2 ? { after: String(after + 1) } : null },
      });
    });
    const request = { method: 'POST', url: 'search', idempotent: true, body: { json: { filter: 'x' } } } as const;
    const paging = {
      kind: 'cursor',
      next: 'paging.next.after',
      parameter: 'paging.after',
      into: 'body',
      limit: 'limit',
      size: 10,
    } as const;
    expect(ids(await all(pages(http, collection({ request, paging }))))).toEqual([...rows(0, 10), ...rows(20, 30)].map((r) => r.id));
    expect(JSON.parse(server.seen[1]?.body ?? '')).toEqual({ filter: 'x', limit: 10, paging: { after: '1' } });
  });

  test('a page that says more follows and names no cursor is an error', async () => {
    const { http } = await start((_r, response) => reply(response, { items: rows(0, 1), has_more: true }));
    const paging = { kind: 'cursor', next: 'next', parameter: 'after', more: 'has_more' } as const;
    expect((await errorOf(all(pages(http, collection({ paging }))))).message).toContain('says more follows and has no cursor');
  });

  test('may come in a header', async () => {
    const { http } = await start(({ url }, response) => {
      const after = Number(url.searchParams.get('after') ?? 0);
      reply(response, { items: rows(after, after + 1) }, 200, after < 3 ? { 'x-next': String(after + 1) } : {});
    });
    const paging = { kind: 'cursor', next: { header: 'X-Next' }, parameter: 'after' } as const;
    expect(ids(await all(pages(http, collection({ paging }))))).toEqual([0, 1, 2, 3]);
  });
});

describe('keyset', () => {
  const paging = { kind: 'keyset', column: 'id', parameter: 'where', template: 'id > {last}', limit: 'limit', size: 3 } as const;

  test('goes on after the last value, so that rows which vanish in between do no harm', async () => {
    let items = rows(1, 11);
    const { http } = await start(({ url }, response) => {
      const last = Number(url.searchParams.get('where')?.replace('id > ', '') ?? 0);
      const rest = items.filter((r) => r.id > last);
      reply(response, { items: rest.slice(0, 3), total: rest.length });
      items = items.filter((r) => r.id !== 2);
    });
    expect(ids(await all(pages(http, collection({ paging, total: 'total' }))))).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  });

  test('asks for less from its first page on, where the service can not give so many', async () => {
    const { http } = await start(({ url }, response) => {
      const last = Number(url.searchParams.get('where')?.replace('id > ', '') ?? 0);
      if (Number(url.searchParams.get('limit')) > 1) reply(response, {}, 504);
      else reply(response, { items: rows(last + 1, Math.min(last + 2, 4)) });
    });
    expect(ids(await all(pages(http, collection({ paging }))))).toEqual([1, 2, 3]);
  });

  test.each([
    ['values repeat', [{ id: 1 }, { id: 2 }, { id: 2 }], 'repeated values of `id`'],
    ['there is no order', [{ id: 1 }, { id: 3 }, { id: 2 }], 'no order by `id`'],
    ['the column is missing', [{ id: 1 }, {}], 'a record without `id`'],
  ])('is an error where %s, as rows would be lost', async (_name, items, message) => {
    const { http } = await start((_r, response) => reply(response, { items }));
    expect((await errorOf(all(pages(http, collection({ paging }))))).message).toContain(message);
  });
});

describe('a collection that changes while it is read', () => {
  async function watched(handler: Handler) {
    const { http } = await start(handler);
    const watch = watchStability('id');
    for await (const page of pages(http, collection({ total: 'total' }))) watch.see(page);
    return watch.report();
  }

  test('is reported as unstable when a row vanished before the reader, and so another slipped through', async () => {
    let items = rows(0, 30);
    const report = await watched((request, response, n) => {
      listed(items)(request, response, n);
      if (n === 1) items = items.slice(1);
    });
    expect(report).toEqual({ unstable: true, repeated: 0, totals: { first: 30, last: 29 } });
  });

  test('is reported as unstable when a row came twice', async () => {
    let items = rows(0, 30);
    const report = await watched((request, response, n) => {
      listed(items)(request, response, n);
      if (n === 1) items = [{ id: 99 }, ...items].slice(0, 30);
    });
    expect(report).toEqual({ unstable: true, repeated: 1, totals: { first: 30, last: 30 } });
  });

  test('and is not when nothing happened', async () => {
    expect(await watched(listed(rows(0, 30)))).toEqual({ unstable: false, repeated: 0, totals: { first: 30, last: 30 } });
  });
});

test('the real world waits in real time and finds secrets as it is told', async () => {
  const server = await serve((_r, response, n) => reply(response, rows(0, 3), n === 1 ? 503 : 200));
  const auth = { kind: 'bearer', token: { env: 'KEY' } } as const;
  const http = openHttp(
    { baseUrl: server.url, auth, retries: { baseMs: 5 } },
    realWorld(async () => 'k-secret'),
  );
  expect(ids(await all(pages(http, { request: { url: 'all' }, records: '', paging: { kind: 'single' } })))).toEqual([0, 1, 2]);
  expect(server.seen.map((s) => s.headers.authorization)).toEqual(['Bearer k-secret', 'Bearer k-secret']);
});

test.each([
  ['0-2/3', 3],
  ['0-2/*', null],
])('the total of a `Content-Range` of %s is %s', async (range, total) => {
  const { http } = await start((_r, response) => reply(response, rows(0, 3), 206, { 'content-range': range }));
  const asked = { request: { url: 'all' }, records: '', total: { header: 'Content-Range' }, paging: { kind: 'single' } } as const;
  expect((await all(pages(http, asked))).map((page) => page.total)).toEqual([total]);
});

test('one request is all where there are no pages', async () => {
  const { http } = await start((_r, response) => reply(response, rows(0, 3), 200, { 'x-total-count': '3' }));
  const read = await all(
    pages(http, { request: { url: 'all' }, records: '', total: { header: 'X-Total-Count' }, paging: { kind: 'single' } }),
  );
  expect([ids(read), read[0]?.cursor.done]).toEqual([[0, 1, 2], true]);
});
