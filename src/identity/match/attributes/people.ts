import type { Sql } from '../../../sql/tag.js';
import { sql } from '../../../sql/tag.js';
import { equal } from '../comparisons/equal.js';
import { contained } from '../comparisons/overlap.js';
import { jaroWinkler } from '../comparisons/similar.js';
import { weighted } from '../comparisons/weighted.js';
import type { AttributeKind, Side } from '../kinds.js';
import { bits, plain, sorted, words } from '../text.js';

/** Several people in one field: authors, artists, owners. First names are often letters only, so what counts is the longer words, whatever their order. */
export const people: AttributeKind = {
  name: 'people',
  aliases: [
    'people',
    'authors',
    'author',
    'artists',
    'artist',
    'editors',
    'editor',
    'inventors',
    'cast',
    'actors',
    'directors',
    'owners',
    'coauthors',
  ],
  features: (value, once) => {
    const norm = once(
      sql`NULLIF(trim(regexp_replace(regexp_replace(${plain(value)}, '\\b(and|und|et|al|others)\\b', '', 'g'), ' +', ' ', 'g')), '')`,
    );
    const long = once(sql`list_filter(${words(norm)}, lambda w: length(w) > 1)`);
    return {
      norm,
      sorted: sorted(norm),
      list: sql`list_distinct(CASE WHEN len(${long}) > 0 THEN ${long} ELSE ${words(norm)} END)`,
      words: bits(sql`CASE WHEN len(${long}) > 0 THEN ${long} ELSE ${words(norm)} END`),
      names: sql`NULLIF(array_to_string(list_sort(${long}), ' '), '')`,
    };
  },
  levels: [
    { name: 'equal', share: 0.5, when: (l, r) => sql`${equal(l('sorted'), r('sorted'))} OR ${equal(l('names'), r('names'))}` },
    {
      name: 'one within the other',
      share: 0.2,
      when: (l, r) => contained({ bits: l('words'), text: longer(l) }, { bits: r('words'), text: longer(r) }, 1),
    },
    {
      name: 'most telling words',
      share: 0.1,
      when: (l, r) => weighted(l, r, 0.5),
    },
    { name: 'a slip', share: 0.05, when: (l, r) => jaroWinkler(l('sorted'), r('sorted'), 0.92) },
    {
      name: 'some telling words',
      share: 0.07,
      when: (l, r) => weighted(l, r, 0.2),
    },
  ],
  keys: [
    { name: 'people', agrees: 0.5, alone: true, of: (side) => side('names') },
    { name: 'a name of them', agrees: 0.9, alone: true, list: true, of: (side) => side('list') },
  ],
  rarity: 0.5,
  distinctive: false,
  shared: true,
};

/** The words that count. */
function longer(side: Side): Sql {
  return sql`COALESCE(${side('names')}, ${side('norm')})`;
}
