import { realEffects } from '../base/effects.js';
import { OnefoldError } from '../base/errors.js';
import { openStoreOf } from '../run/project/open.js';
import type { Candidate } from '../run/store/rollback.js';
import { rollbackCandidates, rollback as runRollback } from '../run/store/rollback.js';
import type { AddCommand } from './command.js';
import { print, printJson } from './command.js';
import { number, rowsAsTable } from './text.js';

/** `onefold rollback`: publishes a former snapshot again, or lists those that are kept. */
export const rollback: AddCommand = (program, run) => {
  program
    .command('rollback')
    .description('publish a former snapshot again; without a run, list those that are kept')
    .argument('[run]', 'run whose snapshot to publish, such as r000003')
    .option('--previous', 'publish the snapshot before the published one')
    .option('--list', 'only list the snapshots that are kept')
    .action((named: string | undefined, options: { previous?: boolean; list?: boolean }) =>
      run(async (globals) => {
        const project = await openStoreOf(globals.project, globals);
        const kept = await rollbackCandidates(project.store);
        const to = options.previous === true ? previous(kept, named) : named;
        if (to === undefined || options.list === true) {
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

/**
 * The run whose snapshot was published before the published one.
 * @throws OnefoldError `USAGE` when a run is named too, `NOT_FOUND` when none is kept
 */
function previous(kept: readonly Candidate[], named: string | undefined): string {
  if (named !== undefined)
    throw new OnefoldError('USAGE', 'either a run or --previous says where to go back to', { hint: 'Leave one out.' });
  const before = kept[kept.findIndex((s) => s.current) + 1];
  if (before === undefined)
    throw new OnefoldError('NOT_FOUND', 'no snapshot is kept from before the published one', {
      hint: '`keep_snapshots` says how many are.',
    });
  return before.run_id;
}
