import type { Entity } from '../../config/project.js';
import { hashed, log2, readByAll } from '../../engine/functions.js';
import { partsOf } from '../../sql/parts.js';
import type { Sql } from '../../sql/tag.js';
import { id, join, sql } from '../../sql/tag.js';
import { current, identityTable, isOfOthers, otherRecords, recordName } from '../evidence.js';
import { partOfName } from './attributes/name.js';
import type { AttributeKind, Once, Side } from './kinds.js';
import { eachTime, knowsOne } from './kinds.js';

/** An attribute by which records are matched. */
export interface Matched {
  readonly name: string;
  readonly kind: AttributeKind;
  /** The attribute with whole names that it is read from where a record has no value of its own. */
  readonly partOf?: string | undefined;
}

/**
 * Attributes as they count where they are few. Where there is one only, nothing tells whether a value that many records have is a common one, or one thing that is there as often. Where there
 * are two, nothing teaches it of names that are there to tell things apart, and they are mostly the latter.
 */
export function asFew(attributes: readonly Matched[]): readonly Matched[] {
  const counts = ({ kind }: Matched): boolean => attributes.length > 2 || (attributes.length === 2 && !knowsOne(kind));
  return attributes.map((a) => (counts(a) ? a : { ...a, kind: { ...a.kind, rarity: null } }));
}

/** The column of a feature. */
export function featureColumn(attribute: string, feature: string): string {
  return `${attribute}.${feature}`;
}

/** How predicates reach the features of one side of a pair. */
export function sideOf(alias: string, attribute: Matched, all: readonly Matched[]): Side {
  return (feature, kind) => {
    const of = kind === undefined ? attribute : all.find((a) => a.kind.name === kind);
    return of === undefined ? sql`NULL::VARCHAR` : id(alias, featureColumn(of.name, feature));
  };
}

/*
 * The features of records are kept from run to run: only those of new records, and of those whose values are others, are made. What rare
 * values tell is kept with them, so that a record weighs the same whenever it comes.
 */

/** Where the newest values of records wait. */
const values = sql`raw_values`;

/** The column of a value, before anything is made of it: an attribute may be called as what stands beside it. */
export function rawOf({ name }: Matched): Sql {
  return id(featureColumn(name, 'raw'));
}

/** The value of an attribute, or else its part of the whole name. @param of the value of an attribute, null where it is missing */
export function withPart({ name, kind, partOf }: Matched, of: (attribute: string) => Sql): Sql {
  return partOf === undefined ? of(name) : sql`COALESCE(NULLIF(trim(${of(name)}), ''), ${partOfName(kind.name, of(partOf))})`;
}

/** Changes with the way in which features are made and records are compared and weighed, so that nothing is kept that was made otherwise. */
export const matchingVersion = 14;

/** Whether the content of `identity.<entity>_features` is told by a column: all others follow from these. */
export function tellsFeatures(column: string): boolean {
  return ['nr', 'record', 'digest'].includes(column) || /[.](rare|whole)$/.test(column);
}

/**
 * The newest row of records, its attributes as text, with a digest of them: temporary table `raw_values`.
 * @param anew whether of all records; else of those that are other than before
 */
export function gatherValues(entity: Entity, attributes: readonly Matched[], anew: boolean): readonly Sql[] {
  const parts = entity.records
    .filter((r) => r.role === 'record')
    .map((r) => {
      const textOf = (name: string): Sql => {
        const column = r.attributes[name];
        return sql`${column === undefined ? sql`NULL` : id(column)}::VARCHAR`;
      };
      const texts = attributes.map((a) => sql`${withPart(a, textOf)} AS ${rawOf(a)}`);
      const newest = r.recency === undefined ? sql`_key` : sql`${id(r.recency)} DESC NULLS LAST, _key`;
      const one = r.unique ? sql`` : sql`QUALIFY row_number() OVER (PARTITION BY ${id(r.id ?? '_key')} ORDER BY ${newest}) = 1`;
      return sql`SELECT ${recordName(r)} AS record, ${r.source}::VARCHAR AS source, ${join(texts)} FROM ${current(r)}
        WHERE ${id(r.id ?? '_key')} IS NOT NULL AND ${anew ? sql`TRUE` : isOfOthers(r)} ${one}`;
    });
  return [
    sql`CREATE OR REPLACE TEMP TABLE ${values} AS SELECT *, ${hashed(join([sql`source`, ...attributes.map(rawOf)]))} AS digest FROM (${join(parts, ' UNION ALL ')})`,
  ];
}

