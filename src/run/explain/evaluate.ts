import { z } from 'zod';
import type { Effects } from '../../base/effects.js';
import { OnefoldError } from '../../base/errors.js';
import type { Entity, Project } from '../../config/project.js';
import type { Engine, Row } from '../../engine/engine.js';
import type { Wrong } from '../../identity/evaluate.js';
import {
  countAbove,
  countClusters,
  countPairs,
  countWeights,
  metPairs,
  unweighedPairs,
  weighedPairs,
  wrongPairs,
} from '../../identity/evaluate.js';
import type { LabelColumns, LabelForm } from '../../identity/evaluate_labels.js';
import { arePairs, asPairs, countLabels, labelInHeader, understandLabels } from '../../identity/evaluate_labels.js';
import type { CurvePoint, PairScore, Quality } from '../../identity/evaluate_scores.js';
import { bestOf, curve, pairScore, pointAt, quality } from '../../identity/evaluate_scores.js';
import type { MatchModel } from '../../identity/match/model.js';
import { openReader } from '../../publish/reader.js';
import { publishedIn } from '../../publish/snapshot.js';
import type { Sql } from '../../sql/tag.js';
import { sql } from '../../sql/tag.js';
import { landLabels } from './labels.js';
import type { PublishedModel } from './matched.js';
import { chosen, publishedModel } from './matched.js';

/** How labels were understood; ids and records are counted once each. */
const labelCounts = z.object({
  rows: z.number(),
  /** Records with one true entity, or pairs with one verdict. */
  used: z.number(),
  /** Records of the entity. */
  records: z.number(),
  /** Ids of no record. */
  unknown: z.number(),
  /** Ids of several records: they need their stream before them. */
  ambiguous: z.number(),
  /** Rows without an id or without a verdict that could be read. */
  unread: z.number(),
  /** Records, or pairs, of which the labels say several things. */
  contradictory: z.number(),
});

/** Two records about which the published entities are wrong. */
export interface WrongPair {
  readonly left: string;
  readonly right: string;
  /** In bits; null where the pair has none. */
  readonly weight: number | null;
  /** What became of the pair: a decision of `identity.<entity>_matches`, `weighed_little` or `never_compared`, `together` or `apart` where nothing else is known. */
  readonly why: string;
  /** Attribute → what both records say, as it was compared. */
  readonly attributes: Readonly<Record<string, readonly [left: string | null, right: string | null]>>;
}

/** What evaluating came to. */
export interface Evaluation {
  readonly entity: string;
  /** The run whose snapshot was looked at. */
  readonly run_id: string;
  readonly form: LabelForm;
  readonly labels: z.output<typeof labelCounts>;
  /** Pairs of labelled records, or labelled pairs: are they in one cluster? */
  readonly pairs: PairScore;
  /** Null where labels are of pairs. `exact`: clusters that are an entity, whole and alone. `closest`: mean likeness (Jaccard) with the closest. */
  readonly clusters: {
    readonly clusters: number;
    readonly entities: number;
    readonly exact: Quality;
    readonly closest: Quality;
    readonly bcubed: Quality;
  } | null;
  /** Null where records are not matched by attributes. */
  readonly thresholds: {
    readonly chosen: CurvePoint;
    readonly best: CurvePoint | null;
    readonly curve: readonly CurvePoint[];
  } | null;
  /** What became of the true pairs before they could be weighed against the threshold; null where records are not matched by attributes. */
  readonly blocking: {
    readonly true_pairs: number;
    /** In `identity.<entity>_matches`. */
    readonly weighed: number;
    /** Compared, and far below the threshold. */
    readonly weighed_little: number;
    readonly never_compared: number;
    /** Of those that were never compared, the pairs that others brought together. */
    readonly joined_anyway: number;
    /** Recall that blocking makes impossible for pairs alone. */
    readonly recall_lost: number | null;
    /** Whether the last numbers come from a sample of the pairs. */
    readonly estimated: boolean;
  } | null;
  readonly false_positives: readonly WrongPair[];
  readonly false_negatives: readonly WrongPair[];
}

/** What to evaluate. */
export interface EvaluateOptions {
  /** Path of the labels. */
  readonly labels: string;
  /** The entity; may be left out where there is one. */
  readonly entity?: string | undefined;
  /** What the labels say, where their columns don't tell. */
  readonly form?: LabelForm | undefined;
  /** How many wrong pairs of each kind to show; 5 if left out. */
  readonly examples?: number | undefined;
  readonly observe?: Effects['observe'];
}

