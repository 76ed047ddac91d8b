import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
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

/** Runs one piece of work in a fresh process, by `child.ts` or by another script. @throws Error when it fails */
export async function measure(task: readonly string[], script = child): Promise<Measured> {
  const start = performance.now();
  const text = await new Promise<string>((resolve, reject) => {
    const worker = spawn(process.execPath, [jiti, script, ...task], { stdio: ['ignore', 'pipe', 'inherit'] });
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

/** The most that was resident, of this process alone: what `maxRSS` says can also be what its parent had when it forked. */
export function peakBytes(): number {
  try {
    const found = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'));
    if (found !== null) return Number(found[1]) * 1024;
  } catch {
    // No such file outside Linux.
  }
  return process.resourceUsage().maxRSS * 1024;
}

/** Tells what a child process measured of itself, as one line of JSON on stdout: what its work says, and what it took since `start`. */
export function tell(work: unknown, start: number): void {
  const ms = performance.now() - start;
  const usage = process.resourceUsage();
  const cpu = (usage.userCPUTime + usage.systemCPUTime) / 1000;
  process.stdout.write(`${JSON.stringify({ ...Object(work), ms, cpu, peak: peakBytes() })}\n`);
}

/** How many bytes the files below a folder have. */
export async function bytesBelow(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const sizes = await Promise.all(entries.filter((e) => e.isFile()).map(async (e) => (await stat(join(e.parentPath, e.name))).size));
  return sizes.reduce((sum, size) => sum + size, 0);
}
