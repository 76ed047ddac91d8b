/** The part of SOQL that readers use: `SELECT` of paths or `COUNT()`, `FROM`, `WHERE`, `ORDER BY` and `LIMIT`. */

/** A query, taken apart. */
export interface Soql {
  /** Paths such as `Id` and `Account.Name`; null for `COUNT()`. */
  readonly fields: readonly string[] | null;
  readonly object: string;
  readonly where: Condition;
  readonly order: readonly { readonly field: string; readonly sign: 1 | -1 }[];
  readonly limit: number | null;
  /** Every path that is named anywhere. */
  readonly paths: readonly string[];
}

/** Whether a record fits; `of` gives the value at a path. */
export type Condition = (of: (path: string) => unknown) => boolean;

/** The query is not as the grammar has it. */
export class Malformed extends Error {}

const token =
  /\s*('(?:[^'\\]|\\.)*'|\d{4}-\d\d-\d\d(?:T\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d))?|-?\d+(?:\.\d+)?|[A-Za-z][\w.]*|<=|>=|!=|<>|[<>=(),])/y;

/** @throws Malformed */
export function parseSoql(text: string): Soql {
  const tokens = tokensOf(text);
  const paths: string[] = [];
  let at = 0;
  const peek = (): string => (tokens[at] ?? '').toUpperCase();
  const take = (): string => tokens[at++] ?? '';
  const accept = (...words: readonly string[]): boolean => {
    if (!words.every((word, i) => (tokens[at + i] ?? '').toUpperCase() === word)) return false;
    at += words.length;
    return true;
  };
  const expect = (word: string): void => {
    if (!accept(word)) throw new Malformed(`unexpected token: '${tokens[at] ?? '<EOF>'}'`);
  };
  const path = (): string => {
    const found = take();
    if (!/^[A-Za-z]/.test(found)) throw new Malformed(`unexpected token: '${found === '' ? '<EOF>' : found}'`);
    paths.push(found);
    return found;
  };
  const list = <T>(item: () => T): T[] => {
    const items = [item()];
    while (accept(',')) items.push(item());
    return items;
  };
  const either = (): Condition => {
    const parts = [both()];
    while (accept('OR')) parts.push(both());
    return (of) => parts.some((part) => part(of));
  };
  const both = (): Condition => {
    const parts = [single()];
    while (accept('AND')) parts.push(single());
    return (of) => parts.every((part) => part(of));
  };
  const single = (): Condition => {
    if (accept('NOT')) {
      const inner = single();
      return (of) => !inner(of);
    }
    if (accept('(')) {
      const inner = either();
      expect(')');
      return inner;
    }
    const field = path();
    const isNot = accept('NOT');
    if (accept('IN')) {
      expect('(');
      const values = list(() => literal(take()));
      expect(')');
      return (of) => values.some((value) => compare(of(field), value) === 0) !== isNot;
    }
    if (accept('LIKE')) {
      const pattern = String(literal(take()));
      const fits = new RegExp(
        `^${[...pattern].map((c) => (c === '%' ? '.*' : c === '_' ? '.' : c.replace(/\W/, '\\$&'))).join('')}$`,
        'is',
      );
      return (of) => fits.test(String(of(field) ?? ''));
    }
    const operator = take();
    const holds = operators.get(operator);
    if (holds === undefined) throw new Malformed(`unexpected token: '${operator}'`);
    const value = literal(take());
    return (of) => holds(of(field), value);
  };

  expect('SELECT');
  const counts = accept('COUNT', '(', ')');
  const fields = counts ? null : list(path);
  expect('FROM');
  const object = path();
  paths.pop();
  const where = accept('WHERE') ? either() : () => true;
  const order = accept('ORDER', 'BY')
    ? list(() => {
        const field = path();
        const sign = accept('DESC') ? -1 : 1;
        accept('ASC');
        if (accept('NULLS') && !accept('FIRST')) expect('LAST');
        return { field, sign } as const;
      })
    : [];
  const limit = accept('LIMIT') ? Number(take()) : null;
  if (peek() !== '') throw new Malformed(`unexpected token: '${tokens[at]}'`);
  return { fields, object, where, order, limit, paths };
}

function tokensOf(text: string): readonly string[] {
  const found: string[] = [];
  token.lastIndex = 0;
  while (token.lastIndex < text.trimEnd().length) {
    const at = token.lastIndex;
    const [, word] = token.exec(text) ?? [];
    if (word === undefined) throw new Malformed(`line 1:${at} no viable alternative at character '${text.slice(at).trim()[0] ?? ''}'`);
    found.push(word);
  }
  return found;
}

type Literal = string | number | boolean | null;

function literal(word: string): Literal {
  if (word.startsWith("'")) return word.slice(1, -1).replaceAll(/\\(.)/g, '$1');
  if (/^(true|false)$/i.test(word)) return word.toLowerCase() === 'true';
  if (/^null$/i.test(word)) return null;
  if (/^\d{4}-/.test(word)) return word;
  if (word !== '' && Number.isFinite(Number(word))) return Number(word);
  throw new Malformed(`unexpected token: '${word === '' ? '<EOF>' : word}'`);
}

/** Nothing is smaller or larger than null. */
const operators = new Map<string, (a: unknown, b: Literal) => boolean>([
  ['=', (a, b) => compare(a, b) === 0],
  ['!=', (a, b) => compare(a, b) !== 0],
  ['<>', (a, b) => compare(a, b) !== 0],
  ['<', (a, b) => both(a, b) && compare(a, b) < 0],
  ['<=', (a, b) => both(a, b) && compare(a, b) <= 0],
  ['>', (a, b) => both(a, b) && compare(a, b) > 0],
  ['>=', (a, b) => both(a, b) && compare(a, b) >= 0],
]);

function both(a: unknown, b: unknown): boolean {
  return (a ?? null) !== null && b !== null;
}

const moment = /^\d{4}-\d\d-\d\dT/;

/** Null first; moments by time whatever their offset; ids with their case; other texts without it. */
export function compare(a: unknown, b: unknown): number {
  if ((a ?? null) === null || (b ?? null) === null) return Number((b ?? null) === null) - Number((a ?? null) === null);
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  const [x, y] = [String(a), String(b)];
  if (moment.test(x) && moment.test(y)) return momentOf(x) - momentOf(y);
  const isId = /^[A-Za-z0-9]{18}$/.test(x) && /^[A-Za-z0-9]{18}$/.test(y);
  const [p, q] = isId ? [x, y] : [x.toLowerCase(), y.toLowerCase()];
  return p < q ? -1 : p > q ? 1 : 0;
}

/** Milliseconds since 1970 of a moment as the service spells it, with an offset that may lack its colon. */
function momentOf(text: string): number {
  return Date.parse(text.replace(/([+-]\d\d)(\d\d)$/, '$1:$2'));
}
