import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { z } from 'zod';
import { attributeKind, kindByName } from '../../../src/identity/match/attributes/registry.js';
import { gatherValues, isListed, makeFeatures } from '../../../src/identity/match/features.js';
import { randomOf } from '../../../src/identity/match/random.js';
import { openProject, openReader, realEffects } from '../../../src/index.js';
import { openStore } from '../../../src/run/store/store.js';
import { id, sql } from '../../../src/sql/tag.js';
import { generators } from '../../../src/testing/index.js';
import { clustersIn, matchingIn } from '../../support/matching.js';
import type { Config } from '../../support/project.js';
import { buildIn, buildWell, configure, csv, makeProject, put, removeFolders } from '../../support/project.js';
import { rowsIn } from '../../support/query.js';

vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });
afterAll(removeFolders);

const attributes = ['given_name', 'family_name', 'birth_date', 'gender', 'email', 'phone', 'street', 'city', 'postcode'];
const fields = (names: readonly string[]): Config => Object.fromEntries(names.map((name) => [name, name]));

function people(match: unknown, also: Config = {}): Config {
  return {
    name: 'people',
    sources: { desk: { connector: 'file', streams: { people: { path: 'records.csv' } } } },
    tables: { people: { from: 'desk.people', key: 'record_id', columns: fields(['record_id', 'national_id', ...attributes]) } },
    entities: { person: { records: [{ table: 'people', id: 'record_id', attributes: fields(attributes), ...also }], match } },
  };
}

/** The clusters, each as its record ids. */
const clusters = (dir: string) => clustersIn(dir, 'person', 1);

/** Generated people in a folder, and of each record whose it is. */
async function generate(out: string, seed: number, customers: number): Promise<ReadonlyMap<string, string>> {
  await generators.find((g) => g.name === 'people')?.write({ out, seed, customers, truth: true });
  const lines = (await readFile(join(out, 'truth/records.csv'), 'utf8')).trim().split('\n').slice(1);
  return new Map(lines.map((line) => line.split(',')).map(([, , id = '', entity = '']) => [id, entity]));
}

let dir: string;
let truth: ReadonlyMap<string, string>;
let found: readonly string[];

beforeAll(async () => {
  dir = await makeProject({ config: people(true) });
  truth = await generate(dir, 11, 150);
  await buildWell(dir);
  found = await clusters(dir);
});

/** A project of people of whom some attributes are known; `name` is made of both names. @param lines of a csv file, with its header */
function known(names: readonly string[], lines: readonly string[]): Promise<string> {
  const columns: Config = {
    ...fields(['record_id', 'given_name', 'family_name', ...names]),
    name: { type: 'sql', sql: `concat_ws(' ', "given_name", "family_name")` },
  };
  return makeProject({
    config: {
      ...people(true),
      tables: { people: { from: 'desk.people', key: 'record_id', columns } },
      entities: { person: { records: [{ table: 'people', id: 'record_id', attributes: fields(names) }], match: true } },
    },
    files: { 'records.csv': `${lines.join('\n')}\n` },
  });
}

/** Pairwise precision and recall of clusters. */
function judged(
  all: readonly string[],
  entities: ReadonlyMap<string, string> = truth,
): { readonly precision: number; readonly recall: number } {
  const pairs = (n: number): number => (n * (n - 1)) / 2;
  const sizes = (keys: readonly string[]): number => {
    const counts = new Map<string, number>();
    for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1);
    return [...counts.values()].reduce((sum, n) => sum + pairs(n), 0);
  };
  const right = all.reduce((sum, ids) => sum + sizes(ids.split(' ').map((id) => entities.get(id) ?? id)), 0);
  return {
    precision: right / all.reduce((sum, ids) => sum + pairs(ids.split(' ').length), 0),
    recall: right / sizes([...entities.values()]),
  };
}

