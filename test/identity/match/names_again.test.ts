import { afterAll, describe, expect, test, vi } from 'vitest';
import type { Pattern, Prior } from '../../../src/identity/match/mixture.js';
import { namesAgain } from '../../../src/identity/match/names_again.js';
import { randomOf } from '../../../src/identity/match/random.js';
import { clustersIn } from '../../support/matching.js';
import { buildWell, csv, makeProject, removeFolders } from '../../support/project.js';

vi.setConfig({ testTimeout: 120_000 });
afterAll(removeFolders);

const random = randomOf('names that are there again');
const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
const syllables =
  'bar nel tor vi ka ro mel san dor fin gra hel jo kes lum mar nor pel qui rad sol tan ul ver wex yor zan bri cla dre'.split(' ');
const trades = 'Logistics Foods Systems Energy Textiles Media Steel Travel Pharma Motors Hotels Plastics'.split(' ');
const word = (): string => {
  const text = pick(syllables) + pick(syllables) + pick(syllables);
  return text.charAt(0).toUpperCase() + text.slice(1);
};

interface Row {
  readonly name: string;
  readonly postcode: string;
  readonly of: number;
}

/** Suppliers as they stand in lists of payments: each several times, mostly under the same name, and with a postcode in a third of the rows. */
function payments(suppliers: number): readonly Row[] {
  return Array.from({ length: suppliers }, (_, of) => {
    const [brand, trade] = [`${word()} ${word()}`, pick(trades)];
    const name = `${brand} ${trade} Ltd`;
    const postcode = `${pick(['LS', 'BD', 'HX', 'S', 'HU'])}${1 + Math.floor(random() * 20)} ${1 + Math.floor(random() * 9)}${pick(['AB', 'DE', 'JL', 'XY'])}`;
    const others = [name.toUpperCase(), `${brand} ${trade} Limited`, `${brand} ${trade} Limited (UK)`, brand, `${brand} ${trade} Group`];
    return Array.from({ length: 1 + Math.floor(random() * 7) }, () => ({
      name: random() < 0.5 ? name : pick(others),
      postcode: random() < 0.35 ? postcode : '',
      of,
    }));
  }).flat();
}

/** Companies of a register: each once, and some with a sister of half the same name. */
function register(companies: number): readonly Row[] {
  return Array.from({ length: companies }, (_, i) => {
    const brand = `${word()} ${word()}`;
    const sisters =
      random() < 0.3 ? [`${brand} ${pick(trades)} Ltd`, `${brand} ${pick(trades)} Holding Ltd`] : [`${brand} ${pick(trades)} Ltd`];
    return sisters.map((name, j) => ({ name, postcode: '', of: 2 * i + j }));
  }).flat();
}

/** Matches rows by some columns; the clusters, each as the places of its rows. */
async function matched(rows: readonly Row[], columns: readonly ('name' | 'postcode')[]): Promise<readonly (readonly number[])[]> {
  const attributes = Object.fromEntries(columns.map((name) => [name === 'name' ? 'supplier' : name, name]));
  const dir = await makeProject({
    config: {
      name: 'suppliers',
      sources: { s: { connector: 'file', streams: { list: { path: 'records.csv' } } } },
      tables: { list: { from: 's.list', key: 'id', columns: { id: 'id', name: 'name', postcode: 'postcode' } } },
      entities: { supplier: { records: [{ table: 'list', id: 'id', attributes }], match: true } },
    },
    files: {
      'records.csv': csv(
        ['id', 'name', 'postcode'],
        rows.map(({ name, postcode }, i) => [`r${i}`, name, postcode]),
      ),
    },
  });
  await buildWell(dir);
  return (await clustersIn(dir, 'supplier', 1)).map((ids) => ids.split(' ').map((id) => Number(id.slice(1))));
}

/** Precision and recall of pairs. */
function quality(rows: readonly Row[], clusters: readonly (readonly number[])[]): { readonly precision: number; readonly recall: number } {
  const pairs = (sizes: Iterable<number>): number => [...sizes].reduce((n, size) => n + (size * (size - 1)) / 2, 0);
  const count = (keys: readonly string[]): Iterable<number> =>
    keys.reduce((m, key) => m.set(key, (m.get(key) ?? 0) + 1), new Map<string, number>()).values();
  const clusterOf = new Map(clusters.flatMap((ids, c) => ids.map((id) => [id, c] as const)));
  const right = pairs(count(rows.map(({ of }, i) => `${of} ${clusterOf.get(i)}`)));
  return { precision: right / pairs(clusters.map((ids) => ids.length)), recall: right / pairs(count(rows.map(({ of }) => `${of}`))) };
}

describe('suppliers in lists of payments, who are there again and again', () => {
  test.each([[['name'] as const], [['name', 'postcode'] as const]])('are found by %j, under other names too', async (columns) => {
    const rows = payments(250);
    const { precision, recall } = quality(rows, await matched(rows, columns));
    expect(precision).toBeGreaterThan(0.9);
    expect(recall).toBeGreaterThan(0.8);
  });
});

