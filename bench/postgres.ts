import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startPostgres } from '../test/support/postgres.js';
import { measure } from './measure.js';

/*
 * Rows of a PostgreSQL table into bronze, against `COPY … TO STDOUT` of the same rows into a file, in turns:
 *   npx jiti bench/postgres.ts --rows 1000000 --runs 3
 * The reading process has its own limit of memory for the engine; what is resident counts all of it.
 */

const { values } = parseArgs({ options: { rows: { type: 'string', default: '1000000' }, runs: { type: 'string', default: '3' } } });
const rows = Number(values.rows);
const folder = await mkdtemp(join(tmpdir(), 'onefold-bench-'));
const database = await startPostgres();
try {
  await database.query(`CREATE TABLE payments AS SELECT n AS id, 'C' || n % 200000 AS customer, 'Customer ' || n AS name, 'customer' || n || '@example.com' AS email,
    (n % 100000)::numeric / 100 AS amount, 'EUR' AS currency, timestamp '2024-01-01' + n * interval '1 second' AS paid_at FROM generate_series(1, ${rows}) n`);
  const source = { connector: 'postgres', url: { env: 'ONEFOLD_BENCH_URL' }, streams: { payments: { table: 'payments' } } };
  await mkdir(join(folder, 'project'));
  await writeFile(
    join(folder, 'project', 'onefold.json'),
    JSON.stringify({ name: 'bench', engine: { memory_limit: '128MB' }, sources: { db: source } }),
  );
  process.env['ONEFOLD_BENCH_URL'] = database.url;
  const ratios: number[] = [];
  for (let run = 1; run <= Number(values.runs); run++) {
    const plain = await measure(['copy', database.url, join(folder, 'plain.csv')]);
    const store = join(folder, 'store');
    const landed = await measure(['land', join(folder, 'project'), store]);
    await rm(store, { recursive: true });
    ratios.push(landed.ms / plain.ms);
    const perSecond = Math.round(rows / (landed.ms / 1000));
    process.stdout.write(
      `COPY ${(plain.ms / 1000).toFixed(2)} s · into bronze ${(landed.ms / 1000).toFixed(2)} s · ${perSecond} rows/s · ${(landed.cpu / 1000).toFixed(2)} s of processor time · ${Math.round(landed.peak / 1e6)} MB resident\n`,
    );
  }
  const median = [...ratios].sort((a, b) => a - b)[Math.floor(ratios.length / 2)] ?? 0;
  process.stdout.write(`into bronze ÷ COPY: ${median.toFixed(2)} (median of ${ratios.length})\n`);
} finally {
  await database.stop();
  await rm(folder, { recursive: true, force: true });
}
