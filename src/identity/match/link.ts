/*
 * From pairs to clusters. A pair above the threshold says that two records are one; three records of which two pairs say so and one says the
 * opposite are not to be settled by whoever comes first. So clusters grow by the strongest link on average over all the pairs that were
 * compared between them, and stop where those speak against it; never against what is known to be different. Nodes that people made one keep
 * their own evidence, so that a decision takes nobody away from those who they are linked with, but what holds of one of them holds of all.
 */

import { isDecision } from '../constraints.js';
import { denseForest, largestOf } from '../forest.js';

/** Pairs of records side by side: two numbers, and what speaks for their being one: bits × 1000, above zero from the threshold on. */
export interface Pairs {
  readonly l: Int32Array;
  readonly r: Int32Array;
  readonly weight: Float64Array;
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
  readonly blocs?: ReadonlyMap<number, number> | undefined;
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

interface Linked {
  /** Node → the smallest node of its cluster; -1 where no pair and no bloc has it. */
  readonly clusterOf: Int32Array;
  /** What became of every pair. */
  readonly decisions: readonly PairDecision[];
}

/**
 * Joins nodes by pairs. Deterministic: ties are settled by the numbers of the nodes.
 * @param pairs every compared pair among the nodes at hand, also those that speak against
 */
export function link(pairs: Pairs, options: LinkOptions): Linked {
  const { l, r } = pairs;
  const blocs = options.blocs ?? new Map<number, number>();
  const largest = [...blocs].reduce((n, [node, bloc]) => Math.max(n, node, bloc), Math.max(largestOf(l), largestOf(r)));
  const clusterOf = new Int32Array(1 + largest).fill(-1);
  const decisions = new Array<PairDecision>(l.length).fill('linked');
  for (const group of apart(pairs, blocs, clusterOf.length)) {
    const { places } = group;
    if (group.blocs === undefined && isUnanimous(pairs, places, options)) {
      const root = places.reduce((least, i) => Math.min(least, l[i] ?? 0, r[i] ?? 0), Number.POSITIVE_INFINITY);
      for (const i of places) for (const node of [l[i] ?? 0, r[i] ?? 0]) clusterOf[node] = root;
      continue;
    }
    const some = linkConnected(pairs, places, { ...options, blocs: group.blocs });
    for (const [node, root] of some.clusterOf) clusterOf[node] = root;
    for (const [i, decision] of some.decisions.entries()) decisions[places[i] ?? 0] = decision;
  }
  return { clusterOf, decisions };
}

/** What hangs together by pairs or blocs and with nothing else: the places of the pairs in their order, and the blocs. */
interface Group {
  readonly places: Int32Array;
  readonly blocs: ReadonlyMap<number, number> | undefined;
}

/** Pairs in groups: little at a time is quickly done and forgotten. */
function* apart({ l, r }: Pairs, blocs: ReadonlyMap<number, number>, size: number): Iterable<Group> {
  const { find, join } = denseForest(size);
  for (let i = 0; i < l.length; i++) join(find(l[i] ?? 0), find(r[i] ?? 0));
  for (const [node, bloc] of blocs) join(find(node), find(bloc));
  const blocsOf = new Map<number, Map<number, number>>();
  for (const [node, bloc] of blocs) {
    const root = find(node);
    blocsOf.set(root, (blocsOf.get(root) ?? new Map<number, number>()).set(node, bloc));
  }
  // The places of a group's pairs lie together: counted first, then put.
  const ends = new Int32Array(size + 1);
  for (const a of l) ends[find(a) + 1] = (ends[find(a) + 1] ?? 0) + 1;
  for (let root = 0; root < size; root++) ends[root + 1] = (ends[root + 1] ?? 0) + (ends[root] ?? 0);
  const [places, next] = [new Int32Array(l.length), ends.slice()];
  for (let i = 0; i < l.length; i++) {
    const root = find(l[i] ?? 0);
    const at = next[root] ?? 0;
    places[at] = i;
    next[root] = at + 1;
  }
  for (let root = 0; root < size; root++) {
    const [from, to, mine] = [ends[root] ?? 0, ends[root + 1] ?? 0, blocsOf.get(root)];
    if (from < to || mine !== undefined) yield { places: places.subarray(from, to), blocs: mine };
  }
}

/** Whether of these nodes every two are a pair, all above the threshold, which is what most are, and nothing is held against them. */
function isUnanimous({ l, r, weight }: Pairs, places: Int32Array, { held, largest, sizes }: LinkOptions): boolean {
  for (const i of places) if ((weight[i] ?? 0) <= 0 || l[i] === r[i]) return false;
  const nodes = new Set<number>();
  for (const i of places) nodes.add(l[i] ?? 0).add(r[i] ?? 0);
  if (places.length > 1) {
    // Two numbers as one; should they ever be too large for that, some are lost, and it is done the long way.
    const met = new Set<number>();
    for (const i of places) met.add(Math.min(l[i] ?? 0, r[i] ?? 0) * 2 ** 26 + Math.max(l[i] ?? 0, r[i] ?? 0));
    if (met.size !== (nodes.size * (nodes.size - 1)) / 2) return false;
  }
  let records = 0;
  for (const node of nodes) {
    if (held.has(node)) return false;
    records += sizes?.get(node) ?? 1;
  }
  return records <= largest;
}

function linkConnected(
  { l, r, weight }: Pairs,
  places: Int32Array,
  { held, largest, sizes, blocs }: LinkOptions,
): { readonly clusterOf: ReadonlyMap<number, number>; readonly decisions: readonly PairDecision[] } {
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
  for (const i of places) {
    const [a, b, sum] = [l[i] ?? 0, r[i] ?? 0, weight[i] ?? 0];
    if (a === b) continue;
    tie(cluster(a), b, sum, 1);
    tie(cluster(b), a, sum, 1);
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
  const decisions = Array.from(places, (i): PairDecision => {
    const [one, other] = [l[i] ?? 0, r[i] ?? 0];
    const [a, b] = [of.get(one) ?? one, of.get(other) ?? other];
    if (a === b || clusterOf.get(one) === clusterOf.get(other)) return 'linked';
    if ((weight[i] ?? 0) <= 0) return 'below';
    const [x, y] = [blocOf(one), blocOf(other)];
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
