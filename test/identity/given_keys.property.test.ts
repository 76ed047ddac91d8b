import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import type { Entity } from '../../src/config/project.js';
import { openDuckDb } from '../../src/engine/duckdb/duckdb.js';
import type { Engine } from '../../src/engine/engine.js';
import { giveKeys } from '../../src/identity/given_keys.js';
import type { FormerKey } from '../../src/identity/keys.js';
import { inheritKeys } from '../../src/identity/keys.js';
import { execute } from '../../src/run/context.js';
import type { Sql } from '../../src/sql/tag.js';
import { join, sql } from '../../src/sql/tag.js';
import { makeProject, projectIn, removeFolders } from '../support/project.js';
import { cases, patience } from '../support/property.js';

/*
 * Most keys are given in the engine, and only what is contested by name: together that comes to what all would come to by name.
 */

let engine: Engine;
let entity: Entity;

beforeAll(async () => {
  const dir = await makeProject({
    config: {
      name: 'people',
      sources: { desk: { connector: 'file', streams: { people: { path: 'people.csv' } } } },
      tables: { people: { from: 'desk.people', key: 'id', columns: { id: 'id' } } },
      entities: { person: { identifiers: { own: {} }, records: [{ table: 'people', id: 'id', identifiers: { own: 'id' } }] } },
    },
  });
  const [found] = (await projectIn(dir)).entities;
  if (found === undefined) throw new Error('the project has no entity');
  entity = found;
  engine = await openDuckDb({ path: ':memory:' });
  for (const schema of [sql`gold`, sql`identity`]) await engine.run(sql`CREATE SCHEMA ${schema}`);
  await engine.run(
    sql`CREATE TABLE identity.person_decisions (nr INTEGER, decision_id VARCHAR, decision VARCHAR, record VARCHAR, part INTEGER, decided_by VARCHAR, why VARCHAR)`,
  );
});

afterAll(async () => {
  engine.close();
  await removeFolders();
});

/** What a store knows of keys from run to run. */
interface Known {
  readonly before: ReadonlyMap<string, string>;
  readonly former: ReadonlyMap<string, FormerKey>;
}

/** Two of them are called as the later keys of another would be. */
const records = ['a', 'a#1', 'a#2', 'b', 'c', 'd', 'e', 'f'];
const clustersOf = (numbers: readonly number[]): ReadonlyMap<string, readonly string[]> =>
  new Map(
    [1, 2, 3, 4]
      .map((n) => records.filter((_, i) => numbers[i] === n))
      .flatMap((group): [string, string[]][] => (group[0] === undefined ? [] : [[group[0], group]])),
  );

async function table(name: Sql, columns: Sql, rows: readonly Sql[]): Promise<void> {
  await engine.run(sql`CREATE OR REPLACE TABLE ${name} (${columns})`);
  if (rows.length > 0) await engine.run(sql`INSERT INTO ${name} VALUES ${join(rows)}`);
}

/** What the engine makes of clusters: the key of each record, events and redirects. */
async function given({ before, former }: Known, clusters: ReadonlyMap<string, readonly string[]>, others: readonly string[]) {
  const touched = [...clusters.values()].flat().sort();
  const place = (record: string): number => touched.indexOf(record);
  await table(
    sql`touched`,
    sql`place INTEGER, record VARCHAR`,
    touched.map((record, i) => sql`(${i}, ${record})`),
  );
  await table(
    sql`solved_roots`,
    sql`place INTEGER, root INTEGER`,
    [...clusters].flatMap(([first, all]) => all.map((record) => sql`(${place(record)}, ${place(first)})`)),
  );
  const stood = [...before].map(([record, key]) => sql`(${record}, ${key})`);
  await table(sql`stood`, sql`record VARCHAR, entity_key VARCHAR`, stood);
  await table(sql`gold.person_crosswalk`, sql`record VARCHAR, person_key VARCHAR`, [
    ...stood,
    ...others.map((key) => sql`('of another', ${key})`),
  ]);
  await table(
    sql`gold.person_redirects`,
    sql`old_key VARCHAR, person_key VARCHAR, records BIGINT`,
    [...former].map(([old, { key, records: count }]) => sql`(${old}, ${key}, ${count})`),
  );
  await table(sql`solved_events`, sql`event VARCHAR, entity_key VARCHAR, other_key VARCHAR, cause VARCHAR`, []);
  await table(sql`solved_redirects`, sql`old_key VARCHAR, entity_key VARCHAR, records BIGINT`, []);
  await execute(engine, giveKeys(entity, []));
  const text = z.string().nullable();
  return {
    keys: await engine.rows(
      sql`SELECT record, entity_key AS key FROM solved_clusters ORDER BY record`,
      z.object({ record: text, key: text }),
    ),
    events: await engine.rows(
      sql`SELECT event, entity_key AS key, other_key AS other, cause FROM solved_events ORDER BY ALL`,
      z.object({ event: text, key: text, other: text, cause: text }),
    ),
    redirects: await engine.rows(
      sql`SELECT old_key AS old, entity_key AS key, records::INTEGER AS records FROM solved_redirects ORDER BY old_key`,
      z.object({ old: text, key: text, records: z.number() }),
    ),
  };
}

test(
  'keys that are given in the engine are those that all clusters would get by name',
  async () => {
    const grouping = fc.array(fc.nat({ max: 4 }), { minLength: records.length, maxLength: records.length });
    const named = inheritKeys('per', new Map(records.map((r) => [r, [r]])), new Map()).keyOf;
    await fc.assert(
      fc.asyncProperty(
        fc.array(grouping, { minLength: 1, maxLength: 4 }),
        fc.subarray([...named.values()], { maxLength: 3 }),
        async (history, held) => {
          expect(entity.prefix).toBe('per');
          let known: Known = { before: new Map(), former: new Map() };
          for (const numbers of history) {
            const clusters = clustersOf(numbers);
            const theirs = new Set(known.before.values());
            // Others have some of the keys that these could be given by name.
            const others = held.filter((key) => !theirs.has(key) && !known.former.has(key));
            const all = inheritKeys('per', clusters, known.before, { others, former: known.former });
            const some = await given(known, clusters, others);
            const keys = [...clusters].flatMap(([first, of]) => of.map((record) => ({ record, key: all.keyOf.get(first) ?? null })));
            expect(some.keys).toEqual(keys.sort((x, y) => (x.record < y.record ? -1 : 1)));
            const order = (x: object, y: object): number => (JSON.stringify(x) < JSON.stringify(y) ? -1 : 1);
            expect([...some.events].sort(order)).toEqual([...all.events].sort(order));
            expect([...some.redirects].sort(order)).toEqual([...all.redirects].map(([old, was]) => ({ old, ...was })).sort(order));
            const live = new Set(all.keyOf.values());
            const led = [...known.former].map(([old, was]): [string, FormerKey] => [
              old,
              { ...was, key: all.redirects.get(was.key)?.key ?? was.key },
            ]);
            known = {
              before: new Map(keys.map(({ record, key }) => [record, key ?? ''])),
              former: new Map([...led, ...all.redirects].filter(([old]) => !live.has(old))),
            };
          }
        },
      ),
      cases(60),
    );
  },
  patience,
);
