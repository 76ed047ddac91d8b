import type { Blind, ReadContext, Reading } from '../contract.js';
import { defineSource } from '../define.js';
import { fingerprint } from '../fingerprint.js';
import { only, readIncrementally } from '../incremental.js';
import type { Api } from './api.js';
import { openApi } from './api.js';
import type { StripeList } from './lists.js';
import { stripeLists } from './lists.js';
import type { StripeSource, StripeStream } from './options.js';
import { stripeSource, stripeStream } from './options.js';
import { pageOf } from './page.js';
import { batchesOf, createdOf } from './reading.js';

/**
 * Customers, payments and what belongs to them, from Stripe. The first run reads a list whole; the next ones read what its events tell
 * of: what came, changed and was deleted.
 */
export const stripe = defineSource({
  name: 'stripe',
  config: stripeSource,
  stream: stripeStream,
  capabilities: (_source, stream) => ({ key: ['id'], ordered: true, windows: newsOf(stream) !== null, blind: blindnessOf(stream) }),
  check: async (source, stream, context) => {
    const columns = await columnsOf(source, stream, context);
    const api = await openApi(source, context);
    if (Array.isArray(newsOf(stream))) await pageOf(api, 'events', {}, null, 1);
    const where = `${api.mode === 'unknown' ? '' : `, ${api.mode} mode`}${source.account === undefined ? '' : `, account ${source.account}`}`;
    return columns === null
      ? `${stream.list} answers, and has no records${where}`
      : `${stream.list} has records of ${columns.length} fields${where}`;
  },
  discover: columnsOf,
  read,
});

/** Events are kept for 30 days; what is asked for close to that edge may be gone before it is read. */
const reachOfEvents = 28;

async function* read(source: StripeSource, stream: StripeStream, context: ReadContext): AsyncIterable<Reading> {
  const { list: path, expand, overlap, full_every } = stream;
  const news = newsOf(stream);
  const api = await openApi(source, context);
  yield* readIncrementally(context, {
    query: queryOf(source, stream, api.mode),
    name: path,
    key: ['id'],
    cursor: news === null ? null : { name: 'created', of: (record) => isoOf(createdOf(record)) },
    overlap,
    full_every,
    ...(Array.isArray(news) ? { reach: reachOfEvents } : {}),
    shifting: false,
    keep: kept(stream),
    pages: (asked, from) =>
      batchesOf({ api, path, list: stripeLists[path], expand, events: Array.isArray(news) ? news : null }, asked, from),
  });
}

/** How a stream is followed: as its list can be, unless it says otherwise. */
function newsOf({ list, changes }: StripeStream): StripeList['news'] {
  const { news }: StripeList = stripeLists[list];
  if (news === null || changes === 'whole') return null;
  return changes ?? news;
}

function blindnessOf(stream: StripeStream): readonly Blind[] {
  if (newsOf(stream) === null || stream.full_every === 0) return [];
  return stream.changes === 'created' ? ['updates', 'deletes'] : stripeLists[stream.list].blind;
}

async function columnsOf(source: StripeSource, stream: StripeStream, context: ReadContext): Promise<readonly string[] | null> {
  const expand = stream.expand.map((field) => `data.${field}`);
  const page = await pageOf(
    await openApi(source, context),
    stream.list,
    { ...stripeLists[stream.list].parts[0], ...(expand.length === 0 ? {} : { expand }) },
    null,
    10,
  );
  if (page === null || page.rows.length === 0) return null;
  return [...new Set(page.rows.flatMap(({ record }) => Object.keys(kept(stream)(record))))];
}

/** The id is landed whatever is asked for: it names the record. */
function kept({ columns }: StripeStream): ReturnType<typeof only> {
  return only(columns === undefined ? undefined : ['id', ...columns]);
}

function isoOf(seconds: number | null): string | null {
  return seconds === null ? null : new Date(seconds * 1000).toISOString();
}

/** What is asked for: when it is another, the stream is read anew. A key that is replaced by one of the same mode asks for the same. */
function queryOf(source: StripeSource, { list, expand, changes, columns }: StripeStream, mode: Api['mode']): string {
  const { host, account, api_version } = source;
  return fingerprint([host, account, mode, api_version, list, expand, changes, columns]);
}
