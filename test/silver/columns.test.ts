import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDuckDb } from '../../src/engine/duckdb/duckdb.js';
import type { Engine } from '../../src/engine/engine.js';
import { columnTypeNamed } from '../../src/silver/columns/registry.js';
import { layers } from '../../src/silver/layers.js';
import { id, join, sql } from '../../src/sql/tag.js';

let engine: Engine;
beforeAll(async () => {
  engine = await openDuckDb({ path: ':memory:' });
});
afterAll(() => engine.close());

/** What a column type makes of a text: the value as text, null where it can't be read. */
async function read(type: string, text: string, options: Record<string, unknown> = {}, verdict = 'unproven'): Promise<string | null> {
  const { keep, over } = layers();
  const { value } = columnTypeNamed(type).parse(id('t'), options, { keep, verdict, sourceColumn: () => sql`NULL::VARCHAR` });
  const { rows } = await engine.table(sql`SELECT (${value})::VARCHAR AS v FROM (${over(sql`SELECT ${text}::VARCHAR AS t`)})`);
  const v = rows[0]?.['v'];
  return typeof v === 'string' ? v.replace(/(\.\d*?)0+$/, '$1').replace(/\.$/, '') : null;
}

describe('money', () => {
  it.each([
    ['€494,53', '494.53'],
    ['€1,984.31', '1984.31'],
    ['$1.498,05', '1498.05'],
    ['$999.99', '999.99'],
    ['1 234 567,89 €', '1234567.89'],
    ["CHF 1'234.50", '1234.5'],
    ['-12.50', '-12.5'],
    ['$-5.00', '-5'],
    ['(1,200.00)', '-1200'],
    ['12.00-', '-12'],
    ['−7,25', '-7.25'],
    ['EUR 5', '5'],
    ['$5.00 CAD', '5'],
    ['5 Euro', '5'],
    ['0.125', '0.125'],
    ['4137.46955765496', '4137.46955765496'],
    ['1,234,567', '1234567'],
    ['1.234.567', '1234567'],
    ['1.23456789E7', '12345678.9'],
    ['-1.0E10', '-10000000000'],
    ['999999999999999.99', '999999999999999.99'],
  ])('reads %s as %s', async (text, value) => {
    expect(await read('money', text)).toBe(value);
  });

  it.each([
    'abc',
    '12abc34',
    '1.98.4,31',
    '1,23,4.5',
    '--5',
    '5 EUR 5',
    '1e5',
    // As spreadsheets show what they leave digits out of.
    '1.23E+05',
    '1.23E05',
    '1,23E+05',
    '1000000000000000',
    '1.0E15',
    '€',
    '',
    '0x10',
    '1_000',
    'NaN',
    'Infinity',
    "1'; DROP TABLE x",
    'Mar 2025',
    '5 pcs',
    '5 XXX',
  ])('does not read %s', async (text) => {
    expect(await read('money', text)).toBeNull();
  });

  it('leaves what could be either to the verdict of the column', async () => {
    expect(await read('money', '1,234', {}, 'decimal_dot')).toBe('1234');
    expect(await read('money', '1,234', {}, 'decimal_comma')).toBe('1.234');
    expect(await read('money', '1.234', {}, 'decimal_comma')).toBe('1234');
    expect(await read('money', '1.234', {}, 'mixed')).toBeNull();
    expect(await read('money', '1.234', {}, 'unproven')).toBeNull();
    expect(await read('money', '1.234', { decimal: '.' })).toBe('1.234');
    expect(await read('money', '1.234,50', { decimal: '.' })).toBeNull();
  });

  it('keeps the digits of the source, and rounds half up only where a scale is declared', async () => {
    expect(await read('money', '0.123456789012345678')).toBe('0.123456789012345678');
    expect(await read('money', '0.1234567890123456789')).toBeNull();
    expect(await read('money', '2.345', { scale: 2 }, 'decimal_dot')).toBe('2.35');
    expect(await read('money', '-2.345', { scale: 2 }, 'decimal_dot')).toBe('-2.35');
    expect(await read('money', '2.5', { scale: 0 })).toBe('3');
    expect(await read('money', '999999999999999.5')).toBe('999999999999999.5');
    expect(await read('money', '1000000000000000')).toBeNull();
    expect(await read('money', '1000000000000000.00', { scale: 8 })).toBeNull();
  });

  it('takes the currency from its column, else from the sign, else from the default, and sees a contradiction', async () => {
    const currency = async (text: string, column: string | null, options: Record<string, unknown>) => {
      const { keep, over } = layers();
      const parsed = columnTypeNamed('money').parse(id('t'), options, {
        keep,
        verdict: 'unproven',
        sourceColumn: () => sql`${column}::VARCHAR`,
      });
      const broken = (parsed.problems ?? []).map((p) => sql`COALESCE(${p.broken}, FALSE)`);
      const { rows } = await engine.table(
        sql`SELECT ${parsed.companions?.[0] ?? sql`NULL`} AS currency, ${join(broken, ' OR ')} AS contradicts FROM (${over(sql`SELECT ${text}::VARCHAR AS t`)})`,
      );
      return [rows[0]?.['currency'], rows[0]?.['contradicts']];
    };
    expect(await currency('€5.00', 'EUR', { currency: 'c' })).toEqual(['EUR', false]);
    expect(await currency('€5.00', 'USD', { currency: 'c' })).toEqual(['USD', true]);
    expect(await currency('$5.00', 'CAD', { currency: 'c' })).toEqual(['CAD', false]);
    expect(await currency('£5.00', null, { currency: 'c' })).toEqual(['GBP', false]);
    expect(await currency('5.00 chf', null, {})).toEqual(['CHF', false]);
    expect(await currency('5.00', null, {})).toEqual([null, false]);
    expect(await currency('5.00', null, { default_currency: 'USD' })).toEqual(['USD', false]);
    expect(await currency('n/a', 'USD', { currency: 'c' })).toEqual(['USD', false]);
    // Of a sign and a code on the two sides, or in the column, the code decides where the sign allows it.
    expect(await currency('$5.00 CAD', null, {})).toEqual(['CAD', false]);
    expect(await currency('-$5.00 aud', null, {})).toEqual(['AUD', false]);
    expect(await currency('$-5.00 CAD', null, {})).toEqual(['CAD', false]);
    expect(await currency('USD 5 $', 'USD', { currency: 'c' })).toEqual(['USD', false]);
    expect(await currency('C$5', '$', { currency: 'c' })).toEqual(['CAD', false]);
    expect(await currency('€5 USD', null, { default_currency: 'CHF' })).toEqual(['EUR', true]);
    expect(await currency('R$5 USD', null, {})).toEqual(['BRL', true]);
    expect(await currency('USD 5 EUR', 'EUR', { currency: 'c' })).toEqual(['EUR', true]);
    // A column may hold signs and words too, but nothing that is no currency.
    expect(await currency('5 €', '€', { currency: 'c' })).toEqual(['EUR', false]);
    expect(await currency('5 €', 'Euro', { currency: 'c' })).toEqual(['EUR', false]);
    expect(await currency('5 zł', 'PLN', { currency: 'c' })).toEqual(['PLN', false]);
    expect(await currency('5', '£', { currency: 'c' })).toEqual(['GBP', false]);
    expect(await currency('5', 'points', { currency: 'c' })).toEqual([null, true]);
    expect(await currency('5', 'XXX', { currency: 'c' })).toEqual([null, true]);
  });

  it('knows every code that Node knows', async () => {
    for (const code of Intl.supportedValuesOf('currency')) expect(await read('money', `5 ${code}`)).toBe('5');
  });

  it('takes nothing for the decimal sign of the column but what is an amount as a whole', async () => {
    const proven = async (text: string): Promise<readonly string[]> => {
      const { keep, over } = layers();
      const question = columnTypeNamed('money').question(id('t'), {}, keep);
      const proofs = (question?.proofs ?? []).map((p) => sql`CASE WHEN ${p.proves} THEN ${p.answer} END`);
      const { rows } = await engine.table(
        sql`SELECT unnest([${join(proofs)}]) AS answer FROM (${over(sql`SELECT ${text}::VARCHAR AS t`)})`,
      );
      return rows.flatMap((row) => (typeof row['answer'] === 'string' ? [row['answer']] : []));
    };
    expect(await proven('(€1.5)')).toEqual(['decimal_dot']);
    expect(await proven('5,25- chf')).toEqual([]);
    expect(await proven('5,25 chf-')).toEqual(['decimal_comma']);
    expect(await proven('see v2.1')).toEqual([]);
    expect(await proven('5.3.2025, about')).toEqual([]);
    expect(await proven('1.5 m²')).toEqual([]);
  });
});

