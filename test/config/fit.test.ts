import { afterAll, describe, expect, test } from 'vitest';
import { OnefoldError, openProject } from '../../src/index.js';
import { sql } from '../../src/sql/tag.js';
import type { Config } from '../support/project.js';
import { buildIn, buildWell, configure, makeProject, removeFolders } from '../support/project.js';
import { rowsIn } from '../support/query.js';

afterAll(removeFolders);

// What a project says of its tables can be true in form and still be nothing that the engine can do.

const columns = {
  id: 'id',
  name: 'name',
  age: { type: 'integer' },
  born: { type: 'date' },
  paid: { type: 'money' },
  tags: { type: 'array' },
};

function config(table: Config, more: Config = {}): Config {
  return {
    name: 'fit',
    sources: { s: { connector: 'file', streams: { people: { path: 'people.csv' } } } },
    tables: { people: { from: 's.people', key: 'id', columns, ...table } },
    ...more,
  };
}

const withColumn = (name: string, column: unknown) => config({ columns: { ...columns, [name]: column } });
const withRule = (rule: unknown) => config({ rules: [rule] });

async function problemsOf(given: Config, models: Readonly<Record<string, string>> = {}): Promise<readonly string[]> {
  const dir = await makeProject({ config: given, models });
  const thrown: unknown = await openProject(dir, { tried: true }).then(
    () => null,
    (e: unknown) => e,
  );
  if (thrown === null) return [];
  if (!(thrown instanceof OnefoldError)) throw thrown;
  expect(thrown.code).toBe('CONFIG_INVALID');
  return thrown.problems.map((p) => `${p.path}: ${p.message}`);
}

describe('a rule', () => {
  test.each<readonly [unknown, string | RegExp]>([
    [{ rule: 'regex', column: 'name', pattern: '(' }, /^tables\.people\.rules\[0\]: .*missing \): \($/],
    [{ rule: 'regex', column: 'age', pattern: '^[0-9]$' }, /^tables\.people\.rules\[0\]: .*regexp_matches\(BIGINT/],
    [{ rule: 'length', column: 'age', min: 1 }, /^tables\.people\.rules\[0\]: .*length\(BIGINT\)/],
    [{ rule: 'range', column: 'name', min: 5 }, /^tables\.people\.rules\[0\]: .*VARCHAR/],
    [{ rule: 'range', column: 'age', min: 'abc' }, /^tables\.people\.rules\[0\]: .*'abc'/],
    [{ rule: 'range', column: 'born', max: '31.12.2025' }, /^tables\.people\.rules\[0\]: .*31\.12\.2025/],
    [{ rule: 'range', column: 'age', min: 9, max: 1 }, 'tables.people.rules[0]: `min` is above `max`'],
    [{ rule: 'range', column: 'born', min: '2025-02-01', max: '2025-01-31' }, 'tables.people.rules[0]: `min` is above `max`'],
    [{ rule: 'length', column: 'name', min: 9, max: 1 }, 'tables.people.rules[0]: `min` is above `max`'],
    [{ rule: 'not_in_future', column: 'name' }, /^tables\.people\.rules\[0\]: .*VARCHAR.*TIMESTAMP/],
    [{ rule: 'accepted_values', column: 'age', values: ['a'] }, /^tables\.people\.rules\[0\]: .*'a'/],
    [{ rule: 'expression', sql: 'name > 5' }, /^tables\.people\.rules\[0\]\.sql: .*VARCHAR/],
    [{ rule: 'expression', sql: 'age + 1' }, 'tables.people.rules[0].sql: is no condition: it gives BIGINT'],
    [{ rule: 'expression', sql: 'name' }, 'tables.people.rules[0].sql: is no condition: it gives VARCHAR'],
  ])('that does not fit its column is told with its path: %j', async (rule, problem) => {
    const found = await problemsOf(withRule(rule));
    expect(found).toEqual([typeof problem === 'string' ? problem : expect.stringMatching(problem)]);
  });

  test.each([
    'random() < 0.5',
    'born < current_date',
    'born < now()',
    'age IN (SELECT 1)',
    'count(*) > 0',
    'sum(age) OVER () > 1',
    'nofn(age)',
  ])('is no expression over one row: %s', async (text) => {
    expect(await problemsOf(withRule({ rule: 'expression', sql: text }))).toEqual([
      expect.stringMatching(/^tables\.people\.rules\[0\]\.sql: the expression (holds|calls) /),
    ]);
  });

  test.each([
    { rule: 'range', column: 'age', min: 0, max: 1.5 },
    { rule: 'range', column: 'born', min: '2025-01-01', max: '2025-01-01' },
    { rule: 'range', column: 'paid', min: 9, max: 10 },
    { rule: 'range', column: 'paid', min: '9', max: '10' },
    { rule: 'length', column: 'tags', max: 3 },
    { rule: 'not_in_future', column: 'born' },
    { rule: 'unique', columns: ['name', 'tags'] },
    { rule: 'relationship', column: 'name', to: 'people.name' },
    { rule: 'expression', sql: "CAST(name AS INTEGER) > 5 OR list_contains(tags, 'x') -- or nothing" },
    { rule: 'expression', sql: 'NULL' },
  ])('that fits is taken: %j', async (rule) => {
    expect(await problemsOf(withRule(rule))).toEqual([]);
  });

  test('that needs rates is not told of, where it is the rates that are wrong', async () => {
    const rules = [{ rule: 'convertible', column: 'paid', currency: 'EUR', on: 'born' }];
    const rated = (rate: string) => config({ rules }, { rates: { table: 'people', from: 'name', to: 'name', rate, date: 'born' } });
    expect(await problemsOf(rated('paid'))).toEqual([]);
    expect(await problemsOf(rated('paidd'))).toEqual([expect.stringMatching(/^rates\.rate: unknown column/)]);
  });

  test('lists values of text as numbers, and reads no row as a number for it', async () => {
    const dir = await makeProject({
      config: withRule({ rule: 'accepted_values', column: 'name', values: [1, 2] }),
      files: { 'people.csv': 'id,name,age,born,paid,tags\n1,1,,,,\n2,Ada,,,,\n' },
    });
    await buildWell(dir);
    expect(await rowsIn(dir, sql`SELECT id FROM silver.people`)).toEqual(['{"id":"1"}']);
  });
});

describe('a column', () => {
  test.each<readonly [unknown, string | RegExp]>([
    [{ from: 'name', extract: '(' }, /^tables\.people\.columns\.other\.extract: .*missing \)/],
    [{ from: 'name', remove: '[' }, /^tables\.people\.columns\.other\.remove: .*missing \]/],
    [{ type: 'date', default: '31.12.2025' }, /^tables\.people\.columns\.other\.default: .*31\.12\.2025/],
    [{ type: 'boolean', default: 'maybe' }, /^tables\.people\.columns\.other\.default: .*maybe/],
    [{ type: 'date', formats: ['%Q'] }, /^tables\.people\.columns\.other: .*%Q/],
    [{ type: 'timestamp', formats: ['%Y', '%Q'] }, /^tables\.people\.columns\.other: .*%Q/],
    [{ type: 'integer', clamp: { min: 9, max: 1 } }, 'tables.people.columns.other.clamp: `min` is above `max`'],
    [{ type: 'integer', clamp: { max: '99999999999999999999' } }, /^tables\.people\.columns\.other: .*99999999999999999999/],
    [{ type: 'sql', sql: 'name + 1', as: 'BIGINT' }, /^tables\.people\.columns\.other\.sql: .*VARCHAR/],
  ])('that can not be read as it says is told with its path: %j', async (column, problem) => {
    const found = await problemsOf(withColumn('other', column));
    expect(found).toEqual([typeof problem === 'string' ? problem : expect.stringMatching(problem)]);
  });

  test('has a name that no other makes, in whatever case', async () => {
    expect(await problemsOf(withColumn('Name', 'name'))).toEqual([
      'tables.people.columns.Name: `Name` is made by column `name` already, in whatever case',
    ]);
    expect(await problemsOf(withColumn('Paid_Currency', 'name'))).toEqual([
      'tables.people.columns.Paid_Currency: `Paid_Currency` is made by column `paid` already, in whatever case',
    ]);
  });

  test('whose sums the ledger follows has numbers', async () => {
    expect(await problemsOf(config({ amounts: ['paid', 'name', 'age'] }))).toEqual([
      expect.stringMatching(/^tables\.people\.amounts\[1\]: .*sum\(VARCHAR\)/),
    ]);
  });
});

