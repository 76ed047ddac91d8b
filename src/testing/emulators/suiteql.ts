/**
 * A small part of SuiteQL, enough for what readers ask: SELECT of columns, `*`, `TO_CHAR`, `COUNT(*)`; FROM a table or a SELECT in brackets;
 * JOIN; WHERE with AND, OR, comparisons, IN and IS NULL; ORDER BY. Anything else is refused, as nothing is worse than a wrong answer.
 */

import type { Row, Stored, Value } from './suiteql_values.js';
import { compared, formats, inOrder, operators, printed, Refused, readTime } from './suiteql_values.js';

type Scope = ReadonlyMap<string, Readonly<Record<string, Value>>>;
type Evaluate = (scope: Scope) => Value;
type Condition = (scope: Scope) => boolean;

/** The tables of an account, each by its name in lower case. */
export interface Catalogue {
  readonly rows: (table: string) => readonly Row[] | undefined;
  /** A moment in the user's time zone, `YYYY-MM-DD HH:MM:SS`. */
  readonly wall: (moment: Date) => string;
}

interface Relation {
  readonly columns: ReadonlySet<string>;
  readonly rows: readonly Readonly<Record<string, Value>>[];
}

/** The rows that a query gives, in its order. @throws Refused */
export function suiteql(text: string, catalogue: Catalogue): readonly Readonly<Record<string, Value>>[] {
  const parser = new Parser(tokensOf(text), catalogue);
  const { rows } = parser.select();
  parser.end();
  return rows;
}

const token = /\s*(?:('(?:[^']|'')*')|(\d+(?:\.\d+)?)|([A-Za-z_]\w*)|(<=|>=|<>|!=|[(),.*=<>]))/y;

function tokensOf(text: string): readonly string[] {
  const found: string[] = [];
  token.lastIndex = 0;
  while (token.lastIndex < text.trimEnd().length) {
    const at = token.lastIndex;
    const match = token.exec(text);
    if (match === null) throw new Refused(`Invalid or unsupported search near '${text.slice(at, at + 20).trim()}'.`);
    found.push(match[0].trim());
  }
  return found;
}

const reserved = new Set([
  'from',
  'where',
  'order',
  'join',
  'left',
  'inner',
  'on',
  'and',
  'or',
  'as',
  'asc',
  'desc',
  'group',
  'union',
  'having',
]);

class Parser {
  #at = 0;
  /** Alias → the columns behind it, for the SELECT that is being read. */
  #sources: Map<string, ReadonlySet<string>> = new Map();

  constructor(
    private readonly tokens: readonly string[],
    private readonly catalogue: Catalogue,
  ) {}

