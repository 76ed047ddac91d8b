/*
 * From pairs to clusters. A pair above the threshold says that two records are one; three records of which two pairs say so and one says the
 * opposite are not to be settled by whoever comes first. So clusters grow by the strongest link on average over all the pairs that were
 * compared between them, and stop where those speak against it; never against what is known to be different. Nodes that people made one keep
 * their own evidence, so that a decision takes nobody away from those who they are linked with, but what holds of one of them holds of all.
 */

import { isDecision } from '../constraints.js';
import { denseForest } from '../forest.js';

/** Two records by number, and what speaks for their being one: bits × 1000, above zero from the threshold on. */
export interface Pair {
  readonly l: number;
  readonly r: number;
  readonly weight: number;
}

export type PairDecision = 'linked' | 'decided' | 'conflict' | 'outvoted' | 'bridge' | 'too_large' | 'below';

export interface LinkOptions {
  /** Node, or its bloc → what it holds of values that an entity has one of: rule → value. */
  readonly held: ReadonlyMap<number, ReadonlyMap<string, string>>;
  /** The most records of a cluster. */
  readonly largest: number;
  /** Records of a node, where nodes are clusters already; 1 if left out. */
  readonly sizes?: ReadonlyMap<number, number>;
  /** Node → what people made one, by the same number. */
  readonly blocs?: ReadonlyMap<number, number>;
}

/** Bits × 1000 that one link between two groups must have more, to join them all by itself. */
const bridgeBits = 6000;

interface Cluster {
  readonly nodes: number[];
  bloc: Bloc;
  /** Cluster → what the compared pairs between them say together, and how many they are. */
  readonly ties: Map<number, Tie>;
}

/** Clusters that end as one: one cluster, or several that people made one. */
interface Bloc {
  records: number;
  readonly held: Map<string, string>;
  /** The bloc that it became a part of. */
  into: Bloc | null;
}

interface Tie {
  sum: number;
  pairs: number;
}

/** Node → the smallest node of its cluster, and what became of every pair. */
interface Linked {
  readonly clusterOf: ReadonlyMap<number, number>;
  readonly decisions: readonly PairDecision[];
}

/**
 * Joins nodes by pairs. Deterministic: ties are settled by the numbers of the nodes.
 * @param pairs every compared pair among the nodes at hand, also those that speak against
 */
export function link(pairs: readonly Pair[], options: LinkOptions): Linked {
  const clusterOf = new Map<number, number>();
  const decisions = new Array<PairDecision>(pairs.length);
  for (const { places, blocs } of apart(pairs, options.blocs ?? new Map())) {
    const these = places.map((i) => pairs[i]).filter((p) => p !== undefined);
    const some = (blocs.size === 0 ? linkUnanimous(these, options) : null) ?? linkConnected(these, { ...options, blocs });
    for (const [node, root] of some.clusterOf) clusterOf.set(node, root);
    for (const [i, decision] of some.decisions.entries()) decisions[places[i] ?? 0] = decision;
  }
  return { clusterOf, decisions };
}

/** What hangs together by pairs or blocs and with nothing else: the places of the pairs in their order, and the blocs. */
interface Group {
  readonly places: number[];
  readonly blocs: Map<number, number>;
}

/** Pairs in groups: little at a time is quickly done and forgotten. */
function apart(pairs: readonly Pair[], blocs: ReadonlyMap<number, number>): Iterable<Group> {
  const most = pairs.reduce((n, { l, r }) => Math.max(n, l, r), -1);
  const { find, join } = denseForest(1 + [...blocs].reduce((n, [node, bloc]) => Math.max(n, node, bloc), most));
  for (const { l, r } of pairs) join(find(l), find(r));
  for (const [node, bloc] of blocs) join(find(node), find(bloc));
  const groups = new Map<number, Group>();
  const groupOf = (node: number): Group => {
    const root = find(node);
    const known = groups.get(root);
    if (known !== undefined) return known;
    const made: Group = { places: [], blocs: new Map() };
    groups.set(root, made);
    return made;
  };
  pairs.forEach(({ l }, place) => {
    groupOf(l).places.push(place);
  });
  for (const [node, bloc] of blocs) groupOf(node).blocs.set(node, bloc);
  return groups.values();
}

