import { z } from 'zod';
import type { ReadContext, Reading } from '../contract.js';

/** Deleted records lie in the recycle bin for 15 days; a day is left for clocks, overlaps and long readings. */
const keptMs = 14 * 86_400_000;

const seen = z.object({ seen_at: z.string() });

/**
 * Follows deletions: `read` is told nothing of what was read before when that is so long ago that records may have left the recycle bin
 * unseen, so it reads all. The time up to which all deletions are known stands in the cursor.
 */
export async function* withinBin(
  context: ReadContext,
  deletes: boolean,
  read: (context: ReadContext) => AsyncIterable<Reading>,
): AsyncIterable<Reading> {
  const before = seen.safeParse(context.cursors.get('all')).data?.seen_at;
  const now = context.now();
  const tooLate = deletes && context.window === null && before !== undefined && now.getTime() - new Date(before).getTime() > keptMs;
  let warned = false;
  for await (const reading of read(tooLate ? { ...context, cursors: new Map() } : context)) {
    warned ||= reading.kind === 'warning';
    if (!('cursor' in reading) || typeof reading.cursor !== 'object' || reading.cursor === null) yield reading;
    else {
      // A reading of everything that is under way will have seen all, and news only when it has ended.
      const isAll = reading.kind === 'page' && reading.sweep !== null;
      const seen_at = context.window === null && !warned && (isAll || reading.kind === 'end') ? now.toISOString() : before;
      yield { ...reading, cursor: { ...reading.cursor, ...(seen_at === undefined ? {} : { seen_at }) } };
    }
  }
}
