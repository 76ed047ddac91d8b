import type { Fault, Refusal } from './faults.js';
import { openFaults } from './faults.js';
import type { Answered, Arrived, Asked, Listening } from './server.js';
import { serveJson } from './server.js';
import type { StripeRecord } from './stripe_tables.js';
import { stripeTables } from './stripe_tables.js';

/** What a key may do: everything, unless its `permissions` (`rak_customer_read`) are listed. */
export interface StripeKey {
  readonly permissions?: readonly string[];
  readonly expired?: boolean;
}

export interface StripeOptions {
  /** Name of a list (`customers`) → its records. What lacks an `id` or `created` gets one. */
  readonly tables?: Readonly<Record<string, readonly StripeRecord[]>>;
  /** The same for each connected account, `acct_…`. */
  readonly connected?: Readonly<Record<string, Readonly<Record<string, readonly StripeRecord[]>>>>;
  /** Keys that are known; `sk_test_emulator` if left out. */
  readonly keys?: Readonly<Record<string, StripeKey>>;
  /** The clock, in milliseconds. */
  readonly now?: () => number;
}

/** What an account holds, changeable while it is served. Each change leaves the event that the service documents, or that of `type`; null for none. */
export interface StripeAccount {
  readonly insert: (table: string, record: StripeRecord, type?: string | null) => string;
  readonly update: (table: string, id: string, changes: StripeRecord, type?: string | null) => void;
  readonly remove: (table: string, id: string, type?: string | null) => void;
}

export interface StripeEmulator extends StripeAccount, Listening {
  readonly host: string;
  readonly port: number;
  readonly requests: readonly Arrived[];
  readonly faults: (faults: readonly Fault[]) => void;
  /** A connected account. */
  readonly account: (id: string) => StripeAccount;
}

/**
 * The reading half of Stripe's API: lists newest first, ten rows if not asked for more and never over 100; `starting_after` and `ending_before`;
 * `created` and the other filters; `expand`; lists within records cut after ten; events of the last 30 days; secret and restricted keys, connected
 * accounts, and errors in the service's own words.
 */
export async function startStripe(options: StripeOptions = {}): Promise<StripeEmulator> {
  const now = options.now ?? Date.now;
  const keys = options.keys ?? { sk_test_emulator: {} };
  const own = openAccount(options.tables ?? {}, now);
  const connected = new Map(Object.entries(options.connected ?? {}).map(([id, tables]) => [id, openAccount(tables, now)]));
  const faults = openFaults();
  const spent = new Set<string>();
  let count = 0;

  const answer = (asked: Asked): Answered => {
    const key = keyOf(asked);
    if (asked.struck.expires) spent.add(key);
    const known = keys[key];
    if (key === '') return failure(401, { message: 'You did not provide an API key.' });
    if (key.startsWith('pk_'))
      return failure(403, { code: 'secret_key_required', message: 'This API call cannot be made with a publishable API key.' });
    if (known === undefined) return failure(401, { message: `Invalid API Key provided: ${masked(key)}` });
    if (known.expired === true || spent.has(key))
      return failure(401, { code: 'api_key_expired', message: `Expired API Key provided: ${masked(key)}` });
    const version = asked.headers['stripe-version'];
    if (version !== undefined && !/^\d{4}-\d{2}-\d{2}(\.\w+)?$/.test(String(version)))
      return failure(400, { message: `Invalid Stripe API version: ${version}` });
    const id = asked.headers['stripe-account'];
    const account = id === undefined ? own : connected.get(String(id));
    if (account === undefined)
      return failure(403, {
        code: 'account_invalid',
        message: `The provided key '${masked(key)}' does not have access to account '${id}' (or that account does not exist).`,
      });
    return account.answer(asked, (permission) =>
      known.permissions === undefined || known.permissions.includes(permission)
        ? null
        : failure(403, {
            message: `The provided key '${masked(key)}' does not have the required permissions for this endpoint on account '${id ?? 'acct_own'}'. Having the '${permission}' permission would allow this request to continue.`,
          }),
    );
  };

  const service = await serveJson(faults, refused, (asked) => {
    const { status, body } = answer(asked);
    return { status, body, headers: { Date: new Date(now()).toUTCString(), 'Request-Id': `req_${++count}` } };
  });
  const { hostname: host, port } = new URL(service.url);
  return {
    ...service,
    ...own.changes,
    host,
    port: Number(port),
    faults: faults.set,
    account: (id) => {
      const found = connected.get(id);
      if (found === undefined) throw new Error(`there is no account ${id}`);
      return found.changes;
    },
  };
}

