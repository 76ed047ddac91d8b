/*
 * What agreement and disagreement are worth, learned from the data without examples (Fellegi and Sunter; Winkler). For each attribute
 * and each rung of its ladder: `u`, how often two records of different entities are there, from random pairs; `m`, how often two
 * records of one entity are, by expectation-maximisation over the candidates of one blocking rule at a time, which says nothing about the
 * attributes that it blocks by. Beside strangers it may find relatives, so these are learned apart. The sessions of several rules are combined by their
 * median.
 */

import { hypotheses, sameIn } from './hypotheses.js';
import type { Kin } from './kin.js';
import { kinOf, ofRelatives, ownOf } from './kin.js';
import type { Pattern, Prior, Strangers, Together } from './mixture.js';
import { add, astray, chance, counters, monotone, normal, priorPairs, ratio, settle, shares, still } from './mixture.js';
import { namesAgain } from './names_again.js';
import { goTogether } from './together.js';

/** A session of training: one blocking rule, by its number, and the attributes that it blocks by. */
export interface Session {
  readonly rule: number;
  readonly blocked: readonly number[];
}

/** What was learned of one attribute; arrays are by code, from 1 (disagreement): index 0 is code 1. */
export interface Learned {
  readonly m: readonly number[];
  readonly u: readonly number[];
  /** What it counts for against strangers, in bits. */
  readonly strangers: readonly number[];
  /** By kin, as in `Trained`: how often two records of theirs are there (as `u` where they have nothing in common), and what it counts for against them. */
  readonly kin: readonly { readonly h: readonly number[]; readonly bits: readonly number[] }[];
  /** About how many true pairs, and how many others, stand behind each. */
  readonly seen: readonly { readonly matches: number; readonly others: number }[];
}

export interface Trained {
  readonly attributes: readonly Learned[];
  /** What strangers have in common together. */
  readonly together: readonly Together[];
  /** Share of all pairs, compared or not, that are of one entity. */
  readonly prior: number;
  /** Share of all pairs that are of relatives, and of branches of one company; 0 where there is nothing to tell them by. */
  readonly kin: readonly { readonly name: Kin['name']; readonly share: number }[];
  /** Bits down to which a pair speaks against its being one; null where all count. */
  readonly against: number | null;
  /** Sessions that ran, with the rounds they took and the true pairs they reckon with. */
  readonly sessions: readonly { readonly rule: number; readonly rounds: number; readonly matches: number }[];
}

/** What a session found: the shares of the codes of every attribute, in how many rounds, and in how many true pairs. */
interface Ran {
  readonly session: Session;
  readonly m: readonly (readonly number[])[];
  readonly rounds: number;
  readonly matches: number;
}

const mostRounds = 60;
/** What is usual counts for this share of a session's true pairs: without it, pairs that are only near would pass for one entity. */
const usualInSession = 0.1;
/**
 * No session counts for more than so many times what the middle one does: one that takes kin for one entity finds far more of them than the others find
 * true pairs.
 */
const mostOfAll = 1.5;
/** So many of one entity, and no more, go by names that have nothing in common. */
const mostRenamed = 0.25;
/** So many have no title, name of a company or code that is alike, and so many pairs show that a session knows better. */
const [mostRetitled, fewest] = [0.5, 30];
/** Of a number that was given once, what counts is what the session says of which so many say less: the others take kin for one entity. */
const ofIssued = 0.85;

/**
 * @param candidates patterns of the pairs that blocking found
 * @param random patterns of random pairs
 * @param allPairs how many pairs of records there are
 */
