import type { Sql } from '../../../sql/tag.js';
import { sql } from '../../../sql/tag.js';

/** Texts that are a few edits apart have most letters in common (Jaro), which is told a hundred times faster than the edits are counted. */
const leastAlike = 0.8;

/**
 * At most so many letters inserted, left out, replaced, or swapped with their neighbour. Texts whose lengths differ by more are not looked at, nor
 * are longer ones that have too few letters in about the same places.
 */
export function edits(a: Sql, b: Sql, most: number): Sql {
  const short = sql`least(length(${a}), length(${b})) <= ${4 * most}`;
  return sql`(abs(length(${a}) - length(${b})) <= ${most} AND (${short} OR jaro_similarity(${a}, ${b}, ${leastAlike}) >= ${leastAlike}) AND damerau_levenshtein(${a}, ${b}) <= ${most})`;
}
