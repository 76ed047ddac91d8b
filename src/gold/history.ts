import type { Entity } from '../config/project.js';
import { presentTexts } from '../engine/functions.js';
import type { Sql } from '../sql/tag.js';
import { id, join, sql, trusted } from '../sql/tag.js';

/** A field of the golden record and its SQL type. */
export interface Field {
  readonly name: string;
  readonly type: string;
}

/** A moment in the history of an entity. */
export interface HistoryRun {
  readonly runId: string;
  /** What the run calls now. */
  readonly asOf: Date;
}

/**
 * Makes `gold.<entity>_history`, or brings its columns up to the fields: a field that is new gets a column, one whose type is now
 * another becomes text, and one that is gone keeps what it was. Nothing of the past is lost.
 * @param existing columns of the table as it stands; empty where there is none
 */
export function shapeHistory(entity: Entity, fields: readonly Field[], existing: readonly Field[]): readonly Sql[] {
  const table = historyTable(entity);
  if (existing.length === 0) {
    const columns = [{ name: `${entity.name}_key`, type: 'VARCHAR' }, ...fields].map((f) => sql`${id(f.name)} ${trusted(f.type)}`);
    return [sql`CREATE TABLE ${table} (${join(columns)}, valid_from TIMESTAMP, valid_to TIMESTAMP, run_id VARCHAR, changed VARCHAR[])`];
  }
  return fields.flatMap((field) => {
    const there = existing.find((c) => c.name === field.name);
    if (there === undefined) return [sql`ALTER TABLE ${table} ADD COLUMN ${id(field.name)} ${trusted(field.type)}`];
    const kept = there.type === field.type || there.type === 'VARCHAR';
    return kept ? [] : [sql`ALTER TABLE ${table} ALTER COLUMN ${id(field.name)} SET DATA TYPE VARCHAR`];
  });
}

/**
 * Adds to the history what has changed in the golden records since it was last kept: the version of a changed or vanished record
 * ends, that of a changed or new one begins. What has not changed is not touched. A version begins when the run calls it now, but
 * never before the record's own last change, so that versions follow each other whatever moments runs are given.
 */
export function keepHistory(entity: Entity, fields: readonly Field[], { runId, asOf }: HistoryRun): readonly Sql[] {
  const table = historyTable(entity);
  const key = id(`${entity.name}_key`);
  const golden = id('gold', entity.name);
  const differs = fields.map(({ name }) => ({ name, is: sql`(g.${id(name)}::VARCHAR IS DISTINCT FROM h.${id(name)}::VARCHAR)` }));
  const changed = presentTexts(differs.map(({ name, is }) => sql`CASE WHEN ${is} THEN ${name} END`));
  return [
    sql`CREATE OR REPLACE TEMP TABLE history_changes AS
      WITH last AS (SELECT ${key}, max(COALESCE(valid_to, valid_from)) AS moment FROM ${table} GROUP BY ${key}),
      standing AS (SELECT * FROM ${table} WHERE valid_to IS NULL)
      SELECT COALESCE(g.${key}, h.${key}) AS entity_key, g.${key} IS NOT NULL AS stands,
        CASE WHEN l.moment > ${asOf} THEN l.moment ELSE ${asOf} END AS moment,
        CASE WHEN g.${key} IS NULL OR h.${key} IS NULL THEN []::VARCHAR[] ELSE ${changed} END AS changed
      FROM ${golden} g FULL JOIN standing h ON h.${key} = g.${key} LEFT JOIN last l ON l.${key} = COALESCE(g.${key}, h.${key})
      WHERE g.${key} IS NULL OR h.${key} IS NULL OR ${join([sql`FALSE`, ...differs.map((d) => d.is)], ' OR ')}`,
    sql`UPDATE ${table} SET valid_to = c.moment FROM history_changes c WHERE ${table}.${key} = c.entity_key AND valid_to IS NULL`,
    sql`INSERT INTO ${table} BY NAME SELECT g.*, c.moment AS valid_from, ${runId}::VARCHAR AS run_id, c.changed
      FROM ${golden} g JOIN history_changes c ON c.entity_key = g.${key} WHERE c.stands ORDER BY g.${key}`,
  ];
}

function historyTable(entity: Entity): Sql {
  return id('gold', `${entity.name}_history`);
}
