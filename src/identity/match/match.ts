import { z } from 'zod';
import type { Entity } from '../../config/project.js';
import type { Columns, Step } from '../../engine/engine.js';

import { id, join, sql } from '../../sql/tag.js';
import { identityTable } from '../evidence.js';
import type { BlockingRule, BlockSizes, ChosenRule, Within } from './blocking.js';
import { blockSizes, candidateRules, chooseRules, findCandidates, sourceCondition } from './blocking.js';
import { codesOf, comparePairs, randomPairs } from './compare.js';
import type { Matched } from './features.js';
import { featureColumn, makeFeatures } from './features.js';
import type { MatchModel } from './model.js';
import { weightOf, weightsOf } from './model.js';
import { randomOf } from './random.js';
import type { Pattern, Trained } from './train.js';
import { train } from './train.js';

export interface MatchOptions {
  readonly attributes: readonly Matched[];
  readonly within: Within;
  /** The most pairs to compare; null for as many as the number of records suggests. */
  readonly budget: number | null;
  /** Probability from which on two records are taken for one; null for what promises the best result. */
  readonly threshold: number | null;
  /** A model to score by; null to train one. */
  readonly model: MatchModel | null;
}

/** Random pairs from which chance is learned. */
const randomWanted = 1_000_000;

/**
 * The steps that compare the records of an entity and weigh every candidate pair: `identity.<entity>_features`, `_model` (the model as
 * JSON), and the temporary table `scored` (`l`, `r`, `weight` in bits × 1000).
 */
export function matchRecords(entity: Entity, options: MatchOptions): readonly Step[] {
  const { attributes } = options;
  const features = identityTable(entity, 'features');
  const present = attributes.map(
    (a) => sql`(count(${id(featureColumn(a.name, 'norm'))}) / greatest(count(*), 1))::DOUBLE AS ${id(a.name)}`,
  );
  return [
    { kind: 'sql', name: `${entity.name}: features`, statements: makeFeatures(entity, attributes) },
    {
      kind: 'then',
      name: `${entity.name}: blocking`,
      reads: { there: sql`SELECT count(*)::DOUBLE AS records, ${join(present)} FROM ${features}` },
      steps: ({ there }) => {
        const records = numbers(there, 'records')[0] ?? 0;
        const shares = new Map(attributes.map((a) => [a.name, numbers(there, a.name)[0] ?? 0]));
        return blocking(entity, options, records, shares);
      },
    },
  ];
}

function blocking(entity: Entity, options: MatchOptions, records: number, present: ReadonlyMap<string, number>): readonly Step[] {
  const { attributes, within, model } = options;
  const features = identityTable(entity, 'features');
  const rules = candidateRules(attributes);
  const budget = options.budget ?? Math.max(5_000_000, 10 * records);
  const everything = (records * (records - 1)) / 2 <= budget;
  const chosenBy = (known: readonly ChosenRule[]): readonly Step[] => [
    {
      kind: 'sql',
      name: `${entity.name}: candidates`,
      statements: [
        ...findCandidates(features, known, attributes, within, everything && model === null),
        sql`CREATE OR REPLACE TEMP TABLE compared AS SELECT l, r, rules, pattern, rarity FROM (${comparePairs(sql`candidates`, features, attributes, ['rules'])})`,
        sql`DROP TABLE candidates`,
      ],
    },
    ...scoring(entity, options, records, known),
  ];
  if (model !== null) {
    const known = model.blocking.flatMap(({ rule: name, largest }) => {
      const rule = rules.find((r) => r.name === name);
      return rule === undefined ? [] : [{ rule, largest, pairs: 0, cut: { blocks: 0, records: 0 } }];
    });
    return chosenBy(known);
  }
  const thinning = records > 400_000 ? 8 : 1;
  return [
    {
      kind: 'then',
      name: `${entity.name}: blocks`,
      reads: { sizes: blockSizes(features, rules, attributes, thinning) },
      steps: ({ sizes }) => chosenBy(choose(rules, sizes, present, budget, thinning).rules),
    },
  ];
}

