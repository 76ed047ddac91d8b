import { afterAll, describe, expect, test, vi } from 'vitest';
import { z } from 'zod';
import { openMatcher } from '../../../src/index.js';
import { sql } from '../../../src/sql/tag.js';
import { clustersIn, matchingIn } from '../../support/matching.js';
import type { Config } from '../../support/project.js';
import { buildIn, buildWell, csv, makeProject, projectIn, removeFolders } from '../../support/project.js';
import { rowsIn } from '../../support/query.js';

vi.setConfig({ testTimeout: 120_000 });
afterAll(removeFolders);

/** The clusters that have several records, each as its record ids. */
const several = (dir: string) => clustersIn(dir, 'thing', 2);

/** What attributes became: name → kind. */
async function kinds(dir: string): Promise<Readonly<Record<string, string>>> {
  const [row = '{}'] = await rowsIn(
    dir,
    sql`SELECT list_transform((model->'attributes')::JSON[], lambda a: [a->>'name', a->>'kind'])::VARCHAR[][] AS kinds FROM identity.thing_model`,
  );
  return Object.fromEntries(z.object({ kinds: z.array(z.tuple([z.string(), z.string()])) }).parse(JSON.parse(row)).kinds);
}

const fields = (names: readonly string[]): Config => Object.fromEntries(names.map((name) => [name, name]));

/** A project of one or two sources with the same columns. */
function things(columns: readonly string[], match: unknown, types: Config = {}, sources: readonly string[] = ['one']): Config {
  return {
    name: 'things',
    sources: Object.fromEntries(sources.map((s) => [s, { connector: 'file', streams: { [s]: { path: `${s}.csv` } } }])),
    tables: Object.fromEntries(
      sources.map((s) => [s, { from: `${s}.${s}`, key: 'id', columns: { id: 'id', ...fields(columns), ...types } }]),
    ),
    entities: { thing: { records: sources.map((s) => ({ table: s, id: 'id', attributes: fields(columns) })), match } },
  };
}

const words =
  'amber birch cedar delta ember flint grove hazel inlet jetty knoll larch maple north ocean pearl quartz ridge slate thorn'.split(' ');
const word = (i: number): string => words[i % words.length] ?? '';

describe('lists', () => {
  const rows = Array.from({ length: 60 }, (_, i) => [
    `r${i}`,
    `${word(i)} ${word(3 * i + 1)}`,
    JSON.stringify([`${word(i)}.${i}@mail.example`, `box${i}@post.example`]),
  ]);
  test('agree where any of their values do', async () => {
    const more = [
      ['x', `${word(7)} ${word(22)}`, JSON.stringify(['new@other.example', 'box7@post.example'])],
      ['y', `${word(8)} ${word(25)}`, JSON.stringify(['another@other.example'])],
    ];
    const dir = await makeProject({
      config: things(['full_name', 'emails'], true, { emails: { type: 'array' } }),
      files: { 'one.csv': csv(['id', 'full_name', 'emails'], [...rows, ...more]) },
    });
    await buildWell(dir);
    expect(await kinds(dir)).toEqual({ full_name: 'name', emails: 'email[]' });
    expect(await several(dir)).toContain('r7 x');
    const matcher = await openMatcher(await projectIn(dir));
    const found = await matcher.match({ full_name: rows[9]?.[1] ?? '', emails: ['nobody@post.example', 'box9@post.example'] });
    matcher.close();
    expect([found.outcome, found.entities[0]?.records[0]?.record]).toEqual(['known', 'one.one:r9']);
  });
});

