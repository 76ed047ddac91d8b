import { OnefoldError } from '../base/errors.js';
import { openReader } from '../publish/reader.js';
import type { Question } from '../run/decide/review.js';
import { review as reviewIt } from '../run/decide/review.js';
import { openProject } from '../run/project/open.js';
import { colours as pc } from './colours.js';
import type { AddCommand } from './command.js';
import { print, printJson } from './command.js';
import { observerOf } from './effects.js';
import { describeAlone } from './evidence.js';
import { clipped, counted, formatted, namesAsTable, shown } from './text.js';

/** `onefold review`: what people should decide, the most valuable first. */
export const review: AddCommand = (program, run) => {
  const command = program.command('review').description('what people should decide: doubtful links, contradictions, weak bridges');
  command
    .command('list', { isDefault: true })
    .description('the questions whose answers are worth most, each with what hangs on it')
    .option('--limit <n>', 'how many', '20')
    .action((options: { limit: string }) =>
      run(async (globals) => {
        const limit = Number(options.limit);
        if (!Number.isInteger(limit) || limit < 1) throw new OnefoldError('USAGE', `--limit ${options.limit} is no number of questions`);
        const project = await openProject(globals.project, globals);
        const reader = await openReader(project.store, { observe: observerOf(globals) });
        try {
          const questions = await reviewIt(project, reader, limit);
          if (globals.json === true) printJson(questions);
          else print(questions.length === 0 ? 'there is nothing to decide' : questions.map(asked).join('\n'));
          return 0;
        } finally {
          reader.engine.close();
        }
      }),
    );
};

const kinds: Readonly<Record<string, string>> = {
  near: 'near the threshold',
  bridge: 'a single link between two groups',
  too_large: 'together they would be too large',
  outvoted: 'their other records speak against it',
  conflict: 'an identifier of which each has one speaks against it',
  weak: 'one by a weak link',
  outweighed: 'stronger evidence says otherwise',
  undecided: 'equally strong words contradict each other',
  linked: 'one by some records only',
};

function asked({ kind, left, right, probability, impact, identifier, attributes, alone }: Question): string {
  const { records, references, amounts } = impact;
  const sums = (amounts ?? []).map((a) => `${formatted(a.amount, 'number')}${a.currency === null ? '' : ` ${a.currency}`} of ${a.of}`);
  const moving = [
    counted(records, 'record'),
    counted(references, 'reference'),
    ...sums,
    ...(amounts === null ? ['amounts unknown while a build runs'] : []),
  ];
  const said = attributes
    .filter((a) => a.left !== null || a.right !== null)
    .map((a) => [`  ${a.attribute}`, clipped(shown(a.left), 40), clipped(shown(a.right), 40), a.level ?? '']);
  return [
    `${pc.bold(shown(left.record))} and ${pc.bold(shown(right.record))}: ${alone === null ? (kinds[kind] ?? kind) : describeAlone(alone)}${identifier === null ? '' : ` (${identifier})`}, ${Math.round(probability * 100)} % likely one`,
    ...(said.length === 0 ? [] : [namesAsTable(['', 'says', 'says', ''], said)]),
    pc.dim(`  hangs on it: ${moving.join(', ')}${left.key === right.key ? '' : ` (${left.key}, ${right.key})`}`),
    `  onefold decide same ${quoted(left.record)} ${quoted(right.record)} --why …   or   different`,
    '',
  ].join('\n');
}

/** An argument as a shell takes it. */
function quoted(text: string): string {
  return /^[\w.:@/+-]+$/.test(text) ? text : `'${shown(text).replaceAll("'", "'\\''")}'`;
}
