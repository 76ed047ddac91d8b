import { z } from 'zod';
import type { Blind, ReadContext, Reading, SourceRecord } from '../contract.js';
import { defineSource } from '../define.js';
import { fingerprint } from '../fingerprint.js';
import type { Asked, Batch } from '../incremental.js';
import { only, readIncrementally } from '../incremental.js';
import { withinBin } from './bin.js';
import { hasCode } from './errors.js';
import type { SalesforceSource, SalesforceStream } from './options.js';
import { salesforceSource, salesforceStream } from './options.js';
import type { Query } from './query.js';
import { broken, rowsOf } from './query.js';
import type { Session } from './session.js';
import { openSession } from './session.js';
import type { ObjectStream, Shape } from './shape.js';
import { bare, columnsOf, describedShape, isObjectStream, keyOf, usualShape } from './shape.js';
import type { After } from './soql.js';
import { soqlOf } from './soql.js';

/**
 * Objects of Salesforce, by SOQL over the REST API. What changed is asked for by `SystemModstamp`, records in the recycle bin
 * are told as gone, and a reading that stops goes on behind the last record that came.
 */
export const salesforce = defineSource({
  name: 'salesforce',
  config: salesforceSource,
  stream: salesforceStream,
  capabilities: (_source, stream) => ({
    key: isObjectStream(stream) ? keyOf(stream) : (stream.key ?? null),
    ordered: true,
    windows: isObjectStream(stream),
    blind: blindnessOf(stream),
  }),
  check: async (source, stream, context) => {
    const { total, calls, columns, deletes } = await firstRows(source, stream, context);
    const left = calls === null ? '' : `; ${calls.allowed - calls.used} of ${calls.allowed} API calls of the day are left`;
    const blind = deletes ? '' : '; deleted rows are seen only when it is read whole';
    return `${nameOf(stream)} has ${total} row${total === 1 ? '' : 's'} of ${columns.length} fields${blind}${left}`;
  },
  discover: async (source, stream, context) => {
    if (isObjectStream(stream)) return columnsOf((await describedShape(await openSession(source, context), stream)).fields);
    const { columns } = await firstRows(source, stream, context);
    return columns.length === 0 ? null : columns;
  },
  read,
});

/** Whether an object keeps deleted records is found out when it is described; nearly all do. By the time of creation nothing else is told. */
function blindnessOf(stream: SalesforceStream): readonly Blind[] {
  return isObjectStream(stream) && stream.cursor === 'CreatedDate' && stream.full_every !== 0 ? ['updates', 'deletes'] : [];
}

async function* read(source: SalesforceSource, stream: SalesforceStream, context: ReadContext): AsyncIterable<Reading> {
  const session = await openSession(source, context);
  if (!isObjectStream(stream)) return yield* readQuery(session, stream, context);
  const usual = usualShape(stream);
  if (usual !== null) {
    try {
      return yield* readObject(session, stream, usual, context);
    } catch (thrown) {
      // The object is not as usual, or lacks a field that is declared: the service says which.
      if (!hasCode(thrown, 'INVALID_FIELD')) throw thrown;
    }
  }
  yield* readObject(session, stream, await describedShape(session, stream), context);
}

function readObject(session: Session, stream: ObjectStream, shape: Shape, context: ReadContext): AsyncIterable<Reading> {
  const { object, where, overlap, full_every } = stream;
  const { cursor, fields } = shape;
  return withinBin(context, shape.deletes, (asked) =>
    readIncrementally(asked, {
      query: fingerprint([session.http.origin, object, fields, where, cursor, keyOf(stream)]),
      name: object,
      key: keyOf(stream),
      cursor: cursor === null ? null : { name: cursor, of: (record) => record[cursor] },
      overlap,
      full_every,
      shifting: false,
      keep: (record) => only(columnsOf(fields))(bare(record, object)),
      pages: (what, from) => objectPages(session, stream, shape, what, from),
    }),
  );
}

/** A query in full has no order that is known, so what is kept of its place is the service's own mark. */
function readQuery(session: Session, stream: SalesforceStream, context: ReadContext): AsyncIterable<Reading> {
  const query = queryOf(stream);
  return readIncrementally(context, {
    query: fingerprint([session.http.origin, query.soql, stream.key]),
    name: query.name,
    key: stream.key ?? null,
    cursor: null,
    overlap: 0,
    shifting: false,
    keep: (record) => bare(record, query.name),
    pages: async function* (_asked, from) {
      const mark = z.string().safeParse(from).data ?? null;
      for await (const { records, total, next } of rowsOf(session, query, mark)) yield { records, place: next, totals: [total, total] };
    },
  });
}