describe('comparisons that the project writes', () => {
  const columns = ['full_name', 'vat'];
  const rows = Array.from({ length: 60 }, (_, i) => [`r${i}`, `${word(i)} ${word(3 * i + 1)}`, `DE${100000 + 97 * i}`]);
  const levels = [
    { name: 'equal', sql: 'left_value = right_value' },
    { name: 'without the country', sql: "ltrim(left_value, 'DE') = ltrim(right_value, 'DE')" },
  ];
  test('are used, and kept with the model', async () => {
    const dir = await makeProject({
      config: things(columns, { attributes: { vat: { kind: 'code', levels } } }),
      files: { 'one.csv': csv(['id', ...columns], [...rows, ['x', `${word(7)} ${word(22)}`, String(100000 + 97 * 7)]]) },
    });
    await buildWell(dir);
    expect((await several(dir)).find((ids) => ids.split(' ').includes('x'))).toContain('r7');
    const found = await rowsIn(dir, sql`SELECT model->'attributes'->1->'levels'->1->>'sql' AS condition FROM identity.thing_model`);
    expect(found).toEqual([JSON.stringify({ condition: levels[1]?.sql })]);
  });

  test.each([
    ['left_value = other', 'names `other`'],
    ['left_value = (SELECT 1)', 'the expression'],
    ['left_value =', "can't be parsed"],
    ['random() > 0.5 OR left_value = right_value', 'random'],
  ])('%s is refused before anything runs', async (condition, why) => {
    const dir = await makeProject({
      config: things(columns, { attributes: { vat: { kind: 'code', levels: [{ name: 'equal', sql: condition }] } } }),
      files: { 'one.csv': csv(['id', ...columns], rows) },
    });
    await expect(buildIn(dir)).rejects.toThrow(why);
  });
});

describe('what attributes are', () => {
  test('is told by their values, and what only repeats others is left out', async () => {
    const first = ['John', 'Mary', 'Peter', 'Susan', 'Robert', 'Linda'];
    const rows = Array.from({ length: 80 }, (_, i) => [
      `r${i}`,
      `${first[i % 6]} ${word(i)}`,
      first[i % 6] ?? '',
      word(i),
      `${word(i)} ${word(i + 3)} ${['Ltd', 'Inc', 'GmbH'][i % 3]}`,
      String(1900 + i),
    ]);
    const columns = ['whole', 'forename', 'surname', 'shown_as', 'started'];
    const dir = await makeProject({ config: things(columns, true), files: { 'one.csv': csv(['id', ...columns], rows) } });
    await buildWell(dir);
    expect(await kinds(dir)).toEqual({ forename: 'given_name', surname: 'family_name', shown_as: 'employer', started: 'number' });
  });
});

describe('a company beside the names of people', () => {
  const first = ['John', 'Mary', 'Peter', 'Susan', 'Robert', 'Linda'];
  const columns = ['shown_as', 'asked_for', 'town'];
  const rows = (named: (i: number) => boolean): readonly (readonly string[])[] =>
    Array.from({ length: 120 }, (_, i) => [
      `r${i}`,
      `${word(i)} ${word(i + 3 + Math.floor(i / 20))} ${['Ltd', 'Inc', 'GmbH'][i % 3]}`,
      named(i) ? `${first[i % 6]} ${word(7 * i)}` : '',
      `${word(i)}ford`,
    ]);

  test.each([
    ['is where they work, if hardly a record names nobody', (i: number) => i % 20 > 0, 'employer', 'name'],
    ['is what is matched, if many name nobody, and who is named is somebody there', (i: number) => i % 3 > 0, 'company', 'contact'],
  ])('%s', async (_, named, company, person) => {
    const dir = await makeProject({ config: things(columns, true), files: { 'one.csv': csv(['id', ...columns], rows(named)) } });
    await buildWell(dir);
    expect(await kinds(dir)).toMatchObject({ shown_as: company, asked_for: person });
  });

  test('is what the project says', async () => {
    const match = { attributes: { shown_as: 'company', asked_for: 'name' } };
    const dir = await makeProject({
      config: things(columns, match),
      files: {
        'one.csv': csv(
          ['id', ...columns],
          rows(() => false),
        ),
      },
    });
    await buildWell(dir);
    expect(await kinds(dir)).toMatchObject({ shown_as: 'company', asked_for: 'name' });
  });
});

