import { z } from 'zod';
import type { ReadContext, Reading } from '../contract.js';
import { defineSource } from '../define.js';
import { fingerprint } from '../fingerprint.js';
import type { Http } from '../http/client.js';
import type { Asked, Batch } from '../incremental.js';
import { readIncrementally, unseenDeletes } from '../incremental.js';
import { withChildren } from './children.js';
import { goneSince, lastDeletion } from './deleted.js';
import type { ErpnextSource, ErpnextStream } from './options.js';
import { erpnextSource, erpnextStream } from './options.js';
import type { Filter, Listing, Row } from './site.js';
import { countOf, list, loggedUser, mark, rowsOf, siteOf } from './site.js';

/**
 * DocTypes of ERPNext and of any other Frappe site. Documents are read in the order in which they were saved, whole at first and then
 * from the last `modified` on; deleted ones are seen by the log of deleted documents, and by whole readings.
 */
export const erpnext = defineSource({
  name: 'erpnext',
  config: erpnextSource,
  stream: erpnextStream,
  capabilities: (_source, { deleted, full_every }) => ({
    key: ['name'],
    ordered: true,
    windows: true,
    blind: deleted ? [] : unseenDeletes('modified', full_every),
  }),
  check: (source, stream, context) => check(siteOf(source, context), stream),
  discover: async (source, stream, context) => {
    const rows = await samples(siteOf(source, context), stream);
    return rows.length === 0 ? null : [...new Set([...rows.flatMap((row) => Object.keys(row)), ...Object.keys(stream.children)])];
  },
  read,
});

async function check(http: Http, stream: ErpnextStream): Promise<string> {
  const { doctype, filters, deleted, full_every } = stream;
  const user = await loggedUser(http);
  await withChildren(http, stream, await samples(http, stream));
  const [count, log] = [await countOf(http, { doctype, filters }), deleted ? await lastDeletion(http, doctype) : null];
  const blind = full_every === undefined ? 'are not seen' : 'are seen by whole readings only';
  const words = log?.permitted === false ? `, deletions ${blind}: it may not read Deleted Document` : '';
  return `${doctype} has ${count ?? 'uncounted'} documents for ${user}${words}`;
}

/** A few documents, to see what they are like. */
function samples(http: Http, stream: ErpnextStream): Promise<readonly Row[]> {
  return list(http, { ...listingOf(stream, { since: null, until: null }), size: 5 }, 'modified desc', { lighter: true });
}

function listingOf({ doctype, fields, filters, page_size }: ErpnextStream, { since, until }: Asked): Listing {
  const from: readonly Filter[] = since === null ? [] : [['modified', '>=', asSiteTime(since)]];
  const to: readonly Filter[] = until === null ? [] : [['modified', '<', asSiteTime(until)]];
  const asked = fields === undefined ? ['*'] : [...new Set([...fields, 'name', 'modified'])];
  return { doctype, fields: asked, filters: [...filters, ...from, ...to], size: page_size };
}

/** The site's times have no zone; those of a window are taken for times of its clock. */
function asSiteTime(time: string): string {
  return time.replace('T', ' ').replace('Z', '');
}

/** What a reading found out that a person should know. */
interface Notes {
  readonly lacking: Set<string>;
  logRefused: boolean;
}

async function* read(source: ErpnextSource, stream: ErpnextStream, context: ReadContext): AsyncIterable<Reading> {
  const { doctype, overlap, full_every } = stream;
  const http = siteOf(source, context);
  const notes: Notes = { lacking: new Set(), logRefused: false };
  const readings = readIncrementally(context, {
    query: queryOf(source, stream),
    name: doctype,
    key: ['name'],
    cursor: { name: 'modified', of: (record) => record['modified'], local: true },
    overlap,
    full_every,
    shifting: false,
    keep: (record) => record,
    pages: (asked, from) => batches(http, stream, asked, from, notes),
  });
  for await (const reading of readings) {
    if (reading.kind === 'end') yield* warningsOf(stream, notes);
    yield reading;
  }
}

