import { readByAll } from '../../engine/functions.js';
import type { Sql } from '../../sql/tag.js';
import { id, join, sql } from '../../sql/tag.js';
import type { Matched } from './features.js';
import { sideOf } from './features.js';
import { mostAmong } from './kin.js';

/*
 * How alike the records of a pair are. Each attribute gives a code: 0 where a side has no value, 1 where they disagree, and then one for each
 * rung of its ladder, equality the highest. The codes of all attributes are one number, three bits each: the pattern. Millions of pairs
 * have a few thousand patterns, and all reckoning is done on those.
 */

/** Bits of a code. */
const width = 3;
export const mostAttributes = Math.floor(62 / width);

/** The code of an attribute for a pair of rows of features. */
export function codeOf(attribute: Matched, all: readonly Matched[], left: string, right: string): Sql {
  const [l, r] = [sideOf(left, attribute, all), sideOf(right, attribute, all)];
  const { levels } = attribute.kind;
  const rungs = levels.map((level, i) => sql`WHEN ${level.when(l, r)} THEN ${levels.length + 1 - i}`);
  return sql`(CASE WHEN ${l('norm')} IS NULL OR ${r('norm')} IS NULL THEN 0 ${join(rungs, ' ')} ELSE 1 END)`;
}

/**
 * Columns of the rarity of the values on which a pair agrees: all of it, and as far as it tells the pair from relatives, and from branches where an entity has them. With each, by
 * attribute, the bits up to which it counts.
 */
export function raritiesOf(attributes: readonly Matched[]): readonly { readonly column: string; readonly most: readonly number[] }[] {
  const { relatives, branches } = mostAmong(attributes);
  return [
    { column: 'rarity', most: attributes.map(() => Number.POSITIVE_INFINITY) },
    { column: 'relatives_rarity', most: relatives },
    ...(branches === null ? [] : [{ column: 'branches_rarity', most: branches }]),
  ];
}

/**
 * Pairs (`l`, `r`, whatever else) with their `pattern`, and their rarities (`raritiesOf`).
 * @param right the features of the right side, where they are known to be among fewer
 */
export function comparePairs(pairs: Sql, features: Sql, attributes: readonly Matched[], also: readonly string[], right = features): Sql {
  const codes = attributes.map((a) => sql`${codeOf(a, attributes, 'l', 'r')}::BIGINT AS ${id(`code_${a.name}`)}`);
  const rarities = rarityColumns(attributes, (a) => id(`code_${a.name}`));
  const pattern = attributes.map((a, i) => sql`(${id(`code_${a.name}`)} << ${i * width})`);
  const others = also.map((column) => sql`p.${id(column)},`);
  return sql`SELECT p.l, p.r, ${join(others, ' ')} ${join(codes)}, (${join(pattern, ' | ')}) AS pattern,
      ${join(rarities)}
    FROM ${readByAll(pairs)} p JOIN ${features} l ON l.nr = p.l JOIN ${right} r ON r.nr = p.r`;
}

/** Pairs with their patterns, as `comparePairs` gives them, and the rarities as the features say them by now. */
export function raritiesByPattern(pairs: Sql, features: Sql, attributes: readonly Matched[]): Sql {
  const rarities = rarityColumns(attributes, (a) => sql`((p.pattern >> ${attributes.indexOf(a) * width}) & ${2 ** width - 1})`);
  return sql`SELECT p.l, p.r, p.rules, p.pattern, ${join(rarities)} FROM ${readByAll(pairs)} p JOIN ${features} l ON l.nr = p.l JOIN ${features} r ON r.nr = p.r`;
}

/** The columns of `raritiesOf`. @param code of an attribute */
function rarityColumns(attributes: readonly Matched[], code: (attribute: Matched) => Sql): readonly Sql[] {
  const rare = (a: Matched, most: number): Sql => {
    const [l, r] = [sideOf('l', a, attributes), sideOf('r', a, attributes)];
    const upTo = most === Number.POSITIVE_INFINITY ? sql`` : sql`, ${most}::FLOAT`;
    return sql`CASE WHEN ${code(a)} = ${a.kind.levels.length + 1} THEN least(${l('rare')}, ${r('rare')}${upTo}) ELSE 0 END`;
  };
  return raritiesOf(attributes).map(({ column, most }) => {
    const counted = attributes.flatMap((a, k) => (a.kind.rarity === null || most[k] === 0 ? [] : [rare(a, most[k] ?? 0)]));
    return sql`${total(counted)} AS ${id(column)}`;
  });
}

function total(parts: readonly Sql[]): Sql {
  return sql`(${parts.length === 0 ? sql`0` : join(parts, ' + ')})::FLOAT`;
}

/** The codes of a pattern, one for each attribute. */
export function codesOf(pattern: bigint, attributes: number): readonly number[] {
  return Array.from({ length: attributes }, (_, i) => Number((pattern >> BigInt(i * width)) & 7n));
}

/** Pairs of records that have nothing to do with each other, as far as chance goes: each record with some that stand far from it. */
export function randomPairs(features: Sql, shifts: readonly number[], records: number, condition: Sql): Sql {
  return sql`SELECT least(l.nr, r.nr) AS l, greatest(l.nr, r.nr) AS r FROM (SELECT nr, source, unnest(${shifts}::INTEGER[]) AS shift FROM ${features}) l
    JOIN ${features} r ON r.nr = (l.nr + l.shift) % ${records} WHERE ${condition}`;
}
