import { createHash } from 'node:crypto';
import type { ErpnextRow } from './erpnext_query.js';
import { FrappeError, listed, shownOf, standardFields } from './erpnext_query.js';
import type { Fault } from './faults.js';
import { openFaults } from './faults.js';
import type { Answered, Asked, JsonService } from './server.js';
import { serveJson } from './server.js';

/** A document: its fields, and its child tables as lists of rows. */
export type ErpnextDocument = Readonly<Record<string, unknown>>;

export interface ErpnextOptions {
  /** DocType → its documents; what they lack of `name`, `creation` and the other standard fields they get. */
  readonly doctypes: Readonly<Record<string, readonly ErpnextDocument[]>>;
  /** DocType → field → DocType of the rows in that child table. */
  readonly children?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly key?: string;
  readonly secret?: string;
  /** Who the key belongs to. */
  readonly user?: string;
  /** DocTypes that the user may not read. */
  readonly forbidden?: readonly string[];
  /** DocType → fields that the user may not read: rows come without them. */
  readonly hidden?: Readonly<Record<string, readonly string[]>>;
  /** Whether the user may see a document, as user permissions say; all if left out. */
  readonly permits?: (doctype: string, document: ErpnextRow) => boolean;
  /** Version of Frappe; before 13 `or_filters` are passed over. */
  readonly version?: number;
  /** How far the site's clock is ahead of UTC. */
  readonly zoneHours?: number;
  readonly faults?: readonly Fault[];
}

export interface Erpnext extends JsonService {
  /** Switches these faults on in place of those before. */
  readonly fail: (faults: readonly Fault[]) => void;
  readonly insert: (doctype: string, document: ErpnextDocument) => void;
  /** Changes fields of a document; `modified` moves, as when it is saved. */
  readonly update: (doctype: string, name: string, fields: ErpnextDocument) => void;
  /** Deletes a document, and notes it in the log of deleted documents unless it is deleted for good. */
  readonly remove: (doctype: string, name: string, permanently?: boolean) => void;
  /** Gives a document another name; neither `modified` nor the log tell of it. */
  readonly rename: (doctype: string, name: string, next: string) => void;
  /** What the clock of the site says now; no two calls get the same. */
  readonly clock: () => string;
}

/**
 * A Frappe site with the habits that trip readers up: lists of 20 rows and of `name` alone unless more is asked for, no child tables in
 * lists, times without a zone, a comparison of texts without regard to case, counts that are made without regard to user permissions.
 *
 * It knows `/api/resource/DOCTYPE` with `fields`, `filters`, `or_filters`, `order_by`, `limit_start`, `limit_page_length` and `parent`,
 * `/api/resource/DOCTYPE/NAME`, and the methods `frappe.auth.get_logged_user`, `frappe.client.get_count` and
 * `frappe.desk.reportview.get_count`. Nothing can be written but by the functions beside it.
 */
export async function startErpnext(options: ErpnextOptions): Promise<Erpnext> {
  const faults = openFaults(options.faults);
  const site = openSite(options);
  let expired = false;
  const service = await serveJson(
    faults,
    ({ status }) => (status === 429 ? { status, body: 'Too Many Requests' } : problem(status, 'OperationalError', 'Server Error')),
    (asked) => {
      if (asked.struck.expires) expired = true;
      try {
        const { key = 'key', secret = 'secret' } = options;
        const given = asked.headers.authorization;
        if (given === undefined) throw new FrappeError(403, 'PermissionError', 'Login to access');
        if (expired || given !== `token ${key}:${secret}`) throw new FrappeError(401, 'AuthenticationError', 'Invalid credentials');
        return { status: 200, body: answer(site, options, asked) };
      } catch (thrown) {
        if (!(thrown instanceof FrappeError)) throw thrown;
        return problem(thrown.status, thrown.type, thrown.message);
      }
    },
  );
  const fail = (given: readonly Fault[]): void => {
    expired = false;
    faults.set(given);
  };
  const { insert, update, remove, rename, clock } = site;
  return { ...service, fail, insert, update, remove, rename, clock };
}

