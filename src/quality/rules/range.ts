import { z } from 'zod';
import { inOrder, outOfOrder } from '../../config/bounds.js';
import type { Sql } from '../../sql/tag.js';
import { id, join, sql } from '../../sql/tag.js';
import { ruleKind } from './contract.js';

const bound = z.union([z.number(), z.string()]);

/** The number, date or moment lies between bounds, which belong to the range. */
export const range = ruleKind({
  name: 'range',
  scope: 'row',
  options: z.object({ column: z.string(), min: bound.optional(), max: bound.optional() }).refine(inOrder, outOfOrder),
  references: ({ column }) => ({ columns: [column] }),
  judge: ({ column, min, max }) => {
    const outside: Sql[] = [];
    if (min !== undefined) outside.push(sql`${id(column)} < ${min}`);
    if (max !== undefined) outside.push(sql`${id(column)} > ${max}`);
    return {
      broken: outside.length === 0 ? sql`FALSE` : sql`(${join(outside, ' OR ')})`,
      reason: `${column} is ${min === undefined ? `above ${max}` : max === undefined ? `below ${min}` : `not between ${min} and ${max}`}`,
    };
  },
});
