/** Values of a cursor, as services write them: whole numbers, and times in ISO 8601, with or without an hour and a zone. */

const time = /^(\d{4}-\d{2}-\d{2})(?:([T ])(\d{2}:\d{2}(?::\d{2})?)(\.\d+)?(Z|[+-]\d{2}:?\d{2})?)?$/;
const whole = /^-?\d{1,30}$/;

/** A value as text, if it is one that can be compared and sent back; else null. */
export function cursorValue(value: unknown): string | null {
  const text = typeof value === 'number' ? String(value) : value;
  return typeof text === 'string' && (whole.test(text) || millisecondsOf(text) !== null) ? text : null;
}

/** The later of two values; a number and a time can't be compared, so the second of those stands. */
export function later(a: string | null, b: string): string {
  if (a === null) return b;
  if (whole.test(a) && whole.test(b)) return BigInt(a) > BigInt(b) ? a : b;
  return (millisecondsOf(a) ?? Number.NEGATIVE_INFINITY) > (millisecondsOf(b) ?? Number.POSITIVE_INFINITY) ? a : b;
}

/** How far ahead of UTC a clock may go, in milliseconds: no zone is further. */
export const furthest = 14 * 3_600_000;

/** What is said of records whose time lies further ahead than that. */
export function aheadOf(records: number, name: string, cursor: string): string {
  return `${records} records of ${name} have a ${cursor} that lies in the future: it hides no other change, and they are read again in every run until it is mended or has come`;
}

/** Whether a value is not before one and before another; null stands for no bound. */
export function isWithin(value: string | null, since: string | null, until: string | null): boolean {
  if (value === null) return false;
  return (since === null || later(since, value) === value || value === since) && (until === null || later(value, until) !== value);
}

/** Whether a value is a time that lies behind a moment. */
export function isAfter(value: string, moment: Date): boolean {
  return !whole.test(value) && (millisecondsOf(value) ?? Number.NEGATIVE_INFINITY) > moment.getTime();
}

/** A time that lies behind a moment, as that moment; what is no time stays. */
export function notBehind(value: string, moment: Date): string {
  return isAfter(value, moment) ? spelledLike(value, moment.getTime()) : value;
}

/** The value from which a run asks: so many seconds or units before, spelled like the value. */
export function earlier(value: string, overlap: number): string {
  if (overlap === 0) return value;
  if (whole.test(value)) return String(BigInt(value) - BigInt(Math.ceil(overlap)));
  const at = millisecondsOf(value);
  return at === null ? value : spelledLike(value, at - overlap * 1000);
}

/** A time without a zone is taken as UTC; only differences matter, and it is sent back without one. */
function millisecondsOf(text: string): number | null {
  const [, day, , clock = '00:00', fraction = '', zone = 'Z'] = time.exec(text) ?? [];
  if (day === undefined) return null;
  const at = Date.parse(`${day}T${clock}${fraction}${zone.replace(/^([+-]\d{2})(\d{2})$/, '$1:$2')}`);
  return Number.isNaN(at) ? null : at;
}

/**
 * A moment, with or without an hour, a fraction and a zone as another value has them. Where that is a whole number, seconds since 1970, or
 * milliseconds if it has twelve digits or more; where it is nothing of that, in full.
 */
export function spelledLike(text: string, ms: number): string {
  if (whole.test(text)) return String(text.length >= 12 ? ms : Math.floor(ms / 1000));
  if (!time.test(text)) return new Date(ms).toISOString();
  const [, , separator, , fraction, zone] = time.exec(text) ?? [];
  const iso = new Date(ms).toISOString();
  if (separator === undefined) return iso.slice(0, 10);
  const clock = fraction === undefined ? iso.slice(11, 19) : iso.slice(11, 23);
  return `${iso.slice(0, 10)}${separator}${clock}${zone === undefined ? '' : 'Z'}`;
}
