import { afterAll, describe, expect, it } from 'vitest';
import type { BuildResult } from '../../src/index.js';
import { openProject, openReader } from '../../src/index.js';
import { sql } from '../../src/sql/tag.js';
import { buildIn, configure, makeProject, put, removeFolders } from '../support/project.js';
import { currentJson, rowsIn } from '../support/query.js';

afterAll(removeFolders);

const config = (rules: readonly unknown[], more: Record<string, unknown> = {}) => ({
  name: 'rules',
  sources: { s: { connector: 'file', streams: { people: { path: 'people*.csv' }, cities: { path: 'cities.csv', mode: 'replace' } } } },
  tables: {
    people: {
      from: 's.people',
      key: 'id',
      columns: { id: 'id', name: 'name', age: { from: 'age', type: 'integer' }, city: 'city', born: { from: 'born', type: 'date' } },
      rules,
      ...more,
    },
    cities: { from: 's.cities', key: 'name', columns: { name: 'name' } },
  },
});
const people = 'id,name,age,city,born\n1,Ada,36,London,1815-12-10\n2,,40,Paris,1990-01-01\n3,Bob,-1,London,2030-01-01\n4,Ada,,Rome,\n';
const files = { 'people.csv': people, 'cities.csv': 'name\nLondon\nParis\n' };
const aside = (dir: string) => rowsIn(dir, sql`SELECT _key, rules FROM quarantine.people WHERE status = 'open'`);
const kept = async (dir: string) => (await rowsIn(dir, sql`SELECT id FROM silver.people`)).map((r) => r.replace(/\D/g, '')).join('');

describe('row rules', () => {
  it.each([
    [{ rule: 'not_null', column: 'name' }, '134'],
    [{ rule: 'not_null', column: 'age' }, '123'],
    [{ rule: 'accepted_values', column: 'city', values: ['London', 'Paris'] }, '123'],
    [{ rule: 'range', column: 'age', min: 0, max: 36 }, '14'],
    [{ rule: 'range', column: 'born', max: '2000-01-01' }, '124'],
    [{ rule: 'length', column: 'name', min: 4 }, '2'],
    [{ rule: 'regex', column: 'city', pattern: '^L' }, '13'],
    [{ rule: 'expression', sql: "age > 0 OR name = 'Bob'" }, '1234'],
    [{ rule: 'expression', sql: 'age > 38 -- and no more' }, '24'],
    [{ rule: 'not_in_future', column: 'born' }, '124'],
    [{ rule: 'unique', column: 'name' }, '23'],
    [{ rule: 'unique', columns: ['name', 'city'] }, '1234'],
    [{ rule: 'relationship', column: 'city', to: 'cities.name' }, '123'],
  ])('%o keeps %s', async (rule, ids) => {
    const dir = await makeProject({ config: config([rule]), files });
    const result = await buildIn(dir);
    expect(result).toMatchObject({ status: 'success', imbalances: [] });
    expect(await kept(dir)).toBe(ids);
    expect(result.tables[0]).toMatchObject({ rows: ids.length, quarantined: 4 - ids.length });
  });

  it('set a row aside once, with all its reasons', async () => {
    const rules = [
      { rule: 'range', column: 'age', min: 0 },
      { rule: 'regex', column: 'name', pattern: '^A' },
      { rule: 'expression', sql: 'born IS NULL' },
    ];
    const dir = await makeProject({ config: config(rules), files });
    await buildIn(dir);
    expect(await aside(dir)).toContain('{"_key":"3","rules":["age.range","name.regex","expression"]}');
  });

  it('of severity warn keep the row and count it', async () => {
    const dir = await makeProject({ config: config([{ rule: 'not_null', column: 'name', severity: 'warn' }]), files });
    const result = await buildIn(dir);
    expect(result.tables[0]).toMatchObject({ rows: 4, quarantined: 0, warned: { 'name.not_null': 1 } });
  });

  it('of severity fail publish nothing for as long as a current row breaks them', async () => {
    const dir = await makeProject({ config: config([]), files });
    await buildIn(dir);
    const before = await currentJson(dir);
    await configure(dir, config([{ rule: 'range', column: 'age', min: 0, severity: 'fail' }]));
    for (let run = 0; run < 2; run++) {
      expect(await buildIn(dir)).toMatchObject({ status: 'failed', published: false, error: { code: 'CHECK_FAILED' } });
      expect(await currentJson(dir)).toEqual(before);
    }
    await put(dir, { 'people2.csv': 'id,name,age,city,born\n3,Bob,1,London,1990-01-01\n' });
    await configure(dir, config([{ rule: 'range', column: 'age', min: 0, severity: 'fail' }], { recency: 'age' }));
    expect(await buildIn(dir)).toMatchObject({ status: 'success', error: null });
  });
});

