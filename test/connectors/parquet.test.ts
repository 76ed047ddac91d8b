import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { openDuckDb } from '../../src/engine/duckdb/duckdb.js';
import { sql, trusted } from '../../src/sql/tag.js';
import { buildIn, put, removeFolders } from '../support/project.js';
import { account, landed, streamProject, warnings } from '../support/stream.js';

afterAll(removeFolders);

/** Writes the rows of a query to a Parquet file. */
async function parquet(dir: string, name: string, query: string): Promise<void> {
  await mkdir(join(dir, 'in'), { recursive: true });
  const engine = await openDuckDb({ path: ':memory:' });
  await engine.run(sql`COPY (${trusted(query)}) TO ${join(dir, 'in', name)} (FORMAT parquet)`);
  engine.close();
}

const types = [
  ['a boolean', 'true', 'true'],
  ['an unsigned integer', '18446744073709551615::UBIGINT', '18446744073709551615'],
  ['a decimal, all digits of its scale', '12345678901234567890123456789.10::DECIMAL(38, 2)', '12345678901234567890123456789.10'],
  ['a double', '0.1::DOUBLE', '0.1'],
  ['a large double', '1e20::DOUBLE', '1e+20'],
  ['a date', "DATE '2025-03-09'", '2025-03-09'],
  ['a local time', "TIMESTAMP '2025-03-09 14:30:00.123456'", '2025-03-09 14:30:00.123456'],
  ['a local time to the nanosecond', "TIMESTAMP_NS '2025-03-09 14:30:00.123456789'", '2025-03-09 14:30:00.123456789'],
  ['a moment, in UTC', "TIMESTAMPTZ '2025-03-09 14:30:00+02'", '2025-03-09 12:30:00+00'],
  ['a time of day', "TIME '14:30:00'", '14:30:00'],
  ['bytes, as hex', "'\\x00\\xFFa'::BLOB", '00ff61'],
  ['text', "'  naïve 😀'", '  naïve 😀'],
  ['a UUID', "'6f9619ff-8b86-d011-b42d-00cf4fc964ff'::UUID", '6f9619ff-8b86-d011-b42d-00cf4fc964ff'],
  ['an enumeration', "'x]'::ENUM('x]', 'y(')", 'x]'],
  ['a list', '[1.50::DECIMAL(9, 2), NULL]', '[1.50,null]'],
  ['a struct', "{'d': DATE '2025-03-09', 'n': 1}", '{"d":"2025-03-09","n":1}'],
  ['a map', "MAP {'k': [1]}", '{"k":[1]}'],
  ['nothing', 'NULL::INTEGER[]', null],
] as const;

it('reads every type from Parquet as its text', async () => {
  const dir = await streamProject({ path: 'in/*.parquet' }, {});
  await parquet(dir, 'x.parquet', `SELECT ${types.map(([name, value]) => `${value} AS "${name}"`).join(', ')}`);
  expect(account(await buildIn(dir))).toEqual({ read: 1, landed: 1 });
  const [row] = await landed(dir);
  expect(JSON.parse(row ?? '')).toEqual(Object.fromEntries(types.map(([name, , text]) => [name, text])));
});

it('knows rows that it has landed, and names like any other format', async () => {
  const dir = await streamProject({ path: 'in/*.parquet' }, {});
  await parquet(dir, 'x.parquet', 'SELECT 1 AS a, 2 AS "A_1", 3 AS " b "');
  await buildIn(dir);
  expect(await landed(dir)).toEqual(['{"a":"1","A_1":"2","b":"3"}']);
  await parquet(dir, 'x.parquet', 'SELECT unnest([1, 9]) AS a, 2 AS "A_1", 3 AS " b "');
  expect(account(await buildIn(dir))).toEqual({ read: 2, landed: 1, known: 1 });
});

it('does not take the folders of a path for columns', async () => {
  const dir = await streamProject({ path: 'in/**/*.parquet' }, {});
  await mkdir(join(dir, 'in', 'year=2025'), { recursive: true });
  await parquet(dir, 'year=2025/x.parquet', 'SELECT 1 AS a');
  await buildIn(dir);
  expect(await landed(dir)).toEqual(['{"a":"1"}']);
});

it('says which file is no Parquet file, and goes on with the next', async () => {
  const dir = await streamProject({ path: 'in/*.parquet' }, {});
  await parquet(dir, 'b.parquet', 'SELECT 1 AS a');
  await put(dir, { 'in/a.parquet': 'PAR1 not really' });
  expect(warnings(await buildIn(dir))[0]).toMatch(/^in\/a\.parquet could not be read: /);
  expect(await landed(dir)).toEqual(['{"a":"1"}']);
});

it('the same where only the data of a file is damaged', async () => {
  const dir = await streamProject({ path: 'in/*.parquet', mode: 'replace' }, {});
  await parquet(dir, 'a.parquet', "SELECT 'text ' || i AS a FROM range(1000) t(i)");
  await parquet(dir, 'b.parquet', 'SELECT 1 AS a');
  const content = await readFile(join(dir, 'in', 'a.parquet'));
  await put(dir, { 'in/a.parquet': content.fill(0xff, 10, 1000) });
  expect(warnings(await buildIn(dir))[0]).toMatch(/^in\/a\.parquet could not be read: /);
  expect(await landed(dir)).toEqual(['{"a":"1"}']);
});

it('calls a file without rows empty', async () => {
  const dir = await streamProject({ path: 'in/*.parquet' }, {});
  await parquet(dir, 'a.parquet', 'SELECT 1 AS a WHERE false');
  expect(warnings(await buildIn(dir))).toEqual(['in/a.parquet is empty']);
});
