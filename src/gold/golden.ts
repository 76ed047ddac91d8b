import type { Entity, EntityRecords } from '../config/project.js';
import { jsonObject, tryCast } from '../engine/functions.js';
import type { Sql } from '../sql/tag.js';
import { id, join, sql, trusted } from '../sql/tag.js';
import { strategyNamed } from './survivorship/registry.js';

/** The SQL type of a column of a silver table. */
export type TypeOf = (table: string, column: string) => string;

/**
 * The golden record: for each entity and attribute the one value that its strategy chooses, in `gold.<entity>`, and where
 * it comes from in `gold.<entity>_provenance`: record, rule, and the values that lost.
 * @param decided fields of which people decided a value, in `identity.<entity>_decisions`: it is chosen before any other, the last one first
 */
export function goldenRecord(entity: Entity, typeOf: TypeOf, decided: ReadonlySet<string> = new Set()): readonly Sql[] {
  const key = id(`${entity.name}_key`);
  const fields = Object.keys(entity.survivorship);
  const provenance = id('gold', `${entity.name}_provenance`);
  const chosen = fields.map((field) => fieldProvenance(entity, field, typeOf, decided.has(field)));
  const none = sql`SELECT NULL::VARCHAR AS ${key}, NULL::VARCHAR AS field, NULL::VARCHAR AS value, NULL::VARCHAR AS record, NULL::VARCHAR AS rule, NULL::JSON AS losers WHERE FALSE`;
  const pivot = fields.map(
    (field) => sql`max(p.value) FILTER (p.field = ${field})::${trusted(fieldType(entity, field, typeOf))} AS ${id(field)}`,
  );
  return [
    sql`CREATE OR REPLACE TABLE ${provenance} AS SELECT * FROM (${join([...chosen, none], ' UNION ALL ')}) ORDER BY ${key}, field`,
    sql`CREATE OR REPLACE TABLE ${id('gold', entity.name)} AS
      SELECT ${join([sql`c.${key}`, ...pivot])} FROM (SELECT DISTINCT ${key} FROM ${id('gold', `${entity.name}_crosswalk`)}) c
      LEFT JOIN ${provenance} p ON p.${key} = c.${key} GROUP BY c.${key} ORDER BY c.${key}`,
  ];
}

/** The fields of a golden record, each with its SQL type. */
export function goldenFields(entity: Entity, typeOf: TypeOf): readonly { readonly name: string; readonly type: string }[] {
  return Object.keys(entity.survivorship).map((name) => ({ name, type: fieldType(entity, name, typeOf) }));
}

/** The winner of one field for every entity that has a candidate. */
function fieldProvenance(entity: Entity, field: string, typeOf: TypeOf, isDecided: boolean): Sql {
  const key = id(`${entity.name}_key`);
  const choice = entity.survivorship[field] ?? { strategy: 'most_recent', options: {} };
  const strategy = strategyNamed(choice.strategy);
  const type = trusted(fieldType(entity, field, typeOf));
  const noDecision = isDecided ? sql`, NULL::INTEGER AS decided, NULL::VARCHAR AS said` : sql``;
  const candidates: Sql[] = withAttribute(entity, field).map(
    (r) => sql`
    SELECT x.${key}, x.record, x.source, t.${id(r.attributes[field] ?? '')}::${type} AS value, max(${recency(r, typeOf)}) AS recency, count(*) AS observations${noDecision}
    FROM ${id('silver', r.table)} t JOIN ${id('gold', `${entity.name}_crosswalk`)} x
      ON x.record_id = t.${id(r.id ?? '_key')}::VARCHAR AND x.source = ${r.source} AND x.stream = ${r.stream}
    WHERE t._deleted_at IS NULL AND t.${id(r.attributes[field] ?? '')} IS NOT NULL GROUP BY ALL`,
  );
  if (isDecided)
    candidates.push(sql`
    SELECT x.${key}, d.record, NULL::VARCHAR AS source, ${tryCast(sql`d.value`, type.text)} AS value, NULL::TIMESTAMP AS recency, 0 AS observations,
      d.nr AS decided, 'decision ' || d.decision_id || ' of ' || d.decided_by || ': ' || d.why AS said
    FROM ${id('identity', `${entity.name}_decisions`)} d JOIN ${id('gold', `${entity.name}_crosswalk`)} x ON x.record = d.record
    WHERE d.decision = 'value' AND d.field = ${field} AND ${tryCast(sql`d.value`, type.text)} IS NOT NULL`);
  const rule = sql`${strategy.describe(choice.options)}::VARCHAR`;
  return sql`
    SELECT ${key}, ${field}::VARCHAR AS field, max(value::VARCHAR) FILTER (place = 1) AS value, max(record) FILTER (place = 1) AS record,
      ${isDecided ? sql`COALESCE(max(said) FILTER (place = 1), ${rule})` : rule} AS rule,
      COALESCE(to_json(list(${jsonObject([
        { name: 'value', value: sql`value::VARCHAR` },
        { name: 'record', value: sql`record` },
        { name: 'observations', value: sql`observations` },
      ])}
        ORDER BY place) FILTER (value IS DISTINCT FROM winner)), '[]'::JSON) AS losers
    FROM (SELECT *, first_value(value) OVER (PARTITION BY ${key} ORDER BY place) AS winner FROM (
      SELECT *, row_number() OVER (PARTITION BY ${key} ORDER BY ${join([...(isDecided ? [sql`decided DESC NULLS LAST`] : []), ...strategy.order(choice.options), sql`recency DESC NULLS LAST`, sql`value::VARCHAR`, sql`record`])}) AS place
      FROM (SELECT *, sum(observations) OVER (PARTITION BY ${key}, value) AS backing FROM (${join(candidates, ' UNION ALL ')}))))
    GROUP BY ${key}`;
}

