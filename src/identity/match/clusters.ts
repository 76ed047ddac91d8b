import type { Entity } from '../../config/project.js';
import type { Columns, Numbers, Step } from '../../engine/engine.js';
import { asDouble, hashed } from '../../engine/functions.js';
import type { Sql } from '../../sql/tag.js';
import { id, join, sql } from '../../sql/tag.js';
import type { Clusters } from '../cluster.js';
import { identityTable, solved, sourcesOf } from '../evidence.js';
import { denseForest, largestOf } from '../forest.js';
import type { Scope } from '../touched.js';
import { rewrite, sharedNow } from '../touched.js';
import type { Bits } from './kept.js';
import { link } from './link.js';
import { texts } from './relations.js';

/*
 * Between the pairs that were weighed and the clusters. What identifiers link stays linked: attributes join what they leave apart, and never
 * against an identifier of which an entity has one.
 */

/**
 * The steps that tell which records hang together: by pairs above the threshold (temporary table `linked`: `nr`, and the smallest number that it
 * hangs together with), and in any way (`identity.<entity>_components`, the same for those that are resolved).
 */
export function components(entity: Entity, scope: Scope, bits: Bits): readonly Step[] {
  const columns = sql`(nr INTEGER, component INTEGER)`;
  return [
    {
      kind: 'sql',
      name: 'components',
      statements: [
        sql`CREATE OR REPLACE TEMP TABLE linked ${columns}`,
        ...(scope === 'all'
          ? [sql`CREATE OR REPLACE TABLE ${identityTable(entity, 'components')} ${columns}`]
          : [touchedPairs(entity, bits)]),
        sql`CREATE OR REPLACE TEMP TABLE ${id(solved.matches)} (l INTEGER, r INTEGER, decision VARCHAR)`,
      ],
    },
    {
      kind: 'solve',
      name: 'components',
      reads: {},
      numbers: {
        links: sql`SELECT l::DOUBLE AS l, r::DOUBLE AS r FROM ${pairsOf(entity, scope)} WHERE weight > ${bits.threshold} ORDER BY l, r`,
        shared: sql`SELECT nr::DOUBLE AS nr, ${asDouble(hashed(sql`shared`))} AS shared FROM (${join(sharedNow(entity), ' UNION ALL ')}) JOIN touched USING (record) ORDER BY 2`,
      },
      solve: (_, { links = [], shared = [] }) => {
        const [[l = none, r = none], [nr = none, of = none]] = [links, shared];
        const { linked, together } = connect(l, r, nr, of);
        return [
          { table: { name: 'linked' }, columns: linked },
          { table: { schema: 'identity', name: `${entity.name}_components` }, columns: together },
        ];
      },
    },
  ];
}

/** The weighed pairs of the records that are resolved. */
function pairsOf(entity: Entity, scope: Scope): Sql {
  return scope === 'all' ? identityTable(entity, 'pairs') : ofTouched;
}

/** Pairs of touched records, those with others as far as they are shown: few of all, and read again and again. */
const ofTouched = sql`touched_pairs`;

function touchedPairs(entity: Entity, { review }: Bits): Sql {
  const pairs = sql`SELECT * FROM ${identityTable(entity, 'pairs')}`;
  const touched = sql`(SELECT nr FROM touched)`;
  return sql`CREATE OR REPLACE TEMP TABLE ${ofTouched} AS ${pairs} WHERE l IN ${touched}
    UNION ALL ${pairs} WHERE weight >= ${review} AND r IN ${touched} AND l NOT IN ${touched}`;
}

/** All weighed pairs of records that pairs above the threshold lead to, also those that speak against. */
export function pairsWithin(entity: Entity, scope: Scope, { threshold, against }: Bits): Sql {
  const weight = sql`p.weight - ${threshold}`;
  return sql`SELECT p.l::DOUBLE AS l, p.r::DOUBLE AS r, (${against === null ? weight : sql`greatest(${weight}, ${-against})`})::DOUBLE AS weight FROM ${pairsOf(entity, scope)} p
    JOIN linked a ON a.nr = p.l JOIN linked b ON b.nr = p.r WHERE a.component = b.component ORDER BY p.l, p.r`;
}