test.each(['lots', '80%', '4', '-1'])('memory for the engine is a size: not %s', async (size) => {
  expect(await problemsOf(config({}, { engine: { memory_limit: size } }))).toEqual([
    'engine.memory_limit: must be a size such as `4GB` or `512MiB`',
  ]);
});

test.each(['4GB', '512 MiB', '1.5g'])('memory for the engine is a size: %s', async (size) => {
  expect(await problemsOf(config({}, { engine: { memory_limit: size } }))).toEqual([]);
});

describe('all problems', () => {
  test('come at once, those of form and those that only the engine knows', async () => {
    const found = await problemsOf(
      {
        ...config({
          columns: { ...columns, name: { from: 'name', extract: '(' }, age: { type: 'intger' }, Id: 'id' },
          rules: [
            { rule: 'regex', column: 'name', pattern: '(' },
            { rule: 'range', column: 'age', min: 'abc' },
            { rule: 'expression', sql: 'random() < 1' },
            { rule: 'length', column: 'born', min: 2 },
            { rule: 'not_null', column: 'nam' },
          ],
        }),
        engine: { memory_limit: 'lots' },
      },
      { a: 'SELECT * FROM gold.a' },
    );
    expect(found.map((problem) => problem.slice(0, problem.indexOf(': '))).sort()).toEqual([
      'engine.memory_limit',
      'models/a.sql',
      'tables.people.columns.Id',
      'tables.people.columns.age.type',
      'tables.people.columns.name.extract',
      'tables.people.rules[0]',
      'tables.people.rules[2].sql',
      'tables.people.rules[3]',
      'tables.people.rules[4].column',
    ]);
  });

  test('of a stream are told without the tables that read it', async () => {
    const given = config({});
    const streams = { people: { path: 'people.csv', mod: 'append' } };
    expect(await problemsOf({ ...given, sources: { s: { connector: 'file', streams } } })).toEqual([
      'sources.s.streams.people.mod: unknown option `mod`; did you mean `mode`?',
    ]);
  });

  test('stop a build before anything is landed, also when a table that stands is declared anew', async () => {
    const files = { 'people.csv': 'id,name,age,born,paid,tags\n1,Ada,36,1815-12-10,,\n' };
    const wrong = withRule({ rule: 'range', column: 'name', min: 5 });
    const dir = await makeProject({ config: wrong, files });
    const refused = { code: 'CONFIG_INVALID', problems: [{ path: 'tables.people.rules[0]' }] };
    await expect(buildIn(dir)).rejects.toMatchObject(refused);
    await configure(dir, config({}));
    expect((await buildWell(dir)).run_id).toBe('r000001');
    await configure(dir, wrong);
    await expect(buildIn(dir)).rejects.toMatchObject(refused);
  });
});
