import { OnefoldError } from '../../base/errors.js';
import type { ReadContext, Reading, SourceRecord } from '../contract.js';
import { defineSource } from '../define.js';
import { fingerprint } from '../fingerprint.js';
import { clientOf } from '../http/shared.js';
import { readIncrementally, unseenDeletes } from '../incremental.js';
import type { Answer, Asking } from './answers.js';
import { isQueryRefused, openAsking } from './answers.js';
import type { NetsuiteSource, NetsuiteStream } from './options.js';
import { netsuiteHttp, netsuiteSource, netsuiteStream } from './options.js';
import { cursorField, pagesOf } from './pages.js';
import { countQuery, deletedQuery, everything, recordOf, rowsQuery } from './query.js';

/**
 * Tables and queries of NetSuite, by SuiteQL over REST. A stream without a cursor is read whole, and rows that are gone are deleted; with a
 * cursor only what changed is asked for, and what was deleted where `deleted` says how to ask.
 */
export const netsuite = defineSource({
  name: 'netsuite',
  config: netsuiteSource,
  stream: netsuiteStream,
  capabilities: (_source, { key, cursor, deleted, full_every }) => ({
    key,
    ordered: true,
    windows: cursor !== undefined,
    blind: deleted === undefined ? unseenDeletes(cursor, full_every) : [],
  }),
  check,
  discover: async (source, stream, context) => {
    if (stream.columns !== undefined) return landed(stream, stream.columns);
    const asking = askingOf(source, stream, context);
    const first = await asking.ask(rowsQuery(stream, everything));
    // A column that is null in all rows of an answer is not in it: the newest rows may have others than the oldest.
    const last = first.hasMore ? (await asking.ask(rowsQuery(stream, everything, true))).items : [];
    const columns = columnsOf(stream, [...first.items, ...last]);
    return columns.length === 0 ? null : columns;
  },
  read,
});

async function* read(source: NetsuiteSource, stream: NetsuiteStream, context: ReadContext): AsyncIterable<Reading> {
  const { cursor, key, overlap, full_every } = stream;
  const asking = askingOf(source, stream, context);
  yield* readIncrementally(context, {
    query: queryOf(source, stream),
    name: nameOf(stream),
    key,
    cursor: cursor === undefined ? null : { name: cursor, of: (record) => record[cursorField] ?? record[cursor], local: true },
    overlap,
    full_every,
    // Rows are asked for behind the last one: others may come and go.
    shifting: false,
    keep: (record) => kept(stream, record),
    pages: (asked, from) => pagesOf(asking, stream, asked, from, context.now),
  });
}

async function check(source: NetsuiteSource, stream: NetsuiteStream, context: ReadContext): Promise<string> {
  const asking = askingOf(source, { ...stream, page_size: Math.min(stream.page_size, 5) }, context);
  const { items, total } = await asking.ask(rowsQuery(stream, everything)).catch(async (thrown: unknown) => {
    throw isQueryRefused(thrown) ? await whatIsRefused(asking, stream, thrown) : thrown;
  });
  if (stream.deleted !== undefined) await checkDeleted(asking, stream.deleted.type);
  if (items.length === 0) return `${nameOf(stream)} answers, and has no rows that the role may see`;
  const columns = columnsOf(stream, items).length;
  return `${nameOf(stream)} has ${total === null ? '' : `${total} `}rows of ${columns} columns`;
}

/** NetSuite says no more than that a query is wrong, so the table, its columns and the condition are tried one by one. */
async function whatIsRefused(asking: Asking, stream: NetsuiteStream, thrown: unknown): Promise<unknown> {
  const { table, columns = [], key, cursor, dates, where } = stream;
  if (table === undefined) return thrown;
  const works = (part: Partial<NetsuiteStream>): Promise<boolean> =>
    answers(asking, countQuery({ ...stream, where: undefined, cursor: undefined, ...part }, everything));
  const alike = 'NetSuite answers alike when it is not there and when the role may not see it';
  if (!(await works({})))
    return refusal(
      `NetSuite gives no table \`${table}\``,
      `${alike}: look at the name in the Records Catalog, and at the permissions of the role`,
    );
  const refused: string[] = [];
  for (const column of new Set([...columns, ...key, ...dates, ...(cursor === undefined ? [] : [cursor])]))
    if (!(await works({ where: `${table}.${column} IS NULL` }))) refused.push(`\`${column}\``);
  if (refused.length > 0)
    return refusal(
      `NetSuite gives no ${refused.join(', ')} of \`${table}\``,
      `${alike}: look at the Records Catalog, and at the permissions of the role`,
    );
  if (where !== undefined && !(await works({ where })))
    return refusal(
      `NetSuite does not take the \`where\` of \`${table}\``,
      'the table and all columns are there, so it must be the condition',
    );
  return refusal(`NetSuite does not take the columns of \`${table}\` together`, 'are `cursor` and `dates` columns of days or times?');
}

async function checkDeleted(asking: Asking, type: string | readonly string[]): Promise<void> {
  if (await answers(asking, deletedQuery([type].flat(), { since: null, until: null, after: null }))) return;
  throw refusal(
    'NetSuite gives no table `deletedrecord`',
    'the role needs the permission Deleted Records; or leave out `deleted` and say `full_every`',
  );
}

async function answers(asking: Asking, query: string): Promise<boolean> {
  return asking.ask(query).then(
    (_: Answer) => true,
    (thrown: unknown) => {
      if (isQueryRefused(thrown)) return false;
      throw thrown;
    },
  );
}

function refusal(what: string, hint: string): OnefoldError {
  return new OnefoldError('SOURCE_REFUSED', what, { hint });
}

function askingOf(source: NetsuiteSource, stream: NetsuiteStream, context: ReadContext): Asking {
  return openAsking(
    clientOf(() => netsuiteHttp(source), context),
    stream.page_size,
  );
}

function columnsOf(stream: NetsuiteStream, items: readonly SourceRecord[]): readonly string[] {
  return [...new Set(items.flatMap((item) => Object.keys(kept(stream, recordOf(stream, item)))))];
}

/** What is landed of a record. A named column that NetSuite left out is null, so that every record has all. */
function kept(stream: NetsuiteStream, record: SourceRecord): SourceRecord {
  const { [cursorField]: _, ...own } = record;
  if (stream.columns === undefined) return own;
  return Object.fromEntries(landed(stream, stream.columns).map((column) => [column, own[column] ?? null]));
}

/** The key is landed too, as records are known by it. */
function landed({ key }: NetsuiteStream, columns: readonly string[]): readonly string[] {
  return [...new Set([...columns, ...key])];
}

function nameOf({ table }: NetsuiteStream): string {
  return table ?? 'the query';
}

/** What is asked for: when it is another, the stream is read anew. */
function queryOf({ account, url }: NetsuiteSource, { table, suiteql, where, columns, key, cursor, dates }: NetsuiteStream): string {
  return fingerprint([account, url, table, suiteql, where, columns, key, cursor, dates]);
}
