import type { Entity, Match } from '../config/project.js';
import { hashed } from '../engine/functions.js';
import type { Sql } from '../sql/tag.js';
import { id, join, sql } from '../sql/tag.js';
import type { LabelForm } from './evaluate_labels.js';
import { identityTable } from './evidence.js';
import { blockDigests, cutsOf, sourceCondition } from './match/blocking.js';
import { rulesOf } from './match/extent.js';
import { featureColumn } from './match/features.js';
import type { MatchModel } from './match/model.js';
import { attributesOf } from './match/model.js';

/*
 * The published entities against labels, by counting: pairs are numbers of groups (n records make n (n - 1) / 2 pairs), so a million records with
 * millions of true pairs are counted without listing one. Only pairs that were weighed, and a sample of those that were not, are looked at one by
 * one. All of it reads the temporary tables of `evaluate_labels.ts`.
 */

/** One row: the pairs that are `found` (taken and true), `taken`, and `there` (true). Of clusters and of labelled pairs alike only what is labelled counts. */
export function countPairs(form: LabelForm): Sql {
  const pairs = (size: Sql, from: Sql): Sql => sql`(SELECT COALESCE(sum(${size} * (${size} - 1) / 2), 0)::DOUBLE FROM ${from})`;
  const n = sql`n::DOUBLE`;
  if (form === 'clusters') {
    const groups = (by: Sql): Sql => sql`(SELECT count(*) AS n FROM judged GROUP BY ${by})`;
    return sql`SELECT ${pairs(n, groups(sql`key, entity`))} AS found, ${pairs(n, groups(sql`key`))} AS taken, ${pairs(n, groups(sql`entity`))} AS there`;
  }
  const found = sql`(SELECT count(*) FILTER (same AND together) FROM named)::DOUBLE AS found, (SELECT count(*) FILTER (same) FROM named)::DOUBLE AS there`;
  if (form === 'pairs') return sql`SELECT ${found}, (SELECT count(*) FILTER (together) FROM named)::DOUBLE AS taken`;
  const groups = (by: Sql): Sql => sql`(SELECT count(*) AS n FROM known GROUP BY ${by})`;
  return sql`SELECT ${found}, ${pairs(n, groups(sql`key`))} - CASE WHEN ${onlyAcross} THEN ${pairs(n, groups(sql`key, source`))} ELSE 0 END AS taken`;
}

/** Whether all listed matches join records of different sources: then pairs inside a source are not what the list is about. */
const onlyAcross = sql`(SELECT COALESCE(bool_and(across), FALSE) FROM named)`;

/**
 * One row about clusters: how many there are (`clusters`) and should be (`entities`), how many are `exact`, how alike each is with the closest
 * (`closest_clusters`, `closest_entities`: mean Jaccard index), and B-cubed (`bcubed_precision`, `bcubed_recall`), which asks of every record
 * what share of its cluster is of its entity, and the reverse (Bagga and Baldwin 1998).
 */
export function countClusters(): Sql {
  return sql`WITH cells AS MATERIALIZED (SELECT key, entity, count(*)::DOUBLE AS n FROM judged GROUP BY ALL),
    met AS MATERIALIZED (SELECT *, sum(n) OVER (PARTITION BY key) AS c, sum(n) OVER (PARTITION BY entity) AS e FROM cells),
    of_clusters AS (SELECT max(n / (c + e - n)) AS alike FROM met GROUP BY key), of_entities AS (SELECT max(n / (c + e - n)) AS alike FROM met GROUP BY entity)
    SELECT (SELECT count(*) FROM of_clusters)::DOUBLE AS clusters, (SELECT count(*) FROM of_entities)::DOUBLE AS entities, count(*) FILTER (n = c AND n = e)::DOUBLE AS exact,
      (SELECT avg(alike) FROM of_clusters) AS closest_clusters, (SELECT avg(alike) FROM of_entities) AS closest_entities,
      sum(n * n / c) / sum(n) AS bcubed_precision, sum(n * n / e) / sum(n) AS bcubed_recall FROM met`;
}

