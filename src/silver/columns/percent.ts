import { z } from 'zod';
import { capture, cast, matchesWhole, tryCast } from '../../engine/functions.js';
import type { Sql } from '../../sql/tag.js';
import { sql } from '../../sql/tag.js';
import { clamped, clampOption } from './clamp.js';
import { columnType } from './contract.js';
import { bodyPattern, decimalType, notationOptions, readNumber, saidExactly } from './notation.js';

const blank = '[ \\x{A0}\\x{202F}]*';
const mark = '[%٪﹪%]';
const bare = `[-+]?${bodyPattern}`;
const marked = `[-+]?${blank}(?:${mark}${blank}${bodyPattern}|${bodyPattern}${blank}${mark})`;

/**
 * A share, held as a fraction: `15%` is 0.15. What a number without a sign means, `as` says; with `infer` the whole column
 * does: numbers above 1 prove percent, those between 0 and 1 prove fractions, and where both occur, or neither, they are set
 * aside. `1,234%` and `1.234%` need `decimal`.
 */
export const percent = columnType({
  name: 'percent',
  options: z.object({
    ...notationOptions,
    decimal: notationOptions.decimal.describe('The decimal sign; left out, numbers are read that say it themselves'),
    clamp: clampOption,
    as: z
      .enum(['fraction', 'percent', 'infer'])
      .default('infer')
      .describe('What a number without a percent sign is: `0.15` (fraction), `15` (percent), or what the whole column proves'),
  }),
  sqlType: (options) => decimalType(options.scale),
  ofNumber: (text, options) => saidExactly(text, options.decimal),
  question: (text, options, keep) => {
    if (options.as !== 'infer') return null;
    // How large it is can be told before it is known which sign is the decimal one.
    const whole = keep(sql`CASE WHEN ${matchesWhole(text, bare)} THEN ${capture(text, '^[-+]?0*([0-9]*)', 1)} END`);
    const nothing = matchesWhole(text, '[-+]?0*[.,]?0*');
    return {
      about: 'fraction or percent',
      proofs: [
        { answer: 'percent', proves: sql`(${whole} <> '' AND NOT ${matchesWhole(text, '[-+]?0*1([.,]0*)?')})` },
        { answer: 'fraction', proves: sql`(${whole} = '' AND NOT ${nothing})` },
      ],
      ambiguous: sql`(${whole} IS NOT NULL AND NOT ${nothing})`,
    };
  },
  parse: (text, options, { keep, verdict }) => {
    const type = decimalType(options.scale);
    const written = keep(sql`replace(${text}, '−', '-')`);
    const number = keep(
      readNumber(keep(capture(written, bodyPattern, 0)), sql`starts_with(${written}, '-')`, undefined, options.decimal, '', keep),
    );
    const meant = options.as === 'infer' ? verdict : options.as;
    const hundredth = cast(hundredthOf(number), type);
    const nothing = sql`WHEN ${number} = 0 THEN ${cast(sql`0`, type)}`;
    const plain = meant === 'fraction' ? cast(number, type) : meant === 'percent' ? hundredth : sql`CASE ${nothing} END`;
    return {
      value: clamped(
        sql`CASE WHEN ${matchesWhole(written, marked)} THEN ${hundredth} WHEN ${matchesWhole(written, bare)} THEN ${plain} END`,
        type,
        options.clamp,
      ),
    };
  },
});

/** A hundredth without a float: types are as wide as the product needs. */
function hundredthOf(number: Sql): Sql {
  return sql`${tryCast(number, 'DECIMAL(26, 16)')} * ${cast(sql`'0.01'`, 'DECIMAL(2, 2)')}`;
}
