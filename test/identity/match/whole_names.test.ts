import { afterAll, describe, expect, test, vi } from 'vitest';
import { z } from 'zod';
import { openDuckDb } from '../../../src/engine/duckdb/duckdb.js';
import { partOfName } from '../../../src/identity/match/attributes/name.js';
import { openMatcher } from '../../../src/index.js';
import { sql } from '../../../src/sql/tag.js';
import { clustersIn, matchingIn } from '../../support/matching.js';
import type { Config } from '../../support/project.js';
import { buildWell, csv, makeProject, projectIn, put, removeFolders } from '../../support/project.js';

vi.setConfig({ testTimeout: 120_000 });
afterAll(removeFolders);

test.each([
  ['John Smith', 'john', 'smith'],
  ['SMITH, JOHN A.', 'john a', 'smith'],
  ['Dr. Ada Mary Lovelace', 'ada mary', 'lovelace'],
  ['John Smith, MD', 'john', 'smith'],
  ['John Smith, Jr.', 'john', 'smith'],
  ['Smith Jr., John', 'john', 'smith'],
  ["Siobhán O'Brien-Walsh", 'siobhan o brien', 'walsh'],
  ['Madonna', null, 'madonna'],
  [', ', null, null],
  ['', null, null],
  ["'); DROP TABLE x; --", 'drop table', 'x'],
])('of %j the given name is %j and the family name %j', async (whole, given, family) => {
  const engine = await openDuckDb({ path: ':memory:', threads: 1 });
  const [row] = await engine.rows(
    sql`SELECT ${partOfName('given_name', sql`w`)} AS given, ${partOfName('family_name', sql`w`)} AS family FROM (SELECT ${whole}::VARCHAR AS w)`,
    z.object({ given: z.string().nullable(), family: z.string().nullable() }),
  );
  engine.close();
  expect(row).toEqual({ given, family });
});

const first = ['John', 'Mary', 'Peter', 'Susan', 'Robert', 'Linda', 'James', 'Anna', 'Paul', 'Laura', 'Frank'];
const last = ['Amber', 'Birch', 'Cedar', 'Delta', 'Ember', 'Flint', 'Grove', 'Hazel', 'Inlet', 'Jetty', 'Knoll', 'Larch', 'Maple'];
const person = (i: number) => ({
  given: first[i % first.length] ?? '',
  family: `${last[i % last.length] ?? ''}${['son', 'man', 'er', 'wood'][Math.floor(i / 13) % 4] ?? ''}`,
  born: `19${40 + (i % 50)}-0${1 + (i % 9)}-1${i % 10}`,
  phone: `0301 ${555_000 + 13 * i}`,
});
const many = 90;
const crm = csv(
  ['id', 'forename', 'surname', 'dob', 'phone'],
  Array.from({ length: many }, (_, i) => person(i)).map((p, i) => [`c${i}`, p.given, p.family, p.born, i % 3 === 0 ? '' : p.phone]),
);
/** Every second one, in two notations; most of them have nothing else to be found by than the day when they were born. */
const billed = (i: number): readonly string[] => {
  const { given, family, born, phone } = person(2 * i);
  return [`b${i}`, i % 2 === 0 ? `${given} ${family}` : `${family.toUpperCase()}, ${given}`, born, i % 4 === 0 ? phone : ''];
};
const billing = (more: readonly (readonly string[])[] = []): string =>
  csv(['id', 'full_name', 'dob', 'phone'], [...Array.from({ length: many / 2 }, (_, i) => billed(i)), ...more]);

function shop(match: unknown): Config {
  const table = (name: string, columns: readonly string[]) => ({
    from: `${name}.${name}`,
    key: 'id',
    columns: Object.fromEntries(['id', ...columns].map((c) => [c, c])),
  });
  const record = (name: string, columns: readonly string[]) => ({
    table: name,
    id: 'id',
    attributes: Object.fromEntries(columns.map((c) => [c, c])),
  });
  const [parts, whole] = [
    ['forename', 'surname', 'dob', 'phone'],
    ['full_name', 'dob', 'phone'],
  ] as const;
  return {
    name: 'shop',
    sources: Object.fromEntries(
      ['crm', 'billing'].map((s) => [s, { connector: 'file', streams: { [s]: { path: `${s}.csv`, mode: 'replace' } } }]),
    ),
    tables: { crm: table('crm', parts), billing: table('billing', whole) },
    entities: { person: { records: [record('crm', parts), record('billing', whole)], match } },
  };
}