/** Nodes of which every two are a pair, all above the threshold, which is what most are; null where it is otherwise, or something is held against them. */
function linkUnanimous(pairs: readonly Pair[], { held, largest, sizes }: LinkOptions): Linked | null {
  const nodes = new Set<number>();
  // Two numbers as one; should they ever be too large for that, some are lost, and it is done the long way.
  const met = new Set<number>();
  for (const { l, r, weight } of pairs) {
    if (weight <= 0 || l === r) return null;
    nodes.add(l).add(r);
    met.add(Math.min(l, r) * 2 ** 26 + Math.max(l, r));
  }
  if (met.size !== (nodes.size * (nodes.size - 1)) / 2) return null;
  let records = 0;
  let root = Number.POSITIVE_INFINITY;
  for (const node of nodes) {
    if (held.has(node)) return null;
    records += sizes?.get(node) ?? 1;
    root = Math.min(root, node);
  }
  if (records > largest) return null;
  return { clusterOf: new Map([...nodes].map((node) => [node, root])), decisions: pairs.map(() => 'linked') };
}

function linkConnected(pairs: readonly Pair[], { held, largest, sizes, blocs }: LinkOptions): Linked {
  const clusters = new Map<number, Cluster>();
  const of = new Map<number, number>();
  const joint = new Map<number, Bloc>();
  const cluster = (node: number): Cluster => {
    const known = clusters.get(node);
    if (known !== undefined) return known;
    const shared = blocs?.get(node);
    const bloc = (shared === undefined ? undefined : joint.get(shared)) ?? {
      records: 0,
      held: new Map(held.get(shared ?? node)),
      into: null,
    };
    if (shared !== undefined) joint.set(shared, bloc);
    bloc.records += sizes?.get(node) ?? 1;
    const made: Cluster = { nodes: [node], bloc, ties: new Map() };
    clusters.set(node, made);
    of.set(node, node);
    return made;
  };
  for (const node of blocs?.keys() ?? []) cluster(node);
  for (const { l, r, weight } of pairs) {
    if (l === r) continue;
    tie(cluster(l), r, weight, 1);
    tie(cluster(r), l, weight, 1);
  }
  const why = new Map<string, PairDecision>();
  const queue = heap();
  for (const [a, { ties }] of clusters) for (const [b, t] of ties) if (a < b && t.sum > 0) queue.push({ score: t.sum / t.pairs, a, b });
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    const { a, b, score } = next;
    const [x, y] = [clusters.get(a), clusters.get(b)];
    const t = x?.ties.get(b);
    // What was pushed for clusters as they were is stale: its score is theirs no longer.
    if (x === undefined || y === undefined || t === undefined || t.sum / t.pairs !== score) continue;
    const refusal = refused(x, y, t, largest);
    if (refusal !== null) {
      why.set(`${a}:${b}`, refusal);
      x.ties.delete(b);
      y.ties.delete(a);
      continue;
    }
    clusters.delete(b);
    x.ties.delete(b);
    for (const node of y.nodes) of.set(node, a);
    x.nodes.push(...y.nodes);
    unite(x, y);
    for (const [c, { sum, pairs: n }] of y.ties) {
      const z = clusters.get(c);
      if (z === undefined || c === a) continue;
      z.ties.delete(b);
      tie(x, c, sum, n);
      const both = tie(z, a, sum, n);
      if (both.sum > 0) queue.push({ score: both.sum / both.pairs, a: Math.min(a, c), b: Math.max(a, c) });
    }
  }
  const smallest = new Map<Bloc | undefined, number>();
  const blocOf = (node: number): Bloc | undefined => {
    const last = clusters.get(of.get(node) ?? node);
    return last === undefined ? undefined : whole(last);
  };
  for (const node of [...of.keys()].sort((a, b) => a - b)) if (!smallest.has(blocOf(node))) smallest.set(blocOf(node), node);
  const clusterOf = new Map([...of.keys()].map((node) => [node, smallest.get(blocOf(node)) ?? node]));
  const decisions = pairs.map(({ l, r, weight }): PairDecision => {
    const [a, b] = [of.get(l) ?? l, of.get(r) ?? r];
    if (a === b || clusterOf.get(l) === clusterOf.get(r)) return 'linked';
    if (weight <= 0) return 'below';
    const [x, y] = [blocOf(l), blocOf(r)];
    if (x !== undefined && y !== undefined && brokenRules(x, y).some(isDecision)) return 'decided';
    return why.get(`${Math.min(a, b)}:${Math.max(a, b)}`) ?? 'outvoted';
  });
  return { clusterOf, decisions };
}

