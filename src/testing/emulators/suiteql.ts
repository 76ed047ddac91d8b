/**
 * A small part of SuiteQL, enough for what readers ask: SELECT of columns, `*`, `TO_CHAR`, `COUNT(*)`; FROM a table or a SELECT in brackets;
 * JOIN; WHERE with AND, OR, comparisons, IN and IS NULL; ORDER BY. Anything else is refused, as nothing is worse than a wrong answer.
 */

import { Tokens } from './suiteql_tokens.js';
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
  const parser = new Parser(new Tokens(text), catalogue);
  const { rows } = parser.select();
  parser.end();
  return rows;
}

class Parser {
  /** Alias → the columns behind it, for the SELECT that is being read. */
  #sources: Map<string, ReadonlySet<string>> = new Map();

  constructor(
    private readonly tokens: Tokens,
    private readonly catalogue: Catalogue,
  ) {}

  end(): void {
    if (this.tokens.at < this.tokens.all.length) throw this.tokens.unsupported();
  }

  select(): Relation {
    const outer = this.#sources;
    this.#sources = new Map();
    this.tokens.need('select');
    // What is selected can be understood once it is known where from.
    const begin = this.tokens.at;
    for (let depth = 0; depth > 0 || !this.tokens.is('from'); this.tokens.at++) {
      const now = this.tokens.all[this.tokens.at];
      if (now === undefined) throw this.tokens.unsupported();
      depth += now === '(' ? 1 : now === ')' ? -1 : 0;
    }
    this.tokens.need('from');
    const [alias, relation] = this.#source();
    let scopes: Scope[] = relation.rows.map((row) => new Map([[alias, row]]));
    while (this.tokens.is('join') || this.tokens.is('inner') || this.tokens.is('left')) scopes = this.#join(scopes);
    if (this.tokens.take('where')) {
      const condition = this.#or();
      scopes = scopes.filter(condition);
    }
    if (this.tokens.take('order')) {
      this.tokens.need('by');
      scopes = this.#ordered(scopes);
    }
    const rest = this.tokens.at;
    this.tokens.at = begin;
    const items = this.#items();
    this.tokens.at = rest;
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
    const isLeft = this.tokens.take('left');
    if (!isLeft) this.tokens.take('inner');
    this.tokens.need('join');
    const [alias, relation] = this.#source();
    this.tokens.need('on');
    const on = this.#or();
    return scopes.flatMap((scope) => {
      const met = relation.rows.map((row): Scope => new Map([...scope, [alias, row]])).filter(on);
      return met.length === 0 && isLeft ? [new Map([...scope, [alias, {}]])] : met;
    });
  }

  #source(): readonly [string, Relation] {
    let relation: Relation;
    let name = '';
    if (this.tokens.take('(')) {
      relation = this.select();
      this.tokens.need(')');
    } else {
      name = this.tokens.name();
      const stored = this.catalogue.rows(name);
      if (stored === undefined) throw new Refused(`Search error occurred: Record '${name}' was not found.`);
      const columns = new Set(stored.flatMap((row) => Object.keys(row)));
      relation = { columns, rows: stored.map((row) => this.#seen(row)) };
    }
    const alias = this.tokens.isName() ? this.tokens.name() : name;
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
      if (this.tokens.take('*')) items.push(...[...this.#sources.keys()].flatMap((alias) => this.#all(alias)));
      else if (this.tokens.all[this.tokens.at + 1] === '.' && this.tokens.all[this.tokens.at + 2] === '*') {
        items.push(...this.#all(this.tokens.name()));
        this.tokens.at += 2;
      } else {
        const count = this.tokens.is('count');
        const plain = this.tokens.all[this.tokens.at + 1] === '.' ? this.tokens.all[this.tokens.at + 2] : this.tokens.all[this.tokens.at];
        const of = this.#expression();
        this.tokens.take('as');
        items.push({ name: this.tokens.isName() ? this.tokens.name() : (plain ?? '').toLowerCase(), of, count });
      }
    } while (this.tokens.take(','));
    if (!this.tokens.is('from')) throw this.tokens.unsupported();
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
      const sign = this.tokens.take('desc') ? -1 : 1;
      if (sign === 1) this.tokens.take('asc');
      by.push({ of, sign });
    } while (this.tokens.take(','));
    return [...scopes].sort((a, b) => by.reduce((found, { of, sign }) => (found === 0 ? sign * inOrder(of(a), of(b)) : found), 0));
  }

  #or(): Condition {
    const parts = [this.#and()];
    while (this.tokens.take('or')) parts.push(this.#and());
    return (scope) => parts.some((part) => part(scope));
  }

  #and(): Condition {
    const parts = [this.#comparison()];
    while (this.tokens.take('and')) parts.push(this.#comparison());
    return (scope) => parts.every((part) => part(scope));
  }

  #comparison(): Condition {
    if (this.tokens.take('(')) {
      const inner = this.#or();
      this.tokens.need(')');
      return inner;
    }
    const left = this.#expression();
    if (this.tokens.take('is')) {
      const not = this.tokens.take('not');
      this.tokens.need('null');
      return (scope) => (left(scope) === null) !== not;
    }
    if (this.tokens.take('in')) {
      this.tokens.need('(');
      const list = [this.#expression()];
      while (this.tokens.take(',')) list.push(this.#expression());
      this.tokens.need(')');
      return (scope) => list.some((one) => compared(left(scope), one(scope)) === 0);
    }
    const operator = this.tokens.all[this.tokens.at++] ?? '';
    const holds = operators[operator];
    if (holds === undefined) throw this.tokens.unsupported(-1);
    const right = this.#expression();
    return (scope) => {
      const order = compared(left(scope), right(scope));
      return order !== null && holds(order);
    };
  }

  #expression(): Evaluate {
    const now = this.tokens.all[this.tokens.at] ?? '';
    if (now.startsWith("'")) {
      this.tokens.at++;
      const text = now.slice(1, -1).replaceAll("''", "'");
      return () => text;
    }
    if (/^\d/.test(now)) {
      this.tokens.at++;
      return () => Number(now);
    }
    const name = this.tokens.name();
    if (this.tokens.take('(')) return this.#call(name);
    if (this.tokens.take('.')) return this.#column(name, this.tokens.name());
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
      this.tokens.need('*');
      this.tokens.need(')');
      return () => null;
    }
    const [of, format] = [this.#expression(), this.tokens.take(',') ? (this.tokens.all[this.tokens.at++] ?? '') : ''];
    this.tokens.need(')');
    const pattern = formats[format];
    if (name === 'to_char' && pattern !== undefined) return (scope) => printed(of(scope), pattern);
    if (name === 'to_date' && pattern !== undefined) return (scope) => readTime(of(scope), pattern);
    throw new Refused(`Invalid or unsupported search: ${name.toUpperCase()} ${format}.`);
  }
}
