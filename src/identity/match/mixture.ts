/* Pairs by what they agree on, and what shares of such pairs there are: what training reckons with. */

/** So many pairs have these codes; `rules` are the blocking rules that found them, as bits. */
export interface Pattern {
  readonly codes: readonly number[];
  readonly rules: number;
  readonly count: number;
}

/** What is known of an attribute before any data was seen. */
export interface Prior {
  /** Shares of true pairs by code, from 1 (disagreement). */
  readonly m: readonly number[];
  /** Whether relatives often have it in common. */
  readonly shared: boolean;
  /** What it says of where a branch of a company is: the most exact place that is known, by which branches are told from one another, or roughly that. */
  readonly place?: 'exact' | 'rough' | undefined;
  /** Shares of pairs of neighbours by code, where places are all that is known, and they have more alike than chance has it. */
  readonly neighbours?: readonly number[] | undefined;
  /** Shares of pairs of relatives by code, of what they don't share but have more alike than chance has it, as their names. */
  readonly relatives?: readonly number[] | undefined;
  /** How many of the pairs with a code are of one entity, as is known beforehand, by code; 0 where it isn't known. Left out where nothing is. */
  readonly areOne?: readonly number[] | undefined;
  /** As of its kind. */
  readonly distinctive?: boolean | undefined;
  readonly naming?: 'name' | 'of_names' | undefined;
  readonly correlated?: boolean | undefined;
  readonly issued?: boolean | undefined;
  /** Whether it is another with those beside it where people move. */
  readonly moves?: boolean | undefined;
}

/** Two attributes that go together: by chance, or in pairs of one entity and its kin. */
export interface Together {
  readonly pair: readonly [number, number];
  /**
   * How many times as often strangers are on two rungs as they would be if one said nothing of the other: by both codes, from 1 (disagreement). What is
   * met seldomer is left at 1: it is no evidence of anything else. Where it is of pairs of one entity, one over it.
   */
  readonly lifts: readonly (readonly number[])[];
}

/** What chance does to two records of different entities: the shares of the codes of every attribute, from 1, and what goes together. */
export interface Strangers {
  readonly u: readonly (readonly number[])[];
  readonly together: readonly Together[];
}

/** How many true pairs the prior knowledge counts for. */
export const priorPairs = 12;
/** True pairs that are expected in any data: without them, the less is found the less is expected, down to nothing. */
export const atLeast = 1;
/** Shares that move by less stand still. */
export const still = 1e-4;

/** Counts of the codes of every attribute, to begin with. */
export function counters(priors: readonly Prior[], begin: (k: number, i: number) => number): number[][] {
  return priors.map(({ m }, k) => m.map((_, i) => begin(k, i) + 1e-3));
}

/** Adds to a count. */
export function add(counts: number[] | undefined, i: number, n: number): void {
  if (counts !== undefined) counts[i] = (counts[i] ?? 0) + n;
}

/** Counts as shares. */
export function normal(counts: readonly number[]): readonly number[] {
  const all = counts.reduce((a, b) => a + b, 0);
  return counts.map((n) => n / all);
}

/** How often each code from 1 on is met where there is one, each pair counted as `weigh` says. Half a pair stands for what was never seen. */
export function shares(patterns: readonly Pattern[], k: number, levels: number, weigh: (pattern: Pattern) => number): readonly number[] {
  const counts = new Array<number>(levels).fill(0.5);
  for (const pattern of patterns) {
    const code = pattern.codes[k] ?? 0;
    if (code > 0) counts[code - 1] = (counts[code - 1] ?? 0) + pattern.count * weigh(pattern);
  }
  const all = counts.reduce((a, b) => a + b, 0);
  return counts.map((n) => n / all);
}

/** How likely it is that two records are one, of which one hypothesis and the odds of it are known. */
export function chance(m: readonly (readonly number[])[], strangers: Strangers, priorOdds: number, codes: readonly number[]): number {
  const odds = priorOdds * ratioToStrangers(m, strangers, codes);
  return odds / (1 + odds);
}

/** The share of true pairs among all pairs that agrees with itself: the chances of the candidates, added up, give it again. */
export function settle(m: readonly (readonly number[])[], strangers: Strangers, candidates: readonly Pattern[], allPairs: number): number {
  let prior = 1 / Math.max(10, Math.sqrt(allPairs));
  for (let round = 0; round < 100; round++) {
    const odds = prior / (1 - prior);
    const next = Math.min(
      0.5,
      Math.max(1e-12, candidates.reduce((n, p) => n + p.count * chance(m, strangers, odds, p.codes), atLeast) / allPairs),
    );
    const moved = Math.abs(Math.log(next / prior));
    prior = next;
    if (moved < 1e-4) break;
  }
  return prior;
}

/** How many times likelier codes are under one hypothesis than under another. */
export function ratio(over: readonly (readonly number[])[], under: readonly (readonly number[])[], codes: readonly number[]): number {
  let out = 1;
  for (const [k, code] of codes.entries()) if (code > 0) out *= (over[k]?.[code - 1] ?? 1) / (under[k]?.[code - 1] ?? 1);
  return out;
}

/** How many times as often strangers have these codes as they would if no attribute said anything of another. */
export function liftOf(all: readonly Together[], codes: readonly number[]): number {
  return all.reduce((lift, { pair: [a, b], lifts }) => lift * (lifts[(codes[a] ?? 0) - 1]?.[(codes[b] ?? 0) - 1] ?? 1), 1);
}

/** How many times likelier codes are under a hypothesis than by chance. */
export function ratioToStrangers(over: readonly (readonly number[])[], { u, together }: Strangers, codes: readonly number[]): number {
  return ratio(over, u, codes) / liftOf(together, codes);
}

/**
 * How far what was found of some attributes lies on the way from what is expected of them, 0, to what chance does, 1: by what each would have to be told
 * more of it, in bits.
 */
export function astray(
  attributes: readonly number[],
  found: readonly (readonly number[])[],
  expected: readonly (readonly number[])[],
  chances: readonly (readonly number[])[],
): number {
  const apart = (others: readonly (readonly number[])[]): number =>
    attributes.reduce((sum, k) => sum + (found[k] ?? []).reduce((s, x, i) => s + x * Math.log2(x / (others[k]?.[i] ?? x)), 0), 0);
  const [fromExpected, fromChance] = [apart(expected), apart(chances)];
  return fromExpected / Math.max(fromExpected + fromChance, Number.EPSILON);
}

/**
 * What each rung of a ladder counts for, how many times likelier it is under `m` than under `others`: more likeness never counts for less, so
 * rungs that say otherwise are taken together.
 */
export function monotone(m: readonly number[], others: readonly number[]): readonly number[] {
  const groups: { m: number; others: number; size: number }[] = [];
  for (const [i, share] of m.entries()) {
    groups.push({ m: share, others: others[i] ?? 0, size: 1 });
    for (;;) {
      const [before, last] = groups.slice(-2);
      if (groups.length < 2 || before === undefined || last === undefined || last.m / last.others >= before.m / before.others) break;
      groups.splice(-2, 2, { m: before.m + last.m, others: before.others + last.others, size: before.size + last.size });
    }
  }
  return groups.flatMap((group) => new Array<number>(group.size).fill(group.m / group.others));
}
