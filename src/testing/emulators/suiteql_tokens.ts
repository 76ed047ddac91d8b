import { Refused } from './suiteql_values.js';

/** The words and signs of a query, read one after another. */
export class Tokens {
  /** Which one is next. */
  at = 0;
  readonly all: readonly string[];

  /** @throws Refused when a sign is none of SuiteQL */
  constructor(text: string) {
    this.all = tokensOf(text);
  }

  is(word: string): boolean {
    return this.all[this.at]?.toLowerCase() === word;
  }

  take(word: string): boolean {
    const found = this.is(word);
    if (found) this.at++;
    return found;
  }

  need(word: string): void {
    if (!this.take(word)) throw this.unsupported();
  }

  isName(): boolean {
    const now = this.all[this.at] ?? '';
    return /^[A-Za-z_]/.test(now) && !reserved.has(now.toLowerCase());
  }

  name(): string {
    if (!this.isName()) throw this.unsupported();
    return (this.all[this.at++] ?? '').toLowerCase();
  }

  unsupported(by = 0): Refused {
    return new Refused(`Invalid or unsupported search near '${this.all[this.at + by] ?? 'the end'}'.`);
  }
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
