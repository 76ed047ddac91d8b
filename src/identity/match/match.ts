import { z } from 'zod';
import type { Entity } from '../../config/project.js';
import type { Columns, Step } from '../../engine/engine.js';
import type { Sql } from '../../sql/tag.js';
import { id, join, sql } from '../../sql/tag.js';
import { identityTable } from '../evidence.js';
import type { BlockingRule, BlockSizes, ChosenRule, Within } from './blocking.js';
import { blockSizes, candidateRules, chooseRules, findCandidates, makeCuts, makeKeyed, sourceCondition } from './blocking.js';
import { cleanSources, counterparts } from './clean.js';
import { codesOf, comparePairs, randomPairs } from './compare.js';
import { budgetOf, isEverythingCompared, rulesOf } from './extent.js';
import type { Matched } from './features.js';
import { dropStale, featureColumn, gatherValues, makeFeatures } from './features.js';
import type { Kept } from './kept.js';
import { learn, modelOf } from './learn.js';
import type { MatchModel, Weights } from './model.js';
import { modelVersion, weigher } from './model.js';
import { randomOf } from './random.js';
import { numbers } from './relations.js';
import type { Known } from './report.js';
import { reportOf } from './report.js';
import { bestThreshold } from './threshold.js';
import type { Pattern } from './train.js';

export interface MatchOptions {
  readonly attributes: readonly Matched[];
  readonly within: Within;
  /** Attributes that only repeat others, and are left out. */
  readonly repeats: readonly string[];
  /** The most pairs to compare; null for as many as the number of records suggests. */
  readonly budget: number | null;
  /** Probability from which on two records are taken for one; null for what promises the best result. */
  readonly threshold: number | null;
  /** A model to score by; null to train one. */
  readonly model: MatchModel | null;
  /** Digest of what a model follows from beside the records. */
  readonly definition: string;
  /** What the last run left and is used; null where everything is compared anew. */
  readonly kept: Kept | null;
}

/** Random pairs from which chance is learned. */
const randomWanted = 1_000_000;
/** Of each record at most so many. */
const randomEach = 150;

/**
 * The steps that compare the records of an entity and weigh every candidate pair: `identity.<entity>_features`, `_model` (the model as
 * JSON), and `_pairs` (`l`, `r`, `weight` in bits × 1000). By what is kept, only records that are new or other than before are compared, with all:
 * which those are is in `stale` and, in the features, from the first number on that no record had.
 */
export function matchRecords(entity: Entity, options: MatchOptions): readonly Step[] {
  const { attributes, kept } = options;
  return [
    { kind: 'sql', name: `${entity.name}: values`, statements: gatherValues(entity, attributes) },
    ...(kept === null ? allAnew(entity, options) : whatChanged(entity, options, kept)),
  ];
}

function allAnew(entity: Entity, options: MatchOptions): readonly Step[] {
  const { attributes } = options;
  const present = attributes.map(
    (a) => sql`(count(${id(featureColumn(a.name, 'norm'))}) / greatest(count(*), 1))::DOUBLE AS ${id(a.name)}`,
  );
  return [
    { kind: 'sql', name: `${entity.name}: features`, statements: makeFeatures(entity, attributes, null) },
    {
      kind: 'then',
      name: `${entity.name}: blocking`,
      reads: { there: sql`SELECT count(*)::DOUBLE AS all_records, ${join(present)} FROM ${identityTable(entity, 'features')}` },
      steps: ({ there }) => {
        const shares = new Map(attributes.map((a) => [a.name, numbers(there, a.name)[0] ?? 0]));
        return blocking(entity, options, numbers(there, 'all_records')[0] ?? 0, shares);
      },
    },
  ];
}

/** Compares records that are new or other than before with all. */
function whatChanged(entity: Entity, { attributes, within }: MatchOptions, { model, from, everything }: Kept): readonly Step[] {
  const pairs = identityTable(entity, 'pairs');
  const chosen = rulesOf(model);
  return [
    {
      kind: 'sql',
      name: `${entity.name}: candidates`,
      statements: [
        ...dropStale(entity),
        ...makeFeatures(entity, attributes, from),
        makeKeyed(
          identityTable(entity, 'features'),
          chosen.map((c) => c.rule),
          attributes,
        ),
        ...findCandidates(identityTable(entity, 'cuts'), chosen, within, from, everything),
        ...compareCandidates(entity, attributes),
      ],
    },
    {
      kind: 'then',
      name: `${entity.name}: scores`,
      reads: { patterns: patternCounts() },
      steps: ({ patterns }) => weighing(entity, model, patternsOf(patterns, attributes.length)),
    },
    {
      kind: 'sql',
      name: `${entity.name}: pairs`,
      statements: [
        sql`DELETE FROM ${pairs} WHERE l IN (SELECT nr FROM stale) OR r IN (SELECT nr FROM stale)`,
        sql`INSERT INTO ${pairs} SELECT l, r, weight FROM scored ORDER BY l, r`,
        sql`DROP TABLE scored`,
      ],
    },
  ];
}

