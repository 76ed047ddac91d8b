import type { Entity, EntityRecords } from '../config/project.js';
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

/**
 * What every record asserts, from the current rows of its table. `identity.<entity>_records`: one row per record.
 * `assertions`: one row per record, identifier and value, with how many observations say so, whether it is the record's
 * own id, and its weight (observations × trust in the source, in thousandths).
 */
export function gatherEvidence(entity: Entity): readonly Sql[] {
  const described = entity.records.filter((r) => r.role === 'record');
  const records = described.map(
    (r) => sql`SELECT ${recordName(r)} AS record, ${r.source}::VARCHAR AS source, ${r.stream}::VARCHAR AS stream,
    ${idColumn(r)} AS record_id, ${r.table}::VARCHAR AS table_name, count(*) AS observations
    FROM ${current(r)} WHERE ${idColumn(r)} IS NOT NULL GROUP BY ALL`,
  );
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
    sql`CREATE OR REPLACE TABLE ${identityTable(entity, 'records')} AS ${records.length === 0 ? sql`SELECT NULL::VARCHAR AS record, NULL::VARCHAR AS source, NULL::VARCHAR AS stream, NULL::VARCHAR AS record_id, NULL::VARCHAR AS table_name, 0 AS observations WHERE FALSE` : sql`SELECT * FROM (${join(records, ' UNION ALL ')}) ORDER BY record`}`,
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
  ];
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
