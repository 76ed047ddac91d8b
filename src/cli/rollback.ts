import { realEffects } from '../base/effects.js';
import { openStoreOf } from '../run/open.js';
import { rollbackCandidates, rollback as runRollback } from '../run/rollback.js';
import type { AddCommand } from './command.js';
import { print, printJson } from './command.js';
import { number, rowsAsTable } from './text.js';

/** `onefold rollback`: publishes a former snapshot again, or lists those that are kept. */
export const rollback: AddCommand = (program, run) => {
  program
    .command('rollback')
    .description('publish a former snapshot again; without a run, list those that are kept')
    .argument('[run]', 'run whose snapshot to publish, such as r000003')
    .option('--list', 'only list the snapshots that are kept')
    .action((to: string | undefined, options: { list?: boolean }) =>
      run(async (globals) => {
        const project = await openStoreOf(globals.project, globals);
        if (to === undefined || options.list === true) {
          const kept = await rollbackCandidates(project.store);
          if (globals.json === true) printJson(kept);
          else if (kept.length === 0) print('no snapshot is kept');
          else {
            const columns = ['run_id', 'published_at', 'status', 'tables', 'rows', 'current'];
            print(
              rowsAsTable(
                columns,
                kept.map((s) => ({ ...s, rows: number(s.rows), current: s.current ? 'current' : '' })),
              ),
            );
          }
          return 0;
        }
        const done = await runRollback(project, to, realEffects());
        if (globals.json === true) printJson(done);
        else if (done.run_id === '') print(`${to} is the published snapshot already`);
        else print(`${done.run_id}: readers see ${done.to} again, in place of ${done.from}; the next build publishes what stands then`);
        return 0;
      }),
    );
};
