import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { Entity } from '../../src/config/project.js';
import { openDuckDb } from '../../src/engine/duckdb/duckdb.js';
import type { Engine } from '../../src/engine/engine.js';
import { countClusters, countPairs, countWeights, unweighedPairs, weighedPairs } from '../../src/identity/evaluate.js';
import type { LabelColumns, LabelForm } from '../../src/identity/evaluate_labels.js';
import { arePairs, countLabels, labelColumns, labelInHeader, understandLabels } from '../../src/identity/evaluate_labels.js';
import { bestOf, curve, fewer, pairScore, quality } from '../../src/identity/evaluate_scores.js';
import { id, sql } from '../../src/sql/tag.js';
import { cases, patience } from '../support/property.js';

// What is counted by the sizes of groups is what one finds who looks at every pair.

const entity: Entity = {
  ...{ name: 'person', prefix: 'per', history: false, records: [], identifiers: {}, trust: {}, survivorship: {} },
  ...{ description: undefined, owner: undefined, tags: [] },
};
const columnsOf: Readonly<Record<LabelForm, LabelColumns>> = {
  clusters: { form: 'clusters', id: 'id', entity: 'cluster' },
  pairs: { form: 'pairs', left: 'l', right: 'r', label: 'label' },
  matches: { form: 'matches', left: 'l', right: 'r' },
};

let engine: Engine;
beforeAll(async () => {
  engine = await openDuckDb({ path: ':memory:' });
  await engine.run(sql`CREATE SCHEMA gold`);
  await engine.run(sql`CREATE SCHEMA identity`);
});
afterAll(() => engine.close());

/** A record: the source that has it, and the key that it got. */
interface Published {
  readonly source: string;
  readonly key: string;
}

/** Publishes records (record i is `<source>.people:<i>`) and weighed pairs, and reads labels, rows of `a`, `b`, `said`, `source`, `stream`. */
async function publish(
  records: readonly Published[],
  labels: readonly (readonly (string | null)[])[],
  form: LabelForm,
  weights: readonly (readonly [l: number, r: number, weight: number])[] = [],
): Promise<void> {
  for (const table of ['label_rows', 'known', 'numbered', 'label_said', 'label_names', 'judged', 'named', 'weighed', 'apart'])
    await engine.run(sql`DROP TABLE IF EXISTS ${id(table)}`);
  await engine.run(
    sql`CREATE OR REPLACE TABLE gold.person_crosswalk (person_key VARCHAR, source VARCHAR, stream VARCHAR, record_id VARCHAR, record VARCHAR)`,
  );
  const name = (i: number): string => `${records[i]?.source ?? ''}.people:${i}`;
  await engine.append({ schema: 'gold', name: 'person_crosswalk' }, [
    records.map((r) => r.key),
    records.map((r) => r.source),
    records.map(() => 'people'),
    records.map((_, i) => String(i)),
    records.map((_, i) => name(i)),
  ]);
  await engine.run(
    sql`CREATE OR REPLACE TABLE identity.person_matches (left_record VARCHAR, right_record VARCHAR, weight INTEGER, decision VARCHAR)`,
  );
  await engine.append({ schema: 'identity', name: 'person_matches' }, [
    weights.map(([l]) => name(l)),
    weights.map(([, r]) => name(r)),
    weights.map(([, , w]) => w),
    weights.map(() => 'below'),
  ]);
  await engine.run(sql`CREATE TEMP TABLE label_rows (a VARCHAR, b VARCHAR, said VARCHAR, source VARCHAR, stream VARCHAR)`);
  await engine.append(
    { name: 'label_rows' },
    [0, 1, 2, 3, 4].map((c) => labels.map((row) => row[c] ?? null)),
  );
  for (const statement of understandLabels(entity, columnsOf[form])) await engine.run(statement);
}

async function one(statement: Parameters<Engine['run']>[0]): Promise<Readonly<Record<string, number>>> {
  const [row] = await engine.rows(statement, z.record(z.string(), z.coerce.number()));
  return row ?? {};
}

const group = fc.integer({ min: 0, max: 5 });
/** Records with what they got (`key`), what they are (`entity`, null where nobody knows) and where they come from. */
const people = fc.array(fc.record({ key: group, entity: fc.option(group, { freq: 6 }), source: fc.constantFrom('crm', 'shop') }), {
  minLength: 1,
  maxLength: 16,
});

function everyPair(n: number): readonly (readonly [number, number])[] {
  return Array.from({ length: n }, (_, l) => Array.from({ length: n - l - 1 }, (_unused, i) => [l, l + 1 + i] as const)).flat();
}

