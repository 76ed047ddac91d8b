import type { Answered, Asked } from './server.js';
import type { StripeRecord } from './stripe_tables.js';
import { tableOf } from './stripe_tables.js';

const day = 86_400;

/** Parameters in their order. */
export type Query = readonly (readonly [name: string, value: string])[];

/** Parameters, `expand[]` and `expand[0]` both as `expand`. */
export function queryOf(url: URL): Query {
  return [...url.searchParams].map(([name, value]) => [name.replace(/\[\d*\]$/, ''), value]);
}

/** One page of a list whose rows stand newest first. */
export function listed(
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

/** Whether a field holds an id in whose place the object can be had. */
export function mayExpand(name: string, path: string): boolean {
  const [field = '', ...rest] = path.split('.');
  const target = tableOf(name).expandable[field];
  return target !== undefined && (rest.length === 0 || mayExpand(target, rest.join('.')));
}

/** The items of a list inside a record; null for anything else. */
export function itemsOf(value: unknown): readonly StripeRecord[] | null {
  if (typeof value !== 'object' || value === null || Reflect.get(value, 'object') !== 'list') return null;
  const data: unknown = Reflect.get(value, 'data');
  return Array.isArray(data) ? data : null;
}

/** An error in the service's own form. */
export function failure(status: number, error: Readonly<Record<string, string>>): Answered {
  return { status, body: { error: { type: status >= 500 ? 'api_error' : 'invalid_request_error', ...error } } };
}

/** The error for an object that does not exist. */
export function missing(status: number, object: string, id: string, param: string): Answered {
  return failure(status, { code: 'resource_missing', param, message: `No such ${object}: '${id}'` });
}
