import type { Node } from './parse.js';
import { isNode, parsed, visit } from './parse.js';

/** A column of a table, `schema.table`. */
export interface ColumnRef {
  readonly table: string;
  readonly column: string;
}

/**
 * How a column comes from others: as it is, as one of several rows' (`aggregate`), by some other expression, from no column at
 * all (`constant`), or nobody can tell (`unknown`).
 */
export type Derivation = 'direct' | 'expression' | 'aggregate' | 'constant' | 'unknown';

/** A column of a statement's result and what its value comes from; what only decides about rows (joins, filters) is left out. */
export interface ColumnLineage {
  readonly name: string;
  readonly how: Derivation;
  /** Empty where `how` is `constant` or `unknown`. */
  readonly from: readonly ColumnRef[];
}

/** `schema.table` → its columns, in order. */
export type KnownColumns = ReadonlyMap<string, readonly string[]>;

/**
 * The columns that each column of a SELECT comes from. What the parser can't follow, or is known to follow wrongly, is `unknown`:
 * no answer is better than a wrong one.
 * @param output the statement's columns as the engine names them, in order
 * @param known columns of the tables that it reads
 * @throws OnefoldError `MODEL_INVALID` when it can't be parsed
 */
export async function columnLineage(text: string, output: readonly string[], known: KnownColumns): Promise<readonly ColumnLineage[]> {
  const { sdk, statements } = await parsed(text);
  const [statement] = statements;
  const doubt = statement === undefined ? allOf : doubts(statement, known);
  const schema = {
    tables: [...known].map(([table, columns]) => {
      const [schemaName = '', name = ''] = table.split('.');
      return { name, schema: schemaName, columns: columns.map((column) => ({ name: column, type: 'VARCHAR' })) };
    }),
  };
  const analysed = sdk.analyzeQuery(text, { schema, dialect: sdk.Dialect.DuckDB });
  const analysis = analysed.success ? analysed.analysis : undefined;
  const unknown = (name: string): ColumnLineage => ({ name, how: 'unknown', from: [] });
  if (analysis === undefined || analysis === null || doubt === allOf || analysis.projections.some((p) => p.isStar))
    return output.map(unknown);
  const nested = analysis.relations.some((r) => r.kind !== 'table') || analysis.setOperations.length > 0;
  const placed = matched(output, analysis.projections, doubt.starModified);
  return output.map((name, i) => {
    const projection = placed[i];
    if (projection === undefined || doubt.names.has(name.toLowerCase())) return unknown(name);
    const from = projection.upstream.map((ref) => (ref.sourceKind === 'table' ? spelledAs(ref, known) : null));
    const found = from.filter((ref) => ref !== null);
    if (found.length < from.length) return unknown(name);
    const top = derivations[projection.transformKind] ?? 'expression';
    if (top === 'aggregate' || found.length === 0 || (top === 'direct' && !nested)) {
      // What seems to come from no column may come from one that the parser does not see: only plain values are constant.
      if (found.length === 0 && top !== 'aggregate' && projection.transformKind !== 'constant') return unknown(name);
      return { name, how: found.length === 0 && top !== 'aggregate' ? 'constant' : top, from: found };
    }
    const tree = sdk.lineageAtWithSchema(projection.index, text, schema, sdk.Dialect.DuckDB);
    return { name, how: tree.success && tree.lineage !== undefined ? deepest(tree.lineage) : 'expression', from: found };
  });
}

const derivations: Readonly<Record<string, Derivation>> = { direct: 'direct', aggregation: 'aggregate' };

interface Projection {
  readonly index: number;
  readonly name?: string | null | undefined;
  readonly transformKind: string;
  readonly upstream: readonly {
    readonly sourceKind: string;
    readonly table?: string | null | undefined;
    readonly column: string;
    readonly confidence: string;
  }[];
}

/** The parser's projection of every column: by place where both count alike, else by name where it stands once. */
function matched(
  output: readonly string[],
  projections: readonly Projection[],
  starModified: boolean,
): readonly (Projection | undefined)[] {
  const same = (p: Projection | undefined, name: string): boolean => {
    if (p === undefined) return false;
    const theirs = (p.name ?? '').toLowerCase();
    const ours = name.toLowerCase();
    return (
      theirs === ours ||
      theirs === '' ||
      /^_col_\d+$/.test(theirs) ||
      (ours.startsWith(`${theirs}_`) && /^\d+$/.test(ours.slice(theirs.length + 1)))
    );
  };
  const byPlace = !starModified && projections.length === output.length && output.every((name, i) => same(projections[i], name));
  if (byPlace) return projections;
  return output.map((name) => {
    const alike = projections.filter((p) => p.name?.toLowerCase() === name.toLowerCase());
    return alike.length === 1 ? alike[0] : undefined;
  });
}

/** A reference as the known tables spell it, or null where they have no such column. */
function spelledAs(ref: Projection['upstream'][number], known: KnownColumns): ColumnRef | null {
  if (ref.table === null || ref.table === undefined || ref.confidence !== 'resolved') return null;
  const wanted = ref.table.toLowerCase();
  for (const [table, columns] of known) {
    if (table.toLowerCase() !== wanted) continue;
    const column = columns.find((c) => c.toLowerCase() === ref.column.toLowerCase());
    return column === undefined ? null : { table, column };
  }
  return null;
}

