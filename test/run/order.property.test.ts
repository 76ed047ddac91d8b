import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { expectBalanced } from '../support/accounts.js';
import type { Canonical } from '../support/canonical.js';
import { canonical, currentJson, present } from '../support/canonical.js';
import type { Config, Files } from '../support/project.js';
import { buildIn, buildWell, configure, makeProject, put, removeFolders } from '../support/project.js';
import { cases, patience } from '../support/property.js';
import type { ContactRow, Observations, PaymentRow, RefRecord } from './order.project.js';
import { contactsCsv, orderProject, paymentsCsv, refsNdjson } from './order.project.js';

afterAll(removeFolders);

const pick = (...values: readonly string[]): fc.Arbitrary<string> => fc.constantFrom(...values);
const payer = pick('P1', 'P2', 'P3', '');
const contact = pick('C1', 'C2', 'C3', '');
const name = pick('Ann', 'Anna', 'Bob', '');
// `13/02/2025` proves that the day comes first, `02/13/2025` that it does not; the rest follows, or is set aside.
const day = pick(
  '2025-03-05',
  '05/03/2025',
  '05/03/2025',
  '06/03/2025',
  '13/02/2025',
  '02/13/2025',
  '1999-12-31',
  '2030-01-01',
  'soon',
  '',
);
const amount = pick('1,234', '1.234', '10.50', '10,50', '7', 'n/a', '');

const paymentRow: fc.Arbitrary<PaymentRow> = fc.tuple(payer, contact, name, amount, pick('EUR', 'USD', ''), day);
const contactRow: fc.Arbitrary<ContactRow> = fc.tuple(contact, name, pick('ann@x.co', 'bob@x.co', 'no', ''), payer, day);
const refRecord: fc.Arbitrary<RefRecord> = fc.record({ id: pick('R1', 'R2', 'R3'), contact, payer }, { requiredKeys: ['id'] });
const some = <T>(row: fc.Arbitrary<T>) => fc.array(row, { minLength: 1, maxLength: 9 });
const observations: fc.Arbitrary<Observations> = fc.record({
  payments: some(paymentRow),
  contacts: some(contactRow),
  refs: some(refRecord),
});

/** What lies in the three folders when all rows of each stream lie in the files that `fileOf` names. */
function filesOf(
  rows: { readonly [S in keyof Observations]: readonly { readonly file: string; readonly row: Observations[S][number] }[] },
): Files {
  const out: Record<string, string> = {};
  const write = <T>(
    folder: string,
    ending: string,
    placed: readonly { readonly file: string; readonly row: T }[],
    text: (rows: readonly T[]) => string,
  ) => {
    for (const file of new Set(placed.map((p) => p.file))) {
      out[`in/${folder}/${file}.${ending}`] = text(placed.filter((p) => p.file === file).map((p) => p.row));
    }
  };
  write('payments', 'csv', rows.payments, paymentsCsv);
  write('contacts', 'csv', rows.contacts, contactsCsv);
  write('refs', 'ndjson', rows.refs, refsNdjson);
  return out;
}

const inOneFile = <T>(rows: readonly T[]): readonly { readonly file: string; readonly row: T }[] =>
  rows.map((row) => ({ file: 'all', row }));
const atOnce = (all: Observations): Files =>
  filesOf({ payments: inOneFile(all.payments), contacts: inOneFile(all.contacts), refs: inOneFile(all.refs) });

/** A row, the file that it comes in, and the run before which it comes. */
interface Arrival<T> {
  readonly row: T;
  readonly file: string;
  readonly run: number;
}
const lastRun = 2;
const arrivals = <T>(row: fc.Arbitrary<T>): fc.Arbitrary<readonly Arrival<T>[]> =>
  some(fc.record({ row, file: pick('a', 'b', 'c'), run: fc.nat(lastRun) })).chain((rows) =>
    fc.shuffledSubarray([...rows], { minLength: rows.length, maxLength: rows.length }),
  );
const upTo = <T>(all: readonly Arrival<T>[], run: number): readonly Arrival<T>[] => all.filter((a) => a.run <= run);

