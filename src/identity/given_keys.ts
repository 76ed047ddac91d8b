import type { Entity } from '../config/project.js';
import type { Columns, Step, Written } from '../engine/engine.js';
import type { Sql } from '../sql/tag.js';
import { id, sql } from '../sql/tag.js';
import { causes } from './constraints.js';
import { decidedBefore, parseDecided } from './decided.js';
import type { Decided } from './decisions.js';
import { keyColumn, solved } from './evidence.js';
import type { FormerKey } from './keys.js';
import { inheritKeys } from './keys.js';
import { numbers, texts } from './match/relations.js';

/*
 * Every cluster gets its key. What most come to is plain: the one key that its records had, where no other cluster has a record with it; or, where none had a key,
 * that of its smallest record's name. Only what is contested, as keys are that merge or split, is settled by name (`keys.ts`).
 */

/** Clusters by number: every record's `place`, and the `root` of its cluster. */
const roots = id(solved.roots);
/** Which cluster (`root`) has records that had which key, and whether others do. */
const claims = sql`claims`;
/** Of each cluster (`root`) its smallest `record` and its key; null where that is contested. */
const given = sql`given_keys`;
/** The keys that those get in the end, by the same record. */
const contested = 'contested_keys';
/** Keys that somebody has, of those that new or contested clusters could be given by their name. */
const somebodys = sql`somebodys_keys`;
/** The next keys of such a name, which are given where the first is somebody else's. */
const later = sql`later_keys`;
const isContested = sql`root IN (SELECT root FROM ${given} WHERE entity_key IS NULL)`;
/** The keys that contested clusters claim: all their records are in such clusters. */
const claimed = sql`(SELECT entity_key FROM ${claims} WHERE ${isContested})`;

/** The steps from `solved_roots` to the keys of records, and what happened to keys: `solved_clusters`, `solved_events`, `solved_redirects`. */
export function giveKeys(entity: Entity, decided: readonly Decided[]): readonly Step[] {
  const crosswalk = id('gold', `${entity.name}_crosswalk`);
  const key = keyColumn(entity);
  const own = namedBy(entity, sql`record`);
  return [
    {
      kind: 'sql',
      name: `${entity.name}: keys`,
      statements: [
        sql`CREATE OR REPLACE TEMP TABLE ${claims} AS SELECT root, entity_key, count(*) OVER (PARTITION BY entity_key) > 1 AS shared
          FROM (SELECT DISTINCT root, entity_key FROM ${roots} JOIN touched USING (place) JOIN stood USING (record))`,
        sql`CREATE OR REPLACE TEMP TABLE named_clusters AS SELECT f.root, t.record, CASE WHEN c.keys = 1 AND NOT c.shared THEN c.entity_key END AS entity_key, c.root IS NULL AS is_new
          FROM (SELECT root, min(place) AS place FROM ${roots} GROUP BY root) f JOIN touched t USING (place)
          LEFT JOIN (SELECT root, count(*) AS keys, min(entity_key) AS entity_key, bool_or(shared) AS shared FROM ${claims} GROUP BY root) c USING (root)`,
        sql`CREATE OR REPLACE TEMP TABLE ${somebodys} AS SELECT DISTINCT ${key} AS entity_key FROM ${crosswalk}
          WHERE ${key} IN (SELECT ${own} FROM named_clusters WHERE entity_key IS NULL)`,
        sql`CREATE OR REPLACE TEMP TABLE ${later} AS SELECT ${namedBy(entity, sql`record || '#' || attempt`)} AS entity_key
          FROM (SELECT record FROM named_clusters WHERE entity_key IS NULL AND ${own} IN (SELECT entity_key FROM ${somebodys})), range(1, 8) t(attempt)`,
        sql`CREATE OR REPLACE TEMP TABLE ${given} AS SELECT root, record, is_new, COALESCE(entity_key,
          CASE WHEN is_new AND ${own} NOT IN (SELECT entity_key FROM ${somebodys} UNION ALL SELECT entity_key FROM ${later}) THEN ${own} END) AS entity_key FROM named_clusters`,
        sql`CREATE OR REPLACE TEMP TABLE ${id(contested)} (record VARCHAR, entity_key VARCHAR)`,
      ],
    },
    {
      kind: 'solve',
      name: `${entity.name}: contested keys`,
      reads: {
        clusters: sql`SELECT g.record AS cluster, t.record FROM ${given} g JOIN ${roots} r USING (root) JOIN touched t USING (place) WHERE g.entity_key IS NULL ORDER BY t.place`,
        before: sql`SELECT record, entity_key FROM stood WHERE entity_key IN ${claimed} ORDER BY record`,
        former: sql`SELECT old_key, ${key} AS entity_key, COALESCE(records, 0)::DOUBLE AS records FROM ${id('gold', `${entity.name}_redirects`)}
          WHERE ${key} IN ${claimed} ORDER BY old_key`,
        taken: sql`SELECT entity_key FROM (SELECT entity_key FROM ${somebodys} UNION SELECT ${key} FROM ${crosswalk} WHERE ${key} IN (SELECT entity_key FROM ${later}))
          WHERE entity_key NOT IN (SELECT entity_key FROM stood EXCEPT SELECT entity_key FROM ${claims} WHERE NOT ${isContested}) ORDER BY entity_key`,
        decided: decidedBefore(entity),
      },
      solve: (relations) => settleContested(entity, relations, decided),
    },
    {
      kind: 'sql',
      name: `${entity.name}: keys of records`,
      statements: [
        sql`CREATE OR REPLACE TEMP TABLE ${id(solved.clusters)} AS SELECT t.place, t.record, COALESCE(g.entity_key, c.entity_key) AS entity_key
          FROM ${roots} JOIN touched t USING (place) JOIN ${given} g USING (root) LEFT JOIN ${id(contested)} c ON c.record = g.record`,
        sql`INSERT INTO ${id(solved.events)} SELECT 'created', entity_key, NULL, 'first record ' || record FROM ${given} WHERE is_new AND entity_key IS NOT NULL ORDER BY record`,
        ...[roots, given, claims, somebodys, later, sql`named_clusters`, id(contested)].map((table) => sql`DROP TABLE ${table}`),
      ],
    },
  ];
}

