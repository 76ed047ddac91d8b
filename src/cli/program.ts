import { readFileSync } from 'node:fs';
import type { CommanderError } from 'commander';
import { Command } from 'commander';
import { z } from 'zod';
import { messageOf, OnefoldError } from '../base/errors.js';
import { colours as pc } from './colours.js';
import type { AddCommand, Globals } from './command.js';
import { printJson, tell } from './command.js';
import { stoppedCode } from './effects.js';

/** Every command: a file of its own and one line here. Each is loaded when it is asked for: starting is mostly loading. */
const commands: Readonly<Record<string, () => Promise<AddCommand>>> = {
  init: async () => (await import('./init.js')).init,
  validate: async () => (await import('./validate.js')).validate,
  doctor: async () => (await import('./doctor.js')).doctor,
  ls: async () => (await import('./ls.js')).ls,
  plan: async () => (await import('./plan.js')).plan,
  build: async () => (await import('./build.js')).build,
  sync: async () => (await import('./sync.js')).sync,
  retry: async () => (await import('./retry.js')).retry,
  test: async () => (await import('./test.js')).test,
  query: async () => (await import('./query.js')).query,
  explain: async () => (await import('./explain.js')).explain,
  decide: async () => (await import('./decide.js')).decide,
  decisions: async () => (await import('./decisions.js')).decisions,
  evaluate: async () => (await import('./evaluate.js')).evaluate,
  match: async () => (await import('./match.js')).match,
  matching: async () => (await import('./matching.js')).matching,
  review: async () => (await import('./review.js')).review,
  undo: async () => (await import('./undo.js')).undo,
  metric: async () => (await import('./metric.js')).metric,
  profile: async () => (await import('./profile.js')).profile,
  state: async () => (await import('./state.js')).state,
  rollback: async () => (await import('./rollback.js')).rollback,
  docs: async () => (await import('./docs.js')).docs,
  generate: async () => (await import('./generate.js')).generate,
};

const { version } = z
  .object({ version: z.string() })
  .parse(JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')));

/** Options that every command takes, before its name or behind it, where people write them. */
const globalOptions: readonly { readonly flags: string; readonly says: string }[] = [
  { flags: '--project <dir>', says: 'folder of the project (default: ".")' },
  { flags: '--store <dir>', says: 'folder of the store, instead of the one that the project names' },
  { flags: '--target <name>', says: 'the environment that is meant, one of `targets`' },
  { flags: '--var <name=value>', says: 'another value for a var of the project; may be repeated' },
  { flags: '--json', says: 'one JSON document on stdout' },
  { flags: '--verbose', says: 'every SQL statement on stderr, with its time and rows' },
];

const globals = z.object({
  project: z.string().default('.'),
  store: z.string().optional(),
  target: z.string().optional(),
  var: z.array(z.string()).default([]),
  json: z.boolean().optional(),
  verbose: z.boolean().optional(),
});

/** The command line, and the exit code that its last command came to. */
export interface Cli {
  readonly program: Command;
  readonly code: () => number;
}

/**
 * Builds the command line; nothing runs until it parses.
 * @param words what will be parsed: only the commands that it names are loaded. All of them where it names none, or begins with a
 * word that is none, so that help and hints know every one.
 */
export async function openCli(words: readonly string[] = []): Promise<Cli> {
  const [first = ''] = words;
  const named = Object.keys(commands).filter((name) => words.includes(name));
  const all = named.length === 0 || !(first.startsWith('-') || named.includes(first));
  const program = new Command('onefold')
    .description('Many systems, one customer.')
    .version(version)
    .exitOverride()
    // What is not understood is told where all errors are.
    .configureOutput({ outputError: () => undefined });
  for (const { flags, says } of globalOptions) addOption(program, flags, says);
  let code = 0;
  const run = async (action: (g: Globals) => Promise<number>): Promise<void> => {
    const { project, store, target, var: vars, json, verbose } = globals.parse(program.opts());
    try {
      code = await action({ project, store, target, vars: varsGiven(vars), json: json === true, verbose: verbose === true });
    } catch (thrown) {
      code = report(thrown, json === true);
    }
  };
  const adding = Object.entries(commands).flatMap(([name, load]) => (all || named.includes(name) ? [load()] : []));
  for (const add of await Promise.all(adding)) add(program, run);
  for (const command of program.commands) {
    takeGlobals(command);
    command.hook('preAction', (_, sub) => {
      const before: Record<string, unknown> = program.opts();
      for (const [name, value] of Object.entries(sub.opts()))
        if (name in globals.shape) program.setOptionValue(name, name === 'var' ? [before[name] ?? [], value].flat() : value);
    });
  }
  return { program, code: () => code };
}

/** Lets a command, and those below it, take the options that every command takes. */
function takeGlobals(command: Command): void {
  for (const { flags } of globalOptions) addOption(command, flags, '');
  command.exitOverride();
  for (const below of command.commands) takeGlobals(below);
}

function addOption(command: Command, flags: string, says: string): void {
  if (flags.startsWith('--var ')) command.option(flags, says, (text: string, before: readonly string[] = []) => [...before, text]);
  else command.option(flags, says);
}

/** Vars from the command line, each as `name=value`. @throws OnefoldError `USAGE` */
function varsGiven(texts: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    texts.map((text) => {
      const at = text.indexOf('=');
      if (at < 1) throw new OnefoldError('USAGE', '--var takes a name and a value', { hint: 'Write it as --var region=CH.' });
      return [text.slice(0, at), text.slice(at + 1)];
    }),
  );
}

