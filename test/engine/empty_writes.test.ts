import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { openDuckDb } from '../../src/engine/duckdb/duckdb.js';
import type { Sql } from '../../src/sql/tag.js';
import { id, sql } from '../../src/sql/tag.js';

/** More than a group of rows, which is when the engine would lose them. */
const many = 130_000;
const nothing = sql`SELECT n, n FROM source WHERE n % 7 = 8`;
const everything = sql`SELECT n, n FROM source`;

/** What a table has when a transaction has done some statements, in it and after it. */
async function after(statements: readonly Sql[], table = id('t')): Promise<readonly number[]> {
  const engine = await openDuckDb({ path: ':memory:', threads: 4 });
  const rows = async (): Promise<number> => {
    const [counted] = await engine.rows(sql`SELECT count(*)::INTEGER AS n FROM ${table}`, z.object({ n: z.number() }));
    return counted?.n ?? 0;
  };
  await engine.run(sql`CREATE TABLE source AS SELECT range AS n FROM range(${many})`);
  await engine.run(sql`CREATE SCHEMA s`);
  const during = await engine.transaction(
    async () => {
      for (const statement of statements) await engine.run(statement);
      return rows();
    },
    (commit) => commit(),
  );
  const left = await rows();
  engine.close();
  return [during, left];
}

describe('what is written after nothing was, in one transaction, is there', () => {
  const cases: Readonly<Record<string, readonly [statements: readonly Sql[], table?: Sql]>> = {
    'into a table': [[sql`CREATE TABLE t (a BIGINT, b BIGINT)`, sql`INSERT INTO t ${nothing}`, sql`INSERT INTO t ${everything}`]],
    'in order': [
      [
        sql`CREATE TABLE t (a BIGINT, b BIGINT)`,
        sql`INSERT INTO t ${nothing} ORDER BY n`,
        sql`INSERT INTO t ${everything} ORDER BY n DESC`,
      ],
    ],
    'into a table that was made of nothing': [
      [sql`CREATE TABLE t AS SELECT n AS a, n AS b FROM source WHERE n % 7 = 8`, sql`INSERT INTO t ${everything}`],
    ],
    'into a temporary one': [
      [sql`CREATE OR REPLACE TEMP TABLE t AS SELECT n AS a, n AS b FROM source WHERE n % 7 = 8`, sql`INSERT INTO "t" ${everything}`],
    ],
    'after several times nothing': [
      [
        sql`CREATE TABLE IF NOT EXISTS ${id('s', 'a "quoted" name')} (a BIGINT, b BIGINT)`,
        sql`INSERT INTO ${id('s', 'a "quoted" name')} ${nothing}`,
        sql`INSERT INTO ${id('s', 'a "quoted" name')} ${nothing}`,
        sql`INSERT INTO ${id('s', 'a "quoted" name')} ${everything}`,
      ],
      id('s', 'a "quoted" name'),
    ],
    'into a table that is made again': [
      [
        sql`CREATE TABLE t AS ${everything} LIMIT 1`,
        sql`DROP TABLE t`,
        sql`CREATE TABLE t (a BIGINT, b BIGINT)`,
        sql`INSERT INTO t ${nothing}`,
        sql`INSERT INTO t ${everything}`,
      ],
    ],
  };
  test.each(Object.entries(cases))('%s', async (_, [statements, table]) => {
    expect(await after(statements, table)).toEqual([many, many]);
  });

  test('beside what was there, and what is changed meanwhile', async () => {
    const [made, given] = [sql`CREATE TABLE t AS SELECT n AS a, [n] AS b FROM source`, sql`SELECT n, [n] FROM source`];
    const engine = await openDuckDb({ path: ':memory:', threads: 4 });
    for (const statement of [sql`CREATE TABLE source AS SELECT range AS n FROM range(${many})`, made]) await engine.run(statement);
    await engine.transaction(
      async () => {
        await engine.run(sql`INSERT INTO t ${given} WHERE n % 7 = 8`);
        await engine.run(sql`UPDATE t SET b = [0] WHERE a < 10`);
        await engine.run(sql`INSERT INTO t ${given}`);
      },
      (commit) => commit(),
    );
    expect(
      await engine.rows(sql`SELECT count(*)::INTEGER AS n, sum(a)::DOUBLE AS a FROM t`, z.object({ n: z.number(), a: z.number() })),
    ).toEqual([{ n: 2 * many, a: many * (many - 1) }]);
    engine.close();
  });

  test('what is appended first is not touched', async () => {
    const engine = await openDuckDb({ path: ':memory:', threads: 4 });
    await engine.run(sql`CREATE TABLE source AS SELECT range::INTEGER AS n FROM range(${many})`);
    await engine.transaction(
      async () => {
        await engine.run(sql`CREATE TABLE t (a INTEGER, b INTEGER)`);
        await engine.run(sql`INSERT INTO t ${nothing}`);
        await engine.append({ name: 't' }, [[1], [2]]);
        await engine.append({ name: 't' }, [Int32Array.of(3), Int32Array.of(4)]);
        await engine.run(sql`INSERT INTO t ${everything}`);
      },
      (commit) => commit(),
    );
    expect(await engine.rows(sql`SELECT count(*)::INTEGER AS n FROM t`, z.object({ n: z.number() }))).toEqual([{ n: many + 2 }]);
    engine.close();
  });
});
