import type { Sql } from '../../sql/tag.js';
import { sql } from '../../sql/tag.js';

/* How texts are prepared before they are compared: all of it per distinct value. */

/** Lower case letters and digits of any script, without accents, words apart by one blank; null where nothing is left. */
export function plain(value: Sql): Sql {
  return sql`NULLIF(trim(regexp_replace(replace(lower(strip_accents(${value})), 'ß', 'ss'), '[^\\p{L}\\p{N}]+', ' ', 'g')), '')`;
}

/** `plain` without blanks. */
export function dense(value: Sql): Sql {
  return sql`NULLIF(regexp_replace(replace(lower(strip_accents(${value})), 'ß', 'ss'), '[^\\p{L}\\p{N}]+', '', 'g'), '')`;
}

export function digits(value: Sql): Sql {
  return sql`NULLIF(regexp_replace(${value}, '[^0-9]', '', 'g'), '')`;
}

/** The words of a plain text. */
export function words(text: Sql): Sql {
  return sql`string_split(${text}, ' ')`;
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
export function sound(text: Sql): Sql {
  const alike = sql`replace(replace(replace(replace(${text}, 'ph', 'f'), 'ck', 'k'), 'sch', 's'), 'th', 't')`;
  const letters = sql`translate(${alike}, 'bpfvwckqgjxszdtmnlr', 'ppfffkkkkkkssttnnlr')`;
  const bare = sql`(substr(${letters}, 1, 1) || regexp_replace(substr(${letters}, 2), '[^pfkstnlr]', '', 'g'))`;
  return sql`NULLIF(${['p', 'f', 'k', 's', 't', 'n', 'l', 'r'].reduce((x, c) => sql`regexp_replace(${x}, ${`${c}+`}, ${c}, 'g')`, bare)}, '')`;
}
