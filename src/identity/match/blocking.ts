import { hashed, readByAll } from '../../engine/functions.js';
import type { Sql } from '../../sql/tag.js';
import { id, join, sql } from '../../sql/tag.js';
import type { Matched } from './features.js';
import { sideOf } from './features.js';
import type { BlockingKey } from './kinds.js';
import { randomOf } from './random.js';

/*
 * Which records are compared at all. Comparing everybody with everybody is right and too much, so records are compared that have a key in
 * common: one that says enough by itself, or two that do together. Which rules are used follows from what they cost (pairs, counted in
 * the data) and what they are expected to find.
 */

/** Records with the same values of these keys are compared. */
export interface BlockingRule {
  readonly name: string;
  readonly keys: readonly { readonly attribute: Matched; readonly key: BlockingKey }[];
}

/** How many blocks (values that records share) have how many records. */
export interface BlockSizes {
  readonly rule: number;
  readonly size: number;
  readonly blocks: number;
}

/** A rule that is used. Blocks with more than `largest` records are left out. */
export interface ChosenRule {
  readonly rule: BlockingRule;
  readonly largest: number;
  readonly pairs: number;
  /** Blocks that are too large, and the records in them. */
  readonly cut: { readonly blocks: number; readonly records: number };
}

/** Every rule that could be used: keys that say enough alone, and every two keys of different attributes. */
export function candidateRules(attributes: readonly Matched[]): readonly BlockingRule[] {
  const keys = attributes.flatMap((attribute) => attribute.kind.keys.map((key) => ({ attribute, key })));
  const single = keys.filter(({ key }) => key.alone).map((k) => ({ name: label([k]), keys: [k] }));
  const plainKeys = keys.filter(({ key }) => key.list !== true);
  const double = plainKeys.flatMap((a, i) =>
    plainKeys
      .slice(i + 1)
      .filter((b) => b.attribute !== a.attribute)
      .map((b) => ({ name: label([a, b]), keys: [a, b] })),
  );
  return [...single, ...double];
}

function label(keys: BlockingRule['keys']): string {
  return keys.map(({ attribute, key }) => `${key.name} (${attribute.name})`).join(' and ');
}

/** The value by which a rule blocks a record, as SQL over a row of features. */
export function blockOf(rule: BlockingRule, alias: string, all: readonly Matched[]): Sql {
  const values = rule.keys.map(({ attribute, key }) => key.of(sideOf(alias, attribute, all)));
  const [only] = values;
  if (values.length === 1 && only !== undefined) return isOfList(rule) ? sql`unnest(${only})` : only;
  return sql`${join(values, " || '\u0001' || ")}`;
}

/** The column of `identity.<entity>_blocks` with the digests of a key. */
function keyedColumn(of: BlockingRule['keys'][number]): string {
  return label([of]);
}

/** The digest of a key of a row of features, null where it has none; of a key that is a list, the digests of its values. */
function keyDigest(of: BlockingRule['keys'][number], alias: string, all: readonly Matched[]): Sql {
  const value = of.key.of(sideOf(alias, of.attribute, all));
  const name = keyedColumn(of);
  return of.key.list === true
    ? sql`list_transform(list_distinct(${value}), lambda v: hash(v, ${name}))`
    : sql`CASE WHEN (${value}) IS NOT NULL THEN hash(${value}, ${name}) END`;
}

/** The digests of the blocks that a rule puts a row of features in, as one list: those by which `identity.<entity>_cuts` names blocks. */
export function blockDigests(rule: BlockingRule, alias: string, all: readonly Matched[]): Sql {
  const digests = rule.keys.map((key) => keyDigest(key, alias, all));
  if (isOfList(rule)) return sql`COALESCE(${join(digests)}, [])`;
  const block = digests.length === 1 ? join(digests) : sql`xor(${join(digests)})`;
  return sql`list_filter([${block}], lambda b: b IS NOT NULL)`;
}

/** The digests of the blocks of a rule that are too large to compare. */
export function cutsOf(cuts: Sql, rule: BlockingRule): Sql {
  return sql`(SELECT block FROM ${cuts} WHERE rule = ${rule.name})`;
}

/** The columns of the keys of rules, each once, with the key. */
function keyColumns(rules: readonly BlockingRule[]): ReadonlyMap<string, BlockingRule['keys'][number]> {
  return new Map(rules.flatMap((r) => r.keys.map((k) => [keyedColumn(k), k])));
}

