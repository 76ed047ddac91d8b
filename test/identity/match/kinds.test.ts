import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { openDuckDb } from '../../../src/engine/duckdb/duckdb.js';
import type { Engine } from '../../../src/engine/engine.js';
import { attributeKind, attributeKinds, kindByName } from '../../../src/identity/match/attributes/registry.js';
import { codeOf } from '../../../src/identity/match/compare.js';
import { withLevels } from '../../../src/identity/match/custom.js';
import type { Matched } from '../../../src/identity/match/features.js';
import { featureColumn, madeOf } from '../../../src/identity/match/features.js';
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
    const given = Object.entries(values).map(([name, value]) => sql`${value}::VARCHAR AS ${id(featureColumn(name, 'raw'))}`);
    const { relation, columns } = madeOf(all, sql`(SELECT ${join(given)})`);
    const selected = columns.flatMap(({ attribute, feature, made }) => {
      const column = (name: string) => id(featureColumn(attribute.name, name));
      if (feature !== 'list') return [sql`${made} AS ${column(feature)}`];
      // Every word tells as much as any other.
      const tokens = sql`list_transform(list_distinct(${made}), lambda w: (hash(w) % 1000000)::BIGINT * 1024 + 100)`;
      return [sql`${made} AS ${column(feature)}`, sql`${tokens} AS ${column('tokens')}`, sql`len(${tokens}) * 100 AS ${column('whole')}`];
    });
    return sql`SELECT ${join(selected)} FROM ${relation}`;
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
  ['name', 'SMITH, JOHN A., M.D.', 'John A Smith', 'equal'],
  ['name', 'John Smith Jr., PhD', 'john smith', 'equal but for `Jr.` or the like'],
  ['name', 'John Smith', 'JOHN SMITH JR.', 'equal but for `Jr.` or the like'],
  ['name', 'Bill Gates', 'William Gates', 'another form of the name'],
  ['name', 'J. Smith', 'John Smith', 'half of it, and the initials'],
  ['email', 'Ann.Lee@Mail.example', 'ann.lee@mail.example ', 'equal'],
  ['email', 'ann.lee+x@mail.example', 'ann.lee@other.example', 'the same before the @'],
  ['phone', '+44 7700 900123', '07700 900123', 'equal'],
  ['phone', '07700900123', '07700900132', 'a digit off'],
  ['date', '1970-03-04', '19700304', 'equal'],
  ['date', '1970-03-04', '1970-04-03', 'day and month swapped'],
  ['date', '1970-03-14', '1970-03-15', 'a few days apart'],
  ['date', '1970-03-14', '1978-03-14', 'a digit off'],
  ['date', '1970-03-14', '1982-11-30', 'disagree'],
  ['address', '12 Main Street', '12 main st.', 'equal'],
  ['address', '12 Main Street', '12 Mian Street', 'a slip'],
  ['address', '12 Main Street', '40 Main Street', 'the street, another number'],
  ['address', '12 Long Acre Road', 'Long Acre Road', 'mostly the same words'],
  ['company', 'Acme Ltd.', 'ACME LIMITED', 'equal'],
  ['company', 'Hierro Construcciones, Sociedad Limitada', 'HIERRO CONSTRUCCIONES S.L.', 'equal'],
  ['company', 'Al Fajr Petroleum S.A.R.L.', 'Al Fajr Petroleum sarl', 'equal'],
  ['company', 'Sokol Serwis Spółka z o.o.', 'Sokol Serwis Sp. z o. o.', 'equal'],
  ['company', 'J. P. Amber & Co', 'JP Amber', 'equal'],
  ['company', 'S.A.', 'SA', 'equal'],
  ['company', 'S.A.', 'A.S.', 'disagree'],
  ['company', 'International Business Machines', 'IBM', 'one within the other, or in short'],
  ['text', 'the art of computer programming', 'art of computer programming', 'nearly all telling words'],
  ['text', 'one thing', 'another matter', 'disagree'],
  ['text', 'Schraube M8X40 DIN 933 verzinkt', 'Schraube M8X45 DIN 933 verzinkt', 'alike, but for a number'],
  ['text', 'Schraube M8X40 DIN 933 verzinkt', 'Schraube M 8 x 40 DIN 933 verzinkt A2', 'a slip, or most telling words'],
  ['text', 'Essentials of immunology vol. 2', 'Essentials of immunology', 'a slip, or most telling words'],
  ['house_number', '12 A', '12a', 'equal'],
  ['house_number', '12', '12a', 'with a letter or so'],
  ['house_number', '124', '142', 'a digit off'],
  ['house_number', '12', '40', 'disagree'],
  ['number', '100', '105', 'a digit off'],
  ['number', '1964', '1965', 'one apart'],
  ['number', '1964', '1946', 'a digit off'],
  ['number', '1002.5', '1049.9', 'within a tenth'],
  ['number', '$1,250.00', '1250', 'equal'],
  ['number', '12,5', '12.5', 'equal'],
  ['date', '14.03.1970', '1970-03-14', 'equal'],
  ['date', '0000-00-00', '0000-00-00', 'nothing to compare'],
  ['date', '2022-02-27', '2022-03-04', 'a few days apart'],
  ['date', '12 March 1980', '12/03/1980', 'equal'],
  ['date', 'Mon, March 12th, 1980', '12-Mar-80', 'equal'],
  ['date', '3 août 2001', '3. August 2001', 'equal'],
  ['date', '12 March 1980', '12 November 1980', 'two of year, month and day'],
  ['date', '25.12.80', '80-12-25', 'equal'],
  ['date', 'March 1980', '12 April 1980', 'the same year'],
  ['people', 'Ann Lee, Bob Ray', 'B. Ray and A. Lee', 'one within the other'],
  ['people', 'Ann Lee, Bob Ray', 'Lee, A. et al.', 'one within the other'],
  ['collection', 'Very Large Data Bases', 'VLDB', 'one within the other, or in short'],
  ['company', 'Univ. of Leeds', 'The University of Leeds', 'equal'],
  ['family_name', 'Smith', 'Jones', 'disagree'],
  ['text', 'JOSEPH SAN', 'Joseph Sanchez salary 3235', 'many telling words, or one within the other'],
  ['website', 'http://www.acme.example/', 'acme.example', 'equal'],
  ['website', 'https://www.Acme-Tools.example/contact?x=1', 'acmetools.example', 'the same site'],
  ['website', 'shop.acme.co.uk', 'acme.com', 'another ending'],
  ['website', 'acmetools.example', 'acmetool.example', 'a slip'],
  ['website', 'acme.example', 'zenith.example', 'disagree'],
  ['website', 'https://', 'zenith.example', 'nothing to compare'],
  ['email[]', '[ann@x.example, a.lee@y.example]', '[a.lee@y.example, other@z.example]', 'equal'],
  ['email[]', '["ann@x.example"]', 'bob@other.example', 'disagree'],
  ['phone[]', '[07700900123, 07700900999]', '[07700900132]', 'a digit off'],
  ['phone[]', '[]', '[07700900132]', 'nothing to compare'],
  ['given_name[]', '[William, Fred]', '[Bill]', 'another form of the name'],
  ['company[]', '[Acme Ltd., Zenith]', '[Zenith, ACME]', 'equal'],
  ['pages', 'pp. 1301--1327', 'pages 1301-27', 'equal'],
  ['pages', '(0012 – 19)', '12-19', 'equal'],
  ['pages', '460', '460-468', 'the same first page'],
  ['pages', '357-369', '375-369', 'a slip'],
  ['pages', '5-12', '66-76', 'disagree'],
  ['pages', 'pages', '66-76', 'nothing to compare'],
  ['coordinates', '52.5200, 13.4050', '52.5201,13.4051', 'within 20 metres'],
  ['degrees', '52.52004', '52.52012', 'within 0.0002°'],
  ['degrees', '-0.1278', '-0,1290', 'within 0.002°'],
  ['degrees', '13.405', '13.5', 'within 0.2°'],
  ['degrees', '0', '13.405', 'nothing to compare'],
  ['degrees', '1e300', '13.405', 'nothing to compare'],
  ['degrees', 'NaN', '13.405', 'nothing to compare'],
  ['category', 'F', 'f', 'equal'],
  ['category', 'Female', 'f', 'equal'],
  ['category', 'DE', 'Deutschland', 'equal'],
  ['category', 'DEU', 'Germany', 'equal'],
  ['category', 'U.S.A.', 'United States', 'equal'],
  ['category', 'Österreich', 'Australia', 'disagree'],
  ['code', 'DE-123456', 'de123456', 'equal'],
  ['code', '123456', '123465', 'a slip'],
  ['code', 'ES911839523', '911 839 523', 'equal'],
  ['code', '0012345', '12345', 'equal'],
  ['code', 'DE911839523', 'ES911839523', 'disagree'],
  ['code', 'V40534', 'C-40534', 'a slip'],
  ['number', '1982-12-16', '1982', 'equal'],
  ['number', '12/16/1982', '1981', 'one apart'],
  ['number', '8.60 %', '8.6', 'equal'],
  ['contact', 'Ms. Anna Birch', 'BIRCH, ANNA', 'equal'],
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

