import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';
import type { Sql } from '../../sql/tag.js';
import { id, join as joinSql, sql } from '../../sql/tag.js';
import type { ReadContext, Reading, Scan } from '../contract.js';
import { defineSource } from '../define.js';
import { distinctNames, rowDigest } from '../file/columns.js';
import { fingerprint } from '../fingerprint.js';
import { mayAskForNews, unseenDeletes } from '../incremental.js';
import { aheadOf, furthest } from '../moment.js';
import type { PostgresSource, PostgresStream } from './options.js';
import { postgresSource, postgresStream } from './options.js';
import type { Session } from './session.js';
import { openSession, serverError } from './session.js';

/**
 * Tables, views and queries of PostgreSQL, by `COPY`. All streams of a source see one moment of the database. A stream
 * without a cursor is read whole, and rows that are gone are deleted; with a cursor only what changed is read.
 */
export const postgres = defineSource({
  name: 'postgres',
  config: postgresSource,
  stream: postgresStream,
  capabilities: (_source, { key, cursor, full_every }) => ({
    key: key ?? null,
    ordered: true,
    windows: cursor !== undefined,
    blind: unseenDeletes(cursor, full_every),
  }),
  check: async (source, stream, context) => {
    const session = await openSession(source, context);
    const columns = await columnsOf(session, stream);
    return `${nameOf(stream)} has ${columns.length} column${columns.length === 1 ? '' : 's'}`;
  },
  discover: async (source, stream, context) => (await columnsOf(await openSession(source, context), stream)).map((c) => c.name),
  read,
});

/** A cursor: up to where what was asked for was read, and when all was read last. */
const position = z.object({ query: z.string(), max: z.string().nullable(), full_at: z.string(), version: z.string() });

async function* read(source: PostgresSource, stream: PostgresStream, context: ReadContext): AsyncIterable<Reading> {
  const session = await openSession(source, context);
  const columns = await columnsOf(session, stream);
  const query = fingerprint([stream.table, stream.sql, stream.columns, stream.cursor]);
  const found = position.safeParse(context.cursors.get('all')).data;
  const before = found?.query === query ? found : undefined;
  const { cursor } = stream;
  if (context.window !== null && cursor !== undefined) return yield* readWindow(session, stream, columns, cursor, context);
  const isNews = before !== undefined && mayAskForNews(stream.full_every, { newest: before.max, full_at: before.full_at }, context.now());
  const since = cursor !== undefined && isNews && before.max !== null ? { cursor, max: before.max } : null;

  const cursorColumn = cursor === undefined ? undefined : columns.find((c) => c.name === cursor);
  const { max, ahead } = cursor === undefined ? { max: null, ahead: 0 } : await newest(session, stream, cursor, cursorColumn?.type ?? '');
  if (ahead > 0) yield { kind: 'warning', message: aheadOf(ahead, nameOf(stream), cursor ?? '') };
  if (since === null && cursor !== undefined) {
    const [{ n } = { n: 0 }] = await ask(
      session,
      stream,
      `SELECT count(*)::int AS n FROM ${from(stream)} q WHERE ${quoted(cursor)} IS NULL`,
      z.object({ n: z.number() }),
    );
    if (n > 0)
      yield { kind: 'warning', message: `${n} rows have no ${cursor}: a change to them is seen only when the stream is read whole` };
  }

  const file = join(context.tempDir, `copy-${query}.csv`);
  const condition =
    since === null ? '' : ` WHERE ${quoted(since.cursor)} >= ${lowerBound(since.max, cursorColumn?.type ?? '', stream.overlap)}`;
  const { bytes, version } = await copy(session, stream, selectOf(columns, stream, condition), file);
  const next = {
    query,
    max: max ?? before?.max ?? null,
    full_at: since === null ? context.now().toISOString() : (before?.full_at ?? ''),
    version,
  };
  if (since === null && before?.version === version) yield { kind: 'known', part: 'all', version, cursor: next };
  else if (bytes > 0) yield scanOf(file, columns, { version, bytes, cursor: next, against: since === null ? 'replaced' : 'known' });
  else if (since === null && before !== undefined)
    yield { kind: 'warning', message: `${nameOf(stream)} is empty; the rows that it had are kept` };
  await rm(file, { force: true });
}

/** Rows whose cursor lies in the window; where the stream stands does not move. */
async function* readWindow(
  session: Session,
  stream: PostgresStream,
  columns: readonly PgColumn[],
  cursor: string,
  context: ReadContext,
): AsyncIterable<Reading> {
  if (context.window === null) return;
  const [first, end] = [context.window.from, context.window.to].map((at) => literal(at.toISOString()));
  const file = join(context.tempDir, 'copy-window.csv');
  const within = ` WHERE ${quoted(cursor)} >= ${first} AND ${quoted(cursor)} < ${end}`;
  const { bytes, version } = await copy(session, stream, selectOf(columns, stream, within), file);
  const stands = context.cursors.get('all') ?? null;
  if (bytes > 0) yield scanOf(file, columns, { version, bytes, cursor: stands, against: 'known' });
  await rm(file, { force: true });
}

function selectOf(columns: readonly PgColumn[], stream: PostgresStream, condition: string): string {
  return `SELECT ${columns.map((c) => `${c.spelled} AS ${quoted(c.name)}`).join(', ')} FROM ${from(stream)} q${condition}`;
}

function scanOf(file: string, columns: readonly PgColumn[], what: Pick<Scan, 'version' | 'bytes' | 'cursor' | 'against'>): Scan {
  return {
    kind: 'scan',
    part: 'all',
    columns: columns.map((c) => c.name),
    numbers: columns.filter((c) => /^(numeric|float)/.test(c.type)).map((c) => c.name),
    relation: relation(file, columns, usualRow),
    recover: async () => relation(file, columns, longestRow),
    confirm: async () => {},
    ...what,
  };
}

