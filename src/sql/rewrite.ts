import type { Sql } from './tag.js';
import { sql } from './tag.js';

/** Makes a table anew, or only those of its rows for which `rows` holds, from what `select` gives; `rows` is null for all. */
export function rewriteRows(table: Sql, rows: Sql | null, select: Sql): readonly Sql[] {
  if (rows === null) return [sql`CREATE OR REPLACE TABLE ${table} AS ${select}`];
  return [sql`DELETE FROM ${table} WHERE ${rows}`, sql`INSERT INTO ${table} ${select}`];
}