function* warningsOf({ doctype, full_every }: ErpnextStream, { lacking, logRefused }: Notes): Iterable<Reading> {
  const names = [...lacking].map((name) => `\`${name}\``).join(', ');
  if (lacking.size > 0)
    yield {
      kind: 'warning',
      message: `documents of ${doctype} come without ${names}: the user may not read it, or there is no such field`,
    };
  if (!logRefused) return;
  const blind = full_every === undefined ? 'are not seen' : 'are seen by whole readings only';
  const mend = full_every === undefined ? 'say `deleted: false` and `full_every`' : 'say `deleted: false`';
  yield { kind: 'warning', message: `deletions of ${doctype} ${blind}: the user may not read Deleted Document. Allow it, or ${mend}` };
}

/**
 * Where a reading stands: the row behind which it goes on, how many came, how many there are, and from when on the log is to be asked
 * for what was deleted meanwhile (not at all when it is null).
 */
const placeShape = z.object({
  at: mark.nullable(),
  read: z.number(),
  totals: z.tuple([z.number(), z.number()]).nullable(),
  log: z.object({ since: z.string().nullable() }).nullable(),
});

async function* batches(http: Http, stream: ErpnextStream, asked: Asked, from: unknown, notes: Notes): AsyncIterable<Batch> {
  const listing = listingOf(stream, asked);
  let place = placeShape.safeParse(from).data ?? { at: null, read: 0, totals: null, log: await logOf(http, stream, asked) };
  const isWhole = asked.since === null;
  const isAll = isWhole ? () => place.read >= (place.totals?.[0] ?? Number.POSITIVE_INFINITY) : undefined;
  let came = 0;
  for await (const rows of rowsOf(http, listing, 'modified', place.at, isAll)) {
    const last = rows.at(-1);
    if (last === undefined || typeof last['modified'] !== 'string') continue;
    for (const name of stream.fields ?? []) if (!Object.hasOwn(last, name)) notes.lacking.add(name);
    const [at, read] = [{ value: last['modified'], name: last.name }, place.read + rows.length];
    const counts = place.at === null && (isWhole || rows.length >= listing.size);
    place = { ...place, at, read, totals: counts ? await bounds(http, listing, null) : place.totals };
    came = rows.length;
    yield { records: await withChildren(http, stream, rows), place, totals: place.totals };
  }
  // What was deleted while the pages were read can't have come.
  const isCounted = place.totals !== null && place.read === came;
  if (isWhole ? !isCounted : place.totals !== null) place = { ...place, totals: await bounds(http, listing, place.totals) };
  const gone = await goneOf(http, stream, place.log, asked, notes);
  yield { records: [], place, totals: place.totals, gone: gone.map((name) => [name]) };
}

type Totals = z.output<typeof placeShape>['totals'];

async function bounds(http: Http, listing: Listing, totals: Totals): Promise<Totals> {
  const count = await countOf(http, listing);
  if (count === null) return null;
  return totals === null ? [count, count] : [Math.min(totals[0], count), Math.max(totals[1], count)];
}

/**
 * From when on the log is asked: for news, from where they begin; for a whole reading, from the last entry that it has when the reading
 * begins, as what is deleted before that can't come.
 */
async function logOf(http: Http, { doctype, deleted }: ErpnextStream, { since }: Asked): Promise<{ since: string | null } | null> {
  if (!deleted) return null;
  if (since !== null) return { since: asSiteTime(since) };
  const last = await lastDeletion(http, doctype);
  return { since: last.permitted ? last.value : null };
}

async function goneOf(
  http: Http,
  { doctype }: ErpnextStream,
  log: { readonly since: string | null } | null,
  { until }: Asked,
  notes: Notes,
): Promise<readonly string[]> {
  if (log === null) return [];
  const gone = await goneSince(http, doctype, log.since, until === null ? null : asSiteTime(until));
  if (!gone.permitted) notes.logRefused = true;
  return gone.permitted ? gone.value : [];
}

/** What is asked for: when it is another, the stream is read anew. */
function queryOf(source: ErpnextSource, { doctype, fields, filters, children }: ErpnextStream): string {
  return fingerprint([source.url, doctype, fields, filters, children]);
}
