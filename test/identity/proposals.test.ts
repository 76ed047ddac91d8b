import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { z } from 'zod';
import { describePair } from '../../src/cli/evidence.js';
import type { Reader } from '../../src/index.js';
import { openMatcher, openReader, realEffects } from '../../src/index.js';
import type { Wish } from '../../src/run/decide/decide.js';
import { decide } from '../../src/run/decide/decide.js';
import type { Question } from '../../src/run/decide/review.js';
import { review } from '../../src/run/decide/review.js';
import { explainPair } from '../../src/run/explain/explain_pair.js';
import { sql } from '../../src/sql/tag.js';
import type { Config } from '../support/project.js';
import { buildIn, buildWell, csv, makeProject, projectIn, put, removeFolders } from '../support/project.js';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });
afterAll(removeFolders);

/* What is too little to make two records one is proposed to people, with what it is made of and what hangs on it. */

/** Bits of an attribute where it is equal, and where it is not; before anything is compared it is −10, and +3 are needed. */
const weights = { name: ['name', 12, -6], mail: ['email', 12, -3], phone: ['phone', 14, -4], city: ['city', 4, -1] } as const;
const columns = ['id', ...Object.keys(weights)];

const model = {
  format: 1,
  entity: 'person',
  attributes: Object.entries(weights).map(([name, [kind, equal, disagree]]) => {
    const rung = { m: 0.5, u: 0.5, h: 0.5, against_relatives: 0, trained: 'data' };
    return {
      name,
      kind,
      levels: [
        { ...rung, level: 'equal', weight: equal, sql: 'left_value = right_value' },
        { ...rung, level: 'disagree', weight: disagree },
      ],
    };
  }),
  prior: 1 / 1025,
  related: 0,
  threshold: 3,
  review: -2,
  blocking: ['name (name)', 'e-mail (mail)', 'phone (phone)'].map((rule) => ({ rule, largest: 50 })),
};

const fields = Object.fromEntries(columns.map((c) => [c, c]));
const config: Config = {
  name: 'people',
  sources: { s: { connector: 'file', streams: { people: { path: 'people.csv', mode: 'replace' }, orders: { path: 'orders.csv' } } } },
  tables: {
    people: { from: 's.people', key: 'id', columns: fields },
    orders: {
      from: 's.orders',
      key: 'nr',
      columns: { nr: 'nr', buyer: 'buyer', paid: { from: 'paid', type: 'money', currency: 'currency' } },
      amounts: ['paid'],
    },
  },
  entities: {
    person: {
      records: [
        { table: 'people', id: 'id', identifiers: { nr: 'id' }, attributes: Object.fromEntries(Object.keys(weights).map((a) => [a, a])) },
        { table: 'orders', role: 'reference', identifiers: { nr: 'buyer' } },
      ],
      match: { model: 'model.json' },
    },
  },
};
const rows = [
  // They are called the same, and nothing else is known of both.
  ['N1', 'Nora Quill', 'nora@a.example', '', ''],
  ['N2', 'Nora Quill', '', '', ''],
  // One e-mail of two people.
  ['E1', 'Ed Marsh', 'family@e.example', '', ''],
  ['E2', '', 'family@e.example', '', ''],
  // Two values agree, and one does not: more likely one than not, but not as likely as is asked.
  ['T1', '', 'tom@t.example', '111', 'Ayton'],
  ['T2', '', 'tom@t.example', '222', 'Ayton'],
  // Two groups, and one pair between them.
  ['A1', 'Ann Abel', 'ann@b.example', '', 'Beeton'],
  ['A2', 'Ann Abel', 'ann@b.example', '', 'Beeton'],
  ['A3', 'Ann Abel', 'ann@b.example', '555', 'Beeton'],
  ['B1', '', 'bea@b.example', '555', 'Beeton'],
  ['B2', 'Bea Brown', 'bea@b.example', '', 'Beeton'],
  ['B3', 'Bea Brown', 'bea@b.example', '', 'Beeton'],
];
const files = {
  'people.csv': csv(columns, rows),
  'orders.csv': csv(
    ['nr', 'buyer', 'paid', 'currency'],
    [
      ['1', 'N2', '12.50', 'EUR'],
      ['2', 'A1', '8.00', 'EUR'],
    ],
  ),
  'model.json': JSON.stringify(model),
};

const record = (id: string): string => `s.people:${id}`;
let dir: string;
beforeAll(async () => {
  dir = await makeProject({ config, files });
  await buildWell(dir);
});

async function asking<T>(ask: (reader: Reader) => Promise<T>): Promise<T> {
  const reader = await openReader(`${dir}/.onefold`);
  try {
    return await ask(reader);
  } finally {
    reader.engine.close();
  }
}

/** The question about two records, if there is one. */
async function question(left: string, right: string): Promise<Question | undefined> {
  const project = await projectIn(dir);
  const all = await asking((reader) => review(project, reader, 100));
  return all.find((q) => [q.left.record, q.right.record].sort().join() === [record(left), record(right)].sort().join());
}