describe('decimal', () => {
  it.each([
    ['1e-05', undefined, '0.00001'],
    ['-1.25e-07', undefined, '-0.000000125'],
    ['1.5E+10', undefined, '15000000000'],
    ['1.0E10', undefined, '10000000000'],
    ['1.2345E2', undefined, '123.45'],
    ['1.234e-02', undefined, '0.01234'],
    ['9.999e-18', 2, '0'],
    ['9.9e-05', 2, '0'],
    ['5e-03', 2, '0.01'],
    ['1.2345678901234567e-05', 6, '0.000012'],
  ])('reads the power of ten %s (scale %s) as %s', async (text, scale, value) => {
    expect(await read('decimal', text, scale === undefined ? {} : { scale })).toBe(value);
  });

  it.each(['1e5', '1e+20', '1e-300', '1.2345678901234567e-05', 'e-5', '1e-', '12e+3', '1,5e-05'])('does not read %s', async (text) => {
    expect(await read('decimal', text)).toBeNull();
  });
});

describe('date', () => {
  it.each([
    ['2025-03-05', 'unproven', '2025-03-05'],
    ['2025/3/5', 'unproven', '2025-03-05'],
    ['March 01, 2025', 'unproven', '2025-03-01'],
    ['1 Mar 2025', 'unproven', '2025-03-01'],
    ['20250305', 'unproven', '2025-03-05'],
    ['2024-06-20T10:11:12Z', 'unproven', '2024-06-20'],
    ['02/03/2025', 'day_first', '2025-03-02'],
    ['02/03/2025', 'month_first', '2025-02-03'],
    ['02/03/2025', 'unproven', null],
    ['02/03/2025', 'mixed', null],
    ['13/03/2025', 'mixed', '2025-03-13'],
    ['03/13/2025', 'mixed', '2025-03-13'],
    ['05/05/2025', 'mixed', '2025-05-05'],
    ['31/02/2025', 'day_first', null],
    ['2025-02-30', 'unproven', null],
    ['invalid_date', 'unproven', null],
    ['05/03/25', 'day_first', null],
    ['05-MAR-25', 'unproven', null],
    ['Mar 5, 25', 'unproven', null],
    ['05-MAR-2025', 'unproven', '2025-03-05'],
  ])('reads %s where the column is %s as %s', async (text, verdict, value) => {
    expect(await read('date', text, {}, verdict)).toBe(value);
  });

  it('reads only the declared formats where some are', async () => {
    expect(await read('date', '05.03.25', { formats: ['%d.%m.%y'] })).toBe('2025-03-05');
    expect(await read('date', '2025-03-05', { formats: ['%d.%m.%y'] })).toBeNull();
  });

  it('takes %Y for a year of four digits, and goes on to the next format', async () => {
    const formats = ['%d.%m.%Y', '%d.%m.%y'];
    expect(await read('date', '05.03.25', { formats })).toBe('2025-03-05');
    expect(await read('date', '05.03.2025', { formats })).toBe('2025-03-05');
    expect(await read('date', '05.03.25', { formats: ['%d.%m.%Y'] })).toBeNull();
    expect(await read('timestamp', '05.03.25', { formats })).toBe('2025-03-05 00:00:00');
  });
});

