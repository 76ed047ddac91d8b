import { z } from 'zod';
import { columnType } from './contract.js';
import { countryFinder } from './countries.js';
import { libraryVersion } from './versions.js';

/**
 * A telephone number in the form of E.164 (`+41446681800`); an extension goes to the companion. A number without a country
 * code is read as one of the region that the row's own column says, else the declared one; without either it is set aside,
 * as the same digits are a valid number in many countries.
 */
export const phone = columnType({
  name: 'phone',
  options: z.object({
    region: z
      .string()
      .regex(/^[A-Z]{2}$/, 'must be a two-letter country code in upper case')
      .optional()
      .describe('Country of numbers that name none'),
    region_from: z
      .string()
      .optional()
      .describe('Source column that says the country, by code or by name; where it says none, `region` counts'),
    check: z
      .enum(['valid', 'possible'])
      .default('valid')
      .describe('`valid`: in a range that is in use; `possible`: only the length must fit'),
  }),
  companions: [{ suffix: 'extension', type: 'VARCHAR' }],
  sqlType: () => 'VARCHAR',
  sourceColumns: (options) => (options.region_from === undefined ? [] : [options.region_from]),
  version: () => libraryVersion('libphonenumber-js'),
  refusals: { region: 'is a number without a country code, and no region is known for it' },
  map: async (options) => {
    const { default: parse, isSupportedCountry } = await import('libphonenumber-js/max');
    const find = options.region_from === undefined ? null : await countryFinder();
    return (text, [stated]) => {
      if (text.length > 60) return { value: null };
      const code = (stated === null || stated === undefined ? null : find?.(stated)) ?? options.region;
      const region = code !== undefined && isSupportedCountry(code) ? code : undefined;
      // Nowhere does a number within a country begin with 00, and nearly everywhere one to another country does.
      const written = region === undefined ? text.replace(/^\s*00\s*/, '+') : text;
      const number = parse(written, { ...(region === undefined ? {} : { defaultCountry: region }), extract: false });
      if (number === undefined)
        return region === undefined && /\d/.test(text) && !/[+＋]/.test(written) ? { value: null, refused: 'region' } : { value: null };
      const fits = options.check === 'valid' ? number.isValid() : number.isPossible();
      return fits ? { value: number.number, companions: [number.ext ?? null] } : { value: null };
    };
  },
});
