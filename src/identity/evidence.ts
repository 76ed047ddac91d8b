import type { Entity, EntityRecords } from '../config/project.js';
import { hashed, readByAll } from '../engine/functions.js';
import type { Sql } from '../sql/tag.js';
import { id, join, sql } from '../sql/tag.js';

/** A table of an entity's identity, such as `identity.customer_links`. */
export function identityTable(entity: Entity, what: string): Sql {
  return id('identity', `${entity.name}_${what}`);
}

/** Where the solver's answer waits to be joined: one row per record, and one per assertion. */
export const solved = {
  clusters: 'solved_clusters',
  decisions: 'solved_decisions',
  events: 'solved_events',
  redirects: 'solved_redirects',
  matches: 'solved_matches',
  matched: 'solved_matched',
  decided: 'solved_decided',
} as const;

/** Records that are not as the last resolution knew them (`record`): new, gone, or of another digest. */
export const otherRecords = sql`other_records`;

/** Keys (`entity_key`) of entities whose golden record may be another: their records are, or what links them. */
export const changedKeys = sql`changed_keys`;

/**
 * What every record asserts, from the current rows of its table. `identity.<entity>_records`: one row per record, with a digest of its name and of
 * all that its rows say; only those that are other than before are written. `assertions`: one row per record, identifier and value, with how many observations say so, whether it is the record's
 * own id, and its weight (observations × trust in the source, in thousandths).
 */
export function gatherEvidence(entity: Entity): readonly Sql[] {
  const described = entity.records.filter((r) => r.role === 'record');
  const records = identityTable(entity, 'records');
  const recordColumns = sql`source VARCHAR, stream VARCHAR, record_id VARCHAR, table_name VARCHAR, observations BIGINT, digest UBIGINT`;
  // Names are spelled out for those alone that are other than before.
  const name = sql`source || '.' || stream || ':' || record_id`;
  const [come, gone] = [sql`digest IN (SELECT come FROM other_digests)`, sql`digest IN (SELECT gone FROM other_digests)`];
  const assertions = described.flatMap((r) =>
    Object.entries(r.identifiers).map(
      ([identifier, column]) =>
        sql`SELECT ${recordName(r)} AS record, ${r.source}::VARCHAR AS source, ${`${r.source}.${r.stream}`}::VARCHAR AS stream, ${identifier}::VARCHAR AS identifier,
      ${id(column)}::VARCHAR AS value, ${column === r.id} AS own, count(*) AS observations, (count(*) * ${Math.round((entity.trust[r.source] ?? 1) * 1000)})::BIGINT AS weight
      FROM ${current(r)} WHERE ${idColumn(r)} IS NOT NULL AND ${id(column)} IS NOT NULL GROUP BY ALL`,
    ),
  );
  const none = sql`SELECT NULL::VARCHAR AS record, NULL::VARCHAR AS source, NULL::VARCHAR AS stream, NULL::VARCHAR AS identifier, NULL::VARCHAR AS value, FALSE AS own, 0 AS observations, 0::BIGINT AS weight WHERE FALSE`;
  return [
    sql`CREATE TABLE IF NOT EXISTS ${records} (record VARCHAR, ${recordColumns})`,
    sql`CREATE OR REPLACE TEMP TABLE records_now (${recordColumns})`,
    ...described.map((r) => sql`INSERT INTO records_now ${recordsOf(r)}`),
    sql`CREATE OR REPLACE TEMP TABLE other_digests AS SELECT n.digest AS come, b.digest AS gone FROM (SELECT digest FROM records_now) n
      FULL JOIN (SELECT digest FROM ${records}) b ON b.digest = n.digest WHERE n.digest IS NULL OR b.digest IS NULL`,
    sql`CREATE OR REPLACE TEMP TABLE ${otherRecords} AS SELECT record FROM ${records} WHERE ${gone} UNION SELECT ${name} FROM records_now WHERE ${come}`,
    sql`DELETE FROM ${records} WHERE ${gone}`,
    sql`INSERT INTO ${records} SELECT ${name} AS record, * FROM ${readByAll(sql`(SELECT * FROM records_now WHERE ${come})`)} ORDER BY record`,
    sql`DROP TABLE records_now`,
    sql`DROP TABLE other_digests`,
    sql`CREATE OR REPLACE TEMP TABLE assertions AS SELECT row_number() OVER (ORDER BY record, identifier, value) - 1 AS nr, * FROM (${join([...assertions, none], ' UNION ALL ')})`,
    sql`CREATE OR REPLACE TEMP TABLE ${id(solved.clusters)} (record VARCHAR, entity_key VARCHAR)`,
    sql`CREATE OR REPLACE TEMP TABLE ${id(solved.decisions)} (nr INTEGER, decision VARCHAR, cause VARCHAR)`,
    sql`CREATE OR REPLACE TEMP TABLE ${id(solved.events)} (event VARCHAR, entity_key VARCHAR, other_key VARCHAR, cause VARCHAR)`,
    sql`CREATE OR REPLACE TEMP TABLE ${id(solved.redirects)} (old_key VARCHAR, entity_key VARCHAR, records BIGINT)`,
    sql`CREATE TABLE IF NOT EXISTS ${identityTable(entity, 'events')} (event VARCHAR, ${id(`${entity.name}_key`)} VARCHAR, other_key VARCHAR, run_id VARCHAR, cause VARCHAR)`,
    sql`CREATE TABLE IF NOT EXISTS ${id('gold', `${entity.name}_redirects`)} (old_key VARCHAR, ${id(`${entity.name}_key`)} VARCHAR, records BIGINT)`,
    sql`ALTER TABLE ${id('gold', `${entity.name}_redirects`)} ADD COLUMN IF NOT EXISTS records BIGINT`,
    sql`CREATE TABLE IF NOT EXISTS ${id('gold', `${entity.name}_crosswalk`)} (${id(`${entity.name}_key`)} VARCHAR, source VARCHAR, stream VARCHAR,
      record_id VARCHAR, record VARCHAR, how VARCHAR, confidence DECIMAL(4, 3))`,
    sql`CREATE TABLE IF NOT EXISTS ${identityTable(entity, 'identifiers')} (identifier VARCHAR, value VARCHAR, ${id(`${entity.name}_key`)} VARCHAR)`,
  ];
}