test('attributes may be called as what stands beside them', async () => {
  const columns = ['nr', 'record', 'source', 'digest', 'v', 'raw'];
  const row = (i: number): readonly string[] => [
    String(900 - i),
    `${word(i)} ${word(3 * i + 1)}`,
    word(i),
    `${word(i)}.${i}@mail.example`,
    `v${i}`,
    word(2 * i),
  ];
  const rows = Array.from({ length: 60 }, (_, i) => [`r${i}`, ...row(i)]);
  const dir = await makeProject({
    config: things(columns, true),
    files: { 'one.csv': csv(['id', ...columns], [...rows, ['x', ...row(7)]]) },
  });
  await buildWell(dir);
  const made = await rowsIn(dir, sql`SELECT count(*)::INTEGER AS n, max(nr)::INTEGER AS most FROM identity.thing_features`);
  expect(made).toEqual([JSON.stringify({ n: 61, most: 60 })]);
  expect((await several(dir)).find((ids) => ids.split(' ').includes('x'))).toContain('r7');
});

test('to match between sources takes two of them', async () => {
  const files = { 'one.csv': csv(['id', 'title'], [['r1', 'amber birch']]) };
  const dir = await makeProject({ config: things(['title'], { within: 'between_sources' }), files });
  await expect(buildIn(dir)).rejects.toThrow('needs records of two sources');
});

test('what columns hold is told by their values, however they are called', async () => {
  const first = ['John', 'Mary', 'Peter', 'Susan', 'Robert', 'Linda', 'James', 'Anna'];
  const digits = (i: number, many: number): string => String((i + 1) * 7_919_711_137).slice(0, many);
  const values: Readonly<Record<string, (i: number) => string>> = {
    given_name: (i) => (i % 2 === 0 ? (first[i % first.length] ?? '') : `${word(i)}${['a', 'e', 'o'][i % 3] ?? ''}`),
    family_name: (i) => `${word(i)}${['son', 'man', 'er'][i % 3] ?? ''}`,
    date: (i) => `19${10 + (i % 80)}0${1 + (i % 9)}1${i % 10}`,
    email: (i) => `${word(i)}${i}@mail.example`,
    phone: (i) => (i % 2 === 0 ? `(${digits(i, 3)}) 555-${digits(i + 3, 4)}` : `${digits(i, 3)}/555-${digits(i + 3, 4)}`),
    address: (i) => `${i + 1} ${word(i)} ${['street', 'road', 'ave.'][i % 3] ?? ''}`,
    city: (i) => `${word(7 * i)}${[' hills', 'ford', 'wick'][i % 3] ?? ''}`,
    postcode: (i) => `0${1000 + 37 * (i % 40)}`,
    code: (i) => digits(i, 9),
    number: (i) => `${(i * 7.31).toFixed(2)}`,
    degrees: (i) => (47 + ((i * 7919) % 9973) / 1500).toFixed(5),
    category: (i) => ['a', 'b', 'c'][i % 3] ?? '',
    pages: (i) => `${['pp. ', 'pages ', ''][i % 3] ?? ''}${13 * i + 90}${['-', '--'][i % 2] ?? ''}${i % 5 === 0 ? 95 : 13 * i + 99}`,
    text: (i) => `${word(i)} ${word(3 * i)} order ${i}`,
  };
  const columns = Object.keys(values).map((_, i) => `c${i + 1}`);
  const rows = Array.from({ length: 240 }, (_, i) => [`r${i}`, ...Object.values(values).map((of) => of(i))]);
  const dir = await makeProject({ config: things(columns, true), files: { 'one.csv': csv(['id', ...columns], rows) } });
  await buildWell(dir);
  expect(await kinds(dir)).toEqual(Object.fromEntries(Object.keys(values).map((kind, i) => [`c${i + 1}`, kind])));
});

test('what is called like something else is told by its values', async () => {
  const columns = ['country_of_birth', 'phone_category', 'date', 'phone', 'title', 'plan_code', 'email_opt_ins', 'konto', 'taught'];
  const uses = ['home', 'work', 'mobile', 'fax'];
  const rows = Array.from({ length: 120 }, (_, i) => [
    `r${i}`,
    `${word(7 * i)}${['by', 'ford', 'wick'][i % 3] ?? ''}`,
    uses[i % uses.length] ?? '',
    `18${10 + (i % 80)}-0${1 + (i % 9)}-1${i % 10}`,
    i % 20 === 0 ? 'none' : `0301 ${555_000 + i}`,
    ['Mr', 'Ms', 'Dr'][i % 3] ?? '',
    ['A1', 'B2'][i % 2] ?? '',
    ['yes', 'no'][i % 2] ?? '',
    `DE${10 + (i % 80)} 3704 0044 ${1000 + 7 * i}`,
    `${['KG', 'PK', '1', '2', '3', '5', '7'][i % 7] ?? ''}-0${i % 9}`,
  ]);
  const dir = await makeProject({ config: things(columns, true), files: { 'one.csv': csv(['id', ...columns], rows) } });
  await buildWell(dir);
  expect(await kinds(dir)).toEqual({
    ...{ country_of_birth: 'city', phone_category: 'category', date: 'date', phone: 'phone' },
    ...{ title: 'category', plan_code: 'category', email_opt_ins: 'category', konto: 'code', taught: 'text' },
  });
});

