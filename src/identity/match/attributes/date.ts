import { sql } from '../../../sql/tag.js';
import { dayAndMonthSwapped, digitOff, partsInCommon } from '../comparisons/dates.js';
import { equal } from '../comparisons/equal.js';
import { within } from '../comparisons/near.js';
import type { AttributeKind } from '../kinds.js';
import { digits } from '../text.js';

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
  ],
  features: (value, once) => {
    // Days that are written with the year at their end are turned round; a month that can't be one is the day.
    const parts = once(sql`regexp_extract(${value}, '^[^0-9]*([0-9]{1,2})[^0-9]+([0-9]{1,2})[^0-9]+([0-9]{4})', ['a', 'b', 'year'])`);
    const [a, b] = [sql`lpad(${parts}.a, 2, '0')`, sql`lpad(${parts}.b, 2, '0')`];
    const turned = sql`${parts}.year || CASE WHEN ${b} > '12' THEN ${a} || ${b} ELSE ${b} || ${a} END`;
    const norm = once(sql`CASE WHEN ${parts}.year <> '' THEN ${turned} ELSE NULLIF(left(${digits(value)}, 8), '') END`);
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
