/*
 * Clusters from identifiers. Records and identifier values are the nodes of a graph; an assertion (this record says that
 * value) is an edge with a weight. A record and its own id are one from the start. Then the edges are taken heaviest
 * first, each joining two clusters unless the union would hold two values of an identifier that is unique: then the lighter
 * word has lost, and is kept as a conflict. Edges of equal weight that exclude each other are not decided by chance: none is
 * taken. This is Kruskal's algorithm under cannot-link constraints; the answer does not depend on the order of the input.
 * What people decided comes before all of it: records that are one are joined first, whatever identifiers say, and records that are not one hold
 * different values of a rule of their own.
 */

import type { Constraints } from './constraints.js';
import { isDecision, unconstrained } from './constraints.js';
import { denseForest, forest } from './forest.js';

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
export type Decision = 'own' | 'linked' | 'outweighed' | 'undecided' | 'widely_shared' | 'decided';

export interface Clusters {
  /** Record → the smallest record of its cluster. */
  readonly clusterOf: readonly number[];
  readonly decisions: readonly Decision[];
  /** Assertion → the decision of people that it had to yield to. */
  readonly yielded: ReadonlyMap<number, string>;
  /** Record → the smallest record that it is one with by evidence alone, without what people joined. */
  readonly partOf: readonly number[];
  /** Smallest record of a cluster → what it holds of values that an entity has one of: rule → value. */
  readonly held: ReadonlyMap<number, ReadonlyMap<string, number>>;
}

/** Resolves records into clusters. Linear but for the sort; deterministic. */
export function cluster(
  records: number,
  values: number,
  assertions: readonly Assertion[],
  identifiers: readonly IdentifierLimits[],
  { together, apart }: Constraints = unconstrained,
): Clusters {
  const { find, join: put } = denseForest(records + values);
  /** Root → unique identifier (or identifier of one source) → the one value that it may have. */
  const held = new Map<number, Map<string, number>>();
  const holds = (root: number, rule: string, value: number): void => {
    const mine = held.get(root) ?? new Map<string, number>();
    if (!mine.has(rule)) mine.set(rule, value);
    held.set(root, mine);
  };
  /** The rule by which two clusters are not one, a decision before any other; null where there is none. */
  const clash = (a: number, b: number): string | null => {
    const [small, large] = (held.get(a)?.size ?? 0) <= (held.get(b)?.size ?? 0) ? [held.get(a), held.get(b)] : [held.get(b), held.get(a)];
    if (small === undefined || large === undefined) return null;
    let found: string | null = null;
    for (const [rule, value] of small) {
      if ((large.get(rule) ?? value) === value) continue;
      if (isDecision(rule)) return rule;
      found ??= rule;
    }
    return found;
  };
  const unite = (a: number, b: number): void => {
    const [to, from] = a < b ? [a, b] : [b, a];
    put(from, to);
    for (const [rule, value] of held.get(from) ?? []) holds(to, rule, value);
    held.delete(from);
  };

  const wide = widelyShared(assertions, identifiers);
  const yielded = new Map<number, string>();
  const decisions: Decision[] = assertions.map((a) => (a.own ? 'own' : wide.has(a.value) ? 'widely_shared' : 'linked'));
  for (const a of assertions) {
    if (identifiers[a.identifier]?.unique === 'entity') holds(records + a.value, `${a.identifier}`, a.value);
  }
  for (const [record, rule, value] of strongestPerSource(assertions, identifiers)) holds(record, rule, value);
  for (const { rule, parts } of apart) for (const [part, of] of parts.entries()) for (const record of of) holds(record, rule, part);
  const join = (a: number, b: number): void => {
    const [x, y] = [find(a), find(b)];
    if (x !== y) unite(x, y);
  };
  for (const group of together) for (const record of group) join(group[0] ?? record, record);
  for (const i of ownWords(assertions, apart.length > 0)) {
    const { record = 0, value = 0 } = assertions[i] ?? {};
    const rule = apart.length === 0 ? null : clash(find(record), find(records + value));
    if (rule === null || !isDecision(rule)) join(record, records + value);
    else yieldTo(i, rule);
  }

  for (const edges of byWeight(assertions, decisions, records, find)) {
    const open: Edge[] = [];
    for (const edge of edges) {
      const [x, y] = [find(edge.a), find(edge.b)];
      if (x === y) continue;
      const rule = clash(x, y);
      if (rule === null) open.push({ ...edge, a: x, b: y });
      else decide(edge, 'outweighed', rule);
    }
    const contested = mutuallyExclusive(open, held);
    for (const [edge, rule] of contested) decide(edge, 'undecided', rule);
    for (const group of connected(open.filter((e) => !contested.has(e)))) {
      const rule = inconsistent(group, held);
      if (rule === null) for (const edge of group) join(edge.a, edge.b);
      else for (const edge of group) decide(edge, 'undecided', rule);
    }
  }
  function decide(edge: Edge, decision: Decision, rule: string): void {
    for (const i of edge.assertions) {
      if (isDecision(rule)) yieldTo(i, rule);
      else decisions[i] = decision;
    }
  }
  function yieldTo(assertion: number, rule: string): void {
    decisions[assertion] = 'decided';
    yielded.set(assertion, rule);
  }

  const clusterOf = smallestOf(records, records + values, find);
  const holding = new Map<number, ReadonlyMap<string, number>>();
  for (const [r, record] of clusterOf.entries()) {
    const values = held.get(find(r));
    if (values !== undefined) holding.set(record, values);
  }
  return {
    clusterOf,
    decisions,
    yielded,
    partOf: together.length === 0 ? clusterOf : partsOf(records, values, assertions, decisions),
    held: holding,
  };
}

