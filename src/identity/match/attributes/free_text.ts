import type { Sql } from '../../../sql/tag.js';
import { sql } from '../../../sql/tag.js';
import { equal } from '../comparisons/equal.js';
import { jaroWinkler } from '../comparisons/similar.js';
import { weighted, within } from '../comparisons/weighted.js';
import type { AttributeKind, Side } from '../kinds.js';
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
  features: (value, once) => {
    const norm = once(plain(value));
    return {
      norm,
      sorted: sorted(norm),
      list: sql`list_distinct(list_concat(${words(norm)}, ${joined(value)}))`,
      words: bits(words(norm)),
      pairs: pairsOfWords(norm),
      numbers: sql`COALESCE(${bits(numbers(norm))}, 0)`,
    };
  },
  levels: [
    { name: 'equal', share: 0.45, when: (l, r) => equal(l('sorted'), r('sorted')) },
    { name: 'nearly all telling words', share: 0.15, when: withSameNumbers(telling(0.8)) },
    {
      name: 'a slip, or most telling words',
      share: 0.12,
      when: withSameNumbers((l, r) => sql`${telling(0.6)(l, r)} OR (${short(l, r)} AND ${jaroWinkler(l('norm'), r('norm'), 0.93)})`),
    },
    {
      name: 'many telling words, or one within the other',
      share: 0.15,
      when: withSameNumbers(
        (l, r) =>
          sql`${telling(0.4)(l, r)} OR (bit_count(${l('words')} & ${r('words')}) >= 2 AND ${within(l('tokens'), r('tokens'), l('whole'), r('whole'), 0.85)}) OR ${begins(l, r)}`,
      ),
    },
    { name: 'some telling words', share: 0.07, when: withSameNumbers(some) },
    { name: 'alike, but for a number', share: 0.03, when: some },
  ],
  keys: [
    { name: 'a word of it', agrees: 0.9, alone: true, list: true, of: (side) => side('list') },
    { name: 'two words of it', agrees: 0.8, alone: true, list: true, of: (side) => side('pairs') },
    { name: 'all of it', agrees: 0.45, alone: true, of: (side) => side('sorted') },
    { name: 'beginning of it', agrees: 0.7, alone: false, of: (side) => sql`left(${side('norm')}, 6)` },
  ],
  rarity: 0.5,
  distinctive: true,
  shared: false,
};

/** What is written with dashes and the like, in one: `sn-5326b` is another's `sn5326b`. Only what has a digit in it, as numbers of models do. */
function joined(value: Sql): Sql {
  const found = sql`regexp_extract_all(lower(${value}), '[a-z0-9]+(?:[-/._][a-z0-9]+)+')`;
  return sql`list_filter(list_transform(${found}, lambda w: regexp_replace(w, '[^a-z0-9]', '', 'g')), lambda w: regexp_matches(w, '[0-9]'))`;
}

/** At least this share of what the words tell is in both. */
function telling(least: number): (l: Side, r: Side) => Sql {
  return (l, r) => weighted(l, r, least);
}

/** Some of what the words tell is in both, or the letters of short texts are. */
function some(l: Side, r: Side): Sql {
  return sql`${telling(0.2)(l, r)} OR (${short(l, r)} AND ${jaroWinkler(l('norm'), r('norm'), 0.82)})`;
}

/** Where each has a number that the other has not, as volumes, versions and sizes are, they are of one family, and not the same. */
function withSameNumbers(alike: (l: Side, r: Side) => Sql): (l: Side, r: Side) => Sql {
  return (l, r) => {
    const both = sql`(${l('numbers')} & ${r('numbers')})`;
    return sql`(${both} = ${l('numbers')} OR ${both} = ${r('numbers')}) AND (${alike(l, r)})`;
  };
}

/** Both are so short that letters can be compared. */
function short(l: Side, r: Side): Sql {
  return sql`length(${l('norm')}) <= 60 AND length(${r('norm')}) <= 60`;
}

/** One goes on where the other was cut off. */
function begins(l: Side, r: Side): Sql {
  return sql`(least(length(${l('norm')}), length(${r('norm')})) >= 6 AND (starts_with(${l('norm')}, ${r('norm')}) OR starts_with(${r('norm')}, ${l('norm')})))`;
}

/** All runs of digits, wherever they stand: `m8x40` has those of `M 8 x 40`. */
function numbers(text: Sql): Sql {
  return sql`regexp_extract_all(${text}, '[0-9]+')`;
}

/** Every two words that follow each other. */
function pairsOfWords(text: Sql): Sql {
  return sql`list_distinct(list_transform(list_zip(${words(text)}, ${words(text)}[2:]), lambda p: p[1] || ' ' || p[2]))`;
}
