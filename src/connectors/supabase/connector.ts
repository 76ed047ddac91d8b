import { z } from 'zod';
import { OnefoldError } from '../../base/errors.js';
import type { ReadContext, Reading } from '../contract.js';
import { defineSource } from '../define.js';
import { fingerprint } from '../fingerprint.js';
import type { Http } from '../http/client.js';
import { failureOf } from '../http/failure.js';
import type { Answer, RequestSpec } from '../http/message.js';
import type { Collection } from '../http/pages.js';
import { pages } from '../http/pages.js';
import type { Asked, Batch } from '../incremental.js';
import { only, readIncrementally, unseenDeletes } from '../incremental.js';
import type { Reader } from './access.js';
import { openAccess } from './access.js';
import { explained } from './errors.js';
import { between, named, nullIn, spelledFilter, where } from './grammar.js';
import type { SupabaseSource, SupabaseStream } from './options.js';
import { supabaseSource, supabaseStream } from './options.js';
import { byKey, nullKey } from './paging.js';
import type { Relation } from './schema.js';
import { relationsOf } from './schema.js';

/**
 * Tables and views of a Supabase project by its data API, PostgREST. Rows are read in the order of their key and never cut where the
 * project cuts its answers; a stream without a cursor is read whole, and rows that are gone are deleted.
 */
export const supabase = defineSource({
  name: 'supabase',
  config: supabaseSource,
  stream: supabaseStream,
  capabilities: (_source, { key, cursor, full_every }) => ({
    key: key ?? null,
    ordered: true,
    windows: cursor !== undefined,
    blind: unseenDeletes(cursor, full_every),
  }),
  check: async (source, stream, context) => told(stream, await open(source, stream, context)),
  discover: async (source, stream, context) => {
    const line = await open(source, stream, context);
    const columns = stream.select === undefined ? (await line.relations())?.get(stream.table)?.columns : undefined;
    const found = columns ?? Object.keys(rowsOf(await line.ask({ query: { limit: 1 } }))[0] ?? {});
    return found.length === 0 ? null : found.filter((name) => stream.columns?.includes(name) ?? true);
  },
  read,
});

/** The way to one stream. */
interface Line {
  readonly http: Http;
  readonly reader: Reader;
  readonly relations: () => Promise<ReadonlyMap<string, Relation> | null>;
  /** A request for rows; conditions and columns of the stream are in it. */
  readonly ask: (more: Pick<RequestSpec, 'query' | 'headers' | 'method'>, conditions?: readonly string[]) => Promise<Answer>;
  /** Whether the database gave up counting; from then on it is not asked again. */
  readonly uncounted: () => boolean;
}

async function open(source: SupabaseSource, stream: SupabaseStream, context: ReadContext): Promise<Line> {
  const { http, reader } = await openAccess(source, context);
  const relations = () => relationsOf(http, profileOf(stream), context);
  let uncounted = false;
  const plain = (spec: RequestSpec): Promise<Answer> =>
    http.request(spec).catch(async (thrown: unknown) => {
      throw await explained(thrown, { stream, reader, now: context.now(), relations });
    });
  const request = async (spec: RequestSpec): Promise<Answer> => {
    const { prefer, ...headers } = spec.headers ?? {};
    if (prefer === undefined || uncounted) return plain({ ...spec, headers });
    const outcome = await plain(spec).catch((thrown: unknown) => {
      if (tookTooLong(thrown)) return null;
      throw thrown;
    });
    if (outcome !== null) return outcome;
    // If it is not the counting that takes so long, this fails too, and fewer rows are asked for.
    const answer = await plain({ ...spec, headers });
    uncounted = true;
    return answer;
  };
  const ask: Line['ask'] = ({ query = {}, headers = {}, method = 'GET' }, conditions = []) => {
    const base = requestOf(stream);
    const all = where([...stream.filters.map(spelledFilter), ...conditions]);
    return request({ ...base, method, query: { ...base.query, ...all, ...query }, headers: { ...base.headers, ...headers } });
  };
  return { http: { ...http, request }, reader, relations, ask, uncounted: () => uncounted };
}

function tookTooLong(thrown: unknown): boolean {
  const failure = failureOf(thrown);
  return failure?.kind === 'timeout' || (failure?.kind === 'status' && (failure.code === '57014' || failure.status === 504));
}

async function told({ table, key, count, columns }: SupabaseStream, line: Line): Promise<string> {
  const { role, seesAll } = line.reader;
  const as = role === null ? '' : ` as ${role}`;
  const answer = await line.ask({ query: { limit: 1 }, headers: count === 'none' ? {} : { prefer: `count=${count}` } });
  const [first] = rowsOf(answer);
  if (first === undefined) return seesAll ? `${table} is empty${as}` : `${table} ${nothing}${as}`;
  const total = totalIn(answer);
  const rows = total === null ? 'rows' : `${count === 'planned' ? 'about ' : ''}${total} rows`;
  const unsure = seesAll ? '' : '; a key without all rights sees only the rows that row level security shows it';
  const primary = key === undefined ? ((await line.relations())?.get(table)?.key ?? []) : [];
  const advice = primary.length === 0 ? '' : `; declare its primary key: \`key: ['${primary.join("', '")}']\``;
  return `${table} has ${rows} of ${Object.keys(only(columns)({ ...first })).length} columns${as}${unsure}${advice}`;
}

