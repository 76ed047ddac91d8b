import type { Entity } from '../../config/project.js';
import { log2 } from '../../engine/functions.js';
import type { Sql } from '../../sql/tag.js';
import { id, join, sql } from '../../sql/tag.js';
import { current, identityTable, recordName } from '../evidence.js';
import type { AttributeKind, Side } from './kinds.js';

/** An attribute by which records are matched. */
export interface Matched {
  readonly name: string;
  readonly kind: AttributeKind;
}

/** The column of a feature. */
export function featureColumn(attribute: string, feature: string): string {
  return `${attribute}.${feature}`;
}

/** How predicates reach the features of one side of a pair. */
export function sideOf(alias: string, attribute: Matched, all: readonly Matched[]): Side {
  return (feature, kind) => {
    const of = kind === undefined ? attribute : all.find((a) => a.kind.name === kind);
    return of === undefined ? sql`NULL::VARCHAR` : id(alias, featureColumn(of.name, feature));
  };
}

/**
 * `identity.<entity>_features`: one row per record, with a number, and what its attributes are compared by. Every feature is made once per
 * distinct value. Where rare values tell more, `rare` says how much: log2 of one by the share of records that have it by chance.
 */
export function makeFeatures(entity: Entity, attributes: readonly Matched[]): readonly Sql[] {
  const raw = sql`CREATE OR REPLACE TEMP TABLE raw_values AS ${rawValues(entity, attributes)}`;
  const dictionaries = attributes.flatMap((a) => dictionary(a));
  const columns = attributes.flatMap((a) => featuresOf(a).map((f) => sql`${id(a.name, f)} AS ${id(featureColumn(a.name, f))}`));
  const joins = attributes.map(
    (a) => sql`LEFT JOIN ${id(`dictionary_${a.name}`)} AS ${id(a.name)} ON ${id(a.name, 'raw')} = ${id('v', a.name)}`,
  );
  return [
    raw,
    ...dictionaries,
    sql`CREATE OR REPLACE TABLE ${identityTable(entity, 'features')} AS
      SELECT row_number() OVER (ORDER BY v.record) - 1 AS nr, v.record, v.source, ${join(columns)} FROM raw_values v ${join(joins, ' ')} ORDER BY v.record`,
    ...attributes.map((a) => sql`DROP TABLE ${id(`dictionary_${a.name}`)}`),
    sql`DROP TABLE raw_values`,
  ];
}

/** All features of an attribute, those that are the same for all kinds included. */
export function featuresOf({ kind }: Matched): readonly string[] {
  const own = Object.keys(kind.features(sql`raw`));
  return [...own, ...(own.includes('list') ? ['tokens', 'whole'] : []), ...(kind.rarity === null ? [] : ['rare'])];
}

/** The newest row of every record, its attributes as text. */
function rawValues(entity: Entity, attributes: readonly Matched[]): Sql {
  const parts = entity.records
    .filter((r) => r.role === 'record')
    .map((r) => {
      const values = attributes.map((a) => {
        const column = r.attributes[a.name];
        return sql`${column === undefined ? sql`NULL` : id(column)}::VARCHAR AS ${id(a.name)}`;
      });
      const newest = r.recency === undefined ? sql`_key` : sql`${id(r.recency)} DESC NULLS LAST, _key`;
      return sql`SELECT ${recordName(r)} AS record, ${r.source}::VARCHAR AS source, ${join(values)} FROM ${current(r)}
        WHERE ${id(r.id ?? '_key')} IS NOT NULL QUALIFY row_number() OVER (PARTITION BY ${id(r.id ?? '_key')} ORDER BY ${newest}) = 1`;
    });
  return sql`SELECT * FROM (${join(parts, ' UNION ALL ')})`;
}

/** What is made from the distinct values of one attribute. */
function dictionary({ name, kind }: Matched): readonly Sql[] {
  const table = id(`dictionary_${name}`);
  const features = Object.entries(kind.features(sql`raw`)).map(([feature, value]) => sql`${value} AS ${id(feature)}`);
  const made = sql`SELECT raw, n, ${join(features)} FROM (SELECT ${id(name)} AS raw, count(*) AS n FROM raw_values WHERE ${id(name)} IS NOT NULL GROUP BY ALL)`;
  const listed = Object.hasOwn(kind.features(sql`raw`), 'list');
  const all = sql`(SELECT sum(n) FROM made WHERE norm IS NOT NULL)`;
  const rarity =
    kind.rarity === null ? sql`` : sql`, ${log2(sql`${all} / greatest(sum(n) OVER (PARTITION BY norm) - 2, ${kind.rarity})`)} AS rare`;
  const plainTable = (name: Sql): Sql =>
    sql`CREATE OR REPLACE TEMP TABLE ${name} AS WITH made AS (${made}) SELECT * ${rarity} FROM made WHERE norm IS NOT NULL`;
  if (!listed) return [plainTable(table)];
  const plain = id(`plain_${name}`);
  // A word is its number and, in the last ten bits, what it tells: 32 for every halving of the values that have it.
  return [
    plainTable(plain),
    sql`CREATE OR REPLACE TEMP TABLE ${table} AS
      WITH said AS (SELECT raw, unnest(list_distinct(list)) AS w, n FROM ${plain}),
      told AS (SELECT w, (row_number() OVER (ORDER BY w) * 1024 + least(1023, (32 * ${log2(sql`(SELECT sum(n) FROM ${plain})::DOUBLE / sum(n)`)} + 1)::BIGINT)) AS token
        FROM said GROUP BY w),
      tokens AS (SELECT raw, list(token ORDER BY token) AS tokens, sum(token & 1023)::BIGINT AS whole FROM said JOIN told USING (w) GROUP BY raw)
      SELECT * FROM ${plain} JOIN tokens USING (raw)`,
    sql`DROP TABLE ${plain}`,
  ];
}
