import { z } from 'zod';
import { inOrder, outOfOrder } from '../../config/bounds.js';
import type { Sql } from '../../sql/tag.js';
import { id, join, sql } from '../../sql/tag.js';
import { ruleKind } from './contract.js';

/** The text has so many characters. */
export const length = ruleKind({
  name: 'length',
  scope: 'row',
  options: z
    .object({ column: z.string(), min: z.number().int().min(0).optional(), max: z.number().int().min(0).optional() })
    .refine(inOrder, outOfOrder),
  references: ({ column }) => ({ columns: [column] }),
  judge: ({ column, min, max }) => {
    const outside: Sql[] = [];
    if (min !== undefined) outside.push(sql`length(${id(column)}) < ${min}`);
    if (max !== undefined) outside.push(sql`length(${id(column)}) > ${max}`);
    return {
      broken: outside.length === 0 ? sql`FALSE` : sql`(${join(outside, ' OR ')})`,
      reason: `${column} is ${min === undefined ? `longer than ${max}` : max === undefined ? `shorter than ${min}` : `not ${min} to ${max}`} characters`,
    };
  },
});
