import type { Entity } from '../../config/project.js';
import type { Columns, Step } from '../../engine/engine.js';
import type { Sql } from '../../sql/tag.js';
import { id, join, sql } from '../../sql/tag.js';
import { identityTable, sourcesOf } from '../evidence.js';
import { aloneIn } from './alone.js';
import { againstAll, millionths } from './bits.js';
import { shareFound } from './blocked.js';
import type { ChosenRule } from './blocking.js';
import { sourceCondition } from './blocking.js';
import { cleanSources, counterparts } from './clean.js';
import { codesOf, comparePairs, randomPairs } from './compare.js';
import { agreesBy, blockedBy, learn, modelOf, usualOf } from './learn.js';
import type { Pattern } from './mixture.js';
import type { MatchModel, Weights } from './model.js';
import { modelVersion, weigher } from './model.js';
import type { MatchOptions } from './options.js';
import { leaveOutOwned } from './owned.js';
import { randomOf } from './random.js';
import { numbers, texts } from './relations.js';
import type { Known } from './report.js';
import { reportOf } from './report.js';
import { bestThreshold, shownFrom } from './threshold.js';

/* From pairs that were compared to what they weigh, by a model that is learned from them where there is none. */

/** Random pairs from which chance is learned. */
const randomWanted = 500_000;
/** Of each record at most so many. */
const randomEach = 150;

/** The patterns of `compared`, with how many pairs have each. */
function patternCounts(): Sql {
  return sql`SELECT pattern::VARCHAR AS pattern, rules::INTEGER AS rules, count(*)::DOUBLE AS n FROM compared GROUP BY ALL ORDER BY ALL`;
}

/** The patterns of `compared`. */
export function patternsThere(): Sql {
  return sql`SELECT DISTINCT pattern::VARCHAR AS pattern FROM compared ORDER BY ALL`;
}

/** Learns the model where there is none, and weighs the pairs. */
export function scoring(
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
        const asked = total(byChance) / Math.max(1, records * shifts.length);
        const allPairs = (asked * records * (records - 1)) / 2;
        const oneSource = sourcesOf(entity).length === 1;
        const trained = model === null ? learn(attributes, chosen, candidates, byChance, allPairs, oneSource) : null;
        const used = trained === null ? model : modelOf(entity.name, attributes, chosen, trained, records, options.threshold);
        if (used === null) return [];
        const known: Known = {
          records,
          pairs: total(candidates),
          everything,
          repeats: [...options.repeats],
          too_many: [...options.tooMany],
          by_values: [...options.byValues],
          rules: chosen.map(({ rule, ...what }) => ({ rule: rule.name, ...what })),
          sessions: trained?.sessions.map(({ rule, ...what }) => ({ rule: chosen[rule]?.rule.name ?? '', ...what })) ?? [],
        };
        const open = { threshold: model === null && options.threshold === null, sources: model === null && sourcesOf(entity).length > 1 };
        return [
          ...weighing(entity, used, candidates, {
            before: leaveOutOwned(entity, attributes, (used.prior * (records - 1)) / 2, weighedAny),
            beside: [countTruePairs(used, known.pairs)],
          }),
          threshold(entity, used, open, known, chosen, options),
        ];
      },
    },
  ];
}

/**
 * Weighs every candidate by its pattern and the rarity of what it agrees on: temporary table `scored`.
 * @param also what is done before, when patterns have their weights, those of any value too, and what is made of the pairs beside it
 */
export function weighing(
  entity: Entity,
  model: MatchModel,
  patterns: readonly { readonly text: string; readonly codes: readonly number[] }[],
  also: { readonly before: readonly Sql[]; readonly beside: readonly Sql[] } | null = null,
): readonly Step[] {
  const [weigh, weighAny, alone] = [weigher(model), also === null ? null : weigher(model, true), aloneIn(model)];
  const distinct = new Map(
    patterns.map(({ text, codes }) => {
      const { most = null, enough = null } = alone(codes) ?? {};
      return [text, { ...weigh(codes), most, enough, ofAny: weighAny === null ? null : againstAll(Object.values(weighAny(codes))) }];
    }),
  );
  const thousandths = (of: keyof Weights | 'most' | 'enough' | 'ofAny'): (number | null)[] =>
    [...distinct.values()].map(({ [of]: bits }) => (bits === null ? null : Math.round(1000 * bits)));
  return [
    {
      kind: 'sql',
      name: `${entity.name}: weights`,
      statements: [
        sql`CREATE OR REPLACE TEMP TABLE pattern_weights (pattern VARCHAR, strangers INTEGER, relatives INTEGER, branches INTEGER, most INTEGER, enough INTEGER, of_any INTEGER)`,
      ],
    },
    {
      kind: 'solve',
      name: `${entity.name}: weights of patterns`,
      reads: {},
      solve: () => [
        {
          table: { name: 'pattern_weights' },
          columns: [[...distinct.keys()], ...(['strangers', 'relatives', 'branches', 'most', 'enough', 'ofAny'] as const).map(thousandths)],
        },
      ],
    },
    {
      kind: 'sql',
      name: `${entity.name}: scores`,
      statements: [
        ...(also?.before ?? []),
        sql`CREATE OR REPLACE TEMP TABLE scored AS SELECT l, r, CASE WHEN unsure THEN most ELSE bits END AS weight, unsure AS alone
          FROM (SELECT *, COALESCE(bits > most AND (enough IS NULL OR bits < enough), FALSE) AS unsure FROM ${weighed(model)})`,
        ...(also?.beside ?? []),
        sql`DROP TABLE compared`,
      ],
    },
  ];
}

