import type { Pattern, Together } from './mixture.js';

/*
 * What goes together by chance. Weights are added up as if no attribute said anything of another, and some do: who lives in one city often has one
 * postcode. Counted twice, that would be met far oftener than chance explains, and whoever lives in one town would pass for a relative.
 */

/** Bits that all random pairs tell together from which on it is more than noise. */
const noise = 50;

/**
 * What goes together of some attributes: what tells most comes first, without a circle (the tree of Chow and Liu). Where hardly any pair is seen or
 * expected, it is as if one said nothing of the other.
 * @param levels how many codes every attribute has
 * @param random patterns of random pairs
 * @param weigh how much a pair counts for
 */
export function goTogether(
  attributes: readonly number[],
  levels: readonly number[],
  random: readonly Pattern[],
  weigh: (pattern: Pattern) => number,
): readonly Together[] {
  const told = attributes.flatMap((a, i) => attributes.slice(i + 1).map((b) => together([a, b], levels, random, weigh)));
  const groups = attributes.map((k) => new Set([k]));
  const groupOf = (k: number): Set<number> => groups.find((group) => group.has(k)) ?? new Set();
  return told
    .filter(({ tells }) => tells > noise)
    .sort((a, b) => b.tells - a.tells)
    .filter(({ pair: [a, b] }) => {
      const [one, other] = [groupOf(a), groupOf(b)];
      if (one === other) return false;
      groups.splice(groups.indexOf(other), 1);
      for (const k of other) one.add(k);
      return true;
    })
    .map(({ pair, lifts }) => ({ pair, lifts }));
}

/** @returns with `tells`, how many bits one attribute tells of the other in all pairs */
function together(
  pair: readonly [number, number],
  levels: readonly number[],
  random: readonly Pattern[],
  weigh: (pattern: Pattern) => number,
): Together & { readonly tells: number } {
  const [a, b] = pair;
  const seen = Array.from({ length: levels[a] ?? 0 }, () => new Array<number>(levels[b] ?? 0).fill(0));
  for (const pattern of random) {
    const row = seen[(pattern.codes[a] ?? 0) - 1];
    const code = (pattern.codes[b] ?? 0) - 1;
    if (row !== undefined && code >= 0) row[code] = (row[code] ?? 0) + pattern.count * weigh(pattern);
  }
  const ofA = seen.map((row) => row.reduce((x, n) => x + n, 0));
  const ofB = (seen[0] ?? []).map((_, j) => seen.reduce((x, row) => x + (row[j] ?? 0), 0));
  const all = ofA.reduce((x, n) => x + n, 0);
  const lifts = seen.map((row, i) => row.map((n, j) => Math.max(1, (n + 1) / (((ofA[i] ?? 0) * (ofB[j] ?? 0)) / Math.max(1, all) + 1))));
  const tells = lifts.reduce((sum, row, i) => sum + row.reduce((x, lift, j) => x + (seen[i]?.[j] ?? 0) * Math.log2(lift), 0), 0);
  return { pair, lifts, tells };
}
