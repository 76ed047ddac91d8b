import { z } from 'zod';
import { columnType } from './contract.js';
import { countryFinder } from './countries.js';
import { libraryVersion } from './versions.js';

/**
 * A country as its two-letter code of ISO 3166: from that code, the three-letter or the numeric one, or a name in any of some
 * seventy languages, in any case and with or without accents. Names of two countries, such as Congo, can't be read.
 */
export const country = columnType({
  name: 'country',
  options: z.object({}),
  sqlType: () => 'VARCHAR',
  version: () => libraryVersion('i18n-iso-countries'),
  map: async () => {
    const find = await countryFinder();
    return (text) => ({ value: text.length > 120 ? null : find(text) });
  },
});
