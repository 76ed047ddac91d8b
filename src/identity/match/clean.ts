import type { Entity } from '../../config/project.js';
import type { Columns } from '../../engine/engine.js';
import type { Sql } from '../../sql/tag.js';
import { sql } from '../../sql/tag.js';
import { identityTable } from '../evidence.js';
import { numbers, texts } from './relations.js';

/*
 * Sources that hold nobody twice. Records of other sources then have one counterpart there at most, so of two that look alike the better one is
 * it. Whether a source is so clean shows in the pairs: if it held people twice, a record would often be the best counterpart of two of its records, and
 * about as strong a one of both. Who is merely alike has a counterpart that is better still: a paper's other version is in the other list too.
 */

/** Bits × 1000 from which on a pair is strong, and by which the second best may be weaker to be as good. */
const [strong, asGood] = [5000, 2000];
/** Fewer records with a counterpart say nothing. */
const enough = 30;
/** Of those with a counterpart at most this share may have two. */
const mostDoubled = 0.025;

/**
 * For every source: how many records have a strong counterpart in it that finds none better among theirs (`found`), and how many have two that are about as strong,
 * or are in it themselves (`doubled`). Reads `scored`.
 */
export function counterparts(features: Sql): Sql {
  const side = (mine: Sql, theirs: Sql): Sql =>
    sql`SELECT ${mine} AS nr, a.source AS own, b.source, ${theirs} AS other, s.weight FROM scored s JOIN ${features} a ON a.nr = ${mine} JOIN ${features} b ON b.nr = ${theirs} WHERE s.weight >= ${strong}`;
  return sql`SELECT source, count(*)::DOUBLE AS found, (count(*) FILTER (own = source OR best[2] >= best[1] - ${asGood}))::DOUBLE AS doubled
    FROM (SELECT nr, own, source, max(weight, 2) AS best FROM (
      SELECT * FROM (${side(sql`s.l`, sql`s.r`)} UNION ALL ${side(sql`s.r`, sql`s.l`)}) QUALIFY own = source OR weight = max(weight) OVER (PARTITION BY other, own)
    ) GROUP BY nr, own, source)
    GROUP BY source ORDER BY source`;
}

/** The sources that hold nobody twice, by what `counterparts` says. */
export function cleanSources(relation: Columns | undefined): readonly string[] {
  const [found, doubled] = [numbers(relation, 'found'), numbers(relation, 'doubled')];
  return texts(relation, 'source').filter((_, i) => (found[i] ?? 0) >= enough && (doubled[i] ?? 0) <= mostDoubled * (found[i] ?? 0));
}

/** The sources of which an entity has one record at most, as the model says: column `source`. */
export function cleanOfModel(entity: Entity): Sql {
  return sql`SELECT unnest((model->'one_per_source')::VARCHAR[]) AS source FROM ${identityTable(entity, 'model')} ORDER BY source`;
}
