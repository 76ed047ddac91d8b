import { OnefoldError } from '../base/errors.js';
import { confine } from '../engine/duckdb/duckdb.js';
import { openReader } from '../publish/reader.js';
import type { SnapshotTime } from '../publish/snapshot.js';
import { openStoreOf } from '../run/project/open.js';
import { openWarehouse } from '../run/store/store.js';
import { trusted } from '../sql/tag.js';
import { moment } from './build.js';
import type { AddCommand } from './command.js';
import { print, printJson, wholeNumber } from './command.js';
import { observerOf } from './effects.js';
import { counted, rowsAsTable, wholeNumbers } from './text.js';

/** `onefold query`: SQL over the published snapshot, or over the whole warehouse. */
export const query: AddCommand = (program, run) => {
  program
    .command('query')
    .description('ask the published snapshot in SQL (gold, identity, quarantine, ops)')
    .argument('<sql>', 'one statement')
    .option('--warehouse', 'ask the warehouse instead, silver and bronze too; needs that no build is running')
    .option('--at <time>', 'ask what was published at that time (2025-04-20T12:00:00Z) or as of that run (r000003)')
    .option('--limit <rows>', 'rows to print as text', wholeNumber(), 100)
    .action((statement: string, options: { warehouse?: boolean; at?: string; limit: number }) =>
      run(async (globals) => {
        if (options.warehouse === true && options.at !== undefined)
          throw new OnefoldError('USAGE', '--at asks what was published, and --warehouse what is not', { hint: 'Leave one of them out.' });
        const project = await openStoreOf(globals.project, globals);
        const observe = observerOf(globals);
        const engine =
          options.warehouse === true
            ? await openWarehouse(project, true, { observe })
            : (await openReader(project.store, { observe, at: timeOf(options.at) })).engine;
        if (options.warehouse === true) await confine(engine, project.store);
        try {
          const { columns, rows } = await engine.table(trusted(statement)).catch((cause: unknown) => {
            throw options.warehouse === true ? cause : pointedAtWarehouse(cause);
          });
          if (columns.length === 0)
            throw new OnefoldError('USAGE', 'there is no statement', { hint: 'Write one, such as "SELECT * FROM ops.runs".' });
          if (globals.json === true) {
            printJson(wholeNumbers(columns, rows));
            return 0;
          }
          const { limit } = options;
          print(
            rowsAsTable(
              columns.map((c) => c.name),
              rows.slice(0, limit),
            ),
            `${counted(rows.length, 'row')}${rows.length > limit ? `, ${limit} shown (--limit)` : ''}`,
          );
          return 0;
        } finally {
          engine.close();
        }
      }),
    );
};

/** A time, or a run, to ask about. @throws OnefoldError `USAGE` */
function timeOf(text: string | undefined): SnapshotTime | undefined {
  if (text === undefined) return undefined;
  return /^r\d{6,}$/.test(text) ? { runId: text } : moment(text, '--at');
}

/** The error, with a word about where silver and bronze are when a statement asks the snapshot for them. */
function pointedAtWarehouse(cause: unknown): unknown {
  if (!(cause instanceof OnefoldError) || !/\b(silver|bronze)\b/.test(cause.message)) return cause;
  return new OnefoldError(cause.code, cause.message, {
    cause,
    hint: 'The snapshot holds gold, identity, quarantine and ops. Silver and bronze are asked with --warehouse.',
  });
}
