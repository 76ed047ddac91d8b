import type { Entity } from '../../config/project.js';
import type { Columns, Step } from '../../engine/engine.js';
import type { Sql } from '../../sql/tag.js';
import { id, join, sql } from '../../sql/tag.js';
import { identityTable } from '../evidence.js';
import type { BlockingRule, BlockSizes, ChosenRule, Presence } from './blocking.js';
import { blockSizes, candidateRules, chooseRules, findCandidates, findNewCandidates, keyed, keyedBy, makeCuts } from './blocking.js';
import { comparePairs, raritiesOf } from './compare.js';
import { budgetOf, isEverythingCompared, rulesOf } from './extent.js';
import type { Matched } from './features.js';
import { countValues, dropStale, featureColumn, gatherValues, makeFeatures } from './features.js';
import type { Kept } from './kept.js';
import type { MatchOptions } from './options.js';
import { numbers } from './relations.js';
import { patternsOf, patternsThere, scoring, weighing } from './score.js';

/**
 * The steps that compare the records of an entity and weigh every candidate pair: `identity.<entity>_features`, `_model` (the model as
 * JSON), and `_pairs` (`l`, `r`, `weight` in bits × 1000, and whether one value agrees `alone`). By what is kept, only records that are new or other than before are compared, with all:
 * which those are is in `stale` and, in the features, from the first number on that no record had.
 */
export function matchRecords(entity: Entity, options: MatchOptions): readonly Step[] {
  const { attributes, kept } = options;
  return [
    {
      kind: 'sql',
      name: `${entity.name}: values`,
      statements: [...gatherValues(entity, attributes, kept === null), ...(kept === null ? [] : dropStale(entity))],
    },
    {
      kind: 'then',
      name: `${entity.name}: features`,
      reads: { values: countValues() },
      steps: ({ values }) => {
        const [count = 0] = numbers(values, 'records');
        return kept === null ? allAnew(entity, options, count) : whatChanged(entity, options, kept, count);
      },
    },
  ];
}

function allAnew(entity: Entity, options: MatchOptions, count: number): readonly Step[] {
  const { attributes } = options;
  const bits = attributes.map(({ name }, k) => sql`(${id(featureColumn(name, 'norm'))} IS NOT NULL)::INTEGER * ${2 ** k}`);
  return [
    { kind: 'sql', name: `${entity.name}: features`, statements: makeFeatures(entity, attributes, null, count) },
    {
      kind: 'then',
      name: `${entity.name}: blocking`,
      reads: {
        present: sql`SELECT (${join(bits, ' + ')})::DOUBLE AS there, count(*)::DOUBLE AS records FROM ${identityTable(entity, 'features')} GROUP BY ALL ORDER BY records DESC, there`,
      },
      steps: ({ present }) => {
        const counts = numbers(present, 'records');
        const having = numbers(present, 'there').map((there, i) => ({
          attributes: new Set(attributes.flatMap(({ name }, k) => ((there & (1 << k)) === 0 ? [] : [name]))),
          count: counts[i] ?? 0,
        }));
        const records = counts.reduce((a, b) => a + b, 0);
        return blocking(entity, options, records, having);
      },
    },
  ];
}

/** Compares records that are new or other than before with all. */
function whatChanged(
  entity: Entity,
  { attributes, within }: MatchOptions,
  { model, from, everything }: Kept,
  count: number,
): readonly Step[] {
  const pairs = identityTable(entity, 'pairs');
  const blocks = blocksOf(entity);
  const chosen = rulesOf(model);
  const rules = chosen.map((c) => c.rule);
  return [
    {
      kind: 'sql',
      name: `${entity.name}: candidates`,
      statements: [
        ...makeFeatures(entity, attributes, from, count),
        sql`DELETE FROM ${blocks.keys} WHERE nr IN (SELECT nr FROM stale)`,
        sql`INSERT INTO ${blocks.keys} ${keyed(identityTable(entity, 'features'), rules, attributes)} WHERE nr >= ${from} ORDER BY nr`,
        ...findNewCandidates(blocks, chosen, within, everything, from),
        ...compareCandidates(entity, attributes, from),
      ],
    },
    {
      kind: 'then',
      name: `${entity.name}: scores`,
      reads: { patterns: patternsThere() },
      steps: ({ patterns }) => weighing(entity, model, patternsOf(patterns, attributes.length)),
    },
    {
      kind: 'sql',
      name: `${entity.name}: pairs`,
      statements: [
        // One by one, as nothing is read where nothing is stale.
        ...['l', 'r'].map((side) => sql`DELETE FROM ${pairs} WHERE ${id(side)} IN (SELECT nr FROM stale)`),
        sql`INSERT INTO ${pairs} SELECT l, r, weight, alone FROM scored ORDER BY l, r`,
        sql`DROP TABLE scored`,
      ],
    },
  ];
}

