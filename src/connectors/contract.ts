import type { z } from 'zod';
import type { SecretRef } from '../config/secrets.js';
import type { Engine } from '../engine/engine.js';
import type { Sql } from '../sql/tag.js';

/** What a connector may know and use while it reads one stream. */
export interface ReadContext {
  /** Absolute folder of the project; relative paths start here. */
  readonly projectDir: string;
  /** A folder for files that are needed only during this read. */
  readonly tempDir: string;
  /** Part of the stream → the cursor that was committed for it; opaque to everybody but the connector. */
  readonly cursors: ReadonlyMap<string, unknown>;
  /** The versions (digests of content) of this stream that are landed already. */
  readonly versions: ReadonlySet<string>;
  /** The parts that landed rows stand of, whether or not a cursor tells of them. */
  readonly standing: () => Promise<readonly string[]>;
  readonly engine: Engine;
  /** The secret that a reference in the options names. @throws OnefoldError `SECRET_MISSING` */
  readonly secret: (ref: SecretRef) => Promise<string>;
  readonly now: () => Date;
  /** A stretch of time to read again, whatever was read before, without moving the cursor; null for what is new. `to` is excluded. */
  readonly window: Window | null;
  /** The records that stand of another stream of the same source, each in its newest form, with the values of these columns. */
  readonly parents: (stream: string, columns: readonly string[]) => Promise<readonly Parent[]>;
  /** Shared by all streams of the source for the length of a run; what is opened once for all of them, such as a connection, is kept by it. */
  readonly scope: Scope;
}

/** A stretch of time; its end does not belong to it. */
export interface Window {
  readonly from: Date;
  readonly to: Date;
}

/** A record of another stream, as it is landed. */
export interface Parent {
  readonly values: Readonly<Record<string, string | null>>;
  /** When it came or changed last: later is greater. */
  readonly seen: string;
}

/** What the streams of one source share during a run. */
export interface Scope {
  /** Says how something that was opened is closed when the run has read all sources. */
  readonly closing: (close: () => Promise<void>) => void;
}

/**
 * A relation that the engine reads by itself.
 *
 * `relation` has the source columns as text, in order, then `_malformed` (the text of a row that could not be read, else
 * null) and `_raw_hash`. Where the engine refuses it because a row is damaged, `recover` gives a relation that keeps the
 * damaged rows as text. `part` names the piece of the stream that it speaks for (a file's path); `version` is the digest of its content.
 * `against` says how it stands to what the part held before: `known` (rows that were landed before are skipped) or `replaced`
 * (rows that stand are skipped, and standing rows that are gone are retracted). `numbers` are the columns in which the source has numbers as
 * such, spelled with a decimal dot: no person wrote them, so they leave no doubt.
 */
export interface Scan {
  readonly kind: 'scan';
  readonly part: string;
  readonly version: string;
  readonly columns: readonly string[];
  readonly numbers?: readonly string[];
  readonly relation: Sql;
  readonly recover: (() => Promise<Sql>) | null;
  readonly against: 'known' | 'replaced';
  readonly cursor: unknown;
  readonly bytes: number;
  /** Whether no rows at all may be true; else that is a warning, and what stood before stays. */
  readonly mayBeEmpty?: boolean;
  /** Resolves when what was scanned is still what `version` names; rejects when it changed meanwhile. */
  readonly confirm: () => Promise<void>;
}

/** One record, as an API gives it: values are what JSON can spell. */
export type SourceRecord = { readonly [field: string]: unknown };

/**
 * Some records, in the order in which they were read. `cursor` says that all records up to here have been given: from it
 * the next read goes on, whether this one ends well or not. Pages are landed together, and the cursor moves with them.
 */
export interface Page {
  readonly kind: 'page';
  readonly records: readonly SourceRecord[];
  readonly cursor: unknown;
  /** Name of the sweep (a reading of everything that the source has) that the page belongs to, the same when it is resumed; null for news only. */
  readonly sweep: string | null;
  /** Records that the source says are gone, each by the values of the stream's key; one that this page or a later one gives stands. */
  readonly gone?: readonly (readonly string[])[];
}

/** All pages have been given. After a sweep, records that it did not meet are gone. */
export interface End {
  readonly kind: 'end';
  readonly cursor: unknown;
  readonly sweep: string | null;
  /** How many records the source said there are; null when it does not say. Fewer that arrived fail the stream. */
  readonly total: number | null;
}

/** One thing that reading a stream tells. */
export type Reading =
  | Scan
  | Page
  | End
  /** Content that is landed already stands here under another name: its rows are known. */
  | { readonly kind: 'known'; readonly part: string; readonly version: string; readonly cursor: unknown }
  /** A part is gone, and all its rows with it. */
  | { readonly kind: 'vanished'; readonly part: string }
  /** Something the run should be `partial` for. */
  | { readonly kind: 'warning'; readonly message: string };

/** What a stream can tell of itself; the run acts on it. */
export interface Capabilities {
  /** Source columns that name a record; without them, records are told apart by their content. */
  readonly key: readonly string[] | null;
  /** Whether what is read later is newer: then a table without declared recency follows it. */
  readonly ordered: boolean;
  /** Whether a stretch of time can be read again (`context.window`). */
  readonly windows?: boolean;
  /** Another stream of the same source that this one is read for, record by record: it is landed first. */
  readonly parent?: string;
  /** What becomes of records and is not seen until the stream is read whole, if ever; nothing if left out. */
  readonly blind?: readonly Blind[];
}

/** What a source may do to its records without showing it: `deletes` that leave no trace, `updates` that move no cursor. */
export type Blind = 'updates' | 'deletes';

/** The code that reads one kind of source. */
export interface Connector {
  readonly name: string;
  /** Options of the source. */
  readonly options: z.ZodObject;
  /** Options of each stream. */
  readonly stream: z.ZodObject;
  /** Resolves when the stream can be read, with a word about what was found. @throws OnefoldError that says why not */
  readonly check: (options: StreamOptions, context: ReadContext) => Promise<string>;
  /** The columns that a stream has now, without landing anything; null when there is nothing to look at. */
  readonly discover: (options: StreamOptions, context: ReadContext) => Promise<readonly string[] | null>;
  readonly read: (options: StreamOptions, context: ReadContext) => AsyncIterable<Reading>;
  readonly capabilities: (options: StreamOptions) => Capabilities;
  /** Acts that follow a commit (moving a file away); repeated at every start, so that none is lost. Returns what was done. */
  readonly settle: (
    options: StreamOptions,
    context: ReadContext,
    commit: <T>(name: string, act: () => Promise<T>) => Promise<T>,
  ) => Promise<void>;
}

/** Whether something has the shape of a connector. */
export function isConnector(value: unknown): value is Connector {
  if (typeof value !== 'object' || value === null) return false;
  const parts = ['name', 'options', 'stream', 'check', 'discover', 'read', 'capabilities', 'settle'];
  return parts.every((part) => part in value) && 'name' in value && typeof value.name === 'string';
}

export interface StreamOptions {
  readonly source: Readonly<Record<string, unknown>>;
  readonly stream: Readonly<Record<string, unknown>>;
}
