import { instead } from '../../engine/functions.js';
import type { Sql } from '../../sql/tag.js';
import { sql } from '../../sql/tag.js';
import type { Once } from './kinds.js';

/* How texts are prepared before they are compared: all of it per distinct value. */

/**
 * What stands between words: blanks, punctuation, symbols, controls and points that only say how a word is spoken. The engine compiles a pattern for
 * every statement, and \\p{L} takes it 2 ms, these ranges a twentieth of that: it counts where one record is looked up.
 */
const between = [
  '\\x{0}-/:-@\\[-`{-\\x{A9}\\x{AB}-\\x{B1}\\x{B4}\\x{B6}-\\x{B8}\\x{BB}\\x{BF}\\x{D7}\\x{F7}\\x{2C2}-\\x{2C5}\\x{2D2}-\\x{2DF}',
  '\\x{300}-\\x{36F}\\x{55A}-\\x{55F}\\x{589}\\x{58A}\\x{591}-\\x{5C7}\\x{5F3}\\x{5F4}\\x{600}-\\x{61F}\\x{64B}-\\x{65F}\\x{670}\\x{6D4}\\x{964}\\x{965}',
  '\\x{1680}\\x{2000}-\\x{206F}\\x{20A0}-\\x{20CF}\\x{2190}-\\x{245F}\\x{2500}-\\x{2775}\\x{2794}-\\x{2BFF}\\x{2E00}-\\x{2E2E}\\x{2E30}-\\x{2E7F}\\x{3000}-\\x{3004}',
  '\\x{3008}-\\x{3020}\\x{3030}\\x{303D}\\x{30A0}\\x{30FB}\\x{FE00}-\\x{FE6F}\\x{FEFF}-\\x{FF0F}\\x{FF1A}-\\x{FF20}\\x{FF3B}-\\x{FF40}\\x{FF5B}-\\x{FF65}\\x{FFE0}-\\x{FFFF}',
  '\\x{1F000}-\\x{1F0FF}\\x{1F10D}-\\x{1FAFF}\\x{E0000}-\\x{E01EF}',
].join('');

/** Lower case letters and digits of any script, without accents, words apart by one blank; null where nothing is left. */
export function plain(value: Sql): Sql {
  return sql`NULLIF(trim(regexp_replace(replace(lower(strip_accents(${value})), 'ß', 'ss'), ${`[${between}]+`}, ' ', 'g')), '')`;
}

/** A plain text without its blanks. */
export function closed(text: Sql): Sql {
  return sql`replace(${text}, ' ', '')`;
}

/** `plain` without blanks. */
export function dense(value: Sql): Sql {
  return closed(plain(value));
}

export function digits(value: Sql): Sql {
  return sql`NULLIF(regexp_replace(${value}, '[^0-9]', '', 'g'), '')`;
}

/** The words of a plain text. */
export function words(text: Sql): Sql {
  return sql`string_split(${text}, ' ')`;
}

/** Words, each with what stands for it, from what stands for words to these, with blanks between them. */
export function spelled(short: Readonly<Record<string, string>>): ReadonlyMap<string, string> {
  return new Map(Object.entries(short).flatMap(([to, words]) => words.split(' ').map((word): [string, string] => [word, to])));
}

/** A plain text with what stands for some of its words; where that is nothing, without them. */
export function insteadOf(text: Sql, others: ReadonlyMap<string, string>): Sql {
  return sql`array_to_string(list_filter(list_transform(${words(text)}, lambda w: ${instead(sql`w`, others)}), lambda w: w <> ''), ' ')`;
}

/** The words of a plain text in order, as one text: the same for any order in which they are written. */
export function sorted(text: Sql): Sql {
  return sql`array_to_string(list_sort(${words(text)}), ' ')`;
}

/** A set of words as 64 bits, one for each: what two sets have in common can then be counted at once. Unsigned, as files keep no wider integer exactly. */
export function bits(list: Sql): Sql {
  return sql`list_bit_or(list_transform(${list}, lambda w: 1::UBIGINT << (hash(w) % 64)::INTEGER))::UBIGINT`;
}

/**
 * How a word sounds, roughly and in any language of Latin letters: the first letter, then what is left when vowels go, letters that
 * sound alike become one, and runs are one.
 */
export function sound(text: Sql, once: Once): Sql {
  const alike = sql`replace(replace(replace(replace(${text}, 'ph', 'f'), 'ck', 'k'), 'sch', 's'), 'th', 't')`;
  const letters = once(sql`translate(${alike}, 'bpfvwckqgjxszdtmnlr', 'ppfffkkkkkkssttnnlr')`);
  const bare = sql`(substr(${letters}, 1, 1) || regexp_replace(substr(${letters}, 2), '[^pfkstnlr]', '', 'g'))`;
  return sql`NULLIF(${['p', 'f', 'k', 's', 't', 'n', 'l', 'r'].reduce((x, c) => sql`regexp_replace(${x}, ${`${c}+`}, ${c}, 'g')`, bare)}, '')`;
}
