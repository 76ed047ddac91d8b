import { tmpdir } from 'node:os';
import { afterAll, beforeAll } from 'vitest';
import { OnefoldError } from '../../src/base/errors.js';
import type { Connector, ReadContext, SourceRecord, StreamOptions } from '../../src/connectors/contract.js';
import { openDuckDb } from '../../src/engine/duckdb/duckdb.js';
import type { Engine } from '../../src/engine/engine.js';

/** What a store would hold of a stream, read after read, without one: for tests of many reads. */
export interface Follower {
  /** Reads once. After so many pages the reader dies, and the next read goes on from the cursor of the last one. */
  readonly read: (options?: { readonly pages?: number; readonly window?: ReadContext['window'] }) => Promise<readonly string[]>;
  /** The records that stand, by their key. */
  readonly standing: ReadonlyMap<string, SourceRecord>;
}

let engine: Engine | null = null;

/** Opens what readers need, and closes it when the tests of the file are over. */
export function followers(): void {
  beforeAll(async () => {
    engine = await openDuckDb({ path: ':memory:' });
  });
  afterAll(() => engine?.close());
}

/** Follows one stream of a connector that gives pages. Secrets are by the name in `{ env }`. Each read gives its warnings. */
export function follow(
  connector: Pick<Connector, 'read' | 'capabilities'>,
  options: StreamOptions,
  secrets: Readonly<Record<string, string>>,
): Follower {
  const standing = new Map<string, SourceRecord>();
  const key = connector.capabilities(options).key ?? [];
  let cursor: unknown = null;
  let met: { sweep: string | null; readonly keys: Set<string> } = { sweep: null, keys: new Set() };
  const keyOf = (record: SourceRecord): string => key.map((field) => String(record[field])).join('/');
  return {
    standing,
    read: async ({ pages = Number.POSITIVE_INFINITY, window = null } = {}) => {
      const warnings: string[] = [];
      let count = 0;
      for await (const reading of connector.read(options, contextOf(cursor, window, secrets))) {
        if (reading.kind === 'warning') warnings.push(reading.message);
        if (reading.kind === 'page') {
          for (const gone of reading.gone ?? []) standing.delete(gone.join('/'));
          if (reading.sweep !== met.sweep) met = { sweep: reading.sweep, keys: new Set() };
          for (const record of reading.records) {
            standing.set(keyOf(record), record);
            met.keys.add(keyOf(record));
          }
          cursor = reading.cursor;
          count += 1;
          if (count >= pages) return warnings;
        }
        if (reading.kind !== 'end') continue;
        const arrived = reading.sweep === met.sweep ? met.keys : new Set<string>();
        if (reading.sweep !== null && reading.total !== null && arrived.size < reading.total)
          throw new OnefoldError('SOURCE_SHORT', `${reading.total} were declared and ${arrived.size} came`);
        if (reading.sweep !== null) for (const name of [...standing.keys()]) if (!arrived.has(name)) standing.delete(name);
        cursor = reading.cursor;
      }
      return warnings;
    },
  };
}

function contextOf(cursor: unknown, window: ReadContext['window'], secrets: Readonly<Record<string, string>>): ReadContext {
  if (engine === null) throw new Error('call followers() first');
  return {
    projectDir: tmpdir(),
    tempDir: tmpdir(),
    parents: async () => [],
    cursors: new Map(cursor === null ? [] : [['all', cursor]]),
    versions: new Set(),
    standing: async () => [],
    engine,
    secret: async (ref) => ('env' in ref ? secrets[ref.env] : undefined) ?? '',
    now: () => new Date(),
    window,
    scope: { closing: () => {} },
  };
}
