#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { z } from 'zod';
import { messageOf, OnefoldError } from '../base/errors.js';
import { build } from './build.js';
import { colours as pc } from './colours.js';
import type { AddCommand, Globals } from './command.js';
import { printJson } from './command.js';
import { doctor } from './doctor.js';
import { explain } from './explain.js';
import { generate } from './generate.js';
import { init } from './init.js';
import { ls } from './ls.js';
import { plan } from './plan.js';
import { query } from './query.js';
import { state } from './state.js';
import { validate } from './validate.js';

/** Every command: a file of its own and one line here. */
const commands: readonly AddCommand[] = [init, validate, doctor, ls, plan, build, query, explain, state, generate];

const { version } = z
  .object({ version: z.string() })
  .parse(JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')));

const globals = z.object({ project: z.string(), store: z.string().optional(), json: z.boolean().optional() });

async function main(argv: readonly string[]): Promise<number> {
  const program = new Command('onefold')
    .description('Many systems, one customer.')
    .version(version)
    .option('--project <dir>', 'folder of the project', '.')
    .option('--store <dir>', 'folder of the store, instead of the one that the project names')
    .option('--json', 'one JSON document on stdout')
    .exitOverride()
    .configureOutput({ outputError: (text, write) => write(text) });
  let code = 0;
  const run = async (action: (g: Globals) => Promise<number>): Promise<void> => {
    const { project, store, json } = globals.parse(program.opts());
    const given: Globals = { project, ...(store === undefined ? {} : { store }), ...(json === undefined ? {} : { json }) };
    try {
      code = await action(given);
    } catch (thrown) {
      code = report(thrown, json === true);
    }
  };
  for (const add of commands) add(program, run);
  for (const command of program.commands) {
    // Global options are understood behind the command too, where people write them.
    command.option('--project <dir>').option('--store <dir>').option('--json').exitOverride();
    command.hook('preAction', (_, sub) => {
      for (const [name, value] of Object.entries(sub.opts()))
        if (['project', 'store', 'json'].includes(name)) program.setOptionValue(name, value);
    });
  }
  try {
    await program.parseAsync([...argv]);
  } catch (thrown) {
    if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? 0 : 2;
    throw thrown;
  }
  return code;
}

/** Tells an error and returns the exit code: 1 for what was handled, 2 for what was asked wrongly or went wrong by itself. */
function report(thrown: unknown, json: boolean): number {
  const known =
    thrown instanceof OnefoldError
      ? thrown
      : new OnefoldError('INTERNAL', messageOf(thrown), { cause: thrown, hint: 'This is a fault of Onefold: please report it.' });
  const { code, message, hint, problems } = known;
  if (json) printJson({ error: { code, message, hint, problems } });
  process.stderr.write(`${pc.red('error')} ${code}: ${message}\n${hint === undefined ? '' : `${hint}\n`}`);
  if (code === 'INTERNAL' && thrown instanceof Error) process.stderr.write(`${thrown.stack ?? ''}\n`);
  return code === 'INTERNAL' || code === 'USAGE' || code === 'CONFIG_INVALID' || code === 'CONFIG_NOT_FOUND' || code === 'COLUMN_UNKNOWN'
    ? 2
    : 1;
}

process.exitCode = await main(process.argv);
