import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { messageOf, OnefoldError } from '../base/errors.js';

/** What a var may be. */
export type VarValue = string | number | boolean;
export type Vars = Readonly<Record<string, VarValue>>;

/** Environment variables by name. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The environment of a project: what is set in the process, then `.env.<target>`, then `.env` beside the project file. The
 * files are read and never written into the process, so that projects opened together don't see each other's.
 * @throws OnefoldError `CONFIG_INVALID` when a file is there and can't be read
 */
export async function environmentOf(dir: string, target: string | undefined): Promise<Environment> {
  const files = ['.env', ...(target === undefined ? [] : [`.env.${target}`])];
  const read = await Promise.all(files.map((name) => readEnv(join(dir, name))));
  const set = Object.entries(process.env).filter(([, value]) => value !== undefined && value !== '');
  return Object.assign({}, ...read, Object.fromEntries(set));
}

async function readEnv(path: string): Promise<Environment> {
  try {
    return parseEnv(await readFile(path, 'utf8'));
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return {};
    throw new OnefoldError('CONFIG_INVALID', `${path} could not be read: ${messageOf(cause)}`, { cause });
  }
}
