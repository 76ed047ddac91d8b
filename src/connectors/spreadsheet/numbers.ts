/** How days are counted: from 1900 as Excel does, from 1904 as workbooks of old Macs do, or from 1899-12-30 without Excel's extra day. */
export type Calendar = 'from_1900' | 'from_1904' | 'true_days';

/** What a number format makes of a number. `fraction`: whether it shows parts of a second. */
export interface NumberStyle {
  readonly kind: 'number' | 'moment' | 'duration';
  /** Of a moment: whether the format shows the day, and the time of day. */
  readonly day: boolean;
  readonly clock: boolean;
  readonly fraction: boolean;
}

const plain: NumberStyle = { kind: 'number', day: false, clock: false, fraction: false };

/** The formats that every workbook has by number, those of dates and times (ECMA-376 part 1, 18.8.30). */
const builtIn: ReadonlyMap<number, string> = new Map([
  ...[14, 15, 16, 17, 27, 28, 29, 30, 31, 36, 50, 51, 52, 53, 54, 57, 58].map((n): [number, string] => [n, 'yyyy-mm-dd']),
  ...[18, 19, 20, 21, 32, 33, 34, 35, 55, 56].map((n): [number, string] => [n, 'hh:mm:ss']),
  [22, 'yyyy-mm-dd hh:mm'],
  [45, 'mm:ss'],
  [46, '[h]:mm:ss'],
  [47, 'mm:ss.0'],
]);

/** Reads a format: by its number, or by its code where the workbook defines it. */
export function numberStyle(format: number, code: string | undefined): NumberStyle {
  const text = code ?? builtIn.get(format);
  if (text === undefined) return plain;
  const elapsed = /\[(h+|m+|s+)\]/i.test(text);
  // Only the first section, for positive numbers, counts; quoted and escaped characters and colours mean nothing.
  const bare = text
    .replace(/"[^"]*"?|\\.|_.|\*./g, '')
    .replace(/\[[^\]]*\]/g, (block) => (/^\[(h+|m+|s+)\]$/i.test(block) ? block : ''))
    .replace(/;.*$/s, '')
    .replace(/general/i, '')
    .toLowerCase();
  const fraction = /s\.0/.test(bare);
  if (elapsed) return { kind: 'duration', day: false, clock: true, fraction };
  const clock = /[hs]/.test(bare);
  const day = /[yd]/.test(bare) || (/m/.test(bare) && !clock);
  return day || clock ? { kind: 'moment', day, clock, fraction } : plain;
}

/**
 * The text of a number as its cell means it: a day as `2025-03-09`, a moment as `2025-03-09 14:30:00`, a time of day as
 * `14:30:00`, a duration as `27:30:00`, any other number in plain decimal notation with the 15 digits that a sheet has.
 */
export function numberText(raw: string, style: NumberStyle, calendar: Calendar): string {
  const value = Number(raw);
  if (raw.trim() === '' || !Number.isFinite(value)) return raw;
  if (style.kind === 'moment' && value >= (calendar === 'true_days' ? -693_593 : 0) && value < 2_958_466)
    return momentText(value, style, calendar);
  if (style.kind === 'duration' && Math.abs(value) < 2_958_466) return durationText(value, style.fraction);
  // An integer of more digits than a sheet computes with is kept as it was written.
  if (/^-?[0-9]+$/.test(raw)) return raw;
  const rounded = Number(value.toPrecision(15));
  return plainDecimal(Number.isFinite(rounded) ? rounded : value);
}

function momentText(serial: number, style: NumberStyle, calendar: Calendar): string {
  const unit = style.fraction ? 1 : 1000;
  const total = Math.round((serial * 86_400_000) / unit) * unit;
  const days = Math.floor(total / 86_400_000);
  const clock = total - days * 86_400_000;
  if (!style.day && days === 0) return clockText(clock, 2);
  const day = dayText(days, calendar);
  return clock === 0 && !style.clock ? day : `${day} ${clockText(clock, 2)}`;
}

/** Day 60 of Excel's calendar from 1900 is a 29 February that never was, so days before it are one further on. */
function dayText(days: number, calendar: Calendar): string {
  if (calendar === 'from_1900' && days === 60) return '1900-02-29';
  const epoch = calendar === 'from_1904' ? Date.UTC(1904, 0, 1) : Date.UTC(1899, 11, calendar === 'from_1900' && days < 60 ? 31 : 30);
  return new Date(epoch + days * 86_400_000).toISOString().slice(0, 10);
}

function durationText(serial: number, fraction: boolean): string {
  const unit = fraction ? 1 : 1000;
  const total = Math.round((Math.abs(serial) * 86_400_000) / unit) * unit;
  return `${serial < 0 ? '-' : ''}${clockText(total, 1)}`;
}

function clockText(milliseconds: number, hourDigits: number): string {
  const seconds = Math.floor(milliseconds / 1000);
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const rest = milliseconds % 1000;
  const text = parts.map((p, i) => String(p).padStart(i === 0 ? hourDigits : 2, '0')).join(':');
  return rest === 0 ? text : `${text}.${String(rest).padStart(3, '0')}`;
}

function plainDecimal(value: number): string {
  const text = String(value);
  const found = /^(-?)([0-9]+)(?:\.([0-9]+))?e([+-][0-9]+)$/.exec(text);
  if (found === null) return text;
  const [, sign = '', whole = '', rest = '', exponent = '0'] = found;
  const digits = whole + rest;
  const point = whole.length + Number(exponent);
  if (point <= 0) return `${sign}0.${'0'.repeat(-point)}${digits}`;
  return point >= digits.length ? `${sign}${digits.padEnd(point, '0')}` : `${sign}${digits.slice(0, point)}.${digits.slice(point)}`;
}
