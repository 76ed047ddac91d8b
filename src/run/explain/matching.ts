import { z } from 'zod';
import { OnefoldError } from '../../base/errors.js';
import type { Project } from '../../config/project.js';
import type { MatchModel } from '../../identity/match/model.js';
import { matchModel } from '../../identity/match/model.js';
import type { MatchReport } from '../../identity/match/report.js';
import { matchReport } from '../../identity/match/report.js';
import type { Reader } from '../../publish/reader.js';
import { id, sql } from '../../sql/tag.js';

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
 * @throws OnefoldError `NOT_FOUND` when no such entity is matched, or several are and none is named
 */
export async function matchingOf({ entities }: Project, { engine }: Reader, name: string | undefined): Promise<Matching> {
  const matched = entities.filter((e) => e.match !== undefined).map((e) => e.name);
  const [entity, another] = name === undefined ? matched : matched.filter((m) => m === name);
  if (entity === undefined || another !== undefined)
    throw new OnefoldError('NOT_FOUND', name === undefined ? 'say of which entity' : `no entity \`${name}\` is matched by its attributes`, {
      hint: matched.length === 0 ? 'Give an entity `match: true` to find records that are one.' : `Matched are: ${matched.join(', ')}.`,
    });
  const [row] = await engine.rows(
    sql`SELECT version, model::VARCHAR AS model, report::VARCHAR AS report FROM ${id('identity', `${entity}_model`)}`,
    z.object({ version: z.string(), model: z.string(), report: z.string() }),
  );
  if (row === undefined) throw new OnefoldError('NOT_BUILT', `entity \`${entity}\` has no records yet, so nothing was matched`);
  const decisions = await engine.rows(
    sql`SELECT decision, count(*)::DOUBLE AS pairs FROM ${id('identity', `${entity}_matches`)} GROUP BY ALL ORDER BY pairs DESC, decision`,
    z.object({ decision: z.string(), pairs: z.number() }),
  );
  return {
    entity,
    version: row.version,
    model: matchModel.parse(JSON.parse(row.model)),
    report: matchReport.parse(JSON.parse(row.report)),
    decisions,
  };
}
