import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { OnefoldError } from '../../base/errors.js';
import type { RawProject } from '../../config/load.js';
import { loadProject } from '../../config/load.js';
import type { Project } from '../../config/project.js';
import type { Choice } from '../../config/targets.js';
import { chooseTarget } from '../../config/targets.js';
import { invalid, validateProject } from '../../config/validate.js';
import type { Connector } from '../../connectors/contract.js';
import { isConnector } from '../../connectors/contract.js';
import { connectors } from '../../connectors/registry.js';
import { cachedParser } from '../../sql/cache.js';
import { catalog } from './catalog.js';
import { tryTables } from './trial.js';

/** The module that `import … from 'onefold'` means in a project file: this package's own entry, bundled or not. */
const publicApi =
  ['../index.js', '../../index.ts'].map((p) => fileURLToPath(new URL(p, import.meta.url))).find((p) => existsSync(p)) ?? 'onefold';

/** How a project is opened: for which target, with which vars, and where its store is. */
export interface OpenOptions extends Choice {
  /** Another folder for the store, instead of the one that the project names. */
  readonly store?: string | undefined;
  /** Whether what was learnt of the SQL is kept in the store, so that the next time is faster; it is if left out. */
  readonly remember?: boolean | undefined;
  /** Whether the engine is asked too, which takes a moment; if left out, a build asks it about tables that are new or declared anew. */
  readonly tried?: boolean | undefined;
}

/**
 * The store of the project in a folder, without checking the rest of it: all that reading a snapshot needs.
 * @throws OnefoldError `CONFIG_NOT_FOUND`, `CONFIG_INVALID`
 */
export async function openStoreOf(dir: string, options: OpenOptions = {}): Promise<Pick<Project, 'store' | 'engine'>> {
  if (options.store !== undefined) return { store: resolve(options.store), engine: {} };
  const chosen = await chooseTarget(await loadProject(dir, publicApi), options);
  const problems = chosen.problems.filter((p) => p.path.startsWith('--') || p.path === 'default_target' || p.path === 'store');
  if (problems.length > 0) throw invalid(chosen, problems);
  return { store: storeNamedBy(chosen), engine: {} };
}

function storeNamedBy({ dir, config }: RawProject): string {
  const named = z.looseObject({ store: z.string().default('.onefold') }).safeParse(config);
  return resolve(dir, named.data?.store ?? '.onefold');
}

/**
 * Reads and checks the project in a folder.
 * @throws OnefoldError `CONFIG_NOT_FOUND`, `CONFIG_INVALID`
 */
export async function openProject(dir: string, options: OpenOptions = {}): Promise<Project> {
  const chosen = await chooseTarget(await loadProject(dir, publicApi), options);
  const at = options.store === undefined ? storeNamedBy(chosen) : resolve(options.store);
  const parser = await cachedParser(join(at, 'cache', 'models.json'));
  const trial = options.tried === true ? tryTables : undefined;
  const project = await validateProject(chosen, catalog, broughtConnectors(chosen), { parser, trial });
  if (options.remember !== false) await parser.save();
  return options.store === undefined ? project : { ...project, store: at };
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
