import { probabilityOf } from './bits.js';

/** Odds of one to two: below, two records are never taken for one, whatever it promises. */
const lowest = -1;
/** How much more F1 has to be promised, for records to be taken for one that more likely are not. */
const clearly = 0.002;

/**
 * The weight from which on taking pairs for matches promises the best balance of precision and recall (F1), reckoned with their own
 * chances. It is below even odds only where so much is uncertain that this promises clearly more.
 * @param buckets tenths of a bit, from the highest
 */
export function bestThreshold(buckets: readonly number[], counts: readonly number[]): number {
  const chances = buckets.map((b) => probabilityOf(b / 10 + 0.05));
  const all = counts.reduce((sum, n, i) => sum + n * (chances[i] ?? 0), 0);
  const from = (least: number): { readonly f1: number; readonly bits: number } => {
    const bitsOf = (i: number): number => Math.max(least, (buckets[i] ?? 10 * least) / 10);
    let [taken, right, best, at] = [0, 0, 0, 0];
    for (const [i, bucket] of buckets.entries()) {
      if (bucket < 10 * least) break;
      taken += counts[i] ?? 0;
      right += (counts[i] ?? 0) * (chances[i] ?? 0);
      const f1 = (2 * right) / (taken + all);
      // Between the last pair that is taken and the next that is not there may be a gap: its middle is as far from both as can be.
      if (f1 > best) [best, at] = [f1, Math.round(5 * (bitsOf(i) + bitsOf(i + 1))) / 10];
    }
    return { f1: best, bits: at };
  };
  const [even, lower] = [from(0), from(lowest)];
  return lower.f1 > even.f1 + clearly ? lower.bits : even.bits;
}
