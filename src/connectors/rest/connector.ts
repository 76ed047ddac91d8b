import { createHash } from 'node:crypto';
import { z } from 'zod';
import { OnefoldError } from '../../base/errors.js';
import type { ReadContext, Reading, Scope, SourceRecord } from '../contract.js';
import { defineSource } from '../define.js';
import type { Http } from '../http/client.js';
import { openHttp } from '../http/client.js';
import { at } from '../http/json.js';
import type { Collection, Page } from '../http/pages.js';
import { pages } from '../http/pages.js';
import { collectionOf, httpOptionsOf } from '../http/settings.js';
import { realWorld } from '../http/world.js';
import { cursorValue, earlier, later, notBehind } from './moment.js';
import type { RestSource, RestStream } from './options.js';
import { restSource, restStream } from './options.js';

/**
 * Collections of a service that answers in JSON, by configuration alone. A stream without a cursor is read whole, and records
 * that are gone are deleted; with a cursor only what changed is asked for.
 */
export const rest = defineSource({
  name: 'rest',
  config: restSource,
  stream: restStream,
  capabilities: (_source, { key, cursor, full_every }) => ({
    key: key ?? null,
    ordered: true,
    blind: cursor === undefined || full_every === 0 ? [] : ['deletes'],
  }),
  check: async (source, stream, context) => {
    const page = await firstPage(source, stream, context);
    if (page === null) return `${stream.path} answers, and has no records`;
    const columns = `records of ${columnsOf(page.records, stream).length} fields`;
    return `${stream.path} has ${page.total === null ? columns : `${page.total} ${columns}`}`;
  },
  discover: async (source, stream, context) => {
    const page = await firstPage(source, stream, context);
    return page === null ? null : columnsOf(page.records, stream);
  },
  read,
});

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
      newest: z.string().nullable(),
      without: z.number(),
      unsteady: z.boolean(),
    })
    .nullable(),
});
type Position = z.output<typeof position>;
type UnderWay = NonNullable<Position['reading']>;

/** How often a collection is read whose pages don't fit together, before the run says so. */
const attempts = 3;

async function* read(source: RestSource, stream: RestStream, context: ReadContext): AsyncIterable<Reading> {
  const query = fingerprint(source, stream);
  const found = position.safeParse(context.cursors.get('all')).data;
  const stands = found?.query === query ? found : { query, newest: null, full_at: null, reading: null };
  const isNews = stands.reading === null ? mayAskForNews(stream, stands, context.now()) : stands.reading.sweep === null;
  let under = stands.reading ?? begun(isNews, 1, context.now());
  for (;;) {
    const going: { under: UnderWay; gave: boolean } = { under, gave: false };
    try {
      yield* readOnce(source, stream, context, { ...stands, reading: under }, going);
    } catch (thrown) {
      // A place in the middle may be forgotten by the service; then the reading begins anew, once.
      const forgotten = under.page !== null && !going.gave && thrown instanceof OnefoldError && thrown.code === 'SOURCE_BROKEN';
      if (!forgotten) throw thrown;
      under = begun(isNews, 1, context.now());
      continue;
    }
    under = going.under;
    const misfit = misfitOf(stream, under);
    if (misfit === null) break;
    if (under.attempt >= attempts) {
      yield {
        kind: 'warning',
        message: `${stream.path} ${misfit}, ${attempts} times in a row; nothing was deleted, and the next run reads it again`,
      };
      return yield { kind: 'end', cursor: { ...stands, reading: null }, sweep: null, total: null };
    }
    under = begun(isNews, under.attempt + 1, context.now());
  }
  if (stream.cursor !== undefined && under.without > 0)
    yield {
      kind: 'warning',
      message: `${under.without} records have no ${stream.cursor.field} that is a time or a number: a change to them is seen only when the stream is read whole`,
    };
  const newest = [stands.newest, under.newest].reduce((a, b) => (b === null ? a : later(a, b)), null);
  yield {
    kind: 'end',
    // A time that lies ahead would hide all changes up to it, and one that was passed while reading may hide one behind it.
    cursor: {
      query,
      newest: newest === null ? null : notBehind(newest, new Date(under.started)),
      full_at: isNews ? stands.full_at : under.started,
      reading: null,
    } satisfies Position,
    sweep: under.sweep,
    total: isNews || stream.key === undefined ? null : (totalsOf(under)?.[0] ?? null),
  };
}

function begun(isNews: boolean, attempt: number, now: Date): UnderWay {
  const started = now.toISOString();
  return { sweep: isNews ? null : `${started} ${attempt}`, attempt, started, page: null, newest: null, without: 0, unsteady: false };
}

