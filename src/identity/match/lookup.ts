import type { Sql } from '../../sql/tag.js';
import { id, join, sql, trusted } from '../../sql/tag.js';
import type { BlockingRule } from './blocking.js';
import type { Matched } from './features.js';
import { featureColumn, isListed, tokenOf } from './features.js';
import type { MatchModel } from './model.js';
import { attributesOf, weigher } from './model.js';
import { blocksOf, comparison } from './waterfall.js';

/*
 * One record against all that are known. What a build does for all pairs at once is done for one: the same features, the same blocks, the
 * same weights, with statements that are planned once and indexes in memory.
 */

/** Records known so far, in memory: their features, and `entity_key`. */
export const known = sql`known_records`;

/** A digest of a text that a number of 64 bits holds exactly. */
function digest(text: Sql): Sql {
  return sql`(hash(${text}) >> 11)::DOUBLE`;
}

/** Which attributes need the words of the data, and which the rarity of their values. */
export function listedOf(attributes: readonly Matched[]): readonly Matched[] {
  return attributes.filter(isListed);
}

export function rareOf(attributes: readonly Matched[]): readonly Matched[] {
  return attributes.filter((a) => a.kind.rarity !== null);
}

export function loadKnown(entity: string): Sql {
  return sql`CREATE TABLE ${known} AS SELECT f.*, x.${id(`${entity}_key`)} AS entity_key FROM ${id('identity', `${entity}_features`)} f
    JOIN ${id('gold', `${entity}_crosswalk`)} x USING (record) ORDER BY nr`;
}

/** Digests of the blocks of a rule with the numbers of their records, by digest; blocks that are too large are left out. */
export function blockIndex(rule: BlockingRule, largest: number, attributes: readonly Matched[]): Sql {
  return sql`SELECT ${digest(sql`block`)} AS digest, nr::DOUBLE AS nr FROM (SELECT unnest(${blocksOf(rule, 'f', attributes)}) AS block, nr FROM ${known} f)
    QUALIFY count(*) OVER (PARTITION BY block) <= ${largest} ORDER BY digest, nr`;
}

/** How much values of an attribute tell: their digests with bits, by digest; and, without a digest, what another value tells. */
export function rarityIndex(entity: string, attribute: Matched): Sql {
  return sql`SELECT ${digest(sql`value`)} AS digest, bits FROM ${id('identity', `${entity}_frequencies`)} WHERE attribute = ${attribute.name} AND part = 'value' ORDER BY digest NULLS LAST`;
}

/** How much words of an attribute tell; null is any other word. */
export function wordIndex(entity: string, attribute: Matched): Sql {
  return sql`SELECT value AS word, bits AS weight FROM ${id('identity', `${entity}_frequencies`)} WHERE attribute = ${attribute.name} AND part = 'word'`;
}

/** The features of the record that is asked for, from its values (`$1`, … by attribute), as rows `a`. */
function asked(attributes: readonly Matched[], more: (attribute: Matched) => readonly Sql[]): Sql {
  const sides = attributes.map((a, i) => {
    const features = Object.entries(a.kind.features(sql`raw`)).map(([name, value]) => sql`${value} AS ${id(featureColumn(a.name, name))}`);
    return sql`LEFT JOIN (SELECT ${join([...features, ...more(a)])} FROM (SELECT ${place(i + 1)}::VARCHAR AS raw)) AS ${id(`side_${i}`)}
      ON ${id(`side_${i}`, featureColumn(a.name, 'norm'))} IS NOT NULL`;
  });
  return sql`(SELECT * EXCLUDE (one) FROM (SELECT 1 AS one) ${join(sides, ' ')})`;
}

/** A text that is given later; none is the empty one. That it is text is said here, or the engine would plan the statement again for each. */
function place(nr: number): Sql {
  return sql`NULLIF(CAST(${trusted(`$${nr}`)} AS VARCHAR), '')`;
}

