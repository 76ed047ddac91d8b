import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { openDuckDb } from '../../src/engine/duckdb/duckdb.js';
import { columnLineage } from '../../src/sql/lineage.js';
import { id, join, sql, trusted } from '../../src/sql/tag.js';

const tables = new Map([
  ['silver.sales', ['id', 'cust', 'amount', 'info', '_deleted_at']],
  ['gold.customer', ['customer_key', 'name']],
  ['gold.links', ['customer_key', 'source', 'record_id', 'id']],
]);

/** The lineage of a statement as text, its columns as the real engine names them. */
async function lineage(text: string): Promise<Record<string, string>> {
  const engine = await openDuckDb({ path: ':memory:', threads: 1 });
  try {
    for (const schema of ['silver', 'gold']) await engine.run(sql`CREATE SCHEMA ${id(schema)}`);
    for (const [table, columns] of tables) {
      const typed = columns.map(
        (c) => sql`${id(c)} ${trusted(c === 'info' ? 'STRUCT(a VARCHAR, b VARCHAR)' : c === 'amount' ? 'DECIMAL(18,2)' : 'VARCHAR')}`,
      );
      await engine.run(sql`CREATE TABLE ${id(...table.split('.'))} (${join(typed)})`);
    }
    await engine.run(sql`CREATE TABLE result AS ${trusted(text)}`);
    const named = await engine.rows(
      sql`SELECT column_name AS name FROM duckdb_columns() WHERE table_name = 'result' ORDER BY column_index`,
      z.object({ name: z.string() }),
    );
    const found = await columnLineage(
      text,
      named.map((n) => n.name),
      tables,
    );
    return Object.fromEntries(
      found.map((c) => [c.name, [c.how, ...c.from.map((f) => `${f.table.split('.')[1] ?? ''}.${f.column}`).sort()].join(' ')]),
    );
  } finally {
    engine.close();
  }
}

describe('what a column comes from', () => {
  it.each<[string, string, Record<string, string>]>([
    ['a column as it is', 'SELECT id, cust AS c FROM silver.sales', { id: 'direct sales.id', c: 'direct sales.cust' }],
    ['whatever the case of its name', 'SELECT ID, "Amount" FROM silver.SALES', { id: 'direct sales.id', amount: 'direct sales.amount' }],
    ['an expression', "SELECT CASE WHEN cust = 'a' THEN amount END AS x FROM silver.sales", { x: 'expression sales.amount sales.cust' }],
    ['a cast', 'SELECT amount::VARCHAR AS x FROM silver.sales', { x: 'expression sales.amount' }],
    [
      'aggregates',
      'SELECT cust, sum(amount) AS s, count(*) AS n, arg_max(id, amount) AS a FROM silver.sales GROUP BY ALL',
      { cust: 'direct sales.cust', s: 'aggregate sales.amount', n: 'aggregate', a: 'aggregate sales.amount sales.id' },
    ],
    ['a constant', "SELECT 'x' AS c, id FROM silver.sales", { c: 'constant', id: 'direct sales.id' }],
    [
      'joined tables',
      'SELECT s.id, c.name, x.id AS link FROM silver.sales s JOIN gold.customer c ON c.customer_key = s.cust JOIN gold.links x USING (customer_key)',
      { id: 'direct sales.id', name: 'direct customer.name', link: 'direct links.id' },
    ],
    [
      'USING, both sides of it',
      'SELECT customer_key, name FROM gold.customer FULL JOIN gold.links USING (customer_key)',
      { customer_key: 'expression customer.customer_key links.customer_key', name: 'direct customer.name' },
    ],
    [
      'common table expressions, to the bottom',
      'WITH a AS (SELECT cust, sum(amount) AS t FROM silver.sales GROUP BY cust), b(c, u) AS (SELECT cust, t FROM a) SELECT c, u, u * 2 AS v FROM b',
      { c: 'direct sales.cust', u: 'aggregate sales.amount', v: 'aggregate sales.amount' },
    ],
    [
      'a common table expression that hides a table',
      'WITH sales AS (SELECT name AS id FROM gold.customer) SELECT id FROM sales',
      { id: 'direct customer.name' },
    ],
    [
      'unions, by place and by name',
      'SELECT id, cust FROM silver.sales UNION ALL SELECT customer_key, upper(name) FROM gold.customer',
      { id: 'direct customer.customer_key sales.id', cust: 'expression customer.name sales.cust' },
    ],
    [
      'unions by name',
      'SELECT id, cust FROM silver.sales UNION ALL BY NAME SELECT name AS cust, customer_key AS id FROM gold.customer',
      { id: 'direct customer.customer_key sales.id', cust: 'direct customer.name sales.cust' },
    ],
    [
      'windows and QUALIFY',
      'SELECT id, row_number() OVER (PARTITION BY cust ORDER BY amount) AS rn FROM silver.sales QUALIFY rn = 1',
      { id: 'direct sales.id', rn: 'expression sales.amount sales.cust' },
    ],
    [
      'a subquery with a star of which a column is left out',
      'SELECT * EXCLUDE (rn, info, _deleted_at) FROM (SELECT *, row_number() OVER (PARTITION BY cust ORDER BY id) AS rn FROM silver.sales) WHERE rn = 1',
      { id: 'direct sales.id', cust: 'direct sales.cust', amount: 'direct sales.amount' },
    ],
    [
      'stars',
      'SELECT c.*, 1 AS one FROM gold.customer c',
      { customer_key: 'direct customer.customer_key', name: 'direct customer.name', one: 'constant' },
    ],
    [
      'two columns of one name',
      'SELECT s.id, x.id FROM silver.sales s JOIN gold.links x ON x.id = s.id',
      { id: 'direct sales.id', id_1: 'direct links.id' },
    ],
    ['a field of a struct', 'SELECT info.a, s.info.b AS b FROM silver.sales s', { a: 'expression sales.info', b: 'expression sales.info' }],
    [
      'a scalar subquery',
      'SELECT (SELECT max(name) FROM gold.customer c WHERE c.customer_key = s.cust) AS n FROM silver.sales s',
      { n: 'aggregate customer.name' },
    ],
    ['an unnested list', 'SELECT u.v FROM silver.sales, unnest([amount]) AS u(v)', { v: 'expression sales.amount' }],
    [
      'FROM before SELECT',
      'FROM silver.sales SELECT cust, max(amount) AS m GROUP BY ALL',
      { cust: 'direct sales.cust', m: 'aggregate sales.amount' },
    ],
    [
      'an alias used beside it',
      "SELECT cust AS c, c || 'x' AS d FROM silver.sales",
      { c: 'direct sales.cust', d: 'expression sales.cust' },
    ],
  ])('follows %s', async (_, text, expected) => {
    expect(await lineage(text)).toEqual(expected);
  });
});