/** The records of a table, each with a digest of what its rows say, that of no other record: who it is, its attributes and how new they are. */
function recordsOf(r: EntityRecords): Sql {
  const said = Object.entries(r.attributes).flatMap(([attribute, column]) => [sql`${attribute}`, id(column)]);
  const digest = hashed(
    join([sql`${`${r.source}.${r.stream}`}`, idColumn(r), sql`_key`, r.recency === undefined ? sql`NULL` : id(r.recency), ...said]),
  );
  const row = sql`${r.source}::VARCHAR AS source, ${r.stream}::VARCHAR AS stream, ${idColumn(r)} AS record_id, ${r.table}::VARCHAR AS table_name`;
  return r.unique
    ? sql`SELECT ${row}, 1 AS observations, ${digest} AS digest FROM ${current(r)} WHERE ${idColumn(r)} IS NOT NULL`
    : sql`SELECT ${row}, count(*) AS observations, ${hashed(sql`sum(${digest})`)} AS digest FROM ${current(r)} WHERE ${idColumn(r)} IS NOT NULL GROUP BY ALL`;
}

/** The current rows of a record's table. */
export function current(r: EntityRecords): Sql {
  return sql`(SELECT * FROM ${id('silver', r.table)} WHERE _deleted_at IS NULL)`;
}

/** A record's id as text. */
function idColumn(r: EntityRecords): Sql {
  return sql`${id(r.id ?? '_key')}::VARCHAR`;
}

/** `source.stream:id`. */
export function recordName(r: EntityRecords): Sql {
  return sql`(${`${r.source}.${r.stream}:`} || ${idColumn(r)})`;
}
