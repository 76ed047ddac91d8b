import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { probabilityOf } from '../identity/match/bits.js';
import type { MatchModel } from '../identity/match/model.js';
import { openReader } from '../publish/reader.js';
import type { Learned, Matching } from '../run/explain/matching.js';
import { matchingOf } from '../run/explain/matching.js';
import { openProject } from '../run/project/open.js';
import type { AddCommand } from './command.js';
import { print, printJson } from './command.js';
import { observerOf } from './effects.js';
import { bits, percent } from './evidence.js';
import { counted, number, rowsAsTable } from './text.js';

/** `onefold matching`: what was learned of who is who, how sure it is, and the model as a file to freeze. */
export const matching: AddCommand = (program, run) => {
  program
    .command('matching')
    .description('how the records of an entity are matched: what agreement is worth, which were compared, and how sure that is')
    .argument('[entity]', 'which entity, where several are matched')
    .option('--out <file>', 'write the model to a file, to be edited or frozen by `match: { model: FILE }`')
    .action((entity: string | undefined, options: { readonly out?: string }) =>
      run(async (globals) => {
        const project = await openProject(globals.project, globals);
        const reader = await openReader(project.store, { observe: observerOf(globals) });
        try {
          const found = await matchingOf(project, reader, entity);
          if (options.out !== undefined) await writeModel(resolve(project.dir, options.out), found.model);
          if (globals.json === true) printJson(found);
          else print(described(found), ...(options.out === undefined ? [] : [`the model is in ${options.out}`]));
          return 0;
        } finally {
          reader.engine.close();
        }
      }),
    );
};

function originOf({ run_id, at, frozen }: Learned): string {
  const run = run_id === null ? '' : ` in run ${run_id}${at === null ? '' : ` (${at.slice(0, 16).replace('T', ' ')} UTC)`}`;
  return frozen === null ? `learned${run} from` : `frozen in ${frozen}, first used${run} for`;
}

function untilWhen({ anew_at, frozen }: Learned): string {
  return frozen !== null
    ? `how rare values are is counted anew at ${number(anew_at)} of them; to have it learned anew, take \`model: ${frozen}\` out of the project`
    : `learned anew at ${number(anew_at)} of them, when \`match\` changes, or by \`onefold build --full-refresh\``;
}

/** Writes a model to a file, in a folder that is made where there is none. */
async function writeModel(file: string, model: MatchModel): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, `${JSON.stringify(model, null, 2)}\n`);
}

const ofTooLarge = 'pairs are kept apart where an entity would have more records than `match.largest` says: raise it if one may have more';

function described({ entity, version, learned, records, cuts, model, report, decisions }: Matching): string {
  const { expected, rules } = report;
  const levels = model.attributes.flatMap(({ name, kind, levels: rungs }) =>
    rungs.map(({ level, m, u, weight, against_relatives, against_branches, trained }, i) => ({
      attribute: i === 0 ? `${name} (${kind})` : '',
      level,
      'of one': percent(m),
      'of strangers': percent(u),
      bits: bits(weight),
      ...(model.related > 0 ? { 'against relatives': bits(against_relatives) } : {}),
      ...((model.branches ?? 0) > 0 ? { 'against branches': bits(against_branches ?? 0) } : {}),
      'known from': trained === 'data' ? 'the data' : trained === 'few' ? 'few pairs' : 'what is usual',
    })),
  );
  const blocked = rules.map((r) => ({
    'compared are records with the same': r.rule,
    pairs: number(r.pairs),
    'too large, left out': r.cut.blocks === 0 ? '' : `${counted(r.cut.blocks, 'block')} of ${counted(r.cut.records, 'record')}`,
  }));
  return [
    `${entity}, model ${version}: ${originOf(learned)} ${counted(learned.records, 'record')}, of which ${counted(report.pairs, 'pair')} were compared`,
    `  ${records === learned.records ? 'as many records' : counted(records, 'record')} now; ${untilWhen(learned)}`,
    `threshold ${model.threshold} bits (probability ${percent(probabilityOf(model.threshold))}); expected are precision ${percent(expected.precision)}, recall ${percent(expected.recall)} (${percent(expected.blocking)} of the true pairs were compared)`,
    ...decisions.map((d) => `  ${counted(d.pairs, 'pair')} ${d.decision.replace('_', ' ')}`),
    '',
    rowsAsTable(Object.keys(levels[0] ?? {}), levels),
    ...model.together.map(({ attributes, bits: both }) => {
      const sorted = both.toSorted((a, b) => a.bits - b.bits);
      const [less, more] = [sorted[0], sorted.at(-1)];
      const said = [
        ...(less !== undefined && less.bits < 0 ? [`${bits(-less.bits).slice(1)} bits less (${less.levels.join(' and ')})`] : []),
        ...(more !== undefined && more.bits > 0 ? [`${bits(more.bits).slice(1)} bits more (${more.levels.join(' and ')})`] : []),
      ];
      return `${attributes.join(' and ')} tell much of one another: both together count for up to ${said.join(', or ')}`;
    }),
    rowsAsTable(Object.keys(blocked[0] ?? {}), blocked),
    ...(cuts === 0 ? [] : [`${counted(cuts, 'block')} now left out, as too many records share what makes them`]),
    ...[...report.advice, ...(decisions.some((d) => d.decision === 'too_large') ? [ofTooLarge] : [])].map((a) => `advice: ${a}`),
  ].join('\n');
}
