import { isAscii } from 'node:buffer';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';
import { OnefoldError } from '../../base/errors.js';
import type { Engine } from '../../engine/engine.js';
import { copyToParquet, digest } from '../../engine/functions.js';
import type { Sql } from '../../sql/tag.js';
import { id, join as joinSql, sql } from '../../sql/tag.js';
import { distinctNames, rowDigest } from './columns.js';
import { splitDamagedCsv } from './damaged.js';
import { firstBytes, openBytes } from './encoding.js';
import type { FileStream } from './options.js';

// The first record is looked for in so many bytes.
const headBytes = 1 << 20;
// The longest record, in bytes: the engine's own limit, and the most that a file is read with where that is not enough.
const [usualRecord, hugeRecord] = [2_000_000, 1 << 26];
// The engine reads by buffers of 16 such records, unless told: with less it is faster, most of all where a file is small.
const recordsPerBuffer = 4;

/** How one csv file is written, and the names of its columns. */
export interface CsvShape {
  readonly delimiter: string;
  readonly columns: readonly string[];
  /** Whether the engine's reader can be trusted with the first line: of some odd ones it silently drops every row. */
  readonly plainHeader: boolean;
}

/**
 * Finds delimiter and columns in the first record of a file in UTF-8; null when the file holds nothing.
 * @throws OnefoldError `FILE_UNREADABLE` when it evidently is no text
 */
export async function csvShape(path: string, options: FileStream): Promise<CsvShape | null> {
  const head = new TextDecoder('utf-8', { ignoreBOM: true }).decode(await firstBytes(path, headBytes));
  const text = head.replace(/^\uFEFF/, '');
  if (text.trim() === '') return null;
  if ((/^[^\r\n]*/.exec(text)?.[0] ?? '').includes('\0')) {
    throw new OnefoldError('FILE_UNREADABLE', "has NUL in its first line: it is no text, or text in UTF-16; then say `encoding: 'utf-16'`");
  }
  const delimiter = options.delimiter ?? likelyDelimiter(text, options.quote);
  const fields = firstRecord(text, delimiter, options.quote);
  const names = options.header ? fields : (options.columns ?? fields.map((_, i) => `column_${i + 1}`));
  return { delimiter, columns: distinctNames(names), plainHeader: !options.header || isPlain(head, delimiter, options.quote) };
}

/** Where the header of a file begins, in bytes, and the delimiter that a line such as `sep=;` above it names, as Excel means it. */
interface Head {
  readonly at: number;
  readonly delimiter: string | undefined;
}

/** Lines of blanks, and among them one that names the delimiter. */
const firstLines = /^(?:\xEF\xBB\xBF)?(?:[ \t]*(?:\r\n?|\n))*(?:sep=([^\r\n])(?:\r\n?|\n)(?:[ \t]*(?:\r\n?|\n))*)?/i;

/** @param head the first bytes of a file in UTF-8, one character each */
function headOf(head: string, headerRow: number | undefined): Head {
  if (headerRow === undefined) {
    const [above = '', delimiter] = firstLines.exec(head) ?? [];
    return { at: /[\r\n]/.test(above) ? above.length : 0, delimiter };
  }
  const lines = [...head.matchAll(/([^\r\n]*)(?:\r\n?|\n|$)/g)];
  const line = lines[headerRow - 1];
  if (line === undefined || line[1]?.trim() === '')
    throw new OnefoldError('FILE_UNREADABLE', `has nothing in line ${headerRow}, which should name the columns`);
  return { at: line.index, delimiter: undefined };
}

/**
 * A file in UTF-8 from its header on: itself, or a copy in `folder` without what stands above. That is what `header_row` leaves out;
 * without it, blank lines and one that names the delimiter.
 * @throws OnefoldError `FILE_UNREADABLE` where `header_row` is empty
 */
export async function fromHeader(
  path: string,
  folder: string,
  options: FileStream,
): Promise<{ readonly path: string; readonly delimiter: string | undefined }> {
  const { at, delimiter } = headOf((await firstBytes(path, headBytes)).toString('latin1'), options.header_row);
  if (at === 0) return { path, delimiter };
  const copy = join(folder, 'from_header.csv');
  let skip = at;
  const rest = async function* (): AsyncIterable<Uint8Array> {
    for await (const chunk of openBytes(path)) {
      const from = Math.min(skip, chunk.length);
      skip -= from;
      yield chunk.subarray(from);
    }
  };
  await pipeline(Readable.from(rest()), createWriteStream(copy));
  return { path: copy, delimiter };
}

/** The relation that reads a sound file, every column as text. The engine refuses it if any row is damaged. */
export function csvRelation(path: string, shape: CsvShape, options: FileStream, longest = usualRecord): Sql {
  const reader = readCsv(path, shape, options, longest);
  return sql`SELECT ${joinSql(shape.columns.map((c) => id(c)))}, NULL::VARCHAR AS _malformed, ${rowDigest(shape.columns)} AS _raw_hash FROM ${reader}`;
}

/**
 * The relation that reads a damaged file: its sound rows, then each damaged line as text in `_malformed`.
 * Every byte of the file is in one of the two.
 */