const aggregates =
  /^(sum|count|count_if|avg|min|max|median|mode|first|last|any_value|string_agg|array_agg|list_agg|group_concat|aggregate_function)$|^(stddev|variance|var|quantile|percentile|approx|bit|bool|logical)_/;

/** How a column comes about over all the queries that it goes through: by the least direct of their expressions. */
function deepest(root: {
  readonly expression: unknown;
  readonly downstream: readonly unknown[];
  readonly source_kind?: unknown;
}): Derivation {
  let how: Derivation = 'direct';
  const follow = (node: unknown): void => {
    if (!isNode(node)) return;
    const expression = bare(node['expression']);
    if (node['source_kind'] === 'virtual' || node['source_kind'] === 'unknown') how = how === 'aggregate' ? how : 'expression';
    const combines = isNode(expression) && ['union', 'intersect', 'except', 'select'].some((kind) => kind in expression);
    if (!(isNode(expression) && 'column' in expression) && !combines) {
      let aggregated = false;
      visit(expression, (kind) => {
        if (aggregates.test(kind)) aggregated = true;
      });
      const windowed = isNode(expression) && 'window_function' in expression;
      how = aggregated && !windowed ? 'aggregate' : how === 'aggregate' ? how : 'expression';
    }
    if (Array.isArray(node['downstream'])) node['downstream'].forEach(follow);
  };
  follow({ ...root });
  return how;
}

/** An expression without its alias and brackets. */
function bare(value: unknown): unknown {
  if (!isNode(value)) return value;
  const inner = isNode(value['alias']) ? value['alias']['this'] : isNode(value['paren']) ? value['paren']['this'] : undefined;
  return inner === undefined ? value : bare(inner);
}

const allOf = 'all';

/** What the parser is known to follow wrongly in a statement: some output columns, or all of it. */
interface Doubts {
  readonly names: ReadonlySet<string>;
  /** Whether the outer query has a star with EXCLUDE, REPLACE or RENAME, whose places do not count. */
  readonly starModified: boolean;
}

function doubts(statement: object, known: KnownColumns): Doubts | typeof allOf {
  const outer = isNode(statement) ? statement['select'] : undefined;
  const everyColumn = new Set([...known.values()].flat().map((c) => c.toLowerCase()));
  const names = new Set<string>();
  let all = false;
  let starModified = false;
  visit(statement, (kind, node) => {
    // Names given to a table's columns from outside, and patterns of names, are not followed.
    if (kind === 'table' && list(node['column_aliases']).length > 0) all = true;
    if (kind === 'function' && lower(node['name']) === 'columns') all = true;
    if (kind === 'pivot' || kind === 'unpivot' || (kind === 'except' && 'left' in node)) all = true;
    if (kind === 'with' && node['recursive'] === true) all = true;
    if (kind !== 'select') return;
    const isOuter = node === outer;
    for (const { changed, dropped } of stars(node)) {
      if (changed.length + dropped.length === 0) continue;
      if (isOuter) starModified = true;
      if (!isOuter && (changed.length > 0 || dropped.some((name) => aliased(node).some(([alias]) => alias === name)))) all = true;
      for (const name of changed) names.add(name);
    }
    for (const name of shadowing(node, everyColumn)) {
      if (isOuter) names.add(name);
      else all = true;
    }
  });
  return all ? allOf : { names, starModified };
}

/** The stars of a query: names that they change (REPLACE, RENAME) and drop (EXCLUDE). */
function stars(select: Node): readonly { readonly changed: readonly string[]; readonly dropped: readonly string[] }[] {
  return list(select['expressions']).flatMap((part) => {
    const star = isNode(part) ? part['star'] : undefined;
    if (!isNode(star)) return [];
    const replaced = list(star['replace']).map((r) => lower(isNode(r) ? r['alias'] : undefined));
    const renamed = list(star['rename']).flatMap((pair) => list(pair).map(lower));
    return [{ changed: [...replaced, ...renamed], dropped: list(star['except']).map(lower) }];
  });
}

/** The aliases of a query, each with its expression. */
function aliased(select: Node): readonly (readonly [string, unknown])[] {
  return list(select['expressions']).flatMap((part) => {
    const alias = isNode(part) ? part['alias'] : undefined;
    return isNode(alias) ? [[lower(alias['alias']), alias['this']] as const] : [];
  });
}

/**
 * Output columns that name something which is both an alias beside them and a column of some table: the engine means the
 * column, the parser the alias.
 */
function shadowing(select: Node, columns: ReadonlySet<string>): readonly string[] {
  const aliases = aliased(select).filter(([alias, value]) => columns.has(alias) && unqualified(value).some((name) => name !== alias));
  const out: string[] = [];
  for (const part of list(select['expressions'])) {
    const own = isNode(part) && isNode(part['alias']) ? lower(part['alias']['alias']) : '';
    if (aliases.some(([alias]) => alias !== own && unqualified(part).includes(alias))) {
      const [plain = ''] = unqualified(part);
      out.push(own === '' ? plain : own);
    }
  }
  return out;
}

/** Names of columns in an expression that say no table. */
function unqualified(value: unknown): readonly string[] {
  const out: string[] = [];
  visit(value, (kind, node) => {
    if (kind === 'column' && !isNode(node['table'])) out.push(lower(node['name']));
  });
  return out;
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function lower(value: unknown): string {
  const name = isNode(value) ? value['name'] : value;
  return typeof name === 'string' ? name.toLowerCase() : '';
}
