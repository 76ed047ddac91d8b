import { sql } from '../../../sql/tag.js';
import { edits } from '../comparisons/edits.js';
import { equal } from '../comparisons/equal.js';
import type { AttributeKind } from '../kinds.js';
import { dense } from '../text.js';

/** Numbers of houses and flats in a column of their own: whoever lives there has them in common. */
export const houseNumber: AttributeKind = {
  name: 'house_number',
  aliases: [
    'house_number',
    'house',
    'house_no',
    'house_nr',
    'house_num',
    'housenumber',
    'hausnummer',
    'huisnummer',
    'apartment',
    'apt',
    'flat',
  ],
  features: (value) => ({ norm: dense(value) }),
  levels: [
    { name: 'equal', share: 0.85, when: (l, r) => equal(l('norm'), r('norm')) },
    {
      name: 'with a letter or so',
      share: 0.04,
      when: (l, r) => sql`starts_with(${l('norm')}, ${r('norm')}) OR starts_with(${r('norm')}, ${l('norm')})`,
    },
    { name: 'a digit off', share: 0.04, when: (l, r) => edits(l('norm'), r('norm'), 1) },
  ],
  keys: [{ name: 'house number', agrees: 0.85, alone: false, of: (side) => side('norm') }],
  rarity: 1,
  distinctive: false,
  shared: true,
};
