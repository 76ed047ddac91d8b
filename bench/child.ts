import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { DuckDBInstance } from '@duckdb/node-api';
import pg from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import { openProject, realEffects } from '../src/index.js';
// Loaded before the clock starts.
import { build } from '../src/run/build.js';
import { tell } from './measure.js';
import { memoryLimit, twoFiles, writePayments, writeProject } from './payments.js';

/*
 * One measured piece of work in a process of its own, so that its memory and its caches are its own too:
 *   child.ts generate FOLDER ROWS      the project and its two files
 *   child.ts build    FOLDER STORE     a build of the project into a store
 *   child.ts bare     CSV    DATABASE  what DuckDB alone needs to hold the file's text in a table
 *   child.ts land     FOLDER STORE     a build of a project without tables: what is read goes into bronze, and that is all
 *   child.ts copy     URL    FILE      \`COPY\` of the table payments of a PostgreSQL into a file
 * The result is one line of JSON on stdout.
 */

const [, , task = '', from = '', to = ''] = process.argv;

async function generate(folder: string, rows: number): Promise<void> {
  await mkdir(`${folder}/data`, { recursive: true });
  await writeProject(folder);
  const { first, second } = twoFiles(rows);
  await writePayments(`${folder}/data/payments_1.csv`, first);
  await writePayments(`${folder}/payments_2.csv`, second);
}

async function buildOnce(folder: string, store: string): Promise<unknown> {
  const project = await openProject(folder, { store });
  const result = await build(project, { asOf: new Date('2026-01-01T00:00:00Z'), effects: realEffects() });
  if (result.status !== 'success')
    throw new Error(`the build ended as ${result.status}: ${JSON.stringify(result.error ?? result.warnings)}`);
  const rows = (line: string): number =>
    result.ledger.filter((l) => l.scope === 'table' && l.name === 'payments' && l.line === line).reduce((n, l) => n + l.rows, 0);
  const lines = ['read', 'inserted', 'updated', 'unchanged', 'duplicate', 'superseded', 'quarantined', 'standing_after'];
  return {
    rows: rows('read'),
    dispositions: Object.fromEntries(lines.map((line) => [line, rows(line)])),
    steps: result.steps.map((s) => ({ name: `${s.stage} ${s.name}`, ms: s.ms })),
  };
}

async function bare(csv: string, database: string): Promise<unknown> {
  if (database !== ':memory:') await mkdir(dirname(database), { recursive: true });
  const instance = await DuckDBInstance.create(database, { memory_limit: memoryLimit });
  const connection = await instance.connect();
  const done = await connection.runAndReadAll(
    `CREATE TABLE payments AS SELECT * FROM read_csv('${csv.replaceAll("'", "''")}', all_varchar = true)`,
  );
  const rows = Number(done.getRows()[0]?.[0]);
  connection.closeSync();
  // Closing writes the last of the table to its file.
  instance.closeSync();
  return { rows, dispositions: {}, steps: [] };
}

async function land(folder: string, store: string): Promise<unknown> {
  const result = await build(await openProject(folder, { store }), { asOf: new Date('2026-01-01T00:00:00Z'), effects: realEffects() });
  if (result.status !== 'success')
    throw new Error(`the build ended as ${result.status}: ${JSON.stringify(result.error ?? result.warnings)}`);
  return { rows: result.ledger.find((l) => l.scope === 'stream' && l.line === 'landed')?.rows ?? 0, dispositions: {}, steps: [] };
}

async function copy(url: string, file: string): Promise<unknown> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await pipeline(client.query(copyTo('COPY payments TO STDOUT (FORMAT csv)')), createWriteStream(file));
  await client.end();
  return { rows: 0, dispositions: {}, steps: [] };
}

const start = performance.now();
if (task === 'generate') await generate(from, Number(to));
else {
  const tasks: Readonly<Record<string, (from: string, to: string) => Promise<unknown>>> = { build: buildOnce, bare, land, copy };
  tell(await tasks[task]?.(from, to), start);
}