/**
 * Compares the published entities with what people know.
 * @throws OnefoldError `FILE_UNREADABLE` for labels that are no csv, `USAGE` for columns that say nothing or an entity that is not named, `NOT_FOUND` where no
 * record of the labels is known, `SNAPSHOT_NONE`
 */
export async function evaluate(project: Project, options: EvaluateOptions): Promise<Evaluation> {
  const entity = chosen(options.entity, project.entities, {
    which: 'is in the project',
    none: 'the project has no entities',
    hint: 'Entities are declared under `entities`.',
  });
  const ids = entity.records.flatMap((r) => (r.role === 'record' && r.id !== undefined ? [r.id] : []));
  let columns: LabelColumns | null = null;
  const before = async (engine: Engine): Promise<void> => {
    columns = await landLabels(engine, options.labels, options.form, ids);
  };
  const reader = await openReader(project.store, { observe: options.observe, before });
  const { engine, snapshot } = reader;
  try {
    const known: LabelColumns | null = columns;
    if (known === null) throw new OnefoldError('INTERNAL', 'labels were not read');
    if (publishedIn(snapshot, 'gold', `${entity.name}_crosswalk`) === null)
      throw new OnefoldError('NOT_FOUND', `entity ${entity.name} is not published`, { hint: 'Type `onefold build` first.' });
    const isMatched = publishedIn(snapshot, 'identity', `${entity.name}_matches`) !== null;
    const published = await publishedModel(reader, entity.name);
    const measured = await measure(engine, entity, await settled(engine, entity, known), { isMatched, published }, options.examples ?? 5);
    return { entity: entity.name, run_id: snapshot.run_id, ...measured };
  } finally {
    engine.close();
  }
}

/** The columns, with what they say settled by the ids that they hold where their names say nothing. */
async function settled(engine: Engine, entity: Entity, columns: LabelColumns): Promise<LabelColumns> {
  if (columns.form !== 'clusters' || columns.open !== true) return columns;
  const { pairs } = await one(engine, arePairs(entity), z.object({ pairs: z.boolean() }));
  if (!pairs) return columns;
  await engine.run(asPairs());
  return { form: 'matches', left: columns.id, right: columns.entity };
}

async function measure(
  engine: Engine,
  entity: Entity,
  columns: LabelColumns,
  { isMatched, published }: { readonly isMatched: boolean; readonly published: PublishedModel | null },
  examples: number,
): Promise<Omit<Evaluation, 'entity' | 'run_id'>> {
  const { form } = columns;
  const model = published?.model ?? null;
  await engine.run(labelInHeader(entity, columns));
  for (const statement of understandLabels(entity, columns)) await engine.run(statement);
  const labels = await one(engine, countLabels(columns), labelCounts);
  if (labels.used === 0)
    throw new OnefoldError(
      'NOT_FOUND',
      `none of ${labels.rows} labels can be used: ${labels.unknown} ids are unknown, ${labels.ambiguous} ambiguous, ${labels.unread} labels can't be read`,
      { hint: unusable(entity, labels) },
    );
  const counts = await one(engine, countPairs(form), z.object({ found: z.number(), taken: z.number(), there: z.number() }));
  await engine.run(weighedPairs(entity, form, isMatched));
  const apart = unweighedPairs(form, counts.there);
  await engine.run(apart.statement);
  const attributes = model?.attributes.map((a) => a.name) ?? [];
  const reached = published === null ? null : await reach(engine, entity, published, counts.there, apart.oneIn);
  const wrong = async (kind: Wrong): Promise<readonly WrongPair[]> =>
    (await engine.table(wrongPairs(entity, form, kind, attributes, examples, reached !== null))).rows.map((row) =>
      wrongPair(row, attributes, kind, reached !== null),
    );
  return {
    form,
    labels,
    pairs: pairScore(counts.found, counts.taken, counts.there),
    clusters: form === 'clusters' ? await clusterScores(engine) : null,
    thresholds: model === null ? null : await thresholds(engine, model, counts.there),
    blocking: reached,
    false_positives: await wrong('taken'),
    false_negatives: [...(await wrong('missed_unweighed')), ...(await wrong('missed'))],
  };
}