/** The pairs of `compared` (`c`) with the weights of their patterns (`w`). */
const withWeights = sql`compared c JOIN (SELECT * REPLACE (pattern::BIGINT AS pattern) FROM pattern_weights) w USING (pattern)`;

/** The pairs of `compared` with what they would weigh if no value were rare or common: `bits`, × 1000. */
const weighedAny = sql`(SELECT c.l, c.r, w.of_any AS bits FROM ${withWeights})`;

/** The pairs of `compared` with their `bits`, × 1000. Strangers and kin are all possible, so the odds against one entity add up. */
function weighed(model: MatchModel): Sql {
  const against = ['strangers', 'relatives', ...(model.branches === undefined ? [] : ['branches'])];
  const [names, least] = [join(against.map((name) => id(name))), id('least')];
  const bits = against.map(
    (name) => sql`w.${id(name)} / 1000 + c.${id(name === 'strangers' ? 'rarity' : `${name}_rarity`)} AS ${id(name)}`,
  );
  return sql`(SELECT l, r, rules, pattern, (1000 * (${least} - log2(${join(
    against.map((name) => sql`pow(2, ${least} - ${id(name)})`),
    ' + ',
  )})))::INTEGER AS bits, most, enough FROM (SELECT *, least(${names}) AS ${least} FROM (
    SELECT c.l, c.r, c.rules, c.pattern, w.most, w.enough, ${join(bits)}
    FROM ${withWeights})))`;
}

/** Pairs that a report looks at, of many. */
const reported = 1_000_000;

/**
 * How many true pairs there are, by pattern and the rules that found them: temporary table `true_pairs`. What one value alone says is not acted on, but counts here.
 * Of many pairs only some are looked at.
 */
function countTruePairs(model: MatchModel, pairs: number): Sql {
  const each = Math.max(1, Math.ceil(pairs / reported));
  return sql`CREATE OR REPLACE TEMP TABLE true_pairs AS SELECT pattern, rules, ${each} * sum(${millionths})::DOUBLE / 1e6 AS n
    FROM ${weighed(model)} WHERE (l + r) % ${each} = 0 GROUP BY ALL`;
}

/** What is still to be found, when all pairs have their weight. */
interface Open {
  readonly threshold: boolean;
  /** Which sources hold nobody twice. */
  readonly sources: boolean;
}

/** Finds the threshold where it is open, and keeps the model with a report, and the pairs. */
function threshold(
  entity: Entity,
  model: MatchModel,
  open: Open,
  known: Known,
  chosen: readonly ChosenRule[],
  { attributes, definition, runId }: MatchOptions,
): Step {
  return {
    kind: 'then',
    name: `${entity.name}: threshold`,
    reads: {
      scores: sql`SELECT (ceil(weight / 100) - 1)::INTEGER AS bucket, count(*)::DOUBLE AS n FROM scored GROUP BY ALL ORDER BY bucket DESC`,
      found: sql`SELECT pattern::VARCHAR AS pattern, rules::INTEGER AS rules, n FROM true_pairs ORDER BY ALL`,
      ...(open.sources ? { clean: counterparts(identityTable(entity, 'features')) } : {}),
    },
    steps: ({ scores, found, clean }) => {
      const at = open.threshold ? bestThreshold(numbers(scores, 'bucket'), numbers(scores, 'n')) : model.threshold;
      const final = {
        ...model,
        threshold: at,
        review: open.threshold ? shownFrom(at) : model.review,
        ...(open.sources ? { one_per_source: [...cleanSources(clean)] } : {}),
      };
      const truePairs = patternsOf(found, attributes.length);
      const share = known.everything ? 1 : shareFound(truePairs, usualOf(attributes), blockedBy(attributes, chosen), agreesBy(chosen));
      const report = reportOf(final, known, scores, { matches: total(truePairs), share });
      return [
        {
          kind: 'sql',
          name: `${entity.name}: model`,
          statements: [
            sql`CREATE OR REPLACE TABLE ${identityTable(entity, 'model')} AS SELECT ${modelVersion(final)}::VARCHAR AS version,
              ${JSON.stringify(final)}::JSON AS model, ${JSON.stringify(report)}::JSON AS report,
              ${definition}::VARCHAR AS definition, ${known.records}::BIGINT AS records, ${runId}::VARCHAR AS run_id`,
            sql`CREATE OR REPLACE TABLE ${identityTable(entity, 'pairs')} AS SELECT l, r, weight, alone FROM scored`,
            sql`DROP TABLE scored`,
            sql`DROP TABLE true_pairs`,
          ],
        },
      ];
    },
  };
}

/** The pairs of all patterns together. */
function total(patterns: readonly Pattern[]): number {
  return patterns.reduce((sum, { count }) => sum + count, 0);
}

/** Patterns, each with the pairs that it has (`n`), as they were read. */
export function patternsOf(relation: Columns | undefined, attributes: number): readonly (Pattern & { readonly text: string })[] {
  const [rules, counts] = [numbers(relation, 'rules'), numbers(relation, 'n')];
  return texts(relation, 'pattern').map((text, i) => ({
    text,
    codes: codesOf(BigInt(text), attributes),
    rules: rules[i] ?? 0,
    count: counts[i] ?? 0,
  }));
}
