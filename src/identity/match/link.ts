/*
 * From pairs to clusters. A pair above the threshold says that two records are one; three records of which two pairs say so and one says the
 * opposite are not to be settled by whoever comes first. So clusters grow by the strongest link on average over all the pairs that were
 * compared between them, and stop where those speak against it; never against what is known to be different.
 */

/** Two records by number, and what speaks for their being one: bits × 1000, above zero from the threshold on. */
export interface Pair {
  readonly l: number;
  readonly r: number;
  readonly weight: number;
}

export type PairDecision = 'linked' | 'conflict' | 'outvoted' | 'bridge' | 'too_large' | 'below';

export interface LinkOptions {
  /** Node → what it holds of values that an entity has one of: rule → value. */
  readonly held: ReadonlyMap<number, ReadonlyMap<string, string>>;
  /** The most records of a cluster. */
  readonly largest: number;
  /** Records of a node, where nodes are clusters already; 1 if left out. */
  readonly sizes?: ReadonlyMap<number, number>;
}

/** Bits × 1000 that one link between two groups must have more, to join them all by itself. */
const bridgeBits = 6000;

interface Cluster {
  readonly nodes: number[];
  records: number;
  readonly held: Map<string, string>;
  /** Cluster → what the compared pairs between them say together, and how many they are. */
  readonly ties: Map<number, Tie>;
}

interface Tie {
  sum: number;
  pairs: number;
}

/**
 * Joins nodes by pairs. Deterministic: ties are settled by the numbers of the nodes.
 * @param pairs every compared pair among the nodes at hand, also those that speak against
 * @returns node → the smallest node of its cluster, and what became of every pair
 */
export function link(
  pairs: readonly Pair[],
  { held, largest, sizes }: LinkOptions,
): { readonly clusterOf: ReadonlyMap<number, number>; readonly decisions: readonly PairDecision[] } {
  const clusters = new Map<number, Cluster>();
  const of = new Map<number, number>();
  const cluster = (node: number): Cluster => {
    const known = clusters.get(node);
    if (known !== undefined) return known;
    const made: Cluster = { nodes: [node], records: sizes?.get(node) ?? 1, held: new Map(held.get(node)), ties: new Map() };
    clusters.set(node, made);
    of.set(node, node);
    return made;
  };
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
    x.records += y.records;
    for (const [rule, value] of y.held) x.held.set(rule, value);
    for (const [c, { sum, pairs: n }] of y.ties) {
      const z = clusters.get(c);
      if (z === undefined || c === a) continue;
      z.ties.delete(b);
      tie(x, c, sum, n);
      const both = tie(z, a, sum, n);
      if (both.sum > 0) queue.push({ score: both.sum / both.pairs, a: Math.min(a, c), b: Math.max(a, c) });
    }
    // What was pushed for the clusters as they were is stale: its score is no longer theirs.
    for (const [c, mine] of x.ties)
      if (!y.ties.has(c) && mine.sum > 0) queue.push({ score: mine.sum / mine.pairs, a: Math.min(a, c), b: Math.max(a, c) });
  }
  const smallest = new Map<number, number>();
  for (const node of [...of.keys()].sort((a, b) => a - b)) {
    const root = of.get(node) ?? node;
    if (!smallest.has(root)) smallest.set(root, node);
  }
  const clusterOf = new Map([...of].map(([node, root]) => [node, smallest.get(root) ?? node]));
  const decisions = pairs.map(({ l, r, weight }): PairDecision => {
    const [a, b] = [of.get(l) ?? l, of.get(r) ?? r];
    if (a === b) return 'linked';
    if (weight <= 0) return 'below';
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

/** Why two clusters may not be one; null when they may. */
function refused(a: Cluster, b: Cluster, { sum, pairs }: Tie, largest: number): PairDecision | null {
  const [few, many] = a.held.size <= b.held.size ? [a.held, b.held] : [b.held, a.held];
  for (const [rule, value] of few) if ((many.get(rule) ?? value) !== value) return 'conflict';
  if (a.records + b.records > largest) return 'too_large';
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
