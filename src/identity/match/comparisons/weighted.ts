import type { Sql } from '../../../sql/tag.js';
import { sql } from '../../../sql/tag.js';

/** One side of a pair: its feature of a name. */
type Feature = (name: string) => Sql;

/**
 * At least this share of what the words of both tell is in both: rare words tell more. A word of `tokens` is a number whose last ten bits are its
 * weight; `whole` is the sum of all weights of a side; `words` are bits, by which it is seen at once that two sides have no word in common.
 */
export function weighted(l: Feature, r: Feature, least: number): Sql {
  const common = inBoth(l('tokens'), r('tokens'));
  return sql`(bit_count(${l('words')} & ${r('words')}) >= 1 AND ${common} >= ${least} * (${l('whole')} + ${r('whole')} - ${common}))`;
}

/** At least this share of what the words of the one that tells less say is in the other too. */
export function within(a: Sql, b: Sql, wholeA: Sql, wholeB: Sql, least: number): Sql {
  return sql`${inBoth(a, b)} >= ${least} * least(${wholeA}, ${wholeB})`;
}

function inBoth(a: Sql, b: Sql): Sql {
  return sql`COALESCE(list_sum(list_transform(list_intersect(${a}, ${b}), lambda w: w & 1023)), 0)`;
}
