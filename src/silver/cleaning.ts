import type { Column } from '../config/project.js';
import { cast, firstMatch, inNfc, trimmed, without, withoutInvisible } from '../engine/functions.js';
import type { Sql } from '../sql/tag.js';
import { join, sql } from '../sql/tag.js';
import type { Keep } from './columns/contract.js';
import { columnTypeNamed } from './columns/registry.js';
import type { SegmentFile, SourceRef } from './sources.js';
import { cameAsNumber, sourceText } from './sources.js';

/**
 * A source text under a column's declared cleaning; blank text is null. The order is normalize, invisible, extract, remove,
 * trim, nulls, case, map. What is not declared costs nothing.
 */
export function cleaned(text: Sql, common: Column['common']): Sql {
  let out = text;
  if (common.normalize === 'NFC') out = inNfc(out);
  if (common.invisible === 'remove') out = withoutInvisible(out);
  if (common.extract !== undefined) out = firstMatch(out, common.extract);
  if (common.remove !== undefined) out = without(out, common.remove);
  if (common.trim) out = trimmed(out);
  if (common.nulls !== undefined && common.nulls.length > 0) out = sql`CASE WHEN NOT ${meansNothing(out, common)} THEN ${out} END`;
  if (common.case !== 'keep') out = common.case === 'lower' ? sql`lower(${out})` : sql`upper(${out})`;
  if (common.map !== undefined) {
    const cases = Object.entries(common.map).map(([from, to]) => sql`WHEN ${from} THEN ${to}`);
    if (cases.length > 0) out = sql`CASE ${out} ${join(cases, ' ')} ELSE ${out} END`;
  }
  return sql`NULLIF(${out}, '')`;
}

/** A source column as the column's type takes it: cleaned, and spelled without doubt where it came as a number. */
export function columnText(
  { common, type, options }: Column,
  ref: SourceRef | null,
  source: Sql,
  segments: readonly SegmentFile[],
  keep: Keep,
): Sql {
  const text = keep(cleaned(ref === null ? sql`NULL::VARCHAR` : sourceText(ref, source), common));
  const { ofNumber } = columnTypeNamed(type);
  const asNumber = ref === null || ofNumber === null ? null : cameAsNumber(ref, source, segments);
  return asNumber === null || ofNumber === null ? text : keep(sql`CASE WHEN ${asNumber} THEN ${ofNumber(text, options)} ELSE ${text} END`);
}

/** Whether a text is one of those that mean nothing. */
function meansNothing(text: Sql, common: Column['common']): Sql {
  const words = (common.nulls ?? []).map((word) => sql`lower(${word.trim()})`);
  return sql`(lower(${common.trim ? text : trimmed(text)}) IN (${join(words)}))`;
}

/** How a source column is cleaned that a column's options name, such as that of the currency. */
export function besideText(common: Column['common']): Column['common'] {
  const { nulls, invisible, normalize } = common;
  return { from: '', trim: true, case: 'keep', on_error: 'null', optional: true, nulls, invisible, normalize };
}

/** A typed value, or the column's default where it is missing. */
export function orDefault(value: Sql, type: string, fallback: Column['common']['default']): Sql {
  return fallback === undefined ? value : sql`COALESCE(${value}, ${cast(sql`${String(fallback)}`, type)})`;
}
