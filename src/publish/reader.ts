import { resolve } from 'node:path';
import type { Effects } from '../base/effects.js';
import { OnefoldError } from '../base/errors.js';
import { confine, defineAsOf, defineVars, openDuckDb } from '../engine/duckdb/duckdb.js';
import type { Engine } from '../engine/engine.js';
import { id, sql, trusted } from '../sql/tag.js';
import type { Snapshot, SnapshotTime, SnapshotView } from './snapshot.js';
import { readCurrent, readSnapshotAt } from './snapshot.js';
import { rowsOf } from './tables.js';

/** The published snapshot, ready to be asked: an engine in memory with one view per table. It waits for no writer. */
export interface Reader {
  readonly snapshot: Snapshot;
  readonly engine: Engine;
}

/** How a snapshot is opened. */
export interface ReaderOptions {
  /** What was published then, instead of what is published now. */
  readonly at?: SnapshotTime | undefined;
  /** Hears of every statement. */
  readonly observe?: Effects['observe'];
  /** What is done before statements are confined to the snapshot, such as reading a file that the question comes with. */
  readonly before?: ((engine: Engine) => Promise<void>) | undefined;
}

/**
 * Opens the published snapshot.
 * @throws OnefoldError `SNAPSHOT_NONE` when nothing has been published, `SNAPSHOT_GONE` when what was is no longer kept
 */
export async function openReader(store: string, { at: time, observe, before }: ReaderOptions = {}): Promise<Reader> {
  const folder = resolve(store, 'snapshots');
  const snapshot = time === undefined ? await readCurrent(folder) : await readSnapshotAt(folder, time);
  if (snapshot === null) {
    throw new OnefoldError('SNAPSHOT_NONE', `nothing has been published in ${store}`, { hint: 'Type `onefold build` first.' });
  }
  const engine = await openDuckDb({ path: ':memory:', observe });
  for (const schema of new Set(snapshot.tables.map((t) => t.schema))) await engine.run(sql`CREATE SCHEMA IF NOT EXISTS ${id(schema)}`);
  for (const table of snapshot.tables) {
    await engine.run(sql`CREATE VIEW ${id(table.schema, table.name)} AS ${rowsOf(folder, table)}`);
  }
  await defineAsOf(engine, new Date(snapshot.as_of));
  await defineVars(engine, Object.assign({}, ...snapshot.views.map((v) => v.vars)));
  await createViews(engine, snapshot.views);
  if (before !== undefined) await before(engine);
  await confine(engine, folder);
  return { snapshot, engine };
}

/** Creates the views of a snapshot, each as soon as those that it reads are there. */
async function createViews(engine: Engine, views: readonly SnapshotView[]): Promise<void> {
  for (let waiting = views; waiting.length > 0; ) {
    const refused: { readonly view: SnapshotView; readonly cause: unknown }[] = [];
    for (const view of waiting) {
      await engine
        .run(sql`CREATE VIEW ${id(view.schema, view.name)} AS ${trusted(view.sql)}`)
        .catch((cause: unknown) => refused.push({ view, cause }));
    }
    const [first] = refused;
    if (first !== undefined && refused.length === waiting.length) throw first.cause;
    waiting = refused.map((r) => r.view);
  }
}
