import { realEffects } from '../base/effects.js';
import { messageOf, OnefoldError } from '../base/errors.js';
import { openProject } from '../run/project/open.js';
import type { CursorState } from '../run/store/state.js';
import { cursorsOf, setCursor } from '../run/store/state.js';
import type { AddCommand } from './command.js';
import { print, printJson } from './command.js';
import { counted, rowsAsTable } from './text.js';

/** `onefold state`: up to where every stream has been read, shown, set and reset. */
export const state: AddCommand = (program, run) => {
  const command = program.command('state').description('show, set or reset up to where streams have been read');
  command
    .command('show', { isDefault: true })
    .description('the cursors of all streams, or of one')
    .argument('[stream]', '`source.stream`')
    .action((stream: string | undefined) =>
      run(async (globals) => {
        const cursors = await cursorsOf(await openProject(globals.project, globals), stream);
        if (globals.json === true) printJson(cursors);
        else print(asTable(cursors));
        return 0;
      }),
    );
  command
    .command('set')
    .description('set the cursor of a stream, as its connector spells it')
    .argument('<stream>', '`source.stream`')
    .argument('<cursor>', 'JSON')
    .option('--part <part>', 'which part of the stream')
    .action((stream: string, cursor: string, options: { part?: string }) =>
      run(async (globals) => {
        const before = await setCursor(await openProject(globals.project, globals), realEffects(), stream, options.part, parsed(cursor));
        if (globals.json === true) printJson({ before });
        else print(`set ${stream}; before:`, asTable(before));
        return 0;
      }),
    );
  command
    .command('reset')
    .description('forget up to where a stream has been read: the next run reads all of it, and lands only what is new')
    .argument('<stream>', '`source.stream`')
    .option('--part <part>', 'only this part of the stream')
    .action((stream: string, options: { part?: string }) =>
      run(async (globals) => {
        const before = await setCursor(await openProject(globals.project, globals), realEffects(), stream, options.part, null);
        if (globals.json === true) printJson({ before });
        else print(`forgot ${counted(before.length, 'cursor')} of ${stream}`);
        return 0;
      }),
    );
};

function asTable(cursors: readonly CursorState[]): string {
  const rows = cursors.map((c) => ({
    stream: c.stream,
    part: c.part,
    cursor: JSON.stringify(c.cursor),
    moved_at: c.moved_at,
    unseen: c.blind.join(', '),
  }));
  return rowsAsTable(['stream', 'part', 'cursor', 'moved_at', 'unseen'], rows);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new OnefoldError('USAGE', `the cursor is no JSON: ${messageOf(cause)}`, { hint: 'Look at its shape with `onefold state show`.' });
  }
}
