import type { Entity } from '../config/project.js';
import type { Numbers, Step } from '../engine/engine.js';
import { asDouble, hashed } from '../engine/functions.js';
import { rewriteRows } from '../sql/rewrite.js';
import type { Sql } from '../sql/tag.js';
import { id, join, sql } from '../sql/tag.js';
import { identityTable, solved } from './evidence.js';
import { denseForest, largestOf } from './forest.js';
import { bitsOfModel } from './match/kept.js';

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
  const identified = Object.keys(entity.identifiers).length > 0;
  const now = sql`SELECT record, identifier, value, observations FROM assertions`;
  const before = sql`SELECT record, identifier, value, observations FROM ${links}`;
  const decidedNow = sql`SELECT decision_id, decision, record, part FROM ${id(solved.decided)}`;
  const decidedBefore = sql`SELECT decision_id, decision, record, part FROM ${identityTable(entity, 'decisions')}`;
  const changes = [[decidedNow, decidedBefore] as const, ...(identified ? [[now, before] as const] : [])];
  // A record that is other than before has two numbers: what it was and what it is.
  const numbered = sql`(SELECT record, nr FROM ${features} UNION ALL SELECT record, nr FROM stale)`;
  const together = [
    sql`SELECT record, ${id(`${entity.name}_key`)} AS shared FROM ${id('gold', `${entity.name}_crosswalk`)}`,
    sql`SELECT record, decision_id FROM (${decidedNow} UNION ALL ${decidedBefore})`,
    ...(identified ? [sql`SELECT record, identifier || '=' || value FROM (${now} UNION ALL ${before})`] : []),
  ];
  return [
    {
      kind: 'sql',
      name: `${entity.name}: changed records`,
      statements: [sql`CREATE OR REPLACE TEMP TABLE reached_numbers (nr INTEGER)`],
    },
    {
      kind: 'solve',
      name: `${entity.name}: touched`,
      reads: {},
      numbers: {
        seeds: sql`SELECT nr::DOUBLE AS nr FROM (SELECT nr FROM stale UNION ALL SELECT nr FROM ${features} WHERE nr >= ${from}
          UNION ALL SELECT nr FROM ${numbered} JOIN (${join(
            changes.map(([a, b]) => differing(sql`record`, a, b)),
            ' UNION ',
          )}) USING (record))`,
        strong: sql`SELECT l::DOUBLE AS l, r::DOUBLE AS r FROM ${pairs} WHERE weight > ${bitsOfModel(entity, 'threshold')}`,
        together: sql`SELECT nr::DOUBLE AS nr, ${asDouble(hashed(sql`shared`))} AS shared FROM (${join(together, ' UNION ALL ')}) JOIN ${numbered} USING (record) ORDER BY 2`,
      },
      solve: (_, { seeds, strong, together }) => [{ table: { name: 'reached_numbers' }, columns: [reachedFrom(seeds, strong, together)] }],
    },
    {
      kind: 'sql',
      name: `${entity.name}: touched records`,
      statements: [
        sql`CREATE OR REPLACE TEMP TABLE reached AS SELECT DISTINCT record FROM ${numbered} WHERE nr IN (SELECT nr FROM reached_numbers)`,
        place(entity, isReached),
        sql`CREATE OR REPLACE TEMP TABLE assertions AS SELECT row_number() OVER (ORDER BY nr) - 1 AS nr, * EXCLUDE (nr) FROM assertions WHERE ${isReached}`,
        sql`DROP TABLE reached_numbers`,
      ],
    },
  ];
}

/**
 * The nodes that hang together with some, directly or through others: by pairs, and by having the same of something.
 * @param groups nodes and what they have, in the order of that
 */
function reachedFrom(seeds: Numbers = [], pairs: Numbers = [], groups: Numbers = []): readonly number[] {
  const none = new Float64Array();
  const [starts = none] = seeds;
  const [left = none, right = none] = pairs;
  const [nodes = none, of = none] = groups;
  const size = 1 + Math.max(...[starts, left, right, nodes].map(largestOf));
  const { find, join } = denseForest(size);
  for (let i = 0; i < left.length; i++) join(find(left[i] ?? 0), find(right[i] ?? 0));
  for (let i = 1; i < nodes.length; i++) if (of[i] === of[i - 1]) join(find(nodes[i] ?? 0), find(nodes[i - 1] ?? 0));
  const isReached = new Uint8Array(size);
  for (const start of starts) isReached[find(start)] = 1;
  const reached: number[] = [];
  for (let node = 0; node < size; node++) if (isReached[find(node)] === 1) reached.push(node);
  return reached;
}
