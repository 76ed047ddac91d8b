import { mkdir, rename, rm, stat } from 'node:fs/promises';
import { availableParallelism, cpus } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { Measured } from './measure.js';
import { bytesBelow, measure } from './measure.js';
import { memoryLimit } from './payments.js';
import { report, summary } from './report.js';

const here = dirname(fileURLToPath(import.meta.url));

/** All measurements of one size. */
export interface Load {
  readonly rows: number;
  readonly csvBytes: number;
  readonly secondBytes: number;
  readonly storeBytes: number;
  readonly bronzeBytes: number;
  readonly first: readonly Measured[];
  readonly second: readonly Measured[];
  readonly bareFile: readonly Measured[];
  readonly bareMemory: readonly Measured[];
}

async function load(rows: number, runs: number, progress: (text: string) => void): Promise<Load> {
  const folder = join(here, '.work', String(rows));
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  progress(`${rows} rows: generating`);
  await measure(['generate', folder, String(rows)]);
  const csv = join(folder, 'data', 'payments_1.csv');
  const second = { aside: join(folder, 'payments_2.csv'), there: join(folder, 'data', 'payments_2.csv') };
  const store = join(folder, 'store');
  const database = join(folder, 'bare', 'bare.duckdb');
  const out = { first: [] as Measured[], second: [] as Measured[], bareFile: [] as Measured[], bareMemory: [] as Measured[] };
  let storeBytes = 0;
  let bronzeBytes = 0;
  // The file is in the page cache from the start for both, and both take turns, so that neither has the quieter machine.
  for (let run = 1; run <= runs; run++) {
    progress(`${rows} rows: run ${run} of ${runs}`);
    out.bareFile.push(await measure(['bare', csv, database]));
    await rm(dirname(database), { recursive: true });
    out.first.push(await measure(['build', folder, store]));
    storeBytes = await bytesBelow(store);
    bronzeBytes = await bytesBelow(join(store, 'lake', 'bronze'));
    await rename(second.aside, second.there);
    out.second.push(await measure(['build', folder, store]));
    await rename(second.there, second.aside);
    await rm(store, { recursive: true });
    out.bareMemory.push(await measure(['bare', csv, ':memory:']));
  }
  const [csvBytes, secondBytes] = await Promise.all([csv, second.aside].map(async (path) => (await stat(path)).size));
  await rm(folder, { recursive: true });
  return { rows, csvBytes: csvBytes ?? 0, secondBytes: secondBytes ?? 0, storeBytes, bronzeBytes, ...out };
}

function whole(text: string, least: number): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < least) throw new RangeError(`not a whole number of at least ${least}: ${text}`);
  return value;
}

const { values } = parseArgs({
  options: {
    rows: { type: 'string', multiple: true, default: ['1000000', '5000000'] },
    runs: { type: 'string', default: '5' },
    json: { type: 'boolean', default: false },
  },
});
const progress = (text: string): void => {
  process.stderr.write(`${text}\n`);
};
const runs = whole(values.runs, 1);
const machine = { cpu: cpus()[0]?.model.trim() ?? 'unknown', cores: availableParallelism(), node: process.version, memoryLimit };
const sizes = values.rows.map((rows) => whole(rows, 1000));
const loads: Load[] = [];
for (const rows of sizes) loads.push(await load(rows, runs, progress));
process.stdout.write(
  values.json
    ? `${JSON.stringify({ machine, runs, loads: loads.map((l) => ({ ...summary(l), raw: l })) }, null, 1)}\n`
    : report(machine, runs, loads),
);
