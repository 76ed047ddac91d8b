import type { Sql } from '../../../sql/tag.js';
import { sql } from '../../../sql/tag.js';

/** One of them is only a letter, and the other begins with it. */
export function initial(a: Sql, b: Sql): Sql {
  return sql`(length(${a}) = 1 OR length(${b}) = 1) AND substr(${a}, 1, 1) = substr(${b}, 1, 1)`;
}

/** One is written with the first letters of the other's words. */
export function acronym(a: Sql, b: Sql, initialsA: Sql, initialsB: Sql): Sql {
  return sql`(length(${initialsA}) >= 2 AND ${initialsA} = ${b} OR length(${initialsB}) >= 2 AND ${initialsB} = ${a})`;
}
