import { OnefoldError } from '../base/errors.js';

/** What a statement reads: tables by schema and name (common table expressions left out), vars, and whether it asks what now is. */
export interface Reads {
  readonly tables: readonly { readonly schema: string | null; readonly name: string }[];
  readonly usesAsOf: boolean;
  /** Whether it converts amounts by the project's exchange rates. */
  readonly usesRates: boolean;
  /** The names of the vars that it asks for, as `var('region')`. */
  readonly vars: readonly string[];
}

// The parser is a large WASM module, so it is loaded only by projects that have SQL of their own.
const parser = () => import('@polyglot-sql/sdk');
type Parser = Awaited<ReturnType<typeof parser>>;

/** The statements of a text. @throws OnefoldError `MODEL_INVALID` when it can't be parsed */
export async function parsed(
  text: string,
): Promise<{ readonly sdk: Parser; readonly statements: readonly Parameters<Parser['ast']['getTables']>[0][] }> {
  const sdk = await parser();
  const result = sdk.parse(text, sdk.Dialect.DuckDB);
  if (!result.success || result.ast === null || result.ast === undefined) {
    throw new OnefoldError('MODEL_INVALID', result.error ?? 'the SQL could not be parsed');
  }
  return { sdk, statements: Array.isArray(result.ast) ? result.ast : [result.ast] };
}

/** The kinds of statement that give rows. */
const queries = new Set(['select', 'union', 'intersect', 'except', 'values', 'subquery']);

/**
 * What a model reads, from its parsed SQL.
 * @throws OnefoldError `MODEL_INVALID` when it can't be parsed, is not one SELECT, or asks for a var whose name is not written out.
 */
export async function readsOf(text: string): Promise<Reads> {
  const { sdk, statements } = await parsed(text);
  const statement = statements[0];
  if (statement === undefined || statements.length !== 1 || !queries.has(Object.keys(statement)[0] ?? '')) {
    throw new OnefoldError('MODEL_INVALID', 'a model is one SELECT statement');
  }
  const ctes = new Set<string>();
  const found = new Map<string, { schema: string | null; name: string }>();
  let usesAsOf = false;
  let usesRates = false;
  const vars = new Set<string>();
  visit(statement, (kind, node) => {
    if (kind === 'with') for (const cte of asList(node['ctes'])) ctes.add(nameOf(cte['alias']).toLowerCase());
    const called = calledBy(kind, node);
    if (called === 'as_of') usesAsOf = true;
    if (called === 'to_currency') usesRates = true;
    if (called === 'var') vars.add(varNamed(node));
  });
  for (const { table } of asList(sdk.ast.getTables(statement))) {
    const name = isNode(table) ? nameOf(table['name']) : '';
    const schema = isNode(table) && isNode(table['schema']) ? nameOf(table['schema']) : null;
    if (name !== '') found.set(`${schema ?? ''}.${name}`, { schema, name });
  }
  const tables = [...found.values()].filter((t) => t.schema !== null || !ctes.has(t.name.toLowerCase()));
  return { tables, usesAsOf, usesRates, vars: [...vars] };
}

/**
 * The names of the vars that an expression asks for, as `var('region')`.
 * @throws OnefoldError `MODEL_INVALID` when it can't be parsed, or a name is not written out.
 */
export async function varsOf(expression: string): Promise<readonly string[]> {
  // Most ask for none, and need not be parsed to know it.
  if (!/\bvar\W/i.test(expression)) return [];
  const { statements } = await parsed(`SELECT (${expression}\n)`);
  const names = new Set<string>();
  visit(statements, (kind, node) => {
    if (calledBy(kind, node) === 'var') names.add(varNamed(node));
  });
  return [...names];
}

/** The function that a node calls, in lower case; empty where it calls none. */
function calledBy(kind: string, node: Node): string {
  return kind === 'function' && typeof node['name'] === 'string' ? node['name'].toLowerCase() : '';
}

/** The var that a call of `var` asks for. @throws OnefoldError `MODEL_INVALID` when its name is not written out */
function varNamed(call: Node): string {
  const args = asList(call['args']);
  const literal = args[0]?.['literal'];
  const name = isNode(literal) && literal['literal_type'] === 'string' ? literal['value'] : undefined;
  if (args.length !== 1 || typeof name !== 'string')
    throw new OnefoldError('MODEL_INVALID', "`var` takes one name in quotes, as `var('region')`");
  return name;
}

/** A node of parsed SQL. */
export type Node = { readonly [key: string]: unknown };

/** Whether something is a node. */
export function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function asList(value: unknown): readonly Node[] {
  return Array.isArray(value) ? value.filter(isNode) : [];
}

function nameOf(value: unknown): string {
  return isNode(value) && typeof value['name'] === 'string' ? value['name'] : typeof value === 'string' ? value : '';
}

/** Calls back for every object in the tree, with the key that it stands under. */
export function visit(value: unknown, see: (kind: string, node: Node) => void, kind = ''): void {
  if (Array.isArray(value)) {
    for (const item of value) visit(item, see, kind);
  } else if (isNode(value)) {
    see(kind, value);
    for (const [key, child] of Object.entries(value)) visit(child, see, key);
  }
}