  end(): void {
    if (this.#at < this.tokens.length) throw this.#unsupported();
  }

  select(): Relation {
    const outer = this.#sources;
    this.#sources = new Map();
    this.#need('select');
    // What is selected can be understood once it is known where from.
    const begin = this.#at;
    for (let depth = 0; depth > 0 || !this.#is('from'); this.#at++) {
      const now = this.tokens[this.#at];
      if (now === undefined) throw this.#unsupported();
      depth += now === '(' ? 1 : now === ')' ? -1 : 0;
    }
    this.#need('from');
    const [alias, relation] = this.#source();
    let scopes: Scope[] = relation.rows.map((row) => new Map([[alias, row]]));
    while (this.#is('join') || this.#is('inner') || this.#is('left')) scopes = this.#join(scopes);
    if (this.#take('where')) {
      const condition = this.#or();
      scopes = scopes.filter(condition);
    }
    if (this.#take('order')) {
      this.#need('by');
      scopes = this.#ordered(scopes);
    }
    const rest = this.#at;
    this.#at = begin;
    const items = this.#items();
    this.#at = rest;
    this.#sources = outer;
    const counting = items.filter((item) => item.count);
    if (counting.length > 0) {
      if (counting.length < items.length) throw new Refused('Invalid or unsupported search: COUNT beside columns.');
      return { columns: new Set(items.map((i) => i.name)), rows: [Object.fromEntries(items.map((i) => [i.name, scopes.length]))] };
    }
    return {
      columns: new Set(items.map((i) => i.name)),
      rows: scopes.map((scope) => Object.fromEntries(items.map(({ name, of }) => [name, of(scope)]))),
    };
  }

  #join(scopes: readonly Scope[]): Scope[] {
    const isLeft = this.#take('left');
    if (!isLeft) this.#take('inner');
    this.#need('join');
    const [alias, relation] = this.#source();
    this.#need('on');
    const on = this.#or();
    return scopes.flatMap((scope) => {
      const met = relation.rows.map((row): Scope => new Map([...scope, [alias, row]])).filter(on);
      return met.length === 0 && isLeft ? [new Map([...scope, [alias, {}]])] : met;
    });
  }

  #source(): readonly [string, Relation] {
    let relation: Relation;
    let name = '';
    if (this.#take('(')) {
      relation = this.select();
      this.#need(')');
    } else {
      name = this.#name();
      const stored = this.catalogue.rows(name);
      if (stored === undefined) throw new Refused(`Search error occurred: Record '${name}' was not found.`);
      const columns = new Set(stored.flatMap((row) => Object.keys(row)));
      relation = { columns, rows: stored.map((row) => this.#seen(row)) };
    }
    const alias = this.#isName() ? this.#name() : name;
    this.#sources.set(alias, relation.columns);
    return [alias, relation];
  }

  #seen(row: Row): Readonly<Record<string, Value>> {
    const value = (stored: Stored): Value => (stored instanceof Date ? { wall: this.catalogue.wall(stored) } : (stored ?? null));
    return Object.fromEntries(Object.entries(row).map(([name, stored]) => [name, value(stored)]));
  }

  #items(): { readonly name: string; readonly of: Evaluate; readonly count: boolean }[] {
    const items: { name: string; of: Evaluate; count: boolean }[] = [];
    do {
      if (this.#take('*')) items.push(...[...this.#sources.keys()].flatMap((alias) => this.#all(alias)));
      else if (this.tokens[this.#at + 1] === '.' && this.tokens[this.#at + 2] === '*') {
        items.push(...this.#all(this.#name()));
        this.#at += 2;
      } else {
        const count = this.#is('count');
        const plain = this.tokens[this.#at + 1] === '.' ? this.tokens[this.#at + 2] : this.tokens[this.#at];
        const of = this.#expression();
        this.#take('as');
        items.push({ name: this.#isName() ? this.#name() : (plain ?? '').toLowerCase(), of, count });
      }
    } while (this.#take(','));
    if (!this.#is('from')) throw this.#unsupported();
    return items;
  }

  #all(alias: string) {
    return [...(this.#sources.get(alias) ?? [])].map((name) => ({
      name,
      of: (scope: Scope) => scope.get(alias)?.[name] ?? null,
      count: false,
    }));
  }

  #ordered(scopes: readonly Scope[]): Scope[] {
    const by: { of: Evaluate; sign: number }[] = [];
    do {
      const of = this.#expression();
      const sign = this.#take('desc') ? -1 : 1;
      if (sign === 1) this.#take('asc');
      by.push({ of, sign });
    } while (this.#take(','));
    return [...scopes].sort((a, b) => by.reduce((found, { of, sign }) => (found === 0 ? sign * inOrder(of(a), of(b)) : found), 0));
  }

  #or(): Condition {
    const parts = [this.#and()];
    while (this.#take('or')) parts.push(this.#and());
    return (scope) => parts.some((part) => part(scope));
  }

  #and(): Condition {
    const parts = [this.#comparison()];
    while (this.#take('and')) parts.push(this.#comparison());
    return (scope) => parts.every((part) => part(scope));
  }

  #comparison(): Condition {
    if (this.#take('(')) {
      const inner = this.#or();
      this.#need(')');
      return inner;
    }
    const left = this.#expression();
    if (this.#take('is')) {
      const not = this.#take('not');
      this.#need('null');
      return (scope) => (left(scope) === null) !== not;
    }
    if (this.#take('in')) {
      this.#need('(');
      const list = [this.#expression()];
      while (this.#take(',')) list.push(this.#expression());
      this.#need(')');
      return (scope) => list.some((one) => compared(left(scope), one(scope)) === 0);
    }
    const operator = this.tokens[this.#at++] ?? '';
    const holds = operators[operator];
    if (holds === undefined) throw this.#unsupported(-1);
    const right = this.#expression();
    return (scope) => {
      const order = compared(left(scope), right(scope));
      return order !== null && holds(order);
    };
  }

  #expression(): Evaluate {
    const now = this.tokens[this.#at] ?? '';
    if (now.startsWith("'")) {
      this.#at++;
      const text = now.slice(1, -1).replaceAll("''", "'");
      return () => text;
    }
    if (/^\d/.test(now)) {
      this.#at++;
      return () => Number(now);
    }
    const name = this.#name();
    if (this.#take('(')) return this.#call(name);
    if (this.#take('.')) return this.#column(name, this.#name());
    const aliases = [...this.#sources].filter(([, columns]) => columns.has(name)).map(([alias]) => alias);
    return this.#column(aliases[0] ?? [...this.#sources.keys()][0] ?? '', name);
  }

  #column(alias: string, name: string): Evaluate {
    const columns = this.#sources.get(alias);
    if (columns === undefined) throw new Refused(`Search error occurred: Record '${alias}' was not found.`);
    // Of a table without rows no columns are known.
    if (columns.size > 0 && !columns.has(name))
      throw new Refused(`Search error occurred: Field '${name}' for record '${alias}' was not found.`);
    return (scope) => scope.get(alias)?.[name] ?? null;
  }

  #call(name: string): Evaluate {
    if (name === 'count') {
      this.#need('*');
      this.#need(')');
      return () => null;
    }
    const [of, format] = [this.#expression(), this.#take(',') ? (this.tokens[this.#at++] ?? '') : ''];
    this.#need(')');
    const pattern = formats[format];
    if (name === 'to_char' && pattern !== undefined) return (scope) => printed(of(scope), pattern);
    if (name === 'to_date' && pattern !== undefined) return (scope) => readTime(of(scope), pattern);
    throw new Refused(`Invalid or unsupported search: ${name.toUpperCase()} ${format}.`);
  }

  #is(word: string): boolean {
    return this.tokens[this.#at]?.toLowerCase() === word;
  }

  #take(word: string): boolean {
    const found = this.#is(word);
    if (found) this.#at++;
    return found;
  }

  #need(word: string): void {
    if (!this.#take(word)) throw this.#unsupported();
  }

  #isName(): boolean {
    const now = this.tokens[this.#at] ?? '';
    return /^[A-Za-z_]/.test(now) && !reserved.has(now.toLowerCase());
  }

  #name(): string {
    if (!this.#isName()) throw this.#unsupported();
    return (this.tokens[this.#at++] ?? '').toLowerCase();
  }

  #unsupported(by = 0): Refused {
    return new Refused(`Invalid or unsupported search near '${this.tokens[this.#at + by] ?? 'the end'}'.`);
  }
}
