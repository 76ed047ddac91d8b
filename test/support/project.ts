import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { BuildOptions, BuildResult, Effects, Project } from '../../src/index.js';
import { build, openProject, realEffects } from '../../src/index.js';

/** What every test calls now, unless it says otherwise. */
export const asOf = new Date('2025-07-01T00:00:00Z');

/** Path below the project → content; null removes the file. */
export type Files = Readonly<Record<string, string | Uint8Array | null>>;

/** A project file as plain data. */
export type Config = Readonly<Record<string, unknown>>;

export interface ProjectParts {
  readonly config: Config;
  readonly files?: Files;
  /** Model → its SQL. */
  readonly models?: Readonly<Record<string, string>>;
}

const folders: string[] = [];

/** A new folder, removed by `removeFolders`. */
export async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'onefold-test-'));
  folders.push(folder);
  return folder;
}

/** Removes every folder that tests of this file made. */
export async function removeFolders(): Promise<void> {
  await Promise.all(folders.splice(0).map((folder) => rm(folder, { recursive: true, force: true })));
}

/** Makes a project in a folder of its own and returns the folder. */
export async function makeProject({ config, files = {}, models = {} }: ProjectParts): Promise<string> {
  const dir = await newFolder();
  await configure(dir, config);
  await put(dir, Object.fromEntries(Object.entries(models).map(([name, text]) => [`models/${name}.sql`, text])));
  await put(dir, files);
  return dir;
}

/** Writes the project file. */
export async function configure(dir: string, config: Config): Promise<void> {
  await put(dir, { 'onefold.json': JSON.stringify(config, null, 1) });
}

/** Writes, replaces and removes files of a project. */
export async function put(dir: string, files: Files): Promise<void> {
  for (const [path, content] of Object.entries(files)) {
    const full = join(dir, path);
    if (content === null) {
      await rm(full, { force: true });
      continue;
    }
    await mkdir(dirname(full), { recursive: true });
    await writeFile(full, content);
  }
}

/** Builds the project in a folder. */
export async function buildIn(dir: string, options: Partial<BuildOptions> = {}): Promise<BuildResult> {
  return build(await openProject(dir), { asOf, effects: realEffects(), ...options });
}

/** Builds, and throws where the run failed, with what it said. */
export async function buildWell(dir: string, options: { readonly asOf?: Date; readonly effects?: Effects } = {}): Promise<BuildResult> {
  const result = await buildIn(dir, options);
  if (result.status === 'failed' || result.imbalances.length > 0) {
    throw new Error(`the build of ${dir} failed: ${JSON.stringify({ error: result.error, imbalances: result.imbalances })}`);
  }
  return result;
}

/** Rows as a csv file with a header, every field in quotes where it needs them. */
export function csv(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  const field = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  return [columns, ...rows].map((row) => `${row.map(field).join(',')}\n`).join('');
}

/** Records as an ndjson file. */
export function ndjson(records: readonly unknown[]): string {
  return records.map((record) => `${JSON.stringify(record)}\n`).join('');
}

/** The project of a folder, opened. */
export function projectIn(dir: string): Promise<Project> {
  return openProject(dir);
}
