import { z } from 'zod';
import { OnefoldError } from '../../base/errors.js';
import { didYouMean } from '../../base/suggest.js';
import type { MatchModel } from '../../identity/match/model.js';
import { matchModel } from '../../identity/match/model.js';
import type { MatchReport } from '../../identity/match/report.js';
import { matchReport } from '../../identity/match/report.js';
import type { Reader } from '../../publish/reader.js';
import { publishedIn } from '../../publish/snapshot.js';
import { id, sql } from '../../sql/tag.js';

/** By what the records of an entity were matched. */
export interface PublishedModel {
  /** Digest of the model. */
  readonly version: string;
  readonly model: MatchModel;
  /** What was noted while it was learned. */
  readonly report: MatchReport;
  /** How many records it was learned from, or first used for where it is frozen. */
  readonly learnedFrom: number;
  /** The run that learned it; null where that was not noted yet. */
  readonly runId: string | null;
}

/** The model by which an entity is matched in the snapshot; null where it is not, or has no records. */
export async function publishedModel({ engine, snapshot }: Reader, entity: string): Promise<PublishedModel | null> {
  if (publishedIn(snapshot, 'identity', `${entity}_model`) === null) return null;
  const [row] = await engine.rows(
    sql`SELECT * REPLACE (model::VARCHAR AS model, report::VARCHAR AS report, records::DOUBLE AS records) FROM ${id('identity', `${entity}_model`)}`,
    // A snapshot of an older version does not say of which run the model is.
    z.object({ version: z.string(), model: z.string(), report: z.string(), records: z.number(), run_id: z.string().nullish() }),
  );
  if (row === undefined) return null;
  return {
    version: row.version,
    model: matchModel.parse(JSON.parse(row.model)),
    report: matchReport.parse(JSON.parse(row.report)),
    learnedFrom: row.records,
    runId: row.run_id ?? null,
  };
}

/**
 * The entity that is meant, of those that are matched by attributes in the snapshot, and its model.
 * @throws OnefoldError `NOT_FOUND` where it is not matched, or none is; `USAGE` where several are and none is named
 */
export async function matchedEntity(reader: Reader, asked: string | undefined): Promise<PublishedModel & { readonly entity: string }> {
  const { snapshot } = reader;
  const matched = snapshot.entities.filter((e) => publishedIn(snapshot, 'identity', `${e.name}_model`) !== null);
  const { name: entity } = chosen(asked, matched, {
    which: 'is matched by attributes',
    none: 'no entity of the snapshot is matched by attributes',
    hint: 'Say `match: true` of the entity in the project file, then type `onefold build`.',
  });
  const published = await publishedModel(reader, entity);
  if (published === null) throw new OnefoldError('NOT_BUILT', `entity \`${entity}\` has no records yet, so nothing was matched`);
  return { entity, ...published };
}

/**
 * The entity that is meant: the one that is asked for, or the only one. `which` and `none` say what they have in common.
 * @throws OnefoldError `NOT_FOUND` where there is none, `USAGE` where several are and none is named
 */
export function chosen<T extends { readonly name: string }>(
  asked: string | undefined,
  entities: readonly T[],
  { which, none, hint }: { readonly which: string; readonly none: string; readonly hint: string },
): T {
  const names = entities.map((e) => e.name);
  const [found, another] = asked === undefined ? entities : entities.filter((e) => e.name === asked);
  if (found === undefined)
    throw new OnefoldError('NOT_FOUND', asked === undefined ? none : `no entity \`${asked}\` ${which}${didYouMean(asked, names)}`, {
      hint,
    });
  if (another !== undefined)
    throw new OnefoldError('USAGE', 'it is not said which of several entities is meant', {
      hint: `Name one of them: ${names.join(', ')}.`,
    });
  return found;
}
