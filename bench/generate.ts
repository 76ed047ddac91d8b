import { mkdir, rm } from 'node:fs/promises';
import { availableParallelism, cpus } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import Table from 'cli-table3';
import { bytesBelow, type Measured, measure } from './measure.js';

const here = dirname(fileURLToPath(import.meta.url));
const child = join(here, 'generate-child.ts');

/** What generation is held against: rows a second of processor time where rows are simple, and resident memory at any size. */
const bounds = { simple: ['billing'], rowsPerSecond: 150_000, peak: 300e6 };

interface Generated extends Measured {
  readonly what: string;
  readonly customers: number;
  readonly truth: boolean;
  readonly bytes: number;
}

async function generate(what: string, customers: number, truth: boolean): Promise<Generated> {
  const folder = join(here, '.work', `generate-${what}`);
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  try {
    const measured = await measure([what, String(customers), folder, truth ? 'truth' : ''], child);
    return { ...measured, what, customers, truth, bytes: await bytesBelow(folder) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function report(all: readonly Generated[]): string {
  const style = { head: [], border: [] };
  const head = ['what', 'customers', 'rows', 'time', 'cpu', 'rows/s', 'rows/s of cpu', 'MB/s', 'peak memory', 'bounds'];
  const table = new Table({ head, style });
  const count = (value: number): string => Math.round(value).toLocaleString('en');
  for (const one of all) {
    const perCpu = (one.rows / one.cpu) * 1000;
    const met = one.peak <= bounds.peak && (!bounds.simple.includes(one.what) || perCpu >= bounds.rowsPerSecond);
    table.push([
      one.truth ? `${one.what}, truth` : one.what,
      count(one.customers),
      count(one.rows),
      `${(one.ms / 1000).toFixed(1)} s`,
      `${(one.cpu / 1000).toFixed(1)} s`,
      count((one.rows / one.ms) * 1000),
      count(perCpu),
      (one.bytes / one.ms / 1000).toFixed(1),
      `${Math.round(one.peak / 1e6)} MB`,
      met ? 'met' : 'MISSED',
    ]);
  }
  const machine = `${availableParallelism()} cores (${cpus()[0]?.model.trim() ?? 'unknown'}), Node ${process.version}`;
  return `${machine}\n${table.toString()}\n`;
}

const { values } = parseArgs({
  options: {
    customers: { type: 'string', default: '20000' },
    what: { type: 'string', multiple: true, default: ['billing', 'people'] },
    truth: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
});
const customers = Number(values.customers);
const measured: Generated[] = [];
for (const what of values.what) {
  process.stderr.write(`${what}: ${customers} customers\n`);
  measured.push(await generate(what, customers, values.truth));
}
process.stdout.write(values.json ? `${JSON.stringify(measured, null, 1)}\n` : report(measured));
