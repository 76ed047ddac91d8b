import { readParquet } from '../engine/functions.js';
import type { Sql } from '../sql/tag.js';
import { id, join, sql } from '../sql/tag.js';
import { carries } from './contract.js';

/*
 * How records that were read page by page become a segment. They wait as `scanned`, in the order in which they were read:
 * the source columns as text, `_malformed` and `_raw_hash`. What an API gives again is not landed again: a record is known
 * when the newest standing observation of it has the same content.
 */

/** What tells the records of a stream apart: the columns of its key, or the content. */
export type Key = readonly string[] | null;

/** A record's id as one text, each part with its length, so that no two are spelled alike. */
export function idText(parts: readonly string[]): string {
  return parts.map((part) => `${part.length}:${part}`).join('');
}

function idOf(key: Key): Sql {
  if (key === null) return sql`_raw_hash`;
  return sql`concat(${join(key.flatMap((column) => [sql`length(COALESCE(${id(column)}, ''))`, sql`':'`, sql`COALESCE(${id(column)}, '')`]))})`;
}

/** Every observation of a stream that stands: (id, _raw_hash, _segment_id, _row_number). */
function standing(files: readonly string[], key: Key): Sql {
  return sql`SELECT ${idOf(key)} AS id, r._raw_hash, r._segment_id, r.file_row_number + 1 AS _row_number FROM ${readParquet(files)} r
    ANTI JOIN ops.retractions x ON x.segment_id = r._segment_id AND x.row_number = r.file_row_number + 1`;
}

/** Columns of every record that stands, in its newest form, and the segment that has it. */
export function newestRecords(files: readonly string[], key: Key, columns: readonly string[]): Sql {
  const values = columns.map((c) => sql`${id(c)}`);
  return sql`SELECT ${join([...values, sql`_segment_id`])} FROM (SELECT r.*, row_number() OVER (PARTITION BY ${idOf(key)} ORDER BY r._segment_id DESC, r.file_row_number DESC) AS place
    FROM ${readParquet(files)} r ANTI JOIN ops.retractions x ON x.segment_id = r._segment_id AND x.row_number = r.file_row_number + 1
    WHERE r._malformed IS NULL) WHERE place = 1`;
}

/**
 * Sorts what waits into `landing`: every waiting row with its `id`, whether it is `known`, its `place` among the rows that are
 * landed, whether a later row of the same segment says otherwise (`outdated`), and whether it is `discarded` because it says something in
 * a column that the schema does not know.
 */
export function sortPages(files: readonly string[], key: Key, unknown: readonly string[]): readonly Sql[] {
  const prior =
    files.length === 0
      ? sql`SELECT NULL::VARCHAR AS id, NULL::VARCHAR AS _raw_hash WHERE FALSE`
      : sql`SELECT id, arg_max(_raw_hash, (_segment_id, _row_number)) AS _raw_hash FROM (${standing(files, key)})
          WHERE id IN (SELECT ${idOf(key)} FROM scanned) GROUP BY id`;
  return [
    sql`CREATE OR REPLACE TEMP TABLE landing AS
      WITH told AS (SELECT rowid AS told, ${idOf(key)} AS id, _raw_hash, ${unknown.length === 0 ? sql`FALSE` : carries(unknown)} AS discarded FROM scanned),
      compared AS (SELECT t.told, t.id, COALESCE(t._raw_hash = lag(t._raw_hash, 1, p._raw_hash) OVER (PARTITION BY t.id ORDER BY t.told), FALSE) AS known
        FROM (FROM told WHERE NOT discarded) t LEFT JOIN (${prior}) p ON p.id = t.id)
      SELECT *, FALSE AS discarded, CASE WHEN NOT known THEN row_number() OVER (PARTITION BY known ORDER BY told) END AS place,
        NOT known AND told < max(told) FILTER (NOT known) OVER (PARTITION BY id) AS outdated FROM compared
      UNION ALL SELECT told, id, FALSE, TRUE, NULL, FALSE FROM told WHERE discarded`,
  ];
}

/** How many waiting rows are `landed`, `known` and `discarded`. */
export function countPages(): Sql {
  return sql`SELECT count(*) FILTER (NOT known AND NOT discarded)::DOUBLE AS landed, count(*) FILTER (known)::DOUBLE AS known,
    count(*) FILTER (discarded)::DOUBLE AS discarded FROM landing`;
}

/** What is landed of what waits, in order, without columns that the schema does not know. */
export function landedPages(unknown: readonly string[]): Sql {
  const without = unknown.length === 0 ? sql`` : sql` EXCLUDE (${join(unknown.map((c) => id(c)))})`;
  return sql`SELECT s.*${without} FROM scanned s JOIN landing l ON l.told = s.rowid WHERE NOT l.known AND NOT l.discarded ORDER BY l.told`;
}

/** The observations of a segment that a later row of the same segment makes outdated: (_segment_id, _row_number). */
export function outdatedPages(segmentId: string): Sql {
  return sql`SELECT ${segmentId}::VARCHAR AS _segment_id, place AS _row_number FROM landing WHERE outdated`;
}

/**
 * The observations of records that are gone: those that stood and, where `segmentId` is given, those that wait for that segment. Each id
 * comes with the number of rows that waited when it was told: a record that comes again behind these stands.
 */
export function goneOf(files: readonly string[], key: Key, told: ReadonlyMap<string, number>, segmentId: string | null): Sql {
  const all = sql`SELECT unnest(${[...told.keys()]}::VARCHAR[]) AS id, unnest(${[...told.values()]}::BIGINT[]) AS waited`;
  const gone = segmentId === null ? all : sql`FROM (${all}) g WHERE NOT EXISTS (FROM landing l WHERE l.id = g.id AND l.told >= g.waited)`;
  const parts = [
    ...(files.length === 0 ? [] : [sql`SELECT id, _segment_id, _row_number FROM (${standing(files, key)})`]),
    ...(segmentId === null ? [] : [sql`SELECT id, ${segmentId}::VARCHAR, place FROM landing WHERE place IS NOT NULL AND NOT outdated`]),
  ];
  return sql`SELECT _segment_id, _row_number FROM (SELECT NULL AS id, NULL AS _segment_id, NULL AS _row_number WHERE FALSE UNION ALL ${join(parts, ' UNION ALL ')})
    WHERE id IN (SELECT id FROM (${gone}))`;
}

/** The standing observations of records that a sweep did not meet. */
export function unmet(files: readonly string[], key: Key, sweep: { readonly source: string; readonly stream: string }): Sql {
  return sql`SELECT _segment_id, _row_number FROM (${standing(files, key)})
    WHERE id NOT IN (SELECT id FROM ops.seen WHERE source = ${sweep.source} AND stream = ${sweep.stream})`;
}
