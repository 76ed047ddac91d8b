import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { build, openProject, openReader, realEffects } from '../../src/index.js';
import { rollback, rollbackCandidates } from '../../src/run/store/rollback.js';
import { sql, trusted } from '../../src/sql/tag.js';
import { asOf, makeProject, put, removeFolders } from '../support/project.js';
import { rowsIn } from '../support/query.js';

afterAll(removeFolders);

const parts = {
  config: {
    name: 'shop',
    keep_snapshots: 3,
    sources: { s: { connector: 'file', streams: { orders: { path: 'orders.csv', mode: 'replace' } } } },
    tables: { orders: { from: 's.orders', key: 'id', columns: { id: 'id' } } },
    models: { seen: { materialized: 'view' } },
  },
  models: {
    ids: 'SELECT id FROM silver.orders WHERE _deleted_at IS NULL ORDER BY id',
    steady: 'SELECT 1 AS one',
    seen: 'SELECT count(*) AS n FROM gold.ids',
  },
};
const run = async (dir: string) => build(await openProject(dir), { asOf, effects: realEffects() });
const back = async (dir: string, to: string) => rollback(await openProject(dir), to, realEffects());

async function ids(dir: string): Promise<unknown> {
  const { engine } = await openReader((await openProject(dir)).store);
  try {
    return (await engine.table(trusted("SELECT string_agg(id, ' ' ORDER BY id) AS ids, max(s.n) AS n FROM gold.ids, gold.seen s"))).rows[0];
  } finally {
    engine.close();
  }
}

/** A project of three runs, each of which published something. */
async function threeRuns(): Promise<string> {
  const dir = await makeProject(parts);
  for (const [i] of ['', '', ''].entries()) {
    await put(dir, { 'orders.csv': `id\n${Array.from({ length: i + 1 }, (_, n) => `o${n + 1}\n`).join('')}` });
    expect(await run(dir)).toMatchObject({ published: true });
  }
  return dir;
}

describe('a rollback', () => {
  it('makes readers see a former snapshot, and the next build publishes what stands, if that is other content', async () => {
    const dir = await threeRuns();
    expect(await ids(dir)).toEqual({ ids: 'o1 o2 o3', n: '3' });
    expect(await back(dir, 'r000001')).toEqual({ run_id: 'r000004', from: 'r000003', to: 'r000001' });
    expect(await ids(dir)).toEqual({ ids: 'o1', n: '1' });
    expect(await rowsIn(dir, sql`SELECT status, published FROM ops.runs WHERE run_id = 'r000004'`)).toEqual([
      '{"status":"rollback","published":true}',
    ]);
    // Nothing is built, and yet what stands in the warehouse is not what is published.
    expect((await run(dir)).changed).toEqual(['gold.ids']);
    expect(await ids(dir)).toEqual({ ids: 'o1 o2 o3', n: '3' });
    expect(await run(dir)).toMatchObject({ published: false });
  });

  it('back to what stands publishes nothing afterwards', async () => {
    const dir = await threeRuns();
    await back(dir, 'r000002');
    await back(dir, 'r000003');
    expect(await ids(dir)).toEqual({ ids: 'o1 o2 o3', n: '3' });
    expect(await run(dir)).toMatchObject({ published: false, changed: [] });
  });

  it('is followed by a build that changes the very tables back: nothing is published', async () => {
    const dir = await threeRuns();
    await back(dir, 'r000002');
    await put(dir, { 'orders.csv': 'id\no1\no2\n' });
    const result = await run(dir);
    expect(await ids(dir)).toEqual({ ids: 'o1 o2', n: '2' });
    expect(result).toMatchObject({ status: 'success', published: false });
  });

  it('lists what is kept, and refuses what is not', async () => {
    const dir = await threeRuns();
    const { store } = await openProject(dir);
    await back(dir, 'r000002');
    expect((await rollbackCandidates(store)).map((c) => [c.run_id, c.current])).toEqual([
      ['r000003', false],
      ['r000002', true],
      ['r000001', false],
    ]);
    await expect(back(dir, 'r000009')).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect(await back(dir, 'r000002')).toMatchObject({ run_id: '' });
    await expect(back(await makeProject(parts), 'r000001')).rejects.toMatchObject({ code: 'SNAPSHOT_NONE' });
  });

  it('keeps the published snapshot whatever is pruned, and is one durable act before the row that tells it', async () => {
    const dir = await threeRuns();
    const acts: string[] = [];
    const effects = {
      ...realEffects(),
      commit: <T>(name: string, act: () => Promise<T>): Promise<T> => {
        acts.push(name);
        return act();
      },
    };
    await rollback(await openProject(dir), 'r000001', effects);
    expect(acts).toEqual(['snapshot:current', 'run:rollback']);
    const current: unknown = JSON.parse(await readFile(join(dir, '.onefold', 'snapshots', 'current.json'), 'utf8'));
    expect(current).toMatchObject({ run_id: 'r000001' });
  });
});
