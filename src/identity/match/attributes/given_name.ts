import { sql } from '../../../sql/tag.js';
import { edits } from '../comparisons/edits.js';
import { equal } from '../comparisons/equal.js';
import { initial } from '../comparisons/initials.js';
import { contained, wordsOf } from '../comparisons/overlap.js';
import { jaroWinkler } from '../comparisons/similar.js';
import { swapped } from '../comparisons/swapped.js';
import type { AttributeKind } from '../kinds.js';
import { sameName } from '../nicknames.js';
import { bits, plain, sound, words } from '../text.js';

/** First names: several, in short, as a pet name, as a letter, or in the field of the family name. */
export const givenName: AttributeKind = {
  name: 'given_name',
  aliases: [
    'given_name',
    'first_name',
    'firstname',
    'forename',
    'givenname',
    'fname',
    'christian_name',
    'given',
    'vorname',
    'prenom',
    'name_first',
    'first',
    'middle_name',
    'middle',
    'second_name',
    'fn',
    'voornaam',
  ],
  features: (value, once) => {
    const norm = once(plain(value));
    const first = once(sql`split_part(${norm}, ' ', 1)`);
    return {
      norm,
      first,
      called: sameName(first),
      words: bits(words(norm)),
      sound: sound(first, once),
    };
  },
  levels: [
    { name: 'equal', share: 0.75, ofRelatives: 0.008, when: (l, r) => equal(l('norm'), r('norm')) },
    {
      name: 'another form of the name',
      share: 0.06,
      ofRelatives: 0.003,
      when: (l, r) => sql`${l('called')} = ${r('called')} OR ${contained(wordsOf(l), wordsOf(r), 1)}`,
    },
    {
      name: 'first and family name swapped',
      share: 0.01,
      ofRelatives: 0.0005,
      when: (l, r) => swapped([l('norm'), l('norm', 'family_name')], [r('norm'), r('norm', 'family_name')]),
    },
    {
      name: 'a slip',
      share: 0.07,
      ofRelatives: 0.002,
      when: (l, r) => sql`${jaroWinkler(l('norm'), r('norm'), 0.92)} OR (length(${l('norm')}) > 3 AND ${edits(l('norm'), r('norm'), 1)})`,
    },
    { name: 'an initial', share: 0.03, ofRelatives: 0.001, when: (l, r) => initial(l('first'), r('first')) },
    { name: 'similar', share: 0.04, ofRelatives: 0.005, when: (l, r) => jaroWinkler(l('norm'), r('norm'), 0.82) },
  ],
  keys: [
    { name: 'given name', agrees: 0.78, alone: false, of: (side) => side('norm') },
    { name: 'initial', agrees: 0.93, alone: false, of: (side) => sql`substr(${side('norm')}, 1, 1)` },
    { name: 'sound of the given name', agrees: 0.85, alone: false, of: (side) => side('sound') },
  ],
  rarity: 1,
  naming: 'name',
  distinctive: false,
  shared: false,
};
