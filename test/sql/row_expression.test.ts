import { describe, expect, it } from 'vitest';
import { rowExpression } from '../../src/sql/row_expression.js';

describe('an expression over one row', () => {
  it.each([
    [`lower("First Name") || ' ' || trim(last)`, ['First Name', 'last']],
    [`CASE WHEN a IS NULL THEN coalesce(b, 'x') ELSE substr(a, 1, 3) END`, ['a', 'b']],
    [`a::DECIMAL(10, 2) * 2 + round(b::DOUBLE)`, ['a', 'b']],
    [`strptime(a, '%Y')::DATE -- a comment`, ['a']],
    [`a IN ('x', 'y') AND b BETWEEN 1 AND 2`, ['a', 'b']],
    [`json_extract_string(a, '$.x')`, ['a']],
  ])('%s names %j', async (text, columns) => {
    expect(await rowExpression(text)).toEqual(columns);
  });

  it.each([
    '(SELECT max(x) FROM t)',
    'a IN (SELECT b FROM t)',
    'EXISTS (SELECT 1)',
    '1) FROM t; DROP TABLE x; SELECT (1',
    '1) FROM t WHERE (TRUE',
    '1), (2',
    "read_text('/etc/passwd')",
    "getenv('HOME')",
    'random()',
    'now()',
    'current_date',
    'current_timestamp',
    'uuid()',
    'sum(a) OVER ()',
    'count(a)',
    'sum(a)',
    't.a',
    'a.*',
    'list_transform([a], lambda x: x)',
    'a +',
    '',
  ])('%s is refused', async (text) => {
    await expect(rowExpression(text)).rejects.toThrow(/^the expression /);
  });
});
