import { sql } from '../../../sql/tag.js';
import { edits } from '../comparisons/edits.js';
import { equal } from '../comparisons/equal.js';
import type { AttributeKind } from '../kinds.js';
import { dense } from '../text.js';

/** Codes of places, whose beginning names a region. */
export const postcode: AttributeKind = {
  name: 'postcode',
  aliases: [
    'postcode',
    'postal_code',
    'zip',
    'zip_code',
    'zipcode',
    'post_code',
    'plz',
    'postcode_fake',
    'postcode_district',
    'postal',
    'pc',
    'pstlz',
    'postalcode',
    'codigo_postal',
    'cep',
  ],
  features: (value) => ({ norm: dense(value) }),
  levels: [
    { name: 'equal', share: 0.8, when: (l, r) => equal(l('norm'), r('norm')) },
    { name: 'a digit off', share: 0.06, when: (l, r) => edits(l('norm'), r('norm'), 1) },
    { name: 'the same region', share: 0.05, when: (l, r) => sql`left(${l('norm')}, 3) = left(${r('norm')}, 3)` },
  ],
  keys: [
    { name: 'postcode', agrees: 0.8, alone: false, of: (side) => side('norm') },
    { name: 'region of the postcode', agrees: 0.87, alone: false, of: (side) => sql`left(${side('norm')}, 3)` },
  ],
  rarity: 1,
  distinctive: false,
  shared: true,
  place: 2,
  correlated: true,
};