test('of too many attributes those that say least are left out, and it is said', async () => {
  const flags = Array.from({ length: 22 }, (_, i) => `asked_${String.fromCharCode(97 + i)}`);
  const columns = [...flags, 'surname', 'email'];
  const rows = Array.from({ length: 150 }, (_, i) => [
    `r${i}`,
    ...flags.map((_, k) => (i % (k + 2) === 0 ? 'yes' : 'no')),
    `${word(i)}${word(3 * i + 1)}`,
    `${word(i)}.${i}@mail.example`,
  ]);
  const dir = await makeProject({ config: things(columns, true), files: { 'one.csv': csv(['id', ...columns], rows) } });
  await buildWell(dir);
  expect(Object.keys(await kinds(dir))).toEqual([...flags.slice(0, 18), 'surname', 'email']);
  const { report } = await matchingIn(dir);
  expect(report.too_many).toEqual(flags.slice(18));
  expect(report.advice.join('\n')).toContain('asked_s, asked_t, asked_u, asked_v: left out');
});

test('places of two maps are found by their latitude and longitude, each in a column of its own', async () => {
  const columns = ['title', 'lat', 'lon'];
  const near = (degrees: number, i: number): string => (degrees + ((i % 7) - 3) / 2000).toFixed(4);
  const at = (i: number): readonly [number, number] => [47 + ((i * 7919) % 9973) / 1500, 6 + ((i * 104_729) % 9967) / 1200];
  const rows = (s: string, place: (i: number) => readonly string[]) => Array.from({ length: 150 }, (_, i) => [`${s}${i}`, ...place(i)]);
  const name = (i: number): string => `${word(i % 40)} ${['hill', 'springs', 'heights', 'falls'][i % 4] ?? ''}`;
  const one = rows('a', (i) => [name(i), ...at(i).map((x) => x.toFixed(4))]);
  const other = rows('b', (i) => [i % 3 === 0 ? `town of ${name(i)}` : name(i), ...at(i).map((x) => near(x, i))]);
  const dir = await makeProject({
    config: things(columns, { within: 'between_sources' }, {}, ['a', 'b']),
    files: { 'a.csv': csv(['id', ...columns], one), 'b.csv': csv(['id', ...columns], other) },
  });
  await buildWell(dir);
  expect(await kinds(dir)).toMatchObject({ lat: 'degrees', lon: 'degrees' });
  const found = await several(dir);
  expect(found.filter((ids) => /^a(\d+) b\1$/.test(ids)).length).toBeGreaterThan(145);
  expect(found.length).toBeLessThanOrEqual(150);
});

test('of two sources that hold nobody twice, each record gets its best counterpart only', async () => {
  const columns = ['title', 'year'];
  const title = (i: number): string => `${word(i)} ${word(7 * i + 2)} ${word(3 * i + 5)} ${i}`;
  const rows = (s: string) => Array.from({ length: 90 }, (_, i) => [`${s}${i}`, title(i), String(1950 + (i % 50))]);
  const part = ['btwin', `${title(5)} part two`, '1955'];
  const dir = await makeProject({
    config: things(columns, { within: 'between_sources' }, {}, ['a', 'b']),
    files: { 'a.csv': csv(['id', ...columns], rows('a')), 'b.csv': csv(['id', ...columns], [...rows('b'), part]) },
  });
  await buildWell(dir);
  const found = await several(dir);
  expect(found).toContain('a5 b5');
  expect(found.length).toBe(90);
});