/** Where a reading of an object stands: behind a record, after so many, of which some were gone. */
const place = z.object({ after: z.object({ at: z.string().nullable(), id: z.string() }).nullable(), read: z.number(), gone: z.number() });

/**
 * News come in the order of their changes, with deleted records among them. All that there is comes without them in the order of its ids:
 * a record that changes meanwhile keeps its place there, and comes once.
 */
async function* objectPages(session: Session, stream: ObjectStream, shape: Shape, asked: Asked, from: unknown): AsyncIterable<Batch> {
  const isNews = asked.since !== null;
  const { cursor, deletes } = isNews ? shape : { cursor: null, deletes: false };
  let { after, read, gone } = place.safeParse(from).data ?? { after: null, read: 0, gone: 0 };
  const begins = new Set<string>();
  for (;;) {
    const before = read;
    let isLost = false;
    try {
      for await (const { records, total } of rowsOf(session, objectQuery(stream, shape, asked, after))) {
        for (const record of records) checkFields(stream, shape, record);
        const begin = JSON.stringify(afterOf(stream, cursor, records[0]));
        isLost = records.length > 0 && begins.has(begin);
        if (isLost) break;
        begins.add(begin);
        const isGone = (record: SourceRecord): boolean => deletes && record['IsDeleted'] === true;
        const removed = records.filter(isGone);
        after = afterOf(stream, cursor, records.at(-1)) ?? after;
        read += records.length;
        gone += removed.length;
        if (read > before + total) throw broken({ name: stream.object }, `declared a total of ${total}, but gave more records`);
        yield {
          records: records.filter((record) => !isGone(record)),
          gone: removed.map((record) => keyOf(stream).map((field) => String(record[field]))),
          place: { after, read, gone },
          totals: [before + total - gone, before + total - gone],
        };
      }
    } catch (thrown) {
      // The service keeps few results at a time, and not for long; the order allows to go on without them.
      isLost = hasCode(thrown, 'INVALID_QUERY_LOCATOR') && read > before;
      if (!isLost) throw thrown;
    }
    if (!isLost) return;
    if (read === before) throw broken({ name: stream.object }, 'gave the same page twice');
  }
}

function objectQuery({ object, where, batch_size }: ObjectStream, shape: Shape, asked: Asked, after: After | null): Query {
  const isNews = asked.since !== null;
  const deleted = isNews && shape.deletes;
  const own = ['Id', ...(shape.cursor === null ? [] : [shape.cursor]), ...(deleted ? ['IsDeleted'] : [])];
  const fields = [...new Set([...shape.fields, ...own])];
  return {
    name: object,
    soql: soqlOf({ object, fields, where, cursor: isNews ? shape.cursor : null, ...asked, after }),
    deleted,
    batch: batch_size,
  };
}

/** The service spells names as they are defined, whatever the case in which they were asked for: then a value would be missed in silence. */
function checkFields({ object }: ObjectStream, { fields }: Shape, record: SourceRecord): void {
  const missing = columnsOf(fields).find((name) => !Object.hasOwn(record, name));
  if (missing !== undefined) throw broken({ name: object }, `gave a record without \`${missing}\`: is that how its API name is spelled?`);
}

function afterOf({ object }: ObjectStream, cursor: string | null, record: SourceRecord | undefined): After | null {
  if (record === undefined) return null;
  const found = z
    .object({ id: z.string(), at: z.string().nullable() })
    .safeParse({ id: record['Id'], at: cursor === null ? null : record[cursor] });
  if (!found.success) throw broken({ name: object }, 'gave a record without an id');
  return found.data;
}

/** The first rows of what is read, asked for as they will be: so all that reading needs is tried. */
async function firstRows(source: SalesforceSource, stream: SalesforceStream, context: ReadContext) {
  const session = await openSession(source, context);
  const shape = isObjectStream(stream) ? await describedShape(session, stream) : null;
  const query = isObjectStream(stream) && shape !== null ? objectQuery(stream, shape, { since: null, until: null }, null) : queryOf(stream);
  for await (const { records, total, calls } of rowsOf(session, { ...query, batch: 200 })) {
    const named = shape === null ? records.flatMap((record) => Object.keys(bare(record, query.name))) : shape.fields;
    return { total, calls, columns: columnsOf([...new Set(named)]), deletes: shape?.deletes ?? true };
  }
  throw broken(query, 'is not answered');
}

function queryOf(stream: SalesforceStream): Query {
  return { name: nameOf(stream), soql: stream.soql ?? '', deleted: false, batch: stream.batch_size };
}

function nameOf({ object }: SalesforceStream): string {
  return object ?? 'the query';
}

/** What is asked for: when it is another, the stream is read anew. */
