import { sql } from '../../../sql/tag.js';
import { equal } from '../comparisons/equal.js';
import { weighted } from '../comparisons/weighted.js';
import type { AttributeKind } from '../kinds.js';
import { bits, plain, sorted, words } from '../text.js';

/** Titles, descriptions, memos: what counts is which rare words are in both. */
export const freeText: AttributeKind = {
  name: 'text',
  aliases: [
    'text',
    'title',
    'description',
    'product',
    'product_name',
    'memo',
    'purpose',
    'reference_text',
    'note',
    'notes',
    'comment',
    'subject',
    'song',
    'details',
    'summary',
  ],
  features: (value) => {
    const norm = plain(value);
    return { norm, sorted: sorted(norm), list: sql`list_distinct(${words(norm)})`, words: bits(words(norm)), pairs: pairsOfWords(norm) };
  },
  levels: [
    { name: 'equal', share: 0.45, when: (l, r) => equal(l('sorted'), r('sorted')) },
    ...[
      [0.8, 'nearly all telling words', 0.15],
      [0.6, 'most telling words', 0.12],
      [0.4, 'many telling words', 0.1],
      [0.2, 'some telling words', 0.08],
    ].map(([least, name, share]) => ({
      name: String(name),
      share: Number(share),
      when: (l: (f: string) => ReturnType<typeof sql>, r: (f: string) => ReturnType<typeof sql>) =>
        sql`(bit_count(${l('words')} & ${r('words')}) >= 1 AND ${weighted(l('tokens'), r('tokens'), l('whole'), r('whole'), Number(least))})`,
    })),
  ],
  keys: [
    { name: 'a word of it', agrees: 0.9, alone: true, list: true, of: (side) => side('list') },
    { name: 'two words of it', agrees: 0.8, alone: true, list: true, of: (side) => side('pairs') },
    { name: 'all of it', agrees: 0.45, alone: true, of: (side) => side('sorted') },
  ],
  rarity: 0.5,
  shared: false,
};

/** Every two words that follow each other. */
function pairsOfWords(text: ReturnType<typeof sql>): ReturnType<typeof sql> {
  return sql`list_distinct(list_transform(list_zip(${words(text)}, ${words(text)}[2:]), lambda p: p[1] || ' ' || p[2]))`;
}