/** The clusters that have several records, each as its record ids. */
const several = (dir: string) => clustersIn(dir, 'person', 2);

async function adviceIn(dir: string): Promise<{ readonly attributes: readonly string[]; readonly advice: readonly string[] }> {
  const { model, report } = await matchingIn(dir);
  return { attributes: model.attributes.map((a) => a.name), advice: report.advice };
}

describe('a system with whole names beside one with given and family names', () => {
  const pairs = Array.from({ length: many / 2 }, (_, i) => `b${i} c${2 * i}`).sort();

  test('is compared by the parts, and it is said', async () => {
    const dir = await makeProject({ config: shop(true), files: { 'crm.csv': crm, 'billing.csv': billing() } });
    await buildWell(dir);
    expect(await several(dir)).toEqual(pairs);
    const { attributes, advice } = await adviceIn(dir);
    expect(attributes.toSorted()).toEqual(['dob', 'forename', 'phone', 'surname']);
    expect(advice.join('\n')).toContain('full_name: read as forename and surname where these are missing');
  });

  test('is read so by the kept model too: of new records, of those that change, and of one that is looked up', async () => {
    const dir = await makeProject({ config: shop(true), files: { 'crm.csv': crm, 'billing.csv': billing() } });
    await buildWell(dir);
    const { given, family, born } = person(7);
    await put(dir, { 'billing.csv': billing([['new', `${given} ${family}`, born, '']]) });
    await buildWell(dir);
    expect(await several(dir)).toEqual([...pairs, 'c7 new'].sort());
    await put(dir, { 'billing.csv': billing([['new', 'Quirin Zabel', '1911-11-11', '']]) });
    await buildWell(dir);
    expect(await several(dir)).toEqual(pairs);
    const matcher = await openMatcher(await projectIn(dir));
    expect(matcher.attributes).toContain('full_name');
    const found = await matcher.match({ full_name: `${family}, ${given}`, dob: born });
    matcher.close();
    expect([found.outcome, found.entities[0]?.records[0]?.record]).toEqual(['known', 'crm.crm:c7']);
  });

  test('is compared as it is where the project says what it is', async () => {
    const config = shop({ attributes: { full_name: 'name' } });
    const dir = await makeProject({ config, files: { 'crm.csv': crm, 'billing.csv': billing() } });
    await buildWell(dir);
    expect((await adviceIn(dir)).attributes).toContain('full_name');
  });
});

test('the whole name of somebody else in the same record is no name of its own', async () => {
  const columns = ['forename', 'surname', 'contact_name', 'dob'];
  const rows = Array.from({ length: many }, (_, i) => [
    `c${i}`,
    person(i).given,
    person(i).family,
    `${person(i + 5).given} ${person(i + 31).family}`,
    person(i).born,
  ]);
  const dir = await makeProject({
    config: {
      name: 'shop',
      sources: { crm: { connector: 'file', streams: { crm: { path: 'crm.csv' } } } },
      tables: { crm: { from: 'crm.crm', key: 'id', columns: Object.fromEntries(['id', ...columns].map((c) => [c, c])) } },
      entities: {
        person: { records: [{ table: 'crm', id: 'id', attributes: Object.fromEntries(columns.map((c) => [c, c])) }], match: true },
      },
    },
    files: { 'crm.csv': csv(['id', ...columns], rows) },
  });
  await buildWell(dir);
  expect((await adviceIn(dir)).attributes).toEqual(columns);
  expect((await matchingIn(dir)).model.attributes.filter((a) => a.part_of !== undefined)).toEqual([]);
});
