import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/** What a file holds before its records, between two of them, and after the last. */
export interface Layout {
  readonly before: string;
  readonly between: string;
  readonly after: string;
}

/** A CSV file with a header; its records come from `csvRecord`, which ends each with a line feed. */
export function csvLayout(columns: readonly string[]): Layout {
  return { before: csvRecord(columns), between: '', after: '' };
}

/** One JSON document to a line. */
export const ndjsonLayout: Layout = { before: '', between: '\n', after: '\n' };

/** One JSON array, indented by four, without a line feed at the end; its records come from `jsonItem`. */
export const jsonArrayLayout: Layout = { before: '[\n', between: ',\n', after: '\n]' };

/** One CSV record with its line feed; a cell with a comma, a quote or a line break is quoted, its quotes doubled. */
export function csvRecord(cells: readonly string[]): string {
  return `${cells.map((cell) => (/[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell)).join(',')}\n`;
}

/** One item of an indented JSON array. */
export function jsonItem(item: object): string {
  return JSON.stringify(item, undefined, 4).replaceAll(/^/gm, '    ');
}

/**
 * Every row from 0 to count-1, then `repeated` of them once more, identical to the letter. A row that is
 * undefined (a customer that is not in this system) is left out, also among the repeated ones.
 */
export function* withRepeats(
  count: number,
  repeated: number,
  chosen: (index: number) => number,
  row: (index: number) => string | undefined,
): Generator<string> {
  for (let at = 0; at < count + repeated; at += 1) {
    const made = row(at < count ? at : chosen(at - count));
    if (made !== undefined) yield made;
  }
}

const chunkCharacters = 1 << 16;

/** Writes a file record by record, at the pace of the disk, and returns the number of records. Rejects with the file system's error. */
export async function writeRecords(path: string, layout: Layout, records: Iterable<string>): Promise<number> {
  let rows = 0;
  function* chunks(): Generator<string> {
    let chunk = layout.before;
    for (const record of records) {
      chunk += rows === 0 ? record : layout.between + record;
      rows += 1;
      if (chunk.length < chunkCharacters) continue;
      yield chunk;
      chunk = '';
    }
    yield chunk + layout.after;
  }
  await pipeline(Readable.from(chunks()), createWriteStream(path));
  return rows;
}
