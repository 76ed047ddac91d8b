/** Values of SuiteQL: how they are stored, compared and written. */

/** A value as the account stores it. */
export type Stored = string | number | boolean | Date | null | undefined;

/** A row of a table; names are in lower case. */
export type Row = Readonly<Record<string, Stored>>;

/** Why a query is not answered. */
export class Refused extends Error {}

/** A time as the user of the account sees it: what queries compare and print. */
interface Wall {
  readonly wall: string;
}

/** A value within a query. */
export type Value = string | number | boolean | Wall | null;

/** What an operator says of an order. */
export const operators: Readonly<Record<string, (order: number) => boolean>> = {
  '=': (o) => o === 0,
  '<>': (o) => o !== 0,
  '!=': (o) => o !== 0,
  '<': (o) => o < 0,
  '<=': (o) => o <= 0,
  '>': (o) => o > 0,
  '>=': (o) => o >= 0,
};

/** Format → how much of a time it has. */
export const formats: Readonly<Record<string, number>> = { "'YYYY-MM-DD HH24:MI:SS'": 19, "'YYYY-MM-DD'": 10 };

/** A time as TO_CHAR writes it. */
export function printed(value: Value, length: number): Value {
  if (value === null) return null;
  if (typeof value !== 'object') throw new Refused('Invalid or unsupported search: TO_CHAR of what is no time.');
  return value.wall.slice(0, length);
}

/** A time as TO_DATE reads it. */
export function readTime(value: Value, length: number): Value {
  if (typeof value !== 'string' || value.length !== length) throw new Refused('Invalid date.');
  return { wall: value.padEnd(19, ' 00:00:00') };
}

/** As the database compares: a text beside a number is read as one, texts by their characters. Null when one is null. */
export function compared(a: Value, b: Value): number | null {
  if (a === null || b === null) return null;
  if (typeof a === 'number' || typeof b === 'number') {
    const [x, y] = [Number(a), Number(b)];
    if (Number.isNaN(x) || Number.isNaN(y)) throw new Refused('Invalid number.');
    return x - y;
  }
  if ((typeof a === 'object') !== (typeof b === 'object')) throw new Refused('A time is compared with what is none; use TO_DATE.');
  const [x, y] = [spelled(a), spelled(b)];
  return x < y ? -1 : x > y ? 1 : 0;
}

/** Nulls come last. */
export function inOrder(a: Value, b: Value): number {
  return compared(a, b) ?? (a === null ? 1 : 0) - (b === null ? 1 : 0);
}

/** A value as answers have it: texts all, truth as T and F, a time as the user's date. */
export function spelled(value: NonNullable<Value>): string {
  if (typeof value === 'boolean') return value ? 'T' : 'F';
  return typeof value === 'object' ? value.wall : String(value);
}
