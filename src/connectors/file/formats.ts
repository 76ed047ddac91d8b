import { extname } from 'node:path';
import { OnefoldError } from '../../base/errors.js';
import type { Engine } from '../../engine/engine.js';
import type { Scan } from '../contract.js';
import { csvRelation, csvShape, damagedCsvRelation, foreignRows, fromHeader, hugeCsvRelation, notOf } from './csv.js';
import { asUtf8, isGzipped } from './encoding.js';
import { damagedJsonShape, hasRecords, jsonShape } from './json.js';
import { expectKind } from './kinds.js';
import type { FileStream } from './options.js';
import { parquetShape } from './parquet.js';
import { workbookAsCsv } from './xlsx/read.js';

export type Format = NonNullable<FileStream['format']>;

/** How to read a piece; `remark` says, after it was read, what its reader should know. */
export type Readable = Pick<Scan, 'columns' | 'numbers' | 'relation' | 'recover'> & { readonly remark?: () => Promise<string | null> };

const endings: Readonly<Record<string, Format>> = {
  '.csv': 'csv',
  '.tsv': 'tsv',
  '.tab': 'tsv',
  '.json': 'json',
  '.ndjson': 'ndjson',
  '.jsonl': 'ndjson',
  '.parquet': 'parquet',
  '.xlsx': 'xlsx',
  '.xlsm': 'xlsx',
};

/** The format that the ending of a name tells, `.gz` left aside; null for any other. */
export function formatOfName(name: string): Format | null {
  return endings[extname(isGzipped(name) ? name.slice(0, -3) : name).toLowerCase()] ?? null;
}

/** The ending that a copy of a file needs to be read like it. */
export function endingOf(name: string): string {
  return isGzipped(name) ? '.gz' : '';
}

/**
 * How to read a piece that lies on this machine; null when it holds nothing. `folder` is for what reading needs.
 * @throws OnefoldError `FILE_UNREADABLE` or `SQL_INVALID`, and what the file system throws, when it can't be read
 */
export async function readableOf(part: string, path: string, stream: FileStream, engine: Engine, folder: string): Promise<Readable | null> {
  const format = stream.format ?? formatOfName(part) ?? 'csv';
  await expectKind(path, format);
  if (format === 'parquet') return { ...(await parquetShape(engine, path)), recover: null };
  if (format === 'xlsx') {
    const sheet = await workbookAsCsv(path, stream, folder);
    if (sheet === null) return null;
    const written = { ...stream, delimiter: ',', quote: '"', header: true, header_row: undefined };
    const rows = await csvReadable(engine, sheet.path, written, folder);
    return rows === null ? null : { ...rows, numbers: rows.columns.filter((_, i) => sheet.numbers[i]), remark: async () => sheet.remark };
  }
  if (format === 'csv' || format === 'tsv') {
    const text = await asUtf8(path, stream.encoding, folder, 'kept');
    return csvReadable(engine, text, format === 'tsv' ? { ...stream, delimiter: stream.delimiter ?? '\t' } : stream, folder);
  }
  return jsonReadable(engine, await asUtf8(path, stream.encoding, folder, 'removed'), format, stream, folder);
}

async function csvReadable(engine: Engine, file: string, options: FileStream, folder: string): Promise<Readable | null> {
  const { path, delimiter } = options.header ? await fromHeader(file, folder, options) : { path: file };
  const stream = { ...options, delimiter: options.delimiter ?? delimiter };
  const shape = await csvShape(path, stream);
  if (shape === null) return null;
  let split = false;
  const recover = async () => {
    const damaged = await damagedCsvRelation(path, shape, stream, folder);
    const huge = await hugeCsvRelation(engine, path, shape, stream, folder);
    split = huge === null;
    return huge ?? damaged;
  };
  const remark = async () => (split ? foreignRows(engine, folder, stream.encoding) : null);
  if (!shape.plainHeader) return { columns: shape.columns, relation: await recover(), recover: null, remark };
  return { columns: shape.columns, relation: csvRelation(path, shape, stream), recover, remark };
}

async function jsonReadable(
  engine: Engine,
  path: string,
  format: 'json' | 'ndjson',
  stream: FileStream,
  folder: string,
): Promise<Readable | null> {
  try {
    if (format === 'json' && stream.records !== undefined && !(await hasRecords(engine, path, stream.records))) {
      throw new OnefoldError('FILE_UNREADABLE', `has no array at \`${stream.records}\``);
    }
    return { ...(await jsonShape(engine, path, format, stream.records)), recover: null };
  } catch (cause) {
    if (!(cause instanceof OnefoldError) || cause.code !== 'SQL_INVALID') throw cause;
    const { foreign, ...shape } = await damagedJsonShape(engine, path, format, folder);
    return { ...shape, recover: null, remark: async () => (foreign === 0 ? null : notOf(stream.encoding, foreign)) };
  }
}
