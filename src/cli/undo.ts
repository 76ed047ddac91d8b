import { realEffects } from '../base/effects.js';
import { undo as undoIt } from '../run/decide/decide.js';
import { openProject } from '../run/project/open.js';
import { colours as pc } from './colours.js';
import type { AddCommand } from './command.js';
import { print, printJson } from './command.js';
import { signer } from './decide.js';

/** `onefold undo`: takes a decision back, by an event of its own. */
export const undo: AddCommand = (program, run) => {
  program
    .command('undo')
    .description('take a decision back, or an undo; the next build follows it')
    .argument('<id>', 'the decision, as `onefold decisions list` shows it')
    .requiredOption('--why <reason>', 'the reason, for those who come after')
    .option('--by <name>', 'who decides (default: the user of this machine)')
    .option('--with-later', 'also undo the later decisions that rest on it')
    .action((named: string, options: { why: string; by?: string; withLater?: boolean }) =>
      run(async (globals) => {
        const project = await openProject(globals.project, globals);
        const signed = { by: signer(options.by), why: options.why };
        const written = await undoIt(project.dir, named, signed, realEffects(), options.withLater === true);
        if (globals.json === true) printJson({ events: written.map((w) => w.event) });
        else print(...written.map((w) => `${pc.bold(w.event.id)} ${w.words}`), '`onefold build` follows it.');
        return 0;
      }),
    );
};
