import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { createGunzip } from 'node:zlib';
import { digest } from '../../engine/functions.js';
import type { Sql } from '../../sql/tag.js';
import { id, join as joinSql, sql } from '../../sql/tag.js';
import { distinctNames } from './columns.js';
import { splitDamagedCsv } from './damaged.js';
import type { FileStream } from './options.js';

/** How one csv file is written, and the names of its columns. */
export interface CsvShape {
  readonly delimiter: string;
  readonly columns: readonly string[];
  /** Whether the engine's reader can be trusted with the first line: of some odd ones it silently drops every row. */
  readonly plainHeader: boolean;
}

/** Finds delimiter and columns in the first record; null when the file holds nothing. */
export async function csvShape(path: string, options: FileStream): Promise<CsvShape | null> {
  const head = decode(await firstBytes(path), options.encoding);
  const text = head.replace(/^\uFEFF/, '');
  if (text.trim() === '') return null;
  const delimiter = options.delimiter ?? likelyDelimiter(text, options.quote);
  const fields = firstRecord(text, delimiter, options.quote);
  const names = options.header ? fields : (options.columns ?? fields.map((_, i) => `column_${i + 1}`));
  return { delimiter, columns: distinctNames(names), plainHeader: !options.header || isPlain(head, delimiter, options.quote) };
}

/** The relation that reads a sound file, every column as text. The engine refuses it if any row is damaged. */
export function csvRelation(path: string, shape: CsvShape, options: FileStream): Sql {
  const reader = readCsv(path, shape, options, options.encoding);
  return sql`SELECT ${joinSql(shape.columns.map((c) => id(c)))}, NULL::VARCHAR AS _malformed, ${rowDigest(shape)} AS _raw_hash FROM ${reader}`;
}

/**
 * The relation that reads a damaged file: its sound rows, then each damaged line as text in `_malformed`.
 * Every byte of the file is in one of the two.
 */
export async function damagedCsvRelation(path: string, shape: CsvShape, options: FileStream, tempDir: string): Promise<Sql> {
  const sound = join(tempDir, 'sound.csv');
  const damaged = join(tempDir, 'damaged.ndjson');
  const dialect = { delimiter: shape.delimiter, quote: options.quote, header: options.header, columns: shape.columns.length };
  await splitDamagedCsv(utf8Bytes(path, options.encoding), dialect, sound, damaged);
  const empty = joinSql(shape.columns.map((c) => sql`NULL::VARCHAR AS ${id(c)}`));
  return sql`SELECT ${joinSql(shape.columns.map((c) => id(c)))}, NULL::VARCHAR AS _malformed, ${rowDigest(shape)} AS _raw_hash
    FROM ${readCsv(sound, shape, options, 'utf-8')}
    UNION ALL
    SELECT ${empty}, text AS _malformed, ${digest([sql`'malformed'`, sql`text`])} AS _raw_hash
    FROM read_json(${damaged}, format = 'newline_delimited', columns = {line: 'BIGINT', reason: 'VARCHAR', text: 'VARCHAR'}, maximum_object_size = 67108864)`;
}

function readCsv(path: string, shape: CsvShape, options: FileStream, encoding: string): Sql {
  const columns = joinSql(shape.columns.map((c) => sql`${c}: 'VARCHAR'`));
  return sql`read_csv(${path}, auto_detect = false, header = ${options.header}, delim = ${shape.delimiter}, quote = ${options.quote},
    escape = ${options.quote}, strict_mode = true, null_padding = false, encoding = ${encoding},
    columns = {${columns}})`;
}

function rowDigest(shape: CsvShape): Sql {
  // The names belong to the row: under a corrected header the same values mean something else.
  const names = createHash('md5').update(JSON.stringify(shape.columns)).digest('hex').slice(0, 12);
  return digest([sql`${names}`, ...shape.columns.map((c) => id(c))]);
}

/** At most the first MiB of a file, decompressed. */
async function firstBytes(path: string): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of openBytes(path)) {
    chunks.push(Buffer.from(chunk));
    size += chunk.length;
    if (size > 1 << 20) break;
  }
  return Buffer.concat(chunks);
}

/** The bytes of a file, decompressed where its name ends in `.gz`. */
export function openBytes(path: string): AsyncIterable<Uint8Array> {
  const file = createReadStream(path, { highWaterMark: 1 << 18 });
  if (!path.endsWith('.gz')) return file;
  const unzipped = createGunzip();
  file.on('error', (error) => unzipped.destroy(error));
  return file.pipe(unzipped);
}

async function* utf8Bytes(path: string, encoding: FileStream['encoding']): AsyncIterable<Uint8Array> {
  if (encoding === 'utf-8') {
    yield* openBytes(path);
    return;
  }
  const decoder = encoding === 'utf-16' ? new TextDecoder('utf-16le') : null;
  for await (const chunk of openBytes(path)) {
    yield Buffer.from(decoder === null ? Buffer.from(chunk).toString('latin1') : decoder.decode(chunk, { stream: true }), 'utf8');
  }
}

function decode(bytes: Buffer, encoding: FileStream['encoding']): string {
  if (encoding === 'latin-1') return bytes.toString('latin1');
  return new TextDecoder(encoding === 'utf-16' ? 'utf-16le' : 'utf-8', { ignoreBOM: true }).decode(bytes);
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

/** The fields of the first record of a text. */
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
    } else if (quote !== '' && c === quote && field === '') quoted = true;
    else if (c === delimiter) {
      fields.push(field);
      field = '';
    } else if (c === '\n' || c === '\r') break;
    else field += c;
  }
  return [...fields, field];
}
