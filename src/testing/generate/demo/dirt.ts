import { type DateNotation, writtenDay } from '../notation.js';
import { permutation, type Random } from '../random.js';
import { withoutAccents } from '../words/people.js';
import { csvRecord } from '../write.js';

/** How often a system writes something wrong, as a share of its rows (of its linked rows for `contradicting`). */
export const share = {
  contradicting: 0.015,
  unparseable: 0.005,
} as const;

/** A name with the blanks, the casing and the letters that one in twelve clerks or systems gives it. */
export function writtenName(name: string, random: Random): string {
  const shape = random.weighted([
    ['clean', 92],
    ['upper', 2],
    ['lower', 2],
    ['padded', 1],
    ['spaced', 1],
    ['plain', 2],
  ]);
  if (shape === 'upper') return name.toUpperCase();
  if (shape === 'lower') return name.toLowerCase();
  if (shape === 'padded') return ` ${name} `;
  if (shape === 'spaced') return name.replace(' ', '  ');
  return shape === 'plain' ? withoutAccents(name) : name;
}

/** An e-mail address: 4% missing, 1.5% no address, 3% in capitals, 2% with a blank at an end. */
export function writtenEmail(email: string, random: Random): string {
  const shape = random.weighted([
    ['clean', 89.5],
    ['none', 4],
    ['invalid', 1.5],
    ['upper', 3],
    ['padded', 2],
  ]);
  if (shape === 'none') return '';
  if (shape === 'invalid') {
    return random.pick([email.replace('@', ''), email.replace('@', '@@'), email.replace(/\.example$/, ''), 'none@']);
  }
  if (shape === 'upper') return random.chance(0.5) ? email.toUpperCase() : `${email.slice(0, 1).toUpperCase()}${email.slice(1)}`;
  return shape === 'padded' ? random.pick([` ${email}`, `${email} `]) : email;
}

/** A day in a notation, or in half a percent of cases something that is no date. */
export function writtenDate(day: number, notation: DateNotation, random: Random): string {
  return random.chance(share.unparseable) ? random.pick(['31/02/2025', 'n/a', '2025-13-01']) : writtenDay(day, notation);
}

/**
 * How often (as a share, once for short lines and once for long ones) and where a line breaks: it keeps its first
 * fields only, or a field stands before the one at `index` that does not belong.
 */
export interface Break {
  readonly share: number;
  readonly kept: number;
  readonly index: number;
  readonly extra: string;
}

/**
 * Writes the rows of a CSV file of `count` rows, a few of which come out ragged: cut short, as by a broken
 * transfer, or one field too long, as by a comma that nobody quoted. At least two of each, if those rows are written.
 */
export function raggedCsv(
  seed: number,
  label: string,
  count: number,
  { share: broken, kept, index: at, extra }: Break,
): (index: number, cells: readonly string[]) => string {
  const rank = permutation(seed, `${label} ragged`, count);
  const each = Math.max(2, Math.round(count * broken));
  return (index, cells) => {
    if (rank(index) < each) return csvRecord(cells.slice(0, kept));
    return rank(index) < 2 * each ? csvRecord([...cells.slice(0, at), extra, ...cells.slice(at)]) : csvRecord(cells);
  };
}
