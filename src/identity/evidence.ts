import type { Entity, EntityRecords } from '../config/project.js';
import { hashed, readByAll } from '../engine/functions.js';
import type { Sql } from '../sql/tag.js';
import { id, join, sql } from '../sql/tag.js';

/** A table of an entity's identity, such as `identity.customer_links`. */
export function identityTable(entity: Entity, what: string): Sql {
  return id('identity', `${entity.name}_${what}`);
}

/** The column of an entity's key. */
export function keyColumn(entity: Entity): Sql {
  return id(`${entity.name}_key`);
}

/** The sources of the records that describe an entity, each once. */
export function sourcesOf(entity: Entity): readonly string[] {
  return [...new Set(entity.records.filter((r) => r.role === 'record').map((r) => r.source))];
}

/** Where the solver's answer waits to be joined: one row per record, and one per assertion. */
export const solved = {
  roots: 'solved_roots',
  clusters: 'solved_clusters',
  decisions: 'solved_decisions',
  events: 'solved_events',
  redirects: 'solved_redirects',
  matches: 'solved_matches',
  matched: 'solved_matched',
  decided: 'solved_decided',
} as const;

/** Records that are not as the last resolution knew them: new, gone, or of another digest (`record`, and by which `record_id` rows of which `table_name` are its). */
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
    ...findOthers(entity, described),
    sql`CREATE OR REPLACE TEMP TABLE assertions AS SELECT row_number() OVER (ORDER BY record, identifier, value) - 1 AS nr, * FROM (${join([...assertions, none], ' UNION ALL ')})`,
    sql`CREATE OR REPLACE TEMP TABLE ${id(solved.roots)} (place INTEGER, root INTEGER)`,
    sql`CREATE OR REPLACE TEMP TABLE ${id(solved.decisions)} (nr INTEGER, decision VARCHAR, cause VARCHAR)`,
    sql`CREATE OR REPLACE TEMP TABLE ${id(solved.events)} (event VARCHAR, entity_key VARCHAR, other_key VARCHAR, cause VARCHAR)`,
    sql`CREATE OR REPLACE TEMP TABLE ${id(solved.redirects)} (old_key VARCHAR, entity_key VARCHAR, records BIGINT)`,
    sql`CREATE TABLE IF NOT EXISTS ${identityTable(entity, 'events')} (event VARCHAR, ${keyColumn(entity)} VARCHAR, other_key VARCHAR, run_id VARCHAR, cause VARCHAR)`,
    sql`CREATE TABLE IF NOT EXISTS ${id('gold', `${entity.name}_redirects`)} (old_key VARCHAR, ${keyColumn(entity)} VARCHAR, records BIGINT)`,
    sql`ALTER TABLE ${id('gold', `${entity.name}_redirects`)} ADD COLUMN IF NOT EXISTS records BIGINT`,
    sql`CREATE TABLE IF NOT EXISTS ${id('gold', `${entity.name}_crosswalk`)} (${keyColumn(entity)} VARCHAR, source VARCHAR, stream VARCHAR,
      record_id VARCHAR, record VARCHAR, how VARCHAR, confidence DECIMAL(4, 3))`,
    sql`CREATE TABLE IF NOT EXISTS ${identityTable(entity, 'identifiers')} (identifier VARCHAR, value VARCHAR, ${keyColumn(entity)} VARCHAR)`,
  ];
}

/**
 * Finds `other_records`, and brings `identity.<entity>_records` up to now. What rows say is read of those records alone of which some row is another at all, which
 * the digests tell that rows carry: `identity.<entity>_seen` keeps those that were seen, with the digest of their record.
 */
function findOthers(entity: Entity, described: readonly EntityRecords[]): readonly Sql[] {
  const [records, seen] = [identityTable(entity, 'records'), identityTable(entity, 'seen')];
  const recordColumns = sql`record VARCHAR, source VARCHAR, stream VARCHAR, record_id VARCHAR, table_name VARCHAR, observations BIGINT, digest UBIGINT`;
  const rows = sql`(${join([...described.map(rowsOf), noRows], ' UNION ALL ')})`;
  const differs = sql`segment IN (SELECT segment FROM differing_segments)`;
  const gone = sql`digest IN (SELECT gone FROM other_digests)`;
  const come = readByAll(sql`(SELECT * EXCLUDE (rows_digest, segment) FROM records_now WHERE digest IN (SELECT come FROM other_digests))`);
  return [
    sql`CREATE TABLE IF NOT EXISTS ${records} (${recordColumns})`,
    // Of records that are known already, and of no row.
    sql`CREATE TABLE IF NOT EXISTS ${seen} AS SELECT 0::UBIGINT AS rows_digest, digest, '' AS segment FROM ${records}`,
    sql`ALTER TABLE ${seen} ADD COLUMN IF NOT EXISTS segment VARCHAR DEFAULT ''`,
    sql`CREATE OR REPLACE TEMP TABLE records_now (${recordColumns}, rows_digest UBIGINT, segment VARCHAR)`,
    sql`CREATE OR REPLACE TEMP TABLE differing_segments AS SELECT segment FROM (${summed(rows)}) n FULL JOIN (${summed(seen)}) b USING (segment, records, digests)
      WHERE n.segment IS NULL OR b.segment IS NULL`,
    sql`CREATE OR REPLACE TEMP TABLE other_rows AS SELECT n.rows_digest AS come, n.segment, b.rows_digest AS gone FROM (SELECT * FROM ${rows} WHERE ${differs}) n
      FULL JOIN (SELECT * FROM ${seen} WHERE ${differs}) b USING (rows_digest, segment) WHERE n.rows_digest IS NULL OR b.rows_digest IS NULL`,
    sql`CREATE OR REPLACE TEMP TABLE ${otherSegments} AS SELECT DISTINCT segment FROM other_rows`,
    ...described.map((r) => sql`INSERT INTO records_now ${recordsOf(r)}`),
    sql`CREATE OR REPLACE TEMP TABLE other_digests AS SELECT n.digest AS come, b.digest AS gone FROM (SELECT digest FROM records_now) n
      FULL JOIN (SELECT digest FROM ${seen} WHERE rows_digest IN (SELECT gone FROM other_rows)) b ON b.digest = n.digest WHERE n.digest IS NULL OR b.digest IS NULL`,
    sql`CREATE OR REPLACE TEMP TABLE ${otherRecords} AS SELECT record, table_name, record_id FROM ${records} WHERE ${gone} UNION SELECT record, table_name, record_id FROM ${come}`,
    sql`DELETE FROM ${records} WHERE ${gone}`,
    sql`INSERT INTO ${records} SELECT * FROM ${come} ORDER BY record`,
    sql`DELETE FROM ${seen} WHERE rows_digest IN (SELECT gone FROM other_rows)`,
    sql`INSERT INTO ${seen} SELECT rows_digest, digest, segment FROM records_now`,
    ...['records_now', 'differing_segments', 'other_rows', 'other_digests'].map((table) => sql`DROP TABLE ${id(table)}`),
  ];
}