async function say(wish: Wish): Promise<void> {
  const project = await projectIn(dir);
  await asking((reader) => decide(project, reader, wish, { by: 'ann', why: 'she was asked' }, realEffects()));
}

/** The clusters of the snapshot that have several records, each as its record ids. */
const several = () =>
  asking(async ({ engine }) =>
    (
      await engine.rows(
        sql`SELECT string_agg(record_id, ' ' ORDER BY record_id) AS ids FROM gold.person_crosswalk GROUP BY person_key HAVING count(*) > 1 ORDER BY ids`,
        z.object({ ids: z.string() }),
      )
    ).map((row) => row.ids),
  );

test('nobody is one by a single value that leaves a doubt, by less than is asked, or by one link between two groups', async () => {
  expect(await several()).toEqual(['A1 A2 A3', 'B1 B2 B3']);
});

test.each([
  ['N1', 'N2', 'unconfirmed', ['name'], 0.5],
  ['E1', 'E2', 'unconfirmed', ['mail'], 0.5],
  ['T1', 'T2', 'near', null, 0.8],
  ['A3', 'B1', 'bridge', null, 0.97],
])('%s and %s are proposed: %s', async (left, right, kind, alone, probability) => {
  const asked = await question(left, right);
  expect(asked).toMatchObject({ kind, alone });
  expect(asked?.probability).toBeCloseTo(probability, 2);
  expect(asked?.impact.records).toBe(kind === 'bridge' ? 3 : 1);
  expect(asked?.attributes.length).toBe(4);
});

test('a proposal says what hangs on it', async () => {
  const { impact } = (await question('N1', 'N2')) ?? {};
  expect(impact).toEqual({ records: 1, references: 1, amounts: [{ of: 'orders.paid', currency: 'EUR', amount: '12.5' }] });
});

test('an explanation says in words that one value is not enough', async () => {
  const said = await asking((reader) => explainPair(reader, [record('N1'), record('N2')]));
  expect(said).toMatchObject({ same: false, decision: 'unconfirmed', waterfall: { weight: 0, alone: { attributes: ['name'] } } });
  expect(said.waterfall?.alone?.bits).toBeCloseTo(-2, 6);
  expect(describePair(said)).toContain('−2.00 bits, as only name agrees; nothing else confirms it');
});

test('a record that is looked up is new where one value alone agrees, with whom it may be', async () => {
  const matcher = await openMatcher(await projectIn(dir));
  const [name, confirmed] = [
    await matcher.match({ name: 'Nora Quill' }),
    await matcher.match({ name: 'Nora Quill', mail: 'nora@a.example' }),
  ];
  matcher.close();
  expect(name).toMatchObject({ outcome: 'new', key: null, entities: [{ probability: 0.5 }, { probability: 0.5 }] });
  expect(confirmed).toMatchObject({
    outcome: 'known',
    entities: [{ records: [{ record: record('N1'), waterfall: { alone: null } }] }, {}],
  });
});

test('a record that comes later is weighed likewise, and what confirms it later makes it one', async () => {
  const with3 = (mail: string) => put(dir, { 'people.csv': csv(columns, [...rows, ['N3', 'Nora Quill', mail, '', '']]) });
  await with3('');
  await buildWell(dir);
  expect([await several(), (await question('N2', 'N3'))?.alone]).toEqual([['A1 A2 A3', 'B1 B2 B3'], ['name']]);
  await with3('nora@a.example');
  await buildWell(dir);
  expect(await several()).toContain('N1 N3');
  await put(dir, { 'people.csv': files['people.csv'] });
  await buildWell(dir);
});

test('a value that leaves hardly a doubt is enough where nothing else is known of both, and not where anything speaks against it', async () => {
  const named = (id: string, name: string): string[] => [id, name, '', id.startsWith('P') ? '777' : '888', ''];
  await put(dir, {
    'people.csv': csv(columns, [...rows, named('P1', 'Pia Poe'), named('P2', ''), named('Q1', 'Quin Roe'), named('Q2', 'Una Voss')]),
  });
  await buildWell(dir);
  expect(await several()).toEqual(['A1 A2 A3', 'B1 B2 B3', 'P1 P2']);
  await put(dir, { 'people.csv': files['people.csv'] });
  await buildWell(dir);
});

test('what is decided the same is one from the next build on, also where all is made anew', async () => {
  await say({ decision: 'same', left: record('N1'), right: record('N2') });
  expect(await question('N1', 'N2')).toBeUndefined();
  await buildWell(dir);
  expect(await several()).toContain('N1 N2');
  await buildIn(dir, { fullRefresh: true });
  expect(await several()).toContain('N1 N2');
});

test('what is decided different is asked no more', async () => {
  for (const [left, right] of [
    ['E1', 'E2'],
    ['T1', 'T2'],
    ['A3', 'B1'],
  ] as const) {
    await say({ decision: 'different', left: record(left), right: record(right) });
    expect(await question(left, right)).toBeUndefined();
  }
  await buildWell(dir);
  expect(await asking(async (reader) => review(await projectIn(dir), reader, 100))).toEqual([]);
  expect(await several()).toEqual(['A1 A2 A3', 'B1 B2 B3', 'N1 N2']);
});
