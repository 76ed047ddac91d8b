import { z } from 'zod';
import { capture, matchesWhole } from '../../engine/functions.js';
import type { Sql } from '../../sql/tag.js';
import { sql } from '../../sql/tag.js';
import { clamped, clampOption } from './clamp.js';
import { columnType } from './contract.js';
import { bodyPattern, decimalSign, decimalType, notationOptions, readNumber } from './notation.js';

/** A number with decimals, never a float. */
export const decimal = columnType({
  name: 'decimal',
  options: z.object({ ...notationOptions, clamp: clampOption }),
  sqlType: (options) => decimalType(options.scale),
  question: (text, options, keep) => (options.decimal === undefined ? decimalSign(keep(body(text))) : null),
  parse: (text, options, context) => {
    const number = readNumber(
      context.keep(body(text)),
      sql`starts_with(${text}, '-')`,
      options.scale,
      options.decimal,
      context.verdict,
      context.keep,
    );
    return {
      value: clamped(
        sql`CASE WHEN ${matchesWhole(text, `[-+]?${bodyPattern}`)} THEN ${number} END`,
        decimalType(options.scale),
        options.clamp,
      ),
    };
  },
});

function body(text: Sql): Sql {
  return capture(text, bodyPattern, 0);
}
