import type { Problem } from '../../base/errors.js';
import { messageOf, OnefoldError } from '../../base/errors.js';
import { didYouMean } from '../../base/suggest.js';
import type { Metric, Project } from '../../config/project.js';
import { defineAsOf } from '../../engine/duckdb/duckdb.js';
import type { Row } from '../../engine/engine.js';
import { askMetrics, dimensionsOf, metricTotals } from '../../gold/metrics.js';
import { openReader } from '../../publish/reader.js';
import { publishedIn } from '../../publish/snapshot.js';
import { readExpression } from '../../sql/expression.js';
import { id, sql, trusted } from '../../sql/tag.js';
import type { RunContext } from '../context.js';
import { standingRelations } from '../nodes.js';
import type { Shapes } from '../project/shapes.js';

/** A question about the metrics of a project. */
export interface AskedMetrics {
  /** Names of metrics. */
  readonly metrics: readonly string[];
  /** Names of dimensions. */
  readonly by: readonly string[];
  /** A condition over the rows of every metric's table, as SQL. */
  readonly where?: string | undefined;
  /** What `as_of()` means; the snapshot's own if left out. */
  readonly asOf?: Date | undefined;
}

/** The answer: one row per combination of dimensions that has rows. */
export interface MetricResult {
  /** The run that published what was asked. */
  readonly run_id: string;
  readonly as_of: string;
  readonly dimensions: readonly string[];
  readonly metrics: readonly string[];
  readonly sql: string;
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  readonly rows: readonly Row[];
}

/**
 * Asks the published snapshot for metrics.
 * @throws OnefoldError `NOT_FOUND` for a metric that is not declared or whose table is not published, `USAGE` for a dimension or
 * a condition that does not fit, `SNAPSHOT_NONE`
 */
export async function queryMetrics(project: Project, asked: AskedMetrics): Promise<MetricResult> {
  const metrics = asked.metrics.map((name) => metricNamed(project, name));
  if (asked.where !== undefined) await checkCondition(asked.where);
  const { dimensions, statement } = askMetrics({ metrics, by: asked.by, where: asked.where });
  const { engine, snapshot } = await openReader(project.store);
  try {
    for (const { name, model } of metrics) {
      if (publishedIn(snapshot, 'gold', model) !== null) continue;
      throw new OnefoldError('NOT_FOUND', `metric ${name} is of gold.${model}, which is not published`, {
        hint: 'Type `onefold build` first.',
      });
    }
    const asOf = asked.asOf ?? new Date(snapshot.as_of);
    await defineAsOf(engine, asOf);
    const { columns, rows } = await engine.table(statement).catch((cause: unknown) => {
      throw new OnefoldError('METRIC_INVALID', `${metrics.map((m) => m.name).join(', ')}: ${messageOf(cause)}`, {
        cause,
        hint:
          asked.where === undefined
            ? 'Mend the metric; `onefold validate` checks its columns.'
            : 'Does every metric have the columns of --where?',
      });
    });
    return {
      run_id: snapshot.run_id,
      as_of: asOf.toISOString(),
      dimensions,
      metrics: metrics.map((m) => m.name),
      sql: statement.text,
      columns,
      rows,
    };
  } finally {
    engine.close();
  }
}

/** @throws OnefoldError `NOT_FOUND` */
export function metricNamed(project: Project, name: string): Metric {
  const found = project.metrics.find((m) => m.name === name);
  if (found !== undefined) return found;
  const known = project.metrics.map((m) => m.name);
  throw new OnefoldError('NOT_FOUND', `no metric is called \`${name}\`${didYouMean(name, known)}`, {
    ...(known.length === 0 ? { hint: 'Metrics are declared in the project file, under `metrics`.' } : {}),
  });
}

async function checkCondition(where: string): Promise<void> {
  const expression = await readExpression(where).catch((cause: unknown) => {
    throw new OnefoldError('USAGE', `--where ${messageOf(cause)}`, { cause });
  });
  if (expression.aggregates) throw new OnefoldError('USAGE', '--where is about one row, so it can hold no aggregate');
}

/**
 * Records what every metric comes to in what a run publishes, so that a later plan can say what would change. Those of models that were never
 * selected come to nothing yet.
 */
export async function recordMetrics({ engine, project, runId }: RunContext): Promise<void> {
  if (project.metrics.length === 0) return;
  const standing = await standingRelations(engine);
  const there = project.metrics.filter((m) => standing.has(`gold.${m.model}`));
  if (there.length === 0) return;
  const totals = metricTotals(there);
  await engine.run(sql`INSERT INTO ops.metrics SELECT ${runId}, name, currency, value FROM (${totals})`).catch((cause: unknown) => {
    throw new OnefoldError('METRIC_INVALID', `a metric could not be computed: ${messageOf(cause)}`, {
      cause,
      hint: 'Mend it; `onefold validate` says which one it is. Nothing was published.',
    });
  });
}

/**
 * What does not fit between metrics and the tables that they are of, where these are known: columns that are not there, values
 * that can't be grouped, and sums of DOUBLE, which depend on the order of their rows.
 */
export async function checkMetricColumns(project: Project, { engine, unknown }: Shapes): Promise<readonly Problem[]> {
  const problems: Problem[] = [];
  for (const metric of project.metrics) {
    if (unknown.has(metric.model)) continue;
    const at = `metrics.${metric.name}`;
    const table = id('gold', metric.model);
    const attempt = async (path: string, text: string, wants?: 'number' | 'condition'): Promise<void> => {
      try {
        const { columns } = await engine.table(sql`SELECT ${trusted(`(${text}\n)`)} AS value FROM ${table} LIMIT 0`);
        const type = columns[0]?.type ?? '';
        if (wants === 'number' && /^(DOUBLE|FLOAT)$/.test(type))
          problems.push({ path, message: `adds up ${type}, and such a sum depends on the order of the rows; cast it to DECIMAL` });
        if (wants === 'condition' && type !== 'BOOLEAN') problems.push({ path, message: `is ${type}, and must be true or false` });
      } catch (cause) {
        problems.push({ path, message: messageOf(cause) });
      }
    };
    await attempt(`${at}.sql`, metric.sql);
    for (const summed of (await readExpression(metric.sql)).summed) await attempt(`${at}.sql`, summed, 'number');
    if (metric.filter !== undefined) await attempt(`${at}.filter`, metric.filter, 'condition');
    for (const [name, value] of dimensionsOf(metric)) {
      const declared = metric.dimensions.some((d) => d.name === name);
      await attempt(declared ? `${at}.dimensions.${name}` : name === 'currency' ? `${at}.currency` : `${at}.time`, value.text);
    }
  }
  return [...new Map(problems.map((p) => [`${p.path} ${p.message}`, p])).values()];
}
