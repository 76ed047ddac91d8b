import { z } from 'zod';
import { capture, matchesWhole } from '../../engine/functions.js';
import type { Sql } from '../../sql/tag.js';
import { join, sql } from '../../sql/tag.js';
import { clamped, clampOption } from './clamp.js';
import type { Keep } from './contract.js';
import { columnType } from './contract.js';
import { markPattern, signs } from './currencies.js';
import {
  bodyPattern,
  decimalSign,
  decimalType,
  notationOptions,
  readNumber,
  readPower,
  saidExactly,
  wholePowerPattern,
} from './notation.js';

const blank = '[ \\x{A0}\\x{202F}]*';
// One minus at most, before or behind what says the currency, or at the end; or brackets, as accountants write it.
const amount = [
  `[-−+]?${blank}${markPattern}?${blank}${bodyPattern}${blank}${markPattern}?`,
  `${markPattern}${blank}[-−+]${blank}${bodyPattern}${blank}${markPattern}?`,
  `${markPattern}?${blank}${bodyPattern}${blank}${markPattern}?${blank}[-−]`,
  `\\(${blank}${markPattern}?${blank}${bodyPattern}${blank}${markPattern}?${blank}\\)`,
].join('|');
// What marks of currencies are made of, in a text that is an amount.
const letters = "[^-−+()0-9.,'’ \\x{A0}\\x{202F}]+";

/**
 * An amount and, in the companion `<name>_currency`, its currency: from the separate column, else from the sign or code
 * written with the amount, else the declared default; of a sign and a code the code counts, where the sign allows it. What contradicts each
 * other, or a column that names no currency, is a problem. At most 15
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
  ofNumber: (text, options) => saidExactly(text, options.decimal),
  question: (text, options, keep) => (options.decimal === undefined ? decimalSign(keep(body(readable(text, keep)))) : null),
  parse: (text, options, context) => {
    const { keep } = context;
    const written = readable(text, keep);
    const negative = sql`(contains(${written}, '-') OR contains(${written}, '−') OR contains(${written}, '('))`;
    const number = readNumber(keep(body(written)), negative, options.scale, options.decimal, context.verdict, keep);
    const mark = keep(sql`upper(NULLIF(${capture(written, letters, 0)}, ''))`);
    // Seldom are there two, so that the second is looked for where they are.
    const two = keep(matchesWhole(written, `.*${letters}.*[0-9].*${letters}.*`));
    const ofTwo = (value: Sql): Sql => keep(sql`CASE WHEN ${two} THEN ${value} END`);
    const second = ofTwo(sql`upper(${capture(written, `[0-9.,][^0-9.,]*?(${letters})[^0-9.,]*$`, 1)})`);
    const together = ofTwo(agreed(mark, second, (one) => ofTwo(codeOf(one))));
    const own = keep(sql`COALESCE(${together}, ${mark})`);
    const said = options.currency === undefined ? sql`NULL::VARCHAR` : keep(sql`upper(${context.sourceColumn(options.currency)})`);
    const stated = options.currency === undefined ? said : keep(sql`CASE WHEN ${matchesWhole(said, markPattern)} THEN ${said} END`);
    const keptCode = (mark: Sql): Sql => keep(codeOf(mark));
    const currency = keep(agreed(stated, own, keptCode));
    return {
      value: clamped(
        sql`CASE WHEN ${written} <> '' THEN ${number} ELSE ${readPower(text, wholePowerPattern, options.scale, keep)} END`,
        decimalType(options.scale),
        options.clamp,
      ),
      companions: [sql`COALESCE(${currency}, ${keptCode(stated)}, ${options.default_currency ?? null})`],
      problems: [
        {
          name: 'currency',
          broken: sql`${two} AND ${together} IS NULL`,
          reason: 'the signs or codes on both sides of the amount contradict each other',
        },
        ...(options.currency === undefined
          ? []
          : [
              {
                name: 'currency',
                broken: sql`${stated} IS NOT NULL AND ${own} IS NOT NULL AND ${currency} IS NULL`,
                reason: `the amount's own sign or code contradicts the column \`${options.currency}\``,
              },
              {
                name: 'currency',
                broken: sql`${text} IS NOT NULL AND ${said} IS NOT NULL AND ${stated} IS NULL`,
                reason: `the column \`${options.currency}\` says no known currency`,
              },
            ]),
      ],
    };
  },
});

/** The text if the whole of it is an amount, else an empty one: what is no amount says nothing of decimal signs and currencies. */
function readable(text: Sql, keep: Keep): Sql {
  return keep(sql`CASE WHEN ${matchesWhole(text, amount)} THEN ${text} ELSE '' END`);
}

function body(written: Sql): Sql {
  return capture(written, bodyPattern, 0);
}

/** The code that a sign or word in capitals stands for alone; a code stands for itself. */
function codeOf(mark: Sql): Sql {
  const cases = signs.map(({ sign, code }) => sql`WHEN ${sign} THEN ${code}`);
  return sql`CASE ${mark} ${join(cases, ' ')} ELSE ${mark} END`;
}

/** The code that two marks mean together, the more exact one's; null where they contradict each other. */
function agreed(a: Sql, b: Sql, code: (mark: Sql) => Sql): Sql {
  return sql`CASE WHEN ${code(a)} IS NULL THEN ${code(b)} WHEN ${b} IS NULL OR ${code(a)} = ${code(b)} OR ${alsoMeans(b, code(a))} THEN ${code(a)}
    WHEN ${alsoMeans(a, code(b))} THEN ${code(b)} END`;
}

/** Whether a sign may mean a code that it does not stand for alone. */
function alsoMeans(mark: Sql, code: Sql): Sql {
  const several = signs.filter(({ also }) => also.length > 0);
  const cases = several.map(({ sign, also }) => sql`WHEN ${sign} THEN list_contains(${[...also]}, ${code})`);
  return sql`CASE ${mark} ${join(cases, ' ')} END`;
}
