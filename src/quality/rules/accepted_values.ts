import { z } from 'zod';
import { id, join, sql } from '../../sql/tag.js';
import { ruleKind } from './contract.js';

/** The value is one of a list. */
export const acceptedValues = ruleKind({
  name: 'accepted_values',
  scope: 'row',
  options: z.object({ column: z.string(), values: z.array(z.union([z.string(), z.number(), z.boolean()])).min(1) }),
  references: ({ column }) => ({ columns: [column] }),
  judge: ({ column, values }) => ({
    // As text a literal takes the type of the column; numbers beside a column of text would have every row read as a number.
    broken: sql`${id(column)} NOT IN (${join(values.map((v) => sql`${String(v)}`))})`,
    reason: `${column} is none of ${values.join(', ')}`,
  }),
});
