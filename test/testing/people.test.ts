import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type GenerateOptions, generators } from '../../src/testing/generate/index.js';
import { csv, rowsOf } from './duckdb.js';

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'people-'));
  await generate('normal', { customers: 4000 });
});
afterAll(() => rm(dir, { recursive: true }));

async function generate(out: string, options: Partial<GenerateOptions> = {}) {
  const people = generators.find(({ name }) => name === 'people');
  if (people === undefined) throw new Error('no generator people');
  return people.write({ seed: 42, customers: 500, truth: true, ...options, out: join(dir, out) });
}

const file = (out: string, name: string): string => csv(join(dir, out, name));
const fields = [
  'given_name',
  'family_name',
  'birth_date',
  'gender',
  'national_id',
  'email',
  'phone',
  'street',
  'city',
  'postcode',
  'country',
];

/** Every field of every record with what its person has, and the corruptions that the truth lists. */
async function differences(out: string, data = 'records.csv') {
  const cells = fields
    .map(
      (field) =>
        `SELECT r.record_id, r.row_number, '${field}' AS field, r.${field} AS written, p.${field} AS clean FROM found r JOIN person p USING (entity_id)`,
    )
    .join(' UNION ALL ');
  return rowsOf(`
    WITH found AS (SELECT r.*, t.entity_id FROM ${file(out, data)} r JOIN ${file(out, 'truth/records.csv')} t ON t.id = r.record_id),
      person AS (SELECT * FROM ${file(out, 'truth/persons.csv')}),
      cells AS (${cells}),
      listed AS (SELECT "row"::BIGINT AS row_number, field, written, clean, string_agg(kind, ' ') AS kinds
        FROM ${file(out, 'truth/corruptions.csv')} WHERE file = '${data}' AND field <> '' GROUP BY ALL)
    SELECT field, written <> clean AS differs, kinds IS NOT NULL AS is_listed, count(*)::INTEGER AS n
    FROM cells LEFT JOIN listed USING (row_number, field, written, clean) GROUP BY ALL`);
}

describe('records of persons', () => {
  test('are all of a person of the truth', async () => {
    const [found] = await rowsOf(`SELECT
      (SELECT count(*)::INTEGER FROM ${file('normal', 'records.csv')} WHERE record_id NOT IN (SELECT id FROM ${file('normal', 'truth/records.csv')})) AS unknown,
      (SELECT count(*)::INTEGER FROM ${file('normal', 'truth/records.csv')} WHERE entity_id NOT IN (SELECT entity_id FROM ${file('normal', 'truth/persons.csv')})) AS orphans,
      (SELECT count(*) - count(DISTINCT id) FROM ${file('normal', 'truth/records.csv')})::INTEGER AS twice`);
    expect(found).toEqual({ unknown: 0, orphans: 0, twice: 0 });
  });

  test('differ from their person in exactly the fields that the truth lists', async () => {
    for (const { field, differs, is_listed } of await differences('normal')) expect(is_listed, String(field)).toBe(differs);
  });

  test('are clean without dirt', async () => {
    await generate('clean', { dirt: 'none' });
    expect((await differences('clean')).some(({ differs }) => differs)).toBe(false);
    expect(await rowsOf(`SELECT * FROM ${file('clean', 'truth/corruptions.csv')}`)).toEqual([]);
  });

  test('are two to a person in the mean, one to five, mostly in different systems', async () => {
    const counts = await rowsOf(`SELECT n, count(*)::INTEGER AS persons FROM
      (SELECT count(*)::INTEGER AS n FROM ${file('normal', 'truth/records.csv')} GROUP BY entity_id) GROUP BY n ORDER BY n`);
    expect(counts.map(({ n }) => n)).toEqual([1, 2, 3, 4, 5]);
    for (const [at, share] of [0.45, 0.28, 0.14, 0.08, 0.05].entries()) expect(Number(counts[at]?.persons) / 4000).toBeCloseTo(share, 1);
  });

  test('have each kind of dirt, more of it for a greater factor, and none for 0', async () => {
    const kinds = async (out: string): Promise<Record<string, number>> => {
      const rows = await rowsOf(`SELECT kind, count(*)::INTEGER AS n FROM ${file(out, 'truth/corruptions.csv')} GROUP BY kind`);
      return Object.fromEntries(rows.map(({ kind, n }) => [String(kind), Number(n)]));
    };
    await generate('usual');
    await generate('typos', { dirt: '{"typo":3,"missing":0}' });
    const [usual, typos] = [await kinds('usual'), await kinds('typos')];
    for (const kind of ['typo', 'nickname', 'case', 'format', 'swapped', 'missing', 'moved', 'married', 'shared', 'repeated'])
      expect(usual[kind], kind).toBeGreaterThan(0);
    expect(Number(typos['typo']) / Number(usual['typo'])).toBeGreaterThan(2);
    expect(typos['missing']).toBeUndefined();
  });
});

