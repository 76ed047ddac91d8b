import { openProject } from '../run/project/open.js';
import { runAndTell } from './build.js';
import type { AddCommand } from './command.js';

/** `onefold sync`: lands what is new and does no more. Exit codes are those of a build. */
export const sync: AddCommand = (program, run) => {
  program
    .command('sync')
    .description('read the streams and land what is new; tables are not built and nothing is published')
    .option('--select <selectors...>', 'only these streams: `crm.users`, `source:crm`, `+revenue` for those that revenue is made from')
    .option('--exclude <selectors...>', 'but not these')
    .option('--quiet', 'no progress on stderr')
    .action((options: { select?: readonly string[]; exclude?: readonly string[]; quiet?: boolean }) =>
      run(async (globals) => {
        const project = await openProject(globals.project, globals);
        return runAndTell(project, { asOf: new Date(), select: streamsOnly(options.select), exclude: options.exclude }, globals, options);
      }),
    );
};

/** Selectors that match the same streams as the given ones, and nothing else. */
export function streamsOnly(select: readonly string[] = ['*']): readonly string[] {
  return select
    .flatMap((text) => text.split(/\s+/))
    .filter((criterion) => criterion !== '')
    .map((criterion) => (criterion === '*' ? 'resource_type:stream' : `${criterion},resource_type:stream`));
}
