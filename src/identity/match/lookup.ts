import { asDouble, hashed } from '../../engine/functions.js';
import type { Sql } from '../../sql/tag.js';
import { id, join, sql, trusted } from '../../sql/tag.js';
import type { BlockingRule } from './blocking.js';
import { blockDigests, lotOf } from './blocking.js';
import type { Matched } from './features.js';
import { featureColumn, isListed, madeOf, rawOf, recorded, tokenOf, withPart } from './features.js';
import { comparison } from './waterfall.js';

/*
 * One record against all that are known. What a build does for all pairs at once is done for one: the same features, the same blocks, the
 * same weights, with statements that are planned once and indexes in memory.
 */

/** Records known so far, in memory: their features, and `entity_key`. */
export const known = sql`known_records`;

/** A digest of a text that a floating point number holds exactly. */
function digest(text: Sql): Sql {
  return asDouble(hashed(text));
}

/** Which attributes need the words of the data, and which the rarity of their values. */
export function listedOf(attributes: readonly Matched[]): readonly Matched[] {
  return attributes.filter(isListed);
}

export function rareOf(attributes: readonly Matched[]): readonly Matched[] {
  return attributes.filter((a) => a.kind.rarity !== null);
}

/** Loads what is known, so that some records of many are found by their numbers. */
export function loadKnown(entity: string): readonly Sql[] {
  return [
    sql`CREATE TABLE ${known} AS SELECT f.*, x.${id(`${entity}_key`)} AS entity_key FROM ${id('identity', `${entity}_features`)} f
      JOIN ${id('gold', `${entity}_crosswalk`)} x USING (record) ORDER BY nr`,
    sql`CREATE INDEX known_numbers ON ${known} (nr)`,
  ];
}

/** Puts the records with some numbers, of which there is at least one, in their place. An index is used where the numbers stand in the statement. */
export function putCandidates(numbers: readonly number[]): Sql {
  return sql`INSERT INTO ${candidates} FROM ${known} WHERE nr IN (${join(numbers.map((nr) => sql`${nr}`))})`;
}

/** Digests of the blocks of a rule with the numbers of their records, by digest; of blocks that the build left out as too large, those of their landmarks. */
export function blockIndex(entity: string, rule: BlockingRule, attributes: readonly Matched[]): Sql {
  return sql`SELECT ${asDouble(sql`k.block`)} AS digest, k.nr::DOUBLE AS nr
    FROM (SELECT unnest(${blockDigests(rule, 'f', attributes)}) AS block, nr, ${lotOf(sql`record`)} AS lot FROM ${known} f) k
    LEFT JOIN (SELECT * FROM ${id('identity', `${entity}_cuts`)} WHERE rule = ${rule.name}) c ON c.block = k.block
    WHERE c.block IS NULL OR k.lot <= c.landmarks ORDER BY digest, nr`;
}

function frequenciesIn(entity: string): Sql {
  return id('identity', `${entity}_frequencies`);
}

/** How much values of an attribute tell: their digests with bits, by digest; and, behind all digests, what any other value tells. */
export function rarityIndex(entity: string, attribute: Matched): Sql {
  const place = sql`CASE WHEN value IS NULL THEN 'infinity'::DOUBLE ELSE ${digest(sql`value`)} END`;
  return sql`SELECT ${place} AS digest, bits ${recorded(frequenciesIn(entity), attribute, 'value')} ORDER BY digest`;
}

/** How much words of an attribute tell; null is any other word. */
export function wordIndex(entity: string, attribute: Matched): Sql {
  return sql`SELECT value AS word, bits AS weight ${recorded(frequenciesIn(entity), attribute, 'word')}`;
}

/** The values of the record that is asked for, and its features: one row each; what its words and values tell; and the records that it is compared with. */
const given = sql`asked_values`;
const asked = sql`asked`;
const asTold = sql`asked_told`;
const candidates = sql`asked_candidates`;

/** Makes the place for the record that is asked for. It is filled within a transaction that is rolled back, so nothing stays there. */
export function makeAsked(attributes: readonly Matched[]): readonly Sql[] {
  const tells = [
    ...listedOf(attributes).map((a) => sql`${id(featureColumn(a.name, 'weights'))} VARCHAR`),
    ...rareOf(attributes).map((a) => sql`${id(featureColumn(a.name, 'rare'))} VARCHAR`),
    // No table is without a column.
    sql`told BOOLEAN`,
  ];
  return [
    sql`CREATE TABLE ${asTold} (${join(tells)})`,
    sql`CREATE TABLE ${given} (${join(askedNames(attributes).map((name) => sql`${id(name)} VARCHAR`))})`,
    sql`CREATE TABLE ${candidates} AS FROM ${known} LIMIT 0`,
    sql`CREATE TABLE ${asked} AS ${featuresAsked(attributes)} LIMIT 0`,
  ];
}

