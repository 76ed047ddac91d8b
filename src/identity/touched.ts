import type { Entity } from '../config/project.js';
import type { Step } from '../engine/engine.js';
import type { Sql } from '../sql/tag.js';
import { id, sql } from '../sql/tag.js';
import { identityTable, solved } from './evidence.js';
import { bitsOfModel } from './match/kept.js';
import { numbers } from './match/relations.js';

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

/** Makes a table anew, or only those of its rows for which `rows` holds, from what `select` gives. */
export function rewrite(scope: Scope, table: Sql, rows: Sql, select: Sql): readonly Sql[] {
  if (scope === 'all') return [sql`CREATE OR REPLACE TABLE ${table} AS ${select}`];
  return [sql`DELETE FROM ${table} WHERE ${rows}`, sql`INSERT INTO ${table} ${select}`];
}

/** All records are touched: temporary table `touched` (`place` in the order of their names, `record`, `nr` in the features). */
export function touchAll(entity: Entity): readonly Step[] {
  return [{ kind: 'sql', name: `${entity.name}: all records`, statements: [place(entity, sql`TRUE`)] }];
}

function place(entity: Entity, condition: Sql): Sql {
  return sql`CREATE OR REPLACE TEMP TABLE touched AS SELECT row_number() OVER (ORDER BY record) - 1 AS place, record, f.nr
    FROM ${identityTable(entity, 'records')} r JOIN ${identityTable(entity, 'features')} f USING (record) WHERE ${condition}`;
}

/**
 * Finds the touched records: temporary tables `reached` (`record`, also of those that are gone) and `touched` as above; `assertions` are then
 * those of touched records.
 * @param from features with at least this number are new; what went is in `stale`
 */
export function touch(entity: Entity, from: number): readonly Step[] {
  const [features, pairs, links] = [identityTable(entity, 'features'), identityTable(entity, 'pairs'), identityTable(entity, 'links')];
  const crosswalk = id('gold', `${entity.name}_crosswalk`);
  const key = id(`${entity.name}_key`);
  const identified = Object.keys(entity.identifiers).length > 0;
  const now = sql`SELECT record, identifier, value, observations FROM assertions`;
  const before = sql`SELECT record, identifier, value, observations FROM ${links}`;
  const decidedNow = sql`SELECT decision_id, decision, record, part FROM ${id(solved.decided)}`;
  const decidedBefore = sql`SELECT decision_id, decision, record, part FROM ${identityTable(entity, 'decisions')}`;
  const differ = (a: Sql, b: Sql): Sql => sql`SELECT record FROM (${a} EXCEPT ${b}) UNION SELECT record FROM (${b} EXCEPT ${a})`;
  const last = (round: number): Sql => sql`(SELECT record, nr FROM reached WHERE round = ${round})`;
  const next = (round: number): Sql => sql`INSERT INTO reached SELECT n.record, f.nr, ${round + 1} FROM (
      SELECT b.record FROM ${crosswalk} a JOIN ${last(round)} z USING (record) JOIN ${crosswalk} b ON a.${key} = b.${key}
      UNION SELECT f.record FROM (SELECT s.r AS nr FROM strong s JOIN ${last(round)} z ON z.nr = s.l UNION SELECT s.l FROM strong s JOIN ${last(round)} z ON z.nr = s.r) e JOIN ${features} f USING (nr)
      UNION SELECT b.record FROM decided_together a JOIN ${last(round)} z USING (record) JOIN decided_together b ON a.decision_id = b.decision_id
      ${identified ? sql`UNION SELECT b.record FROM said a JOIN ${last(round)} z USING (record) JOIN said b ON a.identifier = b.identifier AND a.value = b.value` : sql``}
    ) n LEFT JOIN ${features} f USING (record) WHERE n.record NOT IN (SELECT record FROM reached)`;
  const grow = (round: number): readonly Step[] => [
    { kind: 'sql', name: `${entity.name}: touched`, statements: [next(round)] },
    {
      kind: 'then',
      name: `${entity.name}: touched`,
      reads: { found: sql`SELECT count(*)::DOUBLE AS n FROM reached WHERE round = ${round + 1}` },
      steps: ({ found }) => ((numbers(found, 'n')[0] ?? 0) > 0 ? grow(round + 1) : []),
    },
  ];
  return [
    {
      kind: 'sql',
      name: `${entity.name}: changed records`,
      statements: [
        sql`CREATE OR REPLACE TEMP TABLE strong AS SELECT l, r FROM ${pairs} WHERE weight > ${bitsOfModel(entity, 'threshold')}`,
        sql`CREATE OR REPLACE TEMP TABLE decided_together AS SELECT DISTINCT decision_id, record FROM (${decidedNow} UNION ALL ${decidedBefore})`,
        ...(identified
          ? [sql`CREATE OR REPLACE TEMP TABLE said AS SELECT DISTINCT identifier, value, record FROM (${now} UNION ALL ${before})`]
          : []),
        sql`CREATE OR REPLACE TEMP TABLE reached AS SELECT c.record, f.nr, 0 AS round FROM (
            SELECT record FROM stale UNION SELECT record FROM ${features} WHERE nr >= ${from} UNION (${differ(decidedNow, decidedBefore)})
            ${identified ? sql`UNION (${differ(now, before)})` : sql``}
          ) c LEFT JOIN ${features} f USING (record)`,
      ],
    },
    ...grow(0),
    {
      kind: 'sql',
      name: `${entity.name}: touched records`,
      statements: [
        place(entity, isReached),
        sql`CREATE OR REPLACE TEMP TABLE assertions AS SELECT row_number() OVER (ORDER BY nr) - 1 AS nr, * EXCLUDE (nr) FROM assertions WHERE ${isReached}`,
        ...['strong', 'decided_together', ...(identified ? ['said'] : [])].map((table) => sql`DROP TABLE ${id(table)}`),
      ],
    },
  ];
}
