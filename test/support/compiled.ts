import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Compiles this package once for a test file, since a process of TypeScript takes a second to load; gives the path of a file of `test`. */
export function compiledTests(): (file: string) => string {
  let folder = '';
  beforeAll(async () => {
    await mkdir(join(root, 'node_modules', '.cache'), { recursive: true });
    folder = await mkdtemp(join(root, 'node_modules', '.cache', 'onefold-kill-'));
    await writeFile(join(folder, 'package.json'), '{ "type": "module" }');
    const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
    await promisify(execFile)(process.execPath, [tsc, '-p', root, '--noEmit', 'false', '--noCheck', '--rootDir', root, '--outDir', folder]);
  });
  afterAll(() => rm(folder, { recursive: true }));
  return (file) => join(folder, 'test', file);
}
