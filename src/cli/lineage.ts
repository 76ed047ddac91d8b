import { OnefoldError } from '../base/errors.js';
import { didYouMean } from '../base/suggest.js';
import type { Project } from '../config/project.js';
import type { ColumnExplanation } from '../run/explain/explain_column.js';
import { columnNamed, descriptionOf, projectColumns } from '../run/explain/explain_column.js';
import type { LineageTree } from '../run/stages/lineage.js';
import { downstreamOf, originsOf, upstreamOf } from '../run/stages/lineage.js';
import { colours as pc } from './colours.js';
import { print, printJson } from './command.js';
import { rowsAsTable } from './text.js';

/**
 * Prints where columns come from: of one column the whole tree, of a table or of all of gold a line per column.
 * @param node `schema.table.column`, `schema.table`, or undefined for all of gold
 * @throws OnefoldError `NOT_FOUND`
 */
export async function printLineage(project: Project, node: string | undefined, json: boolean): Promise<void> {
  const columns = await projectColumns(project);
  const one = node === undefined ? null : columnNamed(columns, node);
  if (one !== null) {
    const tree = upstreamOf(columns.edges, one);
    const feeds = downstreamOf(columns.edges, one);
    if (json) printJson({ ...tree, feeds });
    else
      print(
        ...treeLines(project, tree),
        ...(feeds.length === 0 ? [] : ['', pc.bold('Feeds'), ...feeds.map((f) => `  ${f.table}.${f.column}`)]),
      );
    return;
  }
  const tables = [...columns.types.keys()].filter((table) => (node === undefined ? table.startsWith('gold.') : table === node)).sort();
  if (tables.length === 0)
    throw new OnefoldError(
      'NOT_FOUND',
      `no table or column is called \`${node ?? 'gold'}\`${node === undefined ? '' : didYouMean(node, columns.types.keys())}`,
    );
  const rows = tables.flatMap((table) =>
    [...(columns.types.get(table) ?? new Map<string, string>()).keys()].map((column) => {
      const tree = upstreamOf(columns.edges, { table, column });
      const origins = tree.from.length === 0 ? [] : originsOf(tree).map(spelled);
      return { column: `${table}.${column}`, how: tree.how ?? 'made', from: origins };
    }),
  );
  if (json) printJson(rows);
  else
    print(
      rowsAsTable(
        ['column', 'how', 'from'],
        rows.map((r) => ({ ...r, from: r.from.join(', ') })),
      ),
    );
}

/** A tree as indented lines. */
export function treeLines(project: Project, tree: LineageTree): readonly string[] {
  const about = (at: LineageTree): string => {
    const description = descriptionOf(project, at);
    return `${pc.bold(spelled(at))}${at.how === null ? '' : `  ${at.how}`}${description === null ? '' : pc.dim(`  ${description}`)}`;
  };
  const below = (at: LineageTree, indent: string): readonly string[] =>
    at.from.flatMap((child, i) => {
      const last = i === at.from.length - 1;
      return [`${indent}${last ? '└─' : '├─'} ${about(child)}`, ...below(child, `${indent}${last ? '   ' : '│  '}`)];
    });
  return [about(tree), ...below(tree, '')];
}

function spelled(at: { readonly table: string; readonly column: string | null }): string {
  return at.column === null ? at.table : `${at.table}.${at.column}`;
}

/** The explanation of a column as text. */
export function describeColumn(project: Project, e: ColumnExplanation): string {
  const lines = [`${pc.bold(`${e.table}.${e.column}`)}  ${e.type}`];
  if (e.description !== null) lines.push(e.description);
  lines.push('', pc.bold('Comes from'), ...treeLines(project, e.lineage).map((line) => `  ${line}`));
  if (e.keys.length > 0) lines.push('', pc.bold('Keys'), ...e.keys.map((key) => `  ${key}`));
  if (e.rules.length > 0) lines.push('', pc.bold('Rules'), ...e.rules.map((r) => `  ${r.table}.${r.column}: ${r.rule} (${r.severity})`));
  if (e.metrics.length > 0) lines.push('', pc.bold('Metrics'), ...e.metrics.map((m) => `  ${m}`));
  if (e.feeds.length > 0) lines.push('', pc.bold('Feeds'), ...e.feeds.map((f) => `  ${f.table}.${f.column}`));
  return lines.join('\n');
}
