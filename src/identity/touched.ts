import type { Entity } from '../config/project.js';
import type { Step } from '../engine/engine.js';
import { rewriteRows } from '../sql/rewrite.js';
import type { Sql } from '../sql/tag.js';
import { id, join, sql } from '../sql/tag.js';
import { identityTable, solved, sourcesOf } from './evidence.js';
import type { Bits } from './match/kept.js';

/*
 * Which records must be resolved again. Who is who follows from what records assert, from how alike they are, and from what people decided: a
 * record is touched where any of it is other than before, and with it all that it hangs together with, now or before. What is resolved of those
 * alone is what would come out if all were resolved.
 */

/** Whether an entity is resolved whole, or only those of its records that are touched. */
export type Scope = 'all' | 'touched';

/** Of a row of a table that names records: whether its record is touched, gone ones included. */
export const isReached = sql`record IN (SELECT record FROM reached)`;

/** A condition that holds for all rows where the scope is all. */
export function inScope(scope: Scope, rows: Sql): Sql {
  return scope === 'all' ? sql`TRUE` : rows;
}

/** Makes a table anew, or, where the scope is not all, those of its rows for which `rows` holds, from what `select` gives. */
export function rewrite(scope: Scope, table: Sql, rows: Sql, select: Sql): readonly Sql[] {
  return rewriteRows(table, scope === 'all' ? null : rows, select);
}

/** SELECT of a column of the rows that are in one of two relations and not in the other. */
export function differing(column: Sql, a: Sql, b: Sql): Sql {
  return sql`SELECT ${column} FROM (((${a}) EXCEPT (${b})) UNION ALL ((${b}) EXCEPT (${a})))`;
}

/** All records are touched: temporary table `touched` (`place` in the order of their names, `record`, its `source`, and, where records are matched, `nr` in the features). */
export function touchAll(entity: Entity): readonly Step[] {
  return [{ kind: 'sql', name: `${entity.name}: all records`, statements: [place(entity, sql`TRUE`)] }];
}

function place(entity: Entity, condition: Sql): Sql {
  const [from, nr] = entity.match === undefined ? ['records', sql``] : ['features', sql`, nr`];
  return sql`CREATE OR REPLACE TEMP TABLE touched AS SELECT (row_number() OVER (ORDER BY record) - 1)::INTEGER AS place, record, source ${nr} FROM ${identityTable(entity, from)} WHERE ${condition}`;
}

/** Of each touched record, in the order of their places, the place of its source among `sourcesOf` the entity, from 1, and its number in the features where it has one. */
export function placesOf(entity: Entity): Sql {
  const nr = entity.match === undefined ? sql`` : sql`, nr::DOUBLE AS nr`;
  return sql`SELECT list_position(${sourcesOf(entity)}::VARCHAR[], source)::DOUBLE AS source ${nr} FROM touched ORDER BY place`;
}

/** What records have in common where they are resolved together whatever they weigh: SELECTs of `record` and what it shares, as of now. */
export function sharedNow(entity: Entity): readonly Sql[] {
  const identified = Object.keys(entity.identifiers).length > 0;
  return [
    sql`SELECT record, decision_id AS shared FROM ${id(solved.decided)}`,
    ...(identified ? [sql`SELECT record, identifier || '=' || value FROM assertions`] : []),
  ];
}

/**
 * Finds the touched records: temporary tables `reached` (`record`, also of those that are gone) and `touched` as above; `assertions` are then
 * those of touched records. What changed, and what it now hangs together with, was in some components when all was resolved last: in these and
 * nowhere else can anything come out otherwise.
 * @param from features with at least this number are new; what went is in `stale`
 */
export function touch(entity: Entity, from: number, { threshold }: Bits): readonly Step[] {
  const [features, pairs, components] = [
    identityTable(entity, 'features'),
    identityTable(entity, 'pairs'),
    identityTable(entity, 'components'),
  ];
  const asserted = sql`SELECT record, identifier, value, observations FROM`;
  const decided = sql`SELECT decision_id, decision, record, part FROM`;
  const changes = [
    differing(sql`record`, sql`${decided} ${id(solved.decided)}`, sql`${decided} ${identityTable(entity, 'decisions')}`),
    differing(sql`record`, sql`${asserted} assertions`, sql`${asserted} ${identityTable(entity, 'links')}`),
  ];
  // A record that is other than before has two numbers: what it was and what it is.
  const numbered = sql`(SELECT record, nr FROM ${features} UNION ALL SELECT record, nr FROM stale)`;
  const shared = sql`(SELECT nr, shared FROM (${join(sharedNow(entity), ' UNION ALL ')}) JOIN ${features} USING (record))`;
  const ofSeeds = sql`nr IN (SELECT nr FROM seeds)`;
  return [
    {
      kind: 'sql',
      name: `${entity.name}: touched records`,
      statements: [
        sql`CREATE OR REPLACE TEMP TABLE seeds AS SELECT nr FROM stale UNION ALL SELECT nr FROM ${features} WHERE nr >= ${from}
          UNION ALL SELECT nr FROM ${numbered} JOIN (${join(changes, ' UNION ')}) USING (record)`,
        sql`INSERT INTO seeds SELECT l FROM ${pairs} WHERE r >= ${from} AND weight > ${threshold}
          UNION ALL SELECT nr FROM ${shared} WHERE shared IN (SELECT shared FROM ${shared} WHERE ${ofSeeds})`,
        sql`INSERT INTO seeds SELECT nr FROM ${components} WHERE component IN (SELECT component FROM ${components} WHERE ${ofSeeds})`,
        sql`DELETE FROM ${components} WHERE ${ofSeeds}`,
        place(entity, ofSeeds),
        sql`DROP TABLE seeds`,
        sql`CREATE OR REPLACE TEMP TABLE reached AS SELECT record FROM touched UNION SELECT record FROM stale`,
        sql`CREATE OR REPLACE TEMP TABLE assertions AS SELECT row_number() OVER (ORDER BY nr) - 1 AS nr, * EXCLUDE (nr) FROM assertions WHERE ${isReached}`,
      ],
    },
  ];
}