/** An error as Frappe spells it: the class, a traceback, and messages that are JSON within JSON. */
function problem(status: number, type: string, message: string): Answered {
  const messages = JSON.stringify([JSON.stringify({ message, indicator: 'red' })]);
  const trace = JSON.stringify([
    `Traceback (most recent call last):\n  File "apps/frappe/frappe/app.py"\nfrappe.exceptions.${type}: ${message}\n`,
  ]);
  return { status, body: { exception: `frappe.exceptions.${type}: ${message}`, exc_type: type, exc: trace, _server_messages: messages } };
}

function answer(site: Site, options: ErpnextOptions, asked: Asked): unknown {
  const [, api, kind, first = '', ...rest] = asked.url.pathname.split('/').map(decodeURIComponent);
  if (api !== 'api' || asked.method !== 'GET') throw new FrappeError(404, 'DoesNotExistError', 'Not Found');
  const permitted = (doctype: string) => (row: ErpnextRow) => options.permits?.(doctype, row) ?? true;
  if (kind === 'method') {
    if (first === 'frappe.auth.get_logged_user') return { message: options.user ?? 'reader@example.com' };
    const doctype = asked.query['doctype'] ?? '';
    const { rows, fields } = tableOf(site, options, doctype, asked.query);
    const found = listed(rows, fields, { filters: asked.query['filters'] ?? '[]' }, true);
    if (first === 'frappe.client.get_count') return { message: found.length };
    if (first === 'frappe.desk.reportview.get_count' && takenForSql.test(doctype))
      throw new FrappeError(417, 'DataError', 'Use of sub-query or function is restricted');
    if (first === 'frappe.desk.reportview.get_count') return { message: found.filter(permitted(doctype)).length };
  }
  if (kind !== 'resource') throw new FrappeError(404, 'DoesNotExistError', 'Not Found');
  const { rows, fields } = tableOf(site, options, first, asked.query);
  if (rest.length > 0) {
    const row = rows.find((one) => one['name'] === rest.join('/'));
    if (row === undefined) throw new FrappeError(404, 'DoesNotExistError', `${first} not found`);
    if (!permitted(first)(row)) throw new FrappeError(403, 'PermissionError', 'Not permitted');
    return { data: { doctype: first, ...row, ...site.childrenOf(first, String(row['name'])) } };
  }
  const found = listed(rows.filter(permitted(first)), fields, asked.query, (options.version ?? 15) >= 13);
  const [start, length] = [Number(asked.query['limit_start'] ?? 0), Number(asked.query['limit_page_length'] ?? 20)];
  const page = asked.struck.page(found, start, length === 0 ? Math.max(1, found.length) : length, start === 0 ? 'mark' : 'offset');
  const hidden = options.hidden?.[first] ?? [];
  const seen = (row: ErpnextRow): ErpnextRow =>
    Object.fromEntries(Object.entries(shownOf(row, fields, asked.query)).filter(([name]) => !hidden.includes(name)));
  const data = asked.struck.again ? (site.pages.get(first) ?? []) : page.rows.map(seen);
  site.pages.set(first, data);
  return { data };
}

/** Words that Frappe finds in the name of a table and takes for a statement, where it puts that name into a function. */
const takenForSql = /select|create|insert|delete|drop|update|case|show/i;

/** The table of a DocType that the user may read; child tables are read with the right to read the parent. */
function tableOf(site: Site, { forbidden = [], children = {} }: ErpnextOptions, doctype: string, query: Readonly<Record<string, string>>) {
  const isChild = Object.values(children).some((tables) => Object.values(tables).includes(doctype));
  const parent = query['parent'] ?? '';
  if (isChild && !Object.values(children[parent] ?? {}).includes(doctype)) throw new FrappeError(403, 'PermissionError', 'Not permitted');
  if (forbidden.includes(isChild ? parent : doctype)) throw new FrappeError(403, 'PermissionError', 'Insufficient Permission');
  const rows = site.tables.get(doctype);
  if (rows === undefined) throw new FrappeError(404, 'DoesNotExistError', `DocType ${doctype} not found`);
  const all = [...rows.values()];
  const own = isChild ? ['parent', 'parenttype', 'parentfield'] : doctype === deleted ? deletedFields : [];
  return { rows: all, fields: new Set([...standardFields, ...own, ...all.flatMap((row) => Object.keys(row))]) };
}

