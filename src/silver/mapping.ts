import type { Column, Table } from '../config/project.js';
import type { Step } from '../engine/engine.js';
import { readParquet } from '../engine/functions.js';
import type { Sql } from '../sql/tag.js';
import { id, join, sql } from '../sql/tag.js';
import { besideText, cleaned } from './cleaning.js';
import type { MappedSql, Mapper } from './columns/contract.js';
import { columnTypeNamed } from './columns/registry.js';
import type { SegmentFile } from './sources.js';
import { sourceRef, sourceText } from './sources.js';

/*
 * Columns whose texts no SQL can read, such as phone numbers, are mapped before staging: the distinct cleaned texts of the
 * segments that are staged pass through a TypeScript function, once each, into a temporary table that staging joins.
 */

/** A column with a mapper, and the temporary table of its answers. */
interface MappedColumn {
  readonly column: Column;
  readonly number: number;
  readonly into: string;
  readonly companions: number;
  readonly mapper: (options: unknown) => Promise<Mapper>;
}

/** The text of a source column by its name in `from`. */
type Source = (from: string) => Sql;

function mappedColumns(table: Table): readonly MappedColumn[] {
  return table.columns.flatMap((column, number) => {
    const { mapper, companionTypes } = columnTypeNamed(column.type);
    return mapper === null ? [] : [{ column, number, into: `mapped_${number}`, companions: companionTypes.length, mapper }];
  });
}

/** The texts that a mapper sees: the column's own, then the others that its options name. */
function inputsOf({ column }: MappedColumn, source: Source): readonly Sql[] {
  const beside = columnTypeNamed(column.type).sourceColumns(column.options);
  return [cleaned(source(column.common.from), column.common), ...beside.map((name) => cleaned(source(name), besideText(column.common)))];
}

/** Maps what the segments hold that is to be mapped: one step for each column with a mapper. */
export function mapSteps(table: Table, segments: readonly SegmentFile[]): readonly Step[] {
  const available = [...new Set(segments.flatMap((s) => s.columns))];
  const source: Source = (from) => {
    const ref = sourceRef(from, available);
    return ref === null ? sql`NULL::VARCHAR` : sourceText(ref, id(ref.column));
  };
  return mappedColumns(table).map((mapped): Step => {
    const inputs = inputsOf(mapped, source);
    const named = join(inputs.map((input, i) => sql`${input} AS ${id(`__input_${i}`)}`));
    return {
      kind: 'mapDistinct',
      name: `${table.name}.${mapped.column.name}`,
      distinct: sql`SELECT DISTINCT * FROM (SELECT ${named} FROM ${readParquet(segments.map((s) => s.file))}) WHERE __input_0 IS NOT NULL`,
      into: mapped.into,
      inputs: inputs.length,
      outputs: 3 + mapped.companions,
      map: async () => {
        const map = await mapped.mapper(mapped.column.options);
        return ([text, ...beside]) => {
          if (text === null || text === undefined) return [];
          const { value, refused, noted, companions } = map(text, beside);
          return [value, refused ?? null, noted ?? null, ...(companions ?? [])];
        };
      },
    };
  });
}

/** The temporary tables that `mapSteps` makes. */
export function mappedTables(table: Table): readonly string[] {
  return mappedColumns(table).map((m) => m.into);
}

/** What the mappers of a table depend on beside its definition; empty where there is none. */
export function mapperVersions(table: Table): readonly string[] {
  return [...new Set(table.columns.flatMap((c) => columnTypeNamed(c.type).version() ?? []))];
}

/** A relation with, for each mapped column, its text and what the mapper answered, by the names that `mappedText` and `mappedAnswer` give. */
export function withMapped(table: Table, relation: Sql, source: Source): Sql {
  const mapped = mappedColumns(table).map((m) => ({ ...m, inputs: inputsOf(m, source) }));
  if (mapped.length === 0) return relation;
  const inputs = mapped.flatMap((m) => m.inputs.map((input, i) => sql`${input} AS ${inputName(m.number, i)}`));
  const answers = mapped.flatMap((m) =>
    Array.from({ length: 3 + m.companions }, (_, i) => sql`${id(m.into, `output_${i}`)} AS ${answerName(m.number, i)}`),
  );
  const joins = mapped.map((m) => {
    const same = m.inputs.map(
      (_, i) => sql`${id(m.into, `input_${i}`)} ${i === 0 ? sql`=` : sql`IS NOT DISTINCT FROM`} l.${inputName(m.number, i)}`,
    );
    return sql`LEFT JOIN ${id(m.into)} ON ${join(same, ' AND ')}`;
  });
  return sql`SELECT l.*, ${join(answers)} FROM (SELECT *, ${join(inputs)} FROM (${relation})) l ${join(joins, ' ')}`;
}

/** The cleaned text of the table's column number `n`. */
export function mappedText(n: number): Sql {
  return inputName(n, 0);
}

/** What the mapper of the table's column number `n` answered. */
export function mappedAnswer(n: number, companions: number): MappedSql {
  return {
    value: answerName(n, 0),
    refused: answerName(n, 1),
    noted: answerName(n, 2),
    companions: Array.from({ length: companions }, (_, i) => answerName(n, 3 + i)),
  };
}

function inputName(column: number, i: number): Sql {
  return id(`__input_${column}_${i}_`);
}

function answerName(column: number, i: number): Sql {
  return id(`__answer_${column}_${i}_`);
}
