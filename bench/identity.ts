import { spawn } from 'node:child_process';
import { copyFile, mkdir, rm } from 'node:fs/promises';
import { availableParallelism, cpus } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import Table from 'cli-table3';
import { z } from 'zod';
import type { Measured } from './measure.js';
import { measure } from './measure.js';

const here = dirname(fileURLToPath(import.meta.url));
const child = join(here, 'identity-child.ts');

const { values } = parseArgs({
  options: {
    records: { type: 'string', multiple: true, default: ['100000', '1000000'] },
    last: { type: 'boolean', default: false },
    splink: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
});

/** What matching is held against: from records to clusters and keys at 1M, memory, the run with 1% more, and a lookup. */
const bounds = { seconds: 60, at: 1_000_000, peak: 4 * 1024 ** 3, increment: 0.05, lookup: 20 };

const quality = z.object({ precision: z.number(), recall: z.number(), f1: z.number() });
/** What `identity-splink.py` says; times in seconds, `at` its threshold of 0.95, `best` at the one of some that would have been best. */
const splink = z.object({
  elapsed: z.number(),
  cpu: z.number(),
  peak: z.number(),
  at: quality,
  best: quality.extend({ threshold: z.number() }),
});

interface Matched {
  readonly records: number;
  readonly first: Measured;
  readonly second: Measured;
  readonly lookup: Measured;
  /** Onefold's and Splink's, of the records of the first build. */
  readonly compared: { readonly ours: z.output<typeof quality>; readonly splink: z.output<typeof splink> } | null;
}

/** Runs a program; its output. @throws Error when it fails */
async function output(program: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const run = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    let out = '';
    run.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      out += chunk;
    });
    run.on('error', reject);
    run.on('close', (code) => (code === 0 ? resolve(out) : reject(new Error(`\`${program} ${args.join(' ')}\` ended with code ${code}`))));
  });
}

/** The Python of a virtual environment that has Splink; made if it isn't there. */
async function pythonWithSplink(): Promise<string> {
  const folder = join(here, '.work', 'splink');
  const python = join(folder, 'bin', 'python');
  const has = output(python, ['-c', 'import splink']);
  return has
    .catch(async () => {
      await output('python3', ['-m', 'venv', folder]);
      return output(python, ['-m', 'pip', 'install', '--quiet', 'splink==5.0.0', 'duckdb<2']);
    })
    .then(() => python);
}

/** The same records, compared in the same blocks, on as many cores and in as much memory. */
async function compare(folder: string): Promise<NonNullable<Matched['compared']>> {
  const python = await pythonWithSplink();
  const { steps } = await measure(['evaluate', folder], child);
  const ours = quality.parse(Object.fromEntries(steps.map((s) => [s.name, s.ms])));
  await measure(['blocks', folder], child);
  const files = [join(folder, 'records.parquet'), join(folder, 'truth', 'records.csv')];
  const said = await output(python, [join(here, 'identity-splink.py'), ...files, '2GB', String(availableParallelism())]);
  return { ours, splink: splink.parse(JSON.parse(said.trim().split('\n').at(-1) ?? '')) };
}

async function match(records: number, progress: (text: string) => void): Promise<Matched> {
  const folder = join(here, '.work', `identity-${records}`);
  await rm(folder, { recursive: true, force: true });
  await mkdir(join(folder, 'data'), { recursive: true });
  try {
    progress(`${records} records: generating`);
    await measure(['generate', folder, String(records), ...(values.last ? ['last'] : [])], child);
    progress(`${records} records: first build`);
    await copyFile(join(folder, 'first.csv'), join(folder, 'data', 'first.csv'));
    const first = await measure(['build', folder], child);
    if (values.splink) progress(`${records} records: Splink`);
    const compared = values.splink ? await compare(folder) : null;
    progress(`${records} records: 1 % more`);
    await copyFile(join(folder, 'more.csv'), join(folder, 'data', 'more.csv'));
    const second = await measure(['build', folder], child);
    progress(`${records} records: lookups`);
    return { records, first, second, lookup: await measure(['lookup', folder, '500'], child), compared };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function took({ steps }: Measured, step: string): number {
  return steps.filter((s) => s.name === step).reduce((sum, s) => sum + s.ms, 0);
}

function report(all: readonly Matched[]): string {
  const head = [
    'records',
    'clusters and keys',
    'golden records',
    'whole build',
    'cpu',
    'memory',
    '1 % more',
    'all of it',
    'lookup p50',
    'p99',
    'bounds',
  ];
  const table = new Table({ head, style: { head: [], border: [] } });
  const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;
  for (const { records, first, second, lookup } of all) {
    const [full, more] = [took(first, 'identity person'), took(second, 'identity person')];
    const missed = [
      ...(records === bounds.at && full > bounds.seconds * 1000 ? ['time'] : []),
      ...(first.peak > bounds.peak ? ['memory'] : []),
      ...(more > bounds.increment * full ? ['1 % more'] : []),
      ...(took(lookup, 'p99') > bounds.lookup ? ['lookup'] : []),
    ];
    table.push([
      records.toLocaleString('en'),
      seconds(full),
      seconds(took(first, 'gold person')),
      seconds(first.ms),
      seconds(first.cpu),
      megabytes(Math.max(first.peak, second.peak)),
      `${seconds(more)} (${((100 * more) / full).toFixed(1)} %)`,
      seconds(second.ms),
      `${took(lookup, 'p50').toFixed(1)} ms`,
      `${took(lookup, 'p99').toFixed(1)} ms`,
      missed.length === 0 ? 'met' : `MISSED: ${missed.join(', ')}`,
    ]);
  }
  return `${availableParallelism()} cores (${cpus()[0]?.model.trim() ?? 'unknown'}), Node ${process.version}\n${table.toString()}\n`;
}

/** Both side by side; nothing where Splink did not run. */
function against(all: readonly Matched[]): string {
  const table = new Table({
    head: ['records', '', 'to clusters', 'cpu', 'memory', 'precision', 'recall', 'F1'],
    style: { head: [], border: [] },
  });
  const seconds = (s: number): string => `${s.toFixed(1)} s`;
  const shares = (q: z.output<typeof quality>): string[] => [q.precision, q.recall, q.f1].map((x) => `${(100 * x).toFixed(2)} %`);
  for (const { records, first, compared } of all) {
    if (compared === null) continue;
    const { ours, splink: theirs } = compared;
    const of = records.toLocaleString('en');
    table.push([
      of,
      'Onefold',
      seconds(took(first, 'identity person') / 1000),
      seconds(first.cpu / 1000),
      megabytes(first.peak),
      ...shares(ours),
    ]);
    table.push([of, 'Splink, 0.95', seconds(theirs.elapsed), seconds(theirs.cpu), megabytes(theirs.peak), ...shares(theirs.at)]);
    table.push([of, `Splink, ${theirs.best.threshold}: its best`, '', '', '', ...shares(theirs.best)]);
  }
  return table.length === 0 ? '' : `${table.toString()}\n`;
}

function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1e6)} MB`;
}

const all: Matched[] = [];
for (const records of values.records) {
  all.push(
    await match(Number(records), (text) => {
      process.stderr.write(`${text}\n`);
    }),
  );
}
process.stdout.write(values.json ? `${JSON.stringify(all, null, 1)}\n` : `${report(all)}${against(all)}`);
