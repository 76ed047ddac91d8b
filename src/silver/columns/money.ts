import { z } from 'zod';
import { capture, matchesWhole } from '../../engine/functions.js';
import type { Sql } from '../../sql/tag.js';
import { join, sql } from '../../sql/tag.js';
import { clamped, clampOption } from './clamp.js';
import { columnType } from './contract.js';
import { bodyPattern, decimalSign, decimalType, notationOptions, readNumber, readPower, wholePowerPattern } from './notation.js';

/** Signs of currencies: the code that each stands for alone, and the others that it does not contradict. */
const signs: readonly { readonly sign: string; readonly code: string; readonly also: readonly string[] }[] = [
  { sign: '€', code: 'EUR', also: [] },
  { sign: '$', code: 'USD', also: ['CAD', 'AUD', 'NZD', 'SGD', 'HKD', 'MXN', 'TWD', 'CLP', 'COP', 'ARS'] },
  { sign: '£', code: 'GBP', also: ['EGP', 'GIP', 'FKP'] },
  { sign: '¥', code: 'JPY', also: ['CNY'] },
  { sign: '₹', code: 'INR', also: [] },
  { sign: '₩', code: 'KRW', also: [] },
  { sign: '₽', code: 'RUB', also: [] },
  { sign: '₺', code: 'TRY', also: [] },
  { sign: '₴', code: 'UAH', also: [] },
  { sign: '₫', code: 'VND', also: [] },
  { sign: '₪', code: 'ILS', also: [] },
  { sign: '₱', code: 'PHP', also: [] },
  { sign: '฿', code: 'THB', also: [] },
  { sign: '₦', code: 'NGN', also: [] },
  { sign: 'zł', code: 'PLN', also: [] },
  { sign: 'Kč', code: 'CZK', also: [] },
  { sign: 'kr', code: 'SEK', also: ['NOK', 'DKK', 'ISK'] },
  { sign: 'R$', code: 'BRL', also: [] },
  { sign: 'US$', code: 'USD', also: [] },
  { sign: 'C$', code: 'CAD', also: [] },
  { sign: 'A$', code: 'AUD', also: [] },
];

const unit = `(?:US\\$|R\\$|C\\$|A\\$|zł|Kč|kr|[€$£¥₹₩₽₺₴₫₪₱฿₦]|[A-Za-z]{3})`;
const blank = '[ \\x{A0}\\x{202F}]*';
// One minus at most, before or behind the unit, or at the end; or brackets, as accountants write it.
const amount = [
  `[-+]?${blank}${unit}?${blank}${bodyPattern}${blank}${unit}?`,
  `${unit}${blank}[-+]${blank}${bodyPattern}`,
  `${unit}?${blank}${bodyPattern}${blank}${unit}?${blank}-`,
  `\\(${blank}${unit}?${blank}${bodyPattern}${blank}${unit}?${blank}\\)`,
].join('|');

/**
 * An amount and, in the companion `<name>_currency`, its currency: from the separate column, else from the sign or code
 * written with the amount, else the declared default. An amount and a column that contradict each other are a problem. At most 15
 * digits before the decimal sign (with a `scale` of 4 to 6 at most 18 in all): a larger amount is set aside, never rounded. So is
 * `1.23E+05`, as a spreadsheet shows an amount of which it leaves digits out; `1.2345678E7`, as programs write one, is read.
 */
export const money = columnType({
  name: 'money',
  options: z.object({
    ...notationOptions,
    clamp: clampOption,
    currency: z.string().optional().describe('Source column that holds the currency'),
    default_currency: z
      .string()
      .regex(/^[A-Z]{3}$/, 'must be a three-letter code')
      .optional()
      .describe('Stands where neither column, sign nor code says the currency'),
  }),
  companions: [{ suffix: 'currency', type: 'VARCHAR' }],
  sqlType: (options) => decimalType(options.scale),
  sourceColumns: (options) => (options.currency === undefined ? [] : [options.currency]),
  question: (text, options, keep) => (options.decimal === undefined ? decimalSign(keep(body(text))) : null),
  parse: (text, options, context) => {
    const { keep } = context;
    const written = keep(plainMinus(text));
    const negative = sql`(contains(${written}, '-') OR contains(${written}, '('))`;
    const number = readNumber(keep(body(text)), negative, options.scale, options.decimal, context.verdict, keep);
    const mark = keep(sql`NULLIF(${capture(written, unit, 0)}, '')`);
    const readable = keep(matchesWhole(written, amount));
    const stated = options.currency === undefined ? sql`NULL::VARCHAR` : keep(sql`upper(${context.sourceColumn(options.currency)})`);
    const code = keep(
      sql`CASE ${mark} ${join(
        signs.map((s) => sql`WHEN ${s.sign} THEN ${s.code}`),
        ' ',
      )} ELSE upper(${mark}) END`,
    );
    const fits = sql`CASE ${mark} ${join(
      signs
        .filter((s) => s.also.length > 0)
        .map((s) => sql`WHEN ${s.sign} THEN ${stated} IN (${join([s.code, ...s.also].map((c) => sql`${c}`))})`),
      ' ',
    )}
      ELSE ${stated} = ${code} END`;
    return {
      value: clamped(
        sql`CASE WHEN ${readable} THEN ${number} WHEN ${matchesWhole(text, wholePowerPattern)} THEN ${readPower(text, options.scale)} END`,
        decimalType(options.scale),
        options.clamp,
      ),
      companions: [sql`COALESCE(${stated}, ${code}, ${options.default_currency ?? null})`],
      problems:
        options.currency === undefined
          ? []
          : [
              {
                name: 'currency',
                broken: sql`${readable} AND ${mark} IS NOT NULL AND ${stated} IS NOT NULL AND NOT ${fits}`,
                reason: `the amount's own sign or code contradicts the column \`${options.currency}\``,
              },
            ],
    };
  },
});

function plainMinus(text: Sql): Sql {
  return sql`replace(${text}, '−', '-')`;
}

function body(text: Sql): Sql {
  return capture(text, bodyPattern, 0);
}