interface PgColumn {
  readonly name: string;
  /** Type as the server calls it. */
  readonly type: string;
  /** How the query spells it, so that its text is the same whatever the server's settings. */
  readonly spelled: string;
}

async function columnsOf(session: Session, stream: PostgresStream): Promise<readonly PgColumn[]> {
  const described = await session.client.query(`SELECT * FROM ${from(stream)} q LIMIT 0`).catch((cause: unknown) => {
    throw serverError(cause, nameOf(stream));
  });
  const types = await ask(
    session,
    stream,
    `SELECT oid::int AS oid, typname AS name, typcategory AS category FROM pg_type WHERE oid = ANY('{${[...new Set(described.fields.map((f) => f.dataTypeID))].join(',')}}')`,
    z.object({ oid: z.number(), name: z.string(), category: z.string() }),
  );
  const wanted = stream.columns;
  const fields = described.fields.filter((f) => wanted === undefined || wanted.includes(f.name));
  const missing = (wanted ?? []).find((name) => !described.fields.some((f) => f.name === name));
  if (missing !== undefined) throw serverError({ code: '42703' }, `${nameOf(stream)} (${missing})`);
  const names = distinctNames(fields.map((f) => f.name));
  return fields.map((field, i) => {
    const type = types.find((t) => t.oid === field.dataTypeID);
    const column = quoted(field.name);
    // Arrays and rows become JSON, as nested values do everywhere; truth is spelled out; the rest is the server's own text.
    const nested = type?.category === 'A' || type?.category === 'C';
    const spelled = nested ? `to_json(${column})` : type?.name === 'bool' ? `${column}::text` : column;
    return { name: names[i] ?? field.name, type: type?.name ?? '', spelled };
  });
}

/** The last value of the cursor, and how many rows have one that lies further ahead than any zone is: it would hide all changes up to it. */
async function newest(session: Session, stream: PostgresStream, cursor: string, type: string) {
  const [column, rows] = [quoted(cursor), `FROM ${from(stream)} q`];
  const bound = isTime(type) ? `(now() + interval '${furthest} milliseconds')::${type}` : null;
  const text = `SELECT (SELECT max(${column})::text ${rows}${bound === null ? '' : ` WHERE ${column} <= ${bound}`}) AS max,
    ${bound === null ? '0' : `(SELECT count(*)::int ${rows} WHERE ${column} > ${bound})`} AS ahead`;
  const [found] = await ask(session, stream, text, z.object({ max: z.string().nullable(), ahead: z.number() }));
  return found ?? { max: null, ahead: 0 };
}

function isTime(type: string): boolean {
  return /^(timestamp|timestamptz|date)$/.test(type);
}

/** The first value of the cursor that a run asks for: a little before the last that it has seen. */
function lowerBound(max: string, type: string, overlap: number): string {
  const value = literal(max);
  if (isTime(type)) return `(${value}::${type} - interval '${overlap} seconds')`;
  return /^(int|float|numeric)/.test(type) ? `(${value}::${type} - ${overlap})` : value;
}

async function copy(
  session: Session,
  stream: PostgresStream,
  select: string,
  file: string,
): Promise<{ readonly bytes: number; readonly version: string }> {
  const hash = createHash('sha256');
  let bytes = 0;
  const counted = new Transform({
    transform: (chunk: Buffer, _encoding, done) => {
      hash.update(chunk);
      bytes += chunk.length;
      done(null, chunk);
    },
  });
  const rows = session.client.query(session.copyTo(`COPY (${select}) TO STDOUT (FORMAT csv)`));
  await pipeline(rows, counted, createWriteStream(file)).catch((cause: unknown) => {
    throw serverError(cause, nameOf(stream));
  });
  return { bytes, version: hash.digest('hex') };
}

// The engine reads in buffers that are many times as long as a row may be, and holds some of them at once. Fewer rows in each take
// less memory and no more time; rows of unusual length are only reckoned with where there are some.
const rowsInBuffer = 4;
const usualRow = 1 << 20;
const longestRow = 256 << 20;

/** What the server wrote, every column as text: nothing between two commas is null, two quotes are ''. */
function relation(file: string, columns: readonly PgColumn[], longest: number): Sql {
  const names = joinSql(columns.map((c) => id(c.name)));
  const types = joinSql(columns.map((c) => sql`${c.name}: 'VARCHAR'`));
  return sql`SELECT ${names}, NULL::VARCHAR AS _malformed, ${rowDigest(columns.map((c) => c.name))} AS _raw_hash
    FROM read_csv(${file}, auto_detect = false, header = false, delim = ',', quote = '"', escape = '"', nullstr = '', allow_quoted_nulls = false,
      new_line = '\\n', max_line_size = ${longest}, buffer_size = ${rowsInBuffer * longest}, columns = {${types}})`;
}

async function ask<T>(session: Session, stream: PostgresStream, text: string, shape: z.ZodType<T>): Promise<readonly T[]> {
  const answer = await session.client.query(text).catch((cause: unknown) => {
    throw serverError(cause, nameOf(stream));
  });
  return z.array(shape).parse(answer.rows);
}

function nameOf(stream: PostgresStream): string {
  return stream.table ?? 'the query';
}

function from(stream: PostgresStream): string {
  return stream.table === undefined ? `(${(stream.sql ?? '').replace(/;\s*$/, '')}\n)` : stream.table.split('.').map(quoted).join('.');
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
