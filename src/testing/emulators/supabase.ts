import { createHmac } from 'node:crypto';
import type { Fault, Faults } from './faults.js';
import { openFaults } from './faults.js';
import type { Row, Table } from './postgrest/query.js';
import { ask, tableOf } from './postgrest/query.js';
import { Refusal, refusal } from './postgrest/refusal.js';
import type { PgType } from './postgrest/values.js';
import { spelled } from './postgrest/values.js';
import type { Answered, Asked, JsonService } from './server.js';
import { serveJson } from './server.js';

/** A table or view; `rows` is read at every request, so what is pushed, replaced or removed there is seen by the next. */
export interface SupabaseTable {
  readonly rows: readonly Row[];
  /** Columns of its primary key, as the description of the API tells them. */
  readonly key?: readonly string[];
  /** Its columns and their types; what the rows have if left out. */
  readonly types?: Readonly<Record<string, PgType>>;
  /** Roles that may select from it; all if left out. */
  readonly grants?: readonly string[];
  /** Row level security: the rows that other roles than `service_role` see. */
  readonly policy?: (row: Row, role: string) => boolean;
}

export interface SupabaseOptions {
  /** Name, with its schema where that is not `public` (`crm.contacts`) → the table. */
  readonly tables: Readonly<Record<string, SupabaseTable>>;
  /** Rows of an answer, whatever is asked for (`max-rows`); 1,000 if left out. */
  readonly maxRows?: number;
  /** Rows that a statement can give, or count, before the database ends it as too slow; no limit if left out. */
  readonly timeouts?: { readonly rows?: number; readonly count?: number };
  readonly faults?: readonly Fault[];
  /** The clock by which tokens expire, in milliseconds. */
  readonly now?: () => number;
}

export interface SupabaseService extends JsonService {
  /** Keys of the project: the two of today and the two of before, which are tokens. */
  readonly keys: { readonly secret: string; readonly publishable: string; readonly service_role: string; readonly anon: string };
  /** A token that the project has signed. `expires` in seconds since 1970. */
  readonly token: (role: string, expires?: number) => string;
  readonly faults: Faults;
}

/**
 * The part of a Supabase project that reads tables: `/rest/v1/<table>` by PostgREST, its description at `/rest/v1/`, and the gateway
 * before them. Rows are cut at `max-rows` without a word; counts come on demand; errors quote the values that they are about.
 */
export async function startSupabase(options: SupabaseOptions): Promise<SupabaseService> {
  const now = options.now ?? Date.now;
  const keys = {
    secret: 'sb_secret_3mulated_0123456789abcdef',
    publishable: 'sb_publishable_3mulated_0123456789',
    service_role: signed({ iss: 'supabase', role: 'service_role', iat: 1_700_000_000, exp: 4_000_000_000 }),
    anon: signed({ iss: 'supabase', role: 'anon', iat: 1_700_000_000, exp: 4_000_000_000 }),
  };
  const faults = openFaults(options.faults);
  let revoked = false;
  const service = await serveJson(
    faults,
    ({ status }) => ({
      status,
      body: status === 429 ? { message: 'API rate limit exceeded' } : { message: 'An unexpected error occurred' },
    }),
    (asked) => {
      revoked ||= asked.struck.expires;
      try {
        const role = roleOf(asked, keys, revoked, now());
        return answer(options, asked, role);
      } catch (thrown) {
        if (thrown instanceof Refusal) return { status: thrown.status, body: thrown.body, headers: thrown.headers };
        throw thrown;
      }
    },
  );
  return { ...service, keys, faults, token: (role, exp = 4_000_000_000) => signed({ role, exp }) };
}

/** The role of the database in which a request is answered. */
function roleOf({ headers }: Asked, keys: SupabaseService['keys'], revoked: boolean, now: number): string {
  const apikey = headers['apikey'];
  if (apikey === undefined)
    throw new Refusal(401, { message: 'No API key found in request', hint: 'No `apikey` request header or url param was found.' });
  if (!Object.values(keys).some((key) => key === apikey))
    throw new Refusal(401, { message: 'Invalid API key', hint: 'Double check your Supabase `anon` or `service_role` API key.' });
  const token = /^Bearer (.*)$/.exec(headers.authorization ?? '')?.[1];
  if (revoked) throw refusedToken('PGRST303', 'JWT expired');
  if (token === undefined) return apikey === keys.secret ? 'service_role' : 'anon';
  const parts = token.split('.');
  if (parts.length !== 3) throw refusedToken('PGRST301', `Expected 3 parts in JWT; got ${parts.length}`);
  const claims: unknown = JSON.parse(Buffer.from(parts[1] ?? '', 'base64url').toString('utf8'));
  if (typeof claims !== 'object' || claims === null || signed(claims) !== token)
    throw refusedToken('PGRST301', 'No suitable key or wrong key type');
  if ('exp' in claims && Number(claims.exp) * 1000 < now) throw refusedToken('PGRST303', 'JWT expired');
  return 'role' in claims ? String(claims.role) : 'anon';
}

