import { sql } from '../../../sql/tag.js';
import { equal } from '../comparisons/equal.js';
import { acronym } from '../comparisons/initials.js';
import { contained, wordsOf } from '../comparisons/overlap.js';
import { jaroWinkler } from '../comparisons/similar.js';
import { weighted } from '../comparisons/weighted.js';
import type { AttributeKind } from '../kinds.js';
import { bits, closed, plain, sorted, words } from '../text.js';

/** What many have in common, however it is called: the journal of a paper, the album of a song, the maker of a product. */
export const collection: AttributeKind = {
  name: 'collection',
  aliases: [
    'venue',
    'journal',
    'booktitle',
    'conference',
    'publisher',
    'imprint',
    'album',
    'series',
    'label',
    'brand',
    'manufacturer',
    'maker',
    'brewery',
    'brewer',
    'winery',
    'studio',
    'vendor',
    'assignee',
  ],
  features: (value, once) => {
    const norm = once(plain(value));
    return {
      norm,
      dense: closed(norm),
      sorted: sorted(norm),
      words: bits(words(norm)),
      list: words(norm),
      initials: sql`array_to_string(list_transform(list_filter(${words(norm)}, lambda w: w NOT IN ('of', 'the', 'and', 'on', 'in', 'for')), lambda w: substr(w, 1, 1)), '')`,
    };
  },
  levels: [
    { name: 'equal', share: 0.6, when: (l, r) => equal(l('sorted'), r('sorted')) },
    { name: 'a slip', share: 0.08, when: (l, r) => jaroWinkler(l('dense'), r('dense'), 0.94) },
    {
      name: 'the telling words',
      share: 0.08,
      when: (l, r) => weighted(l, r, 0.5),
    },
    {
      name: 'one within the other, or in short',
      share: 0.08,
      when: (l, r) => sql`(${contained(wordsOf(l), wordsOf(r), 1)} OR ${acronym(l('dense'), r('dense'), l('initials'), r('initials'))})`,
    },
    {
      name: 'some telling words',
      share: 0.06,
      when: (l, r) => weighted(l, r, 0.2),
    },
  ],
  keys: [{ name: 'collection', agrees: 0.6, alone: false, of: (side) => side('sorted') }],
  rarity: 1,
  distinctive: false,
  shared: true,
};
