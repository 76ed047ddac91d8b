import type { Sql } from '../../../sql/tag.js';
import { sql } from '../../../sql/tag.js';

/** Points that are at most so many metres apart, on a sphere; latitude and longitude in degrees. */
export function apart(a: readonly [Sql, Sql], b: readonly [Sql, Sql], metres: number): Sql {
  const north = sql`(${a[0]} - ${b[0]})`;
  const east = sql`(${a[1]} - ${b[1]}) * cos(radians((${a[0]} + ${b[0]}) / 2))`;
  return sql`${north} * ${north} + ${east} * ${east} <= ${(metres / 111_195) ** 2}`;
}