const nothing = 'gave no rows: with row level security a key without a policy sees nothing';

/** A place in a reading, as far as it matters here. */
const begun = z.looseObject({ read: z.number() });

async function* read(source: SupabaseSource, stream: SupabaseStream, context: ReadContext): AsyncIterable<Reading> {
  const { table, key, cursor, overlap, full_every, columns, count } = stream;
  const line = await open(source, stream, context);
  let rows = 0;
  const readings = readIncrementally(context, {
    query: queryOf(source, stream),
    name: table,
    key: key ?? null,
    cursor: cursor === undefined ? null : { name: cursor, of: (record) => record[cursor] },
    overlap,
    full_every,
    shifting: false,
    keep: only(columns),
    pages: async function* (asked, from) {
      rows = begun.safeParse(from).data?.read ?? 0;
      for await (const page of pages(line.http, collectionOf(stream, asked), from)) {
        rows = page.cursor.read;
        const batch = { records: page.records, place: page.cursor, totals: page.cursor.totals };
        yield page.cursor.done ? await settled(line, stream, asked, batch, rows) : batch;
      }
    },
  });
  for await (const reading of readings) {
    if (reading.kind === 'end') {
      if (reading.sweep !== null && rows === 0 && !line.reader.seesAll) yield { kind: 'warning', message: `${table} ${nothing}` };
      if (count === 'exact' && line.uncounted())
        yield {
          kind: 'warning',
          message: `${table} could not be counted in time, so nothing was compared; \`count: 'none'\` does not ask`,
        };
    }
    yield reading;
  }
}

/**
 * The last rows of a reading, when all came. Rows that were deleted meanwhile are not missing, so where fewer came than were counted at
 * the beginning they are counted again. Rows whose key has a null are behind all others and never come: they are looked for where the
 * count does not rule them out.
 */
async function settled(line: Line, stream: SupabaseStream, asked: Asked, batch: Batch, read: number): Promise<Batch> {
  const { totals } = batch;
  const { key = [], table } = stream;
  if (totals !== null && read >= totals[0]) return batch;
  const conditions = conditionsOf(stream, asked);
  if (key.length > 0) {
    const found = await line.ask({ query: { limit: 1 } }, [...conditions, nullIn(key)]);
    if (rowsOf(found).length > 0)
      throw new OnefoldError('SOURCE_BROKEN', `${table} has rows without a value of its key \`${key.join(', ')}\``, { hint: nullKey });
  }
  if (totals === null) return batch;
  const now = totalIn(await line.ask({ method: 'HEAD', headers: { prefer: 'count=exact' } }, conditions));
  return { ...batch, totals: [Math.min(totals[0], now ?? totals[0]), Math.max(totals[1], now ?? totals[1])] };
}

function collectionOf(stream: SupabaseStream, asked: Asked): Collection {
  const { key = [], page_size: size, filters, count } = stream;
  const conditions = [...filters.map(spelledFilter), ...conditionsOf(stream, asked)];
  const paging = { kind: byKey.name, ...byKey.open({ key, conditions, size, count: count === 'exact' }) };
  return { request: requestOf(stream), records: '', total: count === 'exact' ? { header: 'content-range' } : null, paging, tolerant: true };
}

function conditionsOf({ cursor }: SupabaseStream, { since, until }: Asked): readonly string[] {
  return cursor === undefined ? [] : between(cursor, since, until);
}

/** The columns that are asked for: those to land, and the one that tells what changed. */
function requestOf(stream: SupabaseStream): RequestSpec {
  const { table, select, columns, cursor } = stream;
  const wanted = columns === undefined ? undefined : [...new Set([...columns, ...(cursor === undefined ? [] : [cursor])])];
  const spelled = select ?? wanted?.map(named).join(',');
  return {
    url: `rest/v1/${encodeURIComponent(table)}`,
    query: spelled === undefined ? {} : { select: spelled },
    headers: profileOf(stream),
  };
}

function profileOf({ table_schema: schema }: SupabaseStream): Readonly<Record<string, string>> {
  return schema === undefined ? {} : { 'accept-profile': schema };
}

function rowsOf({ json }: Answer): readonly object[] {
  return Array.isArray(json) ? json.filter((row) => typeof row === 'object' && row !== null) : [];
}

function totalIn({ headers }: Answer): number | null {
  const total = /\/(\d+)$/.exec(headers.get('content-range') ?? '')?.[1];
  return total === undefined ? null : Number(total);
}

/** What is asked for: when it is another, the stream is read anew. */
function queryOf({ url }: SupabaseSource, { table, table_schema, select, columns, filters, cursor, key }: SupabaseStream): string {
  return fingerprint([url, table_schema, table, select, columns, filters, cursor, key]);
}