/** What to do about labels that are of no use. */
function unusable(entity: Entity, labels: z.output<typeof labelCounts>): string {
  const tables = entity.records.filter((r) => r.role === 'record');
  const [first] = tables;
  if (labels.ambiguous > 0)
    return `Several tables have records of these ids: write \`${first?.stream ?? 'stream'}:id\`, or add a column \`table\` that says ${tables.map((r) => r.table).join(' or ')}.`;
  if (labels.unknown === 0 && labels.unread > 0) return 'Write 1 or 0, true or false, match or different.';
  const ids = tables.map((r) => `${r.id ?? '_key'} of ${r.table}`).join(', ');
  return `Ids are those of records (${ids}), alone or as \`stream:id\` or \`source.stream:id\`; see the column \`record\` of gold.${entity.name}_crosswalk.`;
}

async function clusterScores(engine: Engine): Promise<Evaluation['clusters']> {
  const names = ['clusters', 'entities', 'exact', 'closest_clusters', 'closest_entities', 'bcubed_precision', 'bcubed_recall'] as const;
  const c = await one(engine, countClusters(), z.record(z.enum(names), z.number()));
  return {
    clusters: c.clusters,
    entities: c.entities,
    exact: quality(c.exact / c.clusters, c.exact / c.entities),
    closest: quality(c.closest_clusters, c.closest_entities),
    bcubed: quality(c.bcubed_precision, c.bcubed_recall),
  };
}

async function thresholds(engine: Engine, { threshold }: MatchModel, there: number): Promise<Evaluation['thresholds']> {
  const counted = await engine.rows(countWeights(), z.object({ bucket: z.number(), pairs: z.number(), same: z.number() }));
  const { taken, found } = await one(engine, countAbove(threshold), z.object({ taken: z.number(), found: z.number() }));
  const points = curve(counted, there);
  return {
    chosen: pointAt(threshold, found, taken, there),
    best: bestOf(points),
    curve: points,
  };
}

async function reach(
  engine: Engine,
  entity: Entity,
  { model, report }: PublishedModel,
  there: number,
  oneIn: number,
): Promise<Evaluation['blocking']> {
  if (entity.match === undefined) return null;
  for (const statement of metPairs(entity, entity.match, model, report.everything)) await engine.run(statement);
  const counted = await one(
    engine,
    sql`SELECT (SELECT count(*) FROM weighed WHERE same)::DOUBLE AS weighed, count(*)::DOUBLE AS looked, count(*) FILTER (met)::DOUBLE AS met,
      count(*) FILTER (NOT met AND together)::DOUBLE AS joined FROM (SELECT together, (l, r) IN (SELECT (l, r) FROM met) AS met FROM apart)`,
    z.object({ weighed: z.number(), looked: z.number(), met: z.number(), joined: z.number() }),
  );
  const rest = there - counted.weighed;
  const scaled = (n: number): number => (counted.looked === 0 ? 0 : oneIn === 1 ? n : Math.round((rest * n) / counted.looked));
  const never = rest - scaled(counted.met);
  return {
    true_pairs: there,
    weighed: counted.weighed,
    weighed_little: rest - never,
    never_compared: never,
    joined_anyway: scaled(counted.joined),
    recall_lost: there === 0 ? null : Math.round((1e6 * never) / there) / 1e6,
    estimated: oneIn > 1,
  };
}

function wrongPair(row: Row, attributes: readonly string[], kind: Wrong, isMatched: boolean): WrongPair {
  const text = (name: string): string | null => (row[name] === null || row[name] === undefined ? null : String(row[name]));
  const missed = isMatched ? (row['compared'] === true ? 'weighed_little' : 'never_compared') : 'apart';
  return {
    left: text('left_record') ?? '',
    right: text('right_record') ?? '',
    weight: typeof row['weight'] === 'number' ? row['weight'] : null,
    why: text('decision') ?? (kind === 'taken' ? 'together' : missed),
    attributes: Object.fromEntries(attributes.map((a, i) => [a, [text(`left_${i}`), text(`right_${i}`)] as const])),
  };
}

async function one<T>(engine: Engine, statement: Sql, shape: z.ZodType<T>): Promise<T> {
  const [row] = await engine.rows(statement, shape);
  if (row === undefined) throw new OnefoldError('INTERNAL', 'a count of the engine has no row');
  return row;
}
