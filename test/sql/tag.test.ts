import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDuckDb } from '../../src/engine/duckdb/duckdb.js';
import type { Engine } from '../../src/engine/engine.js';
import { digest } from '../../src/engine/functions.js';
import { readsOf } from '../../src/sql/parse.js';
import { id, sql } from '../../src/sql/tag.js';

let engine: Engine;
beforeAll(async () => {
  engine = await openDuckDb({ path: ':memory:' });
});
afterAll(() => engine.close());

const hostile = ["'; DROP TABLE x; --", '"quoted"', "O'Brien", '\\', '$1', '%s', '\0', 'a\0b', '\u202e', '😀', "''", '\n\r\t', ''];

describe('the sql tag', () => {
  it.each(hostile)('hands %j to the engine and back unharmed', async (text) => {
    const { rows } = await engine.table(sql`SELECT ${text}::VARCHAR AS v, ${[text, 'x']} AS l`);
    expect(rows[0]).toEqual({ v: text, l: [text, 'x'] });
  });

  it.each(hostile.filter((h) => h !== '' && !h.includes('\0')))('makes a column of any name, such as %j', async (name) => {
    const { rows } = await engine.table(sql`SELECT 1 AS ${id(name)}`);
    expect(rows[0]).toEqual({ [name]: 1 });
  });

  it('refuses numbers that are none', () => {
    expect(() => sql`SELECT ${Number.NaN}`).toThrow(RangeError);
  });
});

describe('digests', () => {
  it('differ for lists that only look alike when joined', async () => {
    const of = async (...parts: (string | null)[]) =>
      (await engine.table(sql`SELECT ${digest(parts.map((p) => sql`${p}::VARCHAR`))} AS d`)).rows[0]?.['d'];
    const all = await Promise.all([
      of('a', 'b'),
      of('ab', ''),
      of('', 'ab'),
      of('a', null),
      of(null, 'a'),
      of('a:1', 'b'),
      of('a', '1:b'),
      of(null, null),
      of('', ''),
    ]);
    expect(new Set(all).size).toBe(all.length);
  });
});

describe('what SQL reads', () => {
  it('is found below unions, subqueries and common tables, which are left out themselves', async () => {
    const { tables, usesAsOf } = await readsOf(`WITH a AS (SELECT * FROM silver.x JOIN gold.y USING (k) WHERE d <= as_of())
      SELECT * FROM a WHERE EXISTS (SELECT 1 FROM identity.z) UNION ALL SELECT * FROM silver.w ORDER BY 1`);
    expect(tables.map((t) => `${t.schema}.${t.name}`).sort()).toEqual(['gold.y', 'identity.z', 'silver.w', 'silver.x']);
    expect(usesAsOf).toBe(true);
  });

  it('is refused where it is no single SELECT', async () => {
    await expect(readsOf('SELECT 1; DROP TABLE x')).rejects.toMatchObject({ code: 'MODEL_INVALID' });
    await expect(readsOf('DELETE FROM silver.x')).rejects.toMatchObject({ code: 'MODEL_INVALID' });
    await expect(readsOf('SELECT FROM WHERE')).rejects.toMatchObject({ code: 'MODEL_INVALID' });
  });
});
