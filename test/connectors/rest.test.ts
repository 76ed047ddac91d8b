import type { ServerResponse } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { earlier, later, notBehind } from '../../src/connectors/moment.js';
import { sql } from '../../src/sql/tag.js';
import { startDirectoryService } from '../../src/testing/index.js';
import { expectBalanced } from '../support/accounts.js';
import type { Seen } from '../support/http.js';
import { closeServers, reply, serve } from '../support/http.js';
import { buildIn, makeProject, removeFolders } from '../support/project.js';
import { rowsIn } from '../support/query.js';
import { warnings } from '../support/stream.js';

closeServers();
beforeAll(() => {
  process.env['ONEFOLD_TEST_TOKEN'] = 'a-token-that-nobody-may-see';
  process.env['ONEFOLD_TEST_WRONG'] = 'another-token-that-nobody-may-see';
});
afterAll(removeFolders);

type Fields = Readonly<Record<string, unknown>>;

const paging = { kind: 'offset', offset: 'skip', limit: 'limit', size: 2 };
const users = { path: 'users', records: 'users', total: 'total', paging, key: ['id'] };

function project(url: string, stream: Fields = users, source: Fields = {}): Promise<string> {
  return makeProject({
    config: {
      name: 'service',
      sources: { crm: { connector: 'rest', url, attempts: 1, ...source, streams: { users: stream } } },
      tables: { users: { from: 'crm.users', key: 'id', columns: { id: 'id', name: { from: 'name', optional: true } } } },
    },
  });
}

async function build(dir: string) {
  const result = await buildIn(dir);
  expectBalanced(result);
  return result;
}

const people = (n: number): Fields[] =>
  Array.from({ length: n }, (_, i) => ({ id: i + 1, name: `Person ${i + 1}`, password: `secret-${i + 1}` }));
const names = (dir: string) => rowsIn(dir, sql`SELECT id, name FROM silver.users WHERE _deleted_at IS NULL`);
const truth = (records: readonly Fields[]): readonly string[] =>
  records.map((r) => JSON.stringify({ id: String(r['id']), name: r['name'] })).sort();
const landed = (result: Awaited<ReturnType<typeof build>>) =>
  result.ledger.filter((l) => l.name === 'crm.users' && l.line === 'landed').reduce((n, l) => n + l.rows, 0);

/** A page of a collection, as `skip` and `limit` ask for it. */
function paged(records: readonly Fields[], { url }: Seen, response: ServerResponse, total = records.length): void {
  const [skip, limit] = [Number(url.searchParams.get('skip')), Number(url.searchParams.get('limit'))];
  reply(response, { users: records.slice(skip, skip + limit), total });
}

