import { sql } from '../../../sql/tag.js';
import { edits } from '../comparisons/edits.js';
import { equal } from '../comparisons/equal.js';
import { contained } from '../comparisons/overlap.js';
import { jaroWinkler } from '../comparisons/similar.js';
import type { AttributeKind } from '../kinds.js';
import { bits, closed, plain, words } from '../text.js';

/** Names of towns, suburbs and other places. */
export const city: AttributeKind = {
  name: 'city',
  aliases: [
    'city',
    'town',
    'suburb',
    'place',
    'locality',
    'village',
    'birth_place',
    'birthplace',
    'ort',
    'ville',
    'location',
    'city_name',
    'municipality',
    'hometown',
    'residential_city',
    'district',
    'parish',
    'hamlet',
    'ciudad',
    'citta',
    'cidade',
    'woonplaats',
    'plaats',
  ],
  features: (value, once) => {
    const text = once(plain(value));
    return { norm: closed(text), plain: text, words: bits(words(text)) };
  },
  levels: [
    { name: 'equal', share: 0.82, when: (l, r) => equal(l('norm'), r('norm')) },
    {
      name: 'a slip',
      share: 0.08,
      when: (l, r) => sql`${jaroWinkler(l('norm'), r('norm'), 0.92)} OR (length(${l('norm')}) > 4 AND ${edits(l('norm'), r('norm'), 1)})`,
    },
    {
      name: 'a part of it',
      share: 0.03,
      when: (l, r) => contained({ bits: l('words'), text: l('plain') }, { bits: r('words'), text: r('plain') }, 1),
    },
  ],
  keys: [{ name: 'city', agrees: 0.82, alone: false, of: (side) => side('norm') }],
  rarity: 1,
  distinctive: false,
  shared: true,
  place: 1,
  correlated: true,
};
