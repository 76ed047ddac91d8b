import type { Table } from '../config/project.js';
import { readParquet } from '../engine/functions.js';
import type { Sql } from '../sql/tag.js';
import { id, join, sql } from '../sql/tag.js';
import { columnText } from './cleaning.js';
import type { Verdict } from './columns/contract.js';
import { columnTypeNamed } from './columns/registry.js';
import { layers } from './layers.js';
import type { SegmentFile } from './sources.js';
import { sourceRef } from './sources.js';

/** What some segments prove, waiting to be kept with their rows: (column_name, segment_id, reading, rows). */
const staged = id('evidence');

/** Stages what the standing rows of some segments prove. */
export function stageEvidence(table: Table, segments: readonly SegmentFile[]): readonly Sql[] {
  const none = sql`SELECT NULL::VARCHAR AS column_name, NULL::VARCHAR AS segment_id, NULL::VARCHAR AS reading, 0 AS rows WHERE FALSE`;
  const looked = join(segments.map((s) => sql`(${s.segmentId})`));
  return [
    sql`CREATE OR REPLACE TEMP TABLE evidence_segments AS SELECT * FROM (VALUES ${looked}) v(segment_id)`,
    sql`CREATE OR REPLACE TEMP TABLE ${staged} AS ${evidence(table, segments) ?? none}`,
  ];
}

/** The evidence that a table's rows were merged under. */
export function keptEvidence(table: string): Sql {
  return sql`SELECT column_name, segment_id, reading, rows FROM ops.inference WHERE table_name = ${table}`;
}

/** The evidence as it is now: what was kept, but for the segments that were looked at anew. */
export function allEvidence(table: string): Sql {
  return sql`${keptEvidence(table)} AND segment_id NOT IN (SELECT segment_id FROM evidence_segments) UNION ALL SELECT * FROM ${staged}`;
}

/** Keeps what was staged. It belongs in the transaction that merges the rows. */
export function keepEvidence(table: string): readonly Sql[] {
  return [
    sql`DELETE FROM ops.inference WHERE table_name = ${table} AND segment_id IN (SELECT segment_id FROM evidence_segments)`,
    sql`INSERT INTO ops.inference SELECT ${table}, column_name, segment_id, reading, rows FROM ${staged}`,
  ];
}

/**
 * What the standing rows of some segments prove, one row per column, segment and answer: (column_name, segment_id,
 * reading, rows). `reading` is an answer that `rows` values prove, or `ambiguous`. Null when no column asks anything.
 */
function evidence(table: Table, segments: readonly SegmentFile[]): Sql | null {
  const available = [...new Set(segments.flatMap((s) => s.columns))];
  const { keep, over } = layers();
  const asked = table.columns.flatMap((column) => {
    const ref = sourceRef(column.common.from, available);
    if (ref === null) return [];
    const kind = columnTypeNamed(column.type);
    if (kind.question(sql`x`, column.options, (value) => value) === null) return [];
    const question = kind.question(columnText(column, ref, id(ref.column), segments, keep), column.options, keep);
    if (question === null) return [];
    return [
      ...question.proofs.map((p) => ({ column: column.name, reading: p.answer, met: p.proves })),
      { column: column.name, reading: 'ambiguous', met: question.ambiguous },
    ];
  });
  if (asked.length === 0) return null;
  const counts = join(asked.map((a, i) => sql`count(*) FILTER (${a.met}) AS ${id(`n${i}`)}`));
  const spread = join(
    asked.map(
      (a, i) =>
        sql`SELECT ${a.column} AS column_name, _segment_id AS segment_id, ${a.reading} AS reading, ${id(`n${i}`)} AS rows FROM counted`,
    ),
    ' UNION ALL ',
  );
  const standing = sql`SELECT r.* FROM ${readParquet(segments.map((s) => s.file))} r
    ANTI JOIN ops.retractions x ON x.segment_id = r._segment_id AND x.row_number = r.file_row_number + 1 WHERE _malformed IS NULL`;
  return sql`WITH counted AS (SELECT _segment_id, ${counts} FROM (${over(standing)}) GROUP BY _segment_id) ${spread}`;
}

/** The verdict of a column from what its values prove; ambiguous values have no say. */
export function verdictOf(readings: readonly { readonly reading: string; readonly rows: number }[]): Verdict {
  const proven = readings.filter((r) => r.reading !== 'ambiguous' && r.rows > 0);
  return proven.length === 0 ? 'unproven' : proven.length > 1 ? 'mixed' : (proven[0]?.reading ?? 'unproven');
}