/** Joins what identifiers left apart: `clusterOf` as of `link`. `columns` are those of `solved_matches`: the pairs of which something else became than their weight says. */
export function linkPairs(
  entity: Entity,
  { pairs, places, clean }: { readonly pairs: Numbers; readonly places: Numbers; readonly clean: Columns | undefined },
  { clusterOf, partOf, held }: Clusters,
): { readonly clusterOf: Int32Array; readonly columns: readonly (readonly (string | number | null)[])[] } {
  const onePerSource = new Set([...(entity.match?.onePerSource ?? []), ...texts(clean, 'source')]);
  const ruleOf = sourcesOf(entity).map((source) => (onePerSource.has(source) ? `one of ${source}` : null));
  const [l = none, r = none, weight = none] = pairs;
  const [sources = none, numbers = none] = places;
  const parts = new Int32Array(1 + Math.max(largestOf(l), largestOf(r))).fill(-1);
  numbers.forEach((nr, place) => {
    if (nr < parts.length) parts[nr] = partOf[place] ?? -1;
  });
  const partAt = (nr: number): number => parts[nr] ?? -1;
  const sizes = new Map<number, number>();
  const rules = new Map<number, Map<string, string>>();
  const blocs = new Map<number, number>();
  clusterOf.forEach((root, record) => {
    const part = partOf[record] ?? root;
    if (part !== record) sizes.set(part, (sizes.get(part) ?? 1) + 1);
    if (part !== root) for (const one of [part, root]) blocs.set(partOf[one] ?? one, root);
    const rule = ruleOf[(sources[record] ?? 0) - 1] ?? null;
    if (rule !== null) rules.set(root, (rules.get(root) ?? new Map<string, string>()).set(rule, String(record)));
  });
  for (const [root, values] of held) {
    const mine = rules.get(root) ?? new Map<string, string>();
    for (const [rule, value] of values) mine.set(rule, String(value));
    rules.set(root, mine);
  }
  const joined = { l: new Int32Array(l.map(partAt)), r: new Int32Array(r.map(partAt)), weight };
  const answer = link(joined, { held: rules, largest: entity.match?.largest ?? Number.POSITIVE_INFINITY, sizes, blocs });
  const told: number[] = [];
  answer.decisions.forEach((decision, i) => {
    if (decision !== ((weight[i] ?? 0) > 0 ? 'linked' : 'below')) told.push(i);
  });
  return {
    clusterOf: answer.clusterOf,
    columns: [told.map((i) => l[i] ?? 0), told.map((i) => r[i] ?? 0), told.map((i) => answer.decisions[i] ?? null)],
  };
}

/** `identity.<entity>_matches`: every pair that is or may be one, with its weight in bits, its probability, and what was decided. */
export function publishMatches(entity: Entity, scope: Scope, { threshold, review }: Bits): readonly Sql[] {
  const matches = identityTable(entity, 'matches');
  const features = identityTable(entity, 'features');
  const bits = sql`(p.weight / 1000)`;
  // Chosen before anything is joined to them: the engine would else join all pairs.
  const near = sql`SELECT * FROM ${pairsOf(entity, scope)} WHERE weight >= ${review}`;
  const others = sql`SELECT nr, record FROM ${features} WHERE nr IN (SELECT unnest([l, r]) FROM near EXCEPT SELECT nr FROM touched)`;
  const select = sql`WITH near AS MATERIALIZED (${near}), named AS MATERIALIZED (SELECT nr, record FROM touched UNION ALL ${others}),
    said AS (SELECT w.*, COALESCE(d.decision, CASE WHEN w.weight > ${threshold} THEN 'linked' ELSE 'below' END) AS said
      FROM near w LEFT JOIN ${id(solved.matches)} d USING (l, r))
    SELECT least(a.record, b.record) AS left_record, greatest(a.record, b.record) AS right_record, ${bits}::DECIMAL(9, 3) AS weight,
      (1 / (1 + pow(2, -${bits})))::DECIMAL(7, 6) AS probability, CASE WHEN p.alone AND said = 'below' THEN 'unconfirmed' ELSE said END AS decision
    FROM said p JOIN named a ON a.nr = p.l JOIN named b ON b.nr = p.r ORDER BY p.l, p.r`;
  const isTouched = sql`left_record IN (SELECT record FROM reached) OR right_record IN (SELECT record FROM reached)`;
  // Those of touched records are few: they are kept apart to be read again.
  const some = sql`matches_now`;
  const matchedIn = (
    made: Sql,
  ): Sql => sql`CREATE OR REPLACE TEMP TABLE ${id(solved.matched)} AS SELECT record, max(probability) AS probability
      FROM (SELECT unnest([left_record, right_record]) AS record, probability FROM ${made} WHERE decision = 'linked') GROUP BY record`;
  if (scope === 'all') return [...rewrite(scope, matches, isTouched, select), matchedIn(matches)];
  return [
    sql`CREATE OR REPLACE TEMP TABLE ${some} AS ${select}`,
    ...rewrite(scope, matches, isTouched, sql`SELECT * FROM ${some}`),
    matchedIn(some),
    ...[some, ofTouched].map((table) => sql`DROP TABLE ${table}`),
  ];
}

const none = new Float64Array();

type Component = readonly [nodes: Int32Array, smallest: Int32Array];

/**
 * What hangs together by pairs alone, and by pairs or by having the same of something: the nodes, each with the smallest that it is connected with.
 * @param node nodes that have something, in the order of what they have (`of`)
 */
function connect(
  l: Float64Array,
  r: Float64Array,
  node: Float64Array,
  of: Float64Array,
): { readonly linked: Component; readonly together: Component } {
  const size = 1 + Math.max(...[l, r, node].map(largestOf));
  const { find, join } = denseForest(size);
  const isThere = new Uint8Array(size);
  const connected = (a: number, b: number): void => {
    const [x, y] = [find(a), find(b)];
    join(Math.max(x, y), Math.min(x, y));
    isThere[a] = isThere[b] = 1;
  };
  const all = (): Component => {
    const nodes: number[] = [];
    for (let nr = isThere.indexOf(1); nr >= 0; nr = isThere.indexOf(1, nr + 1)) nodes.push(nr);
    return [Int32Array.from(nodes), Int32Array.from(nodes, find)];
  };
  l.forEach((a, i) => {
    connected(a, r[i] ?? a);
  });
  const linked = all();
  node.forEach((a, i) => {
    const before = node[i - 1];
    if (before !== undefined && of[i] === of[i - 1]) connected(before, a);
  });
  return { linked, together: node.length === 0 ? linked : all() };
}
