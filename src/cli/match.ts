import { z } from 'zod';
import { OnefoldError } from '../base/errors.js';
import type { Match } from '../run/match.js';
import { openMatcher } from '../run/match.js';
import { openStoreOf } from '../run/project/open.js';
import { colours as pc } from './colours.js';
import type { AddCommand } from './command.js';
import { print, printJson } from './command.js';
import { observerOf } from './effects.js';
import { describeWaterfall, percent } from './evidence.js';
import { counted, shown } from './text.js';

const options = z.object({ record: z.string(), entity: z.string().optional(), top: z.coerce.number().int().min(1).max(40).default(3) });
const recordShape = z.record(
  z.string(),
  z.union([z.string(), z.number(), z.boolean(), z.null(), z.array(z.union([z.string(), z.number()]))]),
);

/** `onefold match`: whose record one is that is not in the data. */
export const match: AddCommand = (program, run) => {
  program
    .command('match')
    .description('find the entity of one record that is not in the data, with the evidence')
    .requiredOption('--record <json>', 'its attributes, such as {"given_name": "Ann", "email": "ann@mail.example"}')
    .option('--entity <name>', 'the entity, where several are matched by attributes')
    .option('--top <n>', 'how many entities to show', '3')
    .action((given: unknown) =>
      run(async (globals) => {
        const { record, entity, top } = parsed(given);
        const matcher = await openMatcher(await openStoreOf(globals.project, globals), { entity, observe: observerOf(globals) });
        try {
          const found = await matcher.match(record, { top });
          if (globals.json === true) printJson(found);
          else print(describeMatch(found));
          return 0;
        } finally {
          matcher.close();
        }
      }),
    );
};

/** @throws OnefoldError `USAGE` */
function parsed(given: unknown) {
  const { data } = options.safeParse(given);
  if (data === undefined) throw new OnefoldError('USAGE', '--top is no number from 1 to 40');
  let json: unknown;
  try {
    json = JSON.parse(data.record);
  } catch {
    json = undefined;
  }
  const record = recordShape.safeParse(json);
  if (!record.success)
    throw new OnefoldError('USAGE', '--record is no JSON object of texts, numbers and lists of them', {
      hint: `Write it as --record '{"given_name": "Ann", "family_name": "Abel"}'.`,
    });
  return { ...data, record: record.data };
}

function describeMatch({ entity, outcome, key, probability, entities, compared }: Match): string {
  const lines = [
    outcome === 'known'
      ? `${pc.green(`a known ${entity}`)}: ${pc.bold(key ?? '')}, probability ${percent(probability ?? 0)}`
      : `${pc.yellow(`a new ${entity}`)}: none of ${counted(compared, 'record')} compared is alike enough`,
  ];
  for (const { key: one, probability: p, records } of entities) {
    lines.push('', `${pc.bold(one)}, ${percent(p)}`);
    for (const [i, r] of records.entries())
      lines.push(
        ...(i === 0
          ? [`  most alike: ${shown(r.record)}`, ...describeWaterfall(r.waterfall)]
          : [`  also ${shown(r.record)}, ${percent(r.waterfall.probability)}`]),
      );
  }
  return lines.join('\n');
}
