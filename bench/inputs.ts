import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdir, rm, stat, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { z } from 'zod';
import { readableOf } from '../src/connectors/file/formats.js';
import { fileStream } from '../src/connectors/file/options.js';
import { withZip } from '../src/connectors/file/zip.js';
import { openDuckDb } from '../src/engine/duckdb/duckdb.js';
import { copyToParquet } from '../src/engine/functions.js';
import type { Sql } from '../src/sql/tag.js';
import { sql, trusted } from '../src/sql/tag.js';
import { workbook } from '../test/support/workbook.js';
import { memoryLimit } from './payments.js';

/*
 * What reading a workbook and a Parquet file costs, beside the floor of each. Every task runs in a process of its own:
 *   inputs.ts --task xlsx|parquet          read by the connector and written as a segment is
 *   inputs.ts --task xlsx-floor            unpacked, decoded, and every tag of it found
 *   inputs.ts --task parquet-floor         read by the engine, its columns as they are, and written
 *   inputs.ts --task xlsx-make|parquet-make   the file itself
 */

const here = fileURLToPath(import.meta.url);
const folder = join(dirname(here), '.work', 'inputs');
const files = { xlsx: join(folder, 'in.xlsx'), parquet: join(folder, 'in.parquet'), out: join(folder, 'out.parquet') };

async function written(relation: (engine: Awaited<ReturnType<typeof openDuckDb>>) => Promise<Sql>): Promise<number> {
  const engine = await openDuckDb({ path: ':memory:', memoryLimit, tempDir: folder });
  const rows = await engine.run(copyToParquet(await relation(engine), files.out));
  engine.close();
  return rows;
}

function connector(part: string): Promise<number> {
  return written(async (engine) => {
    const readable = await readableOf(part, part, fileStream.parse({ path: part }), engine, folder);
    if (readable === null) throw new Error(`${part} is empty`);
    return readable.relation;
  });
}

/** What no reader of a workbook can leave out: all of its sheet, as text, tag by tag. Returns how many rows it has. */
async function tagsOf(path: string): Promise<number> {
  return withZip(path, async (zip) => {
    let rows = 0;
    for (const { name, entry } of zip.entries) {
      const decoder = new TextDecoder();
      let rest = '';
      for await (const chunk of await zip.stream(entry)) {
        const text = rest + decoder.decode(chunk, { stream: true });
        rest = text.slice(text.lastIndexOf('<'));
        for (let at = text.indexOf('<'); at !== -1 && at < text.length - rest.length; at = text.indexOf('<', at + 1)) {
          if (name.includes('sheet1') && text.startsWith('</row', at)) rows += 1;
        }
      }
    }
    return rows;
  });
}

async function makeWorkbook(rows: number): Promise<number> {
  const records = Array.from({ length: rows }, (_, i) => [
    i,
    { type: 's', inner: `<v>${i}</v>` },
    Math.round(i * 7.77) / 100,
    { style: 1, inner: `<v>${45_000 + (i % 365)}</v>` },
    { style: 2, inner: `<v>${45_000.5 + i / 86_400}</v>` },
    i % 2 === 0,
    `note ${i % 1000}`,
    i * 1.1,
  ]);
  const header = ['id', 'name', 'amount', 'day', 'at', 'flag', 'note', 'ratio'];
  const sharedStrings = records.map((_, i) => `<si><t>Name ${i}</t></si>`);
  await writeFile(files.xlsx, workbook([{ name: 'Data', rows: [header, ...records] }], { sharedStrings }));
  return rows;
}

async function makeParquet(rows: number): Promise<number> {
  const engine = await openDuckDb({ path: ':memory:' });
  const made =
    trusted(`SELECT i AS id, 'Name ' || i AS name, (i * 7.77)::DECIMAL(18, 2) AS amount, DATE '2025-01-01' + (i % 365)::INTEGER AS day,
    TIMESTAMP '2025-01-01 12:00:00' + to_seconds(i) AS "at", i % 2 = 0 AS flag, ['note', 'x' || (i % 1000)] AS notes, i * 1.1::DOUBLE AS ratio FROM range(${rows}) t(i)`);
  await engine.run(sql`COPY (${made}) TO ${files.parquet} (FORMAT parquet)`);
  engine.close();
  return rows;
}

const tasks: Readonly<Record<string, (rows: number) => Promise<number>>> = {
  'xlsx-make': makeWorkbook,
  'parquet-make': makeParquet,
  xlsx: () => connector(files.xlsx),
  parquet: () => connector(files.parquet),
  'xlsx-floor': () => tagsOf(files.xlsx),
  'parquet-floor': () => written(async () => sql`SELECT * FROM read_parquet(${files.parquet})`),
};

/** The most that was resident, in bytes. */
function peakBytes(): number {
  const found = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'));
  return Number(found?.[1] ?? process.resourceUsage().maxRSS) * 1024;
}

const measured = z.object({ rows: z.number(), ms: z.number(), cpu: z.number(), peak: z.number() });

async function inProcess(task: string, rows: number): Promise<z.output<typeof measured>> {
  const jiti = join(dirname(createRequire(import.meta.url).resolve('jiti/package.json')), 'lib', 'jiti-cli.mjs');
  const { stdout } = await promisify(execFile)(process.execPath, [jiti, here, '--task', task, '--rows', String(rows)]);
  return measured.parse(JSON.parse(stdout));
}

async function compare(runs: number, sizes: { readonly xlsx: number; readonly parquet: number }): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const lines = ['| | rows | size | median | processor | most memory |', '| --- | --- | --- | --- | --- | --- |'];
  for (const kind of ['xlsx', 'parquet'] as const) {
    await inProcess(`${kind}-make`, sizes[kind]);
    const size = (await stat(files[kind])).size;
    for (const task of [`${kind}-floor`, kind]) {
      const all = [];
      for (let run = 0; run < runs; run++) all.push(await inProcess(task, 0));
      const [ms, cpu] = [median(all.map((m) => m.ms)), median(all.map((m) => m.cpu))];
      const peak = Math.max(...all.map((m) => m.peak));
      lines.push(
        `| ${task} | ${all[0]?.rows} | ${(size / 1e6).toFixed(1)} MB | ${seconds(ms)} | ${seconds(cpu)} | ${Math.round(peak / 1e6)} MB |`,
      );
    }
  }
  await rm(folder, { recursive: true });
  process.stdout.write(`${lines.join('\n')}\n`);
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(2)} s`;
}

const { values } = parseArgs({
  options: {
    task: { type: 'string' },
    rows: { type: 'string', default: '0' },
    xlsx: { type: 'string', default: '100000' },
    parquet: { type: 'string', default: '1000000' },
    runs: { type: 'string', default: '3' },
  },
});
if (values.task === undefined) await compare(Number(values.runs), { xlsx: Number(values.xlsx), parquet: Number(values.parquet) });
else {
  const [start, used] = [performance.now(), process.cpuUsage()];
  const rows = await tasks[values.task]?.(Number(values.rows));
  const { user, system } = process.cpuUsage(used);
  process.stdout.write(JSON.stringify({ rows, ms: performance.now() - start, cpu: (user + system) / 1000, peak: peakBytes() }));
}
