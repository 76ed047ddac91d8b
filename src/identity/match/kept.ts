import { createHash } from 'node:crypto';
import type { Entity, Match } from '../../config/project.js';
import type { Step } from '../../engine/engine.js';
import type { Sql } from '../../sql/tag.js';
import { sql } from '../../sql/tag.js';
import { identityTable } from '../evidence.js';
import { attributeKinds } from './attributes/registry.js';
import { matchingVersion } from './features.js';
import type { MatchModel } from './model.js';
import { modelVersion, parseModel } from './model.js';
import { numbers, texts } from './relations.js';

/*
 * What matching keeps from run to run: the model, how frequent values are and which blocks are too large, the features of records and what
 * pairs weigh. It holds until what it follows from is another, or there are twice as many records as the model was learned from.
 */

/** What is kept of the last run. */
export interface Kept {
  readonly model: MatchModel;
  /** The first number that no record had. */
  readonly from: number;
  /** Whether every pair is compared. */
  readonly everything: boolean;
}

/** What a model says of pairs, in bits × 1000 as they are weighed: from where on they are taken for one and are shown, and down to where they speak against it; null where all count. */
export interface Bits {
  readonly threshold: number;
  readonly review: number;
  readonly against: number | null;
}

function bitsOf({ threshold, review, against }: Pick<MatchModel, 'threshold' | 'review' | 'against'>): Bits {
  const thousandths = (bits: number): number => Math.round(1000 * bits);
  return { threshold: thousandths(threshold), review: thousandths(review), against: against === undefined ? null : thousandths(against) };
}

/** The steps that follow from what the model says of pairs: the one that is kept, or the one that was learned by then. */
export function withBits(entity: Entity, kept: Kept | null, steps: (bits: Bits) => readonly Step[]): readonly Step[] {
  if (kept !== null) return steps(bitsOf(kept.model));
  return [
    {
      kind: 'then',
      name: `${entity.name}: threshold`,
      reads: { learned: sql`SELECT model::VARCHAR AS model FROM ${identityTable(entity, 'model')}` },
      steps: ({ learned }) => {
        const [text] = texts(learned, 'model');
        return steps(bitsOf(text === undefined ? { threshold: 0, review: 0 } : parseModel(JSON.parse(text))));
      },
    },
  ];
}

/** What a model follows from beside the records, as a digest. */
export function definitionOf(
  entity: Entity,
  match: Match,
  model: MatchModel | null,
  typeOf: (table: string, column: string) => string,
): string {
  const attributes = entity.records
    .filter((r) => r.role === 'record')
    .map((r) => [r.table, Object.entries(r.attributes).map(([name, column]) => [name, typeOf(r.table, column)])]);
  const kinds = attributeKinds.map((kind) => [kind.name, kind.levels.map((level) => level.name)]);
  const said = [matchingVersion, kinds, attributes, match, model === null ? null : modelVersion(model)];
  return createHash('sha256').update(JSON.stringify(said)).digest('hex').slice(0, 16);
}

/**
 * The steps that follow from what is kept; null where nothing is, or nothing that may still be used. How frequent values are grows old with the model, so
 * with twice as many records both are made anew, or the frequencies alone where the project gave the model.
 */
export function withKept(entity: Entity, definition: string, steps: (kept: Kept | null) => readonly Step[]): readonly Step[] {
  const [features, model] = [identityTable(entity, 'features'), identityTable(entity, 'model')];
  const table = (what: string, columns: Sql): Sql => sql`CREATE TABLE IF NOT EXISTS ${identityTable(entity, what)} (${columns})`;
  return [
    {
      kind: 'sql',
      name: `${entity.name}: what is kept`,
      statements: [
        table('model', sql`version VARCHAR, model JSON, report JSON, definition VARCHAR, records BIGINT, run_id VARCHAR`),
        table('features', sql`nr INTEGER, record VARCHAR, source VARCHAR, digest UBIGINT`),
      ],
    },
    {
      kind: 'then',
      name: `${entity.name}: what is kept`,
      reads: {
        kept: sql`SELECT model::VARCHAR AS model, (report->>'everything')::BOOLEAN::INTEGER AS everything, (SELECT COALESCE(max(nr) + 1, 0) FROM ${features})::DOUBLE AS "from"
          FROM ${model} WHERE definition = ${definition} AND 2 * records > (SELECT count(*) FROM ${identityTable(entity, 'records')})`,
      },
      steps: ({ kept }) => {
        const [text] = texts(kept, 'model');
        if (text === undefined) return steps(null);
        const [from = 0] = numbers(kept, 'from');
        return steps({ model: parseModel(JSON.parse(text)), from, everything: numbers(kept, 'everything')[0] === 1 });
      },
    },
  ];
}
