import { z } from 'zod';
import { OnefoldError } from '../../base/errors.js';
import type { Row } from '../../engine/engine.js';
import { blockDigests, cutsOf } from '../../identity/match/blocking.js';
import { rulesOf } from '../../identity/match/extent.js';
import type { MatchModel } from '../../identity/match/model.js';
import { attributesOf } from '../../identity/match/model.js';
import type { Waterfall } from '../../identity/match/waterfall.js';
import { blocksOf, comparedShape, comparison, waterfallOf } from '../../identity/match/waterfall.js';
import type { Reader } from '../../publish/reader.js';
import { id, join, sql } from '../../sql/tag.js';
import { publishedModel } from './matched.js';
import type { Link } from './merges.js';
import { mergesIn, pathBetween } from './merges.js';

/** A record, and the key of the entity that it belongs to. */
export interface Side {
  readonly record: string;
  readonly key: string;
}

/** Whether a blocking rule finds a pair, by the values that it goes by. */
export interface RuleApplied {
  readonly rule: string;
  /** Null where a record has no such value. A rule that goes by several values at once shows them apart by `|`. */
  readonly left: string | null;
  readonly right: string | null;
  readonly shared: boolean;
  /** Records that have the shared value now, where it is one. */
  readonly records: number | null;
  /** Values that more records had when the model was learned are left out until it is learned anew, as are those that very many have come to share since. */
  readonly largest: number;
  readonly finds: boolean;
}

/** A decision of people that keeps two entities apart. */
export interface Parting {
  readonly decision_id: string;
  readonly decision: string;
  readonly decided_by: string;
  readonly why: string;
}

/** Why two records are one, or why they are not, all of it from the published snapshot. */
export interface PairExplanation {
  readonly entity: string;
  readonly left: Side;
  readonly right: Side;
  readonly same: boolean;
  /** How many pairs were looked at, where keys were asked for: the strongest is shown. */
  readonly pairs: number;
  /** What was decided of the pair by its attributes (`identity.<entity>_matches`); null where it was never near. */
  readonly decision: string | null;
  /** What the attributes say; null where the entity is not matched by attributes. */
  readonly waterfall: Waterfall | null;
  /** Whether every pair of records is compared; blocking rules decide it otherwise. */
  readonly everything: boolean;
  readonly rules: readonly RuleApplied[];
  /** What people decided that keeps their entities apart. */
  readonly parted: readonly Parting[];
  /** Identifiers that both speak of, with what each says and what was decided of it. */
  readonly identifiers: readonly Row[];
  /** From the one record to the other, over the strongest links of their entity; empty where they are apart. */
  readonly path: readonly Link[];
  /** Golden values that come from either of the two records. */
  readonly golden: readonly Row[];
}

/**
 * Explains why two records are one, or not. Each side is a record (`source.stream:id`), its id, or a key (an old one too); of keys, the pair
 * of records that is most alike stands for all.
 * @throws OnefoldError `NOT_FOUND`, `USAGE`
 */