function choose(
  rules: readonly BlockingRule[],
  sizes: Columns | undefined,
  present: ReadonlyMap<string, number>,
  budget: number,
  thinning: number,
): ReturnType<typeof chooseRules> {
  const [rule, size, blocks] = ['rule', 'size', 'blocks'].map((c) => numbers(sizes, c));
  const counted: BlockSizes[] = (rule ?? []).map((r, i) => ({ rule: r, size: size?.[i] ?? 0, blocks: (blocks?.[i] ?? 0) * thinning }));
  return chooseRules(rules, counted, present, budget);
}

/** Learns the model where there is none, and weighs the pairs. */
function scoring(entity: Entity, options: MatchOptions, records: number, chosen: readonly ChosenRule[]): readonly Step[] {
  const { attributes, within, model } = options;
  const features = identityTable(entity, 'features');
  const random = randomOf(`pairs of ${records}`);
  const shifts =
    records < 2
      ? []
      : Array.from({ length: Math.min(records - 1, Math.ceil(randomWanted / records)) }, () => 1 + Math.floor(random() * (records - 1)));
  const someRandom = comparePairs(
    sql`(${randomPairs(features, [...new Set(shifts)], records, sourceCondition(within))})`,
    features,
    attributes,
    [],
  );
  return [
    {
      kind: 'then',
      name: `${entity.name}: model`,
      reads: {
        patterns: sql`SELECT pattern::VARCHAR AS pattern, rules::INTEGER AS rules, count(*)::DOUBLE AS n FROM compared GROUP BY ALL ORDER BY ALL`,
        ...(model === null && records > 1
          ? { random: sql`SELECT pattern::VARCHAR AS pattern, count(*)::DOUBLE AS n FROM (${someRandom}) GROUP BY ALL ORDER BY ALL` }
          : {}),
      },
      steps: ({ patterns, random: chance }) => {
        const texts = z.array(z.string()).parse(patterns?.['pattern'] ?? []);
        const candidates = patternsOf(texts, numbers(patterns, 'rules'), numbers(patterns, 'n'), attributes.length);
        const others = patternsOf(z.array(z.string()).parse(chance?.['pattern'] ?? []), [], numbers(chance, 'n'), attributes.length);
        const used =
          model ?? modelOf(entity, attributes, chosen, learn(attributes, chosen, candidates, others, records), options.threshold);
        return weighing(entity, used, texts, candidates, model === null && options.threshold === null);
      },
    },
  ];
}

function learn(
  attributes: readonly Matched[],
  chosen: readonly ChosenRule[],
  candidates: readonly Pattern[],
  random: readonly Pattern[],
  records: number,
): Trained {
  const priors = attributes.map(({ kind }) => {
    const named = kind.levels.map((level) => level.share).reverse();
    return { m: [Math.max(0.02, 1 - named.reduce((a, b) => a + b, 0)), ...named] };
  });
  const sessions = chosen.map(({ rule }, i) => ({ rule: i, blocked: rule.keys.map(({ attribute }) => attributes.indexOf(attribute)) }));
  return train(priors, sessions, candidates, random, Math.max(1, (records * (records - 1)) / 2));
}

function modelOf(
  entity: Entity,
  attributes: readonly Matched[],
  chosen: readonly ChosenRule[],
  trained: Trained,
  threshold: number | null,
): MatchModel {
  const bits = threshold === null ? 0 : Math.log2(threshold / (1 - threshold));
  return {
    format: 1,
    entity: entity.name,
    attributes: attributes.map(({ name, kind }, k) => {
      const learned = trained.attributes[k];
      const names = [...kind.levels.map((level) => level.name), 'disagree'];
      return {
        name,
        kind: kind.name,
        levels: names.map((level, i) => {
          const code = names.length - 1 - i;
          const [m, u, seen] = [learned?.m[code] ?? 0.5, learned?.u[code] ?? 0.5, learned?.seen[code]];
          const few = seen === undefined || seen.matches < 10 || (seen.others < 10 && i > 0);
          const trainedBy = seen === undefined || seen.matches < 1 ? 'prior' : few ? 'few' : 'data';
          return { level, m: rounded(m), u: rounded(u), weight: rounded(Math.log2(m / u)), trained: trainedBy };
        }),
      };
    }),
    prior: rounded(trained.prior),
    threshold: rounded(bits),
    review: rounded(bits - 5),
    blocking: chosen.map(({ rule, largest }) => ({ rule: rule.name, largest })),
  };
}