/** How many records wait in `raw_values`: one row. */
export function countValues(): Sql {
  return sql`SELECT count(*)::DOUBLE AS records FROM ${values}`;
}

/** Takes features of records that are gone or other than before away; they are in `stale` (`nr`, `record`), and what is new stays in `raw_values`. */
export function dropStale(entity: Entity): readonly Sql[] {
  const features = identityTable(entity, 'features');
  return [
    sql`CREATE OR REPLACE TEMP TABLE stale AS SELECT f.nr, f.record, COALESCE(f.digest = v.digest, FALSE) AS stands FROM ${features} f JOIN ${otherRecords} USING (record)
      LEFT JOIN ${values} v USING (record)`,
    // A record may have changed in what it is not compared by.
    sql`DELETE FROM ${values} WHERE record IN (SELECT record FROM stale WHERE stands)`,
    sql`DELETE FROM stale WHERE stands`,
    sql`DELETE FROM ${features} WHERE nr IN (SELECT nr FROM stale)`,
  ];
}

/**
 * `identity.<entity>_features`: one row per record, with a number, and what its attributes are compared by. Every feature is made once per
 * distinct value. Where rare values tell more, `rare` says how much: log2 of one by the share of records that have it by chance.
 * @param from the first number that is given; null to make all anew, and to count how frequent values are
 * @param records how many records `raw_values` has
 */
export function makeFeatures(
  entity: Entity,
  attributes: readonly Matched[],
  from: number | null,
  records: number,
  parts = partsOf(records),
): readonly Sql[] {
  const features = identityTable(entity, 'features');
  const frequencies = identityTable(entity, 'frequencies');
  const first = from ?? 0;
  // Where it is made in one go, in this very statement: what is compared later is found quickly as the rows come in the order of their numbers.
  const numbers = sql`(SELECT (${first} + row_number() OVER (ORDER BY record) - 1)::INTEGER AS nr, * FROM ${values})`;
  const made = (select: Sql, part: number): Sql =>
    from === null && part === 0 ? sql`CREATE OR REPLACE TABLE ${features} AS ${select}` : sql`INSERT INTO ${features} ${select}`;
  return [
    ...attributes.map(distinctValues),
    ...(from === null
      ? [
          sql`CREATE OR REPLACE TABLE ${frequencies} (attribute VARCHAR, part VARCHAR, value VARCHAR, bits DOUBLE)`,
          ...attributes.flatMap((a) => countFrequencies(a, frequencies)),
        ]
      : []),
    ...attributes.flatMap((a) => [...dictionary(a, frequencies, parts), sql`DROP TABLE ${id(`distinct_${a.name}`)}`]),
    ...(parts === 1
      ? [made(fromDictionaries(attributes, numbers, false), 0)]
      : [
          sql`CREATE OR REPLACE TEMP TABLE ${numbered} AS SELECT * FROM ${numbers}`,
          ...Array.from({ length: parts }, (_, part) => {
            const begin = first + Math.floor((part * records) / parts);
            const end = first + Math.floor(((part + 1) * records) / parts);
            const some = sql`(SELECT * FROM ${numbered} WHERE nr >= ${begin} AND nr < ${end})`;
            return made(fromDictionaries(attributes, some, true), part);
          }),
          sql`DROP TABLE ${numbered}`,
        ]),
    ...attributes.map((a) => sql`DROP TABLE ${id(`dictionary_${a.name}`)}`),
    sql`DROP TABLE ${values}`,
  ];
}

/** The values of records that have their numbers. */
const numbered = sql`numbered_values`;

