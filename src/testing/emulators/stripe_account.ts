import type { Answered, Asked } from './server.js';
import { failure, itemsOf, listed, mayExpand, missing, queryOf } from './stripe_list.js';
import type { StripeRecord } from './stripe_tables.js';
import { stripeTables, tableOf } from './stripe_tables.js';

/** What an account holds, changeable while it is served. Each change leaves the event that the service documents, or that of `type`; null for none. */
export interface StripeAccount {
  readonly insert: (table: string, record: StripeRecord, type?: string | null) => string;
  readonly update: (table: string, id: string, changes: StripeRecord, type?: string | null) => void;
  readonly remove: (table: string, id: string, type?: string | null) => void;
}

/** Lists inside a record show so many items; the rest has an address of its own. */
const shownItems = 10;

/** An account at work. */
export interface Account {
  readonly changes: StripeAccount;
  readonly answer: (asked: Asked, lacks: (permission: string) => Answered | null) => Answered;
}

/** An account with the records that it is given. */
export function openAccount(given: Readonly<Record<string, readonly StripeRecord[]>>, now: () => number): Account {
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
