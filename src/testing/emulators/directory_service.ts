import type { IncomingMessage, ServerResponse } from 'node:http';
import { listen } from './listen.js';

/** A record of a collection, as the service stores it. */
export type DirectoryRecord = Readonly<Record<string, unknown>>;

export interface DirectoryOptions {
  /** Path of each collection → its records, in the order in which they are served. */
  readonly collections: Readonly<Record<string, readonly DirectoryRecord[]>>;
  /** 100 requests in 10 s if left out; null for no limit. */
  readonly rateLimit?: { readonly requests: number; readonly perMs: number } | null;
  /** The clock of the rate limit. */
  readonly now?: () => number;
}

/** One request that arrived. */
export interface DirectoryRequest {
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly status: number;
}

export interface DirectoryService {
  readonly url: string;
  readonly close: () => Promise<void>;
  /** All requests so far, the refused ones included. */
  readonly requests: readonly DirectoryRequest[];
}

/**
 * A REST service with the habits that trip readers up: a page of `{<collection>: […], total, skip, limit}` in which `limit` is the
 * number of rows that came and not the number asked for; no link to the next page; a default of 30 rows; 429 after 100 requests in 10 s.
 *
 * It knows `/<collection>` with `limit`, `skip`, `select`, `sortBy`, `order` and `delay`, `/<collection>/<id>`,
 * `/<collection>/search?q=` and `/<collection>/filter?key=&value=`. Nothing can be written.
 */
export async function startDirectoryService(options: DirectoryOptions): Promise<DirectoryService> {
  const requests: DirectoryRequest[] = [];
  const limit = options.rateLimit === undefined ? { requests: 100, perMs: 10_000 } : options.rateLimit;
  const now = options.now ?? Date.now;
  let window = { since: Number.NEGATIVE_INFINITY, used: 0 };

  const limited = (headers: Record<string, string>): boolean => {
    if (limit === null) return false;
    const time = now();
    if (time - window.since >= limit.perMs) window = { since: time, used: 0 };
    window.used++;
    headers['X-RateLimit-Limit'] = String(limit.requests);
    headers['X-RateLimit-Remaining'] = String(Math.max(0, limit.requests - window.used));
    headers['X-RateLimit-Reset'] = String(Math.ceil((window.since + limit.perMs) / 1000));
    return window.used > limit.requests;
  };

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = new URL(request.url ?? '/', 'http://service');
    const query = Object.fromEntries(url.searchParams);
    const headers: Record<string, string> = { Date: new Date(now()).toUTCString() };
    const reply = limited(headers)
      ? { status: 429, body: { message: 'Too many requests, please try again later.' } }
      : answer(options.collections, request.method ?? 'GET', url, query);
    requests.push({ path: url.pathname, query, status: reply.status });
    if (reply.status === 200 && query['delay'] !== undefined) await new Promise((resolve) => setTimeout(resolve, Number(query['delay'])));
    if ('location' in reply) response.writeHead(reply.status, { ...headers, Location: reply.location }).end();
    else
      response.writeHead(reply.status, { ...headers, 'Content-Type': 'application/json; charset=utf-8' }).end(JSON.stringify(reply.body));
  };

  return { ...(await listen(handle)), requests };
}

type Query = Readonly<Record<string, string>>;
type Reply = { readonly status: number; readonly body: unknown } | { readonly status: number; readonly location: string };

const refused = (status: number, message: string): Reply => ({ status, body: { message } });

function answer(collections: DirectoryOptions['collections'], method: string, url: URL, query: Query): Reply {
  if (url.pathname.length > 1 && url.pathname.endsWith('/'))
    return { status: 301, location: `${url.pathname.replace(/\/+$/, '')}${url.search}` };
  const [name = '', part, ...rest] = url.pathname.slice(1).split('/').map(decodeURIComponent);
  const records = Object.hasOwn(collections, name) ? collections[name] : undefined;
  if (records === undefined || rest.length > 0 || method !== 'GET') return refused(404, `Cannot ${method} ${url.pathname}`);
  const delay = query['delay'];
  if (delay !== undefined && !(isNumber(delay) && Number(delay) >= 0 && Number(delay) <= 5000)) {
    return refused(400, 'Delay must be a number of milliseconds up to 5000');
  }
  if (part === undefined) return paged(name, records, query);
  if (part === 'search')
    return paged(
      name,
      records.filter((r) => holds(r, (query['q'] ?? '').toLowerCase())),
      query,
    );
  if (part === 'filter')
    return paged(
      name,
      records.filter((r) => String(fieldOf(r, query['key'] ?? '')) === query['value']),
      query,
    );
  const record = records.find((r) => String(r['id']) === part);
  return record === undefined
    ? refused(404, `Nothing in ${name} has the id '${part}'`)
    : { status: 200, body: selected(record, query['select']) };
}

function paged(name: string, records: readonly DirectoryRecord[], query: Query): Reply {
  for (const parameter of ['limit', 'skip'] as const) {
    const text = query[parameter];
    if (text !== undefined && text !== '' && !isNumber(text)) return refused(400, `Invalid '${parameter}' - must be a number`);
  }
  const order = query['order'] ?? 'asc';
  if (order !== 'asc' && order !== 'desc') return refused(400, "Order can be 'asc' or 'desc'");
  const { limit, skip } = { limit: numberOf(query['limit'], 30), skip: numberOf(query['skip'], 0) };
  const rows = page(sorted(records, query['sortBy'], order), limit, skip, query['limit'] === '');
  const body = { [name]: rows.map((row) => selected(row, query['select'])), total: records.length, skip, limit: rows.length };
  return { status: 200, body };
}

/** The cuts as the service makes them: 0 is everything, a negative limit counts from the end, a blank one gives nothing. */
function page(records: readonly DirectoryRecord[], limit: number, skip: number, isBlank: boolean): readonly DirectoryRecord[] {
  if (isBlank) return [];
  const rest = records.slice(Math.max(0, skip));
  return limit === 0 ? rest : rest.slice(0, limit);
}

function sorted(records: readonly DirectoryRecord[], by: string | undefined, order: 'asc' | 'desc'): readonly DirectoryRecord[] {
  if (by === undefined) return records;
  const sign = order === 'asc' ? 1 : -1;
  return [...records].sort((a, b) => sign * compare(fieldOf(a, by), fieldOf(b, by)));
}

function compare(a: unknown, b: unknown): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  return String(a) < String(b) ? -1 : String(a) > String(b) ? 1 : 0;
}

/** Top-level fields only, `id` always among them. */
function selected(record: DirectoryRecord, select: string | undefined): DirectoryRecord {
  if (select === undefined || select === '') return record;
  const names = ['id', ...select.split(',').map((name) => name.trim())];
  return Object.fromEntries(names.filter((name) => Object.hasOwn(record, name)).map((name) => [name, record[name]]));
}

function fieldOf(record: DirectoryRecord, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>((value, name) => (typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined), record);
}

function holds(record: DirectoryRecord, text: string): boolean {
  return Object.values(record).some((value) => typeof value === 'string' && value.toLowerCase().includes(text));
}

function isNumber(text: string): boolean {
  return text.trim() !== '' && Number.isFinite(Number(text));
}

function numberOf(text: string | undefined, otherwise: number): number {
  return text === undefined || text === '' ? otherwise : Math.trunc(Number(text));
}
