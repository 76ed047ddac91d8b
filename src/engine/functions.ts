import type { Sql } from '../sql/tag.js';
import { join, sql, trusted } from '../sql/tag.js';

/*
 * The functions that engines spell differently. A stage never writes these by hand: what another engine must provide to
 * run a project is this list.
 */

/** `x` as a type, or null where it can't be. `type` is one of ours, never a user's text. */
export function tryCast(x: Sql, type: string): Sql {
  return sql`TRY_CAST(${x} AS ${trusted(type)})`;
}

export function cast(x: Sql, type: string): Sql {
  return sql`CAST(${x} AS ${trusted(type)})`;
}

/** Whether the whole of `x` matches an RE2 pattern. */
export function matchesWhole(x: Sql, pattern: string): Sql {
  return sql`regexp_full_match(${x}, ${pattern})`;
}

/** Whether some part of `x` matches an RE2 pattern. */
export function matchesPart(x: Sql, pattern: string): Sql {
  return sql`regexp_matches(${x}, ${pattern})`;
}

/** The first match of an RE2 pattern, or null. */
export function firstMatch(x: Sql, pattern: string): Sql {
  return sql`NULLIF(regexp_extract(${x}, ${pattern}), '')`;
}

/** A capture group of a pattern as text; '' where it does not match. */
export function capture(x: Sql, pattern: string, group: number): Sql {
  return sql`regexp_extract(${x}, ${pattern}, ${group})`;
}

/** `x` without every match of a pattern. */
export function without(x: Sql, pattern: string): Sql {
  return sql`regexp_replace(${x}, ${pattern}, '', 'g')`;
}

/** Text without blanks, of any Unicode kind, at either end. */
export function trimmed(x: Sql): Sql {
  // Replacing is dear, so only texts that have such a blank are touched.
  return sql`CASE WHEN regexp_matches(${x}, ${`^${blank}|${blank}$`}) THEN regexp_replace(${x}, ${`^${blank}+|${blank}+$`}, '', 'g') ELSE ${x} END`;
}

const blank = '[\\s\\p{Z}\\x{FEFF}\\x{200B}]';

/** A date or timestamp read by a strptime format, or null. */
export function parseTime(x: Sql, formats: readonly string[]): Sql {
  return sql`try_strptime(${x}, ${formats})`;
}

/**
 * Several texts as one, each with its length in bytes, so that no two different lists are written the same way; null and
 * '' differ.
 */
export function spelledOut(parts: readonly Sql[]): Sql {
  return sql`concat(${join(parts.flatMap((part) => [sql`COALESCE(strlen(${part})::VARCHAR, '-')`, sql`':'`, part]))})`;
}

/** A 64-bit number of a value, to find what may be equal: engines number differently, so it is never kept. */
export function hashed(x: Sql): Sql {
  return sql`hash(${x})`;
}

/** A 128-bit digest of several texts as 32 hex digits, the same on every engine. */
export function digest(parts: readonly Sql[]): Sql {
  return sql`md5(${spelledOut(parts)})`;
}

/** The same digest as a number, half as wide where many are kept. */
export function digestNumber(parts: readonly Sql[]): Sql {
  return sql`md5_number(${spelledOut(parts)})`;
}

/** Type of a digest that is kept as a number. */
export const digestType = 'UHUGEINT';

/** A digest that is a number as 32 hex digits. */
export function digestText(x: Sql): Sql {
  return sql`lower(lpad(to_hex(${x}), 32, '0'))`;
}

/** One digest of a set of rows in any order, from a digest per row: the count and the sums of both halves. */
export function setDigest(rowText: Sql): Sql {
  return sql`concat(count(*), '-', COALESCE(sum(md5_number_lower(${rowText})), 0), '-', COALESCE(sum(md5_number_upper(${rowText})), 0))`;
}

/** A value inside JSON text, as text; JSON null is null. `path` is a JSON path such as `$.product.id`. */
export function jsonText(x: Sql, path: string): Sql {
  return sql`json_extract_string(${x}, ${path})`;
}

/** Columns of a row as one JSON object. */
export function jsonObject(columns: readonly { readonly name: string; readonly value: Sql }[]): Sql {
  return sql`json_object(${join(columns.flatMap((c) => [sql`${c.name}`, c.value]))})`;
}

/** Rows of Parquet files, columns by name; `file_row_number` counts from 0 in each file. */
export function readParquet(files: readonly string[]): Sql {
  return sql`read_parquet(${[...files]}, union_by_name = true, file_row_number = true)`;
}

/** Writes a relation to one Parquet file, rows in their order; its groups are small, so that a small file too is read in parallel. */
export function copyToParquet(relation: Sql, file: string): Sql {
  return sql`COPY (${relation}) TO ${file} (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1, DICTIONARY_SIZE_LIMIT 4096, ROW_GROUP_SIZE 20480)`;
}

/** A list of the texts that are not null. */
export function presentTexts(texts: readonly Sql[]): Sql {
  return sql`list_filter([${join(texts)}]::VARCHAR[], lambda x: x IS NOT NULL)`;
}

/** The first day of the period (`day`, `week`, `month`, `quarter`, `year`) that a date or a moment lies in. */
export function startOf(period: string, x: Sql): Sql {
  return sql`date_trunc(${period}, ${x})::DATE`;
}

/** A csv file with a header, every field as text; a field without quotes and content is null. */
export function readCsvText(file: string): Sql {
  return sql`read_csv(${file}, header = true, all_varchar = true, delim = ',', quote = '"', escape = '"', allow_quoted_nulls = false)`;
}
