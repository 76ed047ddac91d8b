import { z } from 'zod';
import { OnefoldError } from '../../base/errors.js';
import type { SourceRecord } from '../contract.js';
import { isObject } from '../http/json.js';
import { inItsWords } from './errors.js';
import type { SalesforceStream } from './options.js';
import { broken } from './query.js';
import type { Session } from './session.js';

/** What of an object is read, and how it tells of changes. */
export interface Shape {
  /** Fields and paths, in the order in which they are asked for. */
  readonly fields: readonly string[];
  /** Field that grows with every change; null where the object has none. */
  readonly cursor: string | null;
  /** Whether deleted records can be seen. */
  readonly deletes: boolean;
}

/** A stream of an object; others are queries in full. */
export type ObjectStream = SalesforceStream & { readonly object: string };

export function isObjectStream(stream: SalesforceStream): stream is ObjectStream {
  return stream.object !== undefined;
}

const cursors = ['SystemModstamp', 'LastModifiedDate', 'CreatedDate'] as const;

/** Addresses and places come with their parts as fields of their own, files as addresses of their content. */
const unread = new Set(['address', 'location', 'base64']);

/** The usual shape, where the fields are declared: it holds for nearly every object, and spares a request. */
export function usualShape({ columns, key, cursor }: ObjectStream): Shape | null {
  if (columns === undefined) return null;
  return { fields: withKey(columns, key), cursor: cursor ?? cursors[0], deletes: true };
}

const description = z.object({ fields: z.array(z.object({ name: z.string(), type: z.string() })) });

/**
 * The shape by what the service says of the object to this user.
 * @throws OnefoldError `SOURCE_REFUSED`, `SOURCE_BROKEN`, which names fields that are not there or may not be seen
 */
export async function describedShape({ http, data }: Session, stream: ObjectStream): Promise<Shape> {
  const { object, columns, key, cursor } = stream;
  const answer = await http.request({ url: `${data}/sobjects/${object}/describe` }).catch((thrown: unknown) => {
    throw inItsWords(thrown, object);
  });
  const described = description.safeParse(answer.json).data?.fields;
  if (described === undefined) throw broken({ name: object }, 'is not described as an object');
  const has = (name: string): boolean => described.some((field) => field.name === name);
  const fields = withKey(columns ?? described.filter(({ type }) => !unread.has(type)).map(({ name }) => name), key);
  const missing = [...fields, ...(cursor === undefined ? [] : [cursor])].filter((name) => !name.includes('.') && !has(name));
  if (missing.length > 0)
    throw new OnefoldError(
      'SOURCE_BROKEN',
      `${object} has no ${missing.map((name) => `\`${name}\``).join(', ')}, or this user may not see it`,
      {
        hint: 'spell it as its API name, and look at the field-level security of the user',
      },
    );
  return { fields, cursor: cursor ?? cursors.find(has) ?? null, deletes: has('IsDeleted') };
}

function withKey(columns: readonly string[], key: readonly string[] | undefined): readonly string[] {
  return [...new Set([...columns, ...keyOf({ key })])];
}

/** Fields that name a record of an object. */
export function keyOf({ key }: { readonly key?: readonly string[] | undefined }): readonly string[] {
  return key ?? ['Id'];
}

/** The columns that paths become: what lies behind a relationship is a nested value. */
export function columnsOf(fields: readonly string[]): readonly string[] {
  return [...new Set(fields.map((path) => path.split('.')[0] ?? path))];
}

/**
 * A record without what the service adds to it (its type and address, which change with the version of the API), related records too.
 * @throws OnefoldError `SOURCE_BROKEN` when a list of child records is cut off
 */
export function bare(record: SourceRecord, name: string): SourceRecord {
  return Object.fromEntries(
    Object.entries(record)
      .filter(([field]) => field !== 'attributes')
      .map(([field, value]) => [field, bareValue(value, name)]),
  );
}

function bareValue(value: unknown, name: string): unknown {
  if (!isObject(value)) return value;
  const { records, done } = value;
  if (!Array.isArray(records) || typeof done !== 'boolean') return bare(value, name);
  if (!done) throw broken({ name }, 'has a record with more child records than one answer gives: read them as a stream of their own');
  return records.map((child) => bareValue(child, name));
}