describe('a collection that is read whole', () => {
  test('is read to its end, and only the fields that are asked for are landed', async () => {
    const service = await startDirectoryService({ collections: { users: people(7) } });
    const dir = await project(service.url, { ...users, query: { select: 'name' } });
    expect((await build(dir)).status).toBe('success');
    expect(await names(dir)).toEqual(truth(people(7)));
    expect((await rowsIn(dir, sql`SELECT * FROM bronze.crm__users`)).join()).not.toContain('secret-');
    const again = await build(dir);
    expect([landed(again), again.published]).toEqual([0, false]);
    await service.close();
  });

  test('lands no other fields than `columns`, also where the service does not leave them out', async () => {
    const { url } = await serve((request, response) => paged(people(3), request, response));
    const dir = await project(url, { ...users, columns: ['id', 'name'] });
    await build(dir);
    expect(await names(dir)).toEqual(truth(people(3)));
    expect((await rowsIn(dir, sql`SELECT * FROM bronze.crm__users`)).join()).not.toContain('secret-');
  });

  test('goes on behind what was landed, whichever page fails: nothing twice, nothing missed', async () => {
    // The first request looks for the columns.
    for (const failing of [2, 3, 4, 5, 6]) {
      const { url, seen } = await serve((request, response, count) =>
        count === failing ? reply(response, {}, 500) : paged(people(7), request, response),
      );
      const dir = await project(url, { ...users, paging: { ...paging, min_size: 2 } });
      const first = await build(dir);
      expect(first.status).toBe('partial');
      const second = await build(dir);
      expect([landed(first) + landed(second), second.status]).toEqual([7, 'success']);
      expect(await names(dir)).toEqual(truth(people(7)));
      expect(seen).toHaveLength(failing === 2 ? 8 : 7);
    }
  });

  test('loses what is gone, and keeps the digits of long numbers', async () => {
    let records: Fields[] = [...people(4), { id: 5, name: 'x' }];
    const { url } = await serve((request, response) => paged(records, request, response));
    const dir = await project(url);
    await build(dir);
    records = records.filter((r) => r['id'] !== 2);
    await build(dir);
    expect(await names(dir)).toEqual(truth(records));
    const long = await serve((_, response) => {
      response.end('[{"id": 12345678901234567890, "name": "n"}]');
    });
    const other = await project(long.url, { path: 'users', key: ['id'] });
    await build(other);
    expect(await names(other)).toEqual(['{"id":"12345678901234567890","name":"n"}']);
  });

  test('is read again when records move while it is read', async () => {
    let records = people(6);
    const { url, seen } = await serve((request, response, count) => {
      if (count === 3) records = records.slice(1);
      paged(records, request, response);
    });
    const dir = await project(url);
    expect((await build(dir)).status).toBe('success');
    expect(await names(dir)).toEqual(truth(records));
    expect(seen.length).toBeGreaterThan(4);
  });

  test('that always gives fewer than it declares is reported, deletes nothing, and is whole as soon as the service is', async () => {
    let [records, lost] = [people(5), 0];
    const { url } = await serve((request, response) => paged(records.slice(lost), request, response, 5));
    const dir = await project(url);
    await build(dir);
    lost = 2;
    const short = await build(dir);
    expect(short.status).toBe('partial');
    expect(warnings(short)).toEqual([
      'users declared a total of 5, but gave 3 records, 3 times in a row; nothing was deleted, and the next run reads it again',
    ]);
    expect(await names(dir)).toEqual(truth(records));
    lost = 0;
    records = [...records.slice(0, 4), { id: 5, name: 'renamed' }];
    expect((await build(dir)).status).toBe('success');
    expect(await names(dir)).toEqual(truth(records));
  });

  test('that is said to have records and gives none at all is no success', async () => {
    const { url } = await serve((_, response) => reply(response, { users: [], total: 9 }));
    expect((await build(await project(url))).status).toBe('partial');
  });

  test('begins anew when the service has forgotten the place where it stopped', async () => {
    const pages: Readonly<Record<string, unknown>> = {
      '': { users: people(4).slice(0, 2), next: 'old' },
      new: { users: people(4).slice(2), next: null },
    };
    let broken = true;
    const { url } = await serve((request, response) => {
      const at = request.url.searchParams.get('after') ?? '';
      if (at === 'old') reply(response, { message: 'expired' }, broken ? 500 : 410);
      else reply(response, at === '' && !broken ? { users: people(4).slice(0, 2), next: 'new' } : pages[at]);
    });
    const stream = { path: 'users', records: 'users', key: ['id'], paging: { kind: 'cursor', parameter: 'after', next: 'next' } };
    const dir = await project(url, stream);
    expect((await build(dir)).status).toBe('partial');
    broken = false;
    expect((await build(dir)).status).toBe('success');
    expect(await names(dir)).toEqual(truth(people(4)));
  });
});

