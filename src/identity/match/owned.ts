import type { Entity } from '../../config/project.js';
import type { Sql } from '../../sql/tag.js';
import { id, join, sql } from '../../sql/tag.js';
import { identityTable } from '../evidence.js';
import { millionths } from './bits.js';
import { raritiesByPattern } from './compare.js';
import type { Matched } from './features.js';
import { asRare, featureColumn, rarityBits } from './features.js';

/*
 * A value tells the less, the more records have it: strangers have it in common the more often. But records of one entity are no strangers. Where an entity has a hundred
 * records, as a paper has that many cite, a hundred have its title, and nobody else's has.
 */

/** Where so many pairs for each record are one. Below, it is enough that the two records of a pair are left out of those that have its value. */
const manyEach = 1;
/** Pairs with fewer bits are one so seldom that they are not looked at. */
const least = -3;

/**
 * Leaves records of the same entity out of those that have a value in common by chance, as far as pairs that have it are one by what is known. Changes what is kept of how much values tell
 * (frequencies and features) and the rarities in `compared`; nothing where entities have few records.
 * @param each pairs for each record that are one
 * @param weighed the pairs of `compared` with their `bits`, × 1000, by what a value tells in the mean
 */
export function leaveOutOwned(entity: Entity, attributes: readonly Matched[], each: number, weighed: Sql): readonly Sql[] {
  const rare = attributes.flatMap(({ name, kind }) =>
    kind.rarity === null ? [] : [{ name, rarity: kind.rarity, norm: featureColumn(name, 'norm'), rare: featureColumn(name, 'rare') }],
  );
  if (each < manyEach || rare.length === 0) return [];
  const [features, frequencies] = [identityTable(entity, 'features'), identityTable(entity, 'frequencies')];
  const agreed = rare.map(
    ({ name, norm }) =>
      sql`{'attribute': ${name}, 'value': CASE WHEN ${id('l', norm)} = ${id('r', norm)} THEN ${id('l', norm)}::VARCHAR END}`,
  );
  const told = rare.map(({ name, rarity, norm }) => {
    const others = sql`(n - 2) * (1 - least(1, one / 1e6 / (n * (n - 1) / 2)))`;
    return sql`SELECT attribute, value, ${rarityBits(sql`every`, others, rarity)} AS bits FROM owned JOIN (
      SELECT ${id(norm)}::VARCHAR AS value, count(*) AS n, sum(count(*)) OVER () AS every FROM ${features} WHERE ${id(norm)} IS NOT NULL GROUP BY ALL) USING (value)
      WHERE attribute = ${name} AND n > ${asRare(rarity)}`;
  });
  return [
    sql`CREATE OR REPLACE TEMP TABLE owned AS SELECT agreed.attribute, agreed.value, sum(one) AS one FROM (
      SELECT ${millionths} AS one, unnest([${join(agreed)}]) AS agreed
      FROM ${weighed} w JOIN ${features} l ON l.nr = w.l JOIN ${features} r ON r.nr = w.r WHERE bits > ${1000 * least}) WHERE agreed.value IS NOT NULL GROUP BY ALL`,
    sql`CREATE OR REPLACE TEMP TABLE owned_told AS ${join(told, ' UNION ALL ')}`,
    sql`UPDATE ${frequencies} f SET bits = o.bits FROM owned_told o WHERE f.part = 'value' AND f.attribute = o.attribute AND f.value = o.value`,
    ...rare.map(
      ({ name, norm, rare }) =>
        sql`UPDATE ${features} f SET ${id(rare)} = o.bits FROM owned_told o WHERE o.attribute = ${name} AND o.value = ${id('f', norm)}::VARCHAR`,
    ),
    sql`CREATE OR REPLACE TEMP TABLE compared AS ${raritiesByPattern(sql`compared`, features, attributes)}`,
    sql`DROP TABLE owned`,
    sql`DROP TABLE owned_told`,
  ];
}