/** Temporary table `weighed`: the labelled pairs that have a weight (`l` < `r`, `weight` in bits, `decision`), whether they are the `same`, and whether they are `together`. */
export function weighedPairs(entity: Entity, form: LabelForm, isMatched: boolean): Sql {
  const from = isMatched
    ? identityTable(entity, 'matches')
    : sql`(SELECT NULL::VARCHAR AS left_record, NULL::VARCHAR AS right_record, 0 AS weight, '' AS decision WHERE FALSE)`;
  const sides = (table: Sql): Sql =>
    sql`${from} m JOIN ${table} a ON a.record = m.left_record JOIN ${table} b ON b.record = m.right_record`;
  const columns = sql`least(a.nr, b.nr) AS l, greatest(a.nr, b.nr) AS r, m.weight::DOUBLE AS weight, m.decision`;
  if (form === 'clusters')
    return sql`CREATE TEMP TABLE weighed AS SELECT ${columns}, a.entity = b.entity AS same, a.key = b.key AS together FROM ${sides(sql`judged`)}`;
  const pairs = sql`SELECT ${columns}, a.key = b.key AS is_together, a.source <> b.source AS is_across FROM ${sides(sql`known`)}`;
  if (form === 'pairs')
    return sql`CREATE TEMP TABLE weighed AS SELECT p.* EXCLUDE (is_together, is_across), n.same, n.together FROM (${pairs}) p JOIN named n USING (l, r)`;
  return sql`CREATE TEMP TABLE weighed AS SELECT p.* EXCLUDE (is_together, is_across), COALESCE(n.same, FALSE) AS same, is_together AS together FROM (${pairs}) p LEFT JOIN named n USING (l, r)
    WHERE is_across OR NOT ${onlyAcross}`;
}

/** Weighed pairs by tenths of a bit: `bucket`, `pairs`, `same`. */
export function countWeights(): Sql {
  return sql`SELECT floor(weight * 10)::INTEGER AS bucket, count(*)::DOUBLE AS pairs, count(*) FILTER (same)::DOUBLE AS same FROM weighed GROUP BY bucket ORDER BY bucket DESC`;
}

/** One row: the weighed pairs above a threshold in bits: `taken`, and `found` of one entity. */
export function countAbove(threshold: number): Sql {
  return sql`SELECT count(*)::DOUBLE AS taken, count(*) FILTER (same)::DOUBLE AS found FROM weighed WHERE weight > ${threshold}`;
}

/** True pairs that are looked at one by one, at most about so many. */
const sampled = 500_000;

/**
 * Temporary table `apart`: true pairs that have no weight (`l`, `r`, `together`), of one in so many where `there` are too many true pairs. The
 * sample is the same every time.
 */
export function unweighedPairs(form: LabelForm, there: number): { readonly statement: Sql; readonly oneIn: number } {
  const oneIn = Math.max(1, Math.ceil(there / sampled));
  const some = oneIn === 1 ? sql`TRUE` : sql`${hashed(sql`a.nr`)} % ${oneIn} = 0`;
  const pairs =
    form === 'clusters'
      ? sql`SELECT a.nr AS l, b.nr AS r, a.key = b.key AS together FROM judged a JOIN judged b ON a.entity = b.entity AND a.nr < b.nr WHERE ${some}`
      : sql`SELECT l, r, together FROM (SELECT *, l AS nr FROM named WHERE same) a WHERE ${some}`;
  return { statement: sql`CREATE TEMP TABLE apart AS SELECT p.* FROM (${pairs}) p ANTI JOIN weighed USING (l, r)`, oneIn };
}

/**
 * Temporary table `met`: pairs of `apart` that blocking brought together, so that they were compared and weighed too little.
 * @param everything whether every pair was compared
 */
