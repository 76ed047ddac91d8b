import { z } from 'zod';
import { capture, matchesWhole } from '../../engine/functions.js';
import type { Sql } from '../../sql/tag.js';
import { sql } from '../../sql/tag.js';
import { clamped, clampOption } from './clamp.js';
import { columnType } from './contract.js';
import { bodyPattern, decimalSign, decimalType, notationOptions, powerPattern, readNumber, readPower, saidExactly } from './notation.js';

/**
 * A number with decimals, never a float: at most 15 digits before the decimal sign (with a `scale` of 4 to 6 at most 18 in all), and 18 behind it. A larger one is
 * set aside, never rounded; hold it as text, or with the type `sql`. Powers of ten are read as programs write them: `1e-05`, `1.5E+10`.
 */
export const decimal = columnType({
  name: 'decimal',
  options: z.object({ ...notationOptions, clamp: clampOption }),
  sqlType: (options) => decimalType(options.scale),
  ofNumber: (text, options) => saidExactly(text, options.decimal),
  question: (text, options, keep) => (options.decimal === undefined ? decimalSign(keep(body(text))) : null),
  parse: (text, options, { keep, verdict }) => {
    const number = readNumber(keep(body(text)), sql`starts_with(${text}, '-')`, options.scale, options.decimal, verdict, keep);
    return {
      value: clamped(
        sql`CASE WHEN ${matchesWhole(text, `[-+]?${bodyPattern}`)} THEN ${number}
          ELSE ${readPower(text, powerPattern, options.scale, keep)} END`,
        decimalType(options.scale),
        options.clamp,
      ),
    };
  },
});

function body(text: Sql): Sql {
  // The whole of it: what can't be read, and a number with a power of ten, says nothing of the column's decimal sign.
  return capture(text, `^[-+]?(${bodyPattern})$`, 1);
}
