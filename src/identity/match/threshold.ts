import { probabilityOf } from './bits.js';

/**
 * The weight from which on taking pairs for matches promises the best balance of precision and recall (F1), reckoned with their own
 * chances: never below even odds.
 * @param buckets tenths of a bit, from the highest; a pair is in one if it has more than this, and at most a tenth more
 */
export function bestThreshold(buckets: readonly number[], counts: readonly number[]): number {
  const chances = buckets.map((b) => probabilityOf(b / 10 + 0.05));
  const all = counts.reduce((sum, n, i) => sum + n * (chances[i] ?? 0), 0);
  let [taken, right, best, at] = [0, 0, 0, 0];
  const bitsOf = (i: number): number => Math.max(0, (buckets[i] ?? 0) / 10);
  for (const [i, bucket] of buckets.entries()) {
    if (bucket < 0) break;
    taken += counts[i] ?? 0;
    right += (counts[i] ?? 0) * (chances[i] ?? 0);
    const f1 = (2 * right) / (taken + all);
    // Between the last pair that is taken and the next that is not there may be a gap: its middle is as far from both as can be.
    if (f1 > best) [best, at] = [f1, Math.round(5 * (bitsOf(i) + bitsOf(i + 1))) / 10];
  }
  return at;
}

/** The bits from which on pairs are shown to people: some below the threshold, and all that are more likely one entity than not. */
export function shownFrom(threshold: number): number {
  return Math.min(0, threshold - 5);
}