async function stateAfter(mode: 'append' | 'replace', states: readonly Files[]): Promise<Canonical> {
  const dir = await makeProject(orderProject(mode));
  let before: Files = {};
  for (const files of states) {
    const gone = Object.fromEntries(Object.keys(before).map((path): [string, null] => [path, null]));
    await put(dir, { ...gone, ...files });
    expectBalanced(await buildWell(dir));
    before = files;
  }
  return canonical(dir);
}

describe('what is published does not depend on how it arrived', () => {
  test('rows in any order, files and runs give what they give all at once', { timeout: patience }, async () => {
    const all = fc.record({ payments: arrivals(paymentRow), contacts: arrivals(contactRow), refs: arrivals(refRecord) });
    await fc.assert(
      fc.asyncProperty(all, async ({ payments, contacts, refs }) => {
        const states = Array.from({ length: lastRun + 1 }, (_, run) =>
          filesOf({ payments: upTo(payments, run), contacts: upTo(contacts, run), refs: upTo(refs, run) }),
        );
        const once = atOnce({ payments: payments.map((a) => a.row), contacts: contacts.map((a) => a.row), refs: refs.map((a) => a.row) });
        expect(present(await stateAfter('append', states))).toEqual(present(await stateAfter('append', [once])));
      }),
      cases(20),
    );
  });

  test('files that replace each other give what the last of them gives alone', { timeout: patience }, async () => {
    const placed = fc.record({
      payments: some(fc.record({ row: paymentRow, file: pick('a', 'b') })),
      contacts: some(fc.record({ row: contactRow, file: pick('a', 'b') })),
      refs: some(fc.record({ row: refRecord, file: pick('a', 'b') })),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(placed, { minLength: 1, maxLength: 2 }), placed, async (earlier, last) => {
        const replaced = await stateAfter('replace', [...earlier, last].map(filesOf));
        expect(present(replaced)).toEqual(present(await stateAfter('replace', [filesOf(last)])));
      }),
      cases(20),
    );
  });

  const known: Observations = {
    payments: [['P1', 'C1', 'Ann', '10.50', 'EUR', '05/03/2025']],
    contacts: [
      ['C1', 'Ann', 'ann@x.co', 'P1', '2025-03-05'],
      ['C2', 'Bob', 'bob@x.co', 'P2', '2025-03-05'],
    ],
    refs: [{ id: 'R1', contact: 'C1' }],
  };

  test('a row that comes late with an old date does not replace a newer one', async () => {
    const late: Observations = { ...known, contacts: [...known.contacts, ['C1', 'Old Ann', 'old@x.co', 'P9', '2020-01-01']] };
    const state = await stateAfter('append', [atOnce(known), atOnce(late)]);
    expect(present(state)).toEqual(present(await stateAfter('append', [atOnce(late)])));
    expect(state['silver.contacts']?.map((row): unknown => JSON.parse(row))).toMatchObject([{ name: 'Ann' }, { name: 'Bob' }]);
  });

  test('a value that proves the order of day and month late gives all earlier rows their date', async () => {
    const proof: Observations = { ...known, payments: [...known.payments, ['P2', 'C2', 'Bob', '7', 'EUR', '13/02/2025']] };
    const dir = await makeProject({ ...orderProject('append'), files: atOnce(known) });
    await buildWell(dir);
    expect((await canonical(dir))['quarantine.payments']).toHaveLength(1);
    await put(dir, atOnce(proof));
    expectBalanced(await buildWell(dir));
    const state = await canonical(dir);
    expect(state['silver.payments']?.map((row): unknown => JSON.parse(row))).toMatchObject([
      { paid_on: '2025-03-05' },
      { paid_on: '2025-02-13' },
    ]);
    expect(present(state)).toEqual(present(await stateAfter('append', [atOnce(proof)])));
  });

  test('a row that is gone is gone, though nothing proves any longer how it was read', async () => {
    const ambiguous: PaymentRow = ['P1', 'C1', 'Ann', '10.50', 'EUR', '05/03/2025'];
    const proof: PaymentRow = ['P1', 'C1', 'Ann', '10.50', 'EUR', '13/02/2025'];
    const plain: PaymentRow = ['P2', 'C2', 'Bob', '7', 'EUR', '2025-03-05'];
    const [before, after] = [atOnce({ ...known, payments: [ambiguous, proof] }), atOnce({ ...known, payments: [plain] })];
    expect(present(await stateAfter('replace', [before, after]))).toEqual(present(await stateAfter('replace', [after])));
  });

  test('a value is read under the name that its file gives it now', async () => {
    const config = oneTable(
      { path: 'in/a.csv', mode: 'replace' },
      { key: 'id', columns: { id: 'id', name: { from: 'name', optional: true } } },
    );
    const corrected = 'id,name\n1,Ann\n';
    const dir = await makeProject({ config, files: { 'in/a.csv': 'id,nmae\n1,Ann\n' } });
    await buildWell(dir);
    await put(dir, { 'in/a.csv': corrected });
    await buildWell(dir);
    const once = await makeProject({ config, files: { 'in/a.csv': corrected } });
    await buildWell(once);
    expect(present(await canonical(dir))).toEqual(present(await canonical(once)));
  });

  test('a rule that looks at its own table says the same however rows came', async () => {
    const config = oneTable(
      { path: 'in/*.csv' },
      { key: 'id', columns: { id: 'id', parent: 'parent' }, rules: [{ rule: 'relationship', column: 'parent', to: 't.id' }] },
    );
    const files = { 'in/a.csv': 'id,parent\n1,9\n2,1\n', 'in/b.csv': 'id,parent\n3,\n', 'in/c.csv': 'id,parent\n9,\n' };
    const [cut, once] = [await makeProject({ config }), await makeProject({ config, files })];
    for (const [path, content] of Object.entries(files)) {
      await put(cut, { [path]: content });
      await buildWell(cut);
    }
    await buildWell(once);
    expect(present(await canonical(cut))).toEqual(present(await canonical(once)));
  });
});