describe('what is counted by groups is what pairs and records say one by one', () => {
  test(
    'clusters: pairs, B-cubed, whole and closest clusters, and the curve',
    async () => {
      await fc.assert(
        fc.asyncProperty(people, fc.infiniteStream(fc.integer({ min: -5, max: 9 })), async (all, weightOf) => {
          fc.pre(all.some((p) => p.entity !== null));
          const weights = everyPair(all.length).flatMap(([l, r]) => {
            const weight = weightOf.next().value ?? 0;
            return weight < -2 ? [] : [[l, r, weight] as const];
          });
          const labels = all.flatMap((p, i) => (p.entity === null ? [] : [[String(i), null, `e${p.entity}`]]));
          await publish(
            all.map((p) => ({ source: p.source, key: `k${p.key}` })),
            labels,
            'clusters',
            weights,
          );
          const judged = all.flatMap((p, nr) => (p.entity === null ? [] : [{ nr, key: p.key, entity: p.entity }]));
          const pairs = everyPair(judged.length).map(([l, r]) => ({
            l: judged[l]?.nr ?? 0,
            r: judged[r]?.nr ?? 0,
            together: judged[l]?.key === judged[r]?.key,
            same: judged[l]?.entity === judged[r]?.entity,
          }));
          const there = pairs.filter((p) => p.same).length;
          expect(await one(countPairs('clusters'))).toEqual({
            found: pairs.filter((p) => p.same && p.together).length,
            taken: pairs.filter((p) => p.together).length,
            there,
          });

          // B-cubed as it is defined: for every record, the share of those with it that belong with it.
          const mean = (xs: readonly number[]): number => xs.reduce((a, b) => a + b, 0) / xs.length;
          const both = (r: (typeof judged)[number]): number => judged.filter((o) => o.key === r.key && o.entity === r.entity).length;
          const sets = (of: 'key' | 'entity'): readonly ReadonlySet<number>[] =>
            [...new Set(judged.map((r) => r[of]))].map((v) => new Set(judged.filter((r) => r[of] === v).map((r) => r.nr)));
          const jaccard = (a: ReadonlySet<number>, b: ReadonlySet<number>): number => {
            const shared = [...a].filter((x) => b.has(x)).length;
            return shared / (a.size + b.size - shared);
          };
          const closest = (from: readonly ReadonlySet<number>[], to: readonly ReadonlySet<number>[]): number[] =>
            from.map((a) => Math.max(...to.map((b) => jaccard(a, b))));
          const counted = await one(countClusters());
          const expected = {
            clusters: sets('key').length,
            entities: sets('entity').length,
            exact: closest(sets('key'), sets('entity')).filter((x) => x === 1).length,
            closest_clusters: mean(closest(sets('key'), sets('entity'))),
            closest_entities: mean(closest(sets('entity'), sets('key'))),
            bcubed_precision: mean(judged.map((r) => both(r) / judged.filter((o) => o.key === r.key).length)),
            bcubed_recall: mean(judged.map((r) => both(r) / judged.filter((o) => o.entity === r.entity).length)),
          };
          for (const [name, value] of Object.entries(expected)) expect(counted[name], name).toBeCloseTo(value, 9);

          await engine.run(weighedPairs(entity, 'clusters', true));
          const buckets = await engine.rows(countWeights(), z.object({ bucket: z.number(), pairs: z.number(), same: z.number() }));
          for (const point of curve(buckets, there)) {
            const taken = pairs.filter((p) => weights.some(([l, r, w]) => l === p.l && r === p.r && w >= point.threshold));
            expect(point).toMatchObject(pairScore(taken.filter((p) => p.same).length, taken.length, there));
          }
          await engine.run(unweighedPairs('clusters', there).statement);
          const apart = pairs.filter((p) => p.same && !weights.some(([l, r]) => l === p.l && r === p.r));
          expect(await one(sql`SELECT count(*) AS n, count(*) FILTER (together) AS together FROM apart`)).toEqual({
            n: apart.length,
            together: apart.filter((p) => p.together).length,
          });
        }),
        cases(40),
      );
    },
    patience,
  );

  test(
    'pairs: only labelled ones count, in either order and however often; matches: all others are none',
    async () => {
      const verdicts = fc.array(fc.tuple(fc.nat(15), fc.nat(15), fc.boolean()), { maxLength: 30 });
      await fc.assert(
        fc.asyncProperty(people, verdicts, async (all, said) => {
          const published = all.map((p) => ({ source: p.source, key: `k${p.key}` }));
          const known = said.filter(([l, r]) => l < all.length && r < all.length && l !== r);
          const told = new Map<string, Set<boolean>>();
          for (const [l, r, same] of known) {
            const name = `${Math.min(l, r)} ${Math.max(l, r)}`;
            told.set(name, (told.get(name) ?? new Set()).add(same));
          }
          const together = (name: string): boolean => {
            const [l, r] = name.split(' ').map(Number);
            return all[l ?? 0]?.key === all[r ?? 0]?.key;
          };
          const sure = [...told].filter(([, verdict]) => verdict.size === 1);
          const yes = sure.filter(([, verdict]) => verdict.has(true)).map(([name]) => name);
          await publish(
            published,
            said.map(([l, r, same]) => [String(l), String(r), same ? 'yes' : '0']),
            'pairs',
          );
          expect(await one(countPairs('pairs'))).toEqual({
            found: yes.filter(together).length,
            taken: sure.filter(([name]) => together(name)).length,
            there: yes.length,
          });

          const listed = [...new Set(known.map(([l, r]) => `${Math.min(l, r)} ${Math.max(l, r)}`))];
          await publish(
            published,
            listed.map((name) => [...name.split(' '), '1']),
            'matches',
          );
          const source = (i: number): string => all[i]?.source ?? '';
          const isAcross = (l: number, r: number): boolean => source(l) !== source(r);
          const onlyAcross = listed.length > 0 && listed.every((name) => isAcross(Number(name.split(' ')[0]), Number(name.split(' ')[1])));
          const joined = everyPair(all.length).filter(([l, r]) => all[l]?.key === all[r]?.key && (!onlyAcross || isAcross(l, r)));
          expect(await one(countPairs('matches'))).toEqual({
            found: listed.filter(together).length,
            taken: joined.length,
            there: listed.length,
          });
        }),
        cases(40),
      );
    },
    patience,
  );
});

