import { z } from 'zod';
import { capture, cast, matchesWhole, parseTime, tryCast } from '../../engine/functions.js';
import type { Sql } from '../../sql/tag.js';
import { sql } from '../../sql/tag.js';
import { calendarOptions, dayMonthOrder, readDate } from './calendar.js';
import { columnType } from './contract.js';

const clock = '[0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:\\.[0-9]{1,9})?)?';
const zone = '(?:Z|[+-][0-9]{2}(?::?[0-9]{2})?)';
const tail = `(?:[T ]+${clock} ?${zone}?)?`;
const iso = `[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\\.[0-9]{1,6})?)?`;

/** A moment, held in UTC. Without an offset of its own it is meant in `timezone`. */
export const timestamp = columnType({
  name: 'timestamp',
  options: z.object({
    ...calendarOptions,
    timezone: z
      .string()
      .default('UTC')
      .refine(isTimeZone, 'must be a time zone such as `Europe/Berlin`')
      .describe('Zone of moments that name none'),
  }),
  sqlType: () => 'TIMESTAMP',
  question: (text, options) => (options.order === undefined && options.formats === undefined ? dayMonthOrder(text, tail) : null),
  parse: (text, options, context) => {
    if (options.formats !== undefined) return { value: toUtc(cast(parseTime(text, options.formats), 'TIMESTAMP'), options.timezone) };
    const { keep } = context;
    // The usual form is read by the engine itself; only others are taken apart.
    const usual = keep(matchesWhole(text, `${iso}Z?`));
    const datePart = keep(sql`CASE WHEN NOT ${usual} THEN ${capture(text, `^(.*?)${tail}$`, 1)} END`);
    const day = keep(readDate(datePart, options, context.verdict));
    const time = sql`COALESCE(NULLIF(${capture(text, `[T ]+(${clock}) ?${zone}?$`, 1)}, ''), '00:00')`;
    const offset = sql`NULLIF(${capture(text, `[0-9] ?(${zone})$`, 1)}, '')`;
    const withSeconds = sql`CASE WHEN length(${time}) <= 5 THEN ${time} || ':00' ELSE ${time} END`;
    const written = sql`strftime(${day}, '%Y-%m-%d') || ' ' || CASE WHEN strpos(${withSeconds}, ':') = 2 THEN '0' ELSE '' END || ${withSeconds}`;
    const hasClock = matchesWhole(text, `.*[T ]${clock} ?${zone}?`);
    return {
      value: sql`CASE WHEN ${matchesWhole(text, iso)} THEN ${toUtc(tryCast(text, 'TIMESTAMP'), options.timezone)}
        WHEN ${matchesWhole(text, `${iso}Z`)} THEN ${tryCast(sql`replace(${text}, 'Z', '')`, 'TIMESTAMP')}
        WHEN ${hasClock} AND ${offset} IS NOT NULL THEN ${tryCast(sql`${written} || replace(${offset}, 'Z', '+00')`, 'TIMESTAMPTZ')} AT TIME ZONE 'UTC'
        ELSE ${toUtc(tryCast(written, 'TIMESTAMP'), options.timezone)} END`,
    };
  },
});

/** A local moment in UTC. */
function toUtc(local: Sql, timezone: string): Sql {
  return timezone === 'UTC' ? local : sql`((${local} AT TIME ZONE ${timezone}) AT TIME ZONE 'UTC')`;
}

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}
