/** Lists of Frappe as its database answers them: filters, order, and what of a row a caller sees. */

/** A row of a DocType's table. */
export type ErpnextRow = Readonly<Record<string, unknown>>;

/** What Frappe throws, by the name of its class. */
export class FrappeError extends Error {
  constructor(
    readonly status: number,
    readonly type: string,
    message: string,
  ) {
    super(message);
  }
}

/** The fields that every DocType has. */
export const standardFields = ['name', 'owner', 'creation', 'modified', 'modified_by', 'docstatus', 'idx'] as const;

type Query = Readonly<Record<string, string>>;
type Condition = readonly [field: string, operator: string, value: unknown];

/** All rows that a list asks for, in its order; pages are cut from them. `fields` are those that the DocType has. */
export function listed(rows: readonly ErpnextRow[], fields: ReadonlySet<string>, query: Query, knowsOr: boolean): readonly ErpnextRow[] {
  const [all, any] = [conditionsOf(query['filters'], fields), knowsOr ? conditionsOf(query['or_filters'], fields) : []];
  const found = rows.filter((row) => all.every((c) => fits(row, c)) && (any.length === 0 || any.some((c) => fits(row, c))));
  return found.sort(orderOf(query['order_by'] ?? 'modified desc', fields));
}

/** The fields of a row that were asked for; without any, its name. */
export function shownOf(row: ErpnextRow, fields: ReadonlySet<string>, query: Query): ErpnextRow {
  const asked = listIn(query['fields'] ?? '["name"]').map(String);
  const names = asked.includes('*') ? [...fields] : asked;
  for (const name of names) known(name, fields);
  return Object.fromEntries(names.map((name) => [name, row[name] ?? null]));
}

function conditionsOf(text: string | undefined, fields: ReadonlySet<string>): readonly Condition[] {
  return listIn(text ?? '[]').map((given) => {
    if (!Array.isArray(given) || given.length < 3 || given.length > 4) throw invalid('Filter must be a tuple or list (in a list)');
    const [field, operator, value] = given.slice(-3);
    return [known(String(field), fields), String(operator).toLowerCase(), value];
  });
}

function listIn(text: string): readonly unknown[] {
  try {
    const value: unknown = JSON.parse(text);
    if (Array.isArray(value)) return value;
  } catch {
    // As for any other text that is no list.
  }
  throw invalid('Filters and fields must be lists');
}

function known(field: string, fields: ReadonlySet<string>): string {
  if (fields.has(field)) return field;
  throw new FrappeError(417, 'DataError', `Field not permitted in query: ${field}`);
}

function invalid(message: string): FrappeError {
  return new FrappeError(417, 'ValidationError', message);
}

/** Texts are compared as MariaDB's default collation does: without regard to case. */
function fits(row: ErpnextRow, [field, operator, value]: Condition): boolean {
  const own = row[field] ?? null;
  switch (operator) {
    case '=':
      return compare(own, value) === 0;
    case '!=':
      return compare(own, value) !== 0;
    case '>':
      return own !== null && compare(own, value) > 0;
    case '<':
      return own !== null && compare(own, value) < 0;
    case '>=':
      return own !== null && compare(own, value) >= 0;
    case '<=':
      return own !== null && compare(own, value) <= 0;
    case 'in':
      return Array.isArray(value) && value.some((one) => compare(own, one) === 0);
    case 'not in':
      return Array.isArray(value) && !value.some((one) => compare(own, one) === 0);
    case 'between':
      return Array.isArray(value) && own !== null && compare(own, value[0]) >= 0 && compare(own, value[1]) <= 0;
    case 'like':
    case 'not like':
      return likeness(String(value)).test(String(own ?? '')) === (operator === 'like');
    case 'is':
      return (own === null || own === '') === (value === 'not set');
    default:
      throw invalid(`Operator must be one of those that are known, not ${operator}`);
  }
}

function likeness(pattern: string): RegExp {
  const parts = pattern.split('%').map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&').replaceAll('_', '.'));
  return new RegExp(`^${parts.join('.*')}$`, 'isu');
}

function orderOf(text: string, fields: ReadonlySet<string>): (a: ErpnextRow, b: ErpnextRow) => number {
  const parts = text.split(',').map((part) => {
    const [name = '', direction = 'asc'] = part.trim().split(/\s+/);
    return { name: known(name.replaceAll('`', ''), fields), sign: direction.toLowerCase() === 'desc' ? -1 : 1 };
  });
  return (a, b) => {
    for (const { name, sign } of parts) {
      const order = compare(a[name] ?? null, b[name] ?? null);
      if (order !== 0) return sign * order;
    }
    return 0;
  };
}

function compare(a: unknown, b: unknown): number {
  if (a === null || b === null) return a === b ? 0 : a === null ? -1 : 1;
  if (typeof a === 'number' && Number.isFinite(Number(b))) return a - Number(b);
  const [left, right] = [String(a).toLowerCase(), String(b).toLowerCase()];
  return left < right ? -1 : left > right ? 1 : 0;
}
