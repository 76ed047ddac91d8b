import { OnefoldError } from '../base/errors.js';
import type { Window } from '../connectors/contract.js';
import { openProject } from '../run/project/open.js';
import { moment, runAndTell } from './build.js';
import type { AddCommand } from './command.js';

/** `onefold sync`: lands what is new and does no more. Exit codes are those of a build. */
export const sync: AddCommand = (program, run) => {
  program
    .command('sync')
    .description('read the streams and land what is new; tables are not built and nothing is published')
    .option('--select <selectors...>', 'only these streams: `crm.users`, `source:crm`, `+revenue` for those that revenue is made from')
    .option('--exclude <selectors...>', 'but not these')
    .option('--from <time>', 'read a stretch of time again, from here on: 2025-01-01 or 2025-01-01T12:00:00Z; the cursor stays where it is')
    .option('--to <time>', 'where the stretch ends, itself excluded; now if left out')
    .option('--quiet', 'no progress on stderr')
    .action((options: SyncFlags) =>
      run(async (globals) => {
        const window = windowOf(options);
        const project = await openProject(globals.project, globals);
        const { select, exclude } = options;
        return runAndTell(project, { asOf: new Date(), select: streamsOnly(select), exclude, window }, globals, options);
      }),
    );
};

interface SyncFlags {
  readonly select?: readonly string[];
  readonly exclude?: readonly string[];
  readonly from?: string;
  readonly to?: string;
  readonly quiet?: boolean;
}

function windowOf({ from, to }: SyncFlags): Window | undefined {
  if (from === undefined && to !== undefined) throw new OnefoldError('USAGE', '`--to` needs `--from`');
  return from === undefined ? undefined : { from: moment(from, '--from'), to: moment(to, '--to') };
}

/** Selectors that match the same streams as the given ones, and nothing else. */
export function streamsOnly(select: readonly string[] = ['*']): readonly string[] {
  return select
    .flatMap((text) => text.split(/\s+/))
    .filter((criterion) => criterion !== '')
    .map((criterion) => (criterion === '*' ? 'resource_type:stream' : `${criterion},resource_type:stream`));
}
