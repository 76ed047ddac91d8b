import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { openDuckDb } from '../../src/engine/duckdb/duckdb.js';
import type { Engine } from '../../src/engine/engine.js';
import { build, openProject, openReader, realEffects } from '../../src/index.js';
import type { SnapshotTable } from '../../src/publish/snapshot.js';
import { filesOf } from '../../src/publish/snapshot.js';
import { rowsOf, versionsOf, writeTables } from '../../src/publish/tables.js';
import { rollback } from '../../src/run/store/rollback.js';
import type { Sql } from '../../src/sql/tag.js';
import { sql, trusted } from '../../src/sql/tag.js';
import { asOf, makeProject, newFolder, put, removeFolders } from '../support/project.js';
import { cases, patience } from '../support/property.js';

afterAll(removeFolders);

/** A row of many kinds of values, some of them missing. */
const row = (x: Sql): Sql =>
  sql`SELECT (${x})::BIGINT AS id, CASE WHEN (${x}) % 7 > 0 THEN 'name ' || (${x}) END AS name, ((${x}) / 100)::DECIMAL(18, 2) AS amount, [(${x})::VARCHAR, 'é'] AS list,
    json_object('x', ${x}) AS said, TIMESTAMP '2026-01-01 00:00:00.123' + INTERVAL 1 SECOND * (${x}) AS at, (${x}) % 2 = 0 AS even`;

/** A table in a warehouse, and the folder that its versions are published in. */
async function published(made: Sql) {
  const [folder, engine] = [await newFolder(), await openDuckDb({ path: join(await newFolder(), 't.duckdb') })];
  await engine.run(sql`CREATE SCHEMA gold`);
  await engine.run(sql`CREATE TABLE gold.t AS ${made}`);
  const known = new Map<string, SnapshotTable>();
  /** Publishes it as it stands, and checks that readers see the same rows. */
  const publish = async (): Promise<SnapshotTable> => {
    const [written] = await writeTables(
      engine,
      realEffects(),
      folder,
      'tables',
      await versionsOf(engine, [{ schema: 'gold', name: 't' }]),
      known,
    );
    if (written === undefined) throw new Error('nothing was written');
    known.set('gold.t', written);
    expect(await differing(engine, rowsOf(folder, written))).toBe(0);
    return written;
  };
  return { engine, folder, publish };
}

/** How many rows stand in the table and not in what was read, or in that and not in the table; each as often as it is there. */
async function differing(engine: Engine, read: Sql): Promise<number> {
  const found = await engine.table(
    sql`SELECT ((SELECT count(*) FROM (FROM gold.t EXCEPT ALL (${read}))) + (SELECT count(*) FROM ((${read}) EXCEPT ALL FROM gold.t)))::INTEGER AS n`,
  );
  return Number(found.rows[0]?.['n']);
}

const many = 120_000;

