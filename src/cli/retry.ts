import { openProject } from '../run/project/open.js';
import { unfinished } from '../run/select/retry.js';
import { moment, runAndTell } from './build.js';
import type { AddCommand } from './command.js';
import { print, printJson } from './command.js';

/** `onefold retry`: builds what the last run left unfinished. Exit codes are those of a build. */
export const retry: AddCommand = (program, run) => {
  program
    .command('retry')
    .description('build again what failed or was skipped in the last run, and what is made from it')
    .option('--as-of <time>', 'what "now" means, such as 2025-04-20 or 2025-04-20T12:00:00Z')
    .option('--quiet', 'no progress on stderr')
    .action((options: { asOf?: string; quiet?: boolean }) =>
      run(async (globals) => {
        const project = await openProject(globals.project, globals);
        const select = await unfinished(project);
        if (select.length === 0) {
          if (globals.json === true) printJson({ retried: [] });
          else print('the last run left nothing unfinished');
          return 0;
        }
        return runAndTell(project, { asOf: moment(options.asOf), select }, globals, options);
      }),
    );
};