/** The lot of a record: a number as good as drawn, that follows from what it is called alone. */
export function lotOf(record: Sql): Sql {
  return hashed(record);
}

/** Records with digests of the keys of rules, of each key its own: a SELECT of `nr`, `source`, `lot` and a column for each. */
export function keyed(features: Sql, rules: readonly BlockingRule[], all: readonly Matched[]): Sql {
  const columns = [...keyColumns(rules)].map(([name, key]) => sql`${keyDigest(key, 'f', all)} AS ${id(name)}`);
  return sql`SELECT ${join([sql`nr`, sql`source`, sql`${lotOf(sql`record`)} AS lot`, ...columns])} FROM ${features} f`;
}

/** Of records with keys, those of some rules. */
export function keyedBy(keys: Sql, rules: readonly BlockingRule[]): Sql {
  return sql`SELECT ${join([sql`nr`, sql`source`, sql`lot`, ...[...keyColumns(rules).keys()].map((name) => id(name))])} FROM ${keys}`;
}

/** Records with the digests of their blocks by a rule, and the rule by its place. @param keys a relation as `keyed` gives it */
function blocked(keys: Sql, rule: BlockingRule, place: number): Sql {
  const columns = rule.keys.map((k) => id(keyedColumn(k)));
  const block = isOfList(rule) ? sql`unnest(${join(columns)})` : columns.length === 1 ? join(columns) : sql`xor(${join(columns)})`;
  return sql`(SELECT * FROM (SELECT ${place}::UTINYINT AS rule, nr, source, lot, ${block} AS block FROM ${keys}) WHERE block IS NOT NULL)`;
}

/** Sizes of the blocks of all rules; of one in `thinning` blocks, where the data is large. */
export function blockSizes(keys: Sql, rules: readonly BlockingRule[], thinning: number): Sql {
  const parts = rules.map(
    (
      rule,
      i,
    ) => sql`SELECT ${i} AS rule, size, count(*)::DOUBLE AS blocks FROM (SELECT count(*)::DOUBLE AS size FROM ${blocked(keys, rule, i)}
      ${thinning === 1 ? sql`` : sql`WHERE block % ${thinning} = 0`} GROUP BY block HAVING count(*) > 1) GROUP BY size`,
  );
  return sql`SELECT * FROM (${join(parts, ' UNION ALL ')}) ORDER BY rule, size`;
}

/** Blocks with more records than this are never compared, however small the data is. */
const mostRecords = 5000;
/** Virtual true pairs on which rules are tried. */
const trials = 4000;
const mostRules = 24;

/** So many records (`count`) have these attributes. */
export interface Presence {
  readonly attributes: ReadonlySet<string>;
  readonly count: number;
}

/**
 * Chooses rules under a budget of pairs: again and again the one that is expected to find most for its pairs. What a rule finds is reckoned with
 * pairs of records that have what records have, and agree on each key as often as its kind says, and on keys of one attribute together.
 */
export function chooseRules(
  rules: readonly BlockingRule[],
  sizes: readonly BlockSizes[],
  present: readonly Presence[],
  budget: number,
): readonly ChosenRule[] {
  const costs = rules.map((_, i) =>
    cost(
      sizes.filter((s) => s.rule === i),
      budget / 4,
    ),
  );
  const hits = simulate(rules, present);
  const thrifty = chooseBy(rules, costs, hits, budget, budget / 1000);
  // Where rules run out before pairs do, each may have its part of them.
  return thrifty.length < mostRules ? thrifty : chooseBy(rules, costs, hits, budget, budget / mostRules);
}

