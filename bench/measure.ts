import { spawn } from 'node:child_process';
import { readdir, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

const measured = z.object({
  rows: z.number(),
  dispositions: z.record(z.string(), z.number()),
  steps: z.array(z.object({ name: z.string(), ms: z.number() })),
  /** From before the first statement to after the database is closed. */
  ms: z.number(),
  /** Of all threads, user and system, the process's start included. */
  cpu: z.number(),
  /** The most bytes that were resident. */
  peak: z.number(),
});

/** What one child process measured of itself, and how long it lived, seen from outside. */
export type Measured = z.output<typeof measured> & { readonly wall: number };

const jiti = join(dirname(createRequire(import.meta.url).resolve('jiti/package.json')), 'lib', 'jiti-cli.mjs');
const child = fileURLToPath(new URL('./child.ts', import.meta.url));
const none = { rows: 0, dispositions: {}, steps: [], ms: 0, cpu: 0, peak: 0 };

/** Runs one piece of work in a fresh process. @throws Error when it fails */
export async function measure(task: readonly string[]): Promise<Measured> {
  const start = performance.now();
  const text = await new Promise<string>((resolve, reject) => {
    const worker = spawn(process.execPath, [jiti, child, ...task], { stdio: ['ignore', 'pipe', 'inherit'] });
    let out = '';
    worker.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      out += chunk;
    });
    worker.on('error', reject);
    worker.on('close', (code) => (code === 0 ? resolve(out) : reject(new Error(`\`${task.join(' ')}\` ended with code ${code}`))));
  });
  const wall = performance.now() - start;
  return { ...(text === '' ? none : measured.parse(JSON.parse(text))), wall };
}

/** How many bytes the files below a folder have. */
export async function bytesBelow(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const sizes = await Promise.all(entries.filter((e) => e.isFile()).map(async (e) => (await stat(join(e.parentPath, e.name))).size));
  return sizes.reduce((sum, size) => sum + size, 0);
}