describe('a large table that has changed a little', () => {
  it('is published as what changed since its file was written', async () => {
    const { engine, folder, publish } = await published(sql`${row(sql`range`)} FROM range(${many}::BIGINT)`);
    const first = await publish();
    expect(first.changes).toBe(null);
    await engine.run(sql`DELETE FROM gold.t WHERE id % 100 = 3`);
    await engine.run(sql`UPDATE gold.t SET name = NULL WHERE id % 1000 = 1`);
    await engine.run(sql`INSERT INTO gold.t ${row(sql`range + 1000000`)} FROM range(500)`);
    const second = await publish();
    expect(second).toMatchObject({ file: first.file, rows: many - 1200 + 500, changes: { since: first.digest } });
    const [whole = 0, changes = 0] = await Promise.all(filesOf(second).map(async (file) => (await stat(join(folder, file))).size));
    expect(changes).toBeLessThan(whole / 20);
    // Rows that came with the changes go again, and rows that went come back.
    await engine.run(sql`DELETE FROM gold.t WHERE id >= 1000000 AND id % 2 = 0 OR id = 5`);
    await engine.run(sql`INSERT INTO gold.t ${row(sql`range`)} FROM range(${many}::BIGINT) WHERE range % 100 = 3 AND range < 20000`);
    expect(await publish()).toMatchObject({ file: first.file, changes: { since: first.digest } });
    // What it was at first has a file already.
    await engine.run(sql`CREATE OR REPLACE TABLE gold.t AS ${row(sql`range`)} FROM range(${many}::BIGINT)`);
    expect(await publish()).toEqual(first);
    engine.close();
  });

  it('stands as it is where nothing changed', async () => {
    const { engine, publish } = await published(sql`${row(sql`range`)} FROM range(${many}::BIGINT)`);
    await publish();
    await engine.run(sql`DELETE FROM gold.t WHERE id = 7`);
    const second = await publish();
    expect(second.changes).not.toBe(null);
    expect(await publish()).toEqual(second);
    engine.close();
  });

  it.each([
    ['more than a tenth of it changed', sql`UPDATE gold.t SET amount = amount + 1 WHERE id % 9 = 0`],
    ['a column came', sql`ALTER TABLE gold.t ADD COLUMN more INTEGER DEFAULT 1`],
    ['it became small', sql`DELETE FROM gold.t WHERE id > 100`],
  ])('is written whole where %s', async (_, change) => {
    const { engine, publish } = await published(sql`${row(sql`range`)} FROM range(${many}::BIGINT)`);
    await publish();
    await engine.run(change);
    expect((await publish()).changes).toBe(null);
    engine.close();
  });

  it('is written whole where rows are there more than once, so that none is told from the other', async () => {
    const { engine, publish } = await published(sql`SELECT range::BIGINT AS id FROM range(${many}::BIGINT) UNION ALL SELECT 1`);
    await publish();
    await engine.run(sql`CREATE OR REPLACE TABLE gold.t AS SELECT range::BIGINT AS id FROM range(${many}::BIGINT) UNION ALL SELECT 2`);
    expect((await publish()).changes).toBe(null);
    engine.close();
  });

  it.each(['file_row_number', '_went_from', '_Content'])('is written whole where it has a column `%s`', async (name) => {
    const { engine, publish } = await published(sql`SELECT range::BIGINT AS id, 1 AS ${trusted(name)} FROM range(${many}::BIGINT)`);
    await publish();
    await engine.run(sql`DELETE FROM gold.t WHERE id = 7`);
    expect((await publish()).changes).toBe(null);
    engine.close();
  });

  it(
    'is read as it stands, whatever changed',
    async () => {
      const change = fc.record({
        gone: fc.integer({ min: 2, max: 3000 }),
        other: fc.integer({ min: 2, max: 3000 }),
        more: fc.integer({ min: 0, max: 9000 }),
      });
      await fc.assert(
        fc.asyncProperty(fc.array(change, { minLength: 2, maxLength: 5 }), async (changes) => {
          const { engine, publish } = await published(sql`${row(sql`range`)} FROM range(${many}::BIGINT)`);
          await publish();
          for (const [i, { gone, other, more }] of changes.entries()) {
            await engine.run(sql`DELETE FROM gold.t WHERE id % ${gone}::INTEGER = ${i}::INTEGER`);
            await engine.run(sql`UPDATE gold.t SET name = 'other ' || ${i}::INTEGER WHERE id % ${other}::INTEGER = 1`);
            await engine.run(sql`INSERT INTO gold.t ${row(sql`range + 1000000 * ${i + 1}::INTEGER`)} FROM range(${more}::BIGINT)`);
            await publish();
          }
          engine.close();
        }),
        cases(8),
      );
    },
    patience,
  );
});

describe('a project with a large table', () => {
  const parts = {
    config: {
      name: 'shop',
      keep_snapshots: 2,
      sources: { s: { connector: 'file', streams: { orders: { path: 'data/*.csv', mode: 'append' } } } },
      tables: { orders: { from: 's.orders', key: 'id', columns: { id: 'id', amount: { type: 'decimal' } } } },
      models: { seen: { materialized: 'view' } },
    },
    models: {
      ids: 'SELECT id, amount FROM silver.orders WHERE _deleted_at IS NULL',
      seen: 'SELECT count(*) AS n, sum(amount) AS amount FROM gold.ids',
    },
  };
  const seen = async (dir: string): Promise<unknown> => {
    const { engine, snapshot } = await openReader((await openProject(dir)).store);
    const files = snapshot.tables.filter((t) => t.name === 'ids').flatMap(filesOf).length;
    const { rows } = await engine.table(trusted('SELECT n::INTEGER AS n, amount::INTEGER AS amount FROM gold.seen'));
    engine.close();
    return { files, ...rows[0] };
  };
  const run = async (dir: string) => build(await openProject(dir), { asOf, effects: realEffects() });

  it('is read, rolled back and pruned with its changes', async () => {
    const dir = await makeProject(parts);
    await put(dir, { 'data/1.csv': `id,amount\n${Array.from({ length: many }, (_, i) => `o${i},1\n`).join('')}` });
    await run(dir);
    expect(await seen(dir)).toEqual({ files: 1, n: many, amount: many });
    await put(dir, { 'data/2.csv': 'id,amount\no5,11\nnew,1\n' });
    expect(await run(dir)).toMatchObject({ status: 'success', published: true });
    expect(await seen(dir)).toEqual({ files: 2, n: many + 1, amount: many + 11 });
    await put(dir, { 'data/3.csv': 'id,amount\nnewer,1\n' });
    await run(dir);
    // The first snapshot is gone by now; the file that the others rest on is not.
    expect(await seen(dir)).toEqual({ files: 2, n: many + 2, amount: many + 12 });
    await rollback(await openProject(dir), 'r000002', realEffects());
    expect(await seen(dir)).toEqual({ files: 2, n: many + 1, amount: many + 11 });
    expect(await run(dir)).toMatchObject({ published: true });
    expect(await seen(dir)).toEqual({ files: 2, n: many + 2, amount: many + 12 });
    const manifest: unknown = JSON.parse(await readFile(join(dir, '.onefold', 'snapshots', 'current.json'), 'utf8'));
    // An Onefold that knows of no changes must not read it as if there were none.
    expect(manifest).toMatchObject({ format: 2 });
  });
});