/** @param each what a rule costs, in pairs, beside those that it finds */
function chooseBy(
  rules: readonly BlockingRule[],
  costs: readonly Cost[],
  hits: readonly Uint8Array[],
  budget: number,
  each: number,
): readonly ChosenRule[] {
  const found = new Uint8Array(trials);
  const chosen: ChosenRule[] = [];
  const left = new Set(rules.keys());
  let spent = 0;
  while (chosen.length < mostRules) {
    let best: { readonly i: number; readonly gain: number; readonly worth: number } | null = null;
    for (const i of left) {
      const price = costs[i];
      if (price === undefined || price.pairs === 0 || spent + price.pairs > budget) continue;
      let gain = 0;
      for (let t = 0; t < trials; t++) if (found[t] === 0 && hits[i]?.[t] === 1) gain++;
      gain *= price.kept;
      const worth = gain / (price.pairs + each);
      if (gain >= trials / 5000 && (best === null || worth > best.worth)) best = { i, gain, worth };
    }
    if (best === null) break;
    left.delete(best.i);
    const [rule, price] = [rules[best.i], costs[best.i]];
    if (rule === undefined || price === undefined) break;
    for (let t = 0; t < trials; t++) if (hits[best.i]?.[t] === 1) found[t] = 1;
    chosen.push({ rule, largest: price.largest, pairs: price.pairs, cut: price.cut });
    spent += price.pairs;
  }
  return chosen;
}

interface Cost {
  readonly pairs: number;
  readonly largest: number;
  /** Share of the pairs that are kept when too large blocks are left out, by records. */
  readonly kept: number;
  readonly cut: ChosenRule['cut'];
}

/** The pairs of a rule, with the largest blocks left out until they fit. */
function cost(sizes: readonly BlockSizes[], most: number): Cost {
  let [pairs, largest, records, cutBlocks, cutRecords] = [0, 0, 0, 0, 0];
  for (const { size, blocks } of [...sizes].sort((a, b) => a.size - b.size)) {
    const more = (blocks * size * (size - 1)) / 2;
    if (cutBlocks > 0 || size > mostRecords || pairs + more > most) {
      cutBlocks += blocks;
      cutRecords += blocks * size;
    } else {
      pairs += more;
      largest = size;
      records += blocks * size;
    }
  }
  return { pairs, largest, kept: records / (records + cutRecords || 1), cut: { blocks: cutBlocks, records: cutRecords } };
}

/** For every rule, in which of the virtual true pairs both records have the same values of its keys. */
function simulate(rules: readonly BlockingRule[], present: readonly Presence[]): readonly Uint8Array[] {
  const random = randomOf('blocking');
  let records = 0;
  const upTo = present.map(({ count }) => (records += count));
  const drawn = (): ReadonlySet<string> => {
    const place = random() * records;
    return present[upTo.findIndex((n) => place < n)]?.attributes ?? new Set();
  };
  const pairs = Array.from({ length: trials }, () => [drawn(), drawn()] as const);
  const attributes = [...new Set(rules.flatMap((r) => r.keys.map((k) => k.attribute.name)))];
  const draws = new Map(attributes.map((name) => [name, Float64Array.from({ length: trials }, () => random())]));
  // Some pairs were written down with more care than others: in the worst, what agrees is what would agree four times in a row.
  const care = Float64Array.from({ length: trials }, () => 1 + 3 * random());
  return rules.map(({ keys }) => {
    const hit = new Uint8Array(trials).fill(1);
    for (const { attribute, key } of keys) {
      const draw = draws.get(attribute.name);
      for (const [t, [l, r]] of pairs.entries()) {
        if ((draw?.[t] ?? 1) >= key.agrees ** (care[t] ?? 1) || !l.has(attribute.name) || !r.has(attribute.name)) hit[t] = 0;
      }
    }
    return hit;
  });
}

/** Which pairs are of interest: any, those of different sources, or those of one source. */
export type Within = 'all' | 'between_sources' | 'within_sources';

export function sourceCondition(within: Within): Sql {
  if (within === 'all') return sql`TRUE`;
  return within === 'between_sources' ? sql`l.source <> r.source` : sql`l.source = r.source`;
}

/** Where blocks are told by. */
interface Blocks {
  /** `identity.<entity>_blocks`: every record with the keys of the rules. */
  readonly keys: Sql;
  /** `identity.<entity>_cuts`. */
  readonly cuts: Sql;
}

/** `identity.<entity>_cuts`: the blocks that are too large to compare, by the name of the rule, with the lot up to which a record is a landmark of its block. */
export function makeCuts({ keys, cuts }: Blocks, chosen: readonly ChosenRule[]): readonly Sql[] {
  const rules = chosen.map(({ rule }) => rule);
  return [
    sql`CREATE OR REPLACE TABLE ${cuts} (rule VARCHAR, block UBIGINT, landmarks UBIGINT)`,
    ...chosen.map(({ rule, largest }, i) => cut(cuts, rules, blocked(keys, rule, i), largest)),
  ];
}

