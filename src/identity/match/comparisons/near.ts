import type { Sql } from '../../../sql/tag.js';
import { sql } from '../../../sql/tag.js';

/** Numbers whose difference is at most this share of the larger one. */
export function near(a: Sql, b: Sql, share: number): Sql {
  return sql`abs(${a} - ${b}) <= ${share} * greatest(abs(${a}), abs(${b}))`;
}

/** Numbers that differ by at most so much. */
export function within(a: Sql, b: Sql, most: number): Sql {
  return sql`abs(${a} - ${b}) <= ${most}`;
}
