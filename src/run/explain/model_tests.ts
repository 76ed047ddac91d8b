import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join as joinPath } from 'node:path';
import { messageOf, OnefoldError } from '../../base/errors.js';
import { didYouMean } from '../../base/suggest.js';
import type { Given, GivenRow, GivenValue, ModelTest } from '../../config/model_tests.js';
import { loadModelTests } from '../../config/model_tests.js';
import type { Project } from '../../config/project.js';
import { defineAsOf, openDuckDb } from '../../engine/duckdb/duckdb.js';
import type { Engine, Row } from '../../engine/engine.js';
import { cast, readCsvText } from '../../engine/functions.js';
import type { PlannedModel } from '../../gold/models.js';
import { buildModel, planModels } from '../../gold/models.js';
import type { Sql } from '../../sql/tag.js';
import { id, join, sql, trusted } from '../../sql/tag.js';
import type { ShapedColumn } from '../project/shapes.js';
import { shapesOf } from '../project/shapes.js';

/** What came of a test. */
export interface ModelTestResult {
  readonly name: string;
  readonly file: string;
  readonly model: string | null;
  readonly status: 'pass' | 'fail' | 'error';
  /** Columns that were compared. */
  readonly columns: readonly string[];
  /** Rows that were expected and did not come. */
  readonly missing: readonly Row[];
  /** Rows that came and were not expected. */
  readonly unexpected: readonly Row[];
  /** Why it could not be run. */
  readonly error: string | null;
}

/**
 * Runs the unit tests of a project's models, each in an engine of its own that holds only what the test gives. Tables that a
 * model reads and a test does not give are empty. No store is needed and none is touched.
 * @param selected only tests of this name or of this model
 */
export async function runModelTests(project: Project, selected?: string): Promise<readonly ModelTestResult[]> {
  const all = await loadModelTests(project.dir);
  const tests = all.filter((t) => selected === undefined || t.name === selected || ('model' in t && t.model === selected));
  if (tests.length === 0) return [];
  const shapes = await shapesOf(project);
  shapes.engine.close();
  const plan = new Map(planModels(project.models).map((p) => [p.model.name, p]));
  const results: ModelTestResult[] = [];
  for (const test of tests) {
    const base = { name: test.name, file: test.file, columns: [], missing: [], unexpected: [], error: null };
    if ('problem' in test) {
      results.push({ ...base, model: null, status: 'error', error: test.problem });
      continue;
    }
    try {
      const planned = plan.get(test.model);
      if (planned === undefined) throw invalid(`no model is called \`${test.model}\`${didYouMean(test.model, plan.keys())}`);
      if (planned.usesAsOf && test.asOf === undefined) throw invalid('the model calls `as_of()`: say `as_of` in the test');
      results.push(await runTest(test, planned.reads, (engine) => buildIn(engine, planned), shapes.columns));
    } catch (cause) {
      results.push({ ...base, model: test.model, status: 'error', error: messageOf(cause) });
    }
  }
  return results;
}

async function buildIn(engine: Engine, planned: PlannedModel): Promise<void> {
  // What a test expects is what the model says, without rows that facts would add to it.
  for (const statement of buildModel({ ...planned, gaining: false }, null)) await engine.run(statement);
}

async function runTest(
  test: ModelTest,
  reads: readonly string[],
  build: (engine: Engine) => Promise<void>,
  known: ReadonlyMap<string, readonly ShapedColumn[]>,
): Promise<ModelTestResult> {
  for (const name of Object.keys(test.given))
    if (!reads.includes(name)) throw invalid(`the model does not read \`${name}\`${didYouMean(name, reads)}`);
  const engine = await openDuckDb({ path: ':memory:', threads: 1 });
  const folder = await mkdtemp(joinPath(tmpdir(), 'onefold-'));
  try {
    await defineAsOf(engine, momentOf(test.asOf));
    for (const schema of new Set([...reads.map((name) => name.split('.')[0] ?? ''), 'gold']))
      await engine.run(sql`CREATE SCHEMA IF NOT EXISTS ${id(schema)}`);
    for (const name of reads) await fill(engine, name, test.given[name] ?? { rows: [] }, known.get(name), folder);
    await build(engine);
    return await compare(engine, test);
  } finally {
    engine.close();
    await rm(folder, { recursive: true });
  }
}

