/**
 * Reads a collection page by page, and either completely or not at all: what the service declares is compared with what came, a page
 * that comes twice is an error and not a loop, and pages that are too heavy are asked for in smaller pieces.
 */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { OnefoldError } from '../../base/errors.js';
import type { Http } from './client.js';
import { failureOf, shown, wantsLess } from './failure.js';
import { at, isObject, shapeOf } from './json.js';
import type { Answer, RequestSpec } from './message.js';
import type { AnyPager, Next } from './paging/contract.js';
import type { PagingOptions } from './paging/registry.js';
import { openPager } from './paging/registry.js';

type Fields = Readonly<Record<string, unknown>>;

/** A collection, as it is declared. */
export interface Collection {
  readonly request: RequestSpec;
  /** Path of the list of records in the body; empty when the body is the list. */
  readonly records: string;
  /** Where the service says how many records there are: a path in the body, or a header (also `Content-Range`, RFC 9110). */
  readonly total?: string | { readonly header: string } | null;
  /** As a project file says it, or a connector's own. */
  readonly paging: PagingOptions | (AnyPager & { readonly kind: string });
  /** The caller compares the totals by itself: a wrong count is no error, and the last page is given even when it is empty. */
  readonly tolerant?: boolean;
}

export interface Page {
  readonly records: readonly Fields[];
  /** Plain JSON, from which the reading goes on after this page. */
  readonly cursor: PageCursor;
  /** How many records there are, as the service said with this page; null when it did not. */
  readonly total: number | null;
  /** The declared total changed while it was read: rows may have been missed or have come twice. */
  readonly drifted: boolean;
  /** The whole answer, for what else it holds. */
  readonly answer: Answer;
}

const cursorSchema = z.strictObject({
  kind: z.string(),
  at: z.unknown(),
  size: z.number().nullable(),
  read: z.number(),
  totals: z.tuple([z.number(), z.number()]).nullable(),
  print: z.string().nullable(),
  done: z.boolean(),
});

/**
 * Where a reading stands. `at` is the next page's position, `read` the records up to it, `totals` the smallest and the largest total
 * that were declared, `print` the digest of the last page; `done` when nothing follows and the totals agreed.
 */
export type PageCursor = z.output<typeof cursorSchema>;

/** Empty pages in a row that have a successor, before they are taken for an endless loop. */
const maxEmpty = 1000;
/** Pages in a row that must arrive before a reduced size is doubled again. */
const calm = 8;

/**
 * The pages of a collection, from the start or from a cursor that an earlier page had. Empty pages are not given. A cursor is `done`
 * only when the reading is complete: a page whose count is wrong fails before it is given, and is read again next time.
 * @throws OnefoldError those of the client; `SOURCE_BROKEN` when an answer is not as declared, a page comes twice, or the count is
 * wrong; `CONFIG_INVALID` when the cursor belongs to another kind of paging
 */
export async function* pages(http: Http, collection: Collection, from?: unknown): AsyncGenerator<Page, void> {
  const any = 'pager' in collection.paging ? collection.paging : openPager(collection.paging);
  const { pager } = any;
  let state = from === undefined || from === null ? firstCursor(collection, any) : resumed(from, collection, any);
  const seen = new Seen(state);
  let empty = 0;
  let good = 0;
  while (!state.done) {
    const { answer, position, size } = await fetchPage(http, collection, any, state);
    const fail = (what: string, hint: string): OnefoldError => brokenPage(collection, answer, what, hint);
    const records = recordsOf(collection, answer, fail);
    const total = totalOf(collection, answer, state, fail);
    const read = state.read + records.length;
    const totals = pager.narrows === true && state.totals !== null ? state.totals : widened(state.totals, total);
    const print = records.length === 0 ? state.print : digest(records);
    const next: Next<unknown> = pager.next(position, { answer, records, read, total, size, clean: http.clean });
    if (next !== 'end' && 'why' in next) throw fail(`answered with ${next.why}`, next.hint ?? 'look at the declared paging of this stream');
    if (records.length > 0 && seen.page(print)) {
      throw fail('gave the same page twice', 'does the service take the parameters of the declared paging?');
    }
    if (next !== 'end' && seen.position(next.at)) {
      throw fail('leads back to a page that was read', 'look at the declared paging of this stream');
    }
    if (next === 'end' && collection.tolerant !== true) checkCount(read, totals, pager.narrows === true, fail);
    empty = records.length === 0 ? empty + 1 : 0;
    if (empty > maxEmpty) throw fail(`gave ${empty} empty pages in a row`, 'look at the declared paging of this stream');
    good = size === state.size ? good + 1 : 0;
    state = { kind: state.kind, at: next === 'end' ? position : next.at, size, read, totals, print, done: next === 'end' };
    if (good >= calm && !state.done) {
      state = grown(state, any);
      good = 0;
    }
    if (records.length > 0 || (state.done && collection.tolerant === true))
      yield { records, cursor: state, total, drifted: totals !== null && totals[0] !== totals[1], answer };
  }
}

function firstCursor({ paging }: Collection, { pager }: AnyPager): PageCursor {
  return { kind: paging.kind, at: pager.first, size: pager.sizes?.size ?? null, read: 0, totals: null, print: null, done: false };
}