export function train(
  priors: readonly Prior[],
  sessions: readonly Session[],
  candidates: readonly Pattern[],
  random: readonly Pattern[],
  allPairs: number,
): Trained {
  const levels = priors.map(({ m }) => m.length);
  const thatAre = (what: 'correlated' | 'moves'): readonly number[] => priors.flatMap((p, k) => (p[what] === true ? [k] : []));
  const strangersBy = (weigh: (pattern: Pattern) => number): Strangers => ({
    u: levels.map((length, k) => shares(random, k, length, weigh)),
    together: goTogether(thatAre('correlated'), levels, random, weigh),
  });
  let strangers = strangersBy(() => 1);
  const told = sessions
    .map((session) => ({ session, answer: learn(priors, strangers.u, session, candidates) }))
    .flatMap(({ session, answer }) =>
      answer === null || !isOfOne(priors, session, answer.m, strangers.u) ? [] : [{ session, ...answer }],
    );
  const ran = ofOneTitle(priors, told);
  const most = mostOfAll * median(ran.map(({ matches }) => matches));
  const learned = priors.map((prior, k) =>
    combine(
      prior,
      ran.filter(({ session }) => !session.blocked.includes(k)).map((r) => ({ m: r.m[k] ?? prior.m, weight: Math.min(r.matches, most) })),
    ),
  );
  const isTaught = (k: number): boolean => ran.some(({ session }) => !session.blocked.includes(k));
  const untaught = priors.findIndex(({ areOne }, k) => areOne !== undefined && !isTaught(k));
  const known = namesAgain(priors[untaught], untaught, learned, strangers.u, candidates, allPairs);
  const m = known === null ? learned : learned.with(untaught, known.m);
  // Some random pairs are true ones; what is left when they are taken out says what chance does.
  let prior = settle(m, strangers, candidates, allPairs);
  for (let round = 0; round < (known === null ? 3 : 1); round++) {
    const [odds, before] = [prior / (1 - prior), strangers];
    strangers = strangersBy(({ codes }) => 1 - (known?.areOne(codes) ?? chance(m, before, odds, codes)));
    prior = settle(m, strangers, candidates, allPairs);
  }
  const counted = strangers;
  const byChance: Strangers = {
    ...counted,
    u: counted.u.map((chances, k) =>
      priors[k]?.naming === 'of_names' ? ofNamesakes(k, priors, m, chances, counted, prior, candidates) : chances,
    ),
  };
  const begun = hypotheses(priors, m, byChance, candidates, allPairs, true);
  const moves = goTogether(thatAre('moves'), levels, candidates, ({ codes }) => sameIn(begun, byChance, codes));
  strangers = { ...byChance, together: balanced(byChance.together, moves) };
  const joint = (moves.length === 0 ? begun : hypotheses(priors, m, strangers, candidates, allPairs, true)).m;
  const { u, together } = strangers;
  const worth = priors.map((_, k) => monotone(joint[k] ?? [], u[k] ?? []));
  // What is weighed by: the shares of chance, and of one entity what the ladders say.
  const weighed = worth.map((ratios, k) => ratios.map((ratio, i) => ratio * (u[k]?.[i] ?? 0)));
  const { kin, prior: same } = hypotheses(priors, weighed, strangers, candidates, allPairs, false);
  return {
    attributes: priors.map((_, k) => {
      const mine = joint[k] ?? [];
      return {
        m: mine,
        u: u[k] ?? [],
        strangers: (worth[k] ?? []).map(Math.log2),
        kin: kin.map(({ h }) => ({ h: h[k] ?? [], bits: monotone(mine, h[k] ?? []).map(Math.log2) })),
        seen: mine.map((_share, i) => ({
          matches: Math.round(
            ran.filter(({ session }) => !session.blocked.includes(k)).reduce((n, r) => n + r.matches * (r.m[k]?.[i] ?? 0), 0),
          ),
          others: Math.round(random.reduce((n, p) => n + (p.codes[k] === i + 1 ? p.count : 0), 0)),
        })),
      };
    }),
    together,
    prior: same,
    kin: kin.map(({ name, share }) => ({ name, share })),
    against: known?.against ?? null,
    sessions: ran.map(({ session, rounds, matches }) => ({ rule: session.rule, rounds, matches: Math.round(matches) })),
  };
}

