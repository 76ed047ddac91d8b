import { OnefoldError } from '../base/errors.js';
import { didYouMean } from '../base/suggest.js';
import type { Metric } from '../config/project.js';
import { startOf } from '../engine/functions.js';
import type { Sql } from '../sql/tag.js';
import { id, join, sql, trusted } from '../sql/tag.js';

/** The dimension that a metric with a declared currency always has. */
export const currencyDimension = 'currency';

const periods = ['day', 'week', 'month', 'quarter', 'year'];

/** The dimensions of a metric by name: the declared ones, its currency, and the periods of its time. */
export function dimensionsOf(metric: Metric): ReadonlyMap<string, Sql> {
  const out = new Map<string, Sql>();
  if (metric.time !== undefined) for (const period of periods) out.set(period, startOf(period, id(metric.time)));
  if (metric.currency !== undefined) out.set(currencyDimension, id(metric.currency));
  for (const { name, sql: text } of metric.dimensions) out.set(name, expression(text));
  return out;
}

/** A question about metrics. */
export interface MetricQuestion {
  readonly metrics: readonly Metric[];
  readonly by: readonly string[];
  /** A condition over the rows of every metric's table. */
  readonly where?: string | undefined;
}

/** A question's answer as SQL, with the columns that it gives: dimensions, then metrics. */
export interface MetricAnswer {
  readonly dimensions: readonly string[];
  readonly statement: Sql;
}

/**
 * One statement for several metrics over the dimensions that they share, one row for every combination that any of them has,
 * in the order of the dimensions (missing values last). Each metric is computed over its own table and filter; where it has
 * no rows it is null. The currency of a metric that declares one is a dimension even if nobody asks for it.
 * @throws OnefoldError `USAGE` for a dimension that a metric does not have
 */
export function askMetrics({ metrics, by, where }: MetricQuestion): MetricAnswer {
  const implied = metrics.some((m) => m.currency !== undefined) && !by.includes(currencyDimension) ? [currencyDimension] : [];
  const dimensions = [...new Set(by), ...implied];
  const parts = metrics.map((metric) => {
    const known = dimensionsOf(metric);
    const values = dimensions.map((name) => {
      const value = known.get(name);
      if (value !== undefined) return sql`${value} AS ${id(name)}`;
      const hint =
        name === currencyDimension && implied.length > 0
          ? 'Another metric of the question is kept apart by currency: ask for them one by one.'
          : undefined;
      throw new OnefoldError('USAGE', `metric ${metric.name} has no dimension \`${name}\`${didYouMean(name, known.keys())}`, {
        ...(hint === undefined ? {} : { hint }),
      });
    });
    const measures = metrics.map((other) => sql`${other === metric ? expression(metric.sql) : sql`NULL`} AS ${id(other.name)}`);
    const conditions = [metric.filter, where].flatMap((text) => (text === undefined ? [] : [expression(text)]));
    const grouped = dimensions.length === 0 ? sql`` : sql` GROUP BY ${join(dimensions.map((_, i) => sql`${i + 1}`))}`;
    return sql`SELECT ${join([...values, ...measures])} FROM ${id('gold', metric.model)}${
      conditions.length === 0 ? sql`` : sql` WHERE ${join(conditions, ' AND ')}`
    }${grouped}`;
  });
  const [only, ...others] = parts;
  const names = dimensions.map((name) => id(name));
  const order = dimensions.length === 0 ? sql`` : sql`\nORDER BY ${join(names.map((name) => sql`${name} NULLS LAST`))}`;
  if (only !== undefined && others.length === 0) return { dimensions, statement: sql`${only}${order}` };
  const united = metrics.map((m) => sql`max(${id(m.name)}) AS ${id(m.name)}`);
  const grouped = dimensions.length === 0 ? sql`` : sql`\nGROUP BY ${join(names)}`;
  return {
    dimensions,
    statement: sql`SELECT ${join([...names, ...united])} FROM (\n${join(parts, '\nUNION ALL ')}\n)${grouped}${order}`,
  };
}

/** The total of every metric, one row for each and each of its currencies: `name`, `currency`, `value` as the engine writes it. */
export function metricTotals(metrics: readonly Metric[]): Sql {
  const totals = metrics.map((metric) => {
    const currency = metric.currency === undefined ? sql`NULL` : id(metric.currency);
    const filtered = metric.filter === undefined ? sql`` : sql` WHERE ${expression(metric.filter)}`;
    const grouped = metric.currency === undefined ? sql`` : sql` GROUP BY ${currency}`;
    return sql`SELECT ${metric.name}::VARCHAR AS name, ${currency}::VARCHAR AS currency, (${expression(metric.sql)})::VARCHAR AS value FROM ${id('gold', metric.model)}${filtered}${grouped}`;
  });
  return sql`SELECT * FROM (${join(totals, ' UNION ALL ')}) ORDER BY name, currency NULLS LAST`;
}

/** SQL that a person wrote, as one expression; a comment at its end goes no further than its line. */
function expression(text: string): Sql {
  return trusted(`(${text}\n)`);
}
