import { sql } from '../../../sql/tag.js';
import { equal } from '../comparisons/equal.js';
import { contained, overlap, wordsOf } from '../comparisons/overlap.js';
import { jaroWinkler } from '../comparisons/similar.js';
import type { AttributeKind } from '../kinds.js';
import { bits, plain, sorted, words } from '../text.js';

/** Words that are written in short, and those that say only that it is a street. */
const shorter: readonly (readonly [string, string])[] = [
  ['\\b(street|strasse|str)\\b', 'st'],
  ['strasse\\b', 'str'],
  ['\\b(avenue|av)\\b', 'ave'],
  ['\\b(road)\\b', 'rd'],
  ['\\b(boulevard|boul)\\b', 'blvd'],
  ['\\b(drive)\\b', 'dr'],
  ['\\b(lane)\\b', 'ln'],
  ['\\b(place)\\b', 'pl'],
  ['\\b(court)\\b', 'ct'],
  ['\\b(north)\\b', 'n'],
  ['\\b(south)\\b', 's'],
  ['\\b(east)\\b', 'e'],
  ['\\b(west)\\b', 'w'],
  ['\\b(suite|apartment|apt|unit|flat|no|nr)\\b', ''],
];

/** Street and house number, or a whole address in one field. */
export const address: AttributeKind = {
  name: 'address',
  aliases: [
    'address',
    'street',
    'street_address',
    'address_1',
    'address_line',
    'address_line_1',
    'address1',
    'addr',
    'line1',
    'street_line',
    'address_2',
    'strasse',
    'address_line_2',
    'address_line1',
    'address_line2',
    'address2',
    'residence',
    'line2',
    'road',
  ],
  features: (value) => {
    const short = shorter.reduce((text, [from, to]) => sql`regexp_replace(${text}, ${from}, ${to}, 'g')`, plain(value));
    const norm = sql`trim(regexp_replace(${short}, ' +', ' ', 'g'))`;
    return {
      norm: sql`NULLIF(${norm}, '')`,
      sorted: sorted(norm),
      words: bits(words(norm)),
      number: sql`NULLIF(regexp_extract(${norm}, '\\d+'), '')`,
      street: sql`NULLIF(regexp_extract(${norm}, '[^\\d ]{4,}'), '')`,
    };
  },
  levels: [
    { name: 'equal', share: 0.65, when: (l, r) => equal(l('sorted'), r('sorted')) },
    {
      name: 'a slip',
      share: 0.12,
      when: (l, r) =>
        sql`(${l('number')} IS NOT DISTINCT FROM ${r('number')} AND (${jaroWinkler(l('norm'), r('norm'), 0.92)} OR ${contained(wordsOf(l), wordsOf(r), 2)}))`,
    },
    { name: 'mostly the same words', share: 0.07, when: (l, r) => overlap(l('words'), r('words'), 0.6) },
    {
      name: 'the street, another number',
      share: 0.03,
      when: (l, r) => sql`${l('street')} = ${r('street')} OR ${jaroWinkler(l('norm'), r('norm'), 0.88)}`,
    },
    { name: 'some words in common', share: 0.04, when: (l, r) => overlap(l('words'), r('words'), 0.3) },
  ],
  keys: [
    { name: 'address', agrees: 0.65, alone: true, of: (side) => side('sorted') },
    {
      name: 'house number and street',
      agrees: 0.75,
      alone: true,
      of: (side) => sql`${side('number')} || ' ' || left(${side('street')}, 5)`,
    },
    { name: 'street', agrees: 0.75, alone: false, of: (side) => side('street') },
    { name: 'house number', agrees: 0.82, alone: false, of: (side) => side('number') },
  ],
  rarity: 1,
  distinctive: false,
  shared: true,
};