const oneTable = (stream: Config, table: Config): Config => ({
  name: 'one',
  sources: { s: { connector: 'file', streams: { x: stream } } },
  tables: { t: { from: 's.x', ...table } },
});

describe('a build without a change', () => {
  test('publishes nothing and leaves the pointer as it is', { timeout: patience }, async () => {
    await fc.assert(
      fc.asyncProperty(observations, pick('append', 'replace'), async (all, mode) => {
        const dir = await makeProject({ ...orderProject(mode === 'append' ? 'append' : 'replace'), files: atOnce(all) });
        await buildWell(dir);
        const [pointer, state] = [await currentJson(dir), await canonical(dir)];
        const again = await buildIn(dir);
        expect(again).toMatchObject({ published: false, changed: [], ledger: [] });
        expect(await currentJson(dir)).toEqual(pointer);
        expect(await canonical(dir)).toEqual(state);
      }),
      cases(8),
    );
  });
});

describe('a definition that is changed and changed back', () => {
  test('gives what it gave before', { timeout: patience }, async () => {
    await fc.assert(
      fc.asyncProperty(observations, async (all) => {
        const { config, models = {} } = orderProject('append');
        const dir = await makeProject({ config, models, files: atOnce(all) });
        await buildWell(dir);
        const state = await canonical(dir);
        for (const definition of [otherwise(config), config]) {
          await configure(dir, definition);
          const result = await buildWell(dir);
          expectBalanced(result);
          const reread = result.ledger.filter((l) => l.scope === 'table' && l.line === 'read').map((l) => l.name);
          expect(reread).toEqual(['contacts', 'payments']);
        }
        expect(present(await canonical(dir))).toEqual(present(state));
      }),
      cases(8),
    );
  });
});

/** The same project, with names of contacts in capitals, no rule for them, and the day first in dates. */
function otherwise(config: Config): Config {
  const text = JSON.stringify(config)
    .replace('"name":"name","email"', '"name":{"type":"text","from":"name","case":"upper","default":"NOBODY"},"email"')
    .replace('[{"rule":"unique","column":"email"}]', '[]')
    .replace('"paid_on":{"from":"paid_on","type":"date"}', '"paid_on":{"from":"paid_on","type":"date","order":"day_first"}');
  const other: Config = JSON.parse(text);
  return other;
}