/** What goes together by chance speaks against a pair, and what does in pairs of one entity, and in those of kin, for it: both as one. */
function balanced(byChance: readonly Together[], ofOne: readonly Together[]): readonly Together[] {
  const others = ofOne.filter(({ pair }) => byChance.every((t) => t.pair.join() !== pair.join()));
  return [...byChance, ...others.map(({ pair, lifts }) => ({ pair, lifts: lifts.map((row) => row.map(() => 1)) }))].map(
    ({ pair, lifts }) => {
      const of = ofOne.find((t) => t.pair.join() === pair.join())?.lifts;
      return { pair, lifts: lifts.map((row, i) => row.map((lift, j) => lift / (of?.[i]?.[j] ?? 1))) };
    },
  );
}

/**
 * Whether what a session found is of one entity, and not of kin: what these don't share is near enough to what is usual of one, and not to chance. Where
 * nobody is there twice, those whom a rule finds are households, or whoever is in one town.
 */
function isOfOne(
  priors: readonly Prior[],
  { blocked }: Session,
  m: readonly (readonly number[])[],
  u: readonly (readonly number[])[],
): boolean {
  const usual = priors.map((p) => p.m);
  const isOf = (kin: Kin): boolean => {
    const own = ownOf(kin).filter((k) => !blocked.includes(k));
    return astray(own, m, usual, kin.unshared) >= kin.mostAstray;
  };
  // Colleagues have a place and its numbers in common, and hardly anything but their names says that they are not one.
  const areColleagues = (leastRenamed(priors, blocked, m, (p) => p.naming === 'name' && !p.shared) ?? 0) > mostRenamed;
  return !areColleagues && !kinOf(priors, u).some(isOf);
}

/** In what share of the pairs the one of some attributes that is most often alike is not; null where a session says nothing of any. */
function leastRenamed(
  priors: readonly Prior[],
  blocked: readonly number[],
  m: readonly (readonly number[])[],
  isName: (prior: Prior) => boolean,
): number | null {
  const shares = priors.flatMap((p, k) => (isName(p) && !blocked.includes(k) ? [m[k]?.[0] ?? 0] : []));
  return shares.length === 0 ? null : Math.min(...shares);
}

/**
 * The sessions but those that found works of one collection, which have everything in common but their titles: if most of what these are called by is not
 * alike, and another session knows better. Where all say so, titles tell nothing; of people, who go by names, they never do.
 */
function ofOneTitle(priors: readonly Prior[], sessions: readonly Ran[]): readonly Ran[] {
  if (priors.some(({ naming }) => naming === 'name')) return sessions;
  const renamed = sessions.map(({ session, m }) => leastRenamed(priors, session.blocked, m, (p) => p.distinctive === true));
  const known = sessions.some(({ matches }, i) => matches >= fewest && (renamed[i] ?? 1) <= mostRetitled);
  return known ? sessions.filter((_, i) => (renamed[i] ?? 0) <= mostRetitled) : sessions;
}

/**
 * How often what is made of names is nearly the same by chance: as often as two have it who are called the same and, by all the rest, are not one.
 * Else their name would count twice.
 */
function ofNamesakes(
  k: number,
  priors: readonly Prior[],
  m: readonly (readonly number[])[],
  chances: readonly number[],
  strangers: Strangers,
  prior: number,
  candidates: readonly Pattern[],
): readonly number[] {
  const names = priors.flatMap((p, i) => (p.naming === 'name' ? [{ i, equal: p.m.length }] : []));
  if (names.length === 0) return chances;
  const counts = chances.map((share) => priorPairs * share);
  for (const { codes, count } of candidates) {
    if (names.some(({ i, equal }) => codes[i] !== equal)) continue;
    const others = codes.map((code, i) => (i === k ? 0 : code));
    const code = codes[k] ?? 0;
    if (code > 0) add(counts, code - 1, count * (1 - chance(m, strangers, prior / (1 - prior), others)));
  }
  // The very same is by chance as seldom as ever.
  const [same, counted] = [chances.at(-1) ?? 0, normal(counts)];
  const near = 1 - (counted.at(-1) ?? 0);
  return counted.map((share, i) => (i === counted.length - 1 ? same : (share * (1 - same)) / near));
}

