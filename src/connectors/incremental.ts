import { z } from 'zod';
import { OnefoldError } from '../base/errors.js';
import type { Blind, ReadContext, Reading, SourceRecord, Window } from './contract.js';
import { aheadOf, cursorValue, earlier, furthest, isAfter, isWithin, later, notBehind, spelledLike } from './moment.js';

/** Options of every stream that follows its source by `readIncrementally`. */
export const incrementalSettings = {
  key: z
    .array(z.string().min(1))
    .min(1)
    .optional()
    .describe('Fields that name a record; without it records are told apart by their content'),
  columns: z
    .array(z.string().min(1))
    .min(1)
    .optional()
    .describe('Fields to land; all if left out. Others are dropped on arrival, whatever the service sends'),
  overlap: z
    .number()
    .min(0)
    .default(300)
    .describe('How far behind the cursor a run begins, in seconds for times and in units for numbers, since a change may be seen late'),
  full_every: z
    .number()
    .min(0)
    .optional()
    .describe('Days after which a stream with a cursor is read whole again, to see records that were deleted; never if left out'),
};

/** What no reading of changes shows; where no cursor tells of changes, or none is ever asked for, all is read and all is seen. */
export function unseenDeletes(cursor: unknown, full_every: number | undefined): readonly Blind[] {
  return cursor === undefined || full_every === 0 ? [] : ['deletes'];
}

/** Some records as the source gave them, in the order in which it gave them. */
export interface Batch {
  readonly records: readonly SourceRecord[];
  /** Plain JSON: from it the reading goes on after these records. */
  readonly place: unknown;
  /** The smallest and the largest number of records that the source declared so far; null when it declares none. */
  readonly totals: readonly [number, number] | null;
  /** Records that the source says are gone, each by the values of the key. */
  readonly gone?: readonly (readonly string[])[];
  /** The value from which the next run asks for news, where the source tells it and the records don't. */
  readonly newest?: string;
}

/** What is asked for: all (both null), what changed from a value on, or what changed in a stretch; `until` is excluded. */
export interface Asked {
  readonly since: string | null;
  readonly until: string | null;
}

/** How a stream follows its source. */
export interface Following {
  /** Digest of what is asked for: when it is another, the stream is read anew. */
  readonly query: string;
  /** What messages call the stream. */
  readonly name: string;
  readonly key: readonly string[] | null;
  /** The value of a record that grows with every change; null when every run reads all. */
  readonly cursor: {
    readonly name: string;
    readonly of: (record: SourceRecord) => unknown;
    /** Its times are of a clock whose zone nobody knows. */
    readonly local?: boolean;
  } | null;
  readonly overlap: number;
  readonly full_every?: number | undefined;
  /** How many days back the source knows what changed, if not for ever; when the last reading is older, all is read, and that is said. */
  readonly reach?: number;
  /** Whether pages shift when records come and go while they are read; a service's own marks don't. */
  readonly shifting: boolean;
  /** What of a record is landed. */
  readonly keep: (record: SourceRecord) => SourceRecord;
  /** Reads from the beginning, or from a place that an earlier reading of the same had reached. */
  readonly pages: (asked: Asked, from: unknown) => AsyncIterable<Batch>;
}

/**
 * Where a stream stands. `query` tells what was asked for; `newest` is the value from which the next run asks for news. While a reading
 * is under way, `reading` tells how far it came.
 */
const position = z.object({
  query: z.string(),
  newest: z.string().nullable(),
  full_at: z.string().nullable(),
  reading: z
    .object({
      sweep: z.string().nullable(),
      attempt: z.number(),
      started: z.string(),
      page: z.unknown(),
      read: z.number(),
      totals: z.tuple([z.number(), z.number()]).nullable(),
      newest: z.string().nullable(),
      without: z.number(),
      ahead: z.number().default(0),
      unsteady: z.boolean(),
    })
    .nullable(),
});
type Position = z.output<typeof position>;
type UnderWay = NonNullable<Position['reading']>;

/** How often a collection is read whose pages don't fit together, before the run says so. */
const attempts = 3;

/**
 * Reads all of a stream, or what changed since the last run, or what changed in the window that was asked for. A full reading is a
 * sweep that survives a crash; pages that don't fit together are read again.
 */
export async function* readIncrementally(context: ReadContext, following: Following): AsyncIterable<Reading> {
  const { query, cursor, name } = following;
  const found = position.safeParse(context.cursors.get('all')).data;
  const before = found?.query === query ? found : null;
  if (context.window !== null) return yield* readWindow(following, context.window, before);
  const stands: Position = before ?? { query, newest: null, full_at: null, reading: null };
  const forgot = isBeyond(following.reach, stands.newest, context.now());
  const reading = forgot && stands.reading?.sweep === null ? null : stands.reading;
  const mayBeNews =
    reading === null ? cursor !== null && mayAskForNews(following.full_every, stands, context.now()) : reading.sweep === null;
  const isNews = mayBeNews && !forgot;
  if (mayBeNews && forgot)
    yield {
      kind: 'warning',
      message: `${name} was last read more than ${following.reach} days ago, further back than its source tells of changes: all of it is read again, and what came and went in between left no trace`,
    };
  let under = reading ?? begun(isNews, 1, context.now());
  for (;;) {
    const going: { under: UnderWay; gave: boolean } = { under, gave: false };
    try {
      yield* readOnce(following, { ...stands, reading: under }, going, context.now);
    } catch (thrown) {
      // A place in the middle may be forgotten by the service; then the reading begins anew, once.
      const forgotten = under.page !== null && !going.gave && thrown instanceof OnefoldError && thrown.code === 'SOURCE_BROKEN';
      if (!forgotten) throw thrown;
      under = begun(isNews, 1, context.now());
      continue;
    }
    under = going.under;
    const misfit = misfitOf(following, under);
    if (misfit === null) break;
    if (under.attempt >= attempts) {
      yield {
        kind: 'warning',
        message: `${name} ${misfit}, ${attempts} times in a row; nothing was deleted, and the next run reads it again`,
      };
      return yield { kind: 'end', cursor: { ...stands, reading: null }, sweep: null, total: null };
    }
    under = begun(isNews, under.attempt + 1, context.now());
  }
  if (cursor !== null && under.without > 0)
    yield {
      kind: 'warning',
      message: `${under.without} records have no ${cursor.name} that is a time or a number: a change to them is seen only when the stream is read whole`,
    };
  if (cursor !== null && under.ahead > 0)
    yield {
      kind: 'warning',
      message: aheadOf(under.ahead, name, cursor.name),
    };
  const newest = [stands.newest, under.newest].reduce((a, b) => (b === null ? a : later(a, b)), null);
  yield {
    kind: 'end',
    // A time that was passed while reading may hide a change behind it.
    cursor: {
      query,
      newest: newest === null ? null : notBehind(newest, latest(following, under)),
      full_at: isNews ? stands.full_at : under.started,
      reading: null,
    } satisfies Position,
    sweep: under.sweep,
    total: isNews || following.key === null ? null : (under.totals?.[0] ?? null),
  };
}

