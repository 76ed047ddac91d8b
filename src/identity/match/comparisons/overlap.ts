import type { Sql } from '../../../sql/tag.js';
import { sql } from '../../../sql/tag.js';

/** At least this share of the words of both (as `bits`) is in both. */
export function overlap(a: Sql, b: Sql, least: number): Sql {
  return sql`bit_count(${a} & ${b}) >= ${least} * bit_count(${a} | ${b})`;
}

/** All words of one (as `bits`) are in the other, and it has at least so many. */
export function contained(a: Sql, b: Sql, least: number): Sql {
  return sql`(${a} & ${b} IN (${a}, ${b}) AND least(bit_count(${a}), bit_count(${b})) >= ${least})`;
}
