import { join, resolve } from 'node:path';
import type { Effects } from '../base/effects.js';
import { OnefoldError } from '../base/errors.js';
import { confine, openDuckDb } from '../engine/duckdb/duckdb.js';
import type { Engine } from '../engine/engine.js';
import { id, sql } from '../sql/tag.js';
import type { Snapshot } from './snapshot.js';
import { readCurrent } from './snapshot.js';

/** The published snapshot, ready to be asked: an engine in memory with one view per table. It waits for no writer. */
export interface Reader {
  readonly snapshot: Snapshot;
  readonly engine: Engine;
}

/**
 * @param observe hears of every statement
 * @throws OnefoldError `SNAPSHOT_NONE` when nothing has been published
 */
export async function openReader(store: string, observe?: Effects['observe']): Promise<Reader> {
  const folder = resolve(store, 'snapshots');
  const snapshot = await readCurrent(folder);
  if (snapshot === null) {
    throw new OnefoldError('SNAPSHOT_NONE', `nothing has been published in ${store}`, { hint: 'Type `onefold build` first.' });
  }
  const engine = await openDuckDb({ path: ':memory:', observe });
  for (const schema of new Set(snapshot.tables.map((t) => t.schema))) await engine.run(sql`CREATE SCHEMA IF NOT EXISTS ${id(schema)}`);
  for (const table of snapshot.tables) {
    await engine.run(sql`CREATE VIEW ${id(table.schema, table.name)} AS SELECT * FROM read_parquet(${join(folder, table.file)})`);
  }
  await confine(engine, folder);
  return { snapshot, engine };
}
