import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { OnefoldError } from '../base/errors.js';
import type { RawProject } from '../config/load.js';
import { loadProject } from '../config/load.js';
import type { Project } from '../config/project.js';
import { validateProject } from '../config/validate.js';
import type { Connector } from '../connectors/contract.js';
import { isConnector } from '../connectors/contract.js';
import { connectors } from '../connectors/registry.js';
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
  const raw = await loadProject(dir, publicApi);
  const named = z.looseObject({ store: z.string().default('.onefold') }).safeParse(raw.config);
  return { store: resolve(raw.dir, named.data?.store ?? '.onefold'), engine: {} };
}

/**
 * Reads and checks the project in a folder.
 * @param store another folder for its store
 * @throws OnefoldError `CONFIG_NOT_FOUND`, `CONFIG_INVALID`
 */
export async function openProject(dir: string, store?: string): Promise<Project> {
  const raw = await loadProject(dir, publicApi);
  const project = await validateProject(raw, catalog, broughtConnectors(raw));
  return store === undefined ? project : { ...project, store: resolve(store) };
}

/** @throws OnefoldError `CONFIG_INVALID` for what is no connector, and for one that takes another's name */
function broughtConnectors(raw: RawProject): readonly Connector[] {
  const taken = new Set(connectors.map((c): string => c.name));
  return raw.connectors.map((found, i) => {
    if (!isConnector(found)) throw notOne(raw, `connectors[${i}] is no connector: make it with \`defineSource\``);
    if (taken.has(found.name)) throw notOne(raw, `connectors[${i}]: there is a connector called \`${found.name}\` already`);
    taken.add(found.name);
    return found;
  });
}

function notOne(raw: RawProject, message: string): OnefoldError {
  return new OnefoldError('CONFIG_INVALID', `${raw.file}: ${message}`, { problems: [{ path: 'connectors', message }] });
}
