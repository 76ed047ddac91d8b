import { describe, expect, it } from 'vitest';
import type { Mapped } from '../../src/silver/columns/contract.js';
import { columnTypeNamed } from '../../src/silver/columns/registry.js';

/** What a type's mapper makes of a text: its value, companions, and why there is none. */
async function answer(
  type: string,
  text: string,
  options: Record<string, unknown> = {},
  beside: readonly (string | null)[] = [],
): Promise<Mapped> {
  const mapper = await columnTypeNamed(type).mapper?.(options);
  if (mapper === undefined) throw new Error(`${type} has no mapper`);
  return mapper(text, beside);
}

async function value(
  type: string,
  text: string,
  options: Record<string, unknown> = {},
  beside: readonly (string | null)[] = [],
): Promise<string> {
  const { value: found, refused } = await answer(type, text, options, beside);
  return found ?? `(${refused ?? 'unread'})`;
}

describe('phone', () => {
  it.each([
    ['+41 44 668 18 00', {}, [], '+41446681800'],
    ['+1 (202) 456-1414', {}, [], '+12024561414'],
    ['0041446681800', {}, [], '+41446681800'],
    ['044 668 18 00', { region: 'CH' }, [], '+41446681800'],
    ['(0)30 901820', { region: 'DE' }, [], '+4930901820'],
    ['+49 (0) 30 901820', {}, [], '+4930901820'],
    ['202-456-1414', { region_from: 'c' }, ['US'], '+12024561414'],
    ['202-456-1414', { region_from: 'c' }, ['United States'], '+12024561414'],
    ['030 901820', { region_from: 'c', region: 'CH' }, ['Deutschland'], '+4930901820'],
    ['044 668 18 00', { region_from: 'c', region: 'CH' }, ['Atlantis'], '+41446681800'],
    ['044 668 18 00', { region_from: 'c', region: 'CH' }, [null], '+41446681800'],
    ['+41446681800', { region: 'US' }, [], '+41446681800'],
    ['٠٤٤ ٦٦٨ ١٨ ٠٠', { region: 'CH' }, [], '+41446681800'],
    ['044 668 18 00', {}, [], '(region)'],
    ['044 668 18 00', { region_from: 'c' }, ['Atlantis'], '(region)'],
    ['+41 1', {}, [], '(unread)'],
    ['+999 123 456', {}, [], '(unread)'],
    ['n/a', {}, [], '(unread)'],
    ['call me', { region: 'US' }, [], '(unread)'],
    ["'; DROP TABLE x; --", { region: 'US' }, [], '(unread)'],
    ['9'.repeat(100_000), { region: 'US' }, [], '(unread)'],
    ['📞', {}, [], '(unread)'],
  ] as const)('reads %s under %o with %o as %s', async (text, options, beside, expected) => {
    expect(await value('phone', text, options, beside)).toBe(expected);
  });

  it('keeps the extension beside the number', async () => {
    expect(await answer('phone', '+1 202 456 1414 ext. 42')).toEqual({ value: '+12024561414', companions: ['42'] });
  });

  it('takes a number of a fitting length that is in no range in use only where that is declared', async () => {
    expect(await value('phone', '+41 10 123 45 67')).toBe('(unread)');
    expect(await value('phone', '+41 10 123 45 67', { check: 'possible' })).toBe('+41101234567');
  });
});

describe('country', () => {
  it.each([
    ['CH', 'CH'],
    ['che', 'CH'],
    ['756', 'CH'],
    ['4', 'AF'],
    ['Schweiz', 'CH'],
    ['SUISSE', 'CH'],
    ['スイス', 'CH'],
    ['United States', 'US'],
    ['U.S.A.', 'US'],
    ['The Netherlands', 'NL'],
    ['Holland', 'NL'],
    ['UK', 'GB'],
    ['Cote d’Ivoire', 'CI'],
    ['Côte d’Ivoire', 'CI'],
    ['Österreich', 'AT'],
    ['osterreich', 'AT'],
    ['Trinidad & Tobago', 'TT'],
    ['Россия', 'RU'],
    ['भारत', 'IN'],
    ['Congo', '(unread)'],
    ['Atlantis', '(unread)'],
    ['XX', '(unread)'],
    ['999', '(unread)'],
    ['constructor', '(unread)'],
    ['🇨🇭🇨🇭', '(unread)'],
  ])('reads %s as %s', async (text, expected) => {
    expect(await value('country', text)).toBe(expected);
  });
});

describe('region', () => {
  it.each([
    ['California', { country: 'US' }, [], 'US-CA'],
    ['calif.', { country: 'US' }, [], 'US-CA'],
    ['us-ca', {}, [], 'US-CA'],
    ['Zürich', { country_from: 'c' }, ['Switzerland'], 'CH-ZH'],
    ['Kanton Zuerich', { country_from: 'c' }, ['CH'], 'CH-ZH'],
    ['Bavaria', { country_from: 'c', country: 'US' }, ['Deutschland'], 'DE-BY'],
    ['WA', { country_from: 'c', country: 'US' }, ['Australia'], 'AU-WA'],
    ['WA', { country_from: 'c', country: 'US' }, [null], 'US-WA'],
    ['São Paulo', { country: 'BR' }, [], 'BR-SP'],
    ['Orissa', { country: 'IN' }, [], 'IN-OD'],
    ['Québec', { country: 'CA' }, [], 'CA-QC'],
    ['WA', {}, [], '(country)'],
    ['Île-de-France', { country_from: 'c' }, ['FR'], '(uncovered)'],
    ['Bavaria', { country: 'US' }, [], '(unread)'],
  ] as const)('reads %s under %o with %o as %s', async (text, options, beside, expected) => {
    expect(await value('region', text, options, beside)).toBe(expected);
  });
});

