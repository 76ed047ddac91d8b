import type { Table } from '../config/project.js';
import { digestType, hashed } from '../engine/functions.js';
import type { Sql } from '../sql/tag.js';
import { id, join, sql, trusted } from '../sql/tag.js';
import { amounts, ledgerLines } from './ledger.js';
import type { Staging } from './stage.js';
import { bitSet, declaredColumns, faultList, keyOf, soundRow } from './stage.js';

/*
 * How staged rows become the current rows of a table, in sets. Of all observations of a key that stand, the newest by the
 * declared recency is current; where two are equally new, or nothing says which is, the one with the greater digest is,
 * so that the order of arrival never decides. A key whose observations are all retracted keeps its last one, deleted.
 */

export interface Merge {
  readonly table: Table;
  readonly staged: Staging;
  /** Segments that this merge applies. */
  readonly fresh: readonly string[];
  /** Batches whose retractions this merge applies. */
  readonly retractions: readonly string[];
  readonly runId: string;
}

/** Where the current rows of a table are kept; `silver.<table>` is a view of those that no table rule sets aside. */
function currentRows(table: string): Sql {
  return id('silver_rows', table);
}

/** What `ops.applied` calls the retractions of a batch. */
export function retractionUnit(batchId: string): string {
  return `retractions of ${batchId}`;
}

/** Creates what a table is kept in, where it is not there. */
export function createTable(table: Table): readonly Sql[] {
  const columns = declaredColumns(table).map((c) => sql`${id(c.name)} ${trusted(c.type)}`);
  return [
    sql`CREATE TABLE IF NOT EXISTS ${currentRows(table.name)} (${join(columns)}, _key VARCHAR, _record_hash ${trusted(digestType)}, _segment_id VARCHAR,
      _first_seen_at TIMESTAMP, _updated_at TIMESTAMP, _deleted_at TIMESTAMP)`,
    sql`CREATE TABLE IF NOT EXISTS ${id('quarantine', table.name)} (_quarantine_id VARCHAR, _key VARCHAR, rules VARCHAR[], reasons VARCHAR[],
      raw JSON, _segment_id VARCHAR, run_id VARCHAR, status VARCHAR)`,
  ];
}

/** Forgets a table, so that it is built again from bronze. */
export function dropTable(table: string): readonly Sql[] {
  return [
    sql`DROP VIEW IF EXISTS ${id('silver', table)}`,
    sql`DROP TABLE IF EXISTS ${currentRows(table)}`,
    sql`DROP TABLE IF EXISTS ${id('silver_rows', `${table}__aside`)}`,
    sql`DROP TABLE IF EXISTS ${id('quarantine', table)}`,
    sql`DELETE FROM ops.applied WHERE table_name = ${table}`,
    sql`DELETE FROM ops.inference WHERE table_name = ${table}`,
    sql`DELETE FROM ops.tables WHERE table_name = ${table} AND schema_name IN ('silver', 'quarantine', 'state', 'verdicts', 'rules')`,
  ];
}

/** Tables that hold a merge while it is decided. */
export const temporary = ['staged_rows', 'ranked', 'verdict', 'aside', 'gone', 'restated'];

/**
 * Stages the rows of fresh segments, and, where observations were retracted, every row that speaks of the same keys:
 * `_fresh` (merged for the first time), `_gone` (its retraction is), `_restated` (its key is judged anew).
 */
export function stageRows({ table, staged, fresh, retractions }: Merge): readonly Sql[] {
  if (retractions.length === 0) {
    return holdStaged(table, sql`SELECT *, TRUE AS _fresh, FALSE AS _gone, FALSE AS _restated FROM (${staged.relation})`);
  }
  const isFresh = sql`list_contains(${[...fresh]}::VARCHAR[], s._segment_id)`;
  const isGone = sql`g.segment_id = s._segment_id AND g.row_number = s._row_number`;
  return [
    sql`CREATE OR REPLACE TEMP TABLE gone AS SELECT segment_id, row_number FROM ops.retractions WHERE list_contains(${[...retractions]}::VARCHAR[], batch_id)`,
    sql`CREATE OR REPLACE TEMP TABLE restated AS SELECT _key, _raw_hash FROM (${staged.relation}) s SEMI JOIN gone g ON ${isGone}`,
    ...holdStaged(
      table,
      sql`SELECT s.*, ${isFresh} AS _fresh, g.segment_id IS NOT NULL AS _gone, s._key IN (SELECT _key FROM restated WHERE _key IS NOT NULL) AS _restated
        FROM (${staged.relation}) s LEFT JOIN gone g ON ${isGone}
        WHERE ${isFresh} OR s._key IN (SELECT _key FROM restated) OR s._raw_hash IN (SELECT _raw_hash FROM restated)`,
    ),
  ];
}

