import { resolve } from 'node:path';
import { InvalidArgumentError } from 'commander';
import { OnefoldError } from '../base/errors.js';
import { didYouMean } from '../base/suggest.js';
import { generators } from '../testing/generate/index.js';
import type { AddCommand } from './command.js';
import { print, printJson } from './command.js';
import { counted } from './text.js';

/** `onefold generate`: synthetic data with realistic dirt, the same for the same seed. */
export const generate: AddCommand = (program, run) => {
  program
    .command('generate')
    .description(`make synthetic data: ${generators.map((g) => `${g.name} (${g.summary})`).join('; ')}`)
    .argument('<what>', generators.map((g) => g.name).join(', '))
    .option('--out <dir>', 'folder to write to', 'data')
    .option('--seed <n>', 'same seed, same data', whole, 42)
    .option('--customers <n>', 'how many customers', whole)
    .action((what: string, options: { out: string; seed: number; customers?: number }) =>
      run(async (globals) => {
        const generator = generators.find((g) => g.name === what);
        if (generator === undefined)
          throw new OnefoldError(
            'USAGE',
            `unknown data \`${what}\`${didYouMean(
              what,
              generators.map((g) => g.name),
            )}`,
          );
        const files = await generator.write({
          out: resolve(options.out),
          seed: options.seed,
          customers: options.customers ?? generator.customers,
        });
        if (globals.json === true) printJson(files);
        else print(...files.map((f) => `${f.path}: ${counted(f.rows, 'row')}`));
        return 0;
      }),
    );
};

function whole(text: string): number {
  const n = Number(text);
  if (!Number.isSafeInteger(n) || n < 0) throw new InvalidArgumentError('must be a whole number.');
  return n;
}
