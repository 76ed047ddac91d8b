import { resolve } from 'node:path';
import { OnefoldError } from '../base/errors.js';
import { didYouMean } from '../base/suggest.js';
import { generators } from '../testing/generate/index.js';
import type { AddCommand } from './command.js';
import { print, printJson, tell, wholeNumber } from './command.js';
import { counted, number } from './text.js';

interface Options {
  readonly out: string;
  readonly seed: number;
  readonly customers?: number;
  readonly dirt: string;
  readonly batches: number;
  readonly truth?: true;
  readonly force?: true;
}

/** `onefold generate`: synthetic data with realistic dirt, the same for the same seed. */
export const generate: AddCommand = (program, run) => {
  program
    .command('generate')
    .summary(`make synthetic data: ${generators.map((g) => g.name).join(', ')}`)
    .description(`make synthetic data: ${generators.map((g) => `${g.name} (${g.summary})`).join('; ')}`)
    .argument('<what>', generators.map((g) => g.name).join(', '))
    .option('--out <dir>', 'folder to write to', 'data')
    .option('--seed <n>', 'same seed, same data', wholeNumber(), 42)
    .option('--customers <n>', 'how many customers', wholeNumber())
    .option('--dirt <how>', 'none, light, normal, heavy, a factor such as 1.5, or JSON such as {"level":"light","typo":3}', 'normal')
    .option('--batches <n>', 'deliver it in parts, with late and corrected rows, a folder each', wholeNumber(), 1)
    .option('--truth', 'write beside it who each record is of, and every corrupted field')
    .option('--force', 'replace files that are there')
    .action((what: string, options: Options) =>
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
        const { seed, dirt, batches } = options;
        const files = await generator.write({
          out: resolve(options.out),
          seed,
          customers: options.customers ?? generator.customers,
          dirt,
          batches,
          truth: options.truth,
          replace: options.force === true,
          progress: teller(),
        });
        if (globals.json === true) printJson(files);
        else print(...files.map((f) => `${f.path}: ${counted(f.rows, 'row')}`));
        return 0;
      }),
    );
};

const tellEvery = 5000;

/** Says on stderr every five seconds how many rows there are; data that takes less long is written in silence. */
function teller(): (rows: number) => void {
  const start = performance.now();
  let last = start;
  return (rows) => {
    const now = performance.now();
    if (now - last < tellEvery) return;
    last = now;
    tell(`  ${number(rows)} rows, ${number(Math.round((rows / (now - start)) * 1000))} a second\n`);
  };
}
