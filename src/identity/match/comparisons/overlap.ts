import type { Sql } from '../../../sql/tag.js';
import { sql } from '../../../sql/tag.js';

/** At least this share of the words of both (as `bits`) is in both. */
export function overlap(a: Sql, b: Sql, least: number): Sql {
  return sql`bit_count(${a} & ${b}) >= ${least} * bit_count(${a} | ${b})`;
}

/**
 * All words of one (as `bits`) are in the other, which has more, and they are at least so many. Two words may have the same bit, so a single
 * one must be in the other's text too.
 */
export function contained(a: Words, b: Words, least: number): Sql {
  const fewer = sql`least(bit_count(${a.bits}), bit_count(${b.bits}))`;
  return sql`(${a.bits} & ${b.bits} IN (${a.bits}, ${b.bits}) AND ${a.bits} <> ${b.bits} AND ${fewer} >= ${least}
    AND (${fewer} > 1 OR contains(${a.text}, ${b.text}) OR contains(${b.text}, ${a.text})))`;
}

/** The words of a text, and the text, plain. */
export interface Words {
  readonly bits: Sql;
  readonly text: Sql;
}

/** The features `words` and `norm` of a side. */
export function wordsOf(side: (feature: string) => Sql): Words {
  return { bits: side('words'), text: side('norm') };
}
