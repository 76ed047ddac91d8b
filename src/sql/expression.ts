import { OnefoldError } from '../base/errors.js';
import { isNode, parsed, visit } from './parse.js';

/** What one SQL expression over the columns of a row, or of several rows, is made of. */
export interface Expression {
  readonly columns: readonly string[];
  /** Whether it makes one value of many rows. */
  readonly aggregates: boolean;
  /** What it adds up: the argument of every `sum`, as SQL. */
  readonly summed: readonly string[];
}

/** What no expression may hold: it is about the rows that it is given, and about nothing else. */
const refused: Readonly<Record<string, string>> = {
  select: 'a query',
  subquery: 'a query',
  union: 'a query',
  exists: 'a query',
  window_function: 'a window function',
  parameter: 'a parameter',
  placeholder: 'a parameter',
  star: '`*`',
};

/** Functions that answer differently each time or look outside the rows. */
const outside = new Set(
  ['now', 'current_date', 'current_timestamp', 'current_time', 'localtime', 'localtimestamp', 'today', 'random', 'uuid', 'gen_random_uuid']
    .concat(['getenv', 'getvariable', 'current_setting', 'nextval', 'currval', 'query', 'query_table'])
    .concat(['read_text', 'read_blob', 'read_csv', 'read_csv_auto', 'read_parquet', 'read_json', 'read_json_auto', 'glob', 'columns']),
);

/**
 * Reads one expression.
 * @throws OnefoldError `MODEL_INVALID` when it is none, or holds a query, a window function, or a function that looks elsewhere
 */
export async function readExpression(text: string): Promise<Expression> {
  const query = `SELECT (${text}\n) AS expression FROM rows`;
  const { sdk, statements } = await parsed(query);
  const statement: unknown = statements[0];
  const select = isNode(statement) ? statement['select'] : undefined;
  const parts = isNode(select) && Array.isArray(select['expressions']) ? select['expressions'] : [];
  const from = isNode(select) && isNode(select['from']) ? select['from']['expressions'] : undefined;
  const [part] = parts;
  const alias = isNode(part) ? part['alias'] : undefined;
  const whole = isNode(alias) && isNode(alias['this']) ? alias['this']['paren'] : undefined;
  if (
    statement === undefined ||
    statements.length !== 1 ||
    parts.length !== 1 ||
    !Array.isArray(from) ||
    from.length !== 1 ||
    !isNode(whole)
  )
    throw new OnefoldError('MODEL_INVALID', 'must be one expression');
  const columns = new Set<string>();
  const summed: string[] = [];
  visit(whole, (kind, node) => {
    const what = Object.hasOwn(refused, kind) ? refused[kind] : undefined;
    if (what !== undefined) throw new OnefoldError('MODEL_INVALID', `can't hold ${what}`);
    // The parser knows some functions by themselves, and writes those without arguments as a single key.
    const [only, ...others] = Object.keys(node);
    const name = typeof node['name'] === 'string' ? node['name'].toLowerCase() : others.length === 0 && only !== undefined ? only : kind;
    if (outside.has(name) && kind !== 'column' && kind !== 'name')
      throw new OnefoldError(
        'MODEL_INVALID',
        `can't call \`${name}\`${name.includes('current') || name === 'now' || name === 'today' ? '; what now is, says `as_of()`' : ''}`,
      );
    if (kind === 'sum' && isNode(node['this'])) summed.push(sdk.generate([node['this']], sdk.Dialect.DuckDB).sql?.[0] ?? '');
    if (kind === 'column' && isNode(node['name']) && typeof node['name']['name'] === 'string') columns.add(node['name']['name']);
  });
  const analysed = sdk.analyzeQuery(query, sdk.Dialect.DuckDB);
  const aggregates = analysed.success && analysed.analysis?.projections[0]?.transformKind === 'aggregation';
  return { columns: [...columns], aggregates, summed };
}
