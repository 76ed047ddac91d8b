import { z } from 'zod';
import type { MatchModel } from '../../identity/match/model.js';
import type { MatchReport } from '../../identity/match/report.js';
import type { Reader } from '../../publish/reader.js';
import { id, sql } from '../../sql/tag.js';
import { matchedEntity } from './matched.js';

/** How the records of an entity were matched in the published snapshot. */
export interface Matching {
  readonly entity: string;
  /** Digest of the model: with the same one, every pair weighs the same. */
  readonly version: string;
  readonly model: MatchModel;
  readonly report: MatchReport;
  /** Pairs at or near the threshold, by what was decided. */
  readonly decisions: readonly { readonly decision: string; readonly pairs: number }[];
}

/**
 * What was learned of an entity, and how sure it is; without a name, of the only entity that is matched.
 * @throws OnefoldError `NOT_FOUND` when no such entity is matched, `USAGE` when several are and none is named, `NOT_BUILT` when it has no records
 */
export async function matchingOf(reader: Reader, name: string | undefined): Promise<Matching> {
  const found = await matchedEntity(reader, name);
  const decisions = await reader.engine.rows(
    sql`SELECT decision, count(*)::DOUBLE AS pairs FROM ${id('identity', `${found.entity}_matches`)} GROUP BY ALL ORDER BY pairs DESC, decision`,
    z.object({ decision: z.string(), pairs: z.number() }),
  );
  return { ...found, decisions };
}
