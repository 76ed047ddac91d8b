import { z } from 'zod';
import type { Columns } from '../../engine/engine.js';
import { probabilityOf } from './bits.js';
import type { MatchModel } from './model.js';
import { numbers } from './relations.js';

/** How sure matching is of itself, reckoned from its own chances: no labels are needed, and none are known. */
export const matchReport = z.strictObject({
  records: z.number(),
  pairs: z.number().describe('Pairs of records that were compared'),
  repeats: z.array(z.string()).default([]).describe('Attributes that only repeat others, and are left out'),
  too_many: z.array(z.string()).default([]).describe('Attributes that are left out, as no more than 20 are compared'),
  by_values: z.array(z.string()).default([]).describe('Attributes whose kind was told by what their values look like'),
  everything: z.boolean().describe('Whether every pair was compared'),
  rules: z.array(
    z.strictObject({
      rule: z.string(),
      largest: z.number().describe('Records of the largest block that is compared'),
      pairs: z.number(),
      cut: z
        .strictObject({ blocks: z.number(), records: z.number() })
        .describe('Blocks that are too large to compare, and the records in them'),
    }),
  ),
  sessions: z
    .array(z.strictObject({ rule: z.string(), rounds: z.number(), matches: z.number() }))
    .describe('What the model was learned from: candidates of one rule each, and the true pairs reckoned with'),
  expected: z.strictObject({
    precision: z.number().describe('Share of the linked pairs that is right'),
    recall: z.number().describe('Share of the true pairs that is linked, blocking included'),
    blocking: z.number().describe('Share of the true pairs that was compared'),
  }),
  advice: z.array(z.string()).describe('What would help most'),
});

export type MatchReport = z.output<typeof matchReport>;

/** What is known before pairs are weighed. */
export type Known = Pick<MatchReport, 'records' | 'pairs' | 'repeats' | 'too_many' | 'by_values' | 'everything' | 'rules' | 'sessions'>;

/**
 * The report of a run.
 * @param scores pairs by tenths of a bit (`bucket`: more than so many, and at most one more)
 * @param found how many true pairs are among those that were compared, by their own chances, and what share they are of all
 */
export function reportOf(
  model: MatchModel,
  known: Known,
  scores: Columns | undefined,
  found: { readonly matches: number; readonly share: number },
): MatchReport {
  const [buckets, counts] = [numbers(scores, 'bucket'), numbers(scores, 'n')];
  let [linked, right] = [0, 0];
  for (const [i, bucket] of buckets.entries()) {
    const [bits, n] = [bucket / 10 + 0.05, counts[i] ?? 0];
    if (bits < model.threshold) continue;
    linked += n;
    right += n * probabilityOf(bits);
  }
  const precision = short(linked === 0 ? 1 : right / linked);
  const linkedShare = Math.min(1, found.matches === 0 ? 1 : right / found.matches);
  const expected = { precision, recall: short(linkedShare * found.share), blocking: short(found.share) };
  return { ...known, expected, advice: adviceOn(model, known, expected) };
}

function adviceOn(model: MatchModel, known: Known, expected: MatchReport['expected']): string[] {
  const advice: string[] = [];
  if (known.repeats.length > 0)
    advice.push(`${known.repeats.join(', ')}: only repeats other attributes and is left out; name it in \`match.attributes\` to keep it`);
  const read = model.attributes.filter((a) => a.part_of !== undefined);
  if (read.length > 0)
    advice.push(
      `${read[0]?.part_of}: read as ${read.map((a) => a.name).join(' and ')} where these are missing; name it in \`match.attributes\` to compare it as it is`,
    );
  if (known.too_many.length > 0)
    advice.push(
      `${known.too_many.join(', ')}: left out, as no more than 20 attributes are compared; say in \`match.ignore\` which matter least`,
    );
  const guessed = model.attributes.filter((a) => known.by_values.includes(a.name)).map((a) => `${a.name} (${a.kind})`);
  if (guessed.length > 0)
    advice.push(
      `${guessed.join(', ')}: told by ${guessed.length === 1 ? 'its' : 'their'} values; say it in \`match.attributes\` where that is wrong`,
    );
  if (model.one_per_source.length > 0)
    advice.push(`${model.one_per_source.join(', ')}: seems to hold nobody twice, so an entity gets one of its records`);
  const untrained = model.attributes.filter((a) => a.levels.every((level) => level.trained !== 'data')).map((a) => a.name);
  if (untrained.length > 0) advice.push(`${untrained.join(', ')}: the data shows too little to learn from, so what is usual stands in`);
  if (model.attributes.filter((a) => (a.levels[0]?.weight ?? 0) > 6).length < 2)
    advice.push('few attributes tell who is who: add one that few have in common, such as a birth date, an e-mail or a phone number');
  const cut = known.rules.filter((r) => r.cut.records > known.records / 10).map((r) => r.rule);
  if (!known.everything && cut.length > 0)
    advice.push(`values that very many share were not compared by ${cut.slice(0, 3).join('; ')}: clean placeholders to null`);
  if (expected.blocking < 0.95)
    advice.push(
      'pairs that differ in much may be found by no blocking rule: raise `match.pairs`, or add an attribute that most records have',
    );
  if (expected.precision < 0.9) advice.push('many links are uncertain: look at `identity.<entity>_matches` near the threshold');
  return advice;
}

function short(x: number): number {
  return Number(x.toFixed(4));
}
