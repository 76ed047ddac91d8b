import { z } from 'zod';
import type { Project } from '../../config/project.js';
import type { MatchModel } from '../../identity/match/model.js';
import type { MatchReport } from '../../identity/match/report.js';
import type { Reader } from '../../publish/reader.js';
import { id, sql } from '../../sql/tag.js';
import { matchedEntity } from './matched.js';

/** Where a model comes from, and until when it is used. */
export interface Learned {
  /** The run that learned it, and when that began (UTC); null where it was not noted. Of a frozen model, the run that first used it. */
  readonly run_id: string | null;
  readonly at: string | null;
  /** How many records there were. */
  readonly records: number;
  /** So many records make it be learned anew, or, where it is frozen, how rare values are be counted anew. */
  readonly anew_at: number;
  /** The file that the project froze it in. */
  readonly frozen: string | null;
}

/** How the records of an entity were matched in the published snapshot. */
export interface Matching {
  readonly entity: string;
  /** Digest of the model. */
  readonly version: string;
  readonly learned: Learned;
  /** How many records there are. */
  readonly records: number;
  readonly model: MatchModel;
  /** What was noted when it was learned. */
  readonly report: MatchReport;
  /** Blocks that are left out now because too many records share them. */
  readonly cuts: number;
  /** Pairs at or near the threshold, by what was decided. */
  readonly decisions: readonly { readonly decision: string; readonly pairs: number }[];
}

/**
 * What was learned of an entity, from what, and how sure it is; without a name, of the only entity that is matched.
 * @throws OnefoldError `NOT_FOUND` when no such entity is matched, `USAGE` when several are and none is named, `NOT_BUILT` when it has no records
 */
export async function matchingOf(project: Pick<Project, 'entities'>, reader: Reader, name: string | undefined): Promise<Matching> {
  const { engine } = reader;
  const { entity, version, model, report, learnedFrom, runId } = await matchedEntity(reader, name);
  const decisions = await engine.rows(
    sql`SELECT decision, count(*)::DOUBLE AS pairs FROM ${id('identity', `${entity}_matches`)} GROUP BY ALL ORDER BY pairs DESC, decision`,
    z.object({ decision: z.string(), pairs: z.number() }),
  );
  const [now] = await engine.rows(
    sql`SELECT (SELECT count(*) FROM ${id('identity', `${entity}_records`)})::DOUBLE AS records, (SELECT count(*) FROM ${id('identity', `${entity}_cuts`)})::DOUBLE AS cuts,
      (SELECT strftime(min(started_at), '%Y-%m-%dT%H:%M:%SZ') FROM ops.runs WHERE run_id = ${runId}) AS at`,
    z.object({ records: z.number(), cuts: z.number(), at: z.string().nullable() }),
  );
  const frozen = project.entities.find((e) => e.name === entity)?.match?.model ?? null;
  return {
    entity,
    version,
    learned: { run_id: runId, at: now?.at ?? null, records: learnedFrom, anew_at: 2 * learnedFrom, frozen },
    records: now?.records ?? 0,
    cuts: now?.cuts ?? 0,
    model,
    report,
    decisions,
  };
}