describe('labels', () => {
  const two = [
    { source: 'crm', key: 'a' },
    { source: 'shop', key: 'b' },
    { source: 'shop', key: 'b' },
  ];

  test('are understood by id, by stream and by source, and what is unknown, ambiguous or contradictory is counted', async () => {
    await publish(
      two,
      [
        ['crm.people:0', null, 'x'],
        ['people:1', null, 'x'],
        ['2', null, 'y'],
        ['9', null, 'y'],
        ['1', null, 'z'],
        ['0', null, null],
      ],
      'clusters',
    );
    const counted = { rows: 6, used: 2, records: 3, unknown: 1, ambiguous: 0, unread: 1, contradictory: 1 };
    expect(await one(countLabels(columnsOf.clusters))).toEqual(counted);
  });

  test('name a source and a stream as the project does, or as somebody else does', async () => {
    const named = [
      ['0', null, 'x', 'crm', 'people'],
      ['1', null, 'x', 'crm', 'people'],
      ['2', null, 'x', 'elsewhere', 'records'],
    ];
    await publish(two, named, 'clusters');
    // crm has no record 1, and that of shop is not meant.
    expect(await one(countLabels(columnsOf.clusters))).toMatchObject({ used: 2, unknown: 1 });
  });

  test.each([
    [['left_id', 'right_id', 'label'], { form: 'pairs', left: 'left_id', right: 'right_id', label: 'label' }],
    [['score', 'id_l', 'id_r', 'is_match'], { form: 'pairs', left: 'id_l', right: 'id_r', label: 'is_match' }],
    [['ltable_id', 'rtable_id', 'gold'], { form: 'pairs', left: 'ltable_id', right: 'rtable_id', label: 'gold' }],
    [['Id1', 'Id2', 'Duplicate'], { form: 'pairs', left: 'Id1', right: 'Id2', label: 'Duplicate' }],
    [['id1', 'id2'], { form: 'matches', left: 'id1', right: 'id2' }],
    [['a', 'whoever'], { form: 'clusters', id: 'a', entity: 'whoever', open: true }],
    [['cluster_id', 'record_id'], { form: 'clusters', id: 'record_id', entity: 'cluster_id' }],
    [['name', 'group', 'rec_id', 'ent_id'], { form: 'clusters', id: 'rec_id', entity: 'ent_id' }],
    [['source', 'id', 'cluster'], { form: 'clusters', id: 'id', entity: 'cluster', table: 'source' }],
    [['DBLP', 'ACM', 'label'], { form: 'pairs', left: 'DBLP', right: 'ACM', label: 'label' }],
    [['', 'fodors_id', 'zagats_id', 'gold'], { form: 'pairs', left: 'fodors_id', right: 'zagats_id', label: 'gold' }],
    [['cluster', 'rec_id', 'city'], { form: 'clusters', id: 'rec_id', entity: 'cluster' }],
    [['source', 'stream', 'id', 'entity_id'], { form: 'clusters', id: 'id', entity: 'entity_id', stream: ['source', 'stream'] }],
    [['idAbt', 'idBuy'], { form: 'matches', left: 'idAbt', right: 'idBuy' }],
    [['fodors_id', 'zagats_id'], { form: 'matches', left: 'fodors_id', right: 'zagats_id' }],
    [['unique_id', 'ground_truth', 'memo'], { form: 'clusters', id: 'unique_id', entity: 'ground_truth' }],
    [
      ['unique_id_l', 'source_dataset_l', 'unique_id_r', 'source_dataset_r', 'clerical_match_score'],
      {
        form: 'pairs',
        left: 'unique_id_l',
        right: 'unique_id_r',
        label: 'clerical_match_score',
        tables: ['source_dataset_l', 'source_dataset_r'],
      },
    ],
    [['left', 'right', 'colour'], null],
    [['only'], null],
  ])('columns %j', (header, understood) => {
    expect(labelColumns(header)).toEqual(understood);
  });

  test('the id of records is called as in the project: so the labels may be a column of the records', () => {
    const header = ['id', 'nr', 'street', 'cluster'];
    expect(labelColumns(header, undefined, ['nr'])).toEqual({ form: 'clusters', id: 'nr', entity: 'cluster' });
  });

  test('spell ids that are numbers as tools do, with zeros before and after', async () => {
    const spelled = [
      ['0.0', null, 'x'],
      ['001', null, 'x'],
      ['2.5', null, 'x'],
    ];
    await publish(two, spelled, 'clusters');
    expect(await one(countLabels(columnsOf.clusters))).toMatchObject({ used: 2, unknown: 1 });
  });

  test.each([
    [
      'pairs',
      [
        ['0', '1'],
        ['1', '2'],
      ],
      1,
    ],
    ['pairs, one of which is of another set', [['0', '9']], 0],
    [
      'records with an entity that is called after one of them',
      [
        ['0', '0'],
        ['1', '0'],
      ],
      0,
    ],
    [
      'records, all of them, with numbers of entities',
      [
        ['0', '1'],
        ['1', '2'],
        ['2', '2'],
      ],
      0,
    ],
  ])('two columns whose names say nothing: %s', async (_what, rows, pairs) => {
    await publish([...two, ...two], [], 'clusters');
    await engine.append(
      { name: 'label_rows' },
      [0, -1, 1, -1, -1].map((c) => rows.map((row) => row[c] ?? null)),
    );
    expect(await one(sql`SELECT pairs::INTEGER AS pairs FROM (${arePairs(entity)})`)).toEqual({ pairs });
  });

  test('of a file without a header begin in the line that was taken for one', async () => {
    const columns = labelColumns(['0', '1'], 'matches');
    if (columns === null) throw new Error('two columns are enough');
    await publish(two, [], 'matches');
    await engine.run(labelInHeader(entity, columns));
    await engine.run(labelInHeader(entity, columnsOf.matches));
    expect(await engine.rows(sql`SELECT a, b, said FROM label_rows`, z.unknown())).toEqual([{ a: '0', b: '1', said: '1' }]);
  });

  test('columns that say nothing are taken in their order where the form is said', () => {
    expect(labelColumns(['idDBLP', 'idACM'], 'matches')).toEqual({ form: 'matches', left: 'idDBLP', right: 'idACM' });
    expect(labelColumns(['x', 'y', 'z'], 'pairs')).toEqual({ form: 'pairs', left: 'x', right: 'y', label: 'z' });
  });
});

describe('scores', () => {
  test('have no value where there is nothing to have a share of', () => {
    expect(pairScore(0, 0, 0)).toMatchObject({ precision: null, recall: null, f1: null });
    expect(pairScore(0, 0, 3)).toMatchObject({ precision: null, recall: 0, f1: 0, false_negatives: 3 });
    expect(quality(0.5, 1)).toEqual({ precision: 0.5, recall: 1, f1: 0.666667 });
  });

  test('of a curve: the best is the highest of the equal, and a short one keeps its ends', () => {
    const points = curve(
      Array.from({ length: 100 }, (_, i) => ({ bucket: i * 2, pairs: 1, same: i >= 50 ? 1 : 0 })),
      50,
    );
    expect(bestOf(points)).toMatchObject({ threshold: 10, precision: 1, recall: 1 });
    const short = fewer(points, 10);
    expect(short.length).toBeLessThanOrEqual(12);
    expect(short.at(-1)).toBe(points.at(-1));
  });
});
