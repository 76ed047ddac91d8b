import type { Metric } from '../config/project.js';
import type { Cell, Row } from '../engine/engine.js';
import { dimensionsOf } from '../gold/metrics.js';
import { openProject } from '../run/project/open.js';
import { queryMetrics } from '../run/stages/metrics.js';
import { moment } from './build.js';
import type { AddCommand } from './command.js';
import { print, printJson } from './command.js';
import { counted, formatted, rowsAsTable, wholeNumbers } from './text.js';

/** `onefold metric`: declared numbers, by their dimensions; without a name, which there are. */
export const metric: AddCommand = (program, run) => {
  program
    .command('metric')
    .description('ask the published snapshot for declared metrics; without a name, list them')
    .argument('[names]', 'a metric, or several that share the dimensions: revenue,orders')
    .option('--by <dimensions>', 'dimensions to split it by: region,month')
    .option('--where <sql>', "a condition over the rows of the metric's table")
    .option('--as-of <time>', 'what `as_of()` means; that of the snapshot if left out')
    .option('--sql', 'print the SQL that asks it, and ask nothing')
    .action((names: string | undefined, options: { by?: string; where?: string; asOf?: string; sql?: boolean }) =>
      run(async (globals) => {
        const project = await openProject(globals.project, globals);
        if (names === undefined) {
          const listed = project.metrics.map(described);
          if (globals.json === true) printJson(listed);
          else print(listed.length === 0 ? 'no metrics are declared' : rowsAsTable(['metric', 'of', 'dimensions', 'description'], listed));
          return 0;
        }
        const result = await queryMetrics(project, {
          metrics: listOf(names),
          by: listOf(options.by),
          where: options.where,
          ...(options.asOf === undefined ? {} : { asOf: moment(options.asOf) }),
        });
        if (options.sql === true && globals.json !== true) print(result.sql);
        else if (globals.json === true) printJson({ ...result, rows: wholeNumbers(result.columns, result.rows) });
        else {
          const asked = project.metrics.filter((m) => result.metrics.includes(m.name));
          const rows = result.rows.map((row) => inWords(row, result.dimensions, asked));
          print(rowsAsTable([...result.dimensions, ...result.metrics], rows), counted(rows.length, 'row'));
        }
        return 0;
      }),
    );
};

/** Names between commas; each once. */
function listOf(text: string | undefined): readonly string[] {
  return [...new Set((text ?? '').split(',').map((name) => name.trim()))].filter((name) => name !== '');
}

function described(metric: Metric): Row & { readonly metric: string } {
  const { name, model, description, owner, format, tags } = metric;
  return {
    metric: name,
    of: `gold.${model}`,
    dimensions: [...dimensionsOf(metric).keys()].join(', '),
    description: description ?? null,
    owner: owner ?? null,
    format,
    tags,
    sql: metric.sql,
    filter: metric.filter ?? null,
  };
}

/** A row for people: missing dimensions said, measures in their format. */
function inWords(row: Row, dimensions: readonly string[], metrics: readonly Metric[]): Row {
  const currency = row['currency'];
  const out: Record<string, Cell> = {};
  for (const name of dimensions) out[name] = row[name] ?? '(missing)';
  for (const m of metrics) out[m.name] = formatted(row[m.name] ?? null, m.format, typeof currency === 'string' ? currency : undefined);
  return out;
}