/**
 * Of a block that is too large to compare, so many records are landmarks: they are compared all the same with those of the block that share a key of another attribute too. Where the
 * block is one entity with very many records, they hold it together, and where it is a placeholder or a usual name, hardly anybody shares more.
 */
const landmarks = 8;

/** Leaves out those blocks that have more records than this. */
function cut(cuts: Sql, rules: readonly BlockingRule[], blocks: Sql, largest: number): Sql {
  const names = rules.map((rule) => rule.name);
  return sql`INSERT INTO ${cuts} SELECT ${names}[rule + 1], block, min(lot, ${landmarks})[-1] FROM ${blocks}
    WHERE block IN (SELECT block FROM ${blocks} GROUP BY block HAVING count(*) > ${largest}) GROUP BY rule, block ORDER BY rule, block`;
}

/**
 * Pairs that rules find, once for each rule; blocks of new records, and who is in them; pairs of landmarks: temporary tables that are gone when `candidates` is there. A block
 * is of one rule, as the digests of keys tell apart whose they are.
 */
const found = sql`found`;
const fresh = sql`fresh`;
const met = sql`met`;
const marked = sql`marked`;

/** The cuts once more: the engine takes for empty whatever the open transaction wrote, and would put the larger of two relations into memory, if only the smaller one looked large. */
const leftOut = sql`left_out`;

function leaveOut(cuts: Sql): Sql {
  return sql`CREATE OR REPLACE TEMP TABLE ${leftOut} AS FROM ${cuts}`;
}

/**
 * Makes `candidates`: every pair of records that a rule finds, once (`l` < `r`, by number), with the rules that found it as bits (`rules`).
 * @param everything whether pairs that no rule finds are candidates too
 */
export function findCandidates(
  { keys, cuts }: Blocks,
  chosen: readonly Pick<ChosenRule, 'rule'>[],
  within: Within,
  everything: boolean,
): readonly Sql[] {
  const wanted = sql`l.nr < r.nr AND ${sourceCondition(within)}`;
  const rules = chosen.map(({ rule }) => rule);
  // One rule after the other: of all records, each finds as much as fits into memory.
  const byRule = rules.flatMap((rule, i) => [
    meeting(sql`SELECT * FROM ${blocked(keys, rule, i)} WHERE block NOT IN ${cutsOf(cuts, rule)}`, wanted, isOfList(rule)),
    sql`CREATE OR REPLACE TEMP TABLE ${met} AS SELECT * FROM ${blocked(keys, rule, i)} WHERE block IN ${cutsOf(cuts, rule)}`,
    markedIn(rules, 0),
  ]);
  return gathered(keys, [leaveOut(cuts), ...byRule], alikeOfMarked(keys, rules, within, 0), everything ? wanted : null);
}

/**
 * Makes `candidates` of pairs of which one record is new, or both are. Blocks are left out that new records make larger than what is ever compared: a
 * single value that a source gives to everybody would otherwise make a run as large as the square of it. Pairs that were weighed before stay.
 * @param from records with at least this number are new
 */
export function findNewCandidates(
  { keys, cuts }: Blocks,
  chosen: readonly Pick<ChosenRule, 'rule'>[],
  within: Within,
  everything: boolean,
  from: number,
): readonly Sql[] {
  const wanted = sql`l.nr < r.nr AND r.nr >= ${from} AND ${sourceCondition(within)}`;
  const rules = chosen.map(({ rule }) => rule);
  const openBy = (cuts: Sql): Sql => sql`SELECT * FROM ${met} WHERE block NOT IN (SELECT block FROM ${cuts})`;
  // Of many records a text more is much more.
  const columns = within === 'all' ? sql`* EXCLUDE (source)` : sql`*`;
  const ofNew = sql`(SELECT * FROM ${keys} WHERE nr >= ${from})`;
  // All rules at once: of few records, most of what a statement takes is its start.
  const all = [
    // A table of its own, as the engine would else take it for the larger of the two.
    sql`CREATE OR REPLACE TEMP TABLE ${fresh} AS ${join(
      rules.map((rule, i) => sql`SELECT rule, block FROM ${blocked(ofNew, rule, i)}`),
      ' UNION ALL ',
    )}`,
    sql`CREATE OR REPLACE TEMP TABLE ${met} AS ${join(
      rules.map(
        (rule, i) => sql`SELECT ${columns} FROM ${blocked(keys, rule, i)} WHERE block IN (SELECT block FROM ${fresh} WHERE rule = ${i})`,
      ),
      ' UNION ALL ',
    )}`,
    cut(cuts, rules, sql`(${openBy(cuts)})`, mostRecords),
    leaveOut(cuts),
    meeting(openBy(leftOut), wanted, rules.some(isOfList)),
    markedIn(rules, from),
  ];
  return gathered(keys, rules.length === 0 ? [] : all, alikeOfMarked(keys, rules, within, from), everything ? wanted : null);
}

