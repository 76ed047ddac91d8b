import type { Faults } from './faults.js';
import { openFaults } from './faults.js';
import type { NetsuiteCertificate, NetsuiteToken } from './netsuite_login.js';
import { openDoor, tokenLife } from './netsuite_login.js';
import type { Answered, Asked, JsonService } from './server.js';
import { serveJson } from './server.js';
import { suiteql } from './suiteql.js';
import type { Row, Value } from './suiteql_values.js';
import { Refused, spelled } from './suiteql_values.js';

export interface NetsuiteOptions {
  /** As signatures name it, such as `1234567_SB1`. */
  readonly account: string;
  readonly token?: NetsuiteToken;
  readonly certificate?: NetsuiteCertificate;
  /** Table → its rows; names in lower case, times as `Date`. */
  readonly tables: Readonly<Record<string, readonly Row[]>>;
  /** Of the user: times are compared and written in it. `America/Los_Angeles` if left out. */
  readonly timeZone?: string;
  /** The clock of changes, in milliseconds since 1970; logins go by the real one. */
  readonly now?: () => number;
  /** How many rows one query gives at most, over all its pages: 100,000 if left out. */
  readonly most?: number;
}

export interface NetsuiteAccount extends JsonService {
  readonly faults: Faults;
  /** A table has these rows from now on, and no others. */
  readonly hold: (table: string, rows: readonly Row[]) => void;
  /** Adds a row, or changes the one that has its `id`, and notes when in `lastmodifieddate`. */
  readonly put: (table: string, row: Row) => void;
  /** Removes the rows with these ids, and notes when in `deletedrecord`. */
  readonly remove: (table: string, ids: readonly (string | number)[]) => void;
}

const host = '/services/rest';

/**
 * An account of NetSuite with SuiteQL over REST, after Oracle's documentation: both ways to get in, pages of at most 1,000 rows of at most
 * 100,000 that a query gives, `Prefer: transient`, texts for all values, no nulls, dates in the user's format, errors in `o:errorDetails`.
 * A table that is not there and one that the role may not see answer alike.
 */
export async function startNetsuite(options: NetsuiteOptions): Promise<NetsuiteAccount> {
  const now = options.now ?? Date.now;
  const wall = wallIn(options.timeZone ?? 'America/Los_Angeles');
  const door = openDoor(options.account, { token: options.token ?? null, certificate: options.certificate ?? null });
  const tables = new Map(Object.entries(options.tables));
  const faults = openFaults();
  const stamp = (): Date => new Date(Math.floor(now() / 1000) * 1000);

  const answer = (asked: Asked): Answered => {
    if (asked.struck.expires) door.expire();
    const address = `http://${asked.headers.host}${asked.url.pathname}`;
    if (asked.url.pathname === `${host}/auth/oauth2/v1/token`) {
      const got = door.login(new URLSearchParams(asked.body), address);
      if ('error' in got) return { status: 400, body: { error: got.error } };
      return { status: 200, body: { access_token: got.token, expires_in: String(tokenLife), token_type: 'bearer' } };
    }
    const refusal = door.check(asked);
    if (refusal !== null) return loginRefused(refusal, options.account);
    if (asked.url.pathname !== `${host}/query/v1/suiteql`) return refused(404, 'NONEXISTENT_ENDPOINT', 'The endpoint does not exist.');
    if (asked.method !== 'POST') return refused(405, 'METHOD_NOT_ALLOWED', 'The method is not allowed.');
    if (asked.headers['prefer'] !== 'transient') return refused(400, 'INVALID_HEADER', 'The required request header Prefer is missing.');
    const catalogue = { rows: (table: string) => tables.get(table), wall };
    try {
      return page(suiteql(queryIn(asked.body), catalogue), asked, address, options.most ?? 100_000);
    } catch (thrown) {
      if (!(thrown instanceof Refused)) throw thrown;
      return refused(400, 'INVALID_PARAMETER', `Invalid search query. Detailed unprocessed description follows. ${thrown.message}`);
    }
  };

  const limited = 'Concurrent request limit exceeded. Request blocked.';
  const service = await serveJson(
    faults,
    ({ status }) =>
      status === 429
        ? refused(429, 'CONCURRENCY_LIMIT_EXCEEDED', limited)
        : refused(status, 'UNEXPECTED_ERROR', 'An unexpected error occurred.'),
    answer,
  );
  return {
    ...service,
    faults,
    hold: (table, rows) => void tables.set(table, rows),
    put: (table, row) => {
      const rows = tables.get(table) ?? [];
      const changed = { ...rows.find((r) => r['id'] === row['id']), ...row, lastmodifieddate: stamp() };
      tables.set(table, [...rows.filter((r) => r['id'] !== row['id']), changed]);
    },
    remove: (table, ids) => {
      const rows = tables.get(table) ?? [];
      const gone = rows.filter((row) => ids.some((id) => id === row['id']));
      tables.set(
        table,
        rows.filter((row) => !gone.includes(row)),
      );
      const notes = gone.map((row): Row => ({ recordid: row['id'], type: table, deleteddate: stamp() }));
      tables.set('deletedrecord', [...(tables.get('deletedrecord') ?? []), ...notes]);
    },
  };
}

