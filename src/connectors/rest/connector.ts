import type { ReadContext, Reading, SourceRecord } from '../contract.js';
import { defineSource } from '../define.js';
import { fingerprint } from '../fingerprint.js';
import type { Http } from '../http/client.js';
import { at } from '../http/json.js';
import type { Collection, Page } from '../http/pages.js';
import { pages } from '../http/pages.js';
import { collectionOf, httpOptionsOf } from '../http/settings.js';
import { clientOf } from '../http/shared.js';
import type { Asked } from '../incremental.js';
import { only, readIncrementally, unseenDeletes } from '../incremental.js';
import { parentColumn, readChildren } from './children.js';
import type { RestSource, RestStream } from './options.js';
import { restSource, restStream } from './options.js';
import { filledIn } from './placeholders.js';

/**
 * Collections of a service that answers in JSON, by configuration alone. A stream without a cursor is read whole, and records
 * that are gone are deleted; with a cursor only what changed is asked for.
 */
export const rest = defineSource({
  name: 'rest',
  config: restSource,
  stream: restStream,
  capabilities: (_source, { key, cursor, full_every, for_each: each }) => ({
    key: key ?? null,
    ordered: true,
    windows: cursor !== undefined,
    ...(each === undefined ? {} : { parent: each.stream }),
    blind: each?.when === 'changed' && full_every !== 0 ? ['updates', 'deletes'] : unseenDeletes(cursor, full_every),
  }),
  check: async (source, stream, context) => {
    const first = await firstOf(stream, context);
    if (first === null) return `${stream.path} is read for each of ${stream.for_each?.stream ?? ''}, and none of these is known here`;
    const page = await firstPage(source, first, context);
    if (page === null) return `${stream.path} answers, and has no records`;
    const columns = `records of ${columnsOf(page.records, stream).length} fields`;
    return `${stream.path} has ${page.total === null ? columns : `${page.total} ${columns}`}`;
  },
  discover: async (source, stream, context) => {
    const first = await firstOf(stream, context);
    const page = first === null ? null : await firstPage(source, first, context);
    if (page === null) return null;
    return [...columnsOf(page.records, stream), ...Object.keys(stream.for_each?.as ?? {}).map(parentColumn)];
  },
  read,
});

async function* read(source: RestSource, stream: RestStream, context: ReadContext): AsyncIterable<Reading> {
  const { cursor, key, overlap, full_every, columns, path, paging, for_each: each } = stream;
  const query = queryOf(source, stream);
  const shifting = paging.kind === 'offset' || paging.kind === 'page';
  if (each !== undefined)
    return yield* readChildren(context, {
      query,
      stream,
      each,
      shifting,
      keep: only(columns),
      pages: async function* (one, from) {
        for await (const page of pages(client(source, context), asked(one, { since: null, until: null }), from))
          yield { records: page.records, cursor: page.cursor, read: page.cursor.read, totals: page.cursor.totals };
      },
    });
  yield* readIncrementally(context, {
    query,
    name: path,
    key: key ?? null,
    cursor: cursor === undefined ? null : { name: cursor.field, of: (record) => at(record, cursor.field) },
    overlap,
    full_every,
    shifting,
    keep: only(columns),
    pages: async function* (what, from) {
      for await (const page of pages(client(source, context), asked(stream, what), from))
        yield { records: page.records, place: page.cursor, totals: page.cursor.totals };
    },
  });
}

/** The collection, with a count that is judged here, over all attempts. */
function asked(stream: RestStream, { since, until }: Asked): Collection {
  const collection = { ...collectionOf(stream), tolerant: true };
  const { cursor } = stream;
  if (since === null || cursor === undefined) return collection;
  const { request } = collection;
  const end = until === null || cursor.until === undefined ? {} : { [cursor.until]: until };
  return { ...collection, request: { ...request, query: { ...request.query, [cursor.parameter]: since, ...end } } };
}

/** The stream as it is asked for first; of one that is read for each parent, the first parent's, or null where none is landed. */
async function firstOf(stream: RestStream, context: ReadContext): Promise<RestStream | null> {
  const { for_each: each } = stream;
  if (each === undefined) return stream;
  const [parent] = await context.parents(each.stream, Object.values(each.as));
  if (parent === undefined) return null;
  return filledIn(stream, Object.fromEntries(Object.entries(each.as).map(([name, field]) => [name, parent.values[field] ?? ''])));
}

/** The first page, and a small one where the size of pages can be chosen; null when there are no records. */
async function firstPage(source: RestSource, stream: RestStream, context: ReadContext): Promise<Page | null> {
  const { paging } = stream;
  const few = 'size' in paging && paging.size !== undefined ? { ...paging, size: Math.min(paging.size, 5), min_size: 1 } : paging;
  for await (const page of pages(client(source, context), asked({ ...stream, paging: few }, { since: null, until: null })))
    return page.records.length === 0 ? null : page;
  return null;
}

function columnsOf(records: readonly SourceRecord[], stream: RestStream): readonly string[] {
  return [...new Set(records.flatMap((record) => Object.keys(only(stream.columns)(record))))];
}

function client(source: RestSource, context: ReadContext): Http {
  return clientOf(() => httpOptionsOf(source), context);
}

/** What is asked for: when it is another, the stream is read anew. */
function queryOf(source: RestSource, { path, method, query, body, records, columns, cursor, key, for_each }: RestStream): string {
  return fingerprint([source.url, path, method, query, body, records, columns, cursor, key, for_each]);
}