/** Holds rows as \`staged\`, each with its \`row_id\`. A key that is one of the columns is not held twice. */
function holdStaged(table: Table, rows: Sql): readonly Sql[] {
  const [column, ...more] = table.key === 'content' ? [] : table.key;
  const single = column !== undefined && more.length === 0;
  return [
    sql`CREATE OR REPLACE TEMP TABLE staged_rows AS ${single ? sql`SELECT * EXCLUDE (_key) FROM (${rows})` : rows}`,
    sql`CREATE OR REPLACE TEMP VIEW staged AS SELECT *, rowid AS row_id${single ? sql`, ${keyOf(table)} AS _key` : sql``} FROM staged_rows`,
  ];
}

/**
 * Decides what becomes of the staged rows, without writing any: `aside` for those with a fault, `verdict` for sound ones
 * whose key is met more than once, stands already or is retracted. Every other sound row is new, and nothing is said of it.
 */
export function decide({ table, staged }: Merge): readonly Sql[] {
  const sound = soundRow(staged.faults.length);
  const [mine, theirs] = [recencyOf(table, 's'), recencyOf(table, 'o')];
  const newest = sql`(_retracted_at IS NULL) DESC, _retracted_at DESC, ${mine} DESC NULLS LAST, _record_hash DESC, _ingested_at, _segment_id, _row_number`;
  const amountsWere = followedColumns(table).map(({ column, was }) => sql`, o.${column} AS ${was}`);
  const amountsKept = followedColumns(table).map(({ was }) => sql`, ${was}`);
  const quarantineId = sql`md5(concat(_raw_hash, '|', array_to_string(rules, ',')))`;
  return [
    // Keys are narrowed down by a number first: a few that share it by chance are told apart by the ranking itself.
    sql`CREATE OR REPLACE TEMP TABLE ranked AS
      SELECT s.row_id, row_number() OVER (PARTITION BY s._key ORDER BY ${newest}) AS place,
        row_number() OVER (PARTITION BY s._key, s._record_hash ORDER BY ${newest}) AS copy,
        _retracted_at IS NULL AND ${mine} IS NOT DISTINCT FROM first_value(${mine}) OVER (PARTITION BY s._key ORDER BY ${newest}) AS as_new,
        min(_ingested_at) OVER (PARTITION BY s._key) AS first_seen_at,
        CASE WHEN bool_and(_retracted_at IS NOT NULL) OVER (PARTITION BY s._key) THEN max(_retracted_at) OVER (PARTITION BY s._key) END AS deleted_at
      FROM staged s WHERE ${sound} AND ${hashed(sql`s._key`)} IN (SELECT ${hashed(sql`_key`)} AS h FROM staged WHERE ${sound} GROUP BY h HAVING count(*) > 1)`,
    sql`CREATE OR REPLACE TEMP TABLE verdict AS
      WITH compared AS (
        SELECT s.row_id, s._restated, COALESCE(r.place, 1) AS place, COALESCE(r.copy, 1) AS copy, COALESCE(r.as_new, FALSE) AS as_new,
          LEAST(COALESCE(r.first_seen_at, s._ingested_at), o._first_seen_at) AS first_seen_at,
          CASE WHEN r.row_id IS NULL THEN s._retracted_at ELSE r.deleted_at END AS deleted_at,
          o.rowid AS old_row, o._key IS NOT NULL AND o._deleted_at IS NULL AS stands, COALESCE(o._record_hash = s._record_hash, FALSE) AS same,
          COALESCE(${mine} > ${theirs} OR (${mine} IS NOT NULL AND ${theirs} IS NULL), FALSE) AS newer,
          ${mine} IS NOT DISTINCT FROM ${theirs} AS equally_new, COALESCE(s._record_hash > o._record_hash, FALSE) AS greater${join(amountsWere, '')}
        FROM staged s LEFT JOIN ranked r ON r.row_id = s.row_id LEFT JOIN ${currentRows(table.name)} o ON o._key = s._key
        WHERE ${sound} AND (r.row_id IS NOT NULL OR o._key IS NOT NULL OR s._retracted_at IS NOT NULL))
      SELECT row_id, CASE WHEN writes THEN old_row END AS replaced_row, stands, writes, first_seen_at, deleted_at,
        CASE WHEN copy > 1 THEN 'duplicate'
          WHEN place > 1 OR deleted_at IS NOT NULL THEN 'superseded'
          WHEN NOT stands THEN 'inserted'
          WHEN same THEN 'unchanged'
          WHEN _restated OR newer OR (equally_new AND greater) THEN 'updated'
          ELSE 'superseded' END AS disposition,
        copy = 1 AND deleted_at IS NULL AND ((place > 1 AND as_new) OR (place = 1 AND stands AND NOT same AND NOT _restated AND equally_new)) AS contested${join(amountsKept, '')}
      FROM (SELECT *, place = 1 AND (_restated OR old_row IS NULL OR (NOT stands AND deleted_at IS NULL)
        OR (stands AND NOT same AND (newer OR (equally_new AND greater)))) AS writes FROM compared)`,
    sql`CREATE OR REPLACE TEMP TABLE aside AS
      SELECT *, ${quarantineId} AS quarantine_id, row_number() OVER (PARTITION BY ${quarantineId}
        ORDER BY (_retracted_at IS NULL) DESC, _fresh, _ingested_at, _segment_id, _row_number) AS copy
      FROM (SELECT row_id, CASE WHEN NOT ${bitSet('_faults', 0)} THEN _key END AS _key, ${faultList(staged, 'rule')} AS rules,
        ${faultList(staged, 'reason')} AS reasons, _raw, _raw_hash, _fresh, _retracted_at, _ingested_at, _segment_id, _row_number
        FROM staged WHERE NOT ${sound})`,
  ];
}

