import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BuildResult, Reader } from '../../src/index.js';
import { build, openProject, openReader, realEffects } from '../../src/index.js';
import { trusted } from '../../src/sql/tag.js';
import { generators } from '../../src/testing/generate/index.js';
import { startUtility } from '../support/utility.js';

// Data of the reference system lies beside the checkout on machines that have it; elsewhere that half is skipped.
const reference = resolve(import.meta.dirname, '../../../shared/systems/utility/data');
const there = existsSync(reference);
if (!there) process.stdout.write(`skipped: no reference system at ${reference}\n`);

const folders: string[] = [];
const newFolder = async (): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), 'onefold-utility-'));
  folders.push(folder);
  return folder;
};
afterAll(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true }))));

interface Built {
  readonly result: BuildResult;
  readonly again: BuildResult;
  readonly rows: (query: string) => Promise<readonly unknown[]>;
}

async function built(data: string): Promise<Built> {
  const database = await startUtility(data);
  process.env['ONEFOLD_UTILITY_URL'] = database.url;
  try {
    const store = await newFolder();
    const project = await openProject(resolve(import.meta.dirname, '../../examples/utility'), { store });
    const options = { asOf: new Date('2026-01-01'), effects: realEffects() };
    const result = await build(project, options);
    const again = await build(project, options);
    const { engine }: Reader = await openReader(store);
    return { result, again, rows: async (query) => (await engine.table(trusted(query))).rows.map((row) => Object.values(row)) };
  } finally {
    delete process.env['ONEFOLD_UTILITY_URL'];
    await database.stop();
  }
}

const lines = (result: BuildResult): Readonly<Record<string, number>> =>
  Object.fromEntries(result.ledger.filter((l) => l.scope === 'table' && l.name === 'consumers').map((l) => [l.line, l.rows]));

describe.skipIf(!there)('utility, on the data of the reference system, from PostgreSQL', () => {
  let u: Built;
  beforeAll(async () => {
    u = await built(reference);
  }, 120_000);

  it('accounts for each of the 8 rows: 3 stand, 1 is a copy, 4 are set aside', () => {
    expect(u.result).toMatchObject({ status: 'success', imbalances: [] });
    expect(lines(u.result)).toMatchObject({ read: 8, inserted: 3, duplicate: 1, quarantined: 4 });
    expect(u.result.tables).toMatchObject([
      {
        rows: 3,
        quarantined: 4,
        reasons: {
          'the key consumer_id is missing': 1,
          'name_given is missing': 1,
          'name_family is missing': 2,
          'address_line_1 is missing': 1,
        },
      },
    ]);
  });

  it('takes names and addresses apart from the end that is sure', async () => {
    expect(
      await u.rows(
        'SELECT consumer_id, first_name, middle_name, last_name, address_line_1, address_line_2, city, state, postal_code FROM gold.consumer',
      ),
    ).toEqual([
      ['1', 'Asha', null, 'Rao', '12 Lake Rd', 'Flat 4', 'Pune', 'MH', '411001'],
      // The reference would have her in the city TX with the state 73301, and call her Mary, family name Ann Smith.
      ['3', 'Mary', 'Ann', 'Smith', '9 Hill St', null, 'Austin', 'TX', '73301'],
      // And here the city Bldg C, the state Reno, the postcode "NV, 89501".
      ['5', 'Jo', null, 'Li', '1 A St', 'Apt 2, Bldg C', 'Reno', 'NV', '89501'],
    ]);
  });

  it('nulls what can’t be read, keeps it beside, and warns', async () => {
    expect(await u.rows('SELECT consumer_id, phone, contact_number, email FROM gold.consumer')).toEqual([
      ['1', '+919876543210', '+91 98765 43210', 'asha@x.in'],
      ['3', '+15125550101', '512-555-0101', 'mary@x.com'],
      ['5', '+17755550103', '7755550103', null],
    ]);
    expect(u.result.tables[0]?.warned).toMatchObject({ 'email.type': 1, 'phone.type': 1, 'address.regex': 2 });
  });

  it('has a home for the five columns that the reference drops', async () => {
    expect(await u.rows('SELECT * FROM gold.account')).toEqual([
      ['A1', '1', 'M1', 'RES', 'paid', '3', '360'],
      ['A3', '3', 'M3', 'RES', 'due', null, null],
      ['A5', '5', 'M5', 'RES', 'overdue', '3', '187'],
    ]);
  });

  it('publishes nothing new when nothing is new', () => {
    expect(u.again).toMatchObject({ status: 'success', published: false, changed: [] });
  });
});

describe('utility, on generated data, from PostgreSQL', () => {
  let u: Built;
  beforeAll(async () => {
    const data = await newFolder();
    await generators.find(({ name }) => name === 'utility')?.write({ out: data, seed: 42, customers: 400 });
    u = await built(data);
  }, 120_000);

  it('accounts for every row', () => {
    expect(u.result).toMatchObject({ status: 'success', imbalances: [] });
    expect(lines(u.result)).toMatchObject({ read: 410, duplicate: 8 });
  });

  it('sets all rows of a consumer aside that contradict each other', async () => {
    expect(u.result.tables[0]?.reasons).toMatchObject({ 'versions is above 1': 4 });
    expect(await u.rows(`SELECT count(*)::INT FROM quarantine.consumers WHERE list_contains(rules, 'consumer_id.contradicting')`)).toEqual([
      [4],
    ]);
  });

  it('finds a state and a postcode at the end of every address', async () => {
    expect(await u.rows(`SELECT * FROM gold.consumer WHERE NOT regexp_matches(state, '^[A-Z]{2}$') OR city = state`)).toEqual([]);
  });

  it('publishes nothing new when nothing is new', () => {
    expect(u.again).toMatchObject({ status: 'success', published: false, changed: [] });
  });
});
