import type { Sql } from '../../../sql/tag.js';
import { sql } from '../../../sql/tag.js';

/** Two fields that were filled in the wrong way round. */
export function swapped(left: readonly [Sql, Sql], right: readonly [Sql, Sql]): Sql {
  return sql`${left[0]} = ${right[1]} AND ${left[1]} = ${right[0]}`;
}
