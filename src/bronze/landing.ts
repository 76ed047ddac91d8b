import { distinctInAnyCase } from '../base/names.js';
import { copyToParquet, readParquet } from '../engine/functions.js';
import type { Sql } from '../sql/tag.js';
import { id, join, sql } from '../sql/tag.js';

/** A sealed segment: one immutable Parquet file of one stream. */
export interface Segment {
  readonly segmentId: string;
  readonly batchId: string;
  readonly source: string;
  readonly stream: string;
  /** Absolute path. */
  readonly file: string;
  /** Its source columns, in order. */
  readonly columns: readonly string[];
  /** Those of which the source has numbers as such. */
  readonly numbers: readonly string[];
}

/** Writes a relation of source columns, `_malformed` and `_raw_hash` to a segment's file, with what bronze adds. */
export function writeSegment(relation: Sql, segment: Omit<Segment, 'columns' | 'numbers'>, ingestedAt: Date): Sql {
  return copyToParquet(
    sql`SELECT *, ${segment.source}::VARCHAR AS _source_system, ${segment.stream}::VARCHAR AS _stream, ${segment.batchId}::VARCHAR AS _batch_id,
      ${segment.segmentId}::VARCHAR AS _segment_id, ${ingestedAt} AS _ingested_at FROM (${relation})`,
    segment.file,
  );
}

/** What a segment's file holds: rows that could be read, and rows kept as text. */
export function countSegment(file: string): Sql {
  return sql`SELECT count(*) FILTER (_malformed IS NULL)::DOUBLE AS landed, count(*) FILTER (_malformed IS NOT NULL)::DOUBLE AS rejected FROM read_parquet(${file})`;
}

/** The rows of a part that were landed before and not retracted since: (_raw_hash, _segment_id, _row_number). */
export function standingRows(files: readonly string[]): Sql {
  return sql`SELECT r._raw_hash, r._segment_id, r.file_row_number + 1 AS _row_number FROM ${readParquet(files)} r
    ANTI JOIN ops.retractions x ON x.segment_id = r._segment_id AND x.row_number = r.file_row_number + 1`;
}

/** Every landed row of a part, retracted or not. */
export function landedRows(files: readonly string[]): Sql {
  return sql`SELECT _raw_hash, _segment_id, file_row_number + 1 AS _row_number FROM ${readParquet(files)}`;
}

/** The view of a stream: all rows of all its segments, every source column that any of them has. */
export function bronzeView(source: string, stream: string, segments: readonly Segment[]): Sql {
  const columns = distinctInAnyCase(segments.flatMap((s) => s.columns));
  const names = join([
    ...columns.map((c) => id(c)),
    ...['_source_system', '_stream', '_batch_id', '_segment_id', '_ingested_at'].map((c) => id(c)),
    sql`(file_row_number + 1)::BIGINT AS _row_number`,
    sql`_raw_hash`,
    sql`_malformed`,
  ]);
  return sql`CREATE OR REPLACE VIEW ${id('bronze', `${source}__${stream}`)} AS SELECT ${names} FROM ${readParquet(segments.map((s) => s.file))}`;
}
