import { z } from 'zod';
import { OnefoldError } from '../../base/errors.js';
import type { Parent, ReadContext, Reading, SourceRecord } from '../contract.js';
import { failureOf } from '../http/failure.js';
import { mayAskForNews } from '../incremental.js';
import type { ForEach, RestStream } from './options.js';
import { filledIn } from './placeholders.js';

/*
 * Collections that a service has one by one for the records of another stream: the posts of each user. All of them together are
 * one stream. Its records carry what of the parent the stream asked for, in columns of their own.
 */

/** A page of one parent's collection. */
export interface ChildPage {
  readonly records: readonly SourceRecord[];
  readonly cursor: unknown;
  /** How many records of the collection there were up to here. */
  readonly read: number;
  readonly totals: readonly [number, number] | null;
}

/** How one collection is read. */
export interface Children {
  /** Digest of what is asked for: when it is another, all is read anew. */
  readonly query: string;
  readonly stream: RestStream;
  readonly each: ForEach;
  /** Whether pages shift when records come and go while they are read. */
  readonly shifting: boolean;
  readonly keep: (record: SourceRecord) => SourceRecord;
  /** Reads a collection, from its beginning or from a place that an earlier reading had reached. */
  readonly pages: (stream: RestStream, from: unknown) => AsyncIterable<ChildPage>;
}

/** Where all the collections stand. `mark` says up to where the parents were looked at. */
const position = z.object({
  query: z.string(),
  mark: z.string().nullable(),
  full_at: z.string().nullable(),
  reading: z
    .object({
      sweep: z.string().nullable(),
      started: z.string(),
      mark: z.string().nullable(),
      /** The parent that is being read; those before it have been. */
      at: z.string(),
      page: z.unknown(),
      failed: z.number(),
      unsound: z.number(),
    })
    .nullable(),
});
type Position = z.output<typeof position>;
type UnderWay = NonNullable<Position['reading']>;

/** How often one collection is read whose pages don't fit together. */
const attempts = 3;

/** The name under which a record carries a field of its parent: a plain column, which no field of the service is likely to have. */
export function parentColumn(name: string): string {
  return `_parent_${name}`;
}

/** Reads the collections of all parents, or of those that came or changed; those that can't be read are warned of, and then nothing is deleted. */
export async function* readChildren(context: ReadContext, children: Children): AsyncIterable<Reading> {
  const { query, stream, each } = children;
  const found = position.safeParse(context.cursors.get('all')).data;
  const stands: Position = found?.query === query ? found : { query, mark: null, full_at: null, reading: null };
  const { parents, without } = await parentsOf(context, each);
  if (without > 0)
    yield {
      kind: 'warning',
      message: `${without} records of ${each.stream} lack a field that ${stream.path} is read for; they were passed over`,
    };
  if (parents.length === 0) {
    yield { kind: 'warning', message: `no record of ${each.stream} is landed, so ${stream.path} was not read; what stood is kept` };
    return yield { kind: 'end', cursor: { ...stands, reading: null }, sweep: null, total: null };
  }
  const isNews =
    each.when === 'changed' && mayAskForNews(stream.full_every, { newest: stands.mark, full_at: stands.full_at }, context.now());
  const going = { under: stands.reading ?? begun(isNews, parents, context.now()) };
  let last: OnefoldError | null = null;
  for (const parent of parents) {
    const { under } = going;
    if (parent.id < under.at) continue;
    if (under.sweep === null && stands.mark !== null && parent.seen <= stands.mark) continue;
    if (parent.id !== under.at) going.under = { ...under, at: parent.id, page: null };
    try {
      yield* readOne(children, stands, parent, going);
    } catch (thrown) {
      if (!isOfOne(thrown)) throw thrown;
      going.under = { ...going.under, failed: going.under.failed + 1 };
      last = thrown;
    }
  }
  const { under } = going;
  if (last !== null && under.failed >= parents.length) throw last;
  if (last !== null)
    yield {
      kind: 'warning',
      message: `${under.failed} of ${parents.length} could not be read, the last because ${last.message}; nothing was deleted`,
    };
  if (under.unsound > 0)
    yield {
      kind: 'warning',
      message: `${stream.path} of ${under.unsound} did not fit together, ${attempts} times in a row; nothing was deleted`,
    };
  const sound = under.failed === 0 && under.unsound === 0;
  yield {
    kind: 'end',
    // What could not be read is asked for again, so the mark stays where it was.
    cursor: {
      query,
      mark: sound ? under.mark : stands.mark,
      full_at: sound && under.sweep !== null ? under.started : stands.full_at,
      reading: null,
    } satisfies Position,
    sweep: sound ? under.sweep : null,
    total: null,
  };
}

