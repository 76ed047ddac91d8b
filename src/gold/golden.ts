import type { Entity, EntityRecords } from '../config/project.js';
import { jsonObject, textsOfAny, tryCast } from '../engine/functions.js';
import { rewriteRows } from '../sql/rewrite.js';
import type { Sql } from '../sql/tag.js';
import { id, join, sql, trusted } from '../sql/tag.js';
import type { Field } from './history.js';
import { strategyNamed } from './survivorship/registry.js';

/** The SQL type of a column of a silver table. */
export type TypeOf = (table: string, column: string) => string;

/**
 * The golden record: for each entity and attribute the one value that its strategy chooses, in `gold.<entity>`, and where
 * it comes from in `gold.<entity>_provenance`: record, rule, and the values that lost.
 * @param decided fields of which people decided a value, in `identity.<entity>_decisions`: it is chosen before any other, the last one first
 * @param remade of which keys it is made again
 */
export function goldenRecord(
  entity: Entity,
  typeOf: TypeOf,
  decided: ReadonlySet<string> = new Set(),
  remade: Remade = everyKey,
): readonly Sql[] {
  const key = keyOf(entity);
  const fields = goldenFields(entity, typeOf);
  const provenance = id('gold', `${entity.name}_provenance`);
  const crosswalk = id('gold', `${entity.name}_crosswalk`);
  const pivot = fields.map(({ name, type }) => sql`max(p.value) FILTER (p.field = ${name})::${trusted(type)} AS ${id(name)}`);
  return [
    sql`CREATE OR REPLACE TEMP TABLE ${said} AS ${saidOf(entity, typeOf, remade.changed)}`,
    ...partsOfKeys(entity, remade).flatMap((part) => [
      sql`CREATE OR REPLACE TEMP TABLE ${chosen} (${key} VARCHAR, field VARCHAR, value VARCHAR, record VARCHAR, rule VARCHAR, losers JSON)`,
      // Field by field: one statement for all of them would hold the candidates of all at once.
      ...fields.map((field) => sql`INSERT INTO ${chosen} ${fieldProvenance(entity, field, decided.has(field.name), part)}`),
      ...remake(provenance, key, part, sql`SELECT * FROM ${chosen} ORDER BY ${key}, field`),
      ...remake(
        id('gold', entity.name),
        key,
        part,
        sql`SELECT ${join([sql`c.${key}`, ...pivot])} FROM (SELECT DISTINCT ${key} FROM ${crosswalk} WHERE ${part.has(key)}) c
          LEFT JOIN ${chosen} p ON p.${key} = c.${key} GROUP BY c.${key} ORDER BY c.${key}`,
      ),
    ]),
    sql`DROP TABLE ${said}`,
    sql`DROP TABLE ${chosen}`,
  ];
}

/** Of which keys golden records are made again: those of a relation (`entity_key`), or all; and in how many parts, one after the other. */
export interface Remade {
  readonly changed: Sql | null;
  readonly parts: number;
}

const everyKey: Remade = { changed: null, parts: 1 };

/** Keys of which golden records are made in one go. */
interface Part {
  readonly isFirst: boolean;
  readonly changed: Sql | null;
  /** Whether a key lies between those where the part begins and ends. */
  readonly within: (key: Sql) => Sql;
  /** Whether a key is one of those that are made again in this part. */
  readonly has: (key: Sql) => Sql;
}

/** The parts in the order of keys. Those end in digits of a digest, so parts are about as large as each other. */
function partsOfKeys({ prefix }: Entity, { changed, parts }: Remade): readonly Part[] {
  const begin = (part: number): string =>
    `${prefix}_${Math.floor((part / parts) * 16 ** 6)
      .toString(16)
      .padStart(6, '0')}`;
  return Array.from({ length: parts }, (_, i) => {
    const within = (key: Sql): Sql =>
      sql`${i === 0 ? sql`TRUE` : sql`${key} >= ${begin(i)}`} AND ${i === parts - 1 ? sql`TRUE` : sql`${key} < ${begin(i + 1)}`}`;
    return { isFirst: i === 0, changed, within, has: (key) => sql`${within(key)} AND ${isIn(key, changed)}` };
  });
}

