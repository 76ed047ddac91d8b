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

/** The logarithm to the base of two. */
export function log2(x: Sql): Sql {
  return sql`log2(${x})`;
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

/** `x` with every match of a pattern replaced; `\1` in the replacement is the first capture group. */
export function replaced(x: Sql, pattern: string, replacement: string): Sql {
  return sql`regexp_replace(${x}, ${pattern}, ${replacement}, 'g')`;
}

/** Text without blanks, of any Unicode kind, at either end. */
export function trimmed(x: Sql): Sql {
  // Replacing is dear, so only texts that have such a blank are touched.
  return sql`CASE WHEN regexp_matches(${x}, ${`^${blank}|${blank}$`}) THEN regexp_replace(${x}, ${`^${blank}+|${blank}+$`}, '', 'g') ELSE ${x} END`;
}

const blank = '[\\s\\p{Z}\\x{FEFF}\\x{200B}]';

/** Text in Unicode's form C: letters that can be written in several characters are one. */
export function inNfc(x: Sql): Sql {
  return sql`nfc_normalize(${x})`;
}

// Control characters but tab and line ends, soft hyphen, zero-width blanks, byte order mark, marks of direction.
const unseen =
  '\\x{00}-\\x{08}\\x{0B}\\x{0C}\\x{0E}-\\x{1F}\\x{7F}-\\x{9F}\\x{AD}\\x{61C}\\x{180E}\\x{200B}\\x{200E}\\x{200F}\\x{202A}-\\x{202E}\\x{2060}\\x{2066}-\\x{2069}\\x{FEFF}';
const noBreak = '\\x{A0}\\x{2007}\\x{202F}';
const joiners = '\\x{200C}\\x{200D}';
// Between emoji and inside Arabic and Indic words a joiner changes what is read; behind these it never does.
const joinless = '\\p{Latin}\\p{Greek}\\p{Cyrillic}\\p{Hebrew}\\p{Han}\\p{Hiragana}\\p{Katakana}\\p{Hangul}\\p{N}\\p{P}\\p{Z}\\s';

/** Pattern of a text that holds a character which nobody sees, or a no-break blank. */
export const invisiblePattern = `[${unseen}${noBreak}]|(?:^|[${joinless}])[${joiners}]`;

/** Text without characters that nobody sees, with plain blanks for no-break ones; joiners stay where a script or an emoji needs them. */
export function withoutInvisible(x: Sql): Sql {
  const seen = sql`regexp_replace(${x}, ${`[${unseen}]`}, '', 'g')`;
  const blanks = sql`regexp_replace(${seen}, ${`[${noBreak}]`}, ' ', 'g')`;
  // Replacing is dear, so only texts that have such a character are touched.
  return sql`CASE WHEN ${matchesPart(x, invisiblePattern)} THEN regexp_replace(${blanks}, ${`(^|[${joinless}])[${joiners}]+`}, '\\1', 'g') ELSE ${x} END`;
}

/** A date or timestamp read by a strptime format, or null. */
export function parseTime(x: Sql, formats: readonly string[]): Sql {
  return sql`try_strptime(${x}, ${formats})`;
}

/**
 * Several texts as one, each with its length in bytes, so that no two different lists are written the same way; null and
 * '' differ.
 */
function spelledOut(parts: readonly Sql[]): Sql {
  return sql`concat(${join(parts.flatMap((part) => [sql`COALESCE(strlen(${part})::VARCHAR, '-')`, sql`':'`, part]))})`;
}

/** A 64-bit number of values, to find what may be equal or is other than before: engines number differently, so no other may rely on it. */
export function hashed(x: Sql): Sql {
  return sql`hash(${x})`;
}

/** Of such a number as much as a floating point number holds exactly. */
export function asDouble(hash: Sql): Sql {
  return sql`(${hash} >> 11)::DOUBLE`;
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

/**
 * One digest of a set of rows in any order, from a column with the number of each (`hashed`): their count, and the sums of the numbers and of numbers
 * of these. As engines number differently, it tells this content from that in one store only.
 */
export function setDigest(x: Sql): Sql {
  return sql`concat(count(*), '-', COALESCE(sum(${x}), 0), '-', COALESCE(sum(${hashed(x)}), 0))`;
}

/** A value inside JSON text, as text; JSON null is null, and so is what text that is no JSON holds. `path` is a JSON path such as `$.product.id`. */
export function jsonText(x: Sql, path: string): Sql {
  return sql`CASE WHEN json_valid(${x}) THEN json_extract_string(${x}, ${path}) END`;
}

/** Whether a value inside JSON text is a number with a fraction. */
export function isJsonFraction(x: Sql, path: string): Sql {
  return sql`CASE WHEN json_valid(${x}) THEN json_type(${x}, ${path}) = 'DOUBLE' END`;
}

/** Several values inside JSON text, as a list of texts; paths are JSON pointers such as `/product`. */
export function jsonTexts(x: Sql, pointers: readonly string[]): Sql {
  return sql`json_extract_string(${x}, ${[...pointers]})`;
}

/** A nested value as JSON text; null stays null. */
export function jsonOf(x: Sql): Sql {
  return sql`CASE WHEN ${x} IS NOT NULL THEN to_json(${x})::VARCHAR END`;
}

/** Bytes as lower case hex digits, two a byte. */
export function hexText(x: Sql): Sql {
  return sql`lower(hex(${x}))`;
}

/** Columns of a row as one JSON object. */
export function jsonObject(columns: readonly { readonly name: string; readonly value: Sql }[]): Sql {
  return sql`json_object(${join(columns.flatMap((c) => [sql`${c.name}`, c.value]))})`;
}

/** Rows of Parquet files, columns by name; `file_row_number` counts from 0 in each file. */
export function readParquet(files: readonly string[]): Sql {
  return sql`read_parquet(${[...files]}, union_by_name = true, file_row_number = true)`;
}

/** How many values of every column are missing, by file, from what Parquet files say of themselves: `file`, `name`, `n`. */
export function parquetNulls(files: readonly string[]): Sql {
  return sql`SELECT file_name AS file, path_in_schema AS name, sum(stats_null_count)::DOUBLE AS n FROM parquet_metadata(${[...files]})
    WHERE stats_null_count IS NOT NULL GROUP BY ALL HAVING count(*) = max(row_group_id) + 1 ORDER BY ALL`;
}

/** How many rows of a table one thread reads at once. */
const groupRows = 122_880;

/**
 * All rows of a table in their order.
 * @param rows about how many they are: where one thread would read them all, two read half of them each
 */
export function rowsInOrder(table: Sql, rows: number): Sql {
  if (rows < groupRows / 8 || rows > groupRows) return sql`SELECT * FROM ${table}`;
  const half = sql`${Math.floor(rows / 2)}::BIGINT`;
  return sql`SELECT * FROM ${table} WHERE rowid < ${half} UNION ALL SELECT * FROM ${table} WHERE rowid >= ${half}`;
}

/** Writes a relation to one Parquet file, rows in their order; its groups are small, so that a small file too is read in parallel. */
export function copyToParquet(relation: Sql, file: string): Sql {
  return sql`COPY (${relation}) TO ${file} (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1, DICTIONARY_SIZE_LIMIT 4096, ROW_GROUP_SIZE 20480)`;
}

/** A list of the texts that are not null. */
export function presentTexts(texts: readonly Sql[]): Sql {
  return sql`list_filter([${join(texts)}]::VARCHAR[], lambda x: x IS NOT NULL)`;
}

/** The items of a JSON array as a list of texts. */
export function jsonItems(x: Sql): Sql {
  return sql`json_extract_string(${x}, '$[*]')`;
}

/** The parts of a text between separators. */
export function splitText(x: Sql, separator: string): Sql {
  return sql`string_split(${x}, ${separator})`;
}

/**
 * Those of some texts, in their order, of which a condition holds for any row, as one text; null where there are none: an aggregate. A list of texts for each group the engine would
 * hold in memory whole, and take ten times as long.
 */
export function textsOfAny(texts: readonly string[], holds: (text: Sql) => Sql): Sql {
  if (texts.length === 0) return sql`NULL::VARCHAR`;
  const each = texts.map((text) => sql`CASE WHEN bool_or(${holds(sql`${text}`)}) THEN ${text} END`);
  return sql`NULLIF(concat_ws(', ', ${join(each)}), '')`;
}

/** A list of texts, each without blanks at its ends. */
export function trimmedItems(list: Sql): Sql {
  return sql`list_transform(${list}, lambda x: ${trimmed(sql`x`)})`;
}

/** A list of texts without those that are null or empty. */
export function presentItems(list: Sql): Sql {
  return sql`list_filter(${list}, lambda x: x <> '')`;
}

/** A list of texts as a list of a type; null where an item can't be cast. */
export function eachTryCast(list: Sql, type: string): Sql {
  return sql`list_transform(${list}, lambda x: ${tryCast(sql`x`, type)})`;
}

/** An expression as a type, boxed: null where evaluating it fails, a box that holds null where it has no value. */
export function attempted(expression: Sql, type: string): Sql {
  return sql`TRY(struct_pack(v := CAST((${expression}\n) AS ${trusted(type)})))`;
}

/** What a box of `attempted` holds. */
export function unboxed(box: Sql): Sql {
  return sql`struct_extract(${box}, 'v')`;
}

/** About how many distinct values there are: an aggregate. */
export function approximatelyDistinct(x: Sql): Sql {
  return sql`approx_count_distinct(${x})`;
}

/** The first day of the period (`day`, `week`, `month`, `quarter`, `year`) that a date or a moment lies in. */
export function startOf(period: string, x: Sql): Sql {
  return sql`date_trunc(${period}, ${x})::DATE`;
}

/** A csv file with a header, every field as text; a field without quotes and content is null. */
export function readCsvText(file: string, delimiter = ','): Sql {
  return sql`read_csv(${file}, header = true, all_varchar = true, delim = ${delimiter}, quote = '"', escape = '"', allow_quoted_nulls = false)`;
}

/**
 * Rows of texts as a relation with one column `row`, a list of its fields. Thousands of them cost one literal, where VALUES
 * costs an expression for each field.
 */
export function rowsOfTexts(rows: readonly (readonly (string | null)[])[]): Sql {
  return sql`(SELECT unnest(${JSON.stringify(rows)}::JSON::VARCHAR[][]) AS row)`;
}

/**
 * What stands for a text instead of it, or else the text itself. The names of an enumeration are found by their digests; a map is gone through, and
 * copied, for every row, which takes it a hundred times as long.
 * @param others at least one
 */
export function instead(x: Sql, others: ReadonlyMap<string, string>): Sql {
  const names = join([...others.keys()].map((name) => sql`${name}`));
  return sql`COALESCE((${[...others.values()]}::VARCHAR[])[enum_code(TRY_CAST(${x} AS ENUM(${names}))) + 1], ${x})`;
}

/**
 * A relation that is read once and then by all threads: what the open transaction has written the engine reads by one alone. Worth it where much is
 * done with each row; the rows are held meanwhile, and can be put aside.
 */
export function readByAll(relation: Sql): Sql {
  return sql`(WITH read AS MATERIALIZED (SELECT * FROM ${relation}) SELECT * FROM read)`;
}

/**
 * For small questions that are asked often: a plan rests on nothing that is known of the rows when it is made, so it holds for those that come later;
 * a few numbers that stand in a statement are looked up in an index; and no thread waits for another.
 */
export const forSmallQuestions: readonly Sql[] = [sql`SET disabled_optimizers = 'statistics_propagation,in_clause'`, sql`SET threads = 1`];

/** Closing the database leaves its log beside the file, where whoever opens it next reads it, instead of moving it into the file. */
export const leaveLog = sql`PRAGMA disable_checkpoint_on_shutdown`;