const day = 86_400;
/** Lists inside a record show so many items; the rest has an address of its own. */
const shownItems = 10;

interface Account {
  readonly changes: StripeAccount;
  readonly answer: (asked: Asked, lacks: (permission: string) => Answered | null) => Answered;
}

function openAccount(given: Readonly<Record<string, readonly StripeRecord[]>>, now: () => number): Account {
  // Newest last, as they come; a removed record leaves its id behind.
  const held = new Map<string, Map<string, StripeRecord>>(Object.keys(stripeTables).map((name) => [name, new Map()]));
  const removed = new Set<string>();
  let count = 0;
  const seconds = (): number => Math.floor(now() / 1000);
  const rowsOf = (name: string): Map<string, StripeRecord> => {
    const rows = held.get(name);
    if (rows === undefined) throw new Error(`there is no list ${name}`);
    return rows;
  };
  const put = (name: string, record: StripeRecord): StripeRecord => {
    const { object, prefix } = tableOf(name);
    const number = String(++count).padStart(6, '0');
    const whole = { id: `${prefix}_${number}`, object, created: seconds(), livemode: false, ...record };
    rowsOf(name).set(whole.id, whole);
    return whole;
  };
  const tell = (type: string | null, record: StripeRecord): void => {
    // As the account's own API version shows it, which need not be the reader's.
    if (type !== null) put('events', { type, api_version: '2019-05-16', data: { object: record } });
  };
  const found = (name: string, id: string): StripeRecord => {
    const record = rowsOf(name).get(id);
    if (record === undefined) throw new Error(`there is no ${id} in ${name}`);
    return record;
  };
  for (const [name, records] of Object.entries(given)) for (const record of records) put(name, record);

  const shown = (name: string, record: StripeRecord): StripeRecord =>
    Object.fromEntries(
      Object.entries(record).map(([field, value]) => {
        const items = itemsOf(value);
        if (items === null) return [field, value];
        const url = `/v1/${name}/${record['id']}/${field}`;
        return [field, { url, ...Object(value), data: items.slice(0, shownItems), has_more: items.length > shownItems }];
      }),
    );

  const expanded = (name: string, record: StripeRecord, paths: readonly string[]): StripeRecord => {
    const { expandable } = tableOf(name);
    const inner = paths.flatMap((path) => {
      const [field = '', ...rest] = path.split('.');
      const target = expandable[field];
      const found = target === undefined ? undefined : rowsOf(target).get(String(record[field]));
      if (target === undefined || found === undefined) return [];
      return [[field, expanded(target, shown(target, found), rest.length === 0 ? [] : [rest.join('.')])] as const];
    });
    return { ...record, ...Object.fromEntries(inner) };
  };

  const answer: Account['answer'] = ({ url, method, struck }, lacks) => {
    const [version, name = '', id, field, ...more] = url.pathname.slice(1).split('/').map(decodeURIComponent);
    const table = version === 'v1' && Object.hasOwn(stripeTables, name) ? stripeTables[name] : undefined;
    if (table === undefined || more.length > 0 || method !== 'GET')
      return failure(404, { message: `Unrecognized request URL (${method}: ${url.pathname}).` });
    const refusal = lacks(table.permission);
    if (refusal !== null) return refusal;
    const query = queryOf(url);
    const expand = query.filter(([at]) => at === 'expand').map(([, value]) => value);
    const wrong = expand.map((path) => (id === undefined ? path.replace(/^data\./, '') : path)).find((path) => !mayExpand(name, path));
    if (wrong !== undefined) return failure(400, { param: 'expand', message: `This property cannot be expanded (${wrong}).` });
    if (id === undefined) {
      const rows = [...rowsOf(name).values()].reverse().sort((a, b) => Number(b['created']) - Number(a['created']));
      return listed(rows, name, query, struck, seconds(), (record) =>
        expanded(
          name,
          shown(name, record),
          expand.map((path) => path.replace(/^data\./, '')),
        ),
      );
    }
    const record = rowsOf(name).get(id);
    if (record === undefined && removed.has(id) && name === 'customers')
      return { status: 200, body: { id, object: table.object, deleted: true } };
    if (record === undefined) return missing(404, table.object, id, 'id');
    if (field === undefined) return { status: 200, body: expanded(name, shown(name, record), expand) };
    const items = itemsOf(record[field]);
    if (items === null) return failure(404, { message: `Unrecognized request URL (GET: ${url.pathname}).` });
    return listed(items, name, query, struck, seconds(), (item) => item, url.pathname);
  };

  return {
    answer,
    changes: {
      insert: (name, record, type = tableOf(name).events.insert) => {
        const whole = put(name, record);
        tell(type, whole);
        return String(whole['id']);
      },
      update: (name, id, changes, type = tableOf(name).events.update) => {
        const whole = { ...found(name, id), ...changes };
        rowsOf(name).set(id, whole);
        tell(type, whole);
      },
      remove: (name, id, type = tableOf(name).events.remove) => {
        const record = found(name, id);
        rowsOf(name).delete(id);
        removed.add(id);
        tell(type, record);
      },
    },
  };
}

