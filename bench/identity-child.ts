import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { openDuckDb } from '../src/engine/duckdb/duckdb.js';
import { blockOf } from '../src/identity/match/blocking.js';
import { rulesOf } from '../src/identity/match/extent.js';
import { attributesOf, parseModel } from '../src/identity/match/model.js';
import { openProject, realEffects } from '../src/index.js';
// Loaded before the clock starts.
import { build } from '../src/run/build.js';
import { evaluate } from '../src/run/explain/evaluate.js';
import { openMatcher } from '../src/run/match.js';
import { id, join as listed, sql } from '../src/sql/tag.js';
import { generators } from '../src/testing/index.js';
import { tell } from './measure.js';

/*
 * One measured piece of work in a process of its own:
 *   identity-child.ts generate FOLDER RECORDS [last]   a project of so many records of people, one in a hundred of them aside
 *   identity-child.ts build    FOLDER           a build of it
 *   identity-child.ts lookup   FOLDER TIMES     so many records, looked up one by one
 *   identity-child.ts evaluate FOLDER           the entities that were found against the true ones
 *   identity-child.ts blocks   FOLDER           records.parquet: its records, with the blocks that they are compared in
 * The result is one line of JSON on stdout.
 */

const attributes = ['given_name', 'family_name', 'birth_date', 'email', 'phone', 'street'];

/** @param last the last of the file are those aside, not every hundredth */
async function generate(folder: string, records: number, last: boolean): Promise<unknown> {
  // Persons have two records in the mean.
  await generators.find((g) => g.name === 'people')?.write({ out: folder, seed: 42, customers: Math.round(records / 2), truth: true });
  const [header = '', ...lines] = (await readFile(join(folder, 'records.csv'), 'utf8')).trimEnd().split('\n');
  const isAside = (line: number): boolean => (last ? line >= lines.length * (100 / 101) : line % 101 === 100);
  const write = (name: string, aside: boolean): Promise<void> =>
    writeFile(join(folder, name), `${[header, ...lines.filter((_, line) => isAside(line) === aside)].join('\n')}\n`);
  await write('first.csv', false);
  await write('more.csv', true);
  const columns = Object.fromEntries(['record_id', ...attributes].map((name) => [name, name]));
  await writeFile(
    join(folder, 'onefold.yml'),
    JSON.stringify({
      name: 'people',
      engine: { memory_limit: '2GB' },
      sources: { desk: { connector: 'file', streams: { people: { path: 'data/*.csv', mode: 'append' } } } },
      tables: { people: { from: 'desk.people', key: 'record_id', columns } },
      entities: {
        person: {
          records: [{ table: 'people', id: 'record_id', attributes: Object.fromEntries(attributes.map((name) => [name, name])) }],
          match: true,
        },
      },
    }),
  );
  return { rows: lines.length, dispositions: {}, steps: [] };
}

async function buildOnce(folder: string): Promise<unknown> {
  const result = await build(await openProject(folder), { asOf: new Date('2026-01-01T00:00:00Z'), effects: realEffects() });
  if (result.status !== 'success')
    throw new Error(`the build ended as ${result.status}: ${JSON.stringify(result.error ?? result.warnings)}`);
  return {
    rows: result.tables[0]?.rows ?? 0,
    dispositions: {},
    steps: result.steps.map((s) => ({ name: `${s.stage} ${s.name}`, ms: s.ms })),
  };
}

/** Lookups before those that are measured: code that has not run yet is slower. */
const warming = 50;

async function lookup(folder: string, times: number): Promise<unknown> {
  const opening = performance.now();
  const matcher = await openMatcher(await openProject(folder));
  const opened = performance.now() - opening;
  const lines = (await readFile(join(folder, 'records.csv'), 'utf8')).split('\n');
  const header = (lines[0] ?? '').split(',');
  const took: number[] = [];
  let known = 0;
  for (let i = -warming; i < times; i++) {
    const cells = (lines[1 + (((warming + i) * 7919) % (lines.length - 2))] ?? '').split(',');
    const record = Object.fromEntries(attributes.map((name) => [name, (cells[header.indexOf(name)] ?? '').replaceAll('"', '')]));
    const start = performance.now();
    const { outcome } = await matcher.match(record);
    if (i < 0) continue;
    took.push(performance.now() - start);
    if (outcome === 'known') known++;
  }
  matcher.close();
  took.sort((a, b) => a - b);
  const at = (share: number): number => took[Math.floor(share * (took.length - 1))] ?? 0;
  const steps = [
    { name: 'opened', ms: opened },
    { name: 'p50', ms: at(0.5) },
    { name: 'p99', ms: at(0.99) },
  ];
  return { rows: times, dispositions: { known }, steps };
}

async function score(folder: string): Promise<unknown> {
  const { pairs } = await evaluate(await openProject(folder), { labels: join(folder, 'truth', 'records.csv') });
  const steps = (['precision', 'recall', 'f1'] as const).map((name) => ({ name, ms: pairs[name] ?? 0 }));
  return { rows: 0, dispositions: {}, steps };
}

/** The records as others can take them: a column for each blocking rule of the model, null where a block is too large to be compared. */
async function blocks(folder: string): Promise<unknown> {
  const engine = await openDuckDb({ path: join(folder, '.onefold', 'warehouse.duckdb'), memoryLimit: '2GB', readOnly: true });
  const [kept] = await engine.rows(sql`SELECT model::VARCHAR AS model FROM identity.person_model`, z.object({ model: z.string() }));
  const model = parseModel(JSON.parse(kept?.model ?? '{}'));
  const matched = attributesOf(model);
  const rules = rulesOf(model);
  const keyed = rules.map(({ rule }, i) => sql`(${blockOf(rule, 'f', matched)})::VARCHAR AS ${id(`key_${i}`)}`);
  const known = rules.map(({ largest }, i) => {
    const key = id(`key_${i}`);
    return sql`CASE WHEN count(*) OVER (PARTITION BY ${key}) <= ${largest} THEN ${key} END AS ${id(`block_${i}`)}`;
  });
  const columns = attributes.map((name) => sql`${id(name)}::VARCHAR AS ${id(name)}`);
  const rows = await engine.run(
    sql`COPY (SELECT unique_id, ${listed(attributes.map((name) => id(name)))}, ${listed(known)} FROM (
      SELECT record_id AS unique_id, ${listed(columns)}, ${listed(keyed)} FROM silver.people p JOIN identity.person_features f ON f.record = 'desk.people:' || p.record_id))
      TO ${join(folder, 'records.parquet')} (FORMAT parquet)`,
  );
  engine.close();
  return { rows, dispositions: {}, steps: [] };
}

const [, , task = '', folder = '', more = '', which = ''] = process.argv;
const tasks: Readonly<Record<string, () => Promise<unknown>>> = {
  generate: () => generate(folder, Number(more), which === 'last'),
  build: () => buildOnce(folder),
  lookup: () => lookup(folder, Number(more)),
  evaluate: () => score(folder),
  blocks: () => blocks(folder),
};
const start = performance.now();
tell(await tasks[task]?.(), start);
