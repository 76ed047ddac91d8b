import type { Problem } from '../base/errors.js';
import { messageOf } from '../base/errors.js';
import { didYouMean } from '../base/suggest.js';
import { readExpression } from '../sql/expression.js';
import type { ParsedProject } from './spec.js';

/** Dimensions that a metric's `time` and `currency` give it. */
const implied = new Set(['day', 'week', 'month', 'quarter', 'year', 'currency']);

/**
 * What is wrong with the declared metrics, as far as their SQL says by itself: a table that no gold table is, SQL that is
 * no expression, a measure without an aggregate, a dimension with one. Whether their columns exist is asked when the
 * project's tables are known.
 * @param gold names of all gold tables
 */
export async function checkMetrics(metrics: ParsedProject['metrics'], gold: readonly string[]): Promise<Problem[]> {
  const problems: Problem[] = [];
  for (const [name, metric] of Object.entries(metrics)) {
    const at = `metrics.${name}`;
    const model = metric.model.replace(/^gold\./, '');
    if (!gold.includes(model))
      problems.push({ path: `${at}.model`, message: `unknown gold table \`${metric.model}\`${didYouMean(model, gold)}` });
    const dimensions = Array.isArray(metric.dimensions) ? [] : Object.entries(metric.dimensions);
    const parts: readonly (readonly [string, string, boolean])[] = [
      [`${at}.sql`, metric.sql, true],
      ...dimensions.map(([dimension, sql]) => [`${at}.dimensions.${dimension}`, sql, false] as const),
      ...(metric.filter === undefined ? [] : [[`${at}.filter`, metric.filter, false] as const]),
    ];
    for (const [path, sql, aggregate] of parts) {
      try {
        const expression = await readExpression(sql);
        if (aggregate && !expression.aggregates) problems.push({ path, message: 'must aggregate rows, as `sum(total)` does' });
        if (!aggregate && expression.aggregates) problems.push({ path, message: 'is about one row, so it can hold no aggregate' });
      } catch (cause) {
        problems.push({ path, message: messageOf(cause) });
      }
    }
    if (implied.has(name)) problems.push({ path: at, message: `\`${name}\` is the name of a dimension that metrics have by themselves` });
    const names = [...(Array.isArray(metric.dimensions) ? metric.dimensions : Object.keys(metric.dimensions))];
    for (const dimension of names) {
      if (dimension in metrics)
        problems.push({
          path: `${at}.dimensions`,
          message: `\`${dimension}\` is the name of a metric too, so a result could hold it twice`,
        });
      if (dimension === 'currency' && metric.currency !== undefined)
        problems.push({ path: `${at}.dimensions`, message: '`currency` is a dimension already, by the option `currency`' });
    }
  }
  return problems;
}