const deleted = 'Deleted Document';
const deletedFields = ['deleted_name', 'deleted_doctype', 'restored', 'new_name', 'data'];

type Site = ReturnType<typeof openSite>;

/** The documents of a site, and what may happen to them. */
function openSite({ doctypes, children = {}, zoneHours = 0, user = 'reader@example.com' }: ErpnextOptions) {
  const childTypes = Object.values(children).flatMap((tables) => Object.values(tables));
  const tables = new Map([...Object.keys(doctypes), ...childTypes, deleted].map((name) => [name, new Map<string, ErpnextRow>()]));
  let [count, last] = [0, 0];
  const clock = (): string => {
    last = Math.max(last + 1, (Date.now() + zoneHours * 3_600_000) * 1000);
    const now = new Date(Math.floor(last / 1000)).toISOString();
    return `${now.slice(0, 10)} ${now.slice(11, 23)}${String(last % 1000).padStart(3, '0')}`;
  };
  const table = (doctype: string): Map<string, ErpnextRow> => {
    const found = tables.get(doctype) ?? new Map<string, ErpnextRow>();
    tables.set(doctype, found);
    return found;
  };
  const fresh = (): string => {
    count += 1;
    return createHash('sha256').update(String(count)).digest('hex').slice(0, 10);
  };
  const childrenOf = (doctype: string, parent: string): Record<string, readonly ErpnextRow[]> =>
    Object.fromEntries(
      Object.entries(children[doctype] ?? {}).map(([field, type]) => [
        field,
        [...table(type).values()]
          .filter((row) => row['parent'] === parent && row['parenttype'] === doctype && row['parentfield'] === field)
          .sort((a, b) => Number(a['idx']) - Number(b['idx'])),
      ]),
    );
  /** Writes a document, its child tables anew where they are given. */
  const write = (doctype: string, document: ErpnextDocument): void => {
    const name = String(document['name']);
    const row = new Map(Object.entries(document));
    for (const [field, type] of Object.entries(children[doctype] ?? {})) {
      const given = row.get(field);
      row.delete(field);
      if (!Array.isArray(given)) continue;
      for (const old of childrenOf(doctype, name)[field] ?? []) table(type).delete(String(old['name']));
      given.forEach((child: ErpnextRow, index) => {
        const place = { parent: name, parenttype: doctype, parentfield: field, idx: index + 1 };
        const own = { name: fresh(), ...child, ...place, modified: document['modified'], creation: document['modified'], docstatus: 0 };
        table(type).set(own.name, own);
      });
    }
    table(doctype).set(name, Object.fromEntries(row));
  };
  const insert = (doctype: string, document: ErpnextDocument): void => {
    const now = clock();
    write(doctype, { name: fresh(), owner: user, creation: now, modified: now, modified_by: user, docstatus: 0, idx: 0, ...document });
  };
  const remove = (doctype: string, name: string, permanently = false): void => {
    for (const [field, type] of Object.entries(children[doctype] ?? {}))
      for (const child of childrenOf(doctype, name)[field] ?? []) table(type).delete(String(child['name']));
    if (table(doctype).delete(name) && !permanently)
      insert(deleted, { deleted_name: name, deleted_doctype: doctype, restored: 0, new_name: null, data: '{}' });
  };
  for (const [doctype, documents] of Object.entries(doctypes)) for (const document of documents) insert(doctype, document);
  return {
    tables,
    /** The page that each DocType gave last. */
    pages: new Map<string, readonly ErpnextRow[]>(),
    childrenOf,
    clock,
    insert,
    remove,
    update: (doctype: string, name: string, fields: ErpnextDocument): void =>
      write(doctype, { ...table(doctype).get(name), modified: clock(), modified_by: user, ...fields }),
    rename: (doctype: string, name: string, next: string): void => {
      const row = table(doctype).get(name);
      table(doctype).delete(name);
      if (row !== undefined) table(doctype).set(next, { ...row, name: next });
    },
  };
}
