import { z } from 'zod';
import { matchesWhole, tryCast } from '../../engine/functions.js';
import { sql } from '../../sql/tag.js';
import { clamped, clampOption } from './clamp.js';
import { columnType } from './contract.js';

/** A whole number of up to 18 digits; `5.0` is one, `5.5` is none. */
export const integer = columnType({
  name: 'integer',
  options: z.object({ clamp: clampOption }),
  sqlType: () => 'BIGINT',
  parse: (text, options) => ({
    value: clamped(
      sql`CASE WHEN ${matchesWhole(text, '[+-]?[0-9]{1,18}')} THEN ${tryCast(text, 'BIGINT')}
        WHEN ${matchesWhole(text, '[+-]?[0-9]{1,18}\\.0*')} THEN ${tryCast(sql`split_part(${text}, '.', 1)`, 'BIGINT')} END`,
      'BIGINT',
      options.clamp,
    ),
  }),
});
