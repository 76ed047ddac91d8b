import type { Sql } from '../../../sql/tag.js';
import { sql } from '../../../sql/tag.js';
import { dayAndMonthSwapped, digitOff, partsInCommon } from '../comparisons/dates.js';
import { equal } from '../comparisons/equal.js';
import { within } from '../comparisons/near.js';
import type { AttributeKind, Once } from '../kinds.js';
import { digits } from '../text.js';

/** How months begin, in the languages that have much in common with Latin or German: what stands for each. */
const months = [
  ['jan', 'ene', 'gen'],
  ['feb', 'fev'],
  ['mar', 'mae', 'mrz', 'maa'],
  ['apr', 'abr', 'avr'],
  ['may', 'mai', 'mag', 'mei', 'maj'],
  ['jun', 'juin', 'giu'],
  ['jul', 'juil', 'lug'],
  ['aug', 'ago', 'aou'],
  ['sep', 'set'],
  ['oct', 'okt', 'ott', 'out'],
  ['nov'],
  ['dec', 'dez', 'dic'],
] as const;

/** The month that stands in a text by its name, as two digits; null where none does. */
function monthByName(text: Sql, once: Once): Sql {
  const names = months.flat().sort((a, b) => b.length - a.length);
  const numbered = months.flatMap((all, i) => all.map((name) => `${name}${String(i + 1).padStart(2, '0')}`)).join(' ');
  const name = once(sql`NULLIF(regexp_extract(${text}, ${`(?:^|[^a-z])(${names.join('|')})[a-z]*`}, 1), '')`);
  return sql`substr(${numbered}, instr(${numbered}, ${name}) + length(${name}), 2)`;
}

/** A year of two digits in full: from 30 on one of the last century. Others as they are. */
function inCentury(year: Sql): Sql {
  return sql`CASE WHEN length(${year}) <> 2 THEN ${year} WHEN ${year} > '29' THEN '19' || ${year} ELSE '20' || ${year} END`;
}

/** Days, such as a birth date. */
export const date: AttributeKind = {
  name: 'date',
  aliases: [
    'birth_date',
    'birthdate',
    'date_of_birth',
    'dob',
    'birthday',
    'born',
    'date',
    'day',
    'founded_on',
    'geburtsdatum',
    'date_of_incorporation',
    'birth',
    'deathdate',
    'date_of_death',
    'created_at',
    'timestamp',
    'time',
    'fecha_nacimiento',
    'fecha_de_nacimiento',
    'data_di_nascita',
    'geboortedatum',
    'data_nascimento',
  ],
  features: (value, once) => {
    // Days that are written with the year at their end are turned round; a month that can't be one is the day, and a day that can't be one the year.
    const parts = once(
      sql`regexp_extract(${value}, '^[^0-9]*([0-9]{1,2})[^0-9]+([0-9]{1,2})[^0-9]+([0-9]{4}|[0-9]{2}$)', ['a', 'b', 'last'])`,
    );
    const [a, b, last] = [sql`lpad(${parts}.a, 2, '0')`, sql`lpad(${parts}.b, 2, '0')`, sql`${parts}.last`];
    const turned = sql`CASE WHEN length(${last}) = 2 AND ${a} > '31' THEN ${inCentury(a)} || ${b} || ${last}
      ELSE ${inCentury(last)} || CASE WHEN ${b} > '12' THEN ${a} || ${b} ELSE ${b} || ${a} END END`;
    const month = once(monthByName(sql`lower(strip_accents(${value}))`, once));
    const named = once(
      sql`CASE WHEN ${month} IS NOT NULL THEN regexp_extract(${value}, '([0-9]{4})|[0-9][^0-9]+([0-9]{2})$', ['whole', 'short']) END`,
    );
    const year = sql`NULLIF(${named}.whole || ${inCentury(sql`${named}.short`)}, '')`;
    const day = sql`regexp_extract(${value}, '(?:^|[^0-9])([0-9]{1,2})(?:[^0-9]|$)', 1)`;
    const spelled = sql`${year} || ${month} || COALESCE(lpad(NULLIF(${day}, ''), 2, '0'), '')`;
    const numbered = sql`CASE WHEN ${last} <> '' THEN ${turned} ELSE NULLIF(left(${digits(value)}, 8), '') END`;
    const read = once(sql`COALESCE(${spelled}, ${numbered})`);
    // `0000-00-00` is how some systems write that there is none.
    const norm = once(sql`CASE WHEN ${read} >= '0001' THEN ${read} END`);
    return { norm, days: sql`epoch(TRY_STRPTIME(${norm}, '%Y%m%d'))::BIGINT // 86400` };
  },
  levels: [
    { name: 'equal', share: 0.85, when: (l, r) => equal(l('norm'), r('norm')) },
    { name: 'day and month swapped', share: 0.01, when: (l, r) => dayAndMonthSwapped(l('norm'), r('norm')) },
    { name: 'a few days apart', share: 0.02, when: (l, r) => within(l('days'), r('days'), 5) },
    { name: 'a digit off', share: 0.05, when: (l, r) => digitOff(l('norm'), r('norm')) },
    { name: 'two of year, month and day', share: 0.03, when: (l, r) => partsInCommon(l('norm'), r('norm')) },
    { name: 'the same year', share: 0.02, when: (l, r) => sql`left(${l('norm')}, 4) = left(${r('norm')}, 4)` },
  ],
  keys: [
    { name: 'date', agrees: 0.86, alone: true, of: (side) => side('norm') },
    { name: 'year and month', agrees: 0.9, alone: false, of: (side) => sql`left(${side('norm')}, 6)` },
    { name: 'year', agrees: 0.94, alone: false, of: (side) => sql`left(${side('norm')}, 4)` },
    { name: 'month and day', agrees: 0.9, alone: false, of: (side) => sql`substr(${side('norm')}, 5)` },
  ],
  rarity: null,
  distinctive: false,
  shared: false,
};
