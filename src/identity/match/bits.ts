import { sql } from '../../sql/tag.js';

/** Bits, which are log2 of odds, as a probability. */
export function probabilityOf(bits: number): number {
  return 1 / (1 + 2 ** -bits);
}

/** What speaks for one thing against all that may be instead, by what speaks for it against each: they are all possible, so the odds against it add up. */
export function againstAll(bits: readonly number[]): number {
  const least = Math.min(...bits);
  return least - Math.log2(bits.reduce((odds, b) => odds + 2 ** (least - b), 0));
}

/** How likely it is that the pair of a row is one, by its `bits` × 1000: in millionths, so that sums don't follow from the order of the pairs. */
export const millionths = sql`(1e6 / (1 + pow(2, -bits / 1000)))::BIGINT`;