/** Records with what the dictionaries say of their values; of a part of them by what they say of that part only, as all dictionaries are joined at once. */
function fromDictionaries(attributes: readonly Matched[], records: Sql, isPart: boolean): Sql {
  const columns = attributes.flatMap((a) =>
    featuresOf(a).map((f) => sql`${id(`dictionary_${a.name}`, f)} AS ${id(featureColumn(a.name, f))}`),
  );
  const joins = attributes.map((a) => {
    const known = id(`dictionary_${a.name}`);
    const needed = isPart ? sql`(SELECT * FROM ${known} WHERE raw IN (SELECT ${rawOf(a)} FROM ${records})) ${known}` : known;
    return sql`LEFT JOIN ${needed} ON ${known}.raw = ${rawOf(a)}`;
  });
  return sql`SELECT v.nr, v.record, v.source, v.digest, ${join(columns)} FROM ${isPart ? readByAll(records) : records} v ${join(joins, ' ')}`;
}

/**
 * What is made of the values of some attributes: `columns` of a relation that has the columns of `from` too. A piece that several features are made
 * of is a column of a layer below them, as the engine would else work it out for each.
 * @param from a relation with the value of each as text (`rawOf`)
 */
export function madeOf(
  attributes: readonly Matched[],
  from: Sql,
): { readonly relation: Sql; readonly columns: readonly { readonly attribute: Matched; readonly feature: string; readonly made: Sql }[] } {
  const layers: Sql[][] = [];
  const columns = attributes.flatMap((attribute, nr) => {
    let depth = 0;
    const once: Once = (piece) => {
      const name = id(`piece ${nr}.${depth}`);
      const layer = layers[depth] ?? [];
      layers[depth] = layer;
      layer.push(sql`${piece} AS ${name}`);
      depth += 1;
      return name;
    };
    return Object.entries(attribute.kind.features(rawOf(attribute), once)).map(([feature, made]) => ({ attribute, feature, made }));
  });
  return { relation: layers.reduce((below, layer) => sql`(SELECT *, ${join(layer)} FROM ${below})`, from), columns };
}

/** All features of an attribute, those that are the same for all kinds included. */
export function featuresOf(attribute: Matched): readonly string[] {
  const own = Object.keys(attribute.kind.features(sql`raw`, eachTime));
  return [...own, ...(isListed(attribute) ? ['tokens', 'whole'] : []), ...(attribute.kind.rarity === null ? [] : ['rare'])];
}

/** Whether the words of an attribute are weighed one by one. */
export function isListed({ kind }: Matched): boolean {
  return Object.hasOwn(kind.features(sql`raw`, eachTime), 'list');
}

/**
 * The distinct values of one attribute, how many records have each, and what is made from it; those of which nothing is made too. They are left out by who reads them, as the
 * engine would else make each value's features a second time, to see which is one.
 */
function distinctValues(attribute: Matched): Sql {
  const value = rawOf(attribute);
  const { relation, columns } = madeOf(
    [attribute],
    sql`(SELECT ${value}, count(*) AS n FROM ${values} WHERE ${value} IS NOT NULL GROUP BY ALL)`,
  );
  const made = columns.map((c) => sql`${c.made} AS ${id(c.feature)}`);
  return sql`CREATE OR REPLACE TEMP TABLE ${id(`distinct_${attribute.name}`)} AS SELECT ${value} AS raw, n, ${join(made)} FROM ${relation}`;
}

/** The distinct values of an attribute that say something. */
function sayingValues({ name }: Matched): Sql {
  return sql`(SELECT * FROM ${id(`distinct_${name}`)} WHERE norm IS NOT NULL)`;
}

/** Bits that agreement on a value tells, of `every` record with one, where so many `others` have it beside the two that agree. */
export function rarityBits(every: Sql, others: Sql, rarity: number): Sql {
  return log2(sql`${every} / greatest(${others}, ${rarity})`);
}

/** A value that no more records have tells as much as one that nobody had before. */
export function asRare(rarity: number): number {
  return 2 + Math.floor(rarity);
}

/**
 * What agreement on a value (part `value`) and on a word (part `word`, in 32nds of a bit) tells by how seldom it is. Only those that tell less
 * than a value that nobody had before are written down; how much that tells is written without a value.
 */
