import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { openDuckDb } from '../../src/engine/duckdb/duckdb.js';
import { sql } from '../../src/sql/tag.js';
import { buildWell, csv, makeProject, newFolder, put, removeFolders } from '../support/project.js';
import { rowsIn } from '../support/query.js';
import { workbook } from '../support/workbook.js';

afterAll(removeFolders);

type Contents = Readonly<Record<string, string | Uint8Array>>;

/** A project of one table over files of any format, with one column of numbers. */
function project(files: Contents, n: Readonly<Record<string, unknown>> = { type: 'decimal' }): Promise<string> {
  return makeProject({
    config: {
      name: 'company',
      sources: { s: { connector: 'file', streams: { items: { path: 'data/*' } } } },
      tables: { items: { from: 's.items', key: 'id', columns: { id: 'id', n } } },
    },
    files,
  });
}

/** A sheet with ids from 1 and a column `n`: numbers are cells that hold one, texts are texts. */
function sheet(values: readonly (number | string)[], from = 1): Uint8Array {
  return workbook([{ name: 'items', rows: [['id', 'n'], ...values.map((value, i) => [String(from + i), value])] }]);
}

async function parquet(): Promise<Uint8Array> {
  const file = join(await newFolder(), 'items.parquet');
  const engine = await openDuckDb({ path: ':memory:' });
  await engine.run(
    sql`COPY (SELECT id, n::DECIMAL(12, 3) AS n FROM (VALUES ('1', 1.234), ('2', 12.5), ('3', -250)) v(id, n)) TO ${file} (FORMAT parquet)`,
  );
  engine.close();
  return readFile(file);
}

/** The values that stand, in the order of their ids. */
async function valuesOf(dir: string): Promise<readonly (number | null)[]> {
  const rows = await rowsIn(dir, sql`SELECT id, n::DOUBLE AS n FROM silver.items`);
  return rows.map((row): number | null => JSON.parse(row).n);
}

function evidenceOf(dir: string): Promise<readonly string[]> {
  return rowsIn(dir, sql`SELECT reading, sum(rows)::INTEGER AS rows FROM ops.inference WHERE rows > 0 GROUP BY ALL`);
}

describe('numbers that a source has as such', () => {
  it('prove the dot in a workbook, whatever the texts beside them say', async () => {
    const dir = await project({ 'data/items.xlsx': sheet([1.234, 12.375, 250.125, '12,50']) }, { type: 'money' });
    await buildWell(dir);
    expect(await valuesOf(dir)).toEqual([1.234, 12.375, 250.125, 12.5]);
    expect(await evidenceOf(dir)).toEqual(['{"reading":"decimal_comma","rows":1}', '{"reading":"decimal_dot","rows":3}']);
  });

  it('are read by the types of Parquet', async () => {
    const dir = await project({ 'data/items.parquet': await parquet() });
    await buildWell(dir);
    expect(await valuesOf(dir)).toEqual([1.234, 12.5, -250]);
  });

  it.each([
    ['{"id":"1","n":1.234}\n{"id":"2","n":"12,50"}\n{"id":"3","n":7}\n', 'n'],
    ['{"id":"1","at":{"n":1.234}}\n{"id":"2","at":{"n":"12,50"}}\n{"id":"3","at":{"n":7}}\n', 'at.n'],
  ])('are read in JSON: %j', async (text, from) => {
    const dir = await project({ 'data/items.ndjson': text }, { from, type: 'decimal' });
    await buildWell(dir);
    expect(await valuesOf(dir)).toEqual([1.234, 12.5, 7]);
  });

  it('are read where a comma is declared, which speaks of texts', async () => {
    const dir = await project({ 'data/items.xlsx': sheet([1.234, 0.5, '1.234,50', '1.234.567']) }, { type: 'money', decimal: ',' });
    await buildWell(dir);
    expect(await valuesOf(dir)).toEqual([1.234, 0.5, 1234.5, 1234567]);
  });

  it('are percents too', async () => {
    const dir = await project({ 'data/items.xlsx': sheet([1.234, 50.5]) }, { type: 'percent', as: 'percent' });
    await buildWell(dir);
    expect(await valuesOf(dir)).toEqual([0.01234, 0.505]);
  });

  it('say nothing of texts that look like numbers, in whatever order files come, and when they are read again', async () => {
    const files: Contents = {
      'data/a.csv': csv(['id', 'n'], [['9', '1.500,25']]),
      'data/b.csv': csv(['id', 'n'], [['8', '2.375']]),
      'data/c.xlsx': sheet([1.234, 2.375]),
    };
    for (const order of [Object.keys(files), Object.keys(files).reverse()]) {
      const dir = await project({});
      for (const name of order) {
        await put(dir, { [name]: files[name] ?? null });
        await buildWell(dir);
      }
      expect(await valuesOf(dir)).toEqual([1.234, 2.375, 1500.25]);
      expect(await rowsIn(dir, sql`SELECT _key, rules FROM quarantine.items WHERE status = 'open'`)).toEqual([
        '{"_key":"8","rules":["n.ambiguous"]}',
      ]);
    }
  });

  it('are as they were landed: text', async () => {
    const dir = await project({ 'data/items.xlsx': sheet([1.234]) });
    await buildWell(dir);
    expect(await rowsIn(dir, sql`SELECT n FROM bronze.s__items`)).toEqual(['{"n":"1.234"}']);
  });
});
