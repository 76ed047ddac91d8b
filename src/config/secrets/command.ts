import type { ExecFileOptions } from 'node:child_process';
import { execFile } from 'node:child_process';
import { z } from 'zod';
import { own } from '../interpolate.js';
import { secretMissing, secretProvider } from './contract.js';

const words = '`command` must be a list of words, such as `[vault, kv, get, name]`; a line for the shell also needs `shell: true`';

/** A secret that a command prints, such as that of a vault; blanks at its ends are left out. A list of words meets no shell. */
export const command = secretProvider({
  name: 'command',
  shape: z
    .strictObject({
      command: z.union([z.array(z.string().min(1)).min(1), z.string().min(1)]),
      shell: z.literal(true).optional(),
      timeout_seconds: z.number().positive().max(600).default(30),
    })
    .refine((ref) => Array.isArray(ref.command) === (ref.shell === undefined), words),
  read: async ({ command: given, timeout_seconds: seconds }, { projectDir, environment }) => {
    const [program = '', ...args] = typeof given === 'string' ? [given] : given;
    const options: ExecFileOptions = {
      cwd: projectDir,
      env: { ...environment },
      timeout: seconds * 1000,
      killSignal: 'SIGKILL',
      maxBuffer: 1 << 20,
      windowsHide: true,
      shell: typeof given === 'string',
    };
    // Arguments can hold a token, so a message names the program alone.
    const name = program.split(/\s/)[0] ?? program;
    const hint = 'Run the command by hand in the project folder: it must print the secret on stdout and end with code 0.';
    const text = await printed(program, args, options, (how) => secretMissing(`the command ${name} that gives a secret ${how}`, hint));
    if (text !== '') return text;
    throw secretMissing(`the command ${name} that gives a secret printed nothing`, hint);
  },
});

/** What a command prints. What it said when it failed may quote a secret, so it is left out. */
function printed(program: string, args: readonly string[], options: ExecFileOptions, failed: (how: string) => Error): Promise<string> {
  return new Promise((done, fail) => {
    const child = execFile(program, [...args], options, (error, stdout) => {
      if (error === null) return done(String(stdout).trim());
      if (error.code === 'ERR_CHILD_PROCESS_STDIO_MAXBUFFER') return fail(failed('printed more than a secret'));
      if (error.killed === true) return fail(failed(`was stopped after ${(options.timeout ?? 0) / 1000} s`));
      if (typeof error.code === 'number') return fail(failed(`ended with code ${error.code}`));
      return fail(
        failed(`could not be run (${own({ ENOENT: 'not found', EACCES: 'not permitted' }, String(error.code)) ?? 'ended by a signal'})`),
      );
    });
    // A command that asks a question gets no answer, and need not be waited for.
    child.stdin?.end();
  });
}