/** Record → the smallest record of its tree; records are the first of the nodes. */
function smallestOf(records: number, nodes: number, find: (node: number) => number): readonly number[] {
  const smallest = new Int32Array(nodes);
  for (let r = records - 1; r >= 0; r--) smallest[find(r)] = r;
  return Array.from({ length: records }, (_, r) => smallest[find(r)] ?? r);
}

/** Clusters by the words that were followed alone. */
function partsOf(records: number, values: number, assertions: readonly Assertion[], decisions: readonly Decision[]): readonly number[] {
  const { find, join } = denseForest(records + values);
  for (const [i, { record, value }] of assertions.entries()) {
    if (decisions[i] === 'own' || decisions[i] === 'linked') join(find(record), find(records + value));
  }
  return smallestOf(records, records + values, find);
}

/** The places of words about own ids; in the order of their records where the order matters. */
function ownWords(assertions: readonly Assertion[], inOrder: boolean): readonly number[] {
  const own = assertions.flatMap((a, i) => (a.own ? [i] : []));
  const at = (i: number): Pick<Assertion, 'record' | 'value'> => assertions[i] ?? { record: 0, value: 0 };
  return inOrder ? own.sort((x, y) => at(x).record - at(y).record || at(x).value - at(y).value) : own;
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

/** Edges that meet in one cluster and would bring it different values of the same rule, each with the rule; a decision before any other. */
function mutuallyExclusive(edges: readonly Edge[], held: ReadonlyMap<number, ReadonlyMap<string, number>>): ReadonlyMap<Edge, string> {
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
  const contested = new Map<Edge, string>();
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
    for (const [rule, values] of brought) {
      if (values.size < 2) continue;
      for (const some of values.values()) for (const edge of some) if (!isDecision(contested.get(edge) ?? '')) contested.set(edge, rule);
    }
  }
  return contested;
}

/** Edges in groups that touch one another. */
function connected(edges: readonly Edge[]): readonly (readonly Edge[])[] {
  const { find, join } = forest<number>();
  for (const { a, b } of edges) join(find(a), find(b));
  const groups = new Map<number, Edge[]>();
  for (const edge of edges) {
    const root = find(edge.a);
    const group = groups.get(root) ?? [];
    group.push(edge);
    groups.set(root, group);
  }
  return [...groups.values()];
}

/** A rule by which the clusters that some edges join are not one, a decision before any other; null where they may be one. */
function inconsistent(edges: readonly Edge[], held: ReadonlyMap<number, ReadonlyMap<string, number>>): string | null {
  let found: string | null = null;
  const together = new Map<string, number>();
  for (const node of new Set(edges.flatMap((e) => [e.a, e.b]))) {
    for (const [rule, value] of held.get(node) ?? []) {
      if ((together.get(rule) ?? value) === value) together.set(rule, value);
      else if (isDecision(rule)) return rule;
      else found ??= rule;
    }
  }
  return found;
}
