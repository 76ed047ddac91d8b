import type { Sql } from '../../../sql/tag.js';
import { sql } from '../../../sql/tag.js';

/** Jaro-Winkler similarity of at least `least`: many letters in common, in about the same places, the beginning most of all. */
export function jaroWinkler(a: Sql, b: Sql, least: number): Sql {
  return sql`jaro_winkler_similarity(${a}, ${b}, ${least}) >= ${least}`;
}
