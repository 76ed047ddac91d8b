import { afterAll, expect, test } from 'vitest';
import { realEffects } from '../../src/index.js';
import { keptAsOf } from '../../src/run/stages/reads.js';
import { sql } from '../../src/sql/tag.js';
import { expectBalanced } from '../support/accounts.js';
import { closeServers, reply, serve } from '../support/http.js';
import { buildIn, makeProject, put, removeFolders } from '../support/project.js';
import { rowsIn } from '../support/query.js';

closeServers();
afterAll(removeFolders);

type Fault = 'none' | 'auth' | 'page' | 'short' | 'gone';

/** A service of seven users in pages of two, and what is wrong with it; beside it a file that is always there. */
async function shop() {
  const world: { fault: Fault; name: string } = { fault: 'none', name: 'first' };
  const { url } = await serve(({ url: asked }, response) => {
    const skip = Number(asked.searchParams.get('offset'));
    if (world.fault === 'auth') return reply(response, {}, 401);
    if (world.fault === 'gone' || (world.fault === 'page' && skip >= 4)) return reply(response, {}, 500);
    const held = Array.from({ length: world.fault === 'short' ? 5 : 7 }, (_, i) => ({ id: i + 1, name: `${world.name} ${i + 1}` }));
    reply(response, { rows: held.slice(skip, skip + 2), total: 7 });
  });
  const users = { path: 'users', records: 'rows', total: 'total', paging: { kind: 'offset', size: 2, min_size: 2 }, key: ['id'] };
  const dir = await makeProject({
    config: {
      name: 'shop',
      sources: {
        crm: { connector: 'rest', url, attempts: 1, streams: { users } },
        till: { connector: 'file', streams: { sales: { path: 'sales*.csv' } } },
      },
      tables: {
        users: { from: 'crm.users', key: 'id', columns: { id: 'id', name: 'name' } },
        sales: { from: 'till.sales', key: 'content', columns: { item: 'item' } },
      },
    },
    files: { 'sales.csv': 'item\npen\n' },
  });
  const build = async (at: string) => {
    const result = await buildIn(dir, { effects: { ...realEffects(), now: () => new Date(at) } });
    expectBalanced(result);
    const users = result.results.find((r) => r.name === 'crm.users');
    return { result, users, said: result.warnings.map((w) => `${w.name}: ${w.message}`) };
  };
  return { world, dir, build };
}

const standing = (dir: string) => rowsIn(dir, sql`SELECT id, name FROM silver.users WHERE _deleted_at IS NULL`);

test.each<[Fault, string]>([
  ['auth', 'failed'],
  ['page', 'failed'],
  ['gone', 'failed'],
  ['short', 'partial'],
])('a source that fails (%s) stops no other, keeps what was landed, and says how old it is', async (fault, status) => {
  const { world, dir, build } = await shop();
  const good = await build('2026-11-20T14:03:20Z');
  expect([good.result.status, good.users?.as_of]).toEqual(['success', '2026-11-20T14:03:20.000Z']);
  const before = await standing(dir);
  world.fault = fault;
  await put(dir, { 'sales-2.csv': 'item\nink\n' });
  const bad = await build('2026-11-21T09:10:00Z');
  expect([bad.result.status, bad.users?.as_of]).toEqual(['partial', '2026-11-20T14:03:20.000Z']);
  if (status === 'failed')
    expect(bad.said).toEqual([expect.stringMatching(/^crm\.users: .*kept as of 2026-11-20 14:03 UTC \(19 hours ago\)$/)]);
  else expect(bad.said).toHaveLength(1);
  expect(await standing(dir)).toEqual(before);
  expect(await rowsIn(dir, sql`SELECT item FROM silver.sales`)).toHaveLength(2);
  const kept = await rowsIn(
    dir,
    sql`SELECT status, code IS NOT NULL AS coded FROM ops.reads WHERE stream = 'users' AND read_at > '2026-11-21'`,
  );
  expect(kept).toEqual([JSON.stringify({ status, coded: status === 'failed' })]);
  world.fault = 'none';
  world.name = 'second';
  const mended = await build('2026-11-22T09:00:00Z');
  expect([mended.result.status, mended.users?.as_of]).toEqual(['success', '2026-11-22T09:00:00.000Z']);
});

test('a source that was never read has no age', async () => {
  const { world, build } = await shop();
  world.fault = 'auth';
  const { said, users } = await build('2026-11-20T14:03:20Z');
  expect([said, users?.as_of]).toEqual([[expect.not.stringContaining('kept as of')], null]);
});

test('an age is told in minutes, hours or days', () => {
  const now = new Date('2026-11-20T12:00:00Z');
  const told = (at: string) => /\((.*)\)/.exec(keptAsOf(new Date(at), now))?.[1];
  expect(
    ['2026-11-20T11:59:30Z', '2026-11-20T11:59:00Z', '2026-11-20T11:00:00Z', '2026-11-18T13:00:00Z', '2026-11-17T12:00:00Z'].map(told),
  ).toEqual(['just now', '1 minute ago', '1 hour ago', '47 hours ago', '3 days ago']);
});