export async function explainPair(reader: Reader, asked: readonly [string, string]): Promise<PairExplanation> {
  const { engine, snapshot } = reader;
  for (const { name: entity } of snapshot.entities) {
    const [lefts, rights] = [await sidesOf(reader, entity, asked[0]), await sidesOf(reader, entity, asked[1])];
    if (lefts.length === 0 || rights.length === 0) continue;
    const published = await publishedModel(reader, entity);
    const model = published?.model ?? null;
    const everything = published?.report.everything ?? false;
    const pairs = lefts.flatMap((left) => rights.filter((right) => right.record !== left.record).map((right) => ({ left, right })));
    const [first] = pairs;
    if (first === undefined) throw new OnefoldError('USAGE', 'both are one record', { hint: 'Give two records, or two keys.' });
    const strongest = model === null ? null : await strongestOf(reader, entity, model, lefts, rights);
    const { left, right } = pairs.find((p) => p.left.record === strongest?.left && p.right.record === strongest.right) ?? first;
    const key = id(`${entity}_key`);
    const same = left.key === right.key;
    const both = [left.record, right.record];
    const records = sql`(${join(both.map((r) => sql`${r}`))})`;
    return {
      entity,
      left,
      right,
      same,
      pairs: pairs.length,
      decision: model === null ? null : await decisionOf(reader, entity, both),
      waterfall: strongest?.waterfall ?? null,
      everything,
      parted: same ? [] : await partedBy(reader, entity, left.key, right.key),
      rules: model === null || everything ? [] : await rulesFor(reader, entity, model, left.record, right.record),
      identifiers: (
        await engine.table(sql`WITH said AS (SELECT record, identifier, value, decision FROM ${id('identity', `${entity}_links`)} WHERE record IN ${records})
          SELECT identifier, l.value AS "left", l.decision AS left_decision, r.value AS "right", r.decision AS right_decision
          FROM said l JOIN said r USING (identifier) WHERE l.record = ${left.record} AND r.record = ${right.record}
          ORDER BY l.value <> r.value, identifier, l.value, r.value`)
      ).rows,
      path: same ? pathBetween(await mergesIn(reader, entity, left.key), left.record, right.record) : [],
      golden: (
        await engine.table(
          sql`SELECT ${key}, field, value, record, rule FROM ${id('gold', `${entity}_provenance`)} WHERE record IN ${records} ORDER BY ${key}, field`,
        )
      ).rows,
    };
  }
  throw new OnefoldError('NOT_FOUND', `no entity has both \`${asked[0]}\` and \`${asked[1]}\``, {
    hint: `Give two records (\`source.stream:id\`) or keys of one entity${snapshot.entities.map((e) => ` (\`${e.prefix}_…\`)`).join('')}.`,
  });
}

/** The records that are meant: one, or those of a key. */
async function sidesOf({ engine }: Reader, entity: string, asked: string): Promise<readonly Side[]> {
  const key = id(`${entity}_key`);
  const crosswalk = id('gold', `${entity}_crosswalk`);
  const found = await engine.rows(
    sql`SELECT record, ${key} AS key FROM (
        SELECT *, CASE WHEN record = ${asked} THEN 1 WHEN ${key} = ${asked} THEN 2
          WHEN ${key} IN (SELECT ${key} FROM ${id('gold', `${entity}_redirects`)} WHERE old_key = ${asked}) THEN 3 WHEN record_id = ${asked} THEN 4 END AS place FROM ${crosswalk})
      WHERE place IS NOT NULL QUALIFY place = min(place) OVER () ORDER BY record`,
    z.object({ record: z.string(), key: z.string() }),
  );
  const several = new Set(found.map((f) => f.key)).size > 1;
  if (several)
    throw new OnefoldError('USAGE', `\`${asked}\` is the id of several records`, {
      hint: `Say which: ${found
        .slice(0, 5)
        .map((f) => f.record)
        .join(', ')}.`,
    });
  return found;
}

/** Of the pairs of two lists of records, the one that is most alike, taken apart; null where none of them was ever compared by attributes. */
export async function strongestOf(
  { engine }: Pick<Reader, 'engine'>,
  entity: string,
  model: MatchModel,
  lefts: readonly Pick<Side, 'record'>[],
  rights: readonly Pick<Side, 'record'>[],
) {
  const attributes = attributesOf(model);
  const features = id('identity', `${entity}_features`);
  const those = (sides: readonly Pick<Side, 'record'>[]) => sql`(${join(sides.map((s) => sql`${s.record}`))})`;
  const rows = await engine.rows(
    sql`SELECT l.record AS "left", r.record AS "right", ${comparison(attributes, 'l', 'r')} FROM ${features} l JOIN ${features} r
      ON l.record <> r.record WHERE l.record IN ${those(lefts)} AND r.record IN ${those(rights)} ORDER BY l.record, r.record`,
    comparedShape.extend({ left: z.string(), right: z.string() }),
  );
  const waterfall = waterfallOf(model);
  return rows
    .map((row) => ({ left: row.left, right: row.right, waterfall: waterfall(row) }))
    .reduce<{ readonly left: string; readonly right: string; readonly waterfall: Waterfall } | null>(
      (best, one) => (best === null || one.waterfall.weight > best.waterfall.weight ? one : best),
      null,
    );
}