describe('timestamp', () => {
  it.each([
    ['2023-02-10T14:15:00Z', {}, '2023-02-10 14:15:00'],
    ['2023-02-10T14:15:00+02:00', {}, '2023-02-10 12:15:00'],
    ['2023-02-10 14:15', {}, '2023-02-10 14:15:00'],
    ['2023/01/15 10:30:00', {}, '2023-01-15 10:30:00'],
    ['2025-03-10T23:40:31.570771', {}, '2025-03-10 23:40:31.570771'],
    ['2023-04-20', {}, '2023-04-20 00:00:00'],
    ['2023-07-01 12:00:00', { timezone: 'Europe/Berlin' }, '2023-07-01 10:00:00'],
    ['2023-01-01 12:00:00', { timezone: 'Europe/Berlin' }, '2023-01-01 11:00:00'],
    ['2023-07-01T12:00:00Z', { timezone: 'Europe/Berlin' }, '2023-07-01 12:00:00'],
    ['3/25/2025 2:30 PM', {}, '2025-03-25 14:30:00'],
    ['3/25/2025 02:30:15.5 p.m.', {}, '2025-03-25 14:30:15.5'],
    ['Mar 5, 2025 12:05 AM', {}, '2025-03-05 00:05:00'],
    ['2025-03-05 12:05pm', { timezone: 'Europe/Berlin' }, '2025-03-05 11:05:00'],
    ['2025-03-05 2:30\u202FPM +02:00', {}, '2025-03-05 12:30:00'],
    ['2025-03-05 14:30 PM', {}, null],
    ['05-MAR-25', {}, null],
    ['2023-02-10 25:00:00', {}, null],
    ['soon', {}, null],
  ])('reads %s under %o as %s (UTC)', async (text, options, value) => {
    expect(await read('timestamp', text, options)).toBe(value);
  });
});

describe('other types', () => {
  it.each([
    ['integer', '42', '42'],
    ['integer', '5.0', '5'],
    ['integer', '5.5', null],
    ['integer', '0x10', null],
    ['integer', '9223372036854775808', null],
    ['integer', '999999999999999999', '999999999999999999'],
    ['integer', '1000000000000000000', null],
    ['integer', '1.2345678E7', '12345678'],
    ['integer', '1.25E1', null],
    ['integer', '1.23E+05', null],
    ['decimal', '999999999999999.999999999999999999', '999999999999999.999999999999999999'],
    ['decimal', '1000000000000000', null],
    ['decimal', '0.1234567890123456789', null],
    ['percent', '1.5E-02', null],
    ['boolean', 'Yes', 'true'],
    ['boolean', '0', 'false'],
    ['boolean', 'maybe', null],
    ['email', 'Ada@Example.com', 'ada@example.com'],
    ['email', 'invalid_email', null],
    ['email', 'a@b', null],
    ['email', 'a b@c.de', null],
    ['decimal', '-3,5', '-3.5'],
    ['decimal', '€3', null],
  ])('%s reads %s as %s', async (type, text, value) => {
    expect(await read(type, text)).toBe(value);
  });

  it('clamps numbers and leaves missing ones missing', async () => {
    expect(await read('integer', '-5', { clamp: { min: 0, max: 10 } })).toBe('0');
    expect(await read('integer', '50', { clamp: { min: 0, max: 10 } })).toBe('10');
    expect(await read('integer', 'x', { clamp: { min: 0 } })).toBeNull();
  });
});
