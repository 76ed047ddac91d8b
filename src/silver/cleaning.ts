import type { Column } from '../config/project.js';
import { cast, firstMatch, trimmed, without } from '../engine/functions.js';
import type { Sql } from '../sql/tag.js';
import { join, sql } from '../sql/tag.js';

/** A source text under a column's declared cleaning; blank text is null. The order is extract, remove, trim, case, map. */
export function cleaned(text: Sql, common: Column['common']): Sql {
  let out = text;
  if (common.extract !== undefined) out = firstMatch(out, common.extract);
  if (common.remove !== undefined) out = without(out, common.remove);
  if (common.trim) out = trimmed(out);
  if (common.case !== 'keep') out = common.case === 'lower' ? sql`lower(${out})` : sql`upper(${out})`;
  if (common.map !== undefined) {
    const cases = Object.entries(common.map).map(([from, to]) => sql`WHEN ${from} THEN ${to}`);
    if (cases.length > 0) out = sql`CASE ${out} ${join(cases, ' ')} ELSE ${out} END`;
  }
  return sql`NULLIF(${out}, '')`;
}

/** A typed value, or the column's default where it is missing. */
export function orDefault(value: Sql, type: string, fallback: Column['common']['default']): Sql {
  return fallback === undefined ? value : sql`COALESCE(${value}, ${cast(sql`${String(fallback)}`, type)})`;
}