async function decisionOf({ engine }: Reader, entity: string, both: readonly string[]): Promise<string | null> {
  const [row] = await engine.rows(
    sql`SELECT decision FROM ${id('identity', `${entity}_matches`)} WHERE list_sort([left_record, right_record]) = list_sort(${both}::VARCHAR[])`,
    z.object({ decision: z.string() }),
  );
  return row?.decision ?? null;
}

/** The decisions of which one entity is in one part, and the other in another. */
async function partedBy({ engine }: Reader, entity: string, left: string, right: string): Promise<readonly Parting[]> {
  const side = (key: string) =>
    sql`SELECT d.* FROM ${id('identity', `${entity}_decisions`)} d JOIN ${id('gold', `${entity}_crosswalk`)} USING (record) WHERE ${id(`${entity}_key`)} = ${key} AND decision IN ('different', 'split')`;
  return engine.rows(
    sql`SELECT DISTINCT decision_id, l.decision, l.decided_by, l.why FROM (${side(left)}) l JOIN (${side(right)}) r USING (decision_id) WHERE l.part <> r.part ORDER BY decision_id`,
    z.object({ decision_id: z.string(), decision: z.string(), decided_by: z.string(), why: z.string() }),
  );
}

const blocks = z.object({ record: z.string(), rule: z.number(), blocks: z.array(z.string()), digests: z.array(z.string()) });

async function rulesFor({ engine }: Reader, entity: string, model: MatchModel, left: string, right: string): Promise<RuleApplied[]> {
  const attributes = attributesOf(model);
  const features = id('identity', `${entity}_features`);
  const rules = rulesOf(model);
  if (rules.length === 0) return [];
  const listed = rules.map(
    ({ rule }, i) =>
      sql`SELECT record, ${i} AS rule, ${blocksOf(rule, 'f', attributes)} AS blocks, ${blockDigests(rule, 'f', attributes)}::VARCHAR[] AS digests FROM ${features} f WHERE record IN (${left}, ${right})`,
  );
  const found = await engine.rows(join(listed, ' UNION ALL '), blocks);
  const of = (record: string, rule: number, what: 'blocks' | 'digests'): readonly string[] =>
    found.find((f) => f.record === record && f.rule === rule)?.[what] ?? [];
  const both = (rule: number, what: 'blocks' | 'digests'): readonly string[] =>
    of(left, rule, what).filter((block) => of(right, rule, what).includes(block));
  const counts = rules.flatMap(({ rule }, i) => {
    const shared = both(i, 'blocks');
    if (shared.length === 0) return [];
    const sizes = sql`SELECT block, count(*) AS n FROM (SELECT unnest(${blocksOf(rule, 'f', attributes)}) AS block FROM ${features} f)
      WHERE list_contains(${shared}::VARCHAR[], block) GROUP BY block`;
    const open = sql`EXISTS (FROM unnest(${both(i, 'digests')}::UBIGINT[]) t(block) WHERE block NOT IN ${cutsOf(id('identity', `${entity}_cuts`), rule)})`;
    return [sql`SELECT ${i} AS rule, (SELECT min(n)::INTEGER FROM (${sizes})) AS records, ${open} AS finds`];
  });
  const shape = z.object({ rule: z.number(), records: z.number(), finds: z.boolean() });
  const sizes = counts.length === 0 ? [] : await engine.rows(join(counts, ' UNION ALL '), shape);
  return rules.map(({ rule, largest }, i) => {
    const shared = sizes.find((s) => s.rule === i);
    return {
      rule: rule.name,
      left: spelled(of(left, i, 'blocks')),
      right: spelled(of(right, i, 'blocks')),
      shared: shared !== undefined,
      records: shared?.records ?? null,
      largest,
      finds: shared?.finds ?? false,
    };
  });
}

/** Blocks as people read them; null where there are none. */
function spelled(list: readonly string[]): string | null {
  return list.length === 0 ? null : list.map((block) => block.replaceAll('\u0001', ' | ')).join(', ');
}
