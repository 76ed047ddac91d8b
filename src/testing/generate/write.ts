import { open } from 'node:fs/promises';

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
  let record = '';
  for (let at = 0; at < cells.length; at += 1) {
    const cell = cells[at] ?? '';
    if (at > 0) record += ',';
    record += special.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
  }
  return `${record}\n`;
}

const special = /[",\r\n]/;

/** One item of an indented JSON array. */
export function jsonItem(item: object): string {
  return JSON.stringify(item, undefined, 4).replaceAll(/^/gm, '    ');
}

const chunkCharacters = 1 << 18;

/** A file that is being written. `add` gives a promise when the disk must be waited for, and nothing otherwise. */
export interface RecordFile {
  readonly path: string;
  readonly rows: () => number;
  readonly add: (text: string) => Promise<void> | undefined;
  /** Writes what is left and closes. */
  readonly end: () => Promise<void>;
  /** Closes without writing what is left: after an error elsewhere. */
  readonly abandon: () => Promise<void>;
}

/**
 * Opens a file for records, replacing one that is there. While one chunk is on its way to the disk the next is made;
 * there are never more than these two. Rejects with the file system's error.
 */
export async function openRecords(path: string, layout: Layout): Promise<RecordFile> {
  const file = await open(path, 'w');
  let rows = 0;
  let chunk = layout.before;
  let writing: Promise<void> = Promise.resolve();
  const flush = (): Promise<void> => {
    const full = chunk;
    const before = writing;
    chunk = '';
    writing = before.then(() => file.appendFile(full));
    // Whoever waits next gets the error; that nobody waits yet must not end the process.
    writing.catch(() => undefined);
    return before;
  };
  return {
    path,
    rows: () => rows,
    add: (text) => {
      chunk += rows === 0 ? text : layout.between + text;
      rows += 1;
      return chunk.length < chunkCharacters ? undefined : flush();
    },
    end: async () => {
      chunk += layout.after;
      await flush();
      await writing;
      await file.close();
    },
    abandon: async () => {
      await writing.catch(() => undefined);
      await file.close();
    },
  };
}
