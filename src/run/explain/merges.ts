import { z } from 'zod';
import type { Reader } from '../../publish/reader.js';
import { publishedIn } from '../../publish/snapshot.js';
import { id, sql } from '../../sql/tag.js';

/** Something that says that two records are one. */
export interface Link {
  readonly left: string;
  readonly right: string;
  /** `phone = 4155550100`, where an identifier says it. */
  readonly identifier: string | null;
  /** `d_… of ann: the reason`, where people decided it. */
  readonly decision: string | null;
  /** Bits, and the probability that they make, where the attributes say it. */
  readonly weight: number | null;
  readonly probability: number | null;
}

/** A step by which a cluster came to be: the link that brought two groups of records together. */
export interface Merge extends Link {
  /** Records on the side of `left`, on the side of `right`, and from then on; those that are gone but were decided about count. */
  readonly sizes: readonly [number, number, number];
}

const link = z.object({
  left: z.string(),
  right: z.string(),
  identifier: z.string().nullable(),
  decision: z.string().nullable(),
  weight: z.number().nullable(),
  probability: z.number().nullable(),
});

/** How the records of one entity became one: by decisions first, then by identifiers, then by the strongest likeness. */
export async function mergesIn(reader: Reader, entity: string, key: string): Promise<readonly Merge[]> {
  const links = await linksOf(reader, entity, key);
  const gone = await reader.engine.rows(
    sql`SELECT DISTINCT record FROM ${id('identity', `${entity}_decisions`)} WHERE NOT known`,
    z.object({ record: z.string() }),
  );
  return gone.length === 0 ? mergesOf(links) : mergesOf(leading(mergesOf(links), new Set(gone.map((g) => g.record))));
}

/** All links between records of one entity that were followed, and decisions over records that are gone; in the order of `mergesIn`. */
async function linksOf({ engine, snapshot }: Reader, entity: string, key: string): Promise<readonly Link[]> {
  const said = sql`SELECT record, identifier, value FROM ${id('identity', `${entity}_links`)} WHERE ${id(`${entity}_key`)} = ${key} AND decision IN ('own', 'linked')`;
  // Records that say one value are a chain: each is linked with the next.
  const byIdentifiers = sql`SELECT record AS "left", lead(record) OVER (PARTITION BY identifier, value ORDER BY record) AS "right",
      identifier || ' = ' || value AS identifier, NULL::VARCHAR AS decision, NULL::DOUBLE AS weight, NULL::DOUBLE AS probability FROM (SELECT DISTINCT * FROM (${said}))
    QUALIFY "right" IS NOT NULL`;
  const mine = sql`SELECT record FROM ${id('gold', `${entity}_crosswalk`)} WHERE ${id(`${entity}_key`)} = ${key}`;
  const byDecisions = sql`SELECT min(record), max(record), NULL, decision_id || ' of ' || any_value(decided_by) || ': ' || any_value(why), NULL, NULL
    FROM ${id('identity', `${entity}_decisions`)} WHERE decision = 'same' AND (NOT known OR record IN (${mine})) GROUP BY decision_id HAVING count(*) = 2`;
  const byAttributes =
    publishedIn(snapshot, 'identity', `${entity}_matches`) === null
      ? sql``
      : sql`UNION ALL SELECT left_record, right_record, NULL, NULL, weight::DOUBLE, probability::DOUBLE FROM ${id('identity', `${entity}_matches`)}
          WHERE decision = 'linked' AND left_record IN (${mine}) AND right_record IN (${mine})`;
  return engine.rows(
    sql`SELECT * FROM (${byIdentifiers} UNION ALL ${byDecisions} ${byAttributes}) ORDER BY decision IS NULL, identifier IS NULL, weight DESC, identifier, "left", "right"`,
    link,
  );
}

/** Of links that go round nowhere those that lead from one record that is there to another: not those that end at one that is gone. */
function leading(links: readonly Link[], gone: ReadonlySet<string>): readonly Link[] {
  const ends = new Map<string, number>();
  for (const record of links.flatMap((l) => [l.left, l.right])) ends.set(record, (ends.get(record) ?? 0) + 1);
  const kept = links.filter(({ left, right }) => [left, right].every((record) => !gone.has(record) || ends.get(record) !== 1));
  return kept.length === links.length ? links : leading(kept, gone);
}

/** How links make one of many records, each step by the first link in order that joins what was apart. */
function mergesOf(links: readonly Link[]): readonly Merge[] {
  const groups = new Map<string, Set<string>>();
  const group = (record: string): Set<string> => groups.get(record) ?? new Set([record]);
  const merges: Merge[] = [];
  for (const one of links) {
    const [left, right] = [group(one.left), group(one.right)];
    if (left.has(one.right)) continue;
    const both = new Set([...left, ...right]);
    for (const record of both) groups.set(record, both);
    merges.push({ ...one, sizes: [left.size, right.size, both.size] });
  }
  return merges;
}

/** The steps from one record to another over the merges of their cluster; empty where there is no way. */
export function pathBetween(merges: readonly Link[], from: string, to: string): readonly Link[] {
  const ways = new Map<string, readonly Link[]>([[from, []]]);
  const queue = [from];
  for (let at = queue.shift(); at !== undefined; at = queue.shift()) {
    const way = ways.get(at) ?? [];
    if (at === to) return way;
    for (const one of merges) {
      const next = one.left === at ? one.right : one.right === at ? one.left : null;
      if (next === null || ways.has(next)) continue;
      ways.set(next, [...way, next === one.right ? one : { ...one, left: one.right, right: one.left }]);
      queue.push(next);
    }
  }
  return [];
}
