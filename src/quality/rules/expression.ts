import { z } from 'zod';
import { sql, trusted } from '../../sql/tag.js';
import { ruleKind } from './contract.js';

/**
 * A condition over the row's columns, written in SQL. It may name no table and call only functions that always give the same answer. Where it is
 * neither true nor false it is not broken.
 */
export const expression = ruleKind({
  name: 'expression',
  scope: 'row',
  options: z.object({ sql: z.string().min(1) }),
  references: (options) => ({ expressions: [options.sql] }),
  judge: (options) => ({ broken: sql`NOT (${trusted(options.sql)}\n)`, reason: `not true: ${options.sql}` }),
});
