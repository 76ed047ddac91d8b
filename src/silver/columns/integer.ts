import { z } from 'zod';
import { matchesWhole, tryCast } from '../../engine/functions.js';
import type { Sql } from '../../sql/tag.js';
import { sql } from '../../sql/tag.js';
import { clamped, clampOption } from './clamp.js';
import { columnType } from './contract.js';
import { readPower, wholePowerPattern } from './notation.js';

/**
 * A whole number of up to 18 digits; `5.0` is one, `5.5` is none. A longer one is set aside, never rounded. So is `1.23E+05`, as a
 * spreadsheet shows a number of which it leaves digits out; `1.2345678E7`, as programs write one, is read.
 */
export const integer = columnType({
  name: 'integer',
  options: z.object({ clamp: clampOption }),
  sqlType: () => 'BIGINT',
  parse: (text, options, { keep }) => ({
    value: clamped(
      sql`CASE WHEN ${matchesWhole(text, '[+-]?[0-9]{1,18}')} THEN ${tryCast(text, 'BIGINT')}
        WHEN ${matchesWhole(text, '[+-]?[0-9]{1,18}\\.0*')} THEN ${tryCast(sql`split_part(${text}, '.', 1)`, 'BIGINT')}
        ELSE ${whole(keep(readPower(text, wholePowerPattern, undefined, keep)))} END`,
      'BIGINT',
      options.clamp,
    ),
  }),
});

/** A decimal as BIGINT; null where it has a fraction. */
function whole(number: Sql): Sql {
  return sql`CASE WHEN ${number} = trunc(${number}) THEN ${tryCast(number, 'BIGINT')} END`;
}
