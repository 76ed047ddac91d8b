import { rowDigest } from '../connectors/file/columns.js';
import type { Sql } from '../sql/tag.js';
import { id, join, sql } from '../sql/tag.js';

/*
 * A stream whose schema is declared lands the columns of its contract and no others. Its rows are then told apart by what they
 * say in those columns, whatever else the source writes beside them.
 */

/** Whether a row says something in one of some columns. */
export function carries(columns: readonly string[]): Sql {
  return sql`(${join(
    columns.map((c) => sql`COALESCE(${id(c)}, '') <> ''`),
    ' OR ',
  )})`;
}

/** The columns of a scan that are in the contract, in the order of the scan. */
export function within(columns: readonly string[], contract: readonly string[]): readonly string[] {
  const known = new Set(contract.map((c) => c.toLowerCase()));
  return columns.filter((c) => known.has(c.toLowerCase()));
}

/** The columns that others do not have, names compared in any case. */
export function beyond(columns: readonly string[], others: readonly string[]): readonly string[] {
  const known = new Set(others.map((c) => c.toLowerCase()));
  return columns.filter((c) => !known.has(c.toLowerCase()));
}

/** A scan cut down to its contract; `without` rows that carry something else, or without what else they carry. */
export function fitScan(relation: Sql, columns: readonly string[], contract: readonly string[], without: 'rows' | 'values'): Sql {
  const kept = within(columns, contract);
  const unknown = beyond(columns, contract);
  const lacking = beyond(contract, columns).map((c) => sql`NULL::VARCHAR AS ${id(c)}`);
  const whole = unknown.length === 0 || without === 'values' ? sql`` : sql` WHERE NOT ${carries(unknown)}`;
  return sql`SELECT ${join([...kept.map((c) => id(c)), sql`_malformed`])}, CASE WHEN _malformed IS NULL THEN ${rowDigest(contract)} ELSE _raw_hash END AS _raw_hash
    FROM (SELECT ${join([sql`*`, ...lacking])} FROM (${relation}))${whole}`;
}

/** What a relation says in columns beyond its contract: `rows` that say something, and one count for each column, `c0`, `c1` … */
export function leftOut(relation: Sql, unknown: readonly string[]): Sql {
  const counts = unknown.map((c, i) => sql`count(*) FILTER (${carries([c])})::DOUBLE AS ${id(`c${i}`)}`);
  return sql`SELECT ${join([sql`count(*) FILTER (${carries(unknown)})::DOUBLE AS rows`, ...counts])} FROM (${relation})`;
}
