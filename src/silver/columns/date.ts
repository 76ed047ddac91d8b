import { z } from 'zod';
import { capture, cast, matchesWhole } from '../../engine/functions.js';
import type { Sql } from '../../sql/tag.js';
import { sql } from '../../sql/tag.js';
import { calendarOptions, dayMonthOrder, readDate, readFormats } from './calendar.js';
import { columnType } from './contract.js';

const time = '[T ]+[0-9]{1,2}:[0-9]{2}.*';

/** A calendar day; of a moment, the day as it is written. */
export const date = columnType({
  name: 'date',
  options: z.object(calendarOptions),
  sqlType: () => 'DATE',
  question: (text, options) => (options.order === undefined && options.formats === undefined ? dayMonthOrder(text, `(${time})?`) : null),
  parse: (text, options, context) => ({
    value:
      options.formats === undefined
        ? readDate(context.keep(day(text)), options, context.verdict)
        : cast(readFormats(text, options.formats, context.keep), 'DATE'),
  }),
});

/** The text without a time of day behind it. */
function day(text: Sql): Sql {
  return sql`CASE WHEN ${matchesWhole(text, `.*${time}`)} THEN ${capture(text, `^(.*?)${time}$`, 1)} ELSE ${text} END`;
}
