import type { Sql } from '../../../sql/tag.js';
import { sql } from '../../../sql/tag.js';

/** At most so many letters inserted, left out, replaced, or swapped with their neighbour. Texts whose lengths differ by more are not looked at. */
export function edits(a: Sql, b: Sql, most: number): Sql {
  return sql`(abs(length(${a}) - length(${b})) <= ${most} AND damerau_levenshtein(${a}, ${b}) <= ${most})`;
}
