import { OnefoldError } from '../../base/errors.js';
import type { SourceRecord } from '../contract.js';
import { isObject } from '../http/json.js';
import type { Api } from './api.js';
import type { Query } from './lists.js';

/** The most that Stripe gives at once. */
const most = 100;

/** A record with its id. */
export interface Row {
  readonly id: string;
  readonly record: SourceRecord;
}

/** A page of a list, newest first. */
export interface Page {
  readonly rows: readonly Row[];
  /** Whether more stand behind the last of them. */
  readonly more: boolean;
  readonly at: Date | null;
}

/**
 * The page behind a record, or the first one; null when Stripe no longer knows that record.
 * @throws OnefoldError `SOURCE_BROKEN` when it is no page, or not one that leads on
 */
export async function pageOf(api: Api, path: string, query: Query, after: string | null, limit = most): Promise<Page | null> {
  const given = await api.get(path, { ...query, limit, ...(after === null ? {} : { starting_after: after }) });
  if (given === null) return null;
  const { data, has_more: more } = given.json;
  if (!Array.isArray(data) || typeof more !== 'boolean') throw broken(path, 'has no list of records');
  const rows = data.map((record: unknown) => rowOf(record, path));
  if (rows.some(({ id }) => id === after)) throw broken(path, 'gave a page again that was read before');
  if (more && rows.length === 0) throw broken(path, 'gave an empty page and says that there are more records');
  return { rows, more, at: given.at };
}

/** A record by its id; null when it is gone. */
export async function recordOf(api: Api, list: string, id: string, query: Query): Promise<SourceRecord | null> {
  const given = await api.get(`${list}/${encodeURIComponent(id)}`, query);
  return given === null || given.json['deleted'] === true ? null : rowOf(given.json, list).record;
}

/** A record whose own lists are whole: Stripe shows the first ten lines of an invoice, and says where the others are. */
export async function completed(api: Api, record: SourceRecord): Promise<SourceRecord> {
  const whole = isCut(record) ? await withRest(api, record) : record;
  return isObject(whole) ? whole : record;
}

function isCut(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(isCut);
  if (!isObject(value)) return false;
  return (value['object'] === 'list' && value['has_more'] === true) || Object.values(value).some(isCut);
}

async function withRest(api: Api, value: unknown): Promise<unknown> {
  if (Array.isArray(value)) return Promise.all(value.map((item) => withRest(api, item)));
  if (!isObject(value) || !isCut(value)) return value;
  const fields = await Promise.all(Object.entries(value).map(async ([name, field]) => [name, await withRest(api, field)] as const));
  const own: Readonly<Record<string, unknown>> = Object.fromEntries(fields);
  const { object, has_more: more, data, url } = own;
  if (object !== 'list' || more !== true || !Array.isArray(data)) return own;
  const rest = await restOf(api, typeof url === 'string' ? url : '', data);
  return { ...own, data: [...data, ...rest], has_more: false };
}

/** The items of a list behind those that were shown. */
async function restOf(api: Api, url: string, shown: readonly unknown[]): Promise<readonly unknown[]> {
  const [, path, query = ''] = /^\/v1\/([\w/.-]+)(?:\?(.*))?$/.exec(url) ?? [];
  if (path === undefined) throw broken('a record', 'has a list that is cut short, and no address of the rest');
  const last: unknown = shown.at(-1);
  const rest: unknown[] = [];
  let after = last === undefined ? null : rowOf(last, path).id;
  for (;;) {
    const page = await pageOf(api, path, Object.fromEntries(new URLSearchParams(query)), after);
    if (page === null) throw broken(path, 'changed while it was read');
    rest.push(...(await Promise.all(page.rows.map(({ record }) => withRest(api, record)))));
    after = page.rows.at(-1)?.id ?? null;
    if (!page.more) return rest;
  }
}

function rowOf(record: unknown, path: string): Row {
  const id = isObject(record) ? record['id'] : undefined;
  if (!isObject(record) || typeof id !== 'string' || id === '') throw broken(path, 'gave a record without `id`');
  return { id, record };
}

function broken(path: string, what: string): OnefoldError {
  return new OnefoldError('SOURCE_BROKEN', `the list ${/^\w+/.exec(path)?.[0] ?? ''} of Stripe ${what}`, {
    hint: 'read the stream again; if it stays so, look at `api_version`',
  });
}