describe('people with households, twins and namesakes', () => {
  test('are found without labels or settings, and no household becomes one person', () => {
    const { precision, recall } = judged(found);
    expect(precision).toBeGreaterThan(0.93);
    expect(recall).toBeGreaterThan(0.95);
  });

  test.each([
    ['first and last names', ['given_name', 'family_name'], 0.85, 0.75],
    ['whole names', ['name'], 0.9, 0.5],
  ])('stay people where few are there twice and %s, a phone and an address are all that is known', async (_, names, right, there) => {
    const out = await makeProject({ config: people(true) });
    const entities = await generate(out, 1, 3000);
    // All records of every tenth person, one of each other.
    const seen = new Set<string>();
    const kept = new Map(
      [...entities].filter(([, entity]) => {
        const first = !seen.has(entity);
        seen.add(entity);
        return first || Number(entity.replace(/\D/g, '')) % 10 === 0;
      }),
    );
    const rows = (await readFile(join(out, 'records.csv'), 'utf8')).trim().split('\n');
    const lines = rows.filter((row, i) => i === 0 || kept.has(row.slice(0, row.indexOf(','))));
    const dir = await known([...names, 'phone', 'street', 'city', 'postcode'], lines);
    await buildWell(dir);
    const { precision, recall } = judged(await clusters(dir), kept);
    expect(precision).toBeGreaterThan(right);
    expect(recall).toBeGreaterThan(there);
  });

  test.each([
    ['whole names', ['name']],
    ['first and last names', ['given_name', 'family_name']],
  ])('stay people among colleagues, who share a company, its city and its telephone, by %s', async (_, names) => {
    const out = await makeProject({ config: people(true) });
    const entities = await generate(out, 7, 700);
    const rows = (await readFile(join(out, 'records.csv'), 'utf8'))
      .trim()
      .split('\n')
      .slice(1)
      .map((row) => row.split(','));
    const words = ['Alpine', 'Northern', 'Global', 'Silver', 'Delta', 'Prime', 'Harbor', 'Summit', 'Atlas', 'Nova'];
    const trades = ['Logistics', 'Foods', 'Systems', 'Energy', 'Textiles', 'Media', 'Steel', 'Travel'];
    const text = rows.map(([record = '', , given = '', family = ''], i) => {
      // Ten people of each company, who have its switchboard; a quarter of the fields is missing.
      const firm = Math.floor(Number((entities.get(record) ?? '').replace(/\D/g, '')) / 10);
      const company = `${words[firm % 10]} ${trades[firm % 8]}${firm % 3 === 0 ? ' Group' : ''}${i % 2 === 0 ? ' Ltd' : ''}`;
      const cells = [company, `City ${'abcdefghijklmnop'.charAt(firm % 13)}${firm % 7}`, `+4930${1_000_000 + firm}`];
      return [record, given, family, ...cells.map((cell, k) => ((i + k) % 4 === 0 ? '' : cell))].join(',');
    });
    const dir = await known([...names, 'company', 'city', 'phone'], ['record_id,given_name,family_name,company,city,phone', ...text]);
    await buildWell(dir);
    const { precision, recall } = judged(await clusters(dir), entities);
    expect(precision).toBeGreaterThan(0.93);
    expect(recall).toBeGreaterThan(0.75);
  });

  test('are the same whatever the order of the rows', async () => {
    const [header = '', ...rows] = (await readFile(join(dir, 'records.csv'), 'utf8')).trim().split('\n');
    const other = await makeProject({ config: people(true), files: { 'records.csv': `${[header, ...rows.reverse()].join('\n')}\n` } });
    await buildWell(other);
    expect(await clusters(other)).toEqual(found);
    for (const what of ['features', 'frequencies', 'pairs', 'matches']) {
      const all = sql`SELECT * FROM ${id('identity', `person_${what}`)}`;
      expect([what, await rowsIn(other, all)]).toEqual([what, await rowsIn(dir, all)]);
    }
  });

  test('have the same features, made in one go or in parts', async () => {
    const project = await openProject(dir);
    const [entity] = project.entities;
    if (entity === undefined) throw new Error('the project has an entity');
    const engine = await openStore(project, realEffects());
    const all = sql`SELECT * FROM identity.person_features ORDER BY nr`;
    // Words of a text are weighed one by one, so that its dictionary is made in parts too.
    const matched = attributes.map((name) => ({ name, kind: attributeKind(name === 'street' ? 'text' : (kindByName(name) ?? 'word')) }));
    expect(matched.some(isListed)).toBe(true);
    const made = async (parts: number): Promise<readonly unknown[]> => {
      const records = (await engine.table(sql`FROM identity.person_records`)).rows.length;
      for (const statement of [...gatherValues(entity, matched, true), ...makeFeatures(entity, matched, null, records, parts)])
        await engine.run(statement);
      return (await engine.table(all)).rows;
    };
    const undone = new Error('nothing of it is kept');
    const kept = engine.transaction(
      async () => {
        const whole = await made(1);
        expect(whole.length).toBeGreaterThan(200);
        expect(await made(7)).toEqual(whole);
        throw undone;
      },
      (act) => act(),
    );
    await expect(kept.finally(() => engine.close())).rejects.toBe(undone);
  });

  test('that are weighed, and how records hang together, are kept for the next build and not published', async () => {
    const { snapshot, engine } = await openReader((await openProject(dir)).store);
    engine.close();
    const tables = snapshot.tables.flatMap((t) => (t.schema === 'identity' ? t.name.replace('person_', '') : []));
    expect(tables.sort()).toEqual(
      [
        'cuts',
        'decisions',
        'events',
        'features',
        'frequencies',
        'identifiers',
        'links',
        'matches',
        'model',
        'records',
        'references',
      ].sort(),
    );
    expect(
      await rowsIn(dir, sql`SELECT count(*) > 0 AS kept FROM identity.person_pairs, identity.person_components, identity.person_blocks`),
    ).toEqual(['{"kept":true}']);
  });

  test('say how sure they are, and are the same by a frozen model, which is never learned again', async () => {
    const { model, version, report, decisions, learned, records } = await matchingIn(dir);
    expect(report.expected.precision).toBeGreaterThan(0.9);
    expect(report.records).toBeGreaterThan(200);
    expect(decisions.map((d) => d.decision)).toContain('linked');
    expect(learned).toMatchObject({ run_id: 'r000001', records, anew_at: 2 * records, frozen: null });
    const sure = z.object({ how: z.string(), least: z.number(), most: z.number() });
    const confidence = (
      await rowsIn(
        dir,
        sql`SELECT how, min(confidence)::DOUBLE AS least, max(confidence)::DOUBLE AS most FROM gold.person_crosswalk GROUP BY how`,
      )
    ).map((row) => sure.parse(JSON.parse(row)));
    expect(confidence.find((c) => c.how === 'alone')).toMatchObject({ least: 1, most: 1 });
    expect(confidence.find((c) => c.how === 'alike')?.least).toBeLessThan(1);
    expect(learned.at).toMatch(/^\d{4}-\d\d-\d\dT/);
    await writeFile(join(dir, 'model.json'), JSON.stringify(model));
    await configure(dir, people({ model: 'model.json' }));
    await buildWell(dir);
    expect(await clusters(dir)).toEqual(found);
    expect(await rowsIn(dir, sql`SELECT version FROM identity.person_model`)).toEqual([JSON.stringify({ version })]);
    await writeFile(join(dir, 'model.json'), JSON.stringify({ ...model, threshold: 1000, review: 990 }));
    await buildWell(dir);
    expect((await clusters(dir)).length).toBe(report.records);
  });

  test('weigh the same by a frozen model in a store that began with few of them', async () => {
    const { model } = await matchingIn(dir);
    const weights = async (store: string) =>
      rowsIn(store, sql`SELECT left_record, right_record, weight FROM identity.person_matches ORDER BY ALL`);
    const all = await readFile(join(dir, 'records.csv'), 'utf8');
    const [few = ''] = /^.*\n(.*\n){12}/.exec(all) ?? [];
    const made = (records: string) =>
      makeProject({ config: people({ model: 'model.json' }), files: { 'model.json': JSON.stringify(model), 'records.csv': records } });
    const [grown, anew] = [await made(few), await made(all)];
    for (const store of [grown, anew]) await buildWell(store);
    await writeFile(join(grown, 'records.csv'), all);
    await buildWell(grown);
    expect(await weights(grown)).toEqual(await weights(anew));
  });

  test('a model that is none says what is wrong with it', async () => {
    await writeFile(join(dir, 'model.json'), '{"format": 2}');
    const result = await buildIn(dir);
    expect([result.status, JSON.stringify(result)]).toEqual(['failed', expect.stringContaining('model.json, is no model: format')]);
  });
});