test('institutes of which every spelling stands once are found, most of them whole', async () => {
  const rows = Array.from({ length: 60 }, (_, of) => {
    const [brand, city] = [`${word()} ${word()}`, word()];
    const parts = [
      'Department of Physics',
      'School of Law',
      `${city}`,
      `${1000 + of} ${city}`,
      'Faculty of Medicine',
      `PO Box ${of}, ${city}`,
      'Library',
    ];
    return parts.flatMap((part) => [`${brand} University, ${part}`, `${part}, ${brand} Univ.`]).map((name) => ({ name, postcode: '', of }));
  }).flat();
  const { precision, recall } = quality(rows, await matched(rows, ['name']));
  expect(precision).toBeGreaterThan(0.9);
  expect(recall).toBeGreaterThan(0.6);
});

test('companies written in short or closed up are found where names are there again', async () => {
  const rows = Array.from({ length: 200 }, (_, of) => {
    const [a, b, c, d] = [word(), word(), word(), word()];
    const [full, other] = of % 2 === 0 ? [`${a} ${b} ${c} and ${d}`, `${a}${b}${c}${d}`.replace(/[a-z]/g, '')] : [`${a}-${b}`, `${a}${b}`];
    return [full, full, other].map((name) => ({ name, postcode: '', of }));
  }).flat();
  const clusters = await matched(rows, ['name']);
  const clusterOf = new Map(clusters.flatMap((ids, c) => ids.map((i) => [i, c] as const)));
  const found = (kind: number): number => {
    const others = rows.flatMap(({ of }, i) => (of % 2 === kind && i % 3 === 2 ? [i] : []));
    return others.filter((i) => clusterOf.get(i) === clusterOf.get(i - 1)).length / others.length;
  };
  // Of letters that several companies have in common, some are left apart.
  expect(found(0)).toBeGreaterThan(0.7);
  expect(found(1)).toBeGreaterThan(0.95);
});

test('companies of a register, which are there once, are hardly ever taken for their sisters', async () => {
  const rows = register(500);
  const clusters = await matched(rows, ['name']);
  expect(clusters.length).toBeGreaterThan(0.97 * rows.length);
});

describe('names that nothing teaches', () => {
  // Codes: 1 disagree, 2 nearly equal, 3 equal.
  const name: Prior = { m: [0.1, 0.3, 0.6], areOne: [0, 0.5, 0.9], shared: false, distinctive: true };
  const place: Prior = { m: [0.1, 0.9], shared: true };
  const pattern = (codes: readonly number[], count: number): Pattern => ({ codes, rules: 1, count });
  const usual = [name.m, place.m];
  const u = [
    [0.98, 0.01, 0.01],
    [0.99, 0.01],
  ];
  const pairs = (1000 * 999) / 2;
  const of = (candidates: readonly Pattern[]) => namesAgain(name, 0, usual, u, candidates, pairs);

  test('are told by what is known beforehand, as far as they are there again', () => {
    expect(of([pattern([3, 0], 150), pattern([2, 0], 400)])).toBeNull();
    const told = of([pattern([3, 0], 400), pattern([2, 0], 400)]);
    expect(told?.areOne([2, 0])).toBeCloseTo(0.5, 6);
    expect(told?.areOne([3, 0])).toBeCloseTo(0.9, 6);
    expect(told?.areOne([1, 2])).toBe(0);
    // What hardly agrees is as often as is usual; of the rest, each rung has as many as are one of those that are there.
    expect(told?.m[0]).toBeCloseTo(0.1, 6);
    expect((told?.m[2] ?? 0) / (told?.m[1] ?? 1)).toBeCloseTo(0.9 / 0.5, 1);
  });

  test('are told, too, where hardly any is there again but many nearly are; what differs then says little', () => {
    const likely: Prior = { ...name, areOne: [0, 0.75, 0.9] };
    const told = (near: number, records: number) => namesAgain(likely, 0, usual, u, [pattern([2, 0], near)], (records * (records - 1)) / 2);
    expect(told(1400, 1000)?.against).toBe(1);
    // Three times the odds: 9 to 1 instead of 3 to 1.
    expect(told(1400, 1000)?.areOne([2, 0])).toBeCloseTo(0.9, 6);
    expect(told(1200, 1000)).toBeNull();
    // As many for each record, but too few of all pairs.
    expect(told(14_000, 10_000)).toBeNull();
    expect(of([pattern([3, 0], 400)])?.against).toBeNull();
  });

  test('are not, where all who have the same are elsewhere', () => {
    expect(of([pattern([3, 1], 300)])).toBeNull();
    const here = of([pattern([3, 2], 400)]);
    expect(here?.areOne([2, 2])).toBeGreaterThan(0.98);
    expect(here?.areOne([2, 1])).toBeLessThan(0.1);
  });

  test('are not, where nothing is known beforehand', () => {
    expect(namesAgain({ ...name, areOne: undefined }, 0, usual, u, [pattern([3, 0], 4000)], pairs)).toBeNull();
    expect(namesAgain(undefined, -1, usual, u, [pattern([3, 0], 4000)], pairs)).toBeNull();
  });
});