/**
 * How new a staged row (`s`) or a standing one (`o`) is: by the declared column, else, where what is read later is newer, by
 * the segment, whose names go up in the order in which they were sealed, else nothing says.
 */
function recencyOf(table: Table, row: 's' | 'o'): Sql {
  const column = table.recency ?? (table.ordered ? '_segment_id' : undefined);
  return column === undefined ? sql`NULL::BOOLEAN` : sql`${id(row)}.${id(column)}`;
}

/** The staged rows that are written, with when their key was first seen and when it was deleted. */
function writtenRows({ staged }: Merge): Sql {
  return sql`(SELECT s.*, COALESCE(v.first_seen_at, s._ingested_at) AS first_seen_at, v.deleted_at
    FROM staged s LEFT JOIN verdict v ON v.row_id = s.row_id WHERE ${soundRow(staged.faults.length)} AND v.writes IS NOT FALSE)`;
}

/** The standing rows that are replaced, with the amounts that they had when it was decided: they need not be looked for again. */
function replacedRows(table: Table): Sql {
  const had = followedColumns(table).map(({ column, was }) => sql`, ${was} AS ${column}`);
  return sql`SELECT row_id${join(had, '')} FROM verdict WHERE stands AND replaced_row IS NOT NULL`;
}

/** The columns of amounts that the ledger follows and of their currencies, each with what it is called in `verdict` as it was. */
function followedColumns(table: Table): readonly { readonly column: Sql; readonly was: Sql }[] {
  const followed = new Set(table.amounts.flatMap((amount) => [amount, `${amount}_currency`]));
  return declaredColumns(table)
    .filter(({ name }) => followed.has(name))
    .map(({ name }) => ({ column: id(name), was: id(`${name} as it was`) }));
}

/** Writes what was decided. It belongs in one transaction. */
export function write(merge: Merge): readonly Sql[] {
  const { table, fresh, retractions, runId } = merge;
  const rows = currentRows(table.name);
  const quarantine = id('quarantine', table.name);
  return [
    ...readAndBecome(merge),
    standing(merge, 'standing_before'),
    ledgerLines(merge, 'replaced', replacedRows(table)),
    ledgerLines(merge, 'written', sql`SELECT * FROM ${writtenRows(merge)} WHERE deleted_at IS NULL`),
    sql`DELETE FROM ${rows} WHERE rowid IN (SELECT replaced_row FROM verdict WHERE replaced_row IS NOT NULL)`,
    sql`INSERT INTO ${rows} SELECT ${join(declaredColumns(table).map((c) => id(c.name)))}, _key, _record_hash, _segment_id,
      first_seen_at, _ingested_at, deleted_at FROM ${writtenRows(merge)}`,
    standing(merge, 'standing_after'),
    sql`UPDATE ${quarantine} SET status = 'superseded' WHERE status = 'open' AND _quarantine_id IN (SELECT quarantine_id FROM aside WHERE _retracted_at IS NOT NULL AND copy = 1)`,
    sql`UPDATE ${quarantine} SET status = 'open' WHERE status = 'superseded' AND _quarantine_id IN (SELECT quarantine_id FROM aside WHERE _retracted_at IS NULL AND copy = 1)`,
    sql`INSERT INTO ${quarantine} SELECT quarantine_id, _key, rules, reasons, _raw, _segment_id, ${runId}, CASE WHEN _retracted_at IS NULL THEN 'open' ELSE 'superseded' END
      FROM aside WHERE copy = 1 AND quarantine_id NOT IN (SELECT _quarantine_id FROM ${quarantine})`,
    ...[...fresh, ...retractions.map(retractionUnit)].map((unit) => sql`INSERT INTO ops.applied VALUES (${table.name}, ${unit})`),
    rulesJudged(merge),
  ];
}

