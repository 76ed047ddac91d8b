import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import type { RawProject } from '../config/load.js';
import { loadProject } from '../config/load.js';
import type { Project } from '../config/project.js';
import { validateProject } from '../config/validate.js';
import { cachedParser } from '../sql/cache.js';
import { catalog } from './catalog.js';

/** The module that `import … from 'onefold'` means in a project file: this package's own entry, built or not. */
const publicApi =
  ['../index.js', '../index.ts'].map((p) => fileURLToPath(new URL(p, import.meta.url))).find((p) => existsSync(p)) ?? 'onefold';

/**
 * The store of the project in a folder, without checking the rest of it: all that reading a snapshot needs.
 * @param store another folder, instead of the one that the project names
 * @throws OnefoldError `CONFIG_NOT_FOUND`, `CONFIG_INVALID`
 */
export async function openStoreOf(dir: string, store?: string): Promise<Pick<Project, 'store' | 'engine'>> {
  if (store !== undefined) return { store: resolve(store), engine: {} };
  return { store: storeNamedBy(await loadProject(dir, publicApi)), engine: {} };
}

function storeNamedBy({ dir, config }: RawProject): string {
  const named = z.looseObject({ store: z.string().default('.onefold') }).safeParse(config);
  return resolve(dir, named.data?.store ?? '.onefold');
}

/**
 * Reads and checks the project in a folder.
 * @param store another folder for its store
 * @param remember whether what was learnt of the SQL is kept in the store, so that the next time is faster
 * @throws OnefoldError `CONFIG_NOT_FOUND`, `CONFIG_INVALID`
 */
export async function openProject(dir: string, store?: string, remember = true): Promise<Project> {
  const raw = await loadProject(dir, publicApi);
  const at = store === undefined ? storeNamedBy(raw) : resolve(store);
  const parser = await cachedParser(join(at, 'cache', 'models.json'));
  const project = await validateProject(raw, catalog, parser);
  if (remember) await parser.save();
  return store === undefined ? project : { ...project, store: at };
}