function tie(cluster: Cluster, other: number, sum: number, pairs: number): Tie {
  const known = cluster.ties.get(other) ?? { sum: 0, pairs: 0 };
  known.sum += sum;
  known.pairs += pairs;
  cluster.ties.set(other, known);
  return known;
}

/** The bloc that a cluster belongs to by now. */
function whole(cluster: Cluster): Bloc {
  while (cluster.bloc.into !== null) cluster.bloc = cluster.bloc.into;
  return cluster.bloc;
}

function unite(a: Cluster, b: Cluster): void {
  const [x, y] = [whole(a), whole(b)];
  if (x === y) return;
  x.records += y.records;
  for (const [rule, value] of y.held) x.held.set(rule, value);
  y.into = x;
}

/** The rules by which two blocs are not one. */
function brokenRules(x: Bloc, y: Bloc): readonly string[] {
  const [few, many] = x.held.size <= y.held.size ? [x.held, y.held] : [y.held, x.held];
  return [...few].flatMap(([rule, value]) => ((many.get(rule) ?? value) === value ? [] : [rule]));
}

/** Why two clusters may not be one; null when they may. */
function refused(a: Cluster, b: Cluster, { sum, pairs }: Tie, largest: number): PairDecision | null {
  const [x, y] = [whole(a), whole(b)];
  if (x === y) return null;
  const broken = brokenRules(x, y);
  if (broken.some(isDecision)) return 'decided';
  if (broken.length > 0) return 'conflict';
  if (x.records + y.records > largest) return 'too_large';
  if (pairs === 1 && a.nodes.length > 1 && b.nodes.length > 1 && a.nodes.length * b.nodes.length > 4 && sum < bridgeBits) return 'bridge';
  return null;
}

interface Candidate {
  readonly score: number;
  readonly a: number;
  readonly b: number;
}

/** A priority queue: the highest score first, then the smallest numbers. */
function heap(): { readonly push: (item: Candidate) => void; readonly pop: () => Candidate | undefined } {
  const items: Candidate[] = [];
  const before = (x: Candidate, y: Candidate): boolean =>
    x.score > y.score || (x.score === y.score && (x.a < y.a || (x.a === y.a && x.b < y.b)));
  return {
    push: (item) => {
      let i = items.push(item) - 1;
      for (;;) {
        const up = (i - 1) >> 1;
        const parent = items[up];
        if (i === 0 || parent === undefined || !before(item, parent)) break;
        items[i] = parent;
        i = up;
      }
      items[i] = item;
    },
    pop: () => {
      const first = items[0];
      const last = items.pop();
      if (first === undefined || last === undefined || items.length === 0) return first;
      let i = 0;
      for (;;) {
        let child = 2 * i + 1;
        const [left, right] = [items[child], items[child + 1]];
        if (left === undefined) break;
        if (right !== undefined && before(right, left)) child++;
        const next = items[child];
        if (next === undefined || !before(next, last)) break;
        items[i] = next;
        i = child;
      }
      items[i] = last;
      return first;
    },
  };
}
