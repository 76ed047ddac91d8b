/** What one request asks of a table, and what it gets: filters, order, cut, columns. */
import type { Struck } from '../faults.js';
import type { Condition, Field, OrderTerm, SelectItem } from './grammar.js';
import { parseFilter, parseOrder, parseSelect, parseTree } from './grammar.js';
import { refusal } from './refusal.js';
import type { PgType } from './values.js';
import { comparable, compare, isLike, typeOf } from './values.js';

type Test = Condition & { readonly kind: 'test' };

/** A row of a table: what JSON can spell, and whole numbers of any size. */
export type Row = Readonly<Record<string, unknown>>;

/** A table as a query sees it. */
export interface Table {
  readonly name: string;
  readonly rows: readonly Row[];
  /** All columns and their types. */
  readonly types: ReadonlyMap<string, PgType>;
}

/** A relation; without declared types its columns are those that rows have, and their types what the values tell. */
export function tableOf(name: string, rows: readonly Row[], declared?: Readonly<Record<string, PgType>>): Table {
  if (declared !== undefined) return { name, rows, types: new Map(Object.entries(declared)) };
  const columns = new Set(rows.flatMap((row) => Object.keys(row)));
  return { name, rows, types: new Map([...columns].map((column) => [column, typeOf(rows.map((row) => row[column]))])) };
}

export interface Found {
  /** Rows that the filters let through, in order. */
  readonly total: number;
  readonly offset: number;
  readonly rows: readonly Row[];
}

/** What the parameters of a read find. `page` makes the cut. @throws Refusal as the service would refuse them */
export function ask(table: Table, parameters: URLSearchParams, maxRows: number, page: Struck['page']): Found {
  const conditions: Condition[] = [];
  for (const [name, value] of parameters) {
    if (/^(not\.)?(and|or)$/.test(name)) conditions.push(parseTree(name, value));
    else if (!['select', 'order', 'limit', 'offset'].includes(name)) conditions.push(parseFilter(name, value));
  }
  const select = parseSelect(parameters.get('select') ?? '*');
  const order = parameters.has('order') ? parseOrder(parameters.get('order') ?? '') : [];
  for (const condition of conditions) check(table, condition);
  for (const { field } of [...select, ...order]) if (field.column !== '*') known(table, field.column);
  const kept = table.rows.filter((row) => conditions.map((c) => holds(table, c, row)).every((held) => held === true));
  const sorted = ordered(table, kept, order);
  const limit = cut(parameters.get('limit')) ?? Number.POSITIVE_INFINITY;
  const offset = Math.max(0, cut(parameters.get('offset')) ?? 0);
  if (limit < 0) {
    const details = 'Limit should be greater than or equal to zero.';
    throw refusal(416, 'PGRST103', 'Requested range not satisfiable', { details });
  }
  const { rows } = page(sorted, offset, Math.min(limit, maxRows), offset > 0 ? 'offset' : 'mark');
  return { total: kept.length, offset, rows: rows.map((row) => selected(table, row, select)) };
}

/** A number, or nothing where it is none: the service takes no notice of it then. */
function cut(text: string | null): number | null {
  return text !== null && /^-?\d+$/.test(text) ? Number(text) : null;
}

/** Names and values are looked at before any row is. */
function check(table: Table, condition: Condition): void {
  if (condition.kind !== 'test') for (const part of condition.parts) check(table, part);
  else askedFor(typeAt(table, condition.field), condition);
}

/** What a condition compares with, in the type of its column. */
function askedFor(type: PgType, { operator, value, list }: Test): readonly (bigint | number | string)[] {
  if (operator === 'is' || operator.endsWith('like')) return [];
  return (operator === 'in' ? list : [value]).map((text) => comparable(type, text));
}

/** Whether a condition holds; null where it is unknown. */
function holds(table: Table, condition: Condition, row: Row): boolean | null {
  if (condition.kind === 'test') {
    const held = tested(table, condition, row);
    return condition.negated && held !== null ? !held : held;
  }
  const parts = condition.parts.map((part) => holds(table, part, row));
  const decisive = condition.kind === 'or';
  const held = parts.includes(decisive) ? decisive : parts.includes(null) ? null : !decisive;
  return condition.negated && held !== null ? !held : held;
}

function tested(table: Table, test: Test, row: Row): boolean | null {
  const { field, operator, value } = test;
  const [type, found] = [typeAt(table, field), valueAt(table, field, row)];
  if (operator === 'is') return value === 'null' || value === 'unknown' ? found === null : found === (value === 'true');
  if (found === null) return null;
  if (operator.endsWith('like')) return isLike(String(found), value, operator === 'ilike');
  const compared = askedFor(type, test).map((other) => compare(comparable(type, found), other));
  if (operator === 'in') return compared.includes(0);
  const first = compared[0] ?? 0;
  const answers: Readonly<Record<string, boolean>> = {
    eq: first === 0,
    neq: first !== 0,
    gt: first > 0,
    gte: first >= 0,
    lt: first < 0,
    lte: first <= 0,
  };
  return answers[operator] ?? null;
}

/** Sorted as asked; rows that are equal stay as the table has them. */
function ordered(table: Table, rows: readonly Row[], order: readonly OrderTerm[]): readonly Row[] {
  if (order.length === 0) return rows;
  const decorated = rows.map((row) => ({
    row,
    keys: order.map(({ field }) => {
      const value = valueAt(table, field, row);
      return value === null ? null : comparable(typeAt(table, field), value);
    }),
  }));
  decorated.sort((a, b) => {
    for (const [i, { descending, nullsFirst }] of order.entries()) {
      const [left = null, right = null] = [a.keys[i], b.keys[i]];
      if (left === null && right === null) continue;
      if (left === null || right === null) return (left === null) === nullsFirst ? -1 : 1;
      const found = compare(left, right);
      if (found !== 0) return descending ? -found : found;
    }
    return 0;
  });
  return decorated.map(({ row }) => row);
}

function selected(table: Table, row: Row, select: readonly SelectItem[]): Row {
  return Object.fromEntries(
    select.flatMap(({ field, alias, cast }): (readonly [string, unknown])[] => {
      if (field.column === '*') return [...table.types.keys()].map((column) => [column, row[column] ?? null]);
      const last = field.path.findLast(({ at }) => typeof at === 'string')?.at ?? field.column;
      const value = valueAt(table, field, row);
      return [[alias ?? String(last), cast === 'text' && value !== null ? asText(value) : value]];
    }),
  );
}

function valueAt(table: Table, { column, path }: Field, row: Row): unknown {
  known(table, column);
  let value: unknown = row[column] ?? null;
  for (const { at, asText: isText } of path) {
    const inner: unknown = typeof value === 'object' && value !== null ? Reflect.get(value, at) : null;
    value = inner === undefined || inner === null ? null : isText ? asText(inner) : inner;
  }
  return value;
}

function typeAt(table: Table, { column, path }: Field): PgType {
  return path.length === 0 ? known(table, column) : 'text';
}

function known(table: Table, column: string): PgType {
  const type = table.types.get(column);
  if (type === undefined) throw refusal(400, '42703', `column ${table.name}.${column} does not exist`);
  return type;
}

function asText(value: unknown): string {
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