/** The key that a name gives. */
function namedBy({ prefix }: Entity, name: Sql): Sql {
  return sql`${`${prefix}_`} || left(md5(${name}), 16)`;
}

function settleContested(entity: Entity, relations: { readonly [name: string]: Columns }, decided: readonly Decided[]): readonly Written[] {
  const column = (relation: string, name: string): readonly string[] => texts(relations[relation], name);
  const members = column('clusters', 'record');
  const clusters = new Map<string, string[]>();
  for (const [i, cluster] of column('clusters', 'cluster').entries()) {
    (clusters.get(cluster) ?? clusters.set(cluster, []).get(cluster))?.push(members[i] ?? '');
  }
  const keysBefore = column('before', 'entity_key');
  const [answering, sizes] = [column('former', 'entity_key'), numbers(relations['former'], 'records')];
  const { keyOf, events, redirects } = inheritKeys(
    entity.prefix,
    clusters,
    new Map(column('before', 'record').map((record, i) => [record, keysBefore[i] ?? ''])),
    {
      causeOf: causes(decided, parseDecided(relations['decided'])),
      others: column('taken', 'entity_key'),
      former: new Map(column('former', 'old_key').map((old, i) => [old, { key: answering[i] ?? '', records: sizes[i] ?? 0 }])),
    },
  );
  return [
    { table: { name: contested }, columns: [[...keyOf.keys()], [...keyOf.values()]] },
    {
      table: { name: solved.events },
      columns: [events.map((e) => e.event), events.map((e) => e.key), events.map((e) => e.other), events.map((e) => e.cause)],
    },
    { table: { name: solved.redirects }, columns: redirectsAsColumns(redirects) },
  ];
}

function redirectsAsColumns(redirects: ReadonlyMap<string, FormerKey>): readonly (readonly (string | number)[])[] {
  const all = [...redirects.values()];
  return [[...redirects.keys()], all.map((r) => r.key), all.map((r) => r.records)];
}
