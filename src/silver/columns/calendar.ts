import { z } from 'zod';
import { cast, matchesWhole, parseTime, tryCast } from '../../engine/functions.js';
import type { Sql } from '../../sql/tag.js';
import { join, sql } from '../../sql/tag.js';
import type { Keep, Question, Verdict } from './contract.js';

/*
 * Dates as people write them. `2025-03-05` and `March 05, 2025` say what they mean; `05/03/2025` does not, and follows
 * what the rest of the column proves: a first number above 12 is a day, a second one above 12 too.
 */

/** Options of every type that reads dates. */
export const calendarOptions = {
  order: z.enum(['day_first', 'month_first']).optional().describe('Of `05/03/2025`; inferred from the whole column if left out'),
  formats: z
    .array(z.string().includes('%'))
    .min(1)
    .optional()
    .describe('Only these strptime formats, instead of the usual ones; `%Y` is a year of four digits, `%y` one of two'),
};

const small = '(0?[1-9]|1[0-2])';
const large = '(1[3-9]|2[0-9]|3[01])';
const numbers = '[0-9]{1,2}[/.-][0-9]{1,2}[/.-][0-9]{4}';
const dayFirst = ['%d/%m/%Y', '%d.%m.%Y', '%d-%m-%Y'];
const monthFirst = ['%m/%d/%Y', '%m.%d.%Y', '%m-%d-%Y'];
const monthNames = ['%B %d, %Y', '%b %d, %Y', '%d %B %Y', '%d %b %Y', '%d-%b-%Y', '%d-%B-%Y', '%B %d %Y', '%b %d %Y', '%d. %B %Y'];

/** Which of two numbers is the day. `tail` is what may follow the date, as a pattern. */
export function dayMonthOrder(text: Sql, tail: string): Question {
  const written = (first: string, second: string): Sql => matchesWhole(text, `${first}[/.-]${second}[/.-][0-9]{4}${tail}`);
  return {
    about: 'order of day and month',
    proofs: [
      { answer: 'day_first', proves: written(large, small) },
      { answer: 'month_first', proves: written(small, large) },
    ],
    ambiguous: written(small, small),
  };
}

/** A moment by the first of the declared formats that reads its text. The engine takes the `25` of `05.03.25` for a `%Y` too: no such year is meant. */
export function readFormats(text: Sql, formats: readonly string[], keep: Keep): Sql {
  const moments = formats.map((format) => keep(parseTime(text, [format])));
  return sql`COALESCE(${join(moments.map((moment) => sql`CASE WHEN year(${moment}) >= 1000 THEN ${moment} END`))})`;
}

/** A date from its text, null where it can't be read or its order of day and month is unknown. */
export function readDate(text: Sql, options: { readonly order?: 'day_first' | 'month_first' | undefined }, verdict: Verdict): Sql {
  const order = options.order ?? verdict;
  const numeric =
    order === 'day_first'
      ? parseTime(text, dayFirst)
      : order === 'month_first'
        ? parseTime(text, monthFirst)
        : sql`CASE WHEN ${matchesWhole(text, `${small}[/.-]${small}[/.-][0-9]{4}`)}
        THEN CASE WHEN ${parseTime(text, dayFirst)} = ${parseTime(text, monthFirst)} THEN ${parseTime(text, dayFirst)} END
        ELSE COALESCE(${parseTime(text, dayFirst)}, ${parseTime(text, monthFirst)}) END`;
  return sql`CASE WHEN ${matchesWhole(text, '[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}')} THEN ${tryCast(text, 'DATE')}
    WHEN ${matchesWhole(text, numbers)} THEN ${cast(numeric, 'DATE')}
    WHEN ${matchesWhole(text, '[0-9]{4}[/.][0-9]{1,2}[/.][0-9]{1,2}')} THEN ${tryCast(sql`replace(replace(${text}, '/', '-'), '.', '-')`, 'DATE')}
    WHEN ${matchesWhole(text, '[0-9]{8}')} THEN ${cast(parseTime(text, ['%Y%m%d']), 'DATE')}
    WHEN ${matchesWhole(text, '.*[A-Za-z]{3}.*[0-9]{4}')} THEN ${cast(parseTime(text, monthNames), 'DATE')} END`;
}
