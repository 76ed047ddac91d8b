import { z } from 'zod';
import { capture, cast, matchesWhole, tryCast } from '../../engine/functions.js';
import type { Sql } from '../../sql/tag.js';
import { sql } from '../../sql/tag.js';
import type { Keep, Question, Verdict } from './contract.js';

/*
 * Numbers with a decimal dot (`1,984.31`) or a decimal comma (`1.984,31`). Most texts say which they are; `1,234` and
 * `1.234` do not, and follow what the rest of the column proves.
 */

/** Options of every type that reads decimal numbers. */
export const notationOptions = {
  decimal: z.enum(['.', ',']).optional().describe('The decimal sign; inferred from the whole column if left out'),
  scale: z
    .number()
    .int()
    .min(0)
    .max(18)
    .optional()
    .describe("Digits behind the decimal sign, rounded half up; if left out, the source's own digits are kept (up to 18)"),
};

const certainDot = '[0-9]*\\.[0-9]+|[1-9][0-9]{0,2}(,[0-9]{3})+\\.[0-9]+|[1-9][0-9]{0,2}(,[0-9]{3}){2,}';
const certainComma = '[0-9]*,[0-9]+|[1-9][0-9]{0,2}(\\.[0-9]{3})+,[0-9]+|[1-9][0-9]{0,2}(\\.[0-9]{3}){2,}';
const eitherDot = '[1-9][0-9]{0,2}\\.[0-9]{3}';
const eitherComma = '[1-9][0-9]{0,2},[0-9]{3}';

/** A number's body: digits, dots and commas, with groups set off by blanks or apostrophes. */
export const bodyPattern = "[0-9.,](?:[0-9.,' ’\\x{A0}\\x{202F}]*[0-9.,])?";

/** The body without the blanks and apostrophes between its groups. */
function compact(body: Sql): Sql {
  return sql`CASE WHEN ${matchesWhole(body, '[0-9.,]*')} THEN ${body}
    WHEN ${matchesWhole(body, "[0-9]{1,3}([' ’\\x{A0}\\x{202F}][0-9]{3})+([.,][0-9]+)?")} THEN regexp_replace(${body}, '[^0-9.,]', '', 'g') END`;
}

/** A text that came as a number, spelled so that it says its decimal sign itself: `1.234` as `1.2340`, or as `1,234` where a comma is declared. */
export function saidExactly(text: Sql, declared: '.' | ',' | undefined): Sql {
  return declared === ','
    ? sql`CASE WHEN ${matchesWhole(text, '-?[0-9]+\\.[0-9]+')} THEN replace(${text}, '.', ',') ELSE ${text} END`
    : sql`CASE WHEN ${matchesWhole(text, `-?${eitherDot}`)} THEN ${text} || '0' ELSE ${text} END`;
}

/** Which decimal sign a column uses. */
export function decimalSign(body: Sql): Question {
  const either = matchesWhole(body, `${eitherDot}|${eitherComma}`);
  return {
    about: 'decimal sign',
    proofs: [
      { answer: 'decimal_dot', proves: sql`(${matchesWhole(body, certainDot)} AND NOT ${matchesWhole(body, eitherDot)})` },
      { answer: 'decimal_comma', proves: sql`(${matchesWhole(body, certainComma)} AND NOT ${matchesWhole(body, eitherComma)})` },
    ],
    ambiguous: either,
  };
}

/** The type that holds a number of the declared scale, or of the source's own. */
export function decimalType(scale: number | undefined): string {
  if (scale === undefined) return 'DECIMAL(38, 18)';
  return scale <= 6 ? `DECIMAL(18, ${scale})` : `DECIMAL(38, ${scale})`;
}