function mayAskForNews({ cursor, full_every: days }: RestStream, { newest, full_at }: Position, now: Date): boolean {
  if (cursor === undefined || newest === null) return false;
  return days === undefined || full_at === null || now.getTime() - new Date(full_at).getTime() < days * 86_400_000;
}

/** Gives the pages of one reading from where it stands, and keeps in `going` how far it came. */
async function* readOnce(
  source: RestSource,
  stream: RestStream,
  context: ReadContext,
  stands: Position & { readonly reading: UnderWay },
  going: { under: UnderWay; gave: boolean },
): AsyncIterable<Reading> {
  const { sweep, page: from } = stands.reading;
  const since = sweep === null ? stands.newest : null;
  const seen = new Set<string>();
  for await (const page of pages(clientOf(source, context), asked(stream, since), from)) {
    let { newest, without, unsteady } = going.under;
    for (const record of page.records) {
      if (stream.cursor !== undefined) {
        const value = cursorValue(at(record, stream.cursor.field));
        if (value === null) without += 1;
        else newest = later(newest, value);
      }
      if (stream.key === undefined || !isCounted(stream)) continue;
      const key = JSON.stringify(stream.key.map((field) => record[field] ?? null));
      unsteady ||= seen.has(key);
      seen.add(key);
    }
    going.gave = true;
    going.under = { ...going.under, page: page.cursor, newest, without, unsteady };
    const records = page.records.map((record) => kept(record, stream));
    if (records.length > 0) yield { kind: 'page', records, cursor: { ...stands, reading: going.under } satisfies Position, sweep };
  }
}

/** Pages that are counted shift when records come and go while they are read; a service's own marks don't. */
function isCounted({ paging }: RestStream): boolean {
  return paging.kind === 'offset' || paging.kind === 'page';
}

/** Why the pages of a reading don't fit together, in words; null when they do. */
function misfitOf(stream: RestStream, under: UnderWay): string | null {
  const { success, data } = z.object({ read: z.number() }).safeParse(under.page);
  const count = success ? data.read : 0;
  const totals = totalsOf(under);
  if (totals !== null && count < totals[0]) return `declared a total of ${totals[0]}, but gave ${count} records`;
  if (!isCounted(stream)) return null;
  if (under.unsteady) return 'gave records twice while it was read page by page';
  return totals !== null && totals[0] !== totals[1] ? 'changed its total while it was read page by page' : null;
}

function totalsOf({ page }: UnderWay): readonly [number, number] | null {
  return z.object({ totals: z.tuple([z.number(), z.number()]).nullable() }).safeParse(page).data?.totals ?? null;
}

/** The collection, with a count that is judged here, over all attempts. */
function asked(stream: RestStream, since: string | null): Collection {
  const collection = { ...collectionOf(stream), tolerant: true };
  if (since === null || stream.cursor === undefined) return collection;
  const { request } = collection;
  return { ...collection, request: { ...request, query: { ...request.query, [stream.cursor.parameter]: earlier(since, stream.overlap) } } };
}

/** The first page, and a small one where the size of pages can be chosen; null when there are no records. */
async function firstPage(source: RestSource, stream: RestStream, context: ReadContext): Promise<Page | null> {
  const { paging } = stream;
  const few = 'size' in paging && paging.size !== undefined ? { ...paging, size: Math.min(paging.size, 5), min_size: 1 } : paging;
  for await (const page of pages(clientOf(source, context), asked({ ...stream, paging: few }, null)))
    return page.records.length === 0 ? null : page;
  return null;
}

function columnsOf(records: readonly SourceRecord[], stream: RestStream): readonly string[] {
  return [...new Set(records.flatMap((record) => Object.keys(kept(record, stream))))];
}

function kept(record: SourceRecord, { columns }: RestStream): SourceRecord {
  if (columns === undefined) return record;
  return Object.fromEntries(Object.entries(record).filter(([name]) => columns.includes(name)));
}

const clients = new WeakMap<Scope, Http>();

/** The client of a source, shared by its streams for the length of a run: one budget, one token. */
function clientOf(source: RestSource, context: ReadContext): Http {
  const known = clients.get(context.scope) ?? openHttp(httpOptionsOf(source), realWorld(context.secret));
  clients.set(context.scope, known);
  return known;
}

/** What is asked for: when it is another, the stream is read anew. */
function fingerprint(source: RestSource, { path, method, query, body, records, columns, cursor, key }: RestStream): string {
  return createHash('sha256')
    .update(JSON.stringify([source.url, path, method, query, body, records, columns, cursor, key]))
    .digest('hex')
    .slice(0, 16);
}
