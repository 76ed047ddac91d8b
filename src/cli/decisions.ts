import { settle } from '../identity/settle.js';
import { wordsOf } from '../run/decide/decide.js';
import { readDecisions } from '../run/decide/file.js';
import { openProject } from '../run/project/open.js';
import { colours as pc } from './colours.js';
import type { AddCommand } from './command.js';
import { print, printJson } from './command.js';
import { shown } from './text.js';

/** `onefold decisions list`: what people decided, in the order in which they did, and what still counts. */
export const decisions: AddCommand = (program, run) => {
  const command = program.command('decisions').description('what people decided: decisions.jsonl in the folder of the project');
  command
    .command('list', { isDefault: true })
    .description('every decision and undo, with who, when and why, and whether it counts')
    .option('--standing', 'only those that count')
    .action((options: { standing?: boolean }) =>
      run(async (globals) => {
        const { dir } = await openProject(globals.project, globals);
        const events = await readDecisions(dir);
        const { undone, lost } = settle(events);
        const listed = events
          .map((event) => ({
            ...event,
            words: wordsOf(events, event.id),
            status: undone.has(event.id) ? 'undone' : lost.has(event.id) ? 'contradicted' : event.decision === 'undo' ? 'undo' : 'stands',
            undone_by: undone.get(event.id) ?? null,
            contradicts: lost.get(event.id)?.chain ?? null,
          }))
          .filter((e) => options.standing !== true || e.status === 'stands');
        if (globals.json === true) printJson(listed);
        else if (listed.length === 0) print('nothing is decided');
        for (const e of globals.json === true ? [] : listed) {
          const status =
            e.undone_by !== null ? `undone by ${e.undone_by}` : e.contradicts !== null ? `not followed: ${e.contradicts}` : e.status;
          print(
            `${pc.bold(e.id)} ${shown(e.words)}  ${e.status === 'stands' ? pc.green(status) : pc.dim(status)}`,
            pc.dim(`  ${e.at} ${shown(e.by)}: ${shown(e.why)}`),
          );
        }
        return 0;
      }),
    );
};
