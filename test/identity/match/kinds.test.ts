import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { openDuckDb } from '../../../src/engine/duckdb/duckdb.js';
import type { Engine } from '../../../src/engine/engine.js';
import { attributeKind, attributeKinds, kindByName } from '../../../src/identity/match/attributes/registry.js';
import { codeOf } from '../../../src/identity/match/compare.js';
import type { Matched } from '../../../src/identity/match/features.js';
import { featureColumn } from '../../../src/identity/match/features.js';
import { id, join, sql } from '../../../src/sql/tag.js';

let engine: Engine;
beforeAll(async () => {
  engine = await openDuckDb({ path: ':memory:', threads: 1 });
});
afterAll(() => engine.close());

/** The rung on which two values of a kind stand; of two attributes, as `{kind: value}`, the rung of the first. */
async function rung(left: Readonly<Record<string, string>>, right: Readonly<Record<string, string>>): Promise<string | null> {
  const all: Matched[] = Object.keys(left).map((name) => ({ name, kind: attributeKind(name) }));
  const [first] = all;
  if (first === undefined) throw new Error('no kind');
  const side = (values: Readonly<Record<string, string>>) => {
    const columns = all.flatMap(({ name, kind }) => {
      const features = kind.features(id('given', name));
      const made = Object.entries(features).map(([feature, value]) => sql`${value} AS ${id(featureColumn(name, feature))}`);
      if (features['list'] === undefined) return made;
      // Every word tells as much as any other.
      const tokens = sql`list_transform(list_distinct(${features['list']}), lambda w: (hash(w) % 1000000)::BIGINT * 1024 + 100)`;
      return [
        ...made,
        sql`${tokens} AS ${id(featureColumn(name, 'tokens'))}`,
        sql`len(${tokens}) * 100 AS ${id(featureColumn(name, 'whole'))}`,
      ];
    });
    const given = Object.entries(values).map(([name, value]) => sql`${value}::VARCHAR AS ${id(name)}`);
    return sql`SELECT ${join(columns)} FROM (SELECT ${join(given)}) AS given`;
  };
  await engine.run(sql`CREATE OR REPLACE TEMP TABLE side_l AS ${side(left)}`);
  await engine.run(sql`CREATE OR REPLACE TEMP TABLE side_r AS ${side(right)}`);
  const [row] = await engine.rows(
    sql`SELECT ${codeOf(first, all, 'l', 'r')}::INTEGER AS code FROM side_l l, side_r r`,
    z.object({ code: z.number() }),
  );
  const code = row?.code ?? 0;
  const names = ['nothing to compare', 'disagree', ...first.kind.levels.map((level) => level.name).reverse()];
  return names[code] ?? null;
}

describe.each([
  ['given_name', 'Jürgen', 'JUERGEN', 'a slip'],
  ['given_name', 'José', 'jose', 'equal'],
  ['given_name', 'William', 'Bill', 'another form of the name'],
  ['given_name', 'Anna Maria', 'Anna', 'another form of the name'],
  ['given_name', 'J', 'John', 'an initial'],
  ['given_name', 'Jonathon', 'Jonathan', 'another form of the name'],
  ['given_name', 'Margret', 'Margrit', 'a slip'],
  ['given_name', 'Peter', 'Susan', 'disagree'],
  ['given_name', '  ', 'Susan', 'nothing to compare'],
  ['family_name', "O'Brien", 'OBrien', 'equal'],
  ['family_name', 'Smith-Jones', 'Jones', 'part of a compound name'],
  ['family_name', 'Smith', 'Smyth', 'a slip'],
  ['family_name', 'Meier', 'Schulz', 'disagree'],
  ['name', 'John Smith', 'SMITH, JOHN', 'equal'],
  ['name', 'Dr. John Smith', 'john smith', 'equal'],
  ['name', 'John Smith', 'JOHN SMITH JR.', 'equal but for `Jr.` or the like'],
  ['name', 'Bill Gates', 'William Gates', 'another form of the name'],
  ['name', 'J. Smith', 'John Smith', 'half of it, and the initials'],
  ['email', 'Ann.Lee@Mail.example', 'ann.lee@mail.example ', 'equal'],
  ['email', 'ann.lee+x@mail.example', 'ann.lee@other.example', 'the same before the @'],
  ['phone', '+44 7700 900123', '07700 900123', 'equal'],
  ['phone', '07700900123', '07700900132', 'a digit off'],
  ['date', '1970-03-04', '19700304', 'equal'],
  ['date', '1970-03-04', '1970-04-03', 'day and month swapped'],
  ['date', '1970-03-14', '1970-03-15', 'a digit off'],
  ['date', '1970-03-14', '1982-11-30', 'disagree'],
  ['address', '12 Main Street', '12 main st.', 'equal'],
  ['address', '12 Main Street', '12 Mian Street', 'a slip'],
  ['address', '12 Main Street', '40 Main Street', 'the street, another number'],
  ['address', '12 Long Acre Road', 'Long Acre Road', 'mostly the same words'],
  ['company', 'Acme Ltd.', 'ACME LIMITED', 'equal'],
  ['company', 'International Business Machines', 'IBM', 'one within the other, or in short'],
  ['text', 'the art of computer programming', 'art of computer programming', 'nearly all telling words'],
  ['text', 'one thing', 'another matter', 'disagree'],
  ['number', '100', '105', 'within a tenth'],
  ['coordinates', '52.5200, 13.4050', '52.5201,13.4051', 'within 20 metres'],
  ['category', 'F', 'f', 'equal'],
  ['code', 'DE-123456', 'de123456', 'equal'],
  ['code', '123456', '123465', 'a slip'],
])('%s', (kind, left, right, expected) => {
  test(`${left} and ${right}: ${expected}`, async () => {
    expect(await rung({ [kind]: left }, { [kind]: right })).toBe(expected);
    expect(await rung({ [kind]: right }, { [kind]: left })).toBe(expected);
  });
});

test('a given and a family name that were swapped are recognised', async () => {
  const [left, right] = [
    { given_name: 'Lee', family_name: 'Ann' },
    { given_name: 'Ann', family_name: 'Lee' },
  ];
  expect(await rung(left, right)).toBe('first and family name swapped');
});

test('hostile values are compared like any other', async () => {
  for (const kind of attributeKinds) {
    for (const value of [`'; DROP TABLE x; -- \u0000 %_\\ ٣٤٥`, '😀'.repeat(300)]) {
      expect(await rung({ [kind.name]: value }, { [kind.name]: value })).toMatch(/nothing to compare|equal|within/);
    }
  }
});

test('the name of an attribute says its kind, also by its last words', () => {
  expect(['surname', 'home_phone', 'customerEmail', 'date_of_birth', 'billing_zip_code', 'gender', 'ssn'].map(kindByName)).toEqual([
    'family_name',
    'phone',
    'email',
    'date',
    'postcode',
    'category',
    'code',
  ]);
  expect(kindByName('xyz')).toBe(null);
});

test('kinds have the most rungs that a pattern can hold, and say each alias once', () => {
  for (const kind of attributeKinds) expect(kind.levels.length).toBeLessThanOrEqual(6);
  const aliases = attributeKinds.flatMap((k) => k.aliases);
  expect(aliases.length).toBe(new Set(aliases).size);
});