/** Compares the candidates: temporary table `compared`. */
function compareCandidates(entity: Entity, attributes: readonly Matched[]): readonly Sql[] {
  const compared = comparePairs(sql`candidates`, identityTable(entity, 'features'), attributes, ['rules']);
  return [
    sql`CREATE OR REPLACE TEMP TABLE compared AS SELECT l, r, rules, pattern, rarity, own_rarity FROM (${compared})`,
    sql`DROP TABLE candidates`,
  ];
}

/** The patterns of `compared`, with how many pairs have each. */
function patternCounts(): Sql {
  return sql`SELECT pattern::VARCHAR AS pattern, rules::INTEGER AS rules, count(*)::DOUBLE AS n FROM compared GROUP BY ALL ORDER BY ALL`;
}

function blocking(entity: Entity, options: MatchOptions, records: number, present: ReadonlyMap<string, number>): readonly Step[] {
  const { attributes, within, model } = options;
  const features = identityTable(entity, 'features');
  const everything = isEverythingCompared(options.budget, model !== null, records);
  const chosenBy = (known: readonly ChosenRule[]): readonly Step[] => [
    {
      kind: 'sql',
      name: `${entity.name}: candidates`,
      statements: [
        ...makeCuts(identityTable(entity, 'cuts'), known),
        ...findCandidates(identityTable(entity, 'cuts'), known, within, 0, everything),
        ...compareCandidates(entity, attributes),
      ],
    },
    ...scoring(entity, options, known, { records, everything }),
  ];
  const keyed = (rules: readonly BlockingRule[]): Step => ({
    kind: 'sql',
    name: `${entity.name}: keys`,
    statements: [makeKeyed(features, rules, attributes)],
  });
  if (model !== null) {
    const known = rulesOf(model).map((used) => ({ ...used, pairs: 0, cut: { blocks: 0, records: 0 } }));
    return [keyed(known.map((k) => k.rule)), ...chosenBy(known)];
  }
  const rules = candidateRules(attributes);
  const thinning = Math.max(1, Math.floor(records / 60_000));
  return [
    keyed(rules),
    {
      kind: 'then',
      name: `${entity.name}: blocks`,
      reads: { sizes: blockSizes(rules, thinning) },
      steps: ({ sizes }) => chosenBy(choose(rules, sizes, present, budgetOf(options.budget, records), thinning)),
    },
  ];
}

function choose(
  rules: readonly BlockingRule[],
  sizes: Columns | undefined,
  present: ReadonlyMap<string, number>,
  budget: number,
  thinning: number,
): readonly ChosenRule[] {
  const [rule, size, blocks] = ['rule', 'size', 'blocks'].map((c) => numbers(sizes, c));
  const counted: BlockSizes[] = (rule ?? []).map((r, i) => ({ rule: r, size: size?.[i] ?? 0, blocks: (blocks?.[i] ?? 0) * thinning }));
  return chooseRules(rules, counted, present, budget);
}

/** Learns the model where there is none, and weighs the pairs. */
function scoring(
  entity: Entity,
  options: MatchOptions,
  chosen: readonly ChosenRule[],
  { records, everything }: { readonly records: number; readonly everything: boolean },
): readonly Step[] {
  const { attributes, within, model } = options;
  const features = identityTable(entity, 'features');
  const random = randomOf(`pairs of ${records}`);
  const wanted = records < 2 ? 0 : Math.min(records - 1, randomEach, Math.ceil(randomWanted / records));
  const shifts = [...new Set(Array.from({ length: wanted }, () => 1 + Math.floor(random() * (records - 1))))];
  const counted = sql`SELECT pattern::VARCHAR AS pattern, count(*)::DOUBLE AS n FROM (${comparePairs(sql`random_pairs`, features, attributes, [])}) GROUP BY ALL ORDER BY ALL`;
  const learns = model === null && records > 1;
  return [
    {
      kind: 'sql',
      name: `${entity.name}: random pairs`,
      statements: learns
        ? [sql`CREATE OR REPLACE TEMP TABLE random_pairs AS ${randomPairs(features, shifts, records, sourceCondition(within))}`]
        : [],
    },
    {
      kind: 'then',
      name: `${entity.name}: learning`,
      reads: { patterns: patternCounts(), ...(learns ? { random: counted } : {}) },
      steps: ({ patterns, random: chance }) => {
        const candidates = patternsOf(patterns, attributes.length);
        const byChance = patternsOf(chance, attributes.length);
        // Of all pairs only those count that are of interest: the random ones say what share that is.
        const asked = byChance.reduce((n, p) => n + p.count, 0) / Math.max(1, records * shifts.length);
        const trained = model === null ? learn(attributes, chosen, candidates, byChance, (asked * records * (records - 1)) / 2) : null;
        const used = trained === null ? model : modelOf(entity.name, attributes, chosen, trained, options.threshold);
        if (used === null) return [];
        const known: Known = {
          records,
          pairs: candidates.reduce((n, p) => n + p.count, 0),
          everything,
          repeats: [...options.repeats],
          rules: chosen.map(({ rule, ...what }) => ({ rule: rule.name, ...what })),
          sessions: trained?.sessions.map(({ rule, ...what }) => ({ rule: chosen[rule]?.rule.name ?? '', ...what })) ?? [],
        };
        const open = { threshold: model === null && options.threshold === null, sources: model === null && sources(entity) > 1 };
        return [...weighing(entity, used, candidates), threshold(entity, used, open, known, options.definition)];
      },
    },
  ];
}

