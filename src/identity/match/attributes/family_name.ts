import { sql } from '../../../sql/tag.js';
import { edits } from '../comparisons/edits.js';
import { equal } from '../comparisons/equal.js';
import { contained, wordsOf } from '../comparisons/overlap.js';
import { jaroWinkler } from '../comparisons/similar.js';
import { swapped } from '../comparisons/swapped.js';
import type { AttributeKind } from '../kinds.js';
import { bits, closed, plain, sound, words } from '../text.js';

/** Family names: compound ones, and those in the field of the given name. */
export const familyName: AttributeKind = {
  name: 'family_name',
  aliases: [
    'family_name',
    'last_name',
    'lastname',
    'surname',
    'familyname',
    'lname',
    'family',
    'nachname',
    'nom',
    'name_last',
    'last',
    'maiden_name',
    'ln',
    'last_name_at_birth',
    'apellido',
    'apellidos',
    'cognome',
    'achternaam',
    'sobrenome',
  ],
  features: (value, once) => {
    const norm = once(plain(value));
    const letters = once(closed(norm));
    return { norm, dense: letters, words: bits(words(norm)), sound: sound(letters, once) };
  },
  levels: [
    { name: 'equal', share: 0.8, when: (l, r) => equal(l('dense'), r('dense')) },
    { name: 'part of a compound name', share: 0.02, when: (l, r) => contained(wordsOf(l), wordsOf(r), 1) },
    {
      name: 'first and family name swapped',
      share: 0.01,
      when: (l, r) => swapped([l('norm'), l('norm', 'given_name')], [r('norm'), r('norm', 'given_name')]),
    },
    {
      name: 'a slip',
      share: 0.08,
      when: (l, r) =>
        sql`${jaroWinkler(l('dense'), r('dense'), 0.92)} OR (length(${l('dense')}) > 3 AND ${edits(l('dense'), r('dense'), 1)})`,
    },
    { name: 'sounds alike', share: 0.02, when: (l, r) => sql`${l('sound')} = ${r('sound')} AND length(${l('sound')}) > 2` },
    { name: 'similar', share: 0.03, when: (l, r) => jaroWinkler(l('dense'), r('dense'), 0.82) },
  ],
  keys: [
    { name: 'family name', agrees: 0.82, alone: false, of: (side) => side('dense') },
    { name: 'sound of the family name', agrees: 0.9, alone: false, of: (side) => side('sound') },
    { name: 'beginning of the family name', agrees: 0.9, alone: false, of: (side) => sql`substr(${side('dense')}, 1, 3)` },
  ],
  rarity: 1,
  naming: 'name',
  distinctive: false,
  shared: true,
};