/** A number from its unsigned body and whether it is negative; null where it can't be read or is ambiguous. */
export function readNumber(
  body: Sql,
  negative: Sql,
  scale: number | undefined,
  declared: '.' | ',' | undefined,
  verdict: Verdict,
  keep: Keep,
): Sql {
  const sign = declared ?? (verdict === 'decimal_dot' ? '.' : verdict === 'decimal_comma' ? ',' : undefined);
  const number = keep(compact(body));
  const dot = sql`replace(${number}, ',', '')`;
  const comma = sql`replace(replace(${number}, '.', ''), ',', '.')`;
  // Texts that could be either come first: without a sign to follow they are not guessed.
  const either = sign === '.' ? dot : sign === ',' ? comma : sql`NULL`;
  const normal = sql`CASE WHEN ${matchesWhole(number, '[0-9]+')} THEN ${number}
    WHEN ${matchesWhole(number, `${eitherDot}|${eitherComma}`)} THEN ${either}
    ${declared === ',' ? sql`` : sql`WHEN ${matchesWhole(number, certainDot)} THEN ${dot}`}
    ${declared === '.' ? sql`` : sql`WHEN ${matchesWhole(number, certainComma)} THEN ${comma}`} END`;
  const unsigned = keep(normal);
  return exactDecimal(keep(sql`CASE WHEN ${negative} THEN '-' || ${unsigned} ELSE ${unsigned} END`), scale);
}

/** A number as programs write very large and very small ones: `1e-05`, `1.5E+10`, `1.0E10`; `1e5`, which may be a code, is none. */
export const powerPattern = '[-+]?[0-9](?:\\.[0-9]+)?[eE][-+][0-9]{1,3}|[-+]?[0-9]\\.[0-9]+[eE][0-9]{1,3}';

/**
 * Of these, what can only be a whole number of digits: programs spell large doubles as `1.2345678E7`, and leave none out. A signed
 * or padded power, `1.23E+07`, is also what a spreadsheet shows of a number whose other digits are lost.
 */
export const wholePowerPattern = '[-+]?[0-9]\\.[0-9]+E[1-9][0-9]?';

/**
 * A number from a text with a power of ten, null where it is none of the pattern: spelled out first, as the engine's own reading of powers rounds wrongly. Hardly any text is
 * one, so its parts are looked for only where they are.
 */
export function readPower(text: Sql, pattern: string, scale: number | undefined, keep: Keep): Sql {
  const powered = keep(sql`CASE WHEN contains(upper(${text}), 'E') AND ${matchesWhole(text, pattern)} THEN ${text} END`);
  const digits = keep(sql`replace(${capture(powered, '([0-9.]+)[eE]', 1)}, '.', '')`);
  const power = keep(tryCast(capture(powered, '[eE][+]?(-?[0-9]+)', 1), 'INTEGER'));
  const behind = sql`(length(${digits}) - 1 - ${power})`;
  const unsigned = sql`CASE WHEN ${power} < 0 THEN '0.' || repeat('0', -${power} - 1) || ${digits}
    WHEN ${behind} <= 0 THEN ${digits} || repeat('0', -${behind})
    ELSE ${digits}[:${power} + 1] || '.' || ${digits}[${power} + 2:] END`;
  return exactDecimal(keep(sql`CASE WHEN starts_with(${powered}, '-') THEN '-' ELSE '' END || ${unsigned}`), scale);
}

/**
 * Decimal text, such as `-12.5`, as a number; null when it has more than 15 digits before the decimal sign (so that sums fit
 * the ledger) or, where no scale is declared, more than 18 behind it.
 */
function exactDecimal(text: Sql, scale: number | undefined): Sql {
  if (scale !== undefined)
    return sql`CASE WHEN ${matchesWhole(text, '-?[0-9]{0,15}(\\.[0-9]+)?')} THEN ${tryCast(text, decimalType(scale))} END`;
  // Reading into the widest type is slow, so short numbers take a way through a narrow one; neither loses a digit.
  return sql`CASE WHEN ${matchesWhole(text, '-?[0-9]{1,14}(\\.[0-9]{1,4})?')} THEN ${cast(cast(text, 'DECIMAL(18, 4)'), 'DECIMAL(38, 18)')}
    WHEN ${matchesWhole(text, '-?[0-9]{0,15}(\\.[0-9]{1,18})?')} THEN ${tryCast(text, 'DECIMAL(38, 18)')} END`;
}