/** What is to be looked up of the record: the digests of its blocks by rule, of its values, and its words. Its values are `$1`, …, by attribute. */
export function readAsked(rules: readonly BlockingRule[], attributes: readonly Matched[]): Sql {
  const blocks = rules.map((rule) => sql`list_transform(${blocksOf(rule, 'a', attributes)}, lambda b: ${digest(sql`b`)})`);
  const values = rareOf(attributes).map((a) => digest(id('a', featureColumn(a.name, 'norm'))));
  const words = listedOf(attributes).map((a) => sql`COALESCE(list_distinct(${id('a', featureColumn(a.name, 'list'))}), [])`);
  const norms = attributes.map((a) => sql`${id('a', featureColumn(a.name, 'norm'))}::VARCHAR`);
  return sql`SELECT [${join(blocks)}]::DOUBLE[][] AS blocks, [${join(values)}]::DOUBLE[] AS "values", [${join(words)}]::VARCHAR[][] AS words, [${join(norms)}]::VARCHAR[] AS norms
    FROM ${asked(attributes, () => [])} a`;
}

/**
 * The candidates that weigh most. Places: the values by attribute, then what each word of the listed attributes tells as a list, then the
 * rarity of each value that has one, then the numbers of the candidates as a list, or null for all records.
 */
export function compareAsked(model: MatchModel, most: number): Sql {
  const attributes = attributesOf(model);
  const [listed, rare] = [listedOf(attributes), rareOf(attributes)];
  const more = (a: Matched): readonly Sql[] => {
    const [word, rarity] = [listed.indexOf(a), rare.indexOf(a)];
    const weights = sql`${place(attributes.length + 1 + word)}::BIGINT[]`;
    const { list } = a.kind.features(sql`raw`);
    const tokens = sql`list_sort(list_transform(list_zip(list_distinct(${list ?? sql`[]`}), ${weights}), lambda p: ${tokenOf(sql`p[1]`, sql`p[2]`)}))`;
    return [
      ...(word < 0
        ? []
        : [
            sql`${tokens} AS ${id(featureColumn(a.name, 'tokens'))}`,
            sql`list_sum(${weights})::BIGINT AS ${id(featureColumn(a.name, 'whole'))}`,
          ]),
      ...(rarity < 0
        ? []
        : [sql`${place(attributes.length + listed.length + 1 + rarity)}::DOUBLE AS ${id(featureColumn(a.name, 'rare'))}`]),
    ];
  };
  const candidates = place(attributes.length + listed.length + rare.length + 1);
  return sql`WITH a AS MATERIALIZED ${asked(attributes, more)},
    r AS (SELECT * FROM ${known} WHERE nr IN (SELECT unnest(${candidates}::INTEGER[]))),
    compared AS (SELECT r.record, r.entity_key, ${comparison(attributes, 'a', 'r')} FROM r, a)
    SELECT * FROM (SELECT *, ${weightOf(model)} AS weight FROM compared) ORDER BY weight DESC, record LIMIT ${most}`;
}

/** The weight of compared records, in bits, as SQL over `codes` and `rarities`. */
function weightOf(model: MatchModel): Sql {
  const weigh = weigher(model);
  const prior = weigh([]);
  const attributes = attributesOf(model);
  const sum = (of: 'strangers' | 'relatives'): Sql =>
    join(
      [
        sql`${prior[of]}::DOUBLE`,
        ...model.attributes.flatMap(({ levels }, k) => {
          const ladder = Array.from(
            { length: levels.length + 1 },
            (_, code) => weigh(Array.from({ length: k + 1 }, (_x, i) => (i === k ? code : 0)))[of] - prior[of],
          );
          const kind = attributes[k]?.kind;
          const isRare = kind !== undefined && kind.rarity !== null && (of === 'strangers' || !kind.shared);
          return [
            sql`(${ladder}::DOUBLE[])[codes[${k + 1}] + 1]`,
            ...(isRare ? [sql`CASE WHEN codes[${k + 1}] = ${levels.length} THEN rarities[${k + 1}] ELSE 0 END`] : []),
          ];
        }),
      ],
      ' + ',
    );
  return sql`(least(${sum('strangers')}, ${sum('relatives')}) - log2(1 + pow(2, -abs((${sum('strangers')}) - (${sum('relatives')})))))`;
}