type Query = readonly (readonly [name: string, value: string])[];

/** Parameters, `expand[]` and `expand[0]` both as `expand`. */
function queryOf(url: URL): Query {
  return [...url.searchParams].map(([name, value]) => [name.replace(/\[\d*\]$/, ''), value]);
}

/** One page of a list whose rows stand newest first. */
function listed(
  all: readonly StripeRecord[],
  name: string,
  query: Query,
  struck: Asked['struck'],
  now: number,
  show: (record: StripeRecord) => StripeRecord,
  url = `/v1/${name}`,
): Answered {
  const table = tableOf(name);
  const given = new Map(query);
  const paging = ['limit', 'starting_after', 'ending_before', 'expand'];
  const unknown = [...given.keys()].find((key) => ![...paging, ...table.filters].includes(key) && !/^created(\[(gte?|lte?)\])?$/.test(key));
  if (unknown !== undefined)
    return failure(400, { code: 'parameter_unknown', param: unknown, message: `Received unknown parameter: ${unknown}` });
  const limit = Number(given.get('limit') ?? 10);
  if (!Number.isInteger(limit) || limit < 1 || limit > 100)
    return failure(400, { code: 'parameter_invalid_integer', param: 'limit', message: 'This value must be between 1 and 100.' });
  const types = query.filter(([key]) => key === 'type' || key === 'types').map(([, value]) => value);
  if (types.length > 20 || (given.has('type') && given.has('types')))
    return failure(400, { param: 'types', message: 'You may pass up to 20 types, or one type.' });

  const filters = new Map([...given].filter(([key]) => table.filters.includes(key)));
  const rows = all.filter(
    (record) =>
      isCreated(record, given) &&
      (name !== 'events' || (Number(record['created']) > now - 30 * day && isOfType(record, types))) &&
      (record['test_clock'] ?? null) === (filters.get('test_clock') ?? null) &&
      table.hides?.(record, filters) !== true &&
      [...filters].every(([key, value]) => ['type', 'types'].includes(key) || value === 'all' || String(record[key]) === value),
  );
  for (const param of ['starting_after', 'ending_before']) {
    const id = given.get(param);
    if (id !== undefined && !all.some((record) => record['id'] === id)) return missing(400, table.object, id, param);
  }
  const [after, before] = [given.get('starting_after'), given.get('ending_before')];
  const begin = after === undefined ? 0 : placeBehind(rows, all, after);
  const end = before === undefined ? rows.length : rows.findIndex((record) => record['id'] === before);
  const some = before === undefined ? rows : rows.slice(Math.max(begin, end - limit), end);
  const page = struck.page(some, before === undefined ? begin : 0, limit, 'mark');
  const hasMore = before === undefined ? page.next < rows.length : end - limit > begin;
  return { status: 200, body: { object: 'list', data: page.rows.map(show), has_more: hasMore, url } };
}