/** Makes a table and puts the given rows in it; columns that are not given are null. */
async function fill(engine: Engine, name: string, given: Given, known: readonly ShapedColumn[] | undefined, folder: string): Promise<void> {
  const [schema = '', table = ''] = name.split('.');
  const rows = 'rows' in given ? given.rows : await readCsv(engine, given, joinPath(folder, `${schema}.${table}.csv`));
  const named = columnsOf(rows);
  const columns = known ?? (schema === 'bronze' ? named.map((column) => ({ name: column, type: 'VARCHAR' })) : inferred(rows, named));
  if (columns.length === 0) throw invalid(`the columns of ${name} are not known without a build: give it rows`);
  for (const column of named)
    if (!columns.some((c) => c.name === column))
      throw invalid(
        `${name} has no column \`${column}\`${didYouMean(
          column,
          columns.map((c) => c.name),
        )}`,
      );
  await engine.run(createTable(id(schema, table), columns));
  await insert(
    engine,
    id(schema, table),
    columns.filter((c) => named.includes(c.name)),
    rows,
    name,
  );
}

function createTable(table: Sql, columns: readonly ShapedColumn[]): Sql {
  return sql`CREATE TABLE ${table} (${join(columns.map((c) => sql`${id(c.name)} ${trusted(c.type)}`))})`;
}

async function insert(
  engine: Engine,
  table: Sql,
  columns: readonly ShapedColumn[],
  rows: readonly GivenRow[],
  name: string,
): Promise<void> {
  if (rows.length === 0) return;
  const values = rows.map((row) => sql`(${join(columns.map((c) => typed(row[c.name] ?? null, c, name)))})`);
  await engine.run(sql`INSERT INTO ${table} (${join(columns.map((c) => id(c.name)))}) VALUES ${join(values)}`).catch((cause: unknown) => {
    throw invalid(`${name}: ${messageOf(cause)}`);
  });
}

async function readCsv(engine: Engine, given: Exclude<Given, { rows: unknown }>, aside: string): Promise<readonly GivenRow[]> {
  if ('csv' in given) await writeFile(aside, given.csv);
  const { rows } = await engine.table(sql`SELECT * FROM ${readCsvText('csv' in given ? aside : given.csvFile)}`);
  return rows.map((row) => Object.fromEntries(Object.entries(row).map(([name, value]) => [name, value === null ? null : String(value)])));
}

/** Compares what the model gave with what was expected, over the columns that the test states, in any order. */
async function compare(engine: Engine, test: ModelTest): Promise<ModelTestResult> {
  const actual = id('gold', test.model);
  const { columns } = await engine.table(sql`SELECT * FROM ${actual} LIMIT 0`);
  const stated = columnsOf(test.expect);
  for (const [i, row] of test.expect.entries())
    for (const column of stated)
      if (!(column in row))
        throw invalid(`expect: row ${i + 1} does not say \`${column}\`, which another row does; write null where nothing is expected`);
  const compared = stated.map((name) => {
    const found = columns.find((c) => c.name === name);
    if (found === undefined)
      throw invalid(
        `the model gives no column \`${name}\`${didYouMean(
          name,
          columns.map((c) => c.name),
        )}`,
      );
    return found;
  });
  if (compared.length === 0) {
    // Nothing is expected, so whatever came is one too many.
    const { rows } = await engine.table(sql`SELECT * FROM ${actual} ORDER BY ALL`);
    return outcome(
      test,
      columns.map((c) => c.name),
      [],
      rows,
    );
  }
  const names = join(compared.map((c) => id(c.name)));
  await engine.run(createTable(id('expected'), compared));
  await insert(engine, id('expected'), compared, test.expect, 'expect');
  const difference = async (left: Sql, right: Sql): Promise<readonly Row[]> =>
    (await engine.table(sql`SELECT * FROM (SELECT ${names} FROM ${left} EXCEPT ALL SELECT ${names} FROM ${right}) ORDER BY ALL`)).rows;
  return outcome(test, stated, await difference(id('expected'), actual), await difference(actual, id('expected')));
}

