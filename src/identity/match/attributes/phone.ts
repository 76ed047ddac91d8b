import { sql } from '../../../sql/tag.js';
import { edits } from '../comparisons/edits.js';
import { equal } from '../comparisons/equal.js';
import type { AttributeKind } from '../kinds.js';
import { digits } from '../text.js';

/** Numbers of telephones, however they are written: the last nine digits say which it is. */
export const phone: AttributeKind = {
  name: 'phone',
  aliases: [
    'phone',
    'telephone',
    'tel',
    'mobile',
    'cell',
    'phone_number',
    'telephone_number',
    'fax',
    'telefon',
    'telefono',
    'telefone',
    'telf',
    'handy',
    'mobil',
    'movil',
    'celular',
    'msisdn',
    'mobilephone',
    'homephone',
    'workphone',
    'cellphone',
    'phonenumber',
    'mobilenumber',
  ],
  features: (value) => ({ norm: sql`NULLIF(right(${digits(value)}, 9), '')` }),
  levels: [
    { name: 'equal', share: 0.75, when: (l, r) => equal(l('norm'), r('norm')) },
    { name: 'a digit off', share: 0.08, when: (l, r) => edits(l('norm'), r('norm'), 1) },
    { name: 'the same at the end', share: 0.02, when: (l, r) => sql`right(${l('norm')}, 6) = right(${r('norm')}, 6)` },
  ],
  keys: [
    { name: 'phone', agrees: 0.78, alone: true, of: (side) => side('norm') },
    {
      name: 'end of the phone number',
      agrees: 0.82,
      alone: true,
      of: (side) => sql`CASE WHEN length(${side('norm')}) > 6 THEN right(${side('norm')}, 6) END`,
    },
  ],
  rarity: 0.1,
  distinctive: false,
  shared: true,
};
