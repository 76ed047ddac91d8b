import { afterAll, expect, test } from 'vitest';
import type { Project } from '../../src/index.js';
import { openProject, realEffects } from '../../src/index.js';
import { closeStore, openStore, openWarehouse } from '../../src/run/store/store.js';
import type { Sql } from '../../src/sql/tag.js';
import { sql } from '../../src/sql/tag.js';
import { makeProject, removeFolders } from '../support/project.js';

afterAll(removeFolders);

test('of those that open a store at once, one has it; the next has it when that one is done', async () => {
  const project = await openProject(await makeProject({ config: { name: 'shop', sources: {}, tables: {} } }));
  const opened = await Promise.allSettled([1, 2, 3].map(() => openStore(project, realEffects())));
  const had = opened.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  const told = opened.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []));
  expect(had).toHaveLength(1);
  expect(told).toMatchObject([{ code: 'STORE_LOCKED' }, { code: 'STORE_LOCKED' }]);
  for (const engine of had) await closeStore(engine, project);
  await closeStore(await openStore(project, realEffects()), project);
});

/** Runs statements in a project's warehouse, as whoever opens its file with another tool would. */
async function inWarehouse(project: Project, ...statements: readonly Sql[]): Promise<readonly unknown[]> {
  const engine = await openWarehouse(project, false);
  try {
    const read = [];
    for (const statement of statements) read.push((await engine.table(statement)).rows);
    return read;
  } finally {
    engine.close();
  }
}

test('a store of an earlier layout gets what it lacks; one of a later is not touched', async () => {
  const project = await openProject(await makeProject({ config: { name: 'shop', sources: {}, tables: {} } }));
  await closeStore(await openStore(project, realEffects()), project);
  const columns = sql`SELECT list(table_name || '.' || column_name ORDER BY table_name, column_name) AS found FROM duckdb_columns() WHERE schema_name = 'ops'`;
  const [today] = await inWarehouse(project, columns);
  const earlier = [
    sql`ALTER TABLE ops.lineage DROP COLUMN how`,
    sql`ALTER TABLE ops.segments DROP COLUMN numbers`,
    sql`DROP TABLE ops.seen`,
    sql`UPDATE ops.store SET version = 1`,
  ];
  await inWarehouse(project, ...earlier);
  await closeStore(await openStore(project, realEffects()), project);
  expect(await inWarehouse(project, columns)).toEqual([today]);

  await inWarehouse(project, sql`DROP TABLE ops.seen`, sql`UPDATE ops.store SET version = 1000`);
  await expect(openStore(project, realEffects())).rejects.toMatchObject({
    code: 'STORE_VERSION',
    message: expect.stringContaining('1000'),
  });
  expect(await inWarehouse(project, columns)).not.toEqual([today]);
});
