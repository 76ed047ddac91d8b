import type { Sql } from '../../../sql/tag.js';
import { sql } from '../../../sql/tag.js';
import { edits } from './edits.js';

/* Dates as eight digits, YYYYMMDD. */

/** The same but for one digit, or two neighbouring digits that changed places. */
export function digitOff(a: Sql, b: Sql): Sql {
  return edits(a, b, 1);
}

/** The same year, with day and month the other way round. */
export function dayAndMonthSwapped(a: Sql, b: Sql): Sql {
  return sql`substr(${a}, 1, 4) = substr(${b}, 1, 4) AND substr(${a}, 5, 2) = substr(${b}, 7, 2) AND substr(${a}, 7, 2) = substr(${b}, 5, 2)`;
}

/** Two of year, month and day are the same. */
export function partsInCommon(a: Sql, b: Sql): Sql {
  const same = (from: number, length: number) => sql`(substr(${a}, ${from}, ${length}) = substr(${b}, ${from}, ${length}))::INTEGER`;
  return sql`${same(1, 4)} + ${same(5, 2)} + ${same(7, 2)} >= 2`;
}
