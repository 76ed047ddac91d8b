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
  const tests = conditions.map((condition) => compiled(table, condition));
  for (const { field } of [...select, ...order]) if (field.column !== '*') known(table, field.column);
  const kept = table.rows.filter((row) => tests.every((test) => test(row) === true));
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

/** Whether a condition holds for a row; null where it is unknown. Names and values are looked at here, before any row is. */
function compiled(table: Table, condition: Condition): (row: Row) => boolean | null {
  const { negated } = condition;
  const plain = condition.kind === 'test' ? tested(table, condition) : joined(table, condition.kind, condition.parts);
  return (row) => {
    const held = plain(row);
    return negated && held !== null ? !held : held;
  };
}

function joined(table: Table, kind: 'and' | 'or', parts: readonly Condition[]): (row: Row) => boolean | null {
  const tests = parts.map((part) => compiled(table, part));
  const decisive = kind === 'or';
  return (row) => {
    let held: boolean | null = !decisive;
    for (const test of tests) {
      const one = test(row);
      if (one === decisive) return decisive;
      if (one === null) held = null;
    }
    return held;
  };
}

const answers: Readonly<Record<string, (found: number) => boolean>> = {
  eq: (found) => found === 0,
  neq: (found) => found !== 0,
  gt: (found) => found > 0,
  gte: (found) => found >= 0,
  lt: (found) => found < 0,
  lte: (found) => found <= 0,
};

function tested(table: Table, { field, operator, value, list }: Test): (row: Row) => boolean | null {
  const type = typeAt(table, field);
  if (operator === 'is') {
    const truth = value === 'null' || value === 'unknown' ? null : value === 'true';
    return (row) => valueAt(field, row) === truth;
  }
  const unlessNull = (judge: (found: unknown) => boolean) => (row: Row) => {
    const found = valueAt(field, row);
    return found === null ? null : judge(found);
  };
  if (operator.endsWith('like')) return unlessNull((found) => isLike(String(found), value, operator === 'ilike'));
  const asked = (operator === 'in' ? list : [value]).map((text) => comparable(type, text));
  const answer = answers[operator] ?? answers['eq'];
  return unlessNull((found) => asked.some((other) => answer?.(compare(comparable(type, found), other)) === true));
}

/** Sorted as asked; rows that are equal stay as the table has them. */
function ordered(table: Table, rows: readonly Row[], order: readonly OrderTerm[]): readonly Row[] {
  if (order.length === 0) return rows;
  const decorated = rows.map((row) => ({
    row,
    keys: order.map(({ field }) => {
      const value = valueAt(field, row);
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
      const value = valueAt(field, row);
      return [[alias ?? String(last), cast === 'text' && value !== null ? asText(value) : value]];
    }),
  );
}

function valueAt({ column, path }: Field, row: Row): unknown {
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