describe('rules on whole tables', () => {
  it('need the tables that they look at', async () => {
    const dir = await makeProject({ config: config([{ rule: 'relationship', column: 'city', to: 'cities.name' }]), files });
    expect(await buildIn(dir, { select: ['+people'] })).toMatchObject({
      status: 'failed',
      error: {
        code: 'NOT_BUILT',
        message: 'the rules of table.people look at table.cities, not built yet and not selected',
        hint: 'Build it too: `onefold build --select +table.people +table.cities`.',
      },
    });
    expect((await buildIn(dir, { select: ['+people', '+cities'] })).status).toBe('success');
  });

  it('clear by themselves when the cause goes, and come back with it', async () => {
    const dir = await makeProject({ config: config([{ rule: 'relationship', column: 'city', to: 'cities.name' }]), files });
    await buildIn(dir);
    expect(await aside(dir)).toEqual(['{"_key":"4","rules":["city.relationship"]}']);
    await put(dir, { 'cities.csv': 'name\nLondon\nParis\nRome\n' });
    expect((await buildIn(dir)).tables[0]).toMatchObject({ rows: 4, quarantined: 0 });
    expect(await rowsIn(dir, sql`SELECT _key, status FROM quarantine.people`)).toEqual(['{"_key":"4","status":"replayed"}']);
    await put(dir, { 'cities.csv': 'name\nLondon\nParis\n' });
    expect((await buildIn(dir)).tables[0]).toMatchObject({ rows: 3, quarantined: 1 });
  });

  it('follow what the run calls now', async () => {
    const dir = await makeProject({ config: config([{ rule: 'not_in_future', column: 'born' }]), files });
    const quarantined = (r: BuildResult) => r.tables[0]?.quarantined;
    expect(quarantined(await buildIn(dir, { asOf: new Date('2025-01-01T00:00:00Z') }))).toBe(1);
    expect(quarantined(await buildIn(dir, { asOf: new Date('2031-01-01T00:00:00Z') }))).toBe(0);
    expect(quarantined(await buildIn(dir, { asOf: new Date('1950-01-01T00:00:00Z') }))).toBe(2);
  });
});

describe('versions of a row', () => {
  const versions = (recency: string | undefined, mode = 'append') => ({
    name: 'versions',
    sources: { s: { connector: 'file', streams: { r: { path: 'in/*.csv', mode } } } },
    tables: {
      t: {
        from: 's.r',
        key: ['a', 'b'],
        ...(recency === undefined ? {} : { recency }),
        columns: { a: 'a', b: 'b', v: 'v', at: { from: 'at', type: 'date' } },
      },
    },
  });

  it('follow the declared recency, whatever the order of arrival, late rows too', async () => {
    const dir = await makeProject({
      config: versions('at'),
      files: { 'in/1.csv': 'a,b,v,at\nx|,y,new,2025-03-01\nx,|y,other,2025-01-01\n' },
    });
    await buildIn(dir);
    await put(dir, { 'in/2.csv': 'a,b,v,at\nx|,y,late,2025-02-01\nz,z,late,2020-01-01\n' });
    const result = await buildIn(dir);
    expect(result.ledger.filter((l) => l.scope === 'table').map((l) => [l.line, l.rows])).toContainEqual(['superseded', 1]);
    expect(await rowsIn(dir, sql`SELECT a, b, v FROM silver.t`)).toEqual([
      '{"a":"x","b":"|y","v":"other"}',
      '{"a":"x|","b":"y","v":"new"}',
      '{"a":"z","b":"z","v":"late"}',
    ]);
  });

  it('that nothing tells the newer of are reported', async () => {
    const dir = await makeProject({
      config: versions(undefined),
      files: { 'in/1.csv': 'a,b,v,at\nx,y,one,2025-03-01\nx,y,two,2025-03-01\n' },
    });
    expect((await buildIn(dir)).tables[0]).toMatchObject({ rows: 1, warned: { 'key.conflict': 1 } });
  });

  it('that their source no longer has are in no conflict with those that it has, when all is read again', async () => {
    const dir = await makeProject({ config: versions(undefined, 'replace'), files: { 'in/1.csv': 'a,b,v,at\nx,y,one,2025-03-01\n' } });
    await buildIn(dir);
    await put(dir, { 'in/1.csv': 'a,b,v,at\nx,y,two,2025-03-01\n' });
    await buildIn(dir);
    const [table] = (await buildIn(dir, { fullRefresh: true })).tables;
    expect(table).toMatchObject({ rows: 1, warned: {} });
  });
});

describe('a verdict about a whole column', () => {
  it('turns with new evidence, and the table is read again from bronze', async () => {
    const dir = await makeProject({
      config: {
        name: 'dates',
        sources: { s: { connector: 'file', streams: { r: { path: 'in/*.csv' } } } },
        tables: { t: { from: 's.r', key: 'id', columns: { id: 'id', d: { from: 'd', type: 'date' } } } },
      },
      files: { 'in/1.csv': 'id,d\n1,02/03/2025\n' },
    });
    expect((await buildIn(dir)).tables[0]).toMatchObject({ rows: 0, quarantined: 1, inferred: [{ column: 'd', verdict: 'unproven' }] });
    await put(dir, { 'in/2.csv': 'id,d\n2,13/03/2025\n' });
    expect((await buildIn(dir)).tables[0]).toMatchObject({
      rows: 2,
      quarantined: 0,
      inferred: [{ verdict: 'day_first', evidence: { day_first: 1, ambiguous: 1 } }],
    });
    expect(await rowsIn(dir, sql`SELECT d FROM silver.t`)).toEqual(['{"d":"2025-03-02"}', '{"d":"2025-03-13"}']);
    await put(dir, { 'in/3.csv': 'id,d\n3,03/25/2025\n' });
    const mixed = await buildIn(dir);
    expect(mixed.tables[0]).toMatchObject({ rows: 2, quarantined: 1, inferred: [{ verdict: 'mixed' }] });
    expect(Object.keys(mixed.tables[0]?.reasons ?? {})).toEqual([
      'd can be read in two ways (order of day and month) and the column proves both',
    ]);
  });
});

it('what stands in quarantine can be read by everybody, with the raw record', async () => {
  const dir = await makeProject({ config: config([{ rule: 'not_null', column: 'name' }]), files });
  await buildIn(dir);
  const { engine } = await openReader((await openProject(dir)).store);
  const { rows } = await engine.table(sql`SELECT raw, reasons, status FROM quarantine.people`);
  expect(rows).toEqual([
    { raw: '{"id":"2","name":null,"age":"40","city":"Paris","born":"1990-01-01"}', reasons: ['name is missing'], status: 'open' },
  ]);
  engine.close();
});