/** Whether a rule goes by a key that is a list, so that a record may be in several of its blocks. Such a key stands alone. */
function isOfList({ keys }: BlockingRule): boolean {
  return keys[0]?.key.list === true;
}

/** Puts the pairs of landmarks in blocks that are cut, of which `met` has the records, into `marked`. */
function markedIn(rules: readonly BlockingRule[], from: number): Sql {
  const attributes = rules.map(({ keys }) => new Set(keys.filter(({ key }) => key.list !== true).map(({ attribute }) => attribute)).size);
  return sql`INSERT INTO ${marked}
    WITH marks AS MATERIALIZED (SELECT m.nr, m.block FROM ${met} m JOIN ${leftOut} c ON c.block = m.block WHERE m.lot <= c.landmarks)
    SELECT least(l.nr, r.nr), greatest(l.nr, r.nr), ${attributes}[r.rule + 1] FROM ${met} r JOIN marks l ON l.block = r.block
    WHERE l.nr <> r.nr AND (l.nr >= ${from} OR r.nr >= ${from})`;
}

/** Puts those pairs of landmarks into `found`, as found by no rule, that share a key of one attribute more than a rule goes by. */
function alikeOfMarked(keys: Sql, rules: readonly BlockingRule[], within: Within, from: number): Sql {
  const plain = [...keyColumns(rules)].filter(([, { key }]) => key.list !== true);
  const shared = [...new Set(plain.map(([, { attribute }]) => attribute))].map((of) => {
    const same = plain.filter(([, { attribute }]) => attribute === of).map(([name]) => sql`l.${id(name)} = r.${id(name)}`);
    return sql`COALESCE(${join(same, ' OR ')}, FALSE)::INTEGER`;
  });
  return sql`INSERT INTO ${found} SELECT l.nr, r.nr, 0 FROM (SELECT l, r, min(blocked_by) AS blocked_by FROM ${marked} GROUP BY l, r) p
    JOIN ${keys} l ON l.nr = p.l JOIN (SELECT * FROM ${keys} WHERE nr >= ${from}) r ON r.nr = p.r
    WHERE ${join([sql`0`, ...shared], ' + ')} > p.blocked_by AND ${sourceCondition(within)}`;
}

/** Puts the pairs of records that are together in a block into `found`. @param open records with the blocks that are compared @param again whether a pair may be in several of a rule */
function meeting(open: Sql, wanted: Sql, again: boolean): Sql {
  return sql`INSERT INTO ${found} WITH open AS MATERIALIZED (${open})
    SELECT ${again ? sql`DISTINCT` : sql``} l.nr, r.nr, 1::UINTEGER << l.rule FROM open l JOIN open r ON l.block = r.block WHERE ${wanted}`;
}

/** All that rules find, once. @param everything which pairs that no rule finds are candidates too */
function gathered(keys: Sql, byRules: readonly Sql[], ofLandmarks: Sql, everything: Sql | null): readonly Sql[] {
  return [
    sql`CREATE OR REPLACE TEMP TABLE ${found} (l INTEGER, r INTEGER, rules UINTEGER)`,
    sql`CREATE OR REPLACE TEMP TABLE ${marked} (l INTEGER, r INTEGER, blocked_by INTEGER)`,
    ...byRules,
    ofLandmarks,
    ...(everything === null ? [] : [sql`INSERT INTO ${found} SELECT l.nr, r.nr, 0 FROM ${keys} l JOIN ${keys} r ON ${everything}`]),
    sql`CREATE OR REPLACE TEMP TABLE candidates AS SELECT l, r, bit_or(rules) AS rules FROM ${readByAll(found)} GROUP BY l, r`,
    ...[found, fresh, met, marked, leftOut].map((table) => sql`DROP TABLE IF EXISTS ${table}`),
  ];
}