/** The place in the filtered rows behind an id, which itself may be filtered out. */
function placeBehind(rows: readonly StripeRecord[], all: readonly StripeRecord[], id: string): number {
  const rest = new Set(all.slice(all.findIndex((record) => record['id'] === id) + 1));
  const first = rows.findIndex((record) => rest.has(record));
  return first < 0 ? rows.length : first;
}

function isCreated(record: StripeRecord, given: ReadonlyMap<string, string>): boolean {
  const created = Number(record['created']);
  const holds = (name: string, test: (bound: number) => boolean): boolean => {
    const bound = given.get(name);
    return bound === undefined || test(Number(bound));
  };
  return (
    holds('created', (bound) => created === bound) &&
    holds('created[gte]', (bound) => created >= bound) &&
    holds('created[gt]', (bound) => created > bound) &&
    holds('created[lte]', (bound) => created <= bound) &&
    holds('created[lt]', (bound) => created < bound)
  );
}

function isOfType(record: StripeRecord, types: readonly string[]): boolean {
  const type = String(record['type']);
  return types.length === 0 || types.some((asked) => (asked.endsWith('*') ? type.startsWith(asked.slice(0, -1)) : type === asked));
}

function mayExpand(name: string, path: string): boolean {
  const [field = '', ...rest] = path.split('.');
  const target = tableOf(name).expandable[field];
  return target !== undefined && (rest.length === 0 || mayExpand(target, rest.join('.')));
}

/** The items of a list inside a record; null for anything else. */
function itemsOf(value: unknown): readonly StripeRecord[] | null {
  if (typeof value !== 'object' || value === null || Reflect.get(value, 'object') !== 'list') return null;
  const data: unknown = Reflect.get(value, 'data');
  return Array.isArray(data) ? data : null;
}

function tableOf(name: string) {
  const table = stripeTables[name];
  if (table === undefined) throw new Error(`there is no list ${name}`);
  return table;
}

function keyOf({ headers: { authorization = '' } }: Asked): string {
  const [scheme = '', text = ''] = authorization.split(' ');
  return scheme.toLowerCase() === 'basic' ? (Buffer.from(text, 'base64').toString().split(':')[0] ?? '') : text;
}

function masked(key: string): string {
  return `${key.slice(0, 8)}${'*'.repeat(12)}${key.slice(-4)}`;
}

function failure(status: number, error: Readonly<Record<string, string>>): Answered {
  return { status, body: { error: { type: status >= 500 ? 'api_error' : 'invalid_request_error', ...error } } };
}

function missing(status: number, object: string, id: string, param: string): Answered {
  return failure(status, { code: 'resource_missing', param, message: `No such ${object}: '${id}'` });
}

function refused({ status }: Refusal): Answered {
  return status === 429
    ? failure(429, { code: 'rate_limit', message: 'Request rate limit exceeded.' })
    : failure(status, { message: 'Something went wrong on our side.' });
}
