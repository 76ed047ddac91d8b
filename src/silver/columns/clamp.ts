import { z } from 'zod';
import { inOrder, outOfOrder } from '../../config/bounds.js';
import { cast } from '../../engine/functions.js';
import type { Sql } from '../../sql/tag.js';
import { sql } from '../../sql/tag.js';

const bound = z.union([z.number(), z.string().regex(/^-?\d+(\.\d+)?$/, 'must be a number')]);

/** Bounds that a number is moved to when it lies outside. */
export const clampOption = z.strictObject({ min: bound.optional(), max: bound.optional() }).refine(inOrder, outOfOrder).optional();

/** A number moved into its bounds; a missing one stays missing. */
export function clamped(value: Sql, type: string, clamp: z.output<typeof clampOption>): Sql {
  if (clamp === undefined) return value;
  const low = clamp.min === undefined ? null : cast(sql`${String(clamp.min)}`, type);
  const high = clamp.max === undefined ? null : cast(sql`${String(clamp.max)}`, type);
  return sql`CASE ${low === null ? sql`` : sql`WHEN ${value} < ${low} THEN ${low} `}${high === null ? sql`` : sql`WHEN ${value} > ${high} THEN ${high} `}ELSE ${value} END`;
}
