import { copyFile, mkdir, rm } from 'node:fs/promises';
import { availableParallelism, cpus } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import Table from 'cli-table3';
import type { Measured } from './measure.js';
import { measure } from './measure.js';

const here = dirname(fileURLToPath(import.meta.url));
const child = join(here, 'identity-child.ts');

/** What matching is held against: from records to clusters and keys at 1M, memory, the run with 1% more, and a lookup. */
const bounds = { seconds: 60, at: 1_000_000, peak: 4 * 1024 ** 3, increment: 0.05, lookup: 20 };

interface Matched {
  readonly records: number;
  readonly first: Measured;
  readonly second: Measured;
  readonly lookup: Measured;
}

async function match(records: number, progress: (text: string) => void): Promise<Matched> {
  const folder = join(here, '.work', `identity-${records}`);
  await rm(folder, { recursive: true, force: true });
  await mkdir(join(folder, 'data'), { recursive: true });
  try {
    progress(`${records} records: generating`);
    await measure(['generate', folder, String(records)], child);
    progress(`${records} records: first build`);
    await copyFile(join(folder, 'first.csv'), join(folder, 'data', 'people.csv'));
    const first = await measure(['build', folder], child);
    progress(`${records} records: 1 % more`);
    await copyFile(join(folder, 'records.csv'), join(folder, 'data', 'people.csv'));
    const second = await measure(['build', folder], child);
    progress(`${records} records: lookups`);
    return { records, first, second, lookup: await measure(['lookup', folder, '500'], child) };
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
      `${Math.round(Math.max(first.peak, second.peak) / 1e6)} MB`,
      `${seconds(more)} (${((100 * more) / full).toFixed(1)} %)`,
      `${took(lookup, 'p50').toFixed(1)} ms`,
      `${took(lookup, 'p99').toFixed(1)} ms`,
      missed.length === 0 ? 'met' : `MISSED: ${missed.join(', ')}`,
    ]);
  }
  return `${availableParallelism()} cores (${cpus()[0]?.model.trim() ?? 'unknown'}), Node ${process.version}\n${table.toString()}\n`;
}

const { values } = parseArgs({
  options: { records: { type: 'string', multiple: true, default: ['100000', '1000000'] }, json: { type: 'boolean', default: false } },
});
const all: Matched[] = [];
for (const records of values.records) {
  all.push(
    await match(Number(records), (text) => {
      process.stderr.write(`${text}\n`);
    }),
  );
}
process.stdout.write(values.json ? `${JSON.stringify(all, null, 1)}\n` : report(all));