function refusedToken(code: string, message: string): Refusal {
  const challenge = `Bearer error="invalid_token", error_description="${message}"`;
  return refusal(401, code, message, { headers: { 'WWW-Authenticate': challenge } });
}

function answer(options: SupabaseOptions, asked: Asked, role: string): Answered {
  const { url, method, headers, struck } = asked;
  const schema = headers['accept-profile']?.toString() ?? 'public';
  const path = /^\/rest\/v1\/([^/]*)$/.exec(url.pathname)?.[1];
  if (path === undefined) throw refusal(404, 'PGRST125', 'Invalid path specified in request URL');
  if (method !== 'GET' && method !== 'HEAD') throw refusal(405, '25006', 'cannot execute in a read-only transaction');
  const tables = Object.entries(options.tables).map(([name, table]) => ({ name: name.includes('.') ? name : `public.${name}`, table }));
  const exposed = [...new Set(['public', ...tables.map(({ name }) => name.slice(0, name.indexOf('.')))])];
  if (!exposed.includes(schema)) {
    const hint = `Only the following schemas are exposed: ${exposed.join(', ')}`;
    throw refusal(406, 'PGRST106', `Invalid schema: ${schema}`, { hint });
  }
  const here = tables.filter(({ name }) => name.startsWith(`${schema}.`));
  if (path === '') return described(here, role);
  const name = decodeURIComponent(path);
  const found = here.find((t) => t.name === `${schema}.${name}`)?.table;
  if (found === undefined) throw refusal(404, 'PGRST205', `Could not find the table '${schema}.${name}' in the schema cache`);
  const denied = role !== 'service_role' && found.grants !== undefined && !found.grants.includes(role);
  if (denied) throw refusal(role === 'anon' ? 401 : 403, '42501', `permission denied for table ${name}`);
  const rows = found.rows.filter((row) => role === 'service_role' || (found.policy?.(row, role) ?? true));
  const table = tableOf(name, found.rows, found.types);
  const page = ask({ ...table, rows }, url.searchParams, options.maxRows ?? 1000, struck.page);
  const count = /count=(exact|planned|estimated)/.exec(headers['prefer']?.toString() ?? '')?.[1];
  slow(options.timeouts?.rows, page.rows.length);
  if (count === 'exact') slow(options.timeouts?.count, page.total);
  return given(page, count === undefined ? null : count === 'exact' ? page.total : Math.ceil(page.total * 1.07));
}

function slow(limit: number | undefined, rows: number): void {
  if (limit !== undefined && rows > limit) throw refusal(500, '57014', 'canceling statement due to statement timeout');
}

/** The rows and their place among all, by the rules that PostgREST has for status and `Content-Range`. */
function given({ rows, offset }: ReturnType<typeof ask>, total: number | null): Answered {
  const whole = total === null ? '*' : String(total);
  const range = rows.length === 0 ? `*/${whole}` : `${offset}-${offset + rows.length - 1}/${whole}`;
  if (total !== null && offset > total) {
    const details = `An offset of ${offset} was requested, but there are only ${total} rows.`;
    throw refusal(416, 'PGRST103', 'Requested range not satisfiable', { details, headers: { 'Content-Range': `*/${total}` } });
  }
  const status = total !== null && rows.length < total ? 206 : 200;
  return { status, body: spelled(rows), headers: { 'Content-Type': 'application/json; charset=utf-8', 'Content-Range': range } };
}

/** The description of a schema in OpenAPI 2, which only secret keys may read. */
function described(tables: readonly { readonly name: string; readonly table: SupabaseTable }[], role: string): Answered {
  if (role !== 'service_role') {
    const hint = 'Accessing the schema via the Data API is only allowed using a secret API key.';
    throw new Refusal(401, { message: 'Access to schema is forbidden', hint });
  }
  const definitions = tables.map(({ name, table }) => {
    const bare = name.slice(name.indexOf('.') + 1);
    return [bare, { type: 'object', properties: propertiesOf(tableOf(bare, table.rows, table.types), table.key ?? []) }];
  });
  const paths = definitions.map(([name]) => [`/${String(name)}`, {}]);
  const body = { swagger: '2.0', basePath: '/', paths: Object.fromEntries(paths), definitions: Object.fromEntries(definitions) };
  return { status: 200, body, headers: { 'Content-Type': 'application/openapi+json; charset=utf-8' } };
}

function propertiesOf({ types }: Table, key: readonly string[]): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    [...types].map(([column, format]) => [
      column,
      { format, type: 'string', ...(key.includes(column) ? { description: 'Note:\nThis is a Primary Key.<pk/>' } : {}) },
    ]),
  );
}

function signed(claims: object): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const content = `${part({ alg: 'HS256', typ: 'JWT' })}.${part(claims)}`;
  return `${content}.${createHmac('sha256', 'the secret of the project').update(content).digest('base64url')}`;
}