/** Compares the candidates: temporary table `compared`. @param from of each pair the one with the larger number has at least this one */
function compareCandidates(entity: Entity, attributes: readonly Matched[], from: number): readonly Sql[] {
  const features = identityTable(entity, 'features');
  const larger = from === 0 ? features : sql`(SELECT * FROM ${features} WHERE nr >= ${from})`;
  const compared = comparePairs(sql`candidates`, features, attributes, ['rules'], larger);
  return [
    sql`CREATE OR REPLACE TEMP TABLE compared AS SELECT l, r, rules, pattern, ${join(raritiesOf(attributes).map(({ column }) => id(column)))} FROM (${compared})`,
    sql`DROP TABLE candidates`,
  ];
}

/** `identity.<entity>_blocks`, kept from run to run: every record with its keys by the rules of the model; and `_cuts`. */
function blocksOf(entity: Entity): { readonly keys: Sql; readonly cuts: Sql } {
  return { keys: identityTable(entity, 'blocks'), cuts: identityTable(entity, 'cuts') };
}

function blocking(entity: Entity, options: MatchOptions, records: number, present: readonly Presence[]): readonly Step[] {
  const { attributes, within, model } = options;
  const features = identityTable(entity, 'features');
  const everything = isEverythingCompared(options.budget, model !== null, records);
  const blocks = blocksOf(entity);
  /** @param keys of the records by the rules that are chosen, and no others */
  const chosenBy = (known: readonly ChosenRule[], keys: Sql): readonly Step[] => [
    {
      kind: 'sql',
      name: `${entity.name}: candidates`,
      statements: [
        sql`CREATE OR REPLACE TABLE ${blocks.keys} AS ${keys}`,
        sql`DROP TABLE IF EXISTS ${tried}`,
        ...makeCuts(blocks, known),
        ...findCandidates(blocks, known, within, everything),
        ...compareCandidates(entity, attributes, 0),
      ],
    },
    ...scoring(entity, options, known, { records, everything }),
  ];
  const rulesIn = (known: readonly ChosenRule[]): readonly BlockingRule[] => known.map((k) => k.rule);
  if (model !== null) {
    const known = rulesOf(model).map((used) => ({ ...used, pairs: 0, cut: { blocks: 0, records: 0 } }));
    return chosenBy(known, keyed(features, rulesIn(known), attributes));
  }
  const rules = candidateRules(attributes);
  const thinning = Math.max(1, Math.floor(records / 60_000));
  return [
    {
      kind: 'sql',
      name: `${entity.name}: keys`,
      statements: [sql`CREATE OR REPLACE TEMP TABLE ${tried} AS ${keyed(features, rules, attributes)}`],
    },
    {
      kind: 'then',
      name: `${entity.name}: blocks`,
      reads: { sizes: blockSizes(tried, rules, thinning) },
      steps: ({ sizes }) => {
        const known = choose(rules, sizes, present, budgetOf(options.budget, records), thinning);
        return chosenBy(known, keyedBy(tried, rulesIn(known)));
      },
    },
  ];
}

/** The keys of all rules, from which some are chosen. */
const tried = sql`tried_keys`;

function choose(
  rules: readonly BlockingRule[],
  sizes: Columns | undefined,
  present: readonly Presence[],
  budget: number,
  thinning: number,
): readonly ChosenRule[] {
  const [rule, size, blocks] = ['rule', 'size', 'blocks'].map((c) => numbers(sizes, c));
  const counted: BlockSizes[] = (rule ?? []).map((r, i) => ({ rule: r, size: size?.[i] ?? 0, blocks: (blocks?.[i] ?? 0) * thinning }));
  return chooseRules(rules, counted, present, budget);
}
