import { createHash } from 'node:crypto';
import type { ReadContext, Reading, SourceRecord } from '../contract.js';
import { defineSource } from '../define.js';
import type { Http } from '../http/client.js';
import { at } from '../http/json.js';
import type { Collection, Page } from '../http/pages.js';
import { pages } from '../http/pages.js';
import { collectionOf, httpOptionsOf } from '../http/settings.js';
import { clientOf } from '../http/shared.js';
import type { Asked } from '../incremental.js';
import { only, readIncrementally } from '../incremental.js';
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
  capabilities: (_source, stream) => ({ key: stream.key ?? null, ordered: true, windows: stream.cursor !== undefined }),
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

async function* read(source: RestSource, stream: RestStream, context: ReadContext): AsyncIterable<Reading> {
  const { cursor, key, overlap, full_every, columns, path, paging } = stream;
  yield* readIncrementally(context, {
    query: fingerprint(source, stream),
    name: path,
    key: key ?? null,
    cursor: cursor === undefined ? null : { name: cursor.field, of: (record) => at(record, cursor.field) },
    overlap,
    full_every,
    shifting: paging.kind === 'offset' || paging.kind === 'page',
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
function fingerprint(source: RestSource, { path, method, query, body, records, columns, cursor, key }: RestStream): string {
  return createHash('sha256')
    .update(JSON.stringify([source.url, path, method, query, body, records, columns, cursor, key]))
    .digest('hex')
    .slice(0, 16);
}