describe('records', () => {
  const columns = ['record_id', 'national_id', ...attributes];
  const ann = ['N1', 'Ann', 'Lee', '1970-03-04', 'F', 'ann@mail.example', '+447700900001', '1 High St', 'Ayton', 'AB1 2CD'];
  const others = Array.from({ length: 40 }, (_, i) => [
    `r${i}`,
    `X${i}`,
    ['Bob', 'Cid', 'Dora', 'Eve', 'Finn', 'Gus', 'Hal'][i % 7] ?? '',
    ['Marsh', 'North', 'Olds', 'Pike', 'Quill'][i % 5] ?? '',
    `19${50 + i}-0${1 + (i % 9)}-1${i % 9}`,
    i % 2 === 0 ? 'F' : 'M',
    `p${i}@mail.example`,
    `+44770091${String(i * 137).padStart(4, '0')}`,
    `${i} Low Rd`,
    'Beeton',
    `ZZ${i} 1QQ`,
  ]);

  test('that are alike stay apart where an identifier of which there is one says so, and are joined where identifiers agree', async () => {
    const rows = [['a', ...ann], ['b', 'N2', ...ann.slice(1)], ...others];
    const one = await makeProject({ config: people(true), files: { 'records.csv': csv(columns, rows) } });
    await buildWell(one);
    expect(await clusters(one)).toContain('a b');
    const config = people(true, { identifiers: { national_id: 'national_id' } });
    const apart = {
      ...config,
      entities: {
        person: { ...(config['entities'] as Record<string, Config>)['person'], identifiers: { national_id: { unique: 'entity' } } },
      },
    };
    await configure(one, apart);
    await buildWell(one);
    expect((await clusters(one)).filter((c) => /\b[ab]\b/.test(c))).toEqual(['a', 'b']);
    expect(
      await rowsIn(one, sql`SELECT decision FROM identity.person_matches WHERE left_record LIKE '%:a' AND right_record LIKE '%:b'`),
    ).toEqual(['{"decision":"conflict"}']);
  });

  test('of companies are told by their telling words', async () => {
    const names = [
      'Acme Steel Ltd',
      'ACME Steel Limited',
      'Birch & Sons Bakery',
      'Birch and Sons Bakery Inc.',
      'Cobalt Mining',
      'Delta Foods',
      'Elm Tree Books',
    ];
    const towns = ['Ayton', 'Ayton', 'Beeton', 'Beeton', 'Ceeton', 'Deeton', 'Eeton'];
    const rows = names.map((name, i) => [`c${i}`, name, towns[i] ?? '', `12 Mill Lane ${towns[i] ?? ''}`]);
    const plain = { id: 'id', name: 'name', town: 'town', about: 'about' };
    const config: Config = {
      name: 'companies',
      sources: { s: { connector: 'file', streams: { firms: { path: 'records.csv' } } } },
      tables: { firms: { from: 's.firms', key: 'id', columns: plain } },
      entities: {
        person: {
          records: [{ table: 'firms', id: 'id', attributes: { name: 'name', town: 'town', about: 'about' } }],
          match: { attributes: { name: 'company', about: 'text' } },
        },
      },
    };
    const firms = await makeProject({ config, files: { 'records.csv': csv(['id', 'name', 'town', 'about'], rows) } });
    await buildWell(firms);
    expect(await clusters(firms)).toEqual(['c0 c1', 'c2 c3', 'c4', 'c5', 'c6']);
  });

  test.each([
    ['companies', 'company', ['Acme Steel Ltd', 'ACME STEEL', 'Birch & Sons Bakery', 'Birch and Sons Bakery Inc.'], 'r000 r001, r002 r003'],
    ['titles', 'title', ['The art of joins', 'the art of joins', 'A history of keys', 'A History of Keys.'], 'r000 r001, r002 r003'],
    ['people', 'full_name', ['Ann Lee', 'ANN LEE', 'Bo Dahl', 'Bo Dahl'], ''],
  ])(
    'of which one attribute is known, %s, are joined where that is there to tell things apart, and else left to people',
    async (_, column, twice, joined) => {
      const syllables = ['bar', 'nel', 'tor', 'vi', 'ka', 'ro', 'mel', 'san', 'dor', 'fin', 'gra', 'hel'];
      const random = randomOf('words');
      const word = (): string => Array.from({ length: 4 }, () => syllables[Math.floor(random() * syllables.length)]).join('');
      const rows = [...twice, ...Array.from({ length: 300 }, () => `${word()} ${word()}`)];
      const config: Config = {
        name: 'list',
        sources: { s: { connector: 'file', streams: { list: { path: 'records.csv' } } } },
        tables: { list: { from: 's.list', key: 'id', columns: fields(['id', column]) } },
        entities: { person: { records: [{ table: 'list', id: 'id', attributes: fields([column]) }], match: true } },
      };
      const list = rows.map((value, i) => [`r${`${i}`.padStart(3, '0')}`, value]);
      const one = await makeProject({ config, files: { 'records.csv': csv(['id', column], list) } });
      await buildWell(one);
      expect((await clusters(one)).filter((ids) => ids.includes(' ')).join(', ')).toBe(joined);
      const near = await rowsIn(
        one,
        sql`SELECT left_record FROM identity.person_matches WHERE decision = 'below' AND left_record < 's.list:r004'`,
      );
      expect(near.length).toBe(joined === '' ? 2 : 0);
    },
  );

  test('too few to learn from, or none at all, are no error', async () => {
    const few = await makeProject({ config: people(true), files: { 'records.csv': csv(columns, [['a', ...ann]]) } });
    await buildWell(few);
    expect(await clusters(few)).toEqual(['a']);
    await put(few, {
      'records.csv': csv(columns, [
        ['a', ...ann],
        ['b', ...ann],
      ]),
    });
    await buildWell(few);
    expect((await clusters(few)).join(' ')).toBe('a b');
  });
});