/** Segments (`segment`) that brought rows of other records; where a record has one row, those of others are in no other. */
const otherSegments = sql`other_segments`;

/** A condition on the current rows of a table: whether their records are other than before. */
export function isOfOthers(r: EntityRecords): Sql {
  return sql`${inOtherSegments(r)} AND ${idColumn(r)} IN (SELECT record_id FROM ${otherRecords} WHERE table_name = ${r.table})`;
}

/** A condition that holds for the rows of all other records, and is told by what stands of whole blocks of rows. */
function inOtherSegments({ unique }: EntityRecords): Sql {
  return unique ? sql`_segment_id IN (SELECT segment FROM ${otherSegments})` : sql`TRUE`;
}

/** What `rowsOf` gives of an entity that nothing describes. */
const noRows = sql`SELECT NULL::UBIGINT AS rows_digest, NULL::VARCHAR AS segment WHERE FALSE`;

/** What the rows of each segment come to: where they come to the same, none is another. */
function summed(rows: Sql): Sql {
  return sql`SELECT segment, count(*) AS records, sum(rows_digest) AS digests FROM ${rows} GROUP BY segment`;
}

/** Of each record of a table a number for all that its rows say, asked for or not, with the segment of its row where it has one: a SELECT of `rows_digest`, `segment`. */
function rowsOf(r: EntityRecords): Sql {
  return sql`SELECT ${rowsDigest(r)} AS rows_digest, ${segmentOf(r)} AS segment
    FROM ${current(r)} WHERE ${idColumn(r)} IS NOT NULL ${r.unique ? sql`` : sql`GROUP BY ${idColumn(r)}`}`;
}

/** The segment of a record's row; empty where it has several rows. */
function segmentOf({ unique }: EntityRecords): Sql {
  return unique ? sql`_segment_id::VARCHAR` : sql`''`;
}

function rowsDigest(r: EntityRecords): Sql {
  const asked = JSON.stringify([r.source, r.stream, r.table, r.id, r.recency, r.attributes]);
  return digestOf(r, [sql`${asked}`, sql`_key`, sql`_record_hash`]);
}

/** A digest of what the rows of a record say. */
function digestOf({ unique }: EntityRecords, said: readonly Sql[]): Sql {
  const each = hashed(join(said));
  return unique ? each : hashed(sql`sum(${each})`);
}

/** The records of a table of which some row is another, each with a digest of what its rows say, that of no other record: who it is, its attributes and how new they are. */
function recordsOf(r: EntityRecords): Sql {
  const said = Object.entries(r.attributes).flatMap(([attribute, column]) => [sql`${attribute}`, id(column)]);
  const recency = r.recency === undefined ? sql`NULL` : id(r.recency);
  const digest = digestOf(r, [sql`${`${r.source}.${r.stream}`}`, idColumn(r), sql`_key`, recency, ...said]);
  const isOther = sql`${rowsDigest(r)} IN (SELECT come FROM other_rows)`;
  const others = r.unique
    ? sql`${inOtherSegments(r)} AND ${isOther}`
    : sql`${idColumn(r)} IN (SELECT ${idColumn(r)} FROM ${current(r)} WHERE ${idColumn(r)} IS NOT NULL GROUP BY ALL HAVING ${isOther})`;
  return sql`SELECT ${recordName(r)} AS record, ${r.source}::VARCHAR AS source, ${r.stream}::VARCHAR AS stream, ${idColumn(r)} AS record_id, ${r.table}::VARCHAR AS table_name,
    ${r.unique ? sql`1` : sql`count(*)`} AS observations, ${digest} AS digest, ${rowsDigest(r)} AS rows_digest, ${segmentOf(r)} AS segment
    FROM ${current(r)} WHERE ${idColumn(r)} IS NOT NULL AND ${others} ${r.unique ? sql`` : sql`GROUP BY ALL`}`;
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
