import { existsSync, readFileSync } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { dirname, join, resolve, sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import { loadCommonJs } from '../base/commonjs.js';
import { messageOf, OnefoldError } from '../base/errors.js';

/** A project as it lies on the disk, not yet checked. */
export interface RawProject {
  readonly dir: string;
  readonly file: string;
  readonly config: unknown;
  /** Connectors that the project brings, not yet checked. */
  readonly connectors: readonly unknown[];
  readonly models: readonly { readonly name: string; readonly path: string; readonly sql: string }[];
}

const configFiles = [
  'onefold.config.ts',
  'onefold.config.js',
  'onefold.config.mjs',
  'onefold.yaml',
  'onefold.yml',
  'onefold.config.yaml',
  'onefold.json',
  'onefold.config.json',
];

/**
 * Reads a project's file and models.
 * @param publicApi absolute path of the module that `import … from 'onefold'` means inside a TypeScript project file
 * @throws OnefoldError `CONFIG_NOT_FOUND`, or `CONFIG_INVALID` when the file can't be parsed or is not the only one
 */
export async function loadProject(dir: string, publicApi: string): Promise<RawProject> {
  const root = resolve(dir);
  const [name, ...others] = await projectFilesIn(root);
  if (name === undefined)
    throw new OnefoldError('CONFIG_NOT_FOUND', `no project file in ${root}`, {
      hint: 'Type `onefold init` to make a project here, or name its folder with --project DIR.',
    });
  if (others.length > 0)
    throw new OnefoldError('CONFIG_INVALID', `${root} has several project files: ${[name, ...others].join(', ')}`, {
      hint: 'Keep the one that is meant, and move the others away.',
    });
  const file = join(root, name);
  const written = await readConfig(file, publicApi);
  return { dir: root, file, ...withoutConnectors(written), models: await readModels(root) };
}

/** The project files that a folder holds, by name: one at most, if all is well. */
export async function projectFilesIn(dir: string): Promise<readonly string[]> {
  const there = await Promise.all(configFiles.map((name) => exists(join(dir, name))));
  return configFiles.filter((_, i) => there[i]);
}

/** Connectors are code, not data, so they are taken out of what is checked as data. */
function withoutConnectors(written: unknown): Pick<RawProject, 'config' | 'connectors'> {
  if (typeof written !== 'object' || written === null || !('connectors' in written)) return { config: written, connectors: [] };
  const { connectors, ...config } = written;
  return { config, connectors: Array.isArray(connectors) ? connectors : [connectors] };
}

async function readConfig(file: string, publicApi: string): Promise<unknown> {
  try {
    // What reads a format is loaded only where it is met: each takes longer than the rest of a small command.
    const written = /\.json$/.test(file) ? jsonOrNull(await readFile(file, 'utf8')) : null;
    if (written !== null) return written;
    if (/\.(ya?ml|json)$/.test(file)) return await parseYaml(await readFile(file, 'utf8'));
    const { createJiti }: typeof import('jiti') = loadCommonJs('jiti');
    const jiti = createJiti(pathToFileURL(file).href, {
      alias: { onefold: publicApi },
      fsCache: compiledBelow(dirname(file)),
      moduleCache: false,
    });
    return await jiti.import<unknown>(file, { default: true });
  } catch (cause) {
    throw new OnefoldError('CONFIG_INVALID', `${file} could not be read: ${messageOf(cause)}`, {
      cause,
      hint: 'Mend the file, then type `onefold validate`.',
    });
  }
}

/** JSON as it is; null for what is not strictly JSON, which the reader of YAML can say more of. */
function jsonOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** Where a compiled project file is kept, by content: below the store, once there is one; before that nothing is written. */
function compiledBelow(root: string): string | false {
  const store = join(root, '.onefold');
  return existsSync(store) ? join(store, 'cache', 'config') : false;
}

/** What a YAML or JSON text says. Its errors name the place and quote no line: that could hold what is not to be shown. */
async function parseYaml(text: string): Promise<unknown> {
  const { LineCounter, parseDocument } = await import('yaml');
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const [error] = document.errors;
  if (error === undefined) return document.toJS();
  const { line, col } = lines.linePos(error.pos[0]);
  throw new SyntaxError(`${error.message} (line ${line}, column ${col})`);
}

/** Every `.sql` file, its ending in any case, below `models/`, in the order of their paths. */
async function readModels(root: string): Promise<RawProject['models']> {
  const folder = join(root, 'models');
  if (!(await exists(folder))) return [];
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((e) => e.isFile() && /\.sql$/i.test(e.name))
    .map((e) => `${e.parentPath}${sep}${e.name}`)
    .sort();
  // A thousand small files are read several times faster like this than by a thousand promises.
  return files.map((file) => ({
    name: file.slice(file.lastIndexOf(sep) + 1, -'.sql'.length),
    path: file.slice(folder.length - 'models'.length).replaceAll(sep, '/'),
    sql: readFileSync(file, 'utf8'),
  }));
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