describe('a population', () => {
  const persons = (): string => file('normal', 'truth/persons.csv');

  test('has names by falling frequency, with many that are rare', async () => {
    const [names] = await rowsOf(`WITH n AS (SELECT family_name, count(*) AS c FROM ${persons()} GROUP BY 1)
      SELECT max(c)::INTEGER AS most, count(*)::INTEGER AS names, count(*) FILTER (c <= 2)::INTEGER AS rare FROM n`);
    expect(Number(names?.most)).toBeGreaterThan(20);
    expect(Number(names?.names)).toBeGreaterThan(800);
    expect(Number(names?.rare) / Number(names?.names)).toBeGreaterThan(0.3);
  });

  test('lives in households with one address, mostly one name, and some shared mailboxes and phones', async () => {
    const [homes] = await rowsOf(`WITH h AS (SELECT household_id, count(*) AS members, count(DISTINCT street || postcode) AS addresses,
        count(DISTINCT email) AS emails, count(DISTINCT phone) AS phones FROM ${persons()} GROUP BY 1)
      SELECT max(addresses)::INTEGER AS addresses, max(members)::INTEGER AS largest, count(*) FILTER (emails < members)::INTEGER AS mail,
        count(*) FILTER (phones < members)::INTEGER AS phone FROM h`);
    expect(homes).toMatchObject({ addresses: 1, largest: 6 });
    expect(Number(homes?.mail)).toBeGreaterThan(0);
    expect(Number(homes?.phone)).toBeGreaterThan(Number(homes?.mail));
  });

  test('gives nobody the mailbox or number of another household', async () => {
    const clash = await rowsOf(`SELECT email FROM ${persons()} GROUP BY 1 HAVING count(DISTINCT household_id) > 1
      UNION ALL SELECT national_id FROM ${persons()} GROUP BY 1 HAVING count(*) > 1`);
    expect(clash).toEqual([]);
  });

  test('has twins, and fathers and sons of one name; none where they are not wanted', async () => {
    const alike = (from: string): Promise<Record<string, unknown>[]> =>
      rowsOf(`SELECT
        (SELECT count(*)::INTEGER FROM (SELECT 1 FROM ${from} GROUP BY household_id, birth_date HAVING count(*) > 1)) AS twins,
        (SELECT count(*)::INTEGER FROM ${from} a JOIN ${from} b USING (household_id, given_name, family_name)
          WHERE a.suffix = 'Jr.' AND b.suffix = '' AND b.birth_date < a.birth_date) AS namesakes`);
    const [some] = await alike(persons());
    expect(Number(some?.twins)).toBeGreaterThan(5);
    expect(Number(some?.namesakes)).toBeGreaterThan(5);
    await generate('distinct', { customers: 2000, dirt: '{"alike":0}' });
    expect(await alike(file('distinct', 'truth/persons.csv'))).toEqual([{ twins: 0, namesakes: 0 }]);
  });
});

describe('deliveries', () => {
  test('end in the data that one delivery has, whatever their number', async () => {
    await generate('one');
    const whole = await rowsOf(`SELECT * EXCLUDE row_number FROM ${file('one', 'records.csv')} ORDER BY ALL`);
    for (const batches of [2, 5]) {
      await generate(`in ${batches}`, { batches });
      const parts = Array.from(
        { length: batches },
        (_, at) => `SELECT *, ${at} AS delivery FROM ${file(`in ${batches}`, `delivery_0${at + 1}/records.csv`)}`,
      );
      const final = await rowsOf(`WITH parts AS (${parts.join(' UNION ALL ')})
        SELECT * EXCLUDE (row_number, delivery) FROM parts QUALIFY updated_at = max(updated_at) OVER (PARTITION BY record_id) ORDER BY ALL`);
      expect(final).toEqual(whole);
    }
  });

  test('hold late and corrected rows, each listed with where it belonged or what became of it', async () => {
    const listed = await rowsOf(`SELECT * FROM ${file('in 5', 'truth/corruptions.csv')} WHERE kind IN ('late', 'corrected')`);
    const late = listed.filter(({ kind }) => kind === 'late');
    expect(late.length).toBeGreaterThan(5);
    for (const { file: at, written, clean } of late) {
      expect(at).toBe(`delivery_0${written}/records.csv`);
      expect(Number(clean)).toBeLessThan(Number(written));
    }
    const corrected = listed.filter(({ kind }) => kind === 'corrected');
    expect(corrected.length).toBeGreaterThan(5);
    for (const { file: at, row, field, written } of corrected) {
      const text = await readFile(join(dir, 'in 5', String(at)), 'utf8');
      expect(field).toBe('street');
      expect(text.split('\n')[Number(row)]).toContain(String(written));
    }
  });
});

describe('how dirty data shall be', () => {
  test.each(['filthy', '21', '-1', '{"typo"', '{"typos":1}', '{"typo":21}', '[1]', ''])('is not said by %s', async (dirt) => {
    await expect(generate('refused', { dirt })).rejects.toMatchObject({ code: 'USAGE' });
  });

  test.each(['none', 'light', 'normal', 'heavy', '0', '1.5', '{}', '{"level":"light"}', '{"level":0,"typo":"heavy"}'])(
    'may be said by %s',
    async (dirt) => {
      expect(await generate('accepted', { dirt, customers: 10 })).not.toHaveLength(0);
    },
  );
});
