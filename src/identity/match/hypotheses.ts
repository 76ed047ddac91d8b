import type { Pattern, Prior, Strangers } from './mixture.js';
import { add, astray, atLeast, counters, normal, ofRelatives, priorPairs, ratioToStrangers, settle, still } from './mixture.js';

/**
 * What sessions learned counts for as many pairs as there are true ones, where all candidates are looked at together: what the candidates say of
 * large families would otherwise become what is said of one person.
 */
const ofSessions = 1;
/**
 * Where few are there twice and many live together, families pass for one person even so: what relatives don't share is then met as seldom as chance
 * has it. From so far on the way to chance on, what sessions learned counts for as many times the true pairs.
 */
const astrayFrom = 0.15;
const ofSessionsAmongRelatives = 10;
/** What is usual of relatives counts for this share of their pairs, and what chance does, where they have nothing in common. */
const usualOfRelatives = 0.15;
const chanceOfRelatives = 0.2;
/** What relatives don't share, such as a first name, is at most this often the same all the same, unless chance does it oftener. */
const sameOfRelatives = 0.02;

/** The three hypotheses of a pair: the same, relatives, strangers. */
export interface Hypotheses {
  /** Share of all pairs that are of one entity, and of relatives. */
  readonly prior: number;
  readonly related: number;
  readonly m: readonly (readonly number[])[];
  readonly h: readonly (readonly number[])[];
}

/**
 * Who lives together has much in common and is not one: between strangers and the same there are relatives. They agree on what is shared
 * as far as the data shows, and on everything else as is known of its kind, or by chance: so they are found. If there are any, what they have nearly in
 * common is learned too: papers of the same authors have words of their titles in common and are of about the same years.
 * Learned from all candidates at once.
 * @param learns whether what two records of one entity agree on is learned too: sessions see one rule's pairs each
 */
export function hypotheses(
  priors: readonly Prior[],
  begin: readonly (readonly number[])[],
  strangers: Strangers,
  candidates: readonly Pattern[],
  allPairs: number,
  learns: boolean,
): Hypotheses {
  const own = priors.flatMap((p, k) => (p.shared ? [] : [k]));
  const some = own.length > 0 && own.length < priors.length;
  const prior = settle(begin, strangers, candidates, allPairs);
  const unshared = ofRelatives(priors, strangers.u);
  const given = { priors, begin, strangers, unshared, candidates, allPairs, learns };
  const found = (anchor: number): Refined => {
    const strict = refine(
      {
        prior: some ? prior / 2 : prior,
        related: some ? prior / 2 : 0,
        m: begin,
        h: priors.map((p, k) => (p.shared ? begin : unshared)[k] ?? []),
        counted: begin,
      },
      { ...given, anchor, near: false },
    );
    if (strict.related * allPairs < priorPairs) return strict;
    return refine(strict, { ...given, anchor, near: true });
  };
  const first = found(ofSessions);
  return learns && some && astray(own, first.counted, begin, unshared) > astrayFrom ? found(ofSessionsAmongRelatives) : first;
}

/**
 * What hypotheses are refined by; `unshared`: what relatives have in common of what they don't share; `anchor`: what `begin` counts for, in true pairs;
 * `near`: whether what relatives have nearly in common is learned.
 */
interface Refining {
  readonly priors: readonly Prior[];
  readonly begin: readonly (readonly number[])[];
  readonly strangers: Strangers;
  readonly unshared: readonly (readonly number[])[];
  readonly candidates: readonly Pattern[];
  readonly allPairs: number;
  readonly learns: boolean;
  readonly anchor: number;
  readonly near: boolean;
}

/** `counted`: what the pairs of one entity have in common as counted, without what was known before. */
interface Refined extends Hypotheses {
  readonly counted: readonly (readonly number[])[];
}

/** Expectation-maximisation over all candidates, until nothing moves. */
function refine(from: Refined, { priors, begin, strangers, unshared, candidates, allPairs, learns, anchor, near }: Refining): Refined {
  let { prior: same, related, m, h, counted } = from;
  const some = related > 0;
  const { u } = strangers;
  for (let round = 0; round < 200; round++) {
    const toM = counters(priors, () => 0);
    const known = priorPairs + anchor * same * allPairs;
    // Without what is usual of them they would be whoever lives in one city.
    const toH = counters(priors, (k, i) => {
      const [share, usual] = priors[k]?.shared === true ? [usualOfRelatives, priors[k]?.m[i]] : [chanceOfRelatives, u[k]?.[i]];
      return (priorPairs + share * related * allPairs) * (usual ?? 0);
    });
    let [matches, relations] = [atLeast, 0];
    for (const { codes, count } of candidates) {
      const [x, y] = [same * ratioToStrangers(m, strangers, codes), related === 0 ? 0 : related * ratioToStrangers(h, strangers, codes)];
      const all = x + y + (1 - same - related);
      const [p, q] = [(count * x) / all, (count * y) / all];
      matches += p;
      relations += q;
      for (const [k, code] of codes.entries()) {
        if (code === 0) continue;
        add(toM[k], code - 1, p);
        add(toH[k], code - 1, q);
      }
    }
    const next = [matches, some ? relations : 0].map((n) => Math.min(0.4, Math.max(1e-12, n / allPairs)));
    const moved = [Math.log((next[0] ?? same) / same), some ? Math.log((next[1] ?? related) / related) : 0];
    same = next[0] ?? same;
    if (some) related = next[1] ?? related;
    counted = toM.map(normal);
    if (learns) m = toM.map((counts, k) => normal(counts.map((n, i) => n + known * (begin[k]?.[i] ?? 0))));
    if (some) {
      h = toH.map((counts, k) => {
        if (priors[k]?.shared === true) return normal(counts);
        return near && priors[k]?.relatives === undefined ? nearly(counts, u[k] ?? []) : (unshared[k] ?? []);
      });
    }
    // The first round of all only begins to change what the second counts by.
    if (round > 0 && Math.max(...moved.map(Math.abs)) < still) break;
  }
  return { prior: same, related, m, h, counted };
}

/** Shares of what relatives don't share: as counted, but for equality. */
function nearly(counts: readonly number[], u: readonly number[]): readonly number[] {
  const counted = normal(counts);
  const equal = counted.at(-1) ?? 0;
  const capped = Math.min(equal, Math.max(u.at(-1) ?? 0, sameOfRelatives));
  return counted.map((share, i) => (i === counted.length - 1 ? capped : (share * (1 - capped)) / (1 - equal)));
}