type Found = readonly Readonly<Record<string, Value>>[];

function page(all: Found, { query, struck }: Asked, address: string, most: number): Answered {
  const [limit, offset] = [Number(query['limit'] ?? 1000), Number(query['offset'] ?? 0)];
  if (!Number.isInteger(limit) || limit < 1 || limit > 1000) return refused(400, 'INVALID_PARAMETER', 'limit must be from 1 to 1000.');
  if (!Number.isInteger(offset) || offset < 0 || offset % limit !== 0)
    return refused(400, 'INVALID_PARAMETER', 'offset must be divisible by limit.');
  const found = all.slice(0, most);
  const { rows, next } = struck.page(found, offset, limit, 'mark');
  const hasMore = next < found.length;
  const links = [{ rel: 'self', href: `${address}?limit=${limit}&offset=${offset}` }];
  if (hasMore) links.unshift({ rel: 'next', href: `${address}?limit=${limit}&offset=${offset + limit}` });
  const items = rows.map((row) => ({
    links: [],
    ...Object.fromEntries(Object.entries(row).flatMap(([name, value]) => written(name, value))),
  }));
  return { status: 200, body: { links, count: items.length, hasMore, items, offset, totalResults: found.length } };
}

/** A value in an answer: none for null; a time is the user's day, unless the query writes it otherwise. */
function written(name: string, value: Value): readonly (readonly [string, string])[] {
  if (value === null) return [];
  if (typeof value !== 'object') return [[name, spelled(value)]];
  const [year, month, day] = value.wall.slice(0, 10).split('-').map(Number);
  return [[name, `${month}/${day}/${year}`]];
}

function queryIn(body: string): string {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body);
  } catch {
    throw new Refused('The body is no JSON.');
  }
  const q: unknown = typeof parsed === 'object' && parsed !== null ? Reflect.get(parsed, 'q') : undefined;
  if (typeof q !== 'string' || q.trim() === '') throw new Refused('The query `q` is missing.');
  return q;
}

function refused(status: number, code: string, detail: string): Answered {
  const titles: Readonly<Record<number, string>> = { 400: 'Bad Request', 401: 'Unauthorized', 404: 'Not Found', 429: 'Too Many Requests' };
  const type = 'https://www.rfc-editor.org/rfc/rfc9110.html#section-15';
  return { status, body: { type, title: titles[status] ?? 'Error', status, 'o:errorDetails': [{ detail, 'o:errorCode': code }] } };
}

function loginRefused(error: string, account: string): Answered {
  const scheme = error === 'invalid_token' ? 'Bearer' : 'OAuth';
  const header = `${scheme} realm="${account}", error="${error}", error_description="Invalid login attempt."`;
  const where =
    'For more details, see the Login Audit Trail in the NetSuite UI at Setup > Users/Roles > User Management > View Login Audit Trail.';
  return { ...refused(401, 'INVALID_LOGIN', `Invalid login attempt. ${where}`), headers: { 'WWW-Authenticate': header } };
}

/** The clock of a wall in a time zone: `YYYY-MM-DD HH:MM:SS`. */
function wallIn(timeZone: string): (moment: Date) => string {
  // This locale writes just that form.
  const clock = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'medium' });
  return (moment) => clock.format(moment);
}
