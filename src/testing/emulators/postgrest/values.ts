/** Values as PostgreSQL compares them, for the few types that tables of the emulator have. */
import { refusal } from './refusal.js';

/** Types by the names that PostgreSQL gives them; `json` stands for everything that has no order. */
export type PgType = 'bigint' | 'numeric' | 'boolean' | 'uuid' | 'timestamp with time zone' | 'text' | 'json';

const moment = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2})?)(?:\.(\d{1,6}))?(Z|[+-]\d{2}(?::?\d{2})?)?)?$/;
const uuid = /^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/i;

/** The type of a column, from what it holds. */
export function typeOf(values: readonly unknown[]): PgType {
  const known = values.filter((v) => v !== null && v !== undefined);
  const all = (test: (value: unknown) => boolean): boolean => known.length > 0 && known.every(test);
  if (all((v) => typeof v === 'bigint' || (typeof v === 'number' && Number.isInteger(v)))) return 'bigint';
  if (all((v) => typeof v === 'bigint' || typeof v === 'number')) return 'numeric';
  if (all((v) => typeof v === 'boolean')) return 'boolean';
  if (all((v) => typeof v === 'string' && uuid.test(v))) return 'uuid';
  if (all((v) => typeof v === 'string' && v.length > 10 && moment.test(v))) return 'timestamp with time zone';
  return known.some((v) => typeof v === 'object') ? 'json' : 'text';
}

/** A value or the text of a filter in a form that `<` orders as the database does. @throws Refusal where the text is none of the type */
export function comparable(type: PgType, value: unknown): bigint | number | string {
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value);
  switch (type) {
    case 'bigint':
      if (typeof value === 'bigint') return value;
      if (!/^\s*[+-]?\d+\s*$/.test(text)) throw invalid(type, text);
      return BigInt(text);
    case 'numeric':
      if (text.trim() === '' || !Number.isFinite(Number(text))) throw invalid(type, text);
      return Number(text);
    case 'boolean':
      if (!/^(t(rue)?|f(alse)?)$/i.test(text)) throw invalid(type, text);
      return /^t/i.test(text) ? 1 : 0;
    case 'uuid':
      if (!uuid.test(text)) throw invalid(type, text);
      return text.toLowerCase();
    case 'timestamp with time zone': {
      const [, day, clock = '00:00', fraction = '', zone = 'Z'] = moment.exec(text) ?? [];
      const at = Date.parse(`${day}T${clock}${zone.replace(/^([+-]\d{2}):?(\d{2})?$/, (_, h: string, m = '00') => `${h}:${m}`)}`);
      if (Number.isNaN(at)) throw refusal(400, '22007', `invalid input syntax for type ${type}: "${text}"`);
      return BigInt(at) * 1000n + BigInt(fraction.padEnd(6, '0'));
    }
    case 'text':
      return text;
    case 'json':
      throw refusal(404, '42883', 'could not identify an ordering operator for type json');
  }
}

/** Below, equal or above. */
export function compare(a: bigint | number | string, b: bigint | number | string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Whether a text is like a pattern; `*` stands for `%`. */
export function isLike(text: string, pattern: string, anyCase: boolean): boolean {
  const source = pattern
    .replaceAll('*', '%')
    .replace(/[\\^$.+?()[\]{}|]/g, '\\$&')
    .replaceAll('%', '.*')
    .replaceAll('_', '.');
  return new RegExp(`^${source}$`, anyCase ? 'is' : 's').test(text);
}

/** JSON with whole numbers of any size as digits, as the database writes them. */
export function spelled(value: unknown): string {
  const mark = 'whole number ';
  const text = JSON.stringify(value, (_, inner: unknown) => (typeof inner === 'bigint' ? `${mark}${inner}` : inner));
  return text.replaceAll(new RegExp(`"${mark}(-?\\d+)"`, 'g'), '$1');
}

function invalid(type: PgType, text: string): Error {
  return refusal(400, '22P02', `invalid input syntax for type ${type}: "${text}"`);
}
