import { z } from 'zod';
import type { Entity } from '../../config/project.js';
import type { Columns, Step } from '../../engine/engine.js';
import type { Sql } from '../../sql/tag.js';
import { id, sql } from '../../sql/tag.js';
import type { Clusters } from '../cluster.js';
import { identityTable, solved } from '../evidence.js';
import type { Pair } from './link.js';
import { link } from './link.js';
import { numbers, texts } from './relations.js';

/*
 * Between the pairs that were weighed and the clusters. What identifiers link stays linked: attributes join what they leave apart, and never
 * against an identifier of which an entity has one.
 */

/** The steps that tell which records hang together by pairs above the threshold: temporary table `components`. */
export function components(): readonly Step[] {
  return [
    {
      kind: 'sql',
      name: 'components',
      statements: [
        sql`CREATE OR REPLACE TEMP TABLE components (nr INTEGER, component INTEGER)`,
        sql`CREATE OR REPLACE TEMP TABLE ${id(solved.matches)} (l INTEGER, r INTEGER, decision VARCHAR)`,
      ],
    },
    {
      kind: 'solve',
      name: 'components',
      reads: { links: sql`SELECT l, r FROM scored WHERE weight > 0 ORDER BY l, r` },
      solve: ({ links }) => {
        const [l, r] = [numbers(links, 'l'), numbers(links, 'r')];
        const roots = connect(l, r);
        return [{ table: { name: 'components' }, columns: [[...roots.keys()], [...roots.values()]] }];
      },
    },
  ];
}

/** All weighed pairs inside components, also those that speak against. */
export function pairsWithin(): Sql {
  return sql`SELECT s.l, s.r, s.weight FROM scored s JOIN components a ON a.nr = s.l JOIN components b ON b.nr = s.r WHERE a.component = b.component ORDER BY s.l, s.r`;
}

/** Joins what identifiers left apart. `columns` are those of `solved_matches`. */
export function linkPairs(
  entity: Entity,
  relations: { readonly [relation: string]: Columns },
  { clusterOf, partOf, held }: Clusters,
): { readonly clusterOf: ReadonlyMap<number, number>; readonly columns: readonly (readonly (string | number | null)[])[] } {
  const { pairs, clean } = relations;
  const onePerSource = new Set([...(entity.match?.onePerSource ?? []), ...texts(clean, 'source')]);
  const [l, r, weight] = [numbers(pairs, 'l'), numbers(pairs, 'r'), numbers(pairs, 'weight')];
  const source = z.array(z.string()).parse(relations['records']?.['source'] ?? []);
  const sizes = new Map<number, number>();
  const rules = new Map<number, Map<string, string>>();
  const blocs = new Map<number, number>();
  for (const [record, root] of clusterOf.entries()) {
    const part = partOf[record] ?? root;
    sizes.set(part, (sizes.get(part) ?? 0) + 1);
    if (part !== root) for (const one of [part, root]) blocs.set(partOf[one] ?? one, root);
    if (!onePerSource.has(source[record] ?? '')) continue;
    rules.set(root, (rules.get(root) ?? new Map<string, string>()).set(`one of ${source[record] ?? ''}`, String(record)));
  }
  for (const [root, values] of held) {
    const mine = rules.get(root) ?? new Map<string, string>();
    for (const [rule, value] of values) mine.set(rule, String(value));
    rules.set(root, mine);
  }
  const joined: Pair[] = l.map((a, i) => ({ l: partOf[a] ?? a, r: partOf[r[i] ?? 0] ?? 0, weight: weight[i] ?? 0 }));
  const answer = link(joined, { held: rules, largest: entity.match?.largest ?? 200, sizes, blocs });
  return {
    clusterOf: answer.clusterOf,
    columns: [l, r, joined.map((p, i) => (p.l === p.r ? 'linked' : (answer.decisions[i] ?? 'below')))],
  };
}

/** `identity.<entity>_matches`: every pair that is or may be one, with its weight in bits, its probability, and what was decided. */
export function publishMatches(entity: Entity): readonly Sql[] {
  const features = identityTable(entity, 'features');
  const model = identityTable(entity, 'model');
  const threshold = sql`(SELECT (model->>'threshold')::DOUBLE FROM ${model})`;
  const review = sql`(SELECT ((model->>'review')::DOUBLE - (model->>'threshold')::DOUBLE) * 1000 FROM ${model})`;
  const bits = sql`(s.weight / 1000 + ${threshold})`;
  return [
    sql`CREATE OR REPLACE TABLE ${identityTable(entity, 'matches')} AS
      SELECT a.record AS left_record, b.record AS right_record, ${bits}::DECIMAL(9, 3) AS weight, (1 / (1 + pow(2, -${bits})))::DECIMAL(7, 6) AS probability,
        COALESCE(d.decision, CASE WHEN s.weight > 0 THEN 'linked' ELSE 'below' END) AS decision
      FROM scored s JOIN ${features} a ON a.nr = s.l JOIN ${features} b ON b.nr = s.r LEFT JOIN ${id(solved.matches)} d ON d.l = s.l AND d.r = s.r
      WHERE s.weight >= ${review} ORDER BY left_record, right_record`,
    sql`CREATE OR REPLACE TEMP TABLE ${id(solved.matched)} AS SELECT DISTINCT unnest([left_record, right_record]) AS record FROM ${identityTable(entity, 'matches')} WHERE decision = 'linked'`,
    sql`DROP TABLE scored`,
  ];
}

/** Node → the smallest node that it is connected with. */
function connect(l: readonly number[], r: readonly number[]): ReadonlyMap<number, number> {
  const parent = new Map<number, number>();
  const find = (node: number): number => {
    let root = node;
    for (let up = parent.get(root) ?? root; up !== root; up = parent.get(root) ?? root) root = up;
    for (let n = node; n !== root; ) {
      const next = parent.get(n) ?? root;
      parent.set(n, root);
      n = next;
    }
    return root;
  };
  for (const [i, a] of l.entries()) {
    const [x, y] = [find(a), find(r[i] ?? a)];
    parent.set(Math.max(x, y), Math.min(x, y));
    parent.set(Math.min(x, y), Math.min(x, y));
  }
  return new Map([...parent.keys()].map((node) => [node, find(node)]));
}