/** Weighs every candidate by its pattern and the rarity of what it agrees on: temporary table `scored`. */
function weighing(entity: Entity, model: MatchModel, patterns: readonly (Pattern & { readonly text: string })[]): readonly Step[] {
  const weigh = weigher(model);
  const distinct = new Map(patterns.map(({ text, codes }) => [text, weigh(codes)]));
  const thousandths = (of: keyof Weights): number[] => [...distinct.values()].map((w) => Math.round(1000 * w[of]));
  return [
    {
      kind: 'sql',
      name: `${entity.name}: weights`,
      statements: [sql`CREATE OR REPLACE TEMP TABLE pattern_weights (pattern VARCHAR, strangers INTEGER, relatives INTEGER)`],
    },
    {
      kind: 'solve',
      name: `${entity.name}: weights of patterns`,
      reads: {},
      solve: () => [
        { table: { name: 'pattern_weights' }, columns: [[...distinct.keys()], thousandths('strangers'), thousandths('relatives')] },
      ],
    },
    {
      kind: 'sql',
      name: `${entity.name}: scores`,
      statements: [
        // Strangers and relatives are both possible, so the odds against one entity add up.
        sql`CREATE OR REPLACE TEMP TABLE scored AS
          SELECT l, r, rules, (1000 * (least(s, k) - log2(1 + pow(2, -abs(s - k)))))::INTEGER AS weight FROM (
          SELECT c.l, c.r, c.rules, w.strangers / 1000 + c.rarity AS s, w.relatives / 1000 + c.own_rarity AS k
          FROM compared c JOIN (SELECT pattern::BIGINT AS pattern, strangers, relatives FROM pattern_weights) w USING (pattern))`,
        sql`DROP TABLE compared`,
      ],
    },
  ];
}

/** What is still to be found, when all pairs have their weight. */
interface Open {
  readonly threshold: boolean;
  /** Which sources hold nobody twice. */
  readonly sources: boolean;
}

function sources(entity: Entity): number {
  return new Set(entity.records.filter((r) => r.role === 'record').map((r) => r.source)).size;
}

/** Finds the threshold where it is open, and keeps the model with a report, and the pairs. */
function threshold(entity: Entity, model: MatchModel, open: Open, known: Known, definition: string): Step {
  return {
    kind: 'then',
    name: `${entity.name}: threshold`,
    reads: {
      scores: sql`SELECT (weight // 100)::INTEGER AS bucket, least(bit_count(rules), 3)::INTEGER AS found_by, count(*)::DOUBLE AS n
        FROM scored GROUP BY ALL ORDER BY bucket DESC, found_by`,
      ...(open.sources ? { clean: counterparts(identityTable(entity, 'features')) } : {}),
    },
    steps: ({ scores, clean }) => {
      const at = open.threshold ? bestThreshold(numbers(scores, 'bucket'), numbers(scores, 'n')) : model.threshold;
      const final = {
        ...model,
        threshold: at,
        review: open.threshold ? at - 5 : model.review,
        ...(open.sources ? { one_per_source: [...cleanSources(clean)] } : {}),
      };
      return [
        {
          kind: 'sql',
          name: `${entity.name}: model`,
          statements: [
            sql`CREATE OR REPLACE TABLE ${identityTable(entity, 'model')} AS SELECT ${modelVersion(final)}::VARCHAR AS version,
              ${JSON.stringify(final)}::JSON AS model, ${JSON.stringify(reportOf(final, known, scores))}::JSON AS report,
              ${definition}::VARCHAR AS definition, ${known.records}::BIGINT AS records`,
            sql`CREATE OR REPLACE TABLE ${identityTable(entity, 'pairs')} AS SELECT l, r, weight FROM scored`,
            sql`DROP TABLE scored`,
          ],
        },
      ];
    },
  };
}

function patternsOf(relation: Columns | undefined, attributes: number): readonly (Pattern & { readonly text: string })[] {
  const [rules, counts] = [numbers(relation, 'rules'), numbers(relation, 'n')];
  return z
    .array(z.string())
    .parse(relation?.['pattern'] ?? [])
    .map((text, i) => ({ text, codes: codesOf(BigInt(text), attributes), rules: rules[i] ?? 0, count: counts[i] ?? 0 }));
}
