import type { Fault, Refusal } from './faults.js';
import { openFaults } from './faults.js';
import type { SalesforceLogin } from './salesforce/login.js';
import { refusalOf } from './salesforce/login.js';
import type { Held, SalesforceObject, SalesforceRecord } from './salesforce/objects.js';
import { answered, completed, fieldsOf, held, knows, ordered, spelled, stamp, systemFields, valueAt } from './salesforce/objects.js';
import type { Soql } from './salesforce/soql.js';
import { Malformed, parseSoql } from './salesforce/soql.js';
import type { Answered, Arrived, Asked } from './server.js';
import { serveJson } from './server.js';

export interface SalesforceOptions {
  readonly objects: Readonly<Record<string, SalesforceObject>>;
  /** The client `client` with the secret `client-secret` if left out. */
  readonly login?: SalesforceLogin;
  readonly faults?: readonly Fault[];
  /** Calls of the API in 24 hours; 15,000 if left out. */
  readonly calls?: number;
  readonly now?: () => Date;
}

export interface Salesforce {
  /** Where tokens are got; data is at another address, which only an answer with a token tells. */
  readonly url: string;
  readonly close: () => Promise<void>;
  /** All requests for data so far, the refused ones included. */
  readonly requests: readonly Arrived[];
  /** All requests for tokens so far. */
  readonly logins: readonly Arrived[];
  readonly faults: (faults: readonly Fault[]) => void;
  /** Makes an object hold these records and no others; what is gone goes to the recycle bin. */
  readonly hold: (object: string, records: readonly SalesforceRecord[]) => void;
  readonly insert: (object: string, record: SalesforceRecord) => void;
  readonly update: (object: string, id: string, changes: SalesforceRecord) => void;
  /** To the recycle bin. */
  readonly remove: (object: string, id: string) => void;
  readonly emptyRecycleBin: () => void;
  /** Query locators that were given out lead nowhere from now on. */
  readonly forgetLocators: () => void;
  /** What the user may see of an object changes. */
  readonly grant: (object: string, rights: Partial<Pick<SalesforceObject, 'hidden' | 'forbidden'>>) => void;
}

/** Result of a query that is given in pieces. */
interface Cursor {
  readonly rows: readonly SalesforceRecord[];
  readonly total: number;
}

/** The service keeps the results of so many queries of a user; the oldest makes room. */
const maxCursors = 10;

/**
 * An organisation of Salesforce, as far as readers see it: tokens by four grants, at an address of their own; `query`, `queryAll`, the pages
 * behind a query locator, `describe`, `limits`, and queries inside `composite`. A page has 2000 rows, or 200 to 2000 where `Sforce-Query-Options`
 * asks for it; the address and headers of a request may have 16 KB. Deleted rows lie in a recycle bin, which only `queryAll` sees.
 */
