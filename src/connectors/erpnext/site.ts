/** A Frappe site by its REST API: lists that are complete, counts, and who asks. */
import { z } from 'zod';
import { OnefoldError } from '../../base/errors.js';
import type { ReadContext } from '../contract.js';
import type { Http } from '../http/client.js';
import { failureOf, wantsLess } from '../http/failure.js';
import { shapeOf } from '../http/json.js';
import { httpOptionsOf } from '../http/settings.js';
import { clientOf } from '../http/shared.js';
import type { ErpnextSource } from './options.js';
import { told } from './refusal.js';

/** The name of a document; of some DocTypes it is a number. */
const nameOf = z.union([z.string(), z.number()]);
const row = z.looseObject({ name: nameOf });
export type Row = z.output<typeof row>;
type Name = Row['name'];

export type Filter = readonly [field: string, operator: string, value: unknown];

/** A list that is asked for. */
export interface Listing {
  readonly doctype: string;
  readonly fields: readonly string[];
  readonly filters: readonly Filter[];
  readonly size: number;
  /** DocType of the documents that rows of a child table belong to. */
  readonly parent?: string;
}

/** The row behind which a list goes on: its value in the column that orders it, and its name. */
export const mark = z.object({ value: z.string(), name: nameOf });
type Mark = z.output<typeof mark>;

/** What orders a list: a time and then names, or names alone. */
type Column = 'modified' | 'creation' | 'name';

/** Rows that Frappe gives unless it is asked for more; no site is known to cut its pages to fewer. */
const fewest = 20;

/** The longest page that a site has given: a shorter one, if more was asked for, was not cut short. */
const longest = new WeakMap<Http, number>();

/** The client of the site, shared by its streams. */
export function siteOf(source: ErpnextSource, context: ReadContext): Http {
  const auth = { kind: 'api_key', header: 'Authorization', prefix: 'token ', id: source.key, key: source.secret } as const;
  return clientOf(() => httpOptionsOf({ ...source, auth }), context);
}

/** Who the key belongs to. */
export async function loggedUser(http: Http): Promise<string> {
  return messageOf(await told({ doctype: 'User' }, () => http.request({ url: 'api/method/frappe.auth.get_logged_user' })), z.string());
}

/**
 * How many documents the user may see. (`frappe.client.get_count` counts in most versions those too that user permissions keep from the
 * user; the count of the list view does not.) Null where the site can't count: it takes some words in the name of a DocType, such as
 * `Case`, for SQL and refuses.
 */
export async function countOf(http: Http, { doctype, filters }: Pick<Listing, 'doctype' | 'filters'>): Promise<number | null> {
  const query = { doctype, filters: JSON.stringify(filters) };
  const request = { url: 'api/method/frappe.desk.reportview.get_count', query, accept: [417] };
  const answer = await told({ doctype }, () => http.request(request));
  return answer.status === 417 ? null : messageOf(answer, z.number().int());
}

/**
 * All rows of a list, page by page, in the order of a time and of names, or of names alone. The next page begins behind the last row of
 * the one before, by its values and not by its number: a document that is saved meanwhile moves to the end and is met there, and none can
 * slip through. The list ends with an empty page, or with a short one: if `isAll`, asked after a page was taken, says that nothing is
 * left, or where nobody can say that, if the site has shown that it does not cut its pages to that length.
 */
export async function* rowsOf(
  http: Http,
  listing: Listing,
  by: Column,
  from: Mark | null,
  isAll?: () => boolean,
): AsyncGenerator<readonly Row[], void> {
  let [at, size] = [from, listing.size];
  for (;;) {
    let rows: readonly Row[];
    try {
      rows = await pageBehind(http, { ...listing, size }, by, at);
    } catch (thrown) {
      const failure = failureOf(thrown);
      if (failure === null || !wantsLess(failure) || size <= fewest) throw thrown;
      size = Math.max(fewest, Math.floor(size / 2));
      continue;
    }
    if (rows.length === 0) return;
    for (const one of rows) at = behind(at, one, by, listing.doctype);
    const shown = longest.get(http) ?? fewest;
    longest.set(http, Math.max(shown, rows.length));
    yield rows;
    if (rows.length < size && (isAll?.() ?? rows.length < shown)) return;
  }
}