export async function damagedCsvRelation(path: string, shape: CsvShape, options: FileStream, tempDir: string): Promise<Sql> {
  const sound = join(tempDir, 'sound.csv');
  const damaged = join(tempDir, 'damaged.ndjson');
  const dialect = { delimiter: shape.delimiter, quote: options.quote, header: options.header, columns: shape.columns.length };
  await splitDamagedCsv(openBytes(path), dialect, sound, damaged);
  const empty = joinSql(shape.columns.map((c) => sql`NULL::VARCHAR AS ${id(c)}`));
  return sql`SELECT ${joinSql(shape.columns.map((c) => id(c)))}, NULL::VARCHAR AS _malformed, ${rowDigest(shape.columns)} AS _raw_hash
    FROM ${readCsv(sound, shape, options)}
    UNION ALL
    SELECT ${empty}, text AS _malformed, ${digest([sql`'malformed'`, sql`text`])} AS _raw_hash
    FROM ${damagedLines(tempDir)}`;
}

/**
 * What is to be said of a file that `damagedCsvRelation` read into `folder` when it evidently is in another encoding: some of its
 * rows have bytes that are no UTF-8, and none has a character beyond ASCII that is. Null otherwise.
 */
export async function foreignRows(engine: Engine, folder: string, encoding: string): Promise<string | null> {
  const [counted] = await engine.rows(
    sql`SELECT count(*)::DOUBLE AS rows FROM ${damagedLines(folder)} WHERE reason = 'invalid_encoding'`,
    z.object({ rows: z.number() }),
  );
  if (counted === undefined || counted.rows === 0) return null;
  for await (const chunk of openBytes(join(folder, 'sound.csv'))) if (!isAscii(chunk)) return null;
  return notOf(encoding, counted.rows);
}

/** The warning that a file is in another encoding than the declared one. */
export function notOf(encoding: string, rows: number): string {
  const more = encoding === 'utf-8' ? "; if it was written in another encoding, say so, as in `encoding: 'windows-1252'`" : '';
  return `${rows} ${rows === 1 ? 'row is' : 'rows are'} not in the encoding ${encoding} and kept as text${more}`;
}

/**
 * The relation of a file that `damagedCsvRelation` read into `folder`, when all that is wrong with it are records too long for the
 * engine's usual reader: they are read with far larger buffers, once, into a file of their own. Null where that does not help.
 */
export async function hugeCsvRelation(
  engine: Engine,
  path: string,
  shape: CsvShape,
  options: FileStream,
  folder: string,
): Promise<Sql | null> {
  // A record that is too long looks like one whose quote is never closed.
  const [counted] = await engine.rows(
    sql`SELECT count(*)::DOUBLE AS rows FROM ${damagedLines(folder)} WHERE reason = 'unclosed_quote'`,
    z.object({ rows: z.number() }),
  );
  if (counted === undefined || counted.rows === 0) return null;
  const whole = join(folder, 'huge.parquet');
  return engine.run(copyToParquet(csvRelation(path, shape, options, hugeRecord), whole)).then(
    () => sql`SELECT * FROM read_parquet(${whole})`,
    () => null,
  );
}

/** Lines that were set aside, with why. */
function damagedLines(folder: string): Sql {
  return sql`read_json(${join(folder, 'damaged.ndjson')}, format = 'newline_delimited',
    columns = {line: 'BIGINT', reason: 'VARCHAR', text: 'VARCHAR'}, maximum_object_size = ${hugeRecord})`;
}

function readCsv(path: string, shape: CsvShape, options: FileStream, longest = usualRecord): Sql {
  const columns = joinSql(shape.columns.map((c) => sql`${c}: 'VARCHAR'`));
  return sql`read_csv(${path}, auto_detect = false, header = ${options.header}, delim = ${shape.delimiter}, quote = ${options.quote},
    escape = ${options.quote}, strict_mode = true, null_padding = false, max_line_size = ${longest}, buffer_size = ${longest * recordsPerBuffer},
    columns = {${columns}})`;
}

const delimiters = [',', ';', '\t', '|'];

function likelyDelimiter(head: string, quote: string): string {
  const counted = delimiters.map((d) => ({ d, fields: firstRecord(head, d, quote).length }));
  return counted.reduce((best, one) => (one.fields > best.fields ? one : best)).d;
}

/** Whether the first line is a whole record, its quoted fields closed where they end; and, with a byte order mark, unquoted. */
function isPlain(head: string, delimiter: string, quote: string): boolean {
  const line = head.split(/[\r\n]/, 1)[0] ?? '';
  if (quote === '' || !line.includes(quote)) return true;
  if (line.startsWith('\uFEFF')) return false;
  let inside = false;
  for (let i = 0; i < line.length; i++) {
    if (line[i] !== quote) continue;
    const doubled = inside && line[i + 1] === quote;
    if (doubled) i++;
    else if (inside && i + 1 < line.length && line[i + 1] !== delimiter) return false;
    else if (!inside && i > 0 && line[i - 1] !== delimiter) return false;
    else inside = !inside;
  }
  return !inside;
}

/** The fields of the first record of a text; as in all others, one space may stand before a quote. */
function firstRecord(text: string, delimiter: string, quote: string): readonly string[] {
  const fields: string[] = [];
  let field = '';
  let quoted = false;
  for (let i = 0; i < text.length; i++) {
    const c = text[i] ?? '';
    if (quoted) {
      if (c !== quote) field += c;
      else if (text[i + 1] === quote) {
        field += quote;
        i++;
      } else quoted = false;
    } else if (quote !== '' && c === quote && (field === '' || field === ' ')) {
      quoted = true;
      field = '';
    } else if (c === delimiter) {
      fields.push(field);
      field = '';
    } else if (c === '\n' || c === '\r') break;
    else field += c;
  }
  return [...fields, field];
}
