import { z } from 'zod';
import { capture, cast, matchesPart, matchesWhole, tryCast } from '../../engine/functions.js';
import type { Sql } from '../../sql/tag.js';
import { sql } from '../../sql/tag.js';
import { calendarOptions, dayMonthOrder, readDate, readFormats } from './calendar.js';
import { columnType } from './contract.js';

const minutes = ':[0-9]{2}(?::[0-9]{2}(?:\\.[0-9]{1,9})?)?';
const clock = `(?:[0-9]{1,2}${minutes}|(?:0?[1-9]|1[0-2])${minutes}[ \\x{A0}\\x{202F}]?[AaPp]\\.?[Mm]\\.?)`;
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
    const { keep } = context;
    if (options.formats !== undefined)
      return { value: toUtc(cast(readFormats(text, options.formats, keep), 'TIMESTAMP'), options.timezone) };
    // The usual form is read by the engine itself; only others are taken apart.
    const usual = keep(matchesWhole(text, `${iso}Z?`));
    const datePart = keep(sql`CASE WHEN NOT ${usual} THEN ${capture(text, `^(.*?)${tail}$`, 1)} END`);
    const day = keep(readDate(datePart, options, context.verdict));
    const time = keep(
      sql`CASE WHEN NOT ${usual} THEN COALESCE(NULLIF(${capture(text, `[T ]+(${clock}) ?${zone}?$`, 1)}, ''), '00:00') END`,
    );
    const offset = sql`NULLIF(${capture(text, `[0-9Mm.] ?(${zone})$`, 1)}, '')`;
    const hour = tryCast(sql`split_part(${time}, ':', 1)`, 'INTEGER');
    const ofDay = sql`CASE WHEN ${matchesPart(time, '[Pp]')} THEN ${hour} % 12 + 12 WHEN ${matchesPart(time, '[Aa]')} THEN ${hour} % 12 ELSE ${hour} END`;
    const rest = capture(time, minutes, 0);
    const withSeconds = sql`CASE WHEN length(${rest}) = 3 THEN ${rest} || ':00' ELSE ${rest} END`;
    const written = sql`strftime(${day}, '%Y-%m-%d') || ' ' || lpad((${ofDay})::VARCHAR, 2, '0') || ${withSeconds}`;
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