export function metPairs(entity: Entity, match: Match, model: MatchModel, everything: boolean): readonly Sql[] {
  const features = identityTable(entity, 'features');
  const attributes = attributesOf(model);
  const possible = sql`SELECT a.l, a.r FROM apart a JOIN known l ON l.nr = a.l JOIN known r ON r.nr = a.r WHERE ${sourceCondition(match.within)}`;
  if (everything) return [sql`CREATE TEMP TABLE met AS ${possible}`];
  return [
    sql`CREATE TEMP TABLE met (l INTEGER, r INTEGER)`,
    sql`CREATE TEMP TABLE possible AS ${possible}`,
    sql`CREATE TEMP TABLE apart_features AS SELECT known.nr AS apart_nr, f.* FROM ${features} f JOIN known USING (record) WHERE known.nr IN (SELECT unnest([l, r]) FROM possible)`,
    ...rulesOf(model).map(
      ({ rule }) => sql`INSERT INTO met
        WITH keyed AS MATERIALIZED (SELECT apart_nr, unnest(${blockDigests(rule, 'f', attributes)}) AS block FROM apart_features f),
        open AS MATERIALIZED (SELECT * FROM keyed WHERE block NOT IN ${cutsOf(identityTable(entity, 'cuts'), rule)})
        SELECT DISTINCT l, r FROM (SELECT * FROM possible ANTI JOIN met USING (l, r)) JOIN open x ON x.apart_nr = l JOIN open y ON y.apart_nr = r WHERE x.block = y.block`,
    ),
  ];
}

/** Pairs to look at: which ones, and how many at most. */
export type Wrong = 'taken' | 'missed' | 'missed_unweighed';

/**
 * Wrong pairs with what their records say: `left_record`, `right_record`, `weight`, `decision`, `compared`, and `left_<n>`, `right_<n>` for the
 * n-th attribute. Taken wrongly: the heaviest first, and of each cluster that mixes entities a pair. Missed: the lightest first.
 */
export function wrongPairs(
  entity: Entity,
  form: LabelForm,
  wrong: Wrong,
  attributes: readonly string[],
  limit: number,
  isMatched: boolean,
): Sql {
  const mixed = sql`SELECT firsts[1] AS l, firsts[2] AS r FROM (
    SELECT min(nr, 2) AS firsts FROM (SELECT key, entity, min(nr) AS nr FROM judged GROUP BY ALL) GROUP BY key HAVING count(*) > 1)`;
  const unweighed =
    form === 'clusters'
      ? mixed
      : form === 'pairs'
        ? sql`SELECT l, r FROM named WHERE together AND NOT same`
        : sql`SELECT 0 AS l, 0 AS r WHERE FALSE`;
  const pairs = {
    taken: sql`SELECT l, r, weight, decision FROM weighed WHERE together AND NOT same
      UNION ALL SELECT least(l, r), greatest(l, r), NULL, NULL FROM (${unweighed}) ANTI JOIN weighed USING (l, r)`,
    missed: sql`SELECT l, r, weight, decision FROM weighed WHERE same AND NOT together`,
    missed_unweighed: sql`SELECT l, r, NULL::DOUBLE AS weight, NULL::VARCHAR AS decision FROM apart WHERE NOT together`,
  }[wrong];
  const order = wrong === 'taken' ? sql`weight DESC NULLS LAST, l, r` : sql`weight, l, r`;
  const compared = isMatched && wrong === 'missed_unweighed' ? sql`(p.l, p.r) IN (SELECT (l, r) FROM met)` : sql`p.weight IS NOT NULL`;
  const values = attributes.flatMap((a, i) => [
    sql`fl.${id(featureColumn(a, 'norm'))}::VARCHAR AS ${id(`left_${i}`)}`,
    sql`fr.${id(featureColumn(a, 'norm'))}::VARCHAR AS ${id(`right_${i}`)}`,
  ]);
  const features = identityTable(entity, 'features');
  const said =
    attributes.length === 0
      ? sql``
      : sql`LEFT JOIN ${features} fl ON fl.record = x.record LEFT JOIN ${features} fr ON fr.record = y.record`;
  return sql`SELECT ${join([sql`x.record AS left_record, y.record AS right_record, p.weight, p.decision, ${compared} AS compared`, ...values])}
    FROM (SELECT * FROM (${pairs}) ORDER BY ${order} LIMIT ${limit}) p JOIN known x ON x.nr = p.l JOIN known y ON y.nr = p.r ${said} ORDER BY ${order}`;
}
