import type { Sql } from '../../../sql/tag.js';
import { sql } from '../../../sql/tag.js';

/**
 * At least this share of what the words of both tell is in both: rare words tell more. A word is a number whose last ten bits are its
 * weight; `whole` is the sum of all weights of a side.
 */
export function weighted(a: Sql, b: Sql, wholeA: Sql, wholeB: Sql, least: number): Sql {
  const common = inBoth(a, b);
  return sql`${common} >= ${least} * (${wholeA} + ${wholeB} - ${common})`;
}

/** At least this share of what the words of the one that tells less say is in the other too. */
export function within(a: Sql, b: Sql, wholeA: Sql, wholeB: Sql, least: number): Sql {
  return sql`${inBoth(a, b)} >= ${least} * least(${wholeA}, ${wholeB})`;
}

function inBoth(a: Sql, b: Sql): Sql {
  return sql`COALESCE(list_sum(list_transform(list_intersect(${a}, ${b}), lambda w: w & 1023)), 0)`;
}
