import { sql } from '../../../sql/tag.js';
import { equal } from '../comparisons/equal.js';
import { contained, overlap, wordsOf } from '../comparisons/overlap.js';
import { jaroWinkler } from '../comparisons/similar.js';
import type { AttributeKind } from '../kinds.js';
import { bits, insteadOf, plain, sorted, spelled, words } from '../text.js';

/** Words that are written in short, those that only say what kind of street it is above all, and those that say only that a part of a house follows. */
const shorter = spelled({
  st: 'street strasse str',
  ave: 'avenue av avenida avda',
  rd: 'road',
  blvd: 'boulevard boul bd bvd',
  dr: 'drive',
  ln: 'lane',
  pl: 'place platz',
  ct: 'court',
  sq: 'square',
  hwy: 'highway',
  pkwy: 'parkway',
  ter: 'terrace',
  cr: 'crescent cres',
  cl: 'close',
  gr: 'grove',
  c: 'calle',
  pza: 'plaza piazza pzza',
  cso: 'corso',
  vle: 'viale',
  rte: 'route',
  chm: 'chemin chem',
  imp: 'impasse',
  n: 'north',
  s: 'south',
  e: 'east',
  w: 'west',
  '1st': 'first',
  '2nd': 'second',
  '3rd': 'third',
  '4th': 'fourth',
  '5th': 'fifth',
  '6th': 'sixth',
  '7th': 'seventh',
  '8th': 'eighth',
  '9th': 'ninth',
  '10th': 'tenth',
  '11th': 'eleventh',
  '12th': 'twelfth',
  '': 'suite apartment apt unit flat no nr',
});

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
    'address_ln',
    'addr_ln',
    'street_ln',
    'stras',
    'straat',
    'adresse',
    'direccion',
    'indirizzo',
    'endereco',
  ],
  features: (value, once) => {
    const norm = once(insteadOf(sql`regexp_replace(${plain(value)}, '(\\w)strasse\\b', '\\1str', 'g')`, shorter));
    return {
      norm: sql`NULLIF(${norm}, '')`,
      sorted: sorted(norm),
      words: bits(words(norm)),
      number: sql`NULLIF(regexp_extract(${norm}, '\\d+'), '')`,
      street: sql`NULLIF(regexp_extract(${norm}, '[^\\d ]{4,}'), '')`,
    };
  },
  levels: [
    { name: 'equal', share: 0.65, ofNeighbours: 0.0005, when: (l, r) => equal(l('sorted'), r('sorted')) },
    {
      name: 'a slip',
      share: 0.12,
      ofNeighbours: 0.001,
      when: (l, r) =>
        sql`(${l('number')} IS NOT DISTINCT FROM ${r('number')} AND (${jaroWinkler(l('norm'), r('norm'), 0.92)} OR ${contained(wordsOf(l), wordsOf(r), 2)}))`,
    },
    { name: 'mostly the same words', share: 0.07, ofNeighbours: 0.1, when: (l, r) => overlap(l('words'), r('words'), 0.6) },
    {
      name: 'the street, another number',
      share: 0.03,
      ofNeighbours: 0.7,
      when: (l, r) => sql`${l('street')} = ${r('street')} OR ${jaroWinkler(l('norm'), r('norm'), 0.88)}`,
    },
    { name: 'some words in common', share: 0.04, ofNeighbours: 0.05, when: (l, r) => overlap(l('words'), r('words'), 0.3) },
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
  place: 3,
};