test('single words that no other word is in are no part of each other, however many there are', async () => {
  const names = Array.from({ length: 60 }, (_, i) => `${'abcdefghij'[i % 10]}${'klmnopqrst'[Math.floor(i / 10)]}${i}zz`);
  for (const name of names) expect(await rung({ family_name: 'qqqqqqqq' }, { family_name: name })).toBe('disagree');
});

test('a ladder that the project wrote sees the values as they are', async () => {
  const kind = withLevels(attributeKind('code'), [
    { name: 'equal', sql: 'left_value = RIGHT_VALUE' },
    { name: 'same country', sql: "left(left_value, 2) = left(right_value, 2) AND 'left_value' <> right_value" },
  ]);
  const all = [{ name: 'vat', kind }];
  const rungOf = async (left: string, right: string): Promise<number> => {
    const side = (value: string) => {
      const { relation, columns } = madeOf(all, sql`(SELECT ${value}::VARCHAR AS "vat.raw")`);
      return sql`SELECT ${join(columns.map((c) => sql`${c.made} AS ${id(featureColumn('vat', c.feature))}`))} FROM ${relation}`;
    };
    const [row] = await engine.rows(
      sql`SELECT ${codeOf({ name: 'vat', kind }, all, 'l', 'r')}::INTEGER AS code FROM (${side(left)}) l, (${side(right)}) r`,
      z.object({ code: z.number() }),
    );
    return row?.code ?? -1;
  };
  expect([await rungOf('DE1', 'DE1'), await rungOf('DE1', 'DE2'), await rungOf('DE1', 'de1'), await rungOf('DE1', 'FR1')]).toEqual([
    3, 2, 1, 1,
  ]);
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
  expect(['registration_number', 'number_of_rooms', 'street_number'].map(kindByName)).toEqual(['code', 'number', 'number']);
  expect(['first_and_surname', 'subscriber_name', 'house', 'MobilePhone'].map(kindByName)).toEqual([
    'name',
    'name',
    'house_number',
    'phone',
  ]);
  expect(['lat', 'shop_longitude', 'geo_lng'].map(kindByName)).toEqual(['degrees', 'degrees', 'degrees']);
  expect(['address_2', 'fname_c1', 'phone_home', 'firstName', 'authors'].map(kindByName)).toEqual([
    'address',
    'given_name',
    'phone',
    'given_name',
    'people',
  ]);
  expect(['Email_Domain__c', 'LOC_ADDR_LN1', 'company_website', 'cust_ln'].map(kindByName)).toEqual([
    'website',
    'address',
    'website',
    'family_name',
  ]);
  expect(['PSTLZ', 'ORT01', 'SMTP_ADDR', 'address1_postalcode', 'telefono_movil', 'apellidos'].map(kindByName)).toEqual([
    ...['postcode', 'city', 'email', 'postcode', 'phone', 'family_name'],
  ]);
  // What is said of something is not what it is.
  expect(['last_login', 'first_seen', 'last_gift', 'code_used', 'xyz'].map(kindByName)).toEqual([null, null, null, null, null]);
});

test('kinds have the most rungs that a pattern can hold, and say each alias once', () => {
  for (const kind of attributeKinds) expect(kind.levels.length).toBeLessThanOrEqual(6);
  const aliases = attributeKinds.flatMap((k) => k.aliases);
  expect(aliases.length).toBe(new Set(aliases).size);
});