describe('duration', () => {
  it.each([
    ['1h 30m', {}, '5400.000000'],
    ['1 h, 30 min', {}, '5400.000000'],
    ['90 min', {}, '5400.000000'],
    ['1,5 Stunden', {}, '5400.000000'],
    ['2 days and 3 hours', {}, '183600.000000'],
    ['01:30:00', {}, '5400.000000'],
    ['1 02:03:04.5', {}, '93784.500000'],
    ['PT1H30M', {}, '5400.000000'],
    ['P1DT12H', {}, '129600.000000'],
    ['P2W', {}, '1209600.000000'],
    ['-15 min', {}, '-900.000000'],
    ['250 ms', {}, '0.250000'],
    ['90', { unit: 'min' }, '5400.000000'],
    ['1.5', { unit: 'h' }, '5400.000000'],
    ['1:30', { clock: 'h:m' }, '5400.000000'],
    ['1:30', { clock: 'm:s' }, '90.000000'],
    ['1:30', {}, '(clock)'],
    ['90', {}, '(unit)'],
    ['P1Y', {}, '(calendar)'],
    ['3 months', {}, '(calendar)'],
    ['1 fortnight', {}, '(unread)'],
    ['1.2.3 h', {}, '(unread)'],
    ['25:61:00', {}, '(unread)'],
    ['h', {}, '(unread)'],
    ['PT', {}, '(unread)'],
    ['99999999999999 d', {}, '(unread)'],
  ])('reads %s under %o as %s seconds', async (text, options, expected) => {
    expect(await value('duration', text, options)).toBe(expected);
  });
});

describe('coordinates', () => {
  it.each([
    ['47.37, 8.54', { order: 'lat_lng' }, '47.37,8.54'],
    ['47.37 : 8.54', { order: 'lat_lng' }, '47.37,8.54'],
    ['8.54 47.37', { order: 'lng_lat' }, '47.37,8.54'],
    ['(47,37; 8,54)', { order: 'lat_lng' }, '47.37,8.54'],
    ['-33.8688,151.2093', {}, '-33.8688,151.2093'],
    ['151.2093,-33.8688', {}, '-33.8688,151.2093'],
    ["47°22'N 8°32'E", {}, '47.366666667,8.533333333'],
    ['47° 22\' 12.5" N, 8° 32\' 0" W', {}, '47.370138889,-8.533333333'],
    ['N47.37 E8.54', {}, '47.37,8.54'],
    ['8.54E 47.37N', {}, '47.37,8.54'],
    ['POINT(8.54 47.37)', {}, '47.37,8.54'],
    ['0, 0', { order: 'lat_lng' }, '0,0'],
    ['10, 20', { order: 'lat_lng' }, '10,20'],
    ['47.37, 8.54', {}, '(order)'],
    ['95, 20', { order: 'lat_lng' }, '(range)'],
    ['95, 200', {}, '(range)'],
    ["47°70'N 8°32'E", {}, '(unread)'],
    ['47N 8S', {}, '(unread)'],
    ['47.37', { order: 'lat_lng' }, '(unread)'],
    ['8,54', { order: 'lat_lng' }, '(unread)'],
    ['8,54, 47', { order: 'lat_lng' }, '(unread)'],
    ['1,2,3', { order: 'lat_lng' }, '(unread)'],
    ['here', {}, '(unread)'],
  ])('reads %s under %o as %s', async (text, options, expected) => {
    expect(await value('coordinates', text, options)).toBe(expected);
  });

  it('gives both numbers with nine digits', async () => {
    expect((await answer('coordinates', '-0.5, 8.54', { order: 'lat_lng' })).companions).toEqual(['-0.500000000', '8.540000000']);
  });
});

describe('category', () => {
  const options = { values: ['gold', 'silver'], mapping: { G: 'gold', 'Silber ': 'silver', none: null } };
  it('leads texts to categories in any case, and counts those that it knows nothing of', async () => {
    expect(await answer('category', 'GOLD', options)).toEqual({ value: 'gold' });
    expect(await answer('category', 'silber', options)).toEqual({ value: 'silver' });
    expect(await answer('category', 'None', options)).toEqual({ value: null, noted: 'missing' });
    expect(await answer('category', 'tin', options)).toEqual({ value: null, refused: 'unmapped' });
    expect(await answer('category', 'tin', { ...options, unmapped: 'keep' })).toEqual({ value: 'tin', noted: 'unmapped' });
    expect(await answer('category', 'tin', { ...options, unmapped: 'null' })).toEqual({ value: null, noted: 'unmapped' });
    expect(await answer('category', 'tin', { ...options, unmapped: { value: 'other' } })).toEqual({ value: 'other', noted: 'unmapped' });
    expect(await answer('category', '__proto__', options)).toEqual({ value: null, refused: 'unmapped' });
  });
});
