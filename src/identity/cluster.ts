/*
 * Clusters from identifiers. Records and identifier values are the nodes of a graph; an assertion (this record says that
 * value) is an edge with a weight. A record and its own id are one from the start. Then the edges are taken heaviest
 * first, each joining two clusters unless the union would hold two values of an identifier that is unique: then the lighter
 * word has lost, and is kept as a conflict. Edges of equal weight that exclude each other are not decided by chance: none is
 * taken. This is Kruskal's algorithm under cannot-link constraints; the answer does not depend on the order of the input.
 */

/** One word of one record about one value, everything by number; `own` says that it is the record's own id. */
export interface Assertion {
  readonly record: number;
  readonly identifier: number;
  readonly value: number;
  /** The source of the record. */
  readonly source: number;
  /** The stream of the record. */
  readonly stream: number;
  readonly own: boolean;
  readonly weight: number;
}

export interface IdentifierLimits {
  readonly unique: 'entity' | 'source' | undefined;
  /** A value that more records of one stream share links nobody. */
  readonly maxRecords: number;
}

/** What became of an assertion. */
export type Decision = 'own' | 'linked' | 'outweighed' | 'undecided' | 'widely_shared';

export interface Clusters {
  /** Record → the smallest record of its cluster. */
  readonly clusterOf: readonly number[];
  readonly decisions: readonly Decision[];
  /** Smallest record of a cluster → what it holds of values that an entity has one of: rule → value. */
  readonly held: ReadonlyMap<number, ReadonlyMap<string, number>>;
}

/** Resolves records into clusters. Linear but for the sort; deterministic. */
export function cluster(
  records: number,
  values: number,
  assertions: readonly Assertion[],
  identifiers: readonly IdentifierLimits[],
): Clusters {
  const parent = Int32Array.from({ length: records + values }, (_, i) => i);
  const find = (node: number): number => {
    let root = node;
    while (parent[root] !== root) root = parent[root] ?? root;
    for (let n = node; n !== root; ) {
      const next = parent[n] ?? root;
      parent[n] = root;
      n = next;
    }
    return root;
  };
  /** Root → unique identifier (or identifier of one source) → the one value that it may have. */
  const held = new Map<number, Map<string, number>>();
  const holds = (root: number, rule: string, value: number): void => {
    const mine = held.get(root) ?? new Map<string, number>();
    if (!mine.has(rule)) mine.set(rule, value);
    held.set(root, mine);
  };
  const clash = (a: number, b: number): boolean => {
    const [small, large] = (held.get(a)?.size ?? 0) <= (held.get(b)?.size ?? 0) ? [held.get(a), held.get(b)] : [held.get(b), held.get(a)];
    if (small === undefined || large === undefined) return false;
    for (const [rule, value] of small) if ((large.get(rule) ?? value) !== value) return true;
    return false;
  };
  const unite = (a: number, b: number): void => {
    const [to, from] = a < b ? [a, b] : [b, a];
    parent[from] = to;
    for (const [rule, value] of held.get(from) ?? []) holds(to, rule, value);
    held.delete(from);
  };

  const wide = widelyShared(assertions, identifiers);
  const decisions: Decision[] = assertions.map((a) => (a.own ? 'own' : wide.has(a.value) ? 'widely_shared' : 'linked'));
  for (const a of assertions) {
    if (identifiers[a.identifier]?.unique === 'entity') holds(records + a.value, `${a.identifier}`, a.value);
  }
  for (const [record, rule, value] of strongestPerSource(assertions, identifiers)) holds(record, rule, value);
  for (const a of assertions) {
    if (!a.own) continue;
    const [x, y] = [find(a.record), find(records + a.value)];
    if (x !== y) unite(x, y);
  }

  for (const edges of byWeight(assertions, decisions, records, find)) {
    const open: Edge[] = [];
    for (const edge of edges) {
      const [x, y] = [find(edge.a), find(edge.b)];
      if (x === y) continue;
      if (clash(x, y)) decide(edge, 'outweighed');
      else open.push({ ...edge, a: x, b: y });
    }
    const contested = mutuallyExclusive(open, held);
    for (const edge of contested) decide(edge, 'undecided');
    for (const group of connected(open.filter((e) => !contested.has(e)))) {
      if (consistent(group, held)) {
        for (const edge of group) {
          const [x, y] = [find(edge.a), find(edge.b)];
          if (x !== y) unite(x, y);
        }
      } else for (const edge of group) decide(edge, 'undecided');
    }
  }
  function decide(edge: Edge, decision: Decision): void {
    for (const i of edge.assertions) decisions[i] = decision;
  }

  const smallest = new Map<number, number>();
  for (let r = 0; r < records; r++) if (!smallest.has(find(r))) smallest.set(find(r), r);
  return {
    clusterOf: Array.from({ length: records }, (_, r) => smallest.get(find(r)) ?? r),
    decisions,
    held: new Map([...smallest].flatMap(([root, record]) => (held.has(root) ? [[record, held.get(root) ?? new Map()]] : []))),
  };
}

