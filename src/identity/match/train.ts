/*
 * What agreement and disagreement are worth, learned from the data without examples (Fellegi and Sunter; Winkler). For each attribute
 * and each rung of its ladder: `u`, how often two records of different entities are there, from random pairs; `m`, how often two
 * records of one entity are, by expectation-maximisation over the candidates of one blocking rule at a time, which says nothing about the
 * attributes that it blocks by. The sessions of several rules are combined by their median.
 */

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
}

/** A session of training: one blocking rule, by its number, and the attributes that it blocks by. */
export interface Session {
  readonly rule: number;
  readonly blocked: readonly number[];
}

/** What was learned of one attribute; arrays are by code, from 1 (disagreement): index 0 is code 1. */
export interface Learned {
  readonly m: readonly number[];
  readonly u: readonly number[];
  /** How often two records of relatives (a household, branches of a company) are there; as `u` where relatives have nothing in common. */
  readonly h: readonly number[];
  /** About how many true pairs, and how many others, stand behind each. */
  readonly seen: readonly { readonly matches: number; readonly others: number }[];
}

export interface Trained {
  readonly attributes: readonly Learned[];
  /** Share of all pairs, compared or not, that are of one entity. */
  readonly prior: number;
  /** Share of all pairs that are of relatives; 0 where there is nothing to tell them by. */
  readonly related: number;
  /** Sessions that ran, with the rounds they took and the true pairs they reckon with. */
  readonly sessions: readonly { readonly rule: number; readonly rounds: number; readonly matches: number }[];
}

/** How many true pairs the prior knowledge counts for. */
const priorPairs = 12;
/** True pairs that are expected in any data: without them, the less is found the less is expected, down to nothing. */
const atLeast = 1;
const mostRounds = 60;
/**
 * What sessions learned counts for as many pairs as there are true ones, where all candidates are looked at together: what the candidates say of
 * large families would otherwise become what is said of one person.
 */
const ofSessions = 1;
/** What is usual of relatives counts for this share of their pairs. */
const usualOfRelatives = 0.1;
const still = 1e-4;

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
  let u = priors.map(({ m }, k) => shares(random, k, m.length, () => 1));
  const ran = sessions
    .map((session) => ({ session, answer: learn(priors, u, session, candidates) }))
    .flatMap(({ session, answer }) => (answer === null ? [] : [{ session, ...answer }]));
  const m = priors.map((prior, k) =>
    combine(
      prior,
      ran.filter(({ session }) => !session.blocked.includes(k)).map((r) => ({ m: r.m[k] ?? prior.m, weight: r.matches })),
    ),
  );
  // Some random pairs are true ones; what is left when they are taken out says what chance does.
  let prior = settle(m, u, candidates, allPairs);
  for (let round = 0; round < 3; round++) {
    const odds = prior / (1 - prior);
    u = priors.map(({ m: shape }, k) => shares(random, k, shape.length, (p) => 1 - chance(m, u, odds, p.codes)));
    prior = settle(m, u, candidates, allPairs);
  }
  const joint = hypotheses(priors, m, u, candidates, allPairs, true).m;
  const attributes = priors.map((_, k) => {
    const ladder = monotone(joint[k] ?? [], u[k] ?? []);
    return {
      ...ladder,
      seen: ladder.m.map((_share, i) => ({
        matches: Math.round(
          ran.filter(({ session }) => !session.blocked.includes(k)).reduce((n, r) => n + r.matches * (r.m[k]?.[i] ?? 0), 0),
        ),
        others: Math.round(random.reduce((n, p) => n + (p.codes[k] === i + 1 ? p.count : 0), 0)),
      })),
    };
  });
  const ladders = attributes.map((a) => a.m);
  const {
    h,
    prior: same,
    related,
  } = hypotheses(
    priors,
    ladders,
    attributes.map((a) => a.u),
    candidates,
    allPairs,
    false,
  );
  return {
    attributes: attributes.map((a, k) => ({ ...a, h: h[k] ?? a.u })),
    prior: same,
    related,
    sessions: ran.map(({ session, rounds, matches }) => ({ rule: session.rule, rounds, matches: Math.round(matches) })),
  };
}

