import type { Entity } from '../../config/project.js';
import type { Columns } from '../../engine/engine.js';
import type { Sql } from '../../sql/tag.js';
import { id, join, sql } from '../../sql/tag.js';
import { current } from '../evidence.js';
import { numbers } from './relations.js';
import { plain, words } from './text.js';

/*
 * Attributes that only repeat what others say: a full name beside given and family name, a copy in other letters. Counted twice, what they
 * agree on would weigh twice. Of an attribute and its parts the parts stay, as they say what is what.
 */

/** Kinds whose values are words. */
const wordy = new Set([
  'given_name',
  'family_name',
  'name',
  'company',
  'employer',
  'contact',
  'text',
  'people',
  'collection',
  'address',
  'city',
  'word',
]);
/** Records that are looked at. */
const looked = 2000;
/** Share of an attribute's words that others have to hold. */
const held = 0.7;

/** An attribute and the name of its kind. */
export interface Kinded {
  readonly name: string;
  readonly kind: string;
}

/** One row: for every two attributes, `<i>_<j>`, what share of the words of the first are in the second too, -1 where no record has both; and of how many words it is, `<i>`. Null where there is nothing to look at. */
export function overlaps(entity: Entity, attributes: readonly Kinded[]): Sql | null {
  const some = attributes.filter((a) => wordy.has(a.kind));
  if (some.length < 2) return null;
  const column = (i: number): Sql => id(`words_${i}`);
  const parts = entity.records
    .filter((r) => r.role === 'record')
    .map((r) => {
      const lists = some.map((a, i) => {
        const of = r.attributes[a.name];
        return sql`${of === undefined ? sql`NULL::VARCHAR[]` : words(plain(sql`${id(of)}::VARCHAR`))} AS ${column(i)}`;
      });
      return sql`(SELECT ${join(lists)} FROM ${current(r)} ORDER BY hash(_key), _key LIMIT ${looked})`;
    });
  const shares = some.flatMap((_, i) => [
    sql`COALESCE(avg(len(${column(i)})), 0)::DOUBLE AS ${id(`${i}`)}`,
    ...some.flatMap((_other, j) =>
      i === j
        ? []
        : [
            sql`COALESCE(avg(len(list_intersect(${column(i)}, ${column(j)})) / len(list_distinct(${column(i)}))) FILTER (${column(i)} IS NOT NULL AND ${column(j)} IS NOT NULL), -1)::DOUBLE AS ${id(`${i}_${j}`)}`,
          ],
    ),
  ]);
  return sql`SELECT ${join(shares)} FROM (${join(parts, ' UNION ALL ')})`;
}

/** The names of attributes that only repeat others, by what `overlaps` says. */
export function redundant(attributes: readonly Kinded[], relation: Columns | undefined): ReadonlySet<string> {
  const some = attributes.filter((a) => wordy.has(a.kind));
  const value = (name: string): number => numbers(relation, name)[0] ?? 0;
  const left = new Set(some.keys());
  const out = new Set<string>();
  for (;;) {
    // Only what is no longer covers another: a name is not left out because a description has it too.
    const covers = (i: number, j: number): boolean => i !== j && value(`${j}`) <= value(`${i}`) + 0.2;
    const covered = [...left].filter(
      (i) => [...left].reduce((sum, j) => sum + (covers(i, j) ? Math.max(0, value(`${i}_${j}`)) : 0), 0) >= held,
    );
    // The longest first: without a full name, given and family name stand for themselves.
    const [longest] = covered.sort((a, b) => value(`${b}`) - value(`${a}`) || b - a);
    if (longest === undefined) return out;
    left.delete(longest);
    out.add(some[longest]?.name ?? '');
  }
}

/** Names that somebody has beside those that they go by. */
const ofOthers = /middle|second|known|nick|former|maiden|birth|alias|previous/i;

/**
 * Whole names that are of the same people as given and family name are: where records have both they say the same, or no record has. Attributes that such a name fills where they
 * are missing, with its name.
 */
export function partsOfNames(attributes: readonly Kinded[], relation: Columns | undefined): ReadonlyMap<string, string> {
  const some = attributes.filter((a) => wordy.has(a.kind));
  const parts = ['given_name', 'family_name'].map((kind) => some.findIndex((a) => a.kind === kind && !ofOthers.test(a.name)));
  if (parts.includes(-1)) return new Map();
  const whole = some.find((a, i) => {
    const shares = parts.map((part) => numbers(relation, `${i}_${part}`)[0] ?? 0);
    return a.kind === 'name' && (shares.every((share) => share < 0) || shares.reduce((sum, share) => sum + share, 0) >= held);
  });
  return new Map(whole === undefined ? [] : parts.map((part) => [some[part]?.name ?? '', whole.name]));
}
