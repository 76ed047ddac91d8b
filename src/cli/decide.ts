import { userInfo } from 'node:os';
import { realEffects } from '../base/effects.js';
import { openReader } from '../publish/reader.js';
import type { Wish } from '../run/decide/decide.js';
import { decide as decideIt } from '../run/decide/decide.js';
import { openProject } from '../run/project/open.js';
import { colours as pc } from './colours.js';
import type { AddCommand, Globals } from './command.js';
import { print, printJson } from './command.js';
import { observerOf } from './effects.js';

interface DecideFlags {
  readonly why: string;
  readonly by?: string;
  readonly entity?: string;
}

/** `onefold decide`: says that records are one, or are not, or which value a golden record has. */
export const decide: AddCommand = (program, run) => {
  const command = program.command('decide').description('decide who is who, or which value is right; the next build follows it');
  const add = (
    name: string,
    description: string,
    names: readonly (readonly [string, string])[],
    wishOf: (given: readonly string[]) => Wish,
  ): void => {
    const sub = command.command(name).description(description);
    for (const [argument, says] of names) sub.argument(argument, says);
    sub
      .requiredOption('--why <reason>', 'the reason, for those who come after')
      .option('--by <name>', 'who decides (default: the user of this machine)')
      .option('--entity <name>', 'the entity that is meant, where a record belongs to several')
      .action((...given: readonly unknown[]) => {
        const texts = given.slice(0, names.length).flat().map(String);
        return run((globals) => write(globals, wishOf(texts), sub.opts()));
      });
  };
  const two = [
    ['<left>', 'a key or a record (source.stream:id)'],
    ['<right>', 'another'],
  ] as const;
  add('same', 'they are one, whatever identifiers and attributes say', two, ([left = '', right = '']) => ({
    decision: 'same',
    left,
    right,
  }));
  add('different', 'they are not one, whatever identifiers and attributes say', two, ([left = '', right = '']) => ({
    decision: 'different',
    left,
    right,
  }));
  add(
    'split',
    'these records of an entity are not one with its others',
    [
      ['<key>', 'the key, or one of its records'],
      ['<records...>', 'the records to take out; they stay together if they belong together'],
    ],
    ([of = '', ...records]) => ({ decision: 'split', of, records }),
  );
  add(
    'value',
    'a field of a golden record has this value, whatever survivorship says',
    [
      ['<key>', 'the key, or one of its records'],
      ['<field>', 'the field'],
      ['<value>', 'its value'],
    ],
    ([of = '', field = '', value = '']) => ({ decision: 'value', of, field, value }),
  );
};

async function write(globals: Globals, wish: Wish, flags: DecideFlags): Promise<number> {
  const project = await openProject(globals.project, globals);
  const reader = await openReader(project.store, { observe: observerOf(globals) });
  try {
    const { event, words, about } = await decideIt(
      project,
      reader,
      wish,
      { by: signer(flags.by), why: flags.why },
      realEffects(),
      flags.entity,
    );
    if (globals.json === true) printJson({ event, about });
    else {
      print(`${pc.bold(event.id)} ${words}`);
      for (const { key, records } of about) print(pc.dim(`  ${key}: ${records.join(', ')}`));
      print('`onefold plan` shows what comes of it, `onefold build` follows it.');
    }
    return 0;
  } finally {
    reader.engine.close();
  }
}

/** Who signs: whoever is named, else the user of this machine. */
export function signer(named: string | undefined): string {
  return named ?? process.env['USER'] ?? process.env['USERNAME'] ?? userInfo().username;
}