interface Named extends Parent {
  readonly id: string;
}

/** The parents in an order that is always the same, and how many lack a field. */
async function parentsOf(
  context: ReadContext,
  { stream, as }: ForEach,
): Promise<{ readonly parents: readonly Named[]; readonly without: number }> {
  const all = await context.parents(stream, Object.values(as));
  const whole = all.filter(({ values }) => Object.values(as).every((field) => (values[field] ?? '') !== ''));
  const named = whole.map((parent) => ({ ...parent, id: JSON.stringify(Object.values(as).map((field) => parent.values[field])) }));
  const newest = new Map<string, Named>();
  for (const one of named) {
    const other = newest.get(one.id);
    if (other === undefined || other.seen < one.seen) newest.set(one.id, one);
  }
  return { parents: [...newest.values()].sort((a, b) => (a.id < b.id ? -1 : 1)), without: all.length - whole.length };
}

function begun(isNews: boolean, parents: readonly Parent[], now: Date): UnderWay {
  const started = now.toISOString();
  const mark =
    parents
      .map(({ seen }) => seen)
      .sort()
      .at(-1) ?? null;
  return { sweep: isNews ? null : started, started, mark, at: '', page: null, failed: 0, unsound: 0 };
}

/** One parent's collection; again from its beginning where its pages don't fit together, or its place was forgotten. */
async function* readOne(children: Children, stands: Position, parent: Named, going: { under: UnderWay }): AsyncIterable<Reading> {
  const { each, keep, pages, stream } = children;
  const carried = Object.fromEntries(Object.entries(each.as).map(([name, field]) => [name, parent.values[field] ?? '']));
  const own = Object.fromEntries(Object.entries(carried).map(([name, value]) => [parentColumn(name), value]));
  const filled = filledIn(stream, carried);
  for (let attempt = 1; ; attempt++) {
    const from = going.under.page ?? null;
    const seen = new Set<string>();
    const count = { gave: false, read: 0, twice: false, totals: null as readonly [number, number] | null };
    try {
      for await (const { records, cursor, read, totals } of pages(filled, from)) {
        count.gave = true;
        count.read = read;
        count.totals = totals;
        for (const record of records) {
          const key = JSON.stringify((stream.key ?? []).map((field) => record[field] ?? null));
          count.twice ||= children.shifting && stream.key !== undefined && seen.has(key);
          seen.add(key);
        }
        going.under = { ...going.under, page: cursor };
        if (records.length > 0)
          yield {
            kind: 'page',
            records: records.map((record) => ({ ...keep(record), ...own })),
            cursor: { ...stands, reading: going.under } satisfies Position,
            sweep: going.under.sweep,
          };
      }
    } catch (thrown) {
      // A place in the middle may be forgotten by the service.
      if (from === null || count.gave || !isOfOne(thrown)) throw thrown;
      going.under = { ...going.under, page: null };
      continue;
    }
    const [least, most] = count.totals ?? [0, 0];
    const fits = !count.twice && count.read >= least && least === most;
    if (fits) return;
    if (attempt >= attempts) {
      going.under = { ...going.under, unsound: going.under.unsound + 1 };
      return;
    }
    going.under = { ...going.under, page: null };
  }
}

/** Whether a failure is of one parent's collection: it is not there, not ours to see, or can't be asked for. Others would be the same for all. */
function isOfOne(thrown: unknown): thrown is OnefoldError {
  if (!(thrown instanceof OnefoldError)) return false;
  const failure = failureOf(thrown);
  return failure === null
    ? thrown.code === 'SOURCE_BROKEN'
    : failure.kind === 'status' && [400, 403, 404, 410, 422].includes(failure.status);
}
