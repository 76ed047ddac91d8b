import type { LinkOptions, PairDecision } from '../../src/identity/match/link.js';
import { link as linked } from '../../src/identity/match/link.js';

/** A pair of records by number, with what speaks for their being one in bits × 1000. */
export interface Pair {
  readonly l: number;
  readonly r: number;
  readonly weight: number;
}

/** Clusters of some pairs: node → the smallest node of its cluster, and what became of every pair. */
export function link(
  pairs: readonly Pair[],
  options: LinkOptions,
): { readonly clusterOf: ReadonlyMap<number, number>; readonly decisions: readonly PairDecision[] } {
  const [l, r, weight] = [
    Int32Array.from(pairs, (p) => p.l),
    Int32Array.from(pairs, (p) => p.r),
    Float64Array.from(pairs, (p) => p.weight),
  ];
  const { clusterOf, decisions } = linked({ l, r, weight }, options);
  return { clusterOf: new Map([...clusterOf.entries()].filter(([, root]) => root >= 0)), decisions };
}
