import type { Sql } from '../../../sql/tag.js';
import { sql } from '../../../sql/tag.js';

export function equal(a: Sql, b: Sql): Sql {
  return sql`${a} = ${b}`;
}