/** A command line that the parser refused, as an error of ours. What is asked for without a command has been answered with the help. */
export function misunderstood({ code, message }: CommanderError): OnefoldError {
  const said = code === 'commander.help' ? 'a command is missing' : message.replace(/^error: /, '').replaceAll('\n', ' ');
  return new OnefoldError('USAGE', said, { hint: 'See `onefold help <command>`.' });
}

/** Tells an error and returns the exit code: 1 for what was handled, 2 for what was asked wrongly or went wrong by itself. */
export function report(thrown: unknown, json: boolean): number {
  const known =
    thrown instanceof OnefoldError
      ? thrown
      : (refusedByDisk(thrown) ??
        new OnefoldError('INTERNAL', messageOf(thrown), { cause: thrown, hint: 'This is a fault of Onefold: please report it.' }));
  const { code, message, hint, problems } = known;
  if (json) printJson({ error: { code, message, hint, problems } });
  tell(`${pc.red('error')} ${code}: ${message}\n${hint === undefined ? '' : `${hint}\n`}`);
  if (code === 'INTERNAL' && thrown instanceof Error) tell(`${thrown.stack ?? ''}\n`);
  if (code === 'INTERRUPTED') return stoppedCode();
  return code === 'INTERNAL' || code === 'USAGE' || code === 'CONFIG_INVALID' || code === 'CONFIG_NOT_FOUND' || code === 'COLUMN_UNKNOWN'
    ? 2
    : 1;
}

/** What the system says when it can't write, by its code, in our words. */
const refusals: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'the quota of the disk is used up',
  EROFS: 'the disk is read-only',
  EACCES: 'the rights are missing',
  EPERM: 'the rights are missing',
  ENOTDIR: 'a part of the path is no folder',
  EEXIST: 'something else is there',
  EISDIR: 'it is a folder',
};

function refusedByDisk(thrown: unknown): OnefoldError | null {
  if (!(thrown instanceof Error) || !('code' in thrown) || typeof thrown.code !== 'string') return null;
  const why = refusals[thrown.code];
  if (why === undefined) return null;
  const what = 'path' in thrown && typeof thrown.path === 'string' ? `${thrown.path}: ` : '';
  return new OnefoldError('DISK_REFUSED', `${what}${why}`, {
    cause: thrown,
    hint: 'Make room, mend the rights or name another path, then type it again.',
  });
}