export async function startSalesforce(options: SalesforceOptions): Promise<Salesforce> {
  const now = options.now ?? (() => new Date());
  const login = options.login ?? { clientId: 'client', clientSecret: 'client-secret' };
  const objects = new Map(Object.entries(options.objects).map(([name, object]) => [name.toLowerCase(), held(name, object, now())]));
  const [faults, tokens, cursors] = [openFaults(options.faults), new Set<string>(), new Map<string, Cursor>()];
  const allowed = options.calls ?? 15_000;
  let [issued, queries, used] = [0, 0, 0];

  const query = (soql: string, deleted: boolean, version: string, batch: number, struck: Asked['struck']): Answered => {
    const parsed = parsedSoql(soql);
    if (!('object' in parsed)) return parsed;
    const object = objects.get(parsed.object.toLowerCase());
    if (object === undefined || object.forbidden) return refused(400, 'INVALID_TYPE', `sObject type '${parsed.object}' is not supported.`);
    const unknown = parsed.paths.find((path) => !knows(object, path));
    if (unknown !== undefined) return refused(400, 'INVALID_FIELD', `No such column '${unknown}' on entity '${object.name}'.`);
    const fitting = object.records.filter((r) => (deleted || r['IsDeleted'] !== true) && parsed.where((path) => valueAt(r, path)));
    const rows = ordered(fitting, parsed.order).slice(0, parsed.limit ?? undefined);
    if (parsed.fields === null) return { status: 200, body: { totalSize: rows.length, done: true, records: [] } };
    const fields = spelled(object, parsed.fields);
    const locator = `01g${String(++queries).padStart(12, '0')}AAA`;
    cursors.set(locator, { rows: rows.map((row) => answered(object, row, fields, version)), total: rows.length });
    for (const oldest of [...cursors.keys()].slice(0, -maxCursors)) cursors.delete(oldest);
    return page(locator, 0, version, batch, struck);
  };

  const page = (locator: string, from: number, version: string, batch: number, struck: Asked['struck']): Answered => {
    const cursor = cursors.get(locator);
    if (cursor === undefined) return refused(400, 'INVALID_QUERY_LOCATOR', 'invalid query locator');
    const { rows, next } = struck.page(cursor.rows, from, batch, 'mark');
    const done = next >= cursor.rows.length;
    const more = done ? {} : { nextRecordsUrl: `/services/data/v${version}/query/${locator}-${next}` };
    return { status: 200, body: { totalSize: cursor.total, done, ...more, records: rows } };
  };

  const resource = ({ url, headers, body, struck, method }: Pick<Asked, 'url' | 'headers' | 'body' | 'struck' | 'method'>): Answered => {
    const [, version = '', path = ''] = /^\/services\/data\/v(\d+\.\d)\/(.+)$/.exec(url.pathname) ?? [];
    const batch = Math.min(2000, Math.max(200, Number(/batchSize=(\d+)/.exec(String(headers['sforce-query-options'] ?? ''))?.[1] ?? 2000)));
    const [first, second = '', third = ''] = path.split('/').map(decodeURIComponent);
    if (method === 'POST' && first === 'composite') return composite(body, struck);
    if (method !== 'GET') return refused(405, 'METHOD_NOT_ALLOWED', `HTTP Method '${method}' not allowed. Allowed are GET`);
    if (first === 'limits') return { status: 200, body: { DailyApiRequests: { Max: allowed, Remaining: Math.max(0, allowed - used) } } };
    if ((first === 'query' || first === 'queryAll') && second !== '') {
      const [, locator = '', from = '0'] = /^(\w+)-(\d+)$/.exec(second) ?? [];
      return page(locator, Number(from), version, batch, struck);
    }
    if (first === 'query' || first === 'queryAll')
      return query(url.searchParams.get('q') ?? '', first === 'queryAll', version, batch, struck);
    const object = objects.get(second.toLowerCase());
    if (first !== 'sobjects' || third !== 'describe' || object === undefined || object.forbidden)
      return refused(404, 'NOT_FOUND', 'The requested resource does not exist');
    return { status: 200, body: { name: object.name, queryable: true, fields: fieldsOf(object) } };
  };

  /** Requests inside a request; each has a status of its own. */
  const composite = (body: string, struck: Asked['struck']): Answered => {
    const asked: unknown = JSON.parse(body);
    const inner = typeof asked === 'object' && asked !== null ? Reflect.get(asked, 'compositeRequest') : [];
    const compositeResponse = (Array.isArray(inner) ? inner : []).map(({ method, url, httpHeaders = {}, referenceId }) => {
      const headers = Object.fromEntries(Object.entries(httpHeaders).map(([name, value]) => [name.toLowerCase(), String(value)]));
      const answer = resource({ method, url: new URL(url, 'http://service'), headers, body: '', struck });
      return { body: answer.body, httpHeaders: {}, httpStatusCode: answer.status, referenceId };
    });
    return { status: 200, body: { compositeResponse } };
  };

  const data = await serveJson(faults, refusedBy, (asked) => {
    if (asked.struck.expires) tokens.clear();
    const token = /^(?:Bearer|OAuth) (.+)$/.exec(asked.headers.authorization ?? '')?.[1] ?? '';
    if (!tokens.has(token)) return refused(401, 'INVALID_SESSION_ID', 'Session expired or invalid');
    if (used >= allowed) return refused(403, 'REQUEST_LIMIT_EXCEEDED', 'TotalRequests Limit exceeded.');
    used++;
    return { headers: { 'Sforce-Limit-Info': `api-usage=${used}/${allowed}` }, ...resource(asked) };
  });

  const entrance = await serveJson(openFaults(), refusedBy, ({ method, url, body }) => {
    if (method !== 'POST' || url.pathname !== '/services/oauth2/token')
      return refused(404, 'NOT_FOUND', 'The requested resource does not exist');
    const refusal = refusalOf(login, new URLSearchParams(body), entrance.url, now());
    if (refusal !== null) return refusal;
    const access_token = `00D5g000004XyzAEAS!session.${++issued}.${login.clientId}`;
    tokens.add(access_token);
    const id = `${entrance.url}/id/00D5g000004XyzAEAS/0055g00000AbcAAAS`;
    return {
      status: 200,
      body: { access_token, instance_url: data.url, id, token_type: 'Bearer', issued_at: String(now().getTime()), scope: 'api' },
    };
  });

  const changed = (name: string, change: (object: Held, time: string) => readonly SalesforceRecord[]): void => {
    const object = objects.get(name.toLowerCase());
    if (object === undefined) throw new Error(`there is no object ${name}`);
    object.records = change(object, stamp(now()));
  };
  const touched = (object: Held, record: SalesforceRecord, changes: SalesforceRecord, time: string): SalesforceRecord => {
    const stamps = ['LastModifiedDate', 'SystemModstamp']
      .filter((field) => !object.lacks.includes(field))
      .map((field) => [field, time] as const);
    return { ...record, ...Object.fromEntries(stamps), ...changes };
  };
  const each = (name: string, id: string, changes: SalesforceRecord): void =>
    changed(name, (object, time) =>
      object.records.map((record) => (record['Id'] === id ? touched(object, record, changes, time) : record)),
    );

  return {
    url: entrance.url,
    close: async () => {
      await Promise.all([entrance.close(), data.close()]);
    },
    requests: data.requests,
    logins: entrance.requests,
    faults: faults.set,
    hold: (name, records) =>
      changed(name, (object, time) => {
        const given = new Map(records.map((record, index) => [record['Id'], completed(object, record, index, now())] as const));
        const stood = object.records.map((before) => {
          const record = given.get(before['Id']);
          given.delete(before['Id']);
          if (record === undefined) return before['IsDeleted'] === true ? before : touched(object, before, { IsDeleted: true }, time);
          const own = Object.entries(record).filter(([field]) => !systemFields.includes(field));
          const isSame = before['IsDeleted'] !== true && own.every(([field, value]) => before[field] === value);
          return isSame ? before : touched(object, before, { ...Object.fromEntries(own), IsDeleted: false }, time);
        });
        return [...stood, ...given.values()];
      }),
    insert: (name, record) => changed(name, (object) => [...object.records, completed(object, record, object.records.length, now())]),
    update: each,
    remove: (name, id) => each(name, id, { IsDeleted: true }),
    emptyRecycleBin: () => {
      for (const object of objects.values()) object.records = object.records.filter((record) => record['IsDeleted'] !== true);
    },
    forgetLocators: () => cursors.clear(),
    grant: (name, rights) => {
      const object = objects.get(name.toLowerCase());
      if (object !== undefined) objects.set(name.toLowerCase(), { ...object, ...rights });
    },
  };
}

function parsedSoql(soql: string): Soql | Answered {
  try {
    return parseSoql(soql);
  } catch (thrown) {
    if (!(thrown instanceof Malformed)) throw thrown;
    return refused(400, 'MALFORMED_QUERY', thrown.message);
  }
}

function refused(status: number, errorCode: string, message: string): Answered {
  return { status, body: [{ message, errorCode }] };
}

/** Faults in the service's own words: too many requests at once are a 403 here, and a row that is locked a 400. */
function refusedBy({ status }: Refusal): Answered {
  if (status === 429) return refused(403, 'REQUEST_LIMIT_EXCEEDED', 'ConcurrentRequests (Concurrent API Requests) Limit exceeded.');
  if (status === 400) return refused(400, 'UNABLE_TO_LOCK_ROW', 'unable to obtain exclusive access to this record');
  return refused(status, status === 503 ? 'SERVER_UNAVAILABLE' : 'UNKNOWN_EXCEPTION', 'An unexpected error occurred.');
}
