import { diagnose } from '../run/explain/doctor.js';
import { openProject } from '../run/project/open.js';
import { colours as pc } from './colours.js';
import type { AddCommand } from './command.js';
import { print, printJson } from './command.js';

/** `onefold doctor`: whether every stream can be read. Exit code 1 where one can't. */
export const doctor: AddCommand = (program, run) => {
  program
    .command('doctor')
    .description('ask every source whether it can be reached and every stream read; lands nothing')
    .action(() =>
      run(async (globals) => {
        const answers = await diagnose(await openProject(globals.project, globals));
        if (globals.json === true) printJson(answers);
        else
          print(
            ...answers.flatMap(({ stream, connector, ok, message, hint, blind, ms }) => [
              `${ok ? pc.green('ok  ') : pc.red('fail')} ${stream.padEnd(28)} ${connector.padEnd(14)} ${message} ${pc.dim(`(${ms} ms)`)}`,
              ...(hint === undefined ? [] : [pc.dim(`     ${hint}`)]),
              ...(blind.length === 0 ? [] : [pc.dim(`     ${blind.join(' and ')} are not seen until it is read whole`)]),
            ]),
          );
        return answers.every((a) => a.ok) ? 0 : 1;
      }),
    );
};
