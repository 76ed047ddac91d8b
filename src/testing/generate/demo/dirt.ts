import type { Fault, Row } from '../data.js';
import type { Dirt, DirtKind } from '../dirt.js';
import { type DateNotation, writtenDay } from '../notation.js';
import { permutation, type Random } from '../random.js';
import { withoutAccents } from '../words/people.js';
import { csvRecord } from '../write.js';

/** How often a system writes something wrong, as a share of its rows (of its linked rows for `contradicting`). */
export const share = {
  contradicting: 0.015,
  unparseable: 0.005,
} as const;

/** What one row is written with: it keeps what it wrote differently from what is so. */
export class Pen {
  readonly faults: Fault[] = [];

  constructor(readonly dirt: Dirt) {}

  /** The text that is written in a field, noted if it is not the clean one. */
  put(field: string, kind: DirtKind, written: string, clean: string): string {
    if (written !== clean) this.faults.push({ field, kind, written, clean });
    return written;
  }

  /** A name with the blanks, the casing and the letters that one in twelve clerks or systems gives it. */
  name(field: string, name: string, random: Random): string {
    const { case: factor } = this.dirt;
    const shape = random.weighted([
      ['clean', 92],
      ['upper', 2 * factor],
      ['lower', 2 * factor],
      ['padded', factor],
      ['spaced', factor],
      ['plain', 2 * factor],
    ]);
    return this.put(field, 'case', inShape(name, shape), name);
  }

  /** An e-mail address: 4% missing, 1.5% no address, 3% in capitals, 2% with a blank at an end. */
  email(field: string, email: string, random: Random): string {
    const { dirt } = this;
    const shape = random.weighted([
      ['clean', 89.5],
      ['none', 4 * dirt.missing],
      ['invalid', 1.5 * dirt.invalid],
      ['upper', 3 * dirt.case],
      ['padded', 2 * dirt.case],
    ]);
    if (shape === 'none') return this.put(field, 'missing', '', email);
    if (shape === 'invalid') {
      const broken = [email.replace('@', ''), email.replace('@', '@@'), email.replace(/\.example$/, ''), 'none@'];
      return this.put(field, 'invalid', random.pick(broken), email);
    }
    if (shape === 'upper') {
      const capital = random.chance(0.5) ? email.toUpperCase() : `${email.slice(0, 1).toUpperCase()}${email.slice(1)}`;
      return this.put(field, 'case', capital, email);
    }
    return shape === 'padded' ? this.put(field, 'case', random.pick([` ${email}`, `${email} `]), email) : email;
  }

  /** A day in a notation, or in half a percent of cases something that is no date. */
  date(field: string, day: number, notation: DateNotation, random: Random): string {
    const broken = random.chance(share.unparseable * this.dirt.invalid);
    const written = broken ? random.pick(['31/02/2025', 'n/a', '2025-13-01']) : writtenDay(day, notation);
    return broken ? this.put(field, 'invalid', written, writtenDay(day, 'iso')) : written;
  }
}

function inShape(name: string, shape: string): string {
  if (shape === 'upper') return name.toUpperCase();
  if (shape === 'lower') return name.toLowerCase();
  if (shape === 'padded') return ` ${name} `;
  if (shape === 'spaced') return name.replace(' ', '  ');
  return shape === 'plain' ? withoutAccents(name) : name;
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
 * transfer, or one field too long, as by a comma that nobody quoted. At least two of each, if those rows are written
 * and `invalid` is not 0.
 */
export function raggedCsv(
  seed: number,
  label: string,
  count: number,
  dirt: Dirt,
  { share: broken, kept, index: at, extra }: Break,
): (index: number, cells: readonly string[], pen: Pen) => Pick<Row, 'text' | 'faults'> {
  const rank = permutation(seed, `${label} ragged`, count);
  const each = dirt.invalid === 0 ? 0 : Math.max(2, Math.round(count * broken * dirt.invalid));
  return (index, cells, { faults }) => {
    if (rank(index) >= 2 * each) return { text: csvRecord(cells), faults };
    const text = csvRecord(rank(index) < each ? cells.slice(0, kept) : [...cells.slice(0, at), extra, ...cells.slice(at)]);
    return { text, faults: [...faults, { field: '', kind: 'invalid', written: 'ragged', clean: '' }] };
  };
}
