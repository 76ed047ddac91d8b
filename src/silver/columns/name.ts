import { z } from 'zod';
import { columnType } from './contract.js';
import { mendedCase, partsOfName } from './names.js';

/**
 * A person's name. The value is the whole of it, with single blanks, and loses nothing; the companions hold its parts, as far
 * as they can be told. `Family, Given` is known by its comma; titles (`Prof. Dr.`), suffixes (`Jr.`, `PhD`) and the particles
 * of family names (`van der`, `de la`, `bin`) are known in many languages. A text without any letter is no name.
 */
export const name = columnType({
  name: 'name',
  options: z.object({
    order: z
      .enum(['given_first', 'family_first', 'comma'])
      .default('given_first')
      .describe('Of a name without a comma; `comma`: such names are not taken apart'),
    family_words: z.number().int().min(1).max(3).default(1).describe('Words of a family name beside its particles; 2 for Spanish names'),
    repair_case: z.boolean().default(false).describe('Mend names all in capitals or all without: `JOHN MCDONALD` becomes `John McDonald`'),
  }),
  companions: ['given', 'middle', 'family', 'title', 'suffix'].map((suffix) => ({ suffix, type: 'VARCHAR' })),
  sqlType: () => 'VARCHAR',
  map: (options) => (text) => {
    const single = text.replace(/\s+/gu, ' ').trim();
    if (!/\p{L}/u.test(single)) return { value: null };
    if (single.length > 300) return { value: single };
    const whole = options.repair_case ? mendedCase(single) : single;
    const { given, middle, family, title, suffix } = partsOfName(whole, { order: options.order, familyWords: options.family_words });
    return { value: whole, companions: [given, middle, family, title, suffix] };
  },
});
