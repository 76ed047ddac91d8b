import type { Column, Table } from '../config/project.js';
import { isJsonFraction, jsonText } from '../engine/functions.js';
import type { Sql } from '../sql/tag.js';
import { sql } from '../sql/tag.js';
import { columnTypeNamed } from './columns/registry.js';

/** The segments that a statement reads, as the store knows them. */
export interface SegmentFile {
  readonly segmentId: string;
  readonly file: string;
  readonly columns: readonly string[];
  /** Those of which the source has numbers as such. */
  readonly numbers: readonly string[];
}

/** A source column that a table reads, and the path into it where it is nested. */
export interface SourceRef {
  readonly column: string;
  readonly path: string | null;
}

/**
 * What `from` means among the columns that a stream has: a column of that very name, else a path into a nested one
 * (`product.price`, `tags[0]`). Null when neither is there.
 */
export function sourceRef(from: string, available: readonly string[]): SourceRef | null {
  const exact = available.find((c) => c === from) ?? available.find((c) => c.toLowerCase() === from.toLowerCase());
  if (exact !== undefined) return { column: exact, path: null };
  const cut = from.search(/[.[]/);
  if (cut <= 0) return null;
  const base = sourceRef(from.slice(0, cut), available);
  return base === null ? null : { column: base.column, path: `$${jsonSteps(from.slice(cut))}` };
}

/** `.a.b[0]` with every name quoted, so that no name is taken for an operator. */
function jsonSteps(steps: string): string {
  return steps.replace(/\.([^.[]+)/g, (_, name: string) => `."${name.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`);
}

/** The text that a reference names; `column` is how the statement spells the source column. */
export function sourceText(ref: SourceRef, column: Sql): Sql {
  return ref.path === null ? column : jsonText(column, ref.path);
}

/** Whether what a reference names came as a number with a fraction, and not as a text that may look like one; null where nothing did. */
export function cameAsNumber(ref: SourceRef, column: Sql, segments: readonly SegmentFile[]): Sql | null {
  if (ref.path !== null) return isJsonFraction(column, ref.path);
  const those = segments.filter((s) => s.numbers.some((name) => name.toLowerCase() === ref.column.toLowerCase()));
  if (those.length === 0) return null;
  return those.length === segments.length ? sql`TRUE` : sql`list_contains(${those.map((s) => s.segmentId)}, _segment_id)`;
}

/** Every `from` of a table, those inside its columns' options too, with the column that asks for it. */
export function wantedSources(table: Table): readonly { readonly column: Column; readonly from: string }[] {
  return table.columns.flatMap((column) => sourcesOf(column).map((from) => ({ column, from })));
}

function sourcesOf(column: Column): readonly string[] {
  const { readsFrom, sourceColumns } = columnTypeNamed(column.type);
  return [...(readsFrom ? [column.common.from] : []), ...sourceColumns(column.options)];
}