describe('a collection with a cursor', () => {
  const at = (minute: number): string => `2024-01-01T00:${String(minute).padStart(2, '0')}:00Z`;
  const stream = (more: Fields = {}): Fields => ({
    path: 'users',
    records: 'users',
    key: ['id'],
    cursor: { field: 'changed', parameter: 'since' },
    overlap: 0,
    ...more,
  });
  const changes = (records: () => readonly Fields[]) =>
    serve((request, response) => {
      const since = request.url.searchParams.get('since');
      reply(response, { users: records().filter((r) => since === null || String(r['changed']) >= since) });
    });

  test('is asked once for what is new, from the newest value on', async () => {
    let records: Fields[] = [1, 2, 3].map((id) => ({ id, name: `n${id}`, changed: at(id) }));
    const { url, seen } = await changes(() => records);
    const dir = await project(url, stream());
    await build(dir);
    const idle = await build(dir);
    expect(seen.map((s) => s.url.searchParams.get('since'))).toEqual([null, null, at(3)]);
    expect([landed(idle), idle.published]).toEqual([0, false]);
    records = [...records.slice(1), { id: 1, name: 'later', changed: at(9) }];
    expect(landed(await build(dir))).toBe(1);
    expect(await names(dir)).toEqual(truth(records));
  });

  test('sees what changes although a record is dated far ahead, and says so', async () => {
    let records: Fields[] = [1, 2].map((id) => ({ id, name: `n${id}`, changed: at(id) }));
    records.push({ id: 3, name: 'n3', changed: '2999-01-01T00:00:00Z' });
    const { url, seen } = await changes(() => records);
    const dir = await project(url, stream());
    const first = await build(dir);
    expect(first.warnings.map((w) => w.message)).toEqual([
      expect.stringContaining('1 records of users have a changed that lies in the future'),
    ]);
    records = records.map((r) => (r['id'] === 1 ? { ...r, name: 'later', changed: at(9) } : r));
    expect(landed(await build(dir))).toBe(1);
    expect(await names(dir)).toEqual(truth(records));
    expect(seen.map((s) => s.url.searchParams.get('since')).at(-1)).toBe(at(2));
  });

  test('shows what was deleted when it is read whole after `full_every` days', async () => {
    let records: Fields[] = [1, 2].map((id) => ({ id, name: `n${id}`, changed: at(id) }));
    const { url } = await changes(() => records);
    const dir = await project(url, stream({ full_every: 0 }));
    await build(dir);
    records = records.slice(1);
    await build(dir);
    expect(await names(dir)).toEqual(truth(records));
  });

  test('is read again for a stretch of time, and stands where it stood', async () => {
    let records: Fields[] = [1, 2, 3, 4].map((id) => ({ id, name: `n${id}`, changed: at(id) }));
    const { url, seen } = await changes(() => records);
    const dir = await project(url, stream());
    await build(dir);
    records = records.map((r) => ({ ...r, name: `mended ${r['id']}` }));
    const window = { from: new Date(at(2)), to: new Date(at(4)) };
    const result = await buildIn(dir, { window });
    expectBalanced(result);
    expect(landed(result)).toBe(2);
    expect(await names(dir)).toEqual(truth(records.map((r, i) => (i === 1 || i === 2 ? r : { ...r, name: `n${r['id']}` }))));
    await build(dir);
    expect(seen.map((s) => s.url.searchParams.get('since')).slice(-2)).toEqual([at(2), at(4)]);
  });

  test('without one, no stretch of time can be asked for', async () => {
    const { url } = await serve((request, response) => paged(people(3), request, response));
    const window = { from: new Date(at(2)), to: new Date(at(4)) };
    await expect(buildIn(await project(url), { window })).rejects.toMatchObject({
      code: 'USAGE',
      message: expect.stringContaining('crm.users'),
    });
  });

  test('says how many records have no value of it', async () => {
    const { url } = await changes(() => [
      { id: 1, name: 'a', changed: at(1) },
      { id: 2, name: 'b' },
    ]);
    expect(warnings(await build(await project(url, stream())))).toEqual([
      '1 records have no changed that is a time or a number: a change to them is seen only when the stream is read whole',
    ]);
  });

  test('compares and spells values as the service does', () => {
    expect(later('9', '10')).toBe('10');
    expect(later('2024-01-01T01:00:00+02:00', '2024-01-01T00:00:00Z')).toBe('2024-01-01T00:00:00Z');
    expect(earlier('100', 5)).toBe('95');
    expect(earlier('2024-01-01', 1)).toBe('2023-12-31');
    expect(earlier('2024-01-01 00:00:10', 20)).toBe('2023-12-31 23:59:50');
    expect(earlier('2024-01-01T00:00:10.5+01:00', 1)).toBe('2023-12-31T23:00:09.500Z');
    expect(notBehind('9999-01-01', new Date('2024-05-01T12:00:00Z'))).toBe('2024-05-01');
  });
});

describe('a service', () => {
  test('that refuses, fails or asks for patience is told of without a secret', async () => {
    const { url, seen } = await serve((request, response, count) =>
      count === 1
        ? reply(response, { message: 'slow down' }, 429, { 'retry-after': '0' })
        : request.headers.authorization === 'Bearer a-token-that-nobody-may-see'
          ? paged(people(3), request, response)
          : reply(response, {}, 401),
    );
    const auth = { auth: { kind: 'bearer', token: { env: 'ONEFOLD_TEST_TOKEN' } } };
    const dir = await project(url, users, { ...auth, attempts: 3 });
    const result = await build(dir);
    expect(result.status).toBe('success');
    expect(seen[0]?.url.search).toBe(seen[1]?.url.search);
    const refused = await build(await project(url, users, { auth: { kind: 'bearer', token: { env: 'ONEFOLD_TEST_WRONG' } } }));
    expect(refused.status).toBe('partial');
    const told = JSON.stringify([result, refused, await rowsIn(dir, sql`SELECT * FROM ops.cursors`)]);
    expect(told).not.toContain('token-that-nobody-may-see');
  });
});
