import { OnefoldError } from '../base/errors.js';
import { confine } from '../engine/duckdb/duckdb.js';
import type { Cell } from '../engine/engine.js';
import { openReader } from '../publish/reader.js';
import { openStoreOf } from '../run/open.js';
import { openWarehouse } from '../run/store.js';
import { trusted } from '../sql/tag.js';
import type { AddCommand } from './command.js';
import { print, printJson } from './command.js';
import { observerOf } from './effects.js';
import { counted, rowsAsTable } from './text.js';

/** `onefold query`: SQL over the published snapshot, or over the whole warehouse. */
export const query: AddCommand = (program, run) => {
  program
    .command('query')
    .description('ask the published snapshot in SQL (gold, identity, quarantine, ops)')
    .argument('<sql>', 'one statement')
    .option('--warehouse', 'ask the warehouse instead, silver and bronze too; needs that no build is running')
    .option('--limit <rows>', 'rows to print as text', '100')
    .action((statement: string, options: { warehouse?: boolean; limit: string }) =>
      run(async (globals) => {
        const project = await openStoreOf(globals.project, globals);
        const engine =
          options.warehouse === true
            ? await openWarehouse(project, true, { observe: observerOf(globals) })
            : (await openReader(project.store, observerOf(globals))).engine;
        if (options.warehouse === true) await confine(engine, project.store);
        try {
          const { columns, rows } = await engine.table(trusted(statement)).catch((cause: unknown) => {
            throw options.warehouse === true ? cause : pointedAtWarehouse(cause);
          });
          if (globals.json === true) {
            const whole = columns.filter((c) => c.type === 'BIGINT').map((c) => c.name);
            printJson(rows.map((row) => ({ ...row, ...Object.fromEntries(whole.map((name) => [name, asNumber(row[name])])) })));
            return 0;
          }
          const limit = Math.max(0, Number.parseInt(options.limit, 10) || 0);
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

/** The error, with a word about where silver and bronze are when a statement asks the snapshot for them. */
function pointedAtWarehouse(cause: unknown): unknown {
  if (!(cause instanceof OnefoldError) || !/\b(silver|bronze)\b/.test(cause.message)) return cause;
  return new OnefoldError(cause.code, cause.message, {
    cause,
    hint: 'The snapshot holds gold, identity, quarantine and ops. Silver and bronze are asked with --warehouse.',
  });
}

/** A whole number as JSON can hold it: as a number where that loses nothing, else as text. */
function asNumber(value: Cell | undefined): Cell {
  return typeof value === 'string' && Number.isSafeInteger(Number(value)) ? Number(value) : (value ?? null);
}