function withAttribute(entity: Entity, field: string): readonly EntityRecords[] {
  return entity.records.filter((r) => r.role === 'record' && field in r.attributes);
}

/** The type of a field: that of its columns where they agree, else text. */
function fieldType(entity: Entity, field: string, typeOf: TypeOf): string {
  const types = new Set(withAttribute(entity, field).map((r) => typeOf(r.table, r.attributes[field] ?? '')));
  const [only] = types;
  return types.size === 1 && only !== undefined ? only : 'VARCHAR';
}

/** A record's recency as a moment, so that dates, moments and version numbers of different systems can be held together. */
function recency(r: EntityRecords, typeOf: TypeOf): Sql {
  if (r.recency === undefined) return sql`NULL::TIMESTAMP`;
  const type = typeOf(r.table, r.recency);
  const column = sql`t.${id(r.recency)}`;
  return type === 'DATE' || type === 'TIMESTAMP'
    ? sql`${column}::TIMESTAMP`
    : type === 'BIGINT'
      ? sql`make_timestamp(${column} * 1000000)`
      : sql`NULL::TIMESTAMP`;
}

/**
 * Everything about an entity in one row, in `gold.<entity>_360`: its golden record, how many records of which sources it
 * has, its identifiers, and for every table that speaks of it how many rows and the newest.
 */
export function entity360(entity: Entity): Sql {
  const key = id(`${entity.name}_key`);
  const taken = new Set(Object.keys(entity.survivorship));
  const identifiers = Object.keys(entity.identifiers).map((name) => {
    const column = taken.has(name) ? `${name}_identifier` : name;
    return sql`string_agg(DISTINCT i.value, ', ' ORDER BY i.value) FILTER (i.identifier = ${name}) AS ${id(column)}`;
  });
  const counted = entity.records.map((r, n) => ({
    alias: id(`t${n}`),
    columns: [
      sql`COALESCE(${id(`t${n}`)}.rows, 0) AS ${id(`${r.table}_rows`)}`,
      ...(r.recency === undefined ? [] : [sql`${id(`t${n}`)}.newest AS ${id(`${r.table}_newest`)}`]),
    ],
    relation:
      r.role === 'record'
        ? sql`SELECT x.${key}, count(*) AS rows, max(${r.recency === undefined ? sql`NULL` : sql`t.${id(r.recency)}`}) AS newest FROM ${id('silver', r.table)} t
          JOIN ${id('gold', `${entity.name}_crosswalk`)} x ON x.record_id = t.${id(r.id ?? '_key')}::VARCHAR AND x.source = ${r.source} AND x.stream = ${r.stream}
          WHERE t._deleted_at IS NULL GROUP BY 1`
        : sql`SELECT f.${key}, count(*) AS rows, max(${r.recency === undefined ? sql`NULL` : sql`t.${id(r.recency)}`}) AS newest FROM ${id('identity', `${entity.name}_references`)} f
          JOIN ${id('silver', r.table)} t ON t._key = f.row_key AND f.table_name = ${r.table} WHERE f.${key} IS NOT NULL GROUP BY 1`,
  }));
  return sql`CREATE OR REPLACE TABLE ${id('gold', `${entity.name}_360`)} AS
    WITH sources AS (SELECT ${key}, count(*) AS records, string_agg(DISTINCT source, ', ' ORDER BY source) AS sources FROM ${id('gold', `${entity.name}_crosswalk`)} GROUP BY 1),
    named AS (SELECT ${join([sql`i.${key}`, ...identifiers])} FROM ${id('identity', `${entity.name}_identifiers`)} i GROUP BY 1)
    SELECT ${join([sql`g.*`, sql`s.records`, sql`s.sources`, ...(identifiers.length === 0 ? [] : [sql`n.* EXCLUDE (${key})`]), ...counted.flatMap((c) => c.columns)])}
    FROM ${id('gold', entity.name)} g JOIN sources s ON s.${key} = g.${key} LEFT JOIN named n ON n.${key} = g.${key}
    ${join(
      counted.map((c) => sql`LEFT JOIN (${c.relation}) ${c.alias} ON ${c.alias}.${key} = g.${key}`),
      ' ',
    )}
    ORDER BY g.${key}`;
}