/** How often each code from 1 on is met where there is one, each pair counted as `weigh` says. Half a pair stands for what was never seen. */
function shares(patterns: readonly Pattern[], k: number, levels: number, weigh: (pattern: Pattern) => number): readonly number[] {
  const counts = new Array<number>(levels).fill(0.5);
  for (const pattern of patterns) {
    const code = pattern.codes[k] ?? 0;
    if (code > 0) counts[code - 1] = (counts[code - 1] ?? 0) + pattern.count * weigh(pattern);
  }
  const all = counts.reduce((a, b) => a + b, 0);
  return counts.map((n) => n / all);
}

/** Expectation-maximisation over the pairs that one rule found; null where it found too few to learn from. */
function learn(
  priors: readonly Prior[],
  u: readonly (readonly number[])[],
  { rule, blocked }: Session,
  candidates: readonly Pattern[],
): { readonly m: readonly (readonly number[])[]; readonly rounds: number; readonly matches: number } | null {
  const free = priors.map((_, k) => k).filter((k) => !blocked.includes(k));
  const merged = new Map<string, { readonly codes: readonly number[]; count: number }>();
  for (const { codes, rules, count } of candidates) {
    if ((rules & (1 << rule)) === 0) continue;
    const key = free.map((k) => codes[k]).join();
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
  let lambda = 0.2;
  let rounds = 0;
  for (; rounds < mostRounds; rounds++) {
    const [toM, toU] = [
      counters(priors, (k, i) => priorPairs * (priors[k]?.m[i] ?? 0)),
      counters(priors, (k, i) => priorPairs * (u[k]?.[i] ?? 0)),
    ];
    let matches = 0;
    for (const { codes, count } of patterns) {
      let odds = lambda / (1 - lambda);
      for (const k of free) {
        const code = codes[k] ?? 0;
        if (code > 0) odds *= (m[k]?.[code - 1] ?? 1) / (others[k]?.[code - 1] ?? 1);
      }
      const p = odds / (1 + odds);
      matches += count * p;
      for (const k of free) {
        const code = codes[k] ?? 0;
        if (code === 0) continue;
        add(toM[k], code - 1, count * p);
        add(toU[k], code - 1, count * (1 - p));
      }
    }
    const next = toM.map(normal);
    const change = Math.max(...free.flatMap((k) => (next[k] ?? []).map((x, i) => Math.abs(x - (m[k]?.[i] ?? 0)))));
    m = next;
    others = toU.map(normal);
    lambda = Math.min(0.999, Math.max(1e-6, matches / pairs));
    if (change < still) break;
  }
  return { m, rounds, matches: lambda * pairs };
}

function counters(priors: readonly Prior[], begin: (k: number, i: number) => number): number[][] {
  return priors.map(({ m }, k) => m.map((_, i) => begin(k, i) + 1e-3));
}

function add(counts: number[] | undefined, i: number, n: number): void {
  if (counts !== undefined) counts[i] = (counts[i] ?? 0) + n;
}

function normal(counts: readonly number[]): readonly number[] {
  const all = counts.reduce((a, b) => a + b, 0);
  return counts.map((n) => n / all);
}

/** The weighted median of what the sessions say, level by level. */
function combine(prior: Prior, said: readonly { readonly m: readonly number[]; readonly weight: number }[]): readonly number[] {
  if (said.length === 0) return prior.m;
  return normal(
    prior.m.map((_, i) => {
      const sorted = said.map(({ m, weight }) => ({ x: m[i] ?? 0, weight })).sort((a, b) => a.x - b.x);
      const half = sorted.reduce((n, s) => n + s.weight, 0) / 2;
      let sum = 0;
      for (const { x, weight } of sorted) {
        sum += weight;
        if (sum >= half) return x;
      }
      return sorted.at(-1)?.x ?? 0;
    }),
  );
}

function chance(m: readonly (readonly number[])[], u: readonly (readonly number[])[], priorOdds: number, codes: readonly number[]): number {
  const odds = priorOdds * ratio(m, u, codes);
  return odds / (1 + odds);
}

/** The share of true pairs among all pairs that agrees with itself: the chances of the candidates, added up, give it again. */
function settle(
  m: readonly (readonly number[])[],
  u: readonly (readonly number[])[],
  candidates: readonly Pattern[],
  allPairs: number,
): number {
  let prior = 1 / Math.max(10, Math.sqrt(allPairs));
  for (let round = 0; round < 100; round++) {
    const odds = prior / (1 - prior);
    const next = Math.min(0.5, Math.max(1e-12, candidates.reduce((n, p) => n + p.count * chance(m, u, odds, p.codes), atLeast) / allPairs));
    const moved = Math.abs(Math.log(next / prior));
    prior = next;
    if (moved < 1e-4) break;
  }
  return prior;
}

/** The three hypotheses of a pair: the same, relatives, strangers. */
interface Hypotheses {
  /** Share of all pairs that are of one entity, and of relatives. */
  readonly prior: number;
  readonly related: number;
  readonly m: readonly (readonly number[])[];
  readonly h: readonly (readonly number[])[];
}

/**
 * Who lives together has much in common and is not one: between strangers and the same there are relatives. They agree on what is shared
 * as far as the data shows, and on everything else by chance. Learned from all candidates at once.
 * @param learns whether what two records of one entity agree on is learned too: sessions see one rule's pairs each, and where relatives bring
 * many of them, takes them for one entity
 */
function hypotheses(
  priors: readonly Prior[],
  begin: readonly (readonly number[])[],
  u: readonly (readonly number[])[],
  candidates: readonly Pattern[],
  allPairs: number,
  learns: boolean,
): Hypotheses {
  const some = priors.some((p) => p.shared) && priors.some((p) => !p.shared);
  let m = begin;
  let h = priors.map((p, k) => (p.shared ? (m[k] ?? []) : (u[k] ?? [])));
  const prior = settle(m, u, candidates, allPairs);
  let [same, related] = some ? [prior / 2, prior / 2] : [prior, 0];
  for (let round = 0; round < 200; round++) {
    const toM = counters(priors, (k, i) => (priorPairs + ofSessions * same * allPairs) * (begin[k]?.[i] ?? 0));
    // Without what is usual of them they would be whoever lives in one city.
    const toH = counters(priors, (k, i) => (priorPairs + usualOfRelatives * related * allPairs) * (priors[k]?.m[i] ?? 0));
    let [matches, relations] = [atLeast, 0];
    for (const { codes, count } of candidates) {
      const [x, y] = [same * ratio(m, u, codes), related === 0 ? 0 : related * ratio(h, u, codes)];
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
    if (learns) m = toM.map(normal);
    if (some) h = toH.map((counts, k) => (priors[k]?.shared ? normal(counts) : (u[k] ?? [])));
    if (Math.max(...moved.map(Math.abs)) < still) break;
  }
  return { prior: same, related, m, h };
}

/** How many times likelier codes are under one hypothesis than under another. */
function ratio(over: readonly (readonly number[])[], under: readonly (readonly number[])[], codes: readonly number[]): number {
  let out = 1;
  for (const [k, code] of codes.entries()) if (code > 0) out *= (over[k]?.[code - 1] ?? 1) / (under[k]?.[code - 1] ?? 1);
  return out;
}

/** A ladder on which more likeness never counts for less: rungs that say otherwise are taken together. */
function monotone(m: readonly number[], u: readonly number[]): { readonly m: readonly number[]; readonly u: readonly number[] } {
  const groups: { m: number; u: number; size: number }[] = [];
  for (const [i, share] of m.entries()) {
    groups.push({ m: share, u: u[i] ?? 0, size: 1 });
    for (;;) {
      const [before, last] = groups.slice(-2);
      if (groups.length < 2 || before === undefined || last === undefined || last.m / last.u >= before.m / before.u) break;
      groups.splice(-2, 2, { m: before.m + last.m, u: before.u + last.u, size: before.size + last.size });
    }
  }
  // Rungs that were taken together keep the ratio of the group, each with its own share of chance.
  let at = 0;
  const out = { m: [] as number[], u: [...u] };
  for (const group of groups) {
    for (let i = 0; i < group.size; i++) out.m.push(((u[at++] ?? 0) * group.m) / group.u);
  }
  return out;
}
