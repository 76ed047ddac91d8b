import { join } from 'node:path';
import { z } from 'zod';
import type { Stream } from '../../config/project.js';
import type { Sql } from '../../sql/tag.js';
import { join as joinSql, sql } from '../../sql/tag.js';
import type { RunContext } from '../context.js';

/*
 * What the store remembers of landing, however the rows came: segments, batches, the account of a stream, retractions and
 * cursors. Each belongs in the transaction that lands the rows.
 */

/** Path of a segment's file below the store. */
export function segmentFile(stream: Stream, batchId: string, segmentId: string): string {
  return ['lake', 'bronze', stream.source, stream.stream, batchId, `${segmentId}.parquet`].join('/');
}

/** A sealed segment and what is in it. */
export interface SealedSegment {
  readonly segmentId: string;
  readonly batchId: string;
  readonly part: string;
  readonly columns: readonly string[];
  /** Those of which the source has numbers as such. */
  readonly numbers: readonly string[];
  readonly landed: number;
  readonly rejected: number;
  readonly ingestedAt: Date;
}

/** Lists a segment among those of its stream. */
export async function recordSegment({ engine }: RunContext, stream: Stream, segment: SealedSegment): Promise<void> {
  const { segmentId, batchId, part, columns, numbers, landed, rejected, ingestedAt } = segment;
  await engine.run(sql`INSERT INTO ops.segments VALUES (${segmentId}, ${batchId}, ${stream.source}, ${stream.stream}, ${part},
    ${segmentFile(stream, batchId, segmentId)}, ${[...columns]}::VARCHAR[], ${landed}, ${rejected}, ${ingestedAt}, ${[...numbers]}::VARCHAR[])`);
}

/** What became of rows that were read, and how many standing ones were retracted. */
export interface Counts {
  readonly read: number;
  readonly landed: number;
  readonly rejected: number;
  readonly known: number;
  /** Left out because the stream's schema says so. */
  readonly discarded: number;
  readonly retracted: number;
}

/** Adds rows to a batch, which begins with the first of them, and to the account of its stream. */
export async function recordRows(
  { engine, effects, runId }: RunContext,
  stream: Stream,
  batch: { readonly batchId: string; readonly part: string; readonly version: string | null; readonly bytes: number },
  counts: Counts,
): Promise<void> {
  const { read, landed, rejected, known, discarded, retracted } = counts;
  const added = await engine.run(sql`UPDATE ops.batches SET bytes = bytes + ${batch.bytes}, rows_read = rows_read + ${read},
    rows_landed = rows_landed + ${landed}, rows_rejected = rows_rejected + ${rejected}, rows_known = rows_known + ${known},
    rows_retracted = rows_retracted + ${retracted}, rows_discarded = rows_discarded + ${discarded} WHERE batch_id = ${batch.batchId}`);
  if (added === 0)
    await engine.run(sql`INSERT INTO ops.batches VALUES (${batch.batchId}, ${runId}, ${stream.source}, ${stream.stream}, ${batch.part}, ${batch.version},
      ${batch.bytes}, ${effects.now()}, ${read}, ${landed}, ${rejected}, ${known}, ${retracted}, ${discarded})`);
  const lines = Object.entries({ read, landed, rejected, known, discarded }).map(
    ([line, rows]) => sql`(${runId}, 'stream', ${`${stream.source}.${stream.stream}`}, ${line}, NULL, ${rows}, NULL, NULL)`,
  );
  await engine.run(sql`INSERT INTO ops.ledger VALUES ${joinSql(lines)}`);
}

/** Notes in the account of a stream how many records its source declared and did not give; they were never read, so no balance has them. */
export async function recordMissing({ engine, runId }: RunContext, { source, stream }: Stream, rows: number): Promise<void> {
  await engine.run(sql`INSERT INTO ops.ledger VALUES (${runId}, 'stream', ${`${source}.${stream}`}, 'missing', NULL, ${rows}, NULL, NULL)`);
}

/** Retracts observations, given as (_segment_id, _row_number); returns how many. */
export async function retract({ engine }: RunContext, stream: Stream, batchId: string, at: Date, rows: Sql): Promise<number> {
  return engine.run(
    sql`INSERT INTO ops.retractions SELECT ${batchId}, ${stream.source}, ${stream.stream}, _segment_id, _row_number, ${at} FROM (${rows})`,
  );
}

/** Moves the cursor of a part; null forgets it. */
export async function moveCursor(
  { engine, effects }: RunContext,
  stream: Stream,
  { part, batchId }: { readonly part: string; readonly batchId: string },
  cursor: unknown,
): Promise<void> {
  await engine.run(sql`DELETE FROM ops.cursors WHERE source = ${stream.source} AND stream = ${stream.stream} AND part = ${part}`);
  if (cursor !== null && cursor !== undefined)
    await engine.run(
      sql`INSERT INTO ops.cursors VALUES (${stream.source}, ${stream.stream}, ${part}, ${JSON.stringify(cursor)}, ${batchId}, ${effects.now()})`,
    );
}

/** The files of a stream's segments, or of those of one part, absolute, in the order in which they were sealed. */
export async function filesOf({ engine, project }: RunContext, stream: Stream, part?: string): Promise<readonly string[]> {
  const ofPart = part === undefined ? sql`` : sql` AND part = ${part}`;
  const rows = await engine.rows(
    sql`SELECT file FROM ops.segments WHERE source = ${stream.source} AND stream = ${stream.stream}${ofPart} ORDER BY segment_id`,
    z.object({ file: z.string() }),
  );
  return rows.map((r) => join(project.store, r.file));
}