/** What can be said of a record: its attributes, and the whole names that some of them are read from. */
export function askedNames(attributes: readonly Matched[]): readonly string[] {
  return [...new Set([...attributes.map((a) => a.name), ...attributes.flatMap((a) => a.partOf ?? [])])];
}

/** Puts the values of the record that is asked for in their place: `$1`, … by name, those that it does not have empty. */
export function putValues(attributes: readonly Matched[]): Sql {
  return sql`INSERT INTO ${given} VALUES (${places(askedNames(attributes).length)})`;
}

/**
 * Makes its features. Answers what is to be looked up of it: the digests of its blocks by rule, of its values, and its words.
 */
export function putFeatures(rules: readonly BlockingRule[], attributes: readonly Matched[]): Sql {
  const blocks = rules.map((rule) => sql`list_transform(${blockDigests(rule, 'asked', attributes)}, lambda b: ${asDouble(sql`b`)})`);
  const values = rareOf(attributes).map((a) => digest(id('asked', featureColumn(a.name, 'norm'))));
  const words = listedOf(attributes).map((a) => sql`COALESCE(list_distinct(${id('asked', featureColumn(a.name, 'list'))}), [])`);
  return sql`INSERT INTO ${asked} ${featuresAsked(attributes)}
    RETURNING [${join(blocks)}]::DOUBLE[][] AS blocks, [${join(values)}]::DOUBLE[] AS "values", [${join(words)}]::VARCHAR[][] AS words`;
}

/** As in the build, a value of which nothing is left is none. */
function featuresAsked(attributes: readonly Matched[]): Sql {
  const values = attributes.map((a) => sql`${withPart(a, (name) => sql`NULLIF(${id(name)}, '')`)} AS ${rawOf(a)}`);
  const { relation, columns } = madeOf(attributes, sql`(SELECT ${join(values)} FROM ${given})`);
  const columnOf = (of: Matched, feature: string): Sql => id(featureColumn(of.name, feature));
  const made = columns.map((c) => sql`${c.made} AS ${columnOf(c.attribute, c.feature)}`);
  const kept = columns.map(({ attribute, feature }) => {
    const column = columnOf(attribute, feature);
    return feature === 'norm' ? column : sql`CASE WHEN ${columnOf(attribute, 'norm')} IS NOT NULL THEN ${column} END AS ${column}`;
  });
  return sql`SELECT ${join(kept)} FROM (SELECT ${join(made)} FROM ${relation})`;
}

/** Texts that are given later. Nothing is made of them here, or the engine would plan the statement again for each. */
function places(count: number): Sql {
  return join(Array.from({ length: count }, (_, i) => trusted(`$${i + 1}`)));
}

/**
 * Puts what the record's words and values tell in its place. Places: what each word of the listed attributes tells as a list, then the rarity of
 * each value that has one.
 */
export function putTold(attributes: readonly Matched[]): Sql {
  const told = [...listedOf(attributes), ...rareOf(attributes)].length;
  return sql`INSERT INTO ${asTold} VALUES (${join([...(told === 0 ? [] : [places(told)]), sql`TRUE`])})`;
}

/** The candidates, compared with the record that was put. */
export function compareAsked(attributes: readonly Matched[]): Sql {
  const weights = (a: Matched): Sql => sql`${id(featureColumn(a.name, 'weights'))}::BIGINT[]`;
  const rare = rareOf(attributes).map((a) => id(featureColumn(a.name, 'rare')));
  const numbers = rare.length === 0 ? sql`` : sql`REPLACE (${join(rare.map((column) => sql`${column}::DOUBLE AS ${column}`))})`;
  const more = [
    ...listedOf(attributes).flatMap((a) => {
      const words = sql`list_zip(list_distinct(${id(featureColumn(a.name, 'list'))}), ${weights(a)})`;
      return [
        sql`list_sort(list_transform(${words}, lambda p: ${tokenOf(sql`p[1]`, sql`p[2]`)})) AS ${id(featureColumn(a.name, 'tokens'))}`,
        sql`list_sum(${weights(a)})::BIGINT AS ${id(featureColumn(a.name, 'whole'))}`,
      ];
    }),
  ];
  return sql`WITH a AS (SELECT ${join([sql`* EXCLUDE (told) ${numbers}`, ...more])} FROM ${asked}, ${asTold})
    SELECT r.record, r.entity_key, ${comparison(attributes, 'a', 'r')} FROM ${candidates} r, a`;
}