/** Numbers of a model are written with seven digits that count, so that a file says all there is. */
function rounded(x: number): number {
  return Number(x.toPrecision(7));
}

/** Weighs every candidate by its pattern and the rarity of what it agrees on, finds the threshold, and keeps the model. */
function weighing(
  entity: Entity,
  model: MatchModel,
  texts: readonly string[],
  patterns: readonly Pattern[],
  isThresholdOpen: boolean,
): readonly Step[] {
  const weights = weightsOf(model);
  const distinct = new Map(texts.map((text, i) => [text, Math.round(1000 * weightOf(model, weights, patterns[i]?.codes ?? []))]));
  const keep = (final: MatchModel): Step => ({
    kind: 'sql',
    name: `${entity.name}: threshold`,
    statements: [
      sql`CREATE OR REPLACE TABLE ${identityTable(entity, 'model')} AS SELECT ${JSON.stringify(final)}::JSON AS model`,
      sql`UPDATE scored SET weight = weight - ${Math.round(final.threshold * 1000)}`,
    ],
  });
  return [
    {
      kind: 'sql',
      name: `${entity.name}: weights`,
      statements: [sql`CREATE OR REPLACE TEMP TABLE pattern_weights (pattern VARCHAR, weight INTEGER)`],
    },
    {
      kind: 'solve',
      name: `${entity.name}: weights of patterns`,
      reads: {},
      solve: () => [{ table: { name: 'pattern_weights' }, columns: [[...distinct.keys()], [...distinct.values()]] }],
    },
    {
      kind: 'sql',
      name: `${entity.name}: scores`,
      statements: [
        sql`CREATE OR REPLACE TEMP TABLE scored AS SELECT c.l, c.r, w.weight + (1000 * c.rarity)::INTEGER AS weight
          FROM compared c JOIN (SELECT pattern::BIGINT AS pattern, weight FROM pattern_weights) w USING (pattern)`,
        sql`DROP TABLE compared`,
      ],
    },
    {
      kind: 'then',
      name: `${entity.name}: threshold`,
      reads: {
        scores: sql`SELECT (weight // 100)::INTEGER AS bucket, count(*)::DOUBLE AS n FROM scored GROUP BY ALL ORDER BY bucket DESC`,
      },
      steps: ({ scores }) => {
        if (!isThresholdOpen) return [keep(model)];
        const threshold = bestThreshold(numbers(scores, 'bucket'), numbers(scores, 'n'));
        return [keep({ ...model, threshold, review: rounded(threshold - 5) })];
      },
    },
  ];
}

/**
 * The weight from which on taking pairs for matches promises the best balance of precision and recall (F1), reckoned with their own
 * chances: never below even odds.
 * @param buckets tenths of a bit, from the highest
 */
function bestThreshold(buckets: readonly number[], counts: readonly number[]): number {
  const chances = buckets.map((b) => 1 / (1 + 2 ** -(b / 10 + 0.05)));
  const all = counts.reduce((sum, n, i) => sum + n * (chances[i] ?? 0), 0);
  let [taken, right, best, at] = [0, 0, 0, 0];
  for (const [i, bucket] of buckets.entries()) {
    if (bucket < 0) break;
    taken += counts[i] ?? 0;
    right += (counts[i] ?? 0) * (chances[i] ?? 0);
    const f1 = (2 * right) / (taken + all);
    if (f1 > best) [best, at] = [f1, bucket / 10];
  }
  return at;
}

function patternsOf(texts: readonly string[], rules: readonly number[], counts: readonly number[], attributes: number): readonly Pattern[] {
  return texts.map((text, i) => ({ codes: codesOf(BigInt(text), attributes), rules: rules[i] ?? 0, count: counts[i] ?? 0 }));
}

function numbers(relation: Columns | undefined, column: string): readonly number[] {
  return z.array(z.coerce.number()).parse(relation?.[column] ?? []);
}
