import { z } from 'zod';
import type { Stream } from '../../config/project.js';
import { sql } from '../../sql/tag.js';
import type { RunContext } from '../context.js';
import { inTransaction } from '../context.js';

/** How one reading of a stream ended: `complete`, `partial` with warnings, `failed`, or a `window` that was read again. */
export interface StreamRead {
  readonly stream: Stream;
  readonly status: 'complete' | 'partial' | 'failed' | 'window';
  /** When it began: what the source changed later may not be in it. */
  readonly at: Date;
  /** Of a failed one: the code of its error. */
  readonly code: string | null;
}

/** Keeps how the readings of a run ended. */
export async function recordReads(context: RunContext, reads: readonly StreamRead[]): Promise<void> {
  if (reads.length === 0) return;
  await inTransaction(context, 'reads', async () => {
    for (const { stream, status, at, code } of reads)
      await context.engine.run(
        sql`INSERT INTO ops.reads VALUES (${context.runId}, ${stream.source}, ${stream.stream}, ${status}, ${at}, ${code})`,
      );
  });
}

/**
 * How old the data of a stream is: when its last complete reading began. Where there was none, when something of it was last
 * landed; null where nothing ever was.
 */
export async function standsAsOf({ engine }: RunContext, { source, stream }: Stream): Promise<Date | null> {
  const here = sql`source = ${source} AND stream = ${stream}`;
  const [found] = await engine.rows(
    sql`SELECT epoch_ms(COALESCE((SELECT max(read_at) FROM ops.reads WHERE ${here} AND status = 'complete'),
      (SELECT max(landed_at) FROM ops.batches WHERE ${here} AND rows_landed + rows_known > 0)))::DOUBLE AS at`,
    z.object({ at: z.number().nullable() }),
  );
  return found?.at == null ? null : new Date(found.at);
}

/** `kept as of 2026-11-20 14:03 UTC (19 hours ago)`. */
export function keptAsOf(at: Date, now: Date): string {
  return `What was landed is kept as of ${at.toISOString().slice(0, 16).replace('T', ' ')} UTC (${ago(now.getTime() - at.getTime())})`;
}

function ago(ms: number): string {
  const minutes = Math.floor(ms / 60_000);
  if (minutes < 1) return 'just now';
  const [n, unit] =
    minutes < 60 ? [minutes, 'minute'] : minutes < 48 * 60 ? [Math.floor(minutes / 60), 'hour'] : [Math.floor(minutes / 1440), 'day'];
  return `${n} ${unit}${n === 1 ? '' : 's'} ago`;
}