/** Expectation-maximisation over the pairs that one rule found; null where it found too few to learn from. */
function learn(
  priors: readonly Prior[],
  u: readonly (readonly number[])[],
  { rule, blocked }: Session,
  candidates: readonly Pattern[],
): Omit<Ran, 'session'> | null {
  const free = priors.map((_, k) => k).filter((k) => !blocked.includes(k));
  const merged = new Map<string, { readonly codes: readonly number[]; count: number }>();
  for (const { codes: all, rules, count } of candidates) {
    if ((rules & (1 << rule)) === 0) continue;
    // What the rule goes by says nothing here, as if it were missing.
    const codes = all.map((code, k) => (blocked.includes(k) ? 0 : code));
    const key = codes.join();
    const known = merged.get(key);
    if (known === undefined) merged.set(key, { codes, count });
    else known.count += count;
  }
  const patterns = [...merged.values()];
  const pairs = patterns.reduce((n, p) => n + p.count, 0);
  if (pairs < 20 || free.length < 2) return null;
  let m = priors.map((p) => p.m);
  // Pairs of one block that are of different entities are no random pairs, so what they agree on is learned too.
  let others = u;
  // A rule may find more relatives than true pairs: they have in common what is shared, as is learned, and all else by chance or as is known.
  const some = free.some((k) => priors[k]?.shared === true) && free.some((k) => priors[k]?.shared === false);
  const unshared = ofRelatives(priors, u);
  let relatives = priors.map((p, k) => (p.shared ? p.m : (unshared[k] ?? [])));
  let [lambda, related] = [0.2, some ? 0.2 : 0];
  let rounds = 0;
  for (; rounds < mostRounds; rounds++) {
    const usual = (share: number) => counters(priors, (k, i) => (priorPairs + usualInSession * share * pairs) * (priors[k]?.m[i] ?? 0));
    const [toM, toH, toU] = [usual(lambda), usual(related), counters(priors, (k, i) => priorPairs * (u[k]?.[i] ?? 0))];
    let [matches, relations] = [0, 0];
    for (const { codes, count } of patterns) {
      const [x, y] = [lambda * ratio(m, others, codes), related * ratio(relatives, others, codes)];
      const all = x + y + (1 - lambda - related);
      const [p, q] = [(count * x) / all, (count * y) / all];
      matches += p;
      relations += q;
      for (const [k, code] of codes.entries()) {
        if (code === 0) continue;
        add(toM[k], code - 1, p);
        add(toH[k], code - 1, q);
        add(toU[k], code - 1, count - p - q);
      }
    }
    const next = toM.map(normal);
    const change = Math.max(...free.flatMap((k) => (next[k] ?? []).map((x, i) => Math.abs(x - (m[k]?.[i] ?? 0)))));
    m = next;
    relatives = toH.map((counts, k) => (priors[k]?.shared === true ? normal(counts) : (unshared[k] ?? [])));
    others = toU.map(normal);
    // Something is left for each of the three.
    const most = 0.999 / Math.max(0.999, (matches + relations) / pairs);
    [lambda, related] = [Math.max(1e-6, (most * matches) / pairs), some ? Math.max(1e-6, (most * relations) / pairs) : 0];
    if (change < still) break;
  }
  return { m, rounds, matches: lambda * pairs };
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0;
}

/** The weighted median of what the sessions say, level by level; of what was issued, what the best of them say. */
function combine(prior: Prior, said: readonly { readonly m: readonly number[]; readonly weight: number }[]): readonly number[] {
  if (said.length === 0) return prior.m;
  return normal(
    prior.m.map((_, i) => {
      const sorted = said.map(({ m, weight }) => ({ x: m[i] ?? 0, weight })).sort((a, b) => a.x - b.x);
      const at = prior.issued !== true ? 0.5 : i === 0 ? 1 - ofIssued : ofIssued;
      const upTo = sorted.reduce((n, s) => n + s.weight, 0) * at;
      let sum = 0;
      for (const { x, weight } of sorted) {
        sum += weight;
        if (sum >= upTo) return x;
      }
      return sorted.at(-1)?.x ?? 0;
    }),
  );
}
