import { z } from 'zod';
import { OnefoldError } from '../../base/errors.js';
import { unboxed } from '../../engine/functions.js';
import { rowExpression } from '../../sql/row_expression.js';
import { sql as query } from '../../sql/tag.js';
import { columnType } from './contract.js';

/**
 * What an expression in SQL makes of the source columns, as they were landed: uncleaned text. It may name no table and call
 * only functions that always give the same answer. A row for which it fails is set aside, or has no value, as `on_error`
 * says; a row for which it gives nothing has no value.
 */
export const sql = columnType({
  name: 'sql',
  options: z.object({
    sql: z.string().min(1).describe('The expression, over source columns'),
    as: z
      .string()
      .regex(
        /^(VARCHAR|BIGINT|BOOLEAN|DATE|TIMESTAMP|DECIMAL\((\d|[12]\d|3[0-8]), ?\d{1,2}\))$/,
        'must be VARCHAR, BIGINT, BOOLEAN, DATE, TIMESTAMP or DECIMAL(p, s)',
      )
      .default('VARCHAR')
      .describe('Type of the column: `VARCHAR`, `BIGINT`, `BOOLEAN`, `DATE`, `TIMESTAMP` or `DECIMAL(p, s)`'),
    reads: z.array(z.string()).default([]).describe('Source columns that it reads; found in the expression, so it need not be said'),
  }),
  typeNote: 'what `as` says',
  sqlType: (options) => options.as,
  readsFrom: false,
  sourceColumns: (options) => options.reads,
  complete: async (options) => {
    const reads = await rowExpression(options.sql);
    if (reads.length === 0) throw new OnefoldError('CONFIG_INVALID', 'the expression names no source column');
    return { ...options, reads: [...reads] };
  },
  expression: (options) => options.sql,
  parse: (box) => ({ value: unboxed(box), unread: query`(${box} IS NULL)` }),
});