/** One page of a list. `or`: conditions of which one must hold besides. */
export async function list(
  http: Http,
  { doctype, fields, filters, size, parent }: Listing,
  order: string,
  { or, lighter = false }: { readonly or?: readonly Filter[]; readonly lighter?: boolean } = {},
): Promise<readonly Row[]> {
  const request = {
    url: `api/resource/${encodeURIComponent(doctype)}`,
    query: {
      fields: JSON.stringify(fields),
      filters: JSON.stringify(filters),
      or_filters: or === undefined ? undefined : JSON.stringify(or),
      order_by: order,
      limit_page_length: size,
      parent,
    },
    lighter,
  };
  const answer = await told({ doctype, parent }, () => http.request(request));
  const { success, data } = z.object({ data: z.array(row) }).safeParse(answer.json);
  if (!success)
    throw new OnefoldError('SOURCE_BROKEN', `the list of ${doctype} is not one of documents with names: it is ${shapeOf(answer.json)}`, {
      hint: 'is the address that of a Frappe site?',
    });
  return data.data;
}

/** The page of a list behind a mark. */
function pageBehind(http: Http, listing: Listing, by: Column, at: Mark | null): Promise<readonly Row[]> {
  const { filters, size } = listing;
  const lighter = size > fewest;
  if (by === 'name') {
    const next: readonly Filter[] = at === null ? [] : [['name', '>', at.name]];
    return list(http, { ...listing, filters: [...filters, ...next] }, 'name asc', { lighter });
  }
  const order = `${by} asc, name asc`;
  if (at === null) return list(http, listing, order, { lighter });
  // Not before it, and (later, or behind it by name): the only form that Frappe has for what comes behind a mark.
  const or = [
    [by, '>', at.value],
    ['name', '>', at.name],
  ] as const;
  return list(http, { ...listing, filters: [...filters, [by, '>=', at.value]] }, order, { or, lighter });
}

/** The mark of a row that comes behind another. @throws OnefoldError `SOURCE_BROKEN` when it does not, so that rows would be lost */
function behind(at: Mark | null, one: Row, by: Column, doctype: string): Mark {
  const value = by === 'name' ? '' : one[by];
  if (typeof value !== 'string')
    throw new OnefoldError('SOURCE_BROKEN', `a document of ${doctype} has no \`${by}\`, which tells where the list goes on`, {
      hint: 'the user must be allowed to read it; where it is empty, save the document',
    });
  if (at !== null && (value < at.value || (value === at.value && one.name === at.name)))
    throw new OnefoldError('SOURCE_BROKEN', `the list of ${doctype} does not keep to its order, so documents would be lost between pages`, {
      hint: 'Frappe knows `or_filters` from version 13 on; does something between here and the site answer from a cache?',
    });
  return { value, name: one.name };
}

/** Names in portions that an address can hold. */
export function portions(names: readonly Name[]): readonly (readonly Name[])[] {
  const made: Name[][] = [];
  let room = 0;
  for (const name of names) {
    const length = encodeURIComponent(JSON.stringify(name)).length + 3;
    if (length > room) {
      made.push([]);
      room = 3000;
    }
    made.at(-1)?.push(name);
    room -= length;
  }
  return made;
}

function messageOf<T>(answer: { readonly json: unknown }, shape: z.ZodType<T>): T {
  const { success, data } = z.object({ message: shape }).safeParse(answer.json);
  if (success) return data.message;
  throw new OnefoldError('SOURCE_BROKEN', `a method of the site answered with something else: it is ${shapeOf(answer.json)}`, {
    hint: 'is the address that of a Frappe site?',
  });
}
