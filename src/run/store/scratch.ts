import { constants, copyFile, link, mkdir, readdir, rm, rmdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Project } from '../../config/project.js';
import type { Engine } from '../../engine/engine.js';
import { layout, openWarehouse } from './store.js';

/** What of a store is never changed once it is written, only replaced: a second name for such a file is as good as a copy. */
const immutable = ['lake', 'snapshots/tables', 'runs', 'cache'];

/**
 * Lets `work` use a copy of a store that it may change at will, and removes it afterwards. The copy lies inside the store's
 * own folder, so that it is as safe as the store is; of what never changes only names are made, so its cost is that of the
 * warehouse file. The store itself is not changed; while it is copied no build can start.
 *
 * @param before asks the store itself, when it has a warehouse, before the copy is used
 * @throws OnefoldError `STORE_LOCKED` while a build runs
 */
export async function withScratchStore<B, T>(
  project: Project,
  before: (warehouse: Engine | null) => Promise<B>,
  work: (scratch: Project, before: B) => Promise<T>,
): Promise<T> {
  const made = await mkdir(project.store, { recursive: true });
  await sweep(project.store);
  const scratch = join(project.store, `${prefix}${process.pid}`);
  try {
    await mkdir(scratch);
    const known = await copyStore(project, scratch, before);
    return await work({ ...project, store: scratch }, known);
  } finally {
    await rm(scratch, { recursive: true, force: true });
    if (made !== undefined) await rmdir(project.store).catch(() => undefined);
  }
}

const prefix = 'scratch-';

/** Removes the copies of processes that died. */
async function sweep(store: string): Promise<void> {
  for (const name of await readdir(store)) {
    if (name.startsWith(prefix) && !isAlive(Number(name.slice(prefix.length))))
      await rm(join(store, name), { recursive: true, force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return pid !== process.pid;
  } catch {
    return false;
  }
}

async function copyStore<B>(project: Project, to: string, before: (warehouse: Engine | null) => Promise<B>): Promise<B> {
  const from = layout(project.store);
  if (!(await readdir(project.store)).includes('warehouse.duckdb')) return before(null);
  // Held open only to look, it keeps every writer away.
  const warehouse = await openWarehouse(project, true);
  try {
    const files = await readdir(project.store);
    for (const name of ['warehouse.duckdb', 'warehouse.duckdb.wal']) {
      if (files.includes(name)) await copyFile(join(project.store, name), join(to, name), constants.COPYFILE_FICLONE);
    }
    for (const folder of immutable) await linkAll(join(project.store, folder), join(to, folder));
    await mkdir(layout(to).snapshots, { recursive: true });
    for (const name of await readdir(from.snapshots).catch(() => [])) {
      if (name.endsWith('.json')) await copyFile(join(from.snapshots, name), join(layout(to).snapshots, name));
    }
    return await before(warehouse);
  } finally {
    warehouse.close();
  }
}

async function linkAll(from: string, to: string): Promise<void> {
  const entries = await readdir(from, { recursive: true, withFileTypes: true }).catch(() => []);
  for (const entry of entries.filter((e) => e.isFile())) {
    const target = join(to, entry.parentPath.slice(from.length), entry.name);
    await mkdir(dirname(target), { recursive: true });
    const source = join(entry.parentPath, entry.name);
    await link(source, target).catch(() => copyFile(source, target, constants.COPYFILE_FICLONE));
  }
}