/** What changed from one time up to another, whatever was read before; where the stream stands does not move. */
async function* readWindow({ cursor, pages, keep }: Following, { from, to }: Window, stands: Position | null): AsyncIterable<Reading> {
  if (cursor === null) return;
  const spelled = (at: Date): string => spelledLike(stands?.newest ?? '', at.getTime());
  const asked = { since: spelled(from), until: spelled(to) };
  for await (const { records, gone } of pages(asked, null)) {
    // Some services know no upper bound, and some take a time for the whole of its day.
    const within = records.filter((record) => isWithin(cursorValue(cursor.of(record)), asked.since, asked.until));
    yield { kind: 'page', records: within.map(keep), cursor: stands, sweep: null, gone: gone ?? [] };
  }
  yield { kind: 'end', cursor: stands, sweep: null, total: null };
}

function isBeyond(days: number | undefined, newest: string | null, now: Date): boolean {
  return days !== undefined && newest !== null && !isAfter(newest, new Date(now.getTime() - days * 86_400_000));
}

function begun(isNews: boolean, attempt: number, now: Date): UnderWay {
  const started = now.toISOString();
  const sweep = isNews ? null : `${started} ${attempt}`;
  return { sweep, attempt, started, page: null, read: 0, totals: null, newest: null, without: 0, ahead: 0, unsteady: false };
}

/** Whether enough is known to ask only for what changed, and all was read in these days. */
export function mayAskForNews(
  days: number | undefined,
  { newest, full_at }: { readonly newest: string | null; readonly full_at: string | null },
  now: Date,
): boolean {
  if (newest === null) return false;
  return days === undefined || full_at === null || now.getTime() - new Date(full_at).getTime() < days * 86_400_000;
}

/** The last time up to which a reading has seen all: where nobody knows the zone of the source's clock, that is some hours ahead of ours. */
function latest({ cursor }: Following, { started }: UnderWay): Date {
  return new Date(new Date(started).getTime() + (cursor?.local === true ? furthest : 0));
}

/** Gives the pages of one reading from where it stands, and keeps in `going` how far it came. */
async function* readOnce(
  { key, cursor, overlap, shifting, keep, pages }: Following,
  stands: Position & { readonly reading: UnderWay },
  going: { under: UnderWay; gave: boolean },
  now: () => Date,
): AsyncIterable<Reading> {
  const { sweep, page: from } = stands.reading;
  const since = sweep === null && stands.newest !== null ? earlier(stands.newest, overlap) : null;
  const seen = new Set<string>();
  for await (const { records, place, totals, gone = [], newest: told } of pages({ since, until: null }, from)) {
    let { newest, without, ahead, unsteady } = going.under;
    newest = told ?? newest;
    // A time that lies further ahead would hide all changes up to it.
    const last = new Date(now().getTime() + furthest);
    for (const record of records) {
      if (cursor !== null && told === undefined) {
        const value = cursorValue(cursor.of(record));
        if (value === null) without += 1;
        else if (isAfter(value, last)) ahead += 1;
        else newest = later(newest, value);
      }
      if (key === null || !shifting) continue;
      const name = JSON.stringify(key.map((field) => record[field] ?? null));
      unsteady ||= seen.has(name);
      seen.add(name);
    }
    going.gave = true;
    const read = going.under.read + records.length;
    going.under = { ...going.under, page: place, read, totals: totals === null ? null : [...totals], newest, without, ahead, unsteady };
    if (records.length > 0 || gone.length > 0)
      yield { kind: 'page', records: records.map(keep), cursor: { ...stands, reading: going.under } satisfies Position, sweep, gone };
  }
}

/** Why the pages of a reading don't fit together, in words; null when they do. */
function misfitOf({ shifting }: Following, { read, totals, unsteady }: UnderWay): string | null {
  if (totals !== null && read < totals[0]) return `declared a total of ${totals[0]}, but gave ${read} records`;
  if (!shifting) return null;
  if (unsteady) return 'gave records twice while it was read page by page';
  return totals !== null && totals[0] !== totals[1] ? 'changed its total while it was read page by page' : null;
}

/** Only these fields of a record; all when there are none named. */
export function only(columns: readonly string[] | undefined): (record: SourceRecord) => SourceRecord {
  if (columns === undefined) return (record) => record;
  return (record) => Object.fromEntries(Object.entries(record).filter(([name]) => columns.includes(name)));
}