function keyOf(entity: Entity): Sql {
  return id(`${entity.name}_key`);
}

/** Whether a key is one of those that are made again. */
function isIn(key: Sql, changed: Sql | null): Sql {
  return changed === null ? sql`TRUE` : sql`${key} IN (SELECT entity_key FROM ${changed})`;
}

/** Makes a table anew, or only the rows of some keys, whose rows `select` then gives, part by part. */
function remake(table: Sql, key: Sql, { isFirst, changed }: Part, select: Sql): readonly Sql[] {
  return isFirst ? rewriteRows(table, changed === null ? null : isIn(key, changed), select) : [sql`INSERT INTO ${table} ${select}`];
}

/** What the rows of records say of their entities: a temporary table with one row each, fields and recency typed. */
const said = sql`golden_said`;

/** The rows of the provenance, before they are in their order: a temporary table. */
const chosen = sql`golden_chosen`;

function saidOf(entity: Entity, typeOf: TypeOf, changed: Sql | null): Sql {
  const key = keyOf(entity);
  const fields = goldenFields(entity, typeOf);
  const parts = entity.records
    .filter((r) => r.role === 'record')
    .map((r) => {
      const values = fields.map(({ name, type }) => {
        const column = r.attributes[name];
        return sql`${column === undefined ? sql`NULL` : sql`t.${id(column)}`}::${trusted(type)} AS ${id(name)}`;
      });
      return sql`SELECT ${join([sql`x.${key} AS _entity_key`, sql`x.record AS _record`, sql`x.source AS _source`, sql`${recency(r, typeOf)} AS _recency`, ...values])}
        FROM ${id('silver', r.table)} t JOIN ${id('gold', `${entity.name}_crosswalk`)} x
          ON x.record_id = t.${id(r.id ?? '_key')}::VARCHAR AND x.source = ${r.source} AND x.stream = ${r.stream}
        WHERE t._deleted_at IS NULL AND ${isIn(sql`x.${key}`, changed)}`;
    });
  return parts.length === 0 ? sql`SELECT NULL AS _entity_key WHERE FALSE` : join(parts, ' UNION ALL ');
}

/** The fields of a golden record. */
export function goldenFields(entity: Entity, typeOf: TypeOf): readonly Field[] {
  return Object.keys(entity.survivorship).map((name) => ({ name, type: fieldType(entity, name, typeOf) }));
}

