import { z } from 'zod';
import { id, sql } from '../../sql/tag.js';
import { ruleKind } from './contract.js';

/** The column has a value. */
export const notNull = ruleKind({
  name: 'not_null',
  scope: 'row',
  options: z.object({ column: z.string() }),
  references: ({ column }) => ({ columns: [column] }),
  judge: ({ column }) => ({ broken: sql`${id(column)} IS NULL`, reason: `${column} is missing` }),
});
