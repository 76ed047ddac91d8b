import type { Random } from './random.js';

/** The ways in which a source writes a date; `slashed` has the day first. */
export type DateNotation = 'iso' | 'long' | 'slashed';

/** All three, to pick from. */
export const dateNotations: readonly DateNotation[] = ['iso', 'long', 'slashed'];

const months = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
] as const;

/** The number of days from 1970-01-01 to a date written `yyyy-mm-dd`. */
export function dayOf(date: string): number {
  return Date.parse(`${date}T00:00:00Z`) / 86_400_000;
}

/** A day (days since 1970-01-01) as `2025-03-05`, `March 05, 2025` or `05/03/2025`. */
export function writtenDay(day: number, notation: DateNotation): string {
  const iso = isoDay(day);
  if (notation === 'iso') return iso;
  const [year = '', month = '', ofMonth = ''] = iso.split('-');
  return notation === 'slashed' ? `${ofMonth}/${month}/${year}` : `${months[Number(month) - 1] ?? month} ${ofMonth}, ${year}`;
}

/** Days from 1833 to 2106 that were written before, by their number from the first of them. */
const isoDays: string[] = [];
const isoFirst = -50_000;
const isoCount = 100_000;

/** Days are few and rows are many, so that each day is written once. */
function isoDay(day: number): string {
  const at = day - isoFirst;
  const known = isoDays[at];
  if (known !== undefined) return known;
  const iso = new Date(day * 86_400_000).toISOString().slice(0, 10);
  if (at >= 0 && at < isoCount) isoDays[at] = iso;
  return iso;
}

/** A random second of a day as `2025-03-05T14:02:11Z`. */
export function momentOf(day: number, random: Random): string {
  return `${writtenDay(day, 'iso')}T${timeOf(random)}Z`;
}

/** A random time of day as `14:02:11`. */
export function timeOf(random: Random): string {
  return `${twoDigits(random.int(0, 23))}:${twoDigits(random.int(0, 59))}:${twoDigits(random.int(0, 59))}`;
}

function twoDigits(value: number): string {
  return value < 10 ? `0${value}` : String(value);
}

/** The sign of a currency that a source may write before an amount. */
export type CurrencySign = '€' | '$' | '£';

/** An amount in hundredths with its sign: `€1,984.31`, or with a decimal comma `€1.984,31`; a minus stands first. */
export function writtenMoney(hundredths: number, sign: CurrencySign, decimalComma: boolean): string {
  const [thousands, decimal] = decimalComma ? ['.', ','] : [',', '.'];
  const absolute = Math.abs(hundredths);
  const whole = String(Math.floor(absolute / 100)).replaceAll(/\B(?=(\d{3})+$)/g, thousands);
  return `${hundredths < 0 ? '-' : ''}${sign}${whole}${decimal}${padded(absolute % 100, 2)}`;
}

/** A whole number with leading zeros up to `width` digits; a longer one is left as it is. */
export function padded(value: number, width: number): string {
  return String(value).padStart(width, '0');
}

/** `count` random digits, the first of which is not 0. */
export function digits(random: Random, count: number): string {
  let text = String(random.int(1, 9));
  while (text.length < count) text += String(random.int(0, 9));
  return text;
}