function outcome(test: ModelTest, columns: readonly string[], missing: readonly Row[], unexpected: readonly Row[]): ModelTestResult {
  const status = missing.length + unexpected.length === 0 ? 'pass' : 'fail';
  return { name: test.name, file: test.file, model: test.model, status, columns, missing, unexpected, error: null };
}

function columnsOf(rows: readonly GivenRow[]): readonly string[] {
  return [...new Set(rows.flatMap((row) => Object.keys(row)))];
}

/** Texts that mean a value of a type without anything being rounded or cut off. */
const exact: readonly { readonly type: RegExp; readonly text: RegExp; readonly what: string }[] = [
  { type: /^U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?$/, text: /^-?\d+$/, what: 'a whole number' },
  { type: /^DATE$/, text: /^\d{4}-\d{2}-\d{2}$/, what: 'a date such as 2025-01-31' },
];

/** A value as a column's type. @throws OnefoldError where it would not be kept as it is written */
function typed(value: GivenValue, { name, type }: ShapedColumn, where: string): Sql {
  if (value === null) return sql`NULL`;
  const text = String(value);
  const wrong = exact.find((e) => e.type.test(type) && !e.text.test(text));
  const scale = /^DECIMAL\(\d+,(\d+)\)$/.exec(type)?.[1];
  const digits = /^-?\d+(?:\.(\d*?)0*)?$/.exec(text)?.[1] ?? '';
  if (wrong !== undefined) throw invalid(`${where}: \`${name}\` must be ${wrong.what}, not \`${text}\``);
  if (scale !== undefined && digits.length > Number(scale))
    throw invalid(`${where}: \`${name}\` has ${scale} decimals, so it can't be \`${text}\``);
  return /\[\]$|^(STRUCT|MAP)\(/.test(type) ? cast(sql`${text}::JSON`, type) : cast(sql`${text}`, type);
}

/** Types of columns of which nothing else is known, by how their values look. */
function inferred(rows: readonly GivenRow[], columns: readonly string[]): readonly ShapedColumn[] {
  const kinds: readonly (readonly [string, RegExp])[] = [
    ['BOOLEAN', /^(true|false)$/],
    ['BIGINT', /^(0|-?[1-9]\d{0,17})$/],
    ['DECIMAL(38,9)', /^-?(0|[1-9]\d*)(\.\d{1,9})?$/],
    ['DATE', /^\d{4}-\d{2}-\d{2}$/],
    ['TIMESTAMP', /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?Z?$/],
  ];
  return columns.map((name) => {
    const texts = rows.flatMap((row) => (row[name] === null || row[name] === undefined ? [] : [String(row[name])]));
    const kind = texts.length === 0 ? undefined : kinds.find(([, pattern]) => texts.every((text) => pattern.test(text)));
    return { name, type: kind?.[0] ?? 'VARCHAR' };
  });
}

function momentOf(text: string | undefined): Date {
  const date =
    text === undefined
      ? new Date(0)
      : new Date(/[T ]/.test(text) && !/(Z|[+-]\d{2}:?\d{2})$/.test(text) ? `${text.replace(' ', 'T')}Z` : text);
  if (Number.isNaN(date.getTime())) throw invalid(`as_of: \`${text ?? ''}\` is no moment`);
  return date;
}

function invalid(message: string): OnefoldError {
  return new OnefoldError('TEST_INVALID', message);
}
