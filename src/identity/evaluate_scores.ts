import { probabilityOf } from './match/bits.js';

/** How good an answer is: null where there is nothing to have a share of. */
export interface Quality {
  /** Share of what was found that is right. */
  readonly precision: number | null;
  /** Share of what is there that was found. */
  readonly recall: number | null;
  /** Their harmonic mean. */
  readonly f1: number | null;
}

/** Pairs that were taken for one, against the truth. */
export interface PairScore extends Quality {
  readonly true_positives: number;
  readonly false_positives: number;
  readonly false_negatives: number;
}

/** What taking all pairs from a weight on for one would come to. */
export interface CurvePoint extends PairScore {
  /** In bits. */
  readonly threshold: number;
  /** The same as a probability, as `match.threshold` takes it. */
  readonly probability: number;
}

/** Compared pairs of one weight: all of them, and how many are of one entity. */
export interface WeighedCount {
  /** Tenths of a bit, rounded down. */
  readonly bucket: number;
  readonly pairs: number;
  readonly same: number;
}

/** Scores pairs by counts. `found` of `taken` are right, and `there` would be. */
export function pairScore(found: number, taken: number, there: number): PairScore {
  return {
    true_positives: found,
    false_positives: taken - found,
    false_negatives: there - found,
    ...quality(share(found, taken), share(found, there)),
  };
}

/** Precision and recall with their harmonic mean, which is 0 where nothing was found of what is there. */
export function quality(precision: number | null, recall: number | null): Quality {
  const [p, r] = [precision ?? 0, recall ?? 0];
  const f1 = precision === null && recall === null ? null : p + r === 0 ? 0 : (2 * p * r) / (p + r);
  return { precision: rounded(precision), recall: rounded(recall), f1: rounded(f1) };
}

/** The curve over all weights, from the highest threshold to the lowest. What was never compared counts as missed at all of them. */
export function curve(counts: readonly WeighedCount[], there: number): readonly CurvePoint[] {
  let [taken, found] = [0, 0];
  return [...counts]
    .sort((a, b) => b.bucket - a.bucket)
    .map(({ bucket, pairs, same }) => {
      taken += pairs;
      found += same;
      const threshold = bucket / 10;
      return pointAt(threshold, found, taken, there);
    });
}

/** What a threshold in bits comes to. */
export function pointAt(threshold: number, found: number, taken: number, there: number): CurvePoint {
  return { threshold, probability: rounded(probabilityOf(threshold)) ?? 0, ...pairScore(found, taken, there) };
}

/** The point with the best F1, of several the one with the highest threshold; null where the curve is empty. */
export function bestOf(points: readonly CurvePoint[]): CurvePoint | null {
  return points.reduce<CurvePoint | null>((best, p) => (best === null || (p.f1 ?? 0) > (best.f1 ?? 0) ? p : best), null);
}

/** Points for people: about so many, at whole bits, the first and the last among them. */
export function fewer(points: readonly CurvePoint[], wanted: number): readonly CurvePoint[] {
  const [first, last] = [points[0], points.at(-1)];
  if (first === undefined || last === undefined || points.length <= wanted) return points;
  const step = Math.max(1, Math.ceil((first.threshold - last.threshold) / wanted));
  // The last point at or above each step says what that threshold takes.
  const kept = new Map<number, CurvePoint>();
  for (const p of points) kept.set(Math.floor(p.threshold / step), p);
  return [...kept.values()];
}

function share(part: number, whole: number): number | null {
  return whole === 0 ? null : part / whole;
}

function rounded(x: number | null): number | null {
  return x === null ? null : Math.round(x * 1e6) / 1e6;
}
