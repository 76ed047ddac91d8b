import { z } from 'zod';
import { columnType } from './contract.js';
import { countryFinder } from './countries.js';
import { foldedName } from './fold.js';
import { regionCountries, regionNames } from './regions.js';
import { libraryVersion } from './versions.js';

/**
 * A state, province, canton or Land as its code of ISO 3166-2, such as `US-CA`: from the code or a name, within the country that
 * the row's own column says, else the declared one. A full code needs no country. Known are the regions of the United
 * States, Canada, Australia, Germany, Switzerland, Brazil and India.
 */
export const region = columnType({
  name: 'region',
  options: z.object({
    country: z.enum(regionCountries).optional().describe('Country of regions whose row names none'),
    country_from: z
      .string()
      .optional()
      .describe('Source column that says the country, by code or by name; where it says none, `country` counts'),
  }),
  sqlType: () => 'VARCHAR',
  sourceColumns: (options) => (options.country_from === undefined ? [] : [options.country_from]),
  version: () => libraryVersion('i18n-iso-countries'),
  refusals: {
    country: 'is a region of no known country',
    uncovered: 'is a region of a country whose regions are not known',
  },
  map: async (options) => {
    const find = options.country_from === undefined ? null : await countryFinder();
    const names = regionNames();
    return (text, [stated]) => {
      if (text.length > 120) return { value: null };
      const full = /^([A-Za-z]{2})-([A-Za-z0-9]{1,3})$/.exec(text);
      const inFull = full === null ? undefined : names.get((full[1] ?? '').toUpperCase())?.get((full[2] ?? '').toLowerCase());
      if (full !== null && inFull !== undefined) return { value: `${(full[1] ?? '').toUpperCase()}-${inFull}` };
      const country = (stated === null || stated === undefined ? null : find?.(stated)) ?? options.country;
      if (country === undefined || country === null) return { value: null, refused: 'country' };
      const within = names.get(country);
      if (within === undefined) return { value: null, refused: 'uncovered' };
      const key = foldedName(text);
      const code = within.get(key) ?? within.get(key.replace(/^(state|province|canton|kanton|land|estado) (of|de|do|du|d|von)? ?/, ''));
      return { value: code === undefined ? null : `${country}-${code}` };
    };
  },
});
