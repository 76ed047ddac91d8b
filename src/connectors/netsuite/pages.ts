import { z } from 'zod';
import { OnefoldError } from '../../base/errors.js';
import type { SourceRecord } from '../contract.js';
import type { Asked, Batch } from '../incremental.js';
import { earlier } from '../moment.js';
import type { Asking } from './answers.js';
import type { NetsuiteStream } from './options.js';
import { countQuery, deletedQuery, recordOf, rowsQuery } from './query.js';

/**
 * How far a reading came: the key of the last row, when it began, how many rows it gave, and how many there are by NetSuite's own word. `gone`
 * follows when all rows were given.
 */
const placeSchema = z.object({
  stage: z.enum(['rows', 'gone', 'done']),
  after: z.array(z.string()).nullable(),
  began: z.string(),
  read: z.number(),
  total: z.number().nullable(),
});
type Place = z.output<typeof placeSchema>;

/** The field of a record that the next run begins from; it is not landed. */
export const cursorField = 'onefold_cursor';

/** NetSuite counts no further. */
const mostCounted = 100_000;

/** The pages of a stream, from its start or from a place that an earlier reading had reached. */
export async function* pagesOf(
  asking: Asking,
  stream: NetsuiteStream,
  { since, until }: Asked,
  from: unknown,
  now: () => Date,
): AsyncGenerator<Batch> {
  const known = placeSchema.safeParse(from).data;
  let place: Place = known ?? { stage: 'rows', after: null, began: now().toISOString(), read: 0, total: null };
  while (place.stage === 'rows') {
    const { items, hasMore, total: behind } = await asking.ask(rowsQuery(stream, { since, until, after: place.after }));
    const keys = items.map((item) => keyOf(item, stream.key));
    checkOrder(place.after, keys, stream);
    const seconds = Math.ceil((now().getTime() - new Date(place.began).getTime()) / 1000);
    // Where more rows follow than are counted, a later page tells how many there are.
    const counted = behind !== null && behind < mostCounted ? place.read + behind : null;
    place = { ...place, after: keys.at(-1) ?? place.after, read: place.read + items.length, total: place.total ?? counted };
    if (!hasMore) {
      if (place.total !== null && place.read < place.total) place = { ...place, total: await countedAnew(asking, stream, since, until) };
      place = { ...place, after: null, stage: stream.deleted !== undefined && since !== null ? 'gone' : 'done' };
    }
    // A row that changes behind the reader's back has a time after the beginning: the next run must not begin later than that.
    const shift = until === null ? seconds : 0;
    const records = items.map((item) => withCursor(recordOf(stream, item), stream.cursor, shift));
    yield { records, place, totals: hasMore || place.total === null ? null : [place.total, place.total] };
  }
  const types = [stream.deleted?.type ?? []].flat();
  while (place.stage === 'gone') {
    const { items, hasMore } = await asking.ask(deletedQuery(types, { since, until, after: place.after }));
    const gone = items.map((item) => keyOf(item, ['recordid']));
    if (gone.at(-1)?.[0] === place.after?.[0] && hasMore) throw broken('gave the same deleted records twice', 'read the stream again');
    place = { ...place, after: gone.at(-1) ?? null, stage: hasMore ? 'gone' : 'done' };
    yield { records: [], place, totals: place.total === null ? null : [place.total, place.total], gone };
  }
}

/** Rows that were deleted while they were read are no longer missing. */
async function countedAnew(asking: Asking, stream: NetsuiteStream, since: string | null, until: string | null): Promise<number | null> {
  const { items } = await asking.ask(countQuery(stream, { since, until, after: null }));
  const n = Number(items[0]?.['n'] ?? Number.NaN);
  return Number.isSafeInteger(n) ? n : null;
}

function withCursor(record: SourceRecord, cursor: string | undefined, shift: number): SourceRecord {
  const value = cursor === undefined ? undefined : record[cursor];
  return typeof value === 'string' ? { ...record, [cursorField]: earlier(value, shift) } : record;
}

/** @throws OnefoldError `SOURCE_BROKEN` when a row lacks a part of its key: behind it nothing could be asked for */
function keyOf(item: SourceRecord, key: readonly string[]): readonly string[] & string[] {
  return key.map((column) => {
    const value = item[column];
    if (typeof value === 'string' || typeof value === 'number') return String(value);
    throw broken(`gave a row without \`${column}\``, 'the key must be columns that the query has and that are never null');
  });
}

/** @throws OnefoldError `SOURCE_BROKEN` when rows come twice, or in an order in which some would be lost between two pages */
function checkOrder(after: readonly string[] | null, keys: readonly (readonly string[])[], { key }: NetsuiteStream): void {
  const all = after === null ? keys : [after, ...keys];
  const named = key.map((column) => `\`${column}\``).join(', ');
  if (new Set(all.map((one) => JSON.stringify(one))).size < all.length)
    throw broken(`gave two rows with the same ${named}`, 'the key must name one row each: declare a `key` that does');
  if (!all.flat().every((value) => /^-?\d+$/.test(value))) return;
  const ascends = (compare: (a: string, b: string) => number): boolean =>
    all.every((one, i) => i === 0 || follows(all[i - 1] ?? [], one, compare));
  // A text of digits is in the order of texts.
  if (!ascends((a, b) => (BigInt(a) < BigInt(b) ? -1 : BigInt(a) > BigInt(b) ? 1 : 0)) && !ascends((a, b) => (a < b ? -1 : a > b ? 1 : 0)))
    throw broken(`gave rows that are not in the order of ${named}`, 'read the stream again');
}

function follows(a: readonly string[], b: readonly string[], compare: (a: string, b: string) => number): boolean {
  for (const [i, value] of b.entries()) {
    const order = compare(a[i] ?? '', value);
    if (order !== 0) return order < 0;
  }
  return false;
}

function broken(what: string, hint: string): OnefoldError {
  return new OnefoldError('SOURCE_BROKEN', `NetSuite ${what}`, { hint });
}
