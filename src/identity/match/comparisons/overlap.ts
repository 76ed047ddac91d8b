import type { Sql } from '../../../sql/tag.js';
import { sql } from '../../../sql/tag.js';
import { words } from '../text.js';

/** At least this share of the words of both (as `bits`) is in both. */
export function overlap(a: Sql, b: Sql, least: number): Sql {
  return sql`bit_count(${a} & ${b}) >= ${least} * bit_count(${a} | ${b})`;
}

/**
 * All words of one are in the other, which has more, and they are at least so many. Bits say at once that it is not so; as two words may have the
 * same bit, what they leave is looked up in the texts.
 */
export function contained(a: Words, b: Words, least: number): Sql {
  const fewer = sql`least(bit_count(${a.bits}), bit_count(${b.bits}))`;
  const [wordsA, wordsB] = [words(a.text), words(b.text)];
  const within = sql`CASE WHEN bit_count(${a.bits}) < bit_count(${b.bits}) THEN list_has_all(${wordsB}, ${wordsA}) ELSE list_has_all(${wordsA}, ${wordsB}) END`;
  return sql`CASE WHEN ${a.bits} & ${b.bits} IN (${a.bits}, ${b.bits}) AND ${a.bits} <> ${b.bits} AND ${fewer} >= ${least} THEN
    CASE WHEN ${fewer} = 1 THEN contains(${a.text}, ${b.text}) OR contains(${b.text}, ${a.text}) ELSE ${within} END ELSE FALSE END`;
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