/** The winner of one field for every entity that has a candidate. */
function fieldProvenance(entity: Entity, { name: field, type }: Field, isDecided: boolean, part: Part): Sql {
  const key = keyOf(entity);
  const choice = entity.survivorship[field] ?? { strategy: 'most_recent', options: {} };
  const strategy = strategyNamed(choice.strategy);
  const order = strategy.order(choice.options);
  const noDecision = isDecided ? sql`, NULL::INTEGER AS decided, NULL::VARCHAR AS said` : sql``;
  const candidates: Sql[] = [
    sql`SELECT _entity_key AS entity_key, _record AS record, _source AS source, ${id(field)} AS value, max(_recency) AS recency, count(*) AS observations${noDecision}
      FROM ${said} WHERE ${id(field)} IS NOT NULL AND ${part.within(sql`_entity_key`)} GROUP BY ALL`,
  ];
  if (isDecided)
    candidates.push(sql`
    SELECT x.${key}, d.record, NULL::VARCHAR AS source, ${tryCast(sql`d.value`, type)} AS value, NULL::TIMESTAMP AS recency, 0 AS observations,
      d.nr AS decided, 'decision ' || d.decision_id || ' of ' || d.decided_by || ': ' || d.why AS said
    FROM ${id('identity', `${entity.name}_decisions`)} d JOIN ${id('gold', `${entity.name}_crosswalk`)} x ON x.record = d.record
    WHERE d.decision = 'value' AND d.field = ${field} AND ${tryCast(sql`d.value`, type)} IS NOT NULL AND ${part.has(sql`x.${key}`)}`);
  const all = sql`(${join(candidates, ' UNION ALL ')})`;
  const backed = order.some(({ text }) => /\bbacking\b/.test(text))
    ? sql`(SELECT *, sum(observations) OVER (PARTITION BY entity_key, value) AS backing FROM ${all})`
    : all;
  const best = join([
    ...(isDecided ? [sql`decided DESC NULLS LAST`] : []),
    ...order,
    sql`recency DESC NULLS LAST`,
    sql`value::VARCHAR`,
    sql`record`,
  ]);
  const rule = sql`${strategy.describe(choice.options)}::VARCHAR`;
  // Lists are held in memory whole, so they are made only where there is something to list.
  return sql`
    WITH placed AS MATERIALIZED (SELECT *, row_number() OVER candidates AS place, first_value(value) OVER candidates AS winner FROM ${backed}
      WINDOW candidates AS (PARTITION BY entity_key ORDER BY ${best})),
    lost AS (SELECT entity_key, to_json(list(${jsonObject([
      { name: 'value', value: sql`value::VARCHAR` },
      { name: 'record', value: sql`record` },
      { name: 'observations', value: sql`observations` },
    ])}
        ORDER BY place)) AS losers FROM placed WHERE value IS DISTINCT FROM winner GROUP BY entity_key)
    SELECT entity_key AS ${key}, ${field}::VARCHAR AS field, value::VARCHAR AS value, record, ${isDecided ? sql`COALESCE(said, ${rule})` : rule} AS rule,
      COALESCE(losers, '[]'::JSON) AS losers
    FROM placed LEFT JOIN lost USING (entity_key) WHERE place = 1`;
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
 * @param remade as of the golden record; what refers to an entity is counted for all where anything may
 */
export function entity360(entity: Entity, { changed, parts }: Remade = everyKey): readonly Sql[] {
  const some = entity.records.every((r) => r.role === 'record') ? changed : null;
  return partsOfKeys(entity, { changed: some, parts }).flatMap((part) => part360(entity, part));
}

function part360(entity: Entity, part: Part): readonly Sql[] {
  const key = keyOf(entity);
  const taken = new Set(Object.keys(entity.survivorship));
  const identifiers = Object.keys(entity.identifiers).map((name) => {
    const column = taken.has(name) ? `${name}_identifier` : name;
    return sql`string_agg(i.value, ', ' ORDER BY i.value) FILTER (i.identifier = ${name}) AS ${id(column)}`;
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
          WHERE t._deleted_at IS NULL AND ${part.has(sql`x.${key}`)} GROUP BY 1`
        : sql`SELECT f.${key}, count(*) AS rows, max(${r.recency === undefined ? sql`NULL` : sql`t.${id(r.recency)}`}) AS newest FROM ${id('identity', `${entity.name}_references`)} f
          JOIN ${id('silver', r.table)} t ON t._key = f.row_key AND f.table_name = ${r.table} WHERE f.${key} IS NOT NULL AND ${part.has(sql`f.${key}`)} GROUP BY 1`,
  }));
  const sources = textsOfAny([...new Set(entity.records.map((r) => r.source))].sort(), (name) => sql`source = ${name}`);
  const rows = sql`WITH sources AS (SELECT ${key}, count(*) AS records, ${sources} AS sources
      FROM ${id('gold', `${entity.name}_crosswalk`)} WHERE ${part.has(key)} GROUP BY 1),
    named AS (SELECT ${join([sql`i.${key}`, ...identifiers])} FROM ${id('identity', `${entity.name}_identifiers`)} i WHERE ${part.has(sql`i.${key}`)} GROUP BY 1)
    SELECT ${join([sql`g.*`, sql`s.records`, sql`s.sources`, ...(identifiers.length === 0 ? [] : [sql`n.* EXCLUDE (${key})`]), ...counted.flatMap((c) => c.columns)])}
    FROM ${id('gold', entity.name)} g JOIN sources s ON s.${key} = g.${key} LEFT JOIN named n ON n.${key} = g.${key}
    ${join(
      counted.map((c) => sql`LEFT JOIN (${c.relation}) ${c.alias} ON ${c.alias}.${key} = g.${key}`),
      ' ',
    )}
    WHERE ${part.has(sql`g.${key}`)} ORDER BY g.${key}`;
  return remake(id('gold', `${entity.name}_360`), key, part, rows);
}
