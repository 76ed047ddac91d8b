/** The part of PostgREST's URL grammar that reads: columns, JSON paths, filters, logic trees and orders; what does not fit it is refused. */
import { refusal } from './refusal.js';

/** A column and the way into its JSON. */
export interface Field {
  readonly column: string;
  readonly path: readonly { readonly asText: boolean; readonly at: string | number }[];
}

export interface SelectItem {
  readonly field: Field;
  readonly alias: string | null;
  readonly cast: string | null;
}

export interface OrderTerm {
  readonly field: Field;
  readonly descending: boolean;
  readonly nullsFirst: boolean;
}

export type Condition =
  | {
      readonly kind: 'test';
      readonly field: Field;
      readonly negated: boolean;
      readonly operator: string;
      readonly value: string;
      readonly list: readonly string[];
    }
  | { readonly kind: 'and' | 'or'; readonly negated: boolean; readonly parts: readonly Condition[] };

const operators = new Set(['eq', 'neq', 'gt', 'gte', 'lt', 'lte', 'like', 'ilike']);

/** Where the reading of a text stands. */
interface Scan {
  readonly text: string;
  readonly what: string;
  at: number;
}

/** @throws Refusal `PGRST100` */
export function parseSelect(text: string): readonly SelectItem[] {
  const scan: Scan = { text, what: 'select parameter', at: 0 };
  return listed(scan, () => {
    skip(scan);
    if (take(scan, /\*/y) !== null) return { field: { column: '*', path: [] }, alias: null, cast: null };
    const alias = take(scan, /(?:"(?:[^"\\]|\\.)*"|[\p{L}\p{N}_ $-]+):(?!:)/uy);
    const field = fieldAt(scan);
    const cast = take(scan, /::[\p{L}\p{N}_ $]+/uy);
    if (scan.text[scan.at] === '(')
      throw refusal(400, 'PGRST200', `Could not find a relationship for '${field.column}' in the schema cache`);
    skip(scan);
    return { field, alias: alias === null ? null : unquoted(alias.slice(0, -1)), cast: cast === null ? null : cast.slice(2).trim() };
  });
}

/** @throws Refusal `PGRST100` */
export function parseOrder(text: string): readonly OrderTerm[] {
  const scan: Scan = { text, what: 'order', at: 0 };
  return listed(scan, () => {
    const field = fieldAt(scan);
    const direction = take(scan, /\.(?:asc|desc)/y);
    const nulls = take(scan, /\.nulls(?:first|last)/y);
    const descending = direction === '.desc';
    return { field, descending, nullsFirst: nulls === null ? descending : nulls === '.nullsfirst' };
  });
}

/** A filter beside others, `column=operator.value`: the value is taken as it stands, quotes and all. @throws Refusal `PGRST100` */
export function parseFilter(column: string, text: string): Condition {
  const name: Scan = { text: column, what: 'tree path', at: 0 };
  const field = fieldAt(name);
  ended(name);
  const scan: Scan = { text, what: 'filter', at: 0 };
  const test = testAt(scan, field, () => rest(scan));
  ended(scan);
  return test;
}

/** `and=(…)`, `or=(…)`, `not.and=(…)`, `not.or=(…)`, by the parameter's name and value. @throws Refusal `PGRST100` */
export function parseTree(name: string, text: string): Condition {
  const scan: Scan = { text: `${name}${text}`, what: 'logic tree', at: 0 };
  const tree = treeAt(scan);
  ended(scan);
  return tree;
}

function treeAt(scan: Scan): Condition {
  skip(scan);
  const head = take(scan, /(?:not\.)?(?:and|or)(?=\s*\()/y);
  if (head === null) {
    const field = fieldAt(scan);
    if (take(scan, /\./y) === null) throw fault(scan);
    return testAt(scan, field, () => valueAt(scan));
  }
  open(scan);
  const parts = [treeAt(scan)];
  while (take(scan, /\s*,\s*/y) !== null) parts.push(treeAt(scan));
  close(scan);
  skip(scan);
  return { kind: head.endsWith('and') ? 'and' : 'or', negated: head.startsWith('not.'), parts };
}

function testAt(scan: Scan, field: Field, single: () => string): Condition {
  const negated = take(scan, /not\./y) !== null;
  const operator = take(scan, /[a-z]+(?=\.)/y);
  if (operator === null) throw fault(scan);
  scan.at += 1;
  if (operator === 'is') {
    const value = take(scan, /null|unknown|true|false/iy);
    if (value === null) throw fault(scan);
    return { kind: 'test', field, negated, operator, value: value.toLowerCase(), list: [] };
  }
  if (operator === 'in') {
    open(scan);
    const list = [valueAt(scan)];
    while (take(scan, /,/y) !== null) list.push(valueAt(scan));
    close(scan);
    return { kind: 'test', field, negated, operator, value: '', list };
  }
  if (!operators.has(operator)) throw fault(scan);
  return { kind: 'test', field, negated, operator, value: single(), list: [] };
}

/** A value inside a tree or a list: in quotes, or up to the next comma or bracket. */
function valueAt(scan: Scan): string {
  const quoted = take(scan, /"(?:[^"\\]|\\.)*"(?=[,)])/sy);
  return quoted === null ? (take(scan, /[^,)]*/y) ?? '') : unquoted(quoted);
}

function fieldAt(scan: Scan): Field {
  const column = nameAt(scan);
  const path: Field['path'][number][] = [];
  for (let arrow = take(scan, /->>?/y); arrow !== null; arrow = take(scan, /->>?/y)) {
    const index = take(scan, /-?\d+(?=->|::|[.,)]|$)/y);
    path.push({ asText: arrow === '->>', at: index === null ? nameAt(scan) : Number(index) });
  }
  return { column, path };
}

function nameAt(scan: Scan): string {
  skip(scan);
  const name = take(scan, /"(?:[^"\\]|\\.)*"/sy) ?? take(scan, /[\p{L}\p{N}_ $]+(?:-(?!>)[\p{L}\p{N}_ $]+)*/uy);
  if (name === null) throw fault(scan);
  return unquoted(name);
}

function unquoted(text: string): string {
  return text.startsWith('"') ? text.slice(1, -1).replace(/\\(.)/gs, '$1') : text.trim();
}

function listed<T>(scan: Scan, one: () => T): readonly T[] {
  const all = [one()];
  while (take(scan, /\s*,\s*/y) !== null) all.push(one());
  ended(scan);
  return all;
}

function take(scan: Scan, pattern: RegExp): string | null {
  pattern.lastIndex = scan.at;
  const found = pattern.exec(scan.text)?.[0] ?? null;
  scan.at += found?.length ?? 0;
  return found;
}

function rest(scan: Scan): string {
  const text = scan.text.slice(scan.at);
  scan.at = scan.text.length;
  return text;
}

function skip(scan: Scan): void {
  take(scan, /[ \t]*/y);
}

function open(scan: Scan): void {
  if (take(scan, /[ \t]*\([ \t]*/y) === null) throw fault(scan);
}

function close(scan: Scan): void {
  if (take(scan, /[ \t]*\)/y) === null) throw fault(scan);
}

function ended(scan: Scan): void {
  if (scan.at < scan.text.length) throw fault(scan);
}

/** As the service says it: with the text that it could not read, values and all. */
function fault({ text, what, at }: Scan): Error {
  const found = at < text.length ? `"${text[at]}"` : 'end of input';
  return refusal(400, 'PGRST100', `"failed to parse ${what} (${text})" (line 1, column ${at + 1})`, { details: `unexpected ${found}` });
}