/** The joint word of all assertions that would join the same two clusters. */
interface Edge {
  readonly a: number;
  readonly b: number;
  readonly weight: number;
  readonly assertions: readonly number[];
}

/** Values that too many records of one stream share. */
function widelyShared(assertions: readonly Assertion[], identifiers: readonly IdentifierLimits[]): ReadonlySet<number> {
  const counts = new Map<string, number>();
  const wide = new Set<number>();
  for (const a of assertions) {
    if (a.own) continue;
    const key = `${a.value}:${a.stream}`;
    const count = (counts.get(key) ?? 0) + 1;
    counts.set(key, count);
    if (count > (identifiers[a.identifier]?.maxRecords ?? Number.POSITIVE_INFINITY)) wide.add(a.value);
  }
  return wide;
}

/** For identifiers that are unique in each source: the value that a record itself says most, by rule. */
function* strongestPerSource(
  assertions: readonly Assertion[],
  identifiers: readonly IdentifierLimits[],
): Iterable<readonly [number, string, number]> {
  const best = new Map<string, Assertion>();
  for (const a of assertions) {
    if (identifiers[a.identifier]?.unique !== 'source') continue;
    const key = `${a.record}:${a.identifier}`;
    const before = best.get(key);
    if (before === undefined || a.weight > before.weight || (a.weight === before.weight && a.value < before.value)) best.set(key, a);
  }
  for (const a of best.values()) yield [a.record, `${a.identifier}@${a.source}`, a.value];
}

/** Edges between the clusters that own ids make, parallel ones added up, in groups of equal weight, heaviest first. */
function byWeight(
  assertions: readonly Assertion[],
  decisions: readonly Decision[],
  records: number,
  find: (node: number) => number,
): readonly (readonly Edge[])[] {
  const joint = new Map<string, { a: number; b: number; weight: number; assertions: number[] }>();
  for (const [i, assertion] of assertions.entries()) {
    if (decisions[i] !== 'linked') continue;
    const [x, y] = [find(assertion.record), find(records + assertion.value)];
    if (x === y) continue;
    const [a, b] = x < y ? [x, y] : [y, x];
    const edge = joint.get(`${a}:${b}`) ?? { a, b, weight: 0, assertions: [] };
    edge.weight += assertion.weight;
    edge.assertions.push(i);
    joint.set(`${a}:${b}`, edge);
  }
  const groups = new Map<number, Edge[]>();
  for (const edge of joint.values()) (groups.get(edge.weight) ?? groups.set(edge.weight, []).get(edge.weight))?.push(edge);
  return [...groups].sort(([x], [y]) => y - x).map(([, edges]) => edges);
}

/** Edges that meet in one cluster and would bring it different values of the same unique identifier. */
function mutuallyExclusive(edges: readonly Edge[], held: ReadonlyMap<number, ReadonlyMap<string, number>>): ReadonlySet<Edge> {
  const meeting = new Map<number, { edge: Edge; other: number }[]>();
  for (const edge of edges) {
    for (const [here, other] of [
      [edge.a, edge.b],
      [edge.b, edge.a],
    ] as const) {
      const list = meeting.get(here) ?? [];
      list.push({ edge, other });
      meeting.set(here, list);
    }
  }
  const contested = new Set<Edge>();
  for (const list of meeting.values()) {
    if (list.length < 2) continue;
    const brought = new Map<string, Map<number, Edge[]>>();
    for (const { edge, other } of list) {
      for (const [rule, value] of held.get(other) ?? []) {
        const values = brought.get(rule) ?? new Map<number, Edge[]>();
        values.set(value, [...(values.get(value) ?? []), edge]);
        brought.set(rule, values);
      }
    }
    for (const values of brought.values())
      if (values.size > 1) for (const some of values.values()) for (const edge of some) contested.add(edge);
  }
  return contested;
}

/** Edges in groups that touch one another. */
function connected(edges: readonly Edge[]): readonly (readonly Edge[])[] {
  const parent = new Map<number, number>();
  const find = (node: number): number => {
    let root = node;
    for (let up = parent.get(root); up !== undefined && up !== root; up = parent.get(root)) root = up;
    return root;
  };
  for (const { a, b } of edges) parent.set(find(a), find(b));
  const groups = new Map<number, Edge[]>();
  for (const edge of edges) {
    const root = find(edge.a);
    const group = groups.get(root) ?? [];
    group.push(edge);
    groups.set(root, group);
  }
  return [...groups.values()];
}

/** Whether all clusters that some edges join may be one. */
function consistent(edges: readonly Edge[], held: ReadonlyMap<number, ReadonlyMap<string, number>>): boolean {
  const together = new Map<string, number>();
  for (const node of new Set(edges.flatMap((e) => [e.a, e.b]))) {
    for (const [rule, value] of held.get(node) ?? []) {
      if ((together.get(rule) ?? value) !== value) return false;
      together.set(rule, value);
    }
  }
  return true;
}
