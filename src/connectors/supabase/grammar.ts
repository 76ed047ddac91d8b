/** How names and values are spelled in a request to PostgREST. Conditions stand in one logic tree, where every value can be quoted. */
import type { Filter } from './options.js';

/** A value of a key, as JSON gave it. */
export type Mark = string | number | boolean;

/** A condition of a logic tree. */
export function spelledFilter({ column, operator, value, not }: Filter): string {
  const spelled = Array.isArray(value) ? `(${value.map(quoted).join(',')})` : operator === 'is' ? String(value) : quoted(value);
  return test(column, `${not ? 'not.' : ''}${operator}`, spelled);
}

/** Rows from a value of a column on, and before another. */
export function between(column: string, since: string | null, until: string | null): readonly string[] {
  return [...(since === null ? [] : [test(column, 'gte', quoted(since))]), ...(until === null ? [] : [test(column, 'lt', quoted(until))])];
}

/**
 * Rows behind one, in the order of the key: greater in the first column that differs. That the first is not smaller follows from
 * it, and is said so that an index on the key is used.
 */
export function behind(key: readonly string[], last: readonly Mark[]): readonly string[] {
  const steps = key.map((column, i) => {
    const same = key.slice(0, i).map((earlier, j) => test(earlier, 'eq', quoted(last[j])));
    return all([...same, test(column, 'gt', quoted(last[i]))]);
  });
  const [first] = key;
  if (first === undefined || steps.length < 2) return steps;
  return [test(first, 'gte', quoted(last[0])), `or(${steps.join(',')})`];
}

/** Rows in which a column of the key is null. */
export function nullIn(key: readonly string[]): string {
  return `or(${key.map((column) => test(column, 'is', 'null')).join(',')})`;
}

/** The parameter that holds conditions; none when there are none. */
export function where(conditions: readonly string[]): Readonly<Record<string, string>> {
  return conditions.length === 0 ? {} : { and: `(${conditions.join(',')})` };
}

/** A column's name, in quotes where it is no plain word. */
export function named(column: string): string {
  return /^[A-Za-z_]\w*$/.test(column) ? column : quoted(column);
}

function test(column: string, operator: string, spelled: string): string {
  return `${named(column)}.${operator}.${spelled}`;
}

function all(conditions: readonly string[]): string {
  return conditions.length === 1 ? conditions.join() : `and(${conditions.join(',')})`;
}

function quoted(value: unknown): string {
  return `"${String(value).replace(/["\\]/g, '\\$&')}"`;
}