function resumed(from: unknown, { paging }: Collection, any: AnyPager): PageCursor {
  try {
    const cursor = cursorSchema.parse(from);
    if (cursor.kind !== paging.kind) throw new Error('another kind');
    return { ...cursor, at: any.position(cursor.at) };
  } catch {
    throw new OnefoldError('CONFIG_INVALID', `where the reading stopped can't be told by paging of the kind \`${paging.kind}\``, {
      hint: 'the paging was changed in the meantime: read the stream from its start',
    });
  }
}

/** One page; where it is too heavy for the service, a smaller one from the same record on. */
async function fetchPage(http: Http, { request }: Collection, { pager }: AnyPager, state: PageCursor) {
  let { at: position, size } = state;
  for (;;) {
    const less = smaller(pager, position, size, state.read);
    try {
      return { answer: await http.request({ ...pager.ask(request, position, size), lighter: less !== null }), position, size };
    } catch (thrown) {
      const failure = failureOf(thrown);
      if (less === null || failure === null || !wantsLess(failure)) throw thrown;
      ({ position, size } = less);
    }
  }
}

/** The largest size up to the half at which the position can be kept; null when there is none. */
function smaller(pager: AnyPager['pager'], position: unknown, size: number | null, read: number) {
  if (size === null || pager.sizes === null) return null;
  const { resize, sizes } = pager;
  for (let less = Math.floor(size / 2); less >= sizes.min; less--) {
    // Where positions do not depend on the size, null is the first of them.
    if (resize === undefined) return { position, size: less };
    const moved = resize(position, size, less, read);
    if (moved !== null) return { position: moved, size: less };
  }
  return null;
}

/** The size after a calm stretch: doubled, up to the declared one, where positions do not depend on it. */
function grown(state: PageCursor, { pager }: AnyPager): PageCursor {
  if (state.size === null || pager.sizes === null || pager.resize !== undefined) return state;
  return { ...state, size: Math.min(pager.sizes.size, state.size * 2) };
}

type Fail = (what: string, hint: string) => OnefoldError;

function brokenPage({ request }: Collection, answer: Answer, what: string, hint: string): OnefoldError {
  return new OnefoldError('SOURCE_BROKEN', `${shown({ method: request.method ?? 'GET', url: new URL(answer.url) })} ${what}`, { hint });
}

/** Null stands for an empty list: many services write it so. */
function recordsOf({ records: path }: Collection, { json }: Answer, fail: Fail): readonly Fields[] {
  const found = at(json, path);
  if (found === null && path !== '') return [];
  const where = path === '' ? 'the body' : `\`${path}\``;
  if (found === undefined) throw fail(`has nothing at ${where}: it is ${shapeOf(json)}`, 'look at the declared path of the records');
  if (!Array.isArray(found)) throw fail(`has no list at ${where}: it is ${shapeOf(found)}`, 'look at the declared path of the records');
  const records = found.filter(isObject);
  if (records.length < found.length) throw fail(`has things at ${where} that are no records`, 'look at the declared path of the records');
  return records;
}

/** The first page must have the total that is declared; later pages may leave it out. */
function totalOf({ total: declared }: Collection, { json, headers }: Answer, state: PageCursor, fail: Fail): number | null {
  if (declared === undefined || declared === null) return null;
  const found = typeof declared === 'string' ? at(json, declared) : headers.get(declared.header)?.replace(/^.*\//, '');
  if (found === '*') return null;
  const number = typeof found === 'number' || (typeof found === 'string' && /^\d+$/.test(found)) ? Number(found) : null;
  if (number !== null && Number.isInteger(number) && number >= 0) return number;
  if (state.totals !== null) return null;
  const where = typeof declared === 'string' ? `\`${declared}\`` : `the header \`${declared.header}\``;
  throw fail(`has no total at ${where}: it is ${shapeOf(json)}`, 'look at the declared path of the total, or leave it out');
}

function widened(totals: PageCursor['totals'], total: number | null): PageCursor['totals'] {
  if (total === null) return totals;
  return totals === null ? [total, total] : [Math.min(totals[0], total), Math.max(totals[1], total)];
}

function checkCount(read: number, totals: PageCursor['totals'], mayGrow: boolean, fail: Fail): void {
  if (totals === null || (read >= totals[0] && (mayGrow || read <= totals[1]))) return;
  const [least, most] = totals;
  const declared = least === most ? `${least}` : `${least} to ${most}`;
  throw fail(
    `declared a total of ${declared}, but gave ${read} records`,
    'read the stream again; if the total of this service is no count of these records, leave it out',
  );
}

/** What was read already, to notice what comes twice; kept as digests. */
class Seen {
  readonly #pages = new Set<string>();
  readonly #positions = new Set<string>();

  constructor({ at: position, print }: PageCursor) {
    this.#positions.add(digest(position));
    if (print !== null) this.#pages.add(print);
  }

  /** Notes a page; true when it was there. */
  page(print: string | null): boolean {
    return print !== null && noted(this.#pages, print);
  }

  /** Notes a position; true when it was there. */
  position(position: unknown): boolean {
    return noted(this.#positions, digest(position));
  }
}

function noted(set: Set<string>, entry: string): boolean {
  if (set.has(entry)) return true;
  set.add(entry);
  return false;
}

function digest(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('base64url').slice(0, 22);
}
