import { OnefoldError } from '../../base/errors.js';
import { didYouMean } from '../../base/suggest.js';
import type { Project } from '../../config/project.js';
import { ruleKinds } from '../../quality/rules/registry.js';
import { readExpression } from '../../sql/expression.js';
import type { ColumnRef } from '../../sql/lineage.js';
import { shapesOf } from '../project/shapes.js';
import type { LineageEdge, LineageTree } from '../stages/lineage.js';
import { downstreamOf, lineageCache, projectLineage, upstreamOf } from '../stages/lineage.js';

/** What is known of the columns of a project without any data. */
export interface ProjectColumns {
  /** `schema.table` → column → SQL type; streams too (`source.stream`), as far as tables read them, as text. */
  readonly types: ReadonlyMap<string, ReadonlyMap<string, string>>;
  readonly edges: readonly LineageEdge[];
}

/** The columns of everything in a project and where they come from. */
export async function projectColumns(project: Project): Promise<ProjectColumns> {
  const { engine, columns } = await shapesOf(project);
  engine.close();
  const edges = await projectLineage(
    project,
    new Map([...columns].map(([table, list]) => [table, list.map((c) => c.name)])),
    await lineageCache(project.store),
  );
  const types = new Map([...columns].map(([table, list]) => [table, new Map(list.map((c) => [c.name, c.type]))]));
  const streams = new Set(project.streams.map((s) => `${s.source}.${s.stream}`));
  for (const { upstream, upstream_column: column } of edges) {
    if (upstream === null || column === null || !streams.has(upstream)) continue;
    const known = types.get(upstream) ?? new Map<string, string>();
    types.set(upstream, known.set(column, 'VARCHAR'));
  }
  return { types, edges };
}

/** What a column is: where it comes from end to end, what is said and asked of it, and what is made of it. */
export interface ColumnExplanation {
  readonly table: string;
  readonly column: string;
  readonly type: string;
  readonly description: string | null;
  readonly lineage: LineageTree;
  /** Rules on this column and on the silver columns that it comes from. */
  readonly rules: readonly {
    readonly table: string;
    readonly column: string;
    readonly rule: string;
    readonly kind: string;
    readonly severity: string;
  }[];
  /** Keys of the model that the column is part of, in words. */
  readonly keys: readonly string[];
  readonly metrics: readonly string[];
  readonly feeds: readonly ColumnRef[];
}

/** A column's name, `schema.table.column`, among those of a project; null where no such table is known. */
export function columnNamed({ types }: ProjectColumns, name: string): ColumnRef | null {
  for (const [table, columns] of types) {
    if (!name.startsWith(`${table}.`)) continue;
    const column = name.slice(table.length + 1);
    if (columns.has(column)) return { table, column };
    throw new OnefoldError('NOT_FOUND', `${table} has no column \`${column}\`${didYouMean(column, columns.keys())}`);
  }
  return null;
}

/** Explains a column of a project. */
export async function explainColumn(project: Project, columns: ProjectColumns, at: ColumnRef): Promise<ColumnExplanation> {
  const lineage = upstreamOf(columns.edges, at);
  const model = project.models.find((m) => `gold.${m.name}` === at.table);
  const keys = [
    ...(model?.primaryKey.includes(at.column) === true ? [`primary key (${model.primaryKey.join(', ')})`] : []),
    ...(model?.foreignKeys ?? [])
      .filter((k) => k.column === at.column)
      .map((k) => `points at gold.${k.toModel}.${k.toColumn}; ${k.missing} if it is not there`),
  ];
  return {
    ...at,
    type: columns.types.get(at.table)?.get(at.column) ?? '',
    description: descriptionOf(project, at),
    lineage,
    rules: silverColumns(lineage).flatMap((ref) => rulesOn(project, ref)),
    keys,
    metrics: await metricsOf(project, at),
    feeds: downstreamOf(columns.edges, at),
  };
}

/** What the project file says of a column; null where it says nothing. */
export function descriptionOf(
  project: Project,
  { table, column }: { readonly table: string; readonly column: string | null },
): string | null {
  if (column === null) return null;
  const model = project.models.find((m) => `gold.${m.name}` === table);
  if (model !== undefined) return model.columns[column] ?? null;
  const silver = project.tables.find((t) => `silver.${t.name}` === table);
  return silver?.columns.find((c) => c.name === column)?.common.description ?? null;
}

function silverColumns(tree: LineageTree): readonly ColumnRef[] {
  const own = tree.table.startsWith('silver.') && tree.column !== null ? [{ table: tree.table, column: tree.column }] : [];
  const all = [...own, ...tree.from.flatMap(silverColumns)];
  return [...new Map(all.map((ref) => [`${ref.table}.${ref.column}`, ref])).values()];
}

function rulesOn(project: Project, { table, column }: ColumnRef): ColumnExplanation['rules'] {
  const rules = project.tables.find((t) => `silver.${t.name}` === table)?.rules ?? [];
  return rules
    .filter((rule) => {
      const kind = ruleKinds.find((k) => k.name === rule.kind);
      return kind?.references(rule.options).columns?.includes(column) === true;
    })
    .map(({ name, kind, severity }) => ({ table, column, rule: name, kind, severity }));
}

async function metricsOf(project: Project, { table, column }: ColumnRef): Promise<readonly string[]> {
  const out: string[] = [];
  for (const metric of project.metrics.filter((m) => `gold.${m.model}` === table)) {
    const texts = [metric.sql, ...(metric.filter === undefined ? [] : [metric.filter]), ...metric.dimensions.map((d) => d.sql)];
    const used = (await Promise.all(texts.map(readExpression))).flatMap((e) => e.columns);
    if ([...used, metric.time, metric.currency].includes(column)) out.push(metric.name);
  }
  return out;
}
