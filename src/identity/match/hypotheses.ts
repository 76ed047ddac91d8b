import type { Kin } from './kin.js';
import { kinOf, ownOf } from './kin.js';
import type { Pattern, Prior, Strangers } from './mixture.js';
import { add, astray, atLeast, counters, normal, priorPairs, ratioToStrangers, settle, still } from './mixture.js';

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
/** Of numbers that were given once, it counts for so many times that: sister companies pass for one, and each has its own. */
const ofSessionsOfIssued = 10;
/** What is usual of kin counts for this share of their pairs, and what chance does, where they have nothing in common. */
const usualOfKin = 0.15;
const chanceOfKin = 0.2;
/** What relatives don't share, such as a first name, is at most this often the same all the same, unless chance does it oftener. */
const sameOfRelatives = 0.02;
/** A number that was issued much less often. */
const issuedOfRelatives = 0.002;

/** What is said of kin: their share of all pairs, 0 where there is nothing to tell them by, and the shares of the codes of every attribute. */
export interface KinFound {
  readonly name: Kin['name'];
  readonly share: number;
  readonly h: readonly (readonly number[])[];
}

/** The hypotheses of a pair: the same, kin of one way or another, strangers. */
export interface Hypotheses {
  /** Share of all pairs that are of one entity. */
  readonly prior: number;
  readonly m: readonly (readonly number[])[];
  readonly kin: readonly KinFound[];
}

/**
 * Who lives together has much in common and is not one: between strangers and the same there are relatives, and branches of one company. They agree on what is shared
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
  const kin = kinOf(priors, strangers.u);
  const possible = kin.filter(({ shared }) => shared.includes(true) && shared.includes(false));
  const prior = settle(begin, strangers, candidates, allPairs) / (1 + possible.length);
  const given = { priors, begin, strangers, kin, candidates, allPairs, learns };
  const found = (anchor: number): Refined => {
    const strict = refine(
      {
        prior,
        m: begin,
        kin: kin.map((each) => ({
          name: each.name,
          share: possible.includes(each) ? prior : 0,
          h: begin.map((usual, k) => (each.shared[k] === true ? usual : (each.unshared[k] ?? []))),
        })),
        counted: begin,
      },
      { ...given, anchor, near: kin.map(() => false) },
    );
    const near = strict.kin.map(({ share }) => share * allPairs >= priorPairs);
    return near.includes(true) ? refine(strict, { ...given, anchor, near }) : strict;
  };
  const first = found(ofSessions);
  const isAstray = possible.some((each) => astray(ownOf(each), first.counted, begin, each.unshared) > astrayFrom);
  return learns && isAstray ? found(ofSessionsAmongRelatives) : first;
}

/**
 * What hypotheses are refined by; `anchor`: what `begin` counts for, in true pairs; `near`: of which kin what they have nearly in common is learned.
 */
interface Refining {
  readonly priors: readonly Prior[];
  readonly begin: readonly (readonly number[])[];
  readonly strangers: Strangers;
  readonly kin: readonly Kin[];
  readonly candidates: readonly Pattern[];
  readonly allPairs: number;
  readonly learns: boolean;
  readonly anchor: number;
  readonly near: readonly boolean[];
}

/** `counted`: what the pairs of one entity have in common as counted, without what was known before. */
interface Refined extends Hypotheses {
  readonly counted: readonly (readonly number[])[];
}

/** How likely it is that two records of these codes are one. */
export function sameIn({ prior, m, kin }: Hypotheses, strangers: Strangers, codes: readonly number[]): number {
  const one = prior * ratioToStrangers(m, strangers, codes);
  const ofKin = kin.map(({ share, h }) => (share === 0 ? 0 : share * ratioToStrangers(h, strangers, codes)));
  return one / ofKin.reduce((sum, y) => sum + y, one + 1 - kin.reduce((sum, { share }) => sum + share, prior));
}

/** Expectation-maximisation over all candidates, until nothing moves. */
function refine(from: Refined, { priors, begin, strangers, kin, candidates, allPairs, learns, anchor, near }: Refining): Refined {
  let { prior: same, m, kin: found, counted } = from;
  const { u } = strangers;
  for (let round = 0; round < 200; round++) {
    const toM = counters(priors, () => 0);
    const known = priorPairs + anchor * same * allPairs;
    // Without what is usual of them they would be whoever lives in one city.
    const toKin = kin.map(({ shared, usual, bounded }, j) =>
      counters(priors, (k, i) => {
        const share = (shared[k] === true ? usualOfKin : chanceOfKin) * (found[j]?.share ?? 0);
        return (priorPairs + (bounded ? Math.min(share, same) : share) * allPairs) * (usual[k]?.[i] ?? 0);
      }),
    );
    const unrelated = 1 - found.reduce((sum, { share }) => sum + share, same);
    let matches = atLeast;
    const relations = kin.map(() => 0);
    for (const { codes, count } of candidates) {
      const x = same * ratioToStrangers(m, strangers, codes);
      const ys = found.map(({ share, h }) => (share === 0 ? 0 : share * ratioToStrangers(h, strangers, codes)));
      const all = x + ys.reduce((sum, y) => sum + y, 0) + unrelated;
      const p = (count * x) / all;
      matches += p;
      for (const [k, code] of codes.entries()) if (code > 0) add(toM[k], code - 1, p);
      for (const [j, y] of ys.entries()) {
        const q = (count * y) / all;
        add(relations, j, q);
        for (const [k, code] of codes.entries()) if (code > 0) add(toKin[j]?.[k], code - 1, q);
      }
    }
    const shareOf = (n: number): number => Math.min(0.4, Math.max(1e-12, n / allPairs));
    const next = { same: shareOf(matches), kin: found.map(({ share }, j) => (share === 0 ? 0 : shareOf(relations[j] ?? 0))) };
    const moved = [
      Math.log(next.same / same),
      ...found.map(({ share }, j) => (share === 0 ? 0 : Math.log((next.kin[j] ?? share) / share))),
    ];
    same = next.same;
    counted = toM.map(normal);
    if (learns)
      m = toM.map((counts, k) =>
        normal(counts.map((n, i) => n + (priors[k]?.issued === true ? ofSessionsOfIssued : 1) * known * (begin[k]?.[i] ?? 0))),
      );
    found = found.map((before, j) => {
      if (before.share === 0) return before;
      const { shared = [], unshared = [], known = [] } = kin[j] ?? {};
      const h = (toKin[j] ?? []).map((counts, k) => {
        if (shared[k] === true) return normal(counts);
        return near[j] === true && known[k] === false
          ? nearly(counts, u[k] ?? [], priors[k]?.issued === true ? issuedOfRelatives : sameOfRelatives)
          : (unshared[k] ?? []);
      });
      return { ...before, share: next.kin[j] ?? 0, h };
    });
    // The first round of all only begins to change what the second counts by.
    if (round > 0 && Math.max(...moved.map(Math.abs)) < still) break;
  }
  return { prior: same, m, kin: found, counted };
}

/** Shares of what relatives don't share: as counted, but for equality, of which there are at most so many. */
function nearly(counts: readonly number[], u: readonly number[], most: number): readonly number[] {
  const counted = normal(counts);
  const equal = counted.at(-1) ?? 0;
  const capped = Math.min(equal, Math.max(u.at(-1) ?? 0, most));
  return counted.map((share, i) => (i === counted.length - 1 ? capped : (share * (1 - capped)) / (1 - equal)));
}