function countFrequencies(attribute: Matched, frequencies: Sql): readonly Sql[] {
  const { name, kind } = attribute;
  const distinct = sayingValues(attribute);
  const every = sql`(SELECT greatest(1, COALESCE(sum(n), 0)) FROM ${distinct})`;
  const insert = (part: string, counted: Sql, bits: Sql, least: number): readonly Sql[] => [
    sql`INSERT INTO ${frequencies} SELECT ${name}, ${part}, v::VARCHAR, ${bits} FROM (${counted}) WHERE n > ${least} ORDER BY v`,
    sql`INSERT INTO ${frequencies} SELECT ${name}, ${part}, NULL, ${bits} FROM (SELECT ${least} AS n)`,
  ];
  return [
    ...(kind.rarity === null
      ? []
      : insert(
          'value',
          sql`SELECT norm AS v, sum(n) AS n FROM ${distinct} GROUP BY norm`,
          rarityBits(every, sql`n - 2`, kind.rarity),
          asRare(kind.rarity),
        )),
    ...(isListed(attribute)
      ? insert(
          'word',
          sql`SELECT v, sum(n) AS n FROM (SELECT unnest(list_distinct(list)) AS v, n FROM ${distinct}) GROUP BY v`,
          sql`${wordWeight(sql`${every} / n`)}::DOUBLE`,
          1,
        )
      : []),
  ];
}

/** What a word tells, in 32nds of a bit: 32 for every halving of the values that have it, and no more than ten bits hold. */
function wordWeight(ratio: Sql): Sql {
  return sql`least(1023, (32 * ${log2(ratio)} + 1)::BIGINT)`;
}

/** What is recorded of how much the values or the words of an attribute tell, from `FROM` on. */
export function recorded(frequencies: Sql, { name }: Matched, part: 'value' | 'word'): Sql {
  return sql`FROM ${frequencies} WHERE attribute = ${name} AND part = ${part}`;
}

/** How much values of an attribute tell, as SQL of `value` and `bits`, and what one tells that is not there. */
function frequenciesOf(frequencies: Sql, attribute: Matched, part: 'value' | 'word'): { readonly rows: Sql; readonly otherwise: Sql } {
  const of = recorded(frequencies, attribute, part);
  return {
    rows: sql`(SELECT value, bits ${of} AND value IS NOT NULL)`,
    otherwise: sql`(SELECT any_value(bits) ${of} AND value IS NULL)`,
  };
}

/** A word as a number: in the last ten bits what it tells, before them a digest of it. */
export function tokenOf(word: Sql, weight: Sql): Sql {
  return sql`((hash(${word}) >> 12)::BIGINT * 1024 + ${weight}::BIGINT)`;
}

/** What is known of the distinct values of one attribute, with how rare they and their words are. */
function dictionary(attribute: Matched, frequencies: Sql, parts: number): readonly Sql[] {
  const { name, kind } = attribute;
  const known = id(`dictionary_${name}`);
  const [values, words] = [frequenciesOf(frequencies, attribute, 'value'), frequenciesOf(frequencies, attribute, 'word')];
  const rows = (distinct: Sql): Sql => {
    const tokens = sql`JOIN (SELECT raw, list(token ORDER BY token) AS tokens, sum(token & 1023)::BIGINT AS whole
      FROM (SELECT raw, ${tokenOf(sql`s.word`, sql`COALESCE(w.bits, ${words.otherwise})`)} AS token
        FROM (SELECT raw, unnest(list_distinct(list)) AS word FROM ${distinct}) s LEFT JOIN ${words.rows} w ON w.value = s.word) GROUP BY raw) USING (raw)`;
    return sql`SELECT d.* ${kind.rarity === null ? sql`` : sql`, COALESCE(r.bits, ${values.otherwise})::FLOAT AS rare`}
      ${isListed(attribute) ? sql`, tokens, whole` : sql``} FROM ${distinct} d
      ${kind.rarity === null ? sql`` : sql`LEFT JOIN ${values.rows} r ON r.value = d.norm::VARCHAR`} ${isListed(attribute) ? tokens : sql``}`;
  };
  const all = sayingValues(attribute);
  // Lists are held in memory whole.
  const [first = all, ...others] =
    isListed(attribute) && parts > 1
      ? Array.from({ length: parts }, (_, i) => sql`(SELECT * FROM ${all} WHERE ${hashed(sql`raw`)} % ${parts} = ${i})`)
      : [];
  return [sql`CREATE OR REPLACE TEMP TABLE ${known} AS ${rows(first)}`, ...others.map((part) => sql`INSERT INTO ${known} ${rows(part)}`)];
}