describe('what the parser would follow wrongly', () => {
  it.each<[string, string, Record<string, string>]>([
    ['an alias that hides a column', "SELECT cust AS id, id || 'x' AS y FROM silver.sales", { id: 'direct sales.cust', y: 'unknown' }],
    [
      'a column that a star replaces',
      'SELECT * REPLACE (customer_key AS name) FROM gold.customer',
      { customer_key: 'direct customer.customer_key', name: 'unknown' },
    ],
    [
      'a column that a star renames',
      'SELECT * RENAME (name AS who) FROM gold.customer',
      { customer_key: 'direct customer.customer_key', who: 'unknown' },
    ],
    ['stars that replace, inside', 'SELECT name FROM (SELECT * REPLACE (customer_key AS name) FROM gold.customer)', { name: 'unknown' }],
    [
      'columns that are left out and made anew, inside',
      'SELECT id FROM (SELECT * EXCLUDE (id), cust AS id FROM silver.sales)',
      { id: 'unknown' },
    ],
    ['patterns of columns', "SELECT COLUMNS('na.*') FROM gold.customer", { name: 'unknown' }],
    ['names given to columns from outside', 'SELECT amount FROM silver.sales AS q(amount, b, c)', { amount: 'unknown' }],
    ['names given to a subquery', 'SELECT q.a FROM (SELECT cust, amount FROM silver.sales) q(c, a)', { a: 'unknown' }],
    ['lateral queries', 'SELECT l.v FROM silver.sales s, LATERAL (SELECT s.amount AS v) l', { v: 'unknown' }],
    ['what is taken away', 'SELECT id FROM silver.sales EXCEPT SELECT name FROM gold.customer', { id: 'unknown' }],
    [
      'recursion',
      'WITH RECURSIVE r AS (SELECT id, cust FROM silver.sales UNION ALL SELECT r.id, s.cust FROM r JOIN silver.sales s ON s.id = r.cust) SELECT id FROM r',
      { id: 'unknown' },
    ],
    ['pivots', 'PIVOT (SELECT cust, amount FROM silver.sales) ON cust IN (x) USING sum(amount)', { x: 'unknown' }],
    ['functions of chance', 'SELECT random() AS r FROM silver.sales', { r: 'unknown' }],
  ])('is unknown: %s', async (_, text, expected) => {
    expect(await lineage(text)).toEqual(expected);
  });
});
