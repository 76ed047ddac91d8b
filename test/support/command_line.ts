import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** The built command line; `npm run build` makes it. */
export const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

/** What a command said, and how it ended. */
export interface Said {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Types a command, in a process of its own. Colours are left to the terminal, which there is none of, unless `env` says otherwise. */
export function onefold(
  args: readonly string[],
  { cwd, env }: { readonly cwd?: string; readonly env?: NodeJS.ProcessEnv } = {},
): Promise<Said> {
  return new Promise((resolve, reject) => {
    const inherited = { ...process.env };
    for (const name of ['FORCE_COLOR', 'NO_COLOR']) delete inherited[name];
    const child = spawn(process.execPath, [main, ...args], { cwd, env: { ...inherited, ...env } });
    const said = { stdout: '', stderr: '' };
    for (const stream of ['stdout', 'stderr'] as const)
      child[stream].setEncoding('utf8').on('data', (text: string) => {
        said[stream] += text;
      });
    child.on('error', reject).on('close', (code) => resolve({ code, ...said }));
  });
}