/** Every fresh row once and every retraction once, with its disposition: what the ledger counts. */
function units(table: Table): Sql {
  const open = sql`a.quarantine_id IN (SELECT _quarantine_id FROM ${id('quarantine', table.name)} WHERE status = 'open')`;
  const staged = sql`staged s LEFT JOIN verdict v ON v.row_id = s.row_id LEFT JOIN aside a ON a.row_id = s.row_id`;
  return sql`(SELECT s.*, CASE WHEN a.row_id IS NULL THEN COALESCE(v.disposition, 'inserted')
      WHEN a.copy > 1 OR ${open} THEN 'duplicate' ELSE 'quarantined' END AS disposition FROM ${staged} WHERE s._fresh
    UNION ALL SELECT s.*, CASE WHEN a.row_id IS NOT NULL THEN 'discarded'
      WHEN v.deleted_at IS NOT NULL THEN 'deleted' ELSE 'superseded' END AS disposition FROM ${staged} WHERE s._gone)`;
}

/** What was read, counted by the segments and retractions themselves, and each disposition, counted by the rows. */
function readAndBecome(merge: Merge): readonly Sql[] {
  const { table, fresh, retractions, runId } = merge;
  const read = sql`SELECT (SELECT COALESCE(sum(rows + rejected), 0) FROM ops.segments WHERE list_contains(${[...fresh]}::VARCHAR[], segment_id))
    + (SELECT count(*) FROM ops.retractions WHERE list_contains(${[...retractions]}::VARCHAR[], batch_id))`;
  return [
    sql`INSERT INTO ops.ledger SELECT ${runId}, 'table', ${table.name}, 'read', NULL, (${read}), NULL, NULL`,
    ...amounts(table).map(
      ({ name, amount, currency }) =>
        sql`INSERT INTO ops.ledger SELECT ${runId}, 'amount', ${name}, 'read', ${currency}, count(*), sum(${amount}), count(*) FILTER (${amount} IS NULL)
        FROM (SELECT * FROM staged WHERE _fresh UNION ALL SELECT * FROM staged WHERE _gone) GROUP BY ALL`,
    ),
    ledgerLines(merge, null, units(table)),
  ];
}

/** The rows that stand in the table, and their amounts. */
function standing(merge: Merge, line: string): Sql {
  return ledgerLines(merge, line, sql`SELECT * FROM ${currentRows(merge.table.name)} WHERE _deleted_at IS NULL`);
}

/** How many rows each rule judged and how many broke it; `key.conflict` counts versions that nothing tells the newer of. */
function rulesJudged({ table, staged, runId }: Merge): Sql {
  const all = [
    ...staged.faults.map((f, i) => ({ rule: f.rule, severity: 'quarantine', broken: bitSet('_faults', i) })),
    ...staged.warnings.map((w, i) => ({ rule: w.rule, severity: 'warn', broken: bitSet('_warnings', i) })),
  ];
  const counts = join([sql`count(*) AS judged`, ...all.map((a, i) => sql`count(*) FILTER (${a.broken}) AS ${id(`n${i}`)}`)]);
  const spread = all.map((a, i) => sql`SELECT ${a.rule} AS rule, ${a.severity} AS severity, judged, ${id(`n${i}`)} AS broken FROM counted`);
  return sql`INSERT INTO ops.rules
    WITH counted AS (SELECT ${counts} FROM staged WHERE _fresh)
    SELECT ${runId}, ${table.name}, rule, severity, judged, broken FROM (${join(spread, ' UNION ALL ')}
      UNION ALL SELECT 'key.conflict', 'warn', count(*), count(*) FILTER (v.contested) FROM staged s LEFT JOIN verdict v ON v.row_id = s.row_id
        WHERE s._fresh AND ${soundRow(staged.faults.length)})`;
}
