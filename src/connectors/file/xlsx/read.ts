import type { FileHandle } from 'node:fs/promises';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { OnefoldError } from '../../../base/errors.js';
import type { Bounds } from '../../spreadsheet/area.js';
import { areaOf } from '../../spreadsheet/area.js';
import { namesOf, sheetsNamed } from '../../spreadsheet/sheets.js';
import { firstBytes } from '../encoding.js';
import type { FileStream } from '../options.js';
import type { Zip } from '../zip.js';
import { withZip } from '../zip.js';
import type { SheetRow } from './cells.js';
import { eachRow } from './cells.js';
import type { Sheet, Workbook } from './workbook.js';
import { readWorkbook } from './workbook.js';

/** A sheet as a csv file, and what its reader should know of it. */
export interface SheetFile {
  readonly path: string;
  readonly remark: string | null;
  /** Whether its first column, its second and so on hold numbers, and not only texts that may look like some. */
  readonly numbers: readonly boolean[];
}

/**
 * Writes a sheet of a workbook to a csv file in `folder`, with a header; null when the sheet holds
 * nothing. Rows without any text are left out; of merged cells the first has the text, as in the sheet.
 * @throws OnefoldError `FILE_UNREADABLE` when it is no workbook that can be read, or has no such sheet
 */
export async function workbookAsCsv(path: string, options: FileStream, folder: string): Promise<SheetFile | null> {
  if ((await firstBytes(path, 4)).subarray(0, 4).toString('hex') === 'd0cf11e0') {
    throw new OnefoldError(
      'FILE_UNREADABLE',
      'is protected by a password, or a workbook of the old kind (.xls); save it as .xlsx without a password',
    );
  }
  return withZip(path, async (zip) => {
    const workbook = await readWorkbook(zip);
    const sheet = chosen(workbook.sheets, options.sheet);
    const to = join(folder, 'sheet.csv');
    // Cells outside the columns that the header names are rare, and known only at the end: then all is written again, wider.
    const first = await writeSheet(zip, workbook, sheet, options, to, null);
    if (first === null) return null;
    const all = { from: Math.min(first.seen.from, first.written.from), to: Math.max(first.seen.to, first.written.to) };
    if (all.from < first.written.from || all.to > first.written.to) await writeSheet(zip, workbook, sheet, options, to, all);
    const numbers = Array.from({ length: all.to - all.from + 1 }, (_, i) => first.numbers.has(all.from + i));
    return { path: to, remark: first.uncomputed === 0 ? null : uncomputedOf(sheet, first.uncomputed), numbers };
  });
}

function uncomputedOf({ name }: Sheet, cells: number): string {
  return `${cells} ${cells === 1 ? 'formula' : 'formulas'} of sheet ${JSON.stringify(name)} ${cells === 1 ? 'has' : 'have'} no saved value and landed empty; open the workbook in a spreadsheet program and save it`;
}

/** The sheet that is meant: by position, or by a name that need not match in case and surrounding blanks. */
function chosen(sheets: readonly Sheet[], wanted: FileStream['sheet']): Sheet {
  if (typeof wanted === 'string') {
    const [found, other] = sheetsNamed(sheets, wanted);
    if (found !== undefined && other === undefined) return found;
    if (found !== undefined)
      throw new OnefoldError('FILE_UNREADABLE', `has several sheets like \`${wanted}\` (${namesOf(sheetsNamed(sheets, wanted))})`);
  }
  const found = wanted === undefined ? (sheets.find((s) => !s.hidden) ?? sheets[0]) : sheets[Number(wanted) - 1];
  if (found !== undefined) return found;
  throw new OnefoldError(
    'FILE_UNREADABLE',
    `has no sheet ${wanted === undefined ? 'with cells' : `\`${wanted}\``} (it has ${namesOf(sheets)})`,
  );
}

/** Writes the sheet once; returns which columns were written, which have text, which have numbers, and how many formulas have no value. */
async function writeSheet(
  zip: Zip,
  workbook: Workbook,
  sheet: Sheet,
  options: FileStream,
  path: string,
  bounds: Bounds | null,
): Promise<{ readonly written: Bounds; readonly seen: Bounds; readonly numbers: ReadonlySet<number>; readonly uncomputed: number } | null> {
  const area = areaOf(options.range);
  const file = await open(path, 'w');
  const out = csvWriter(file);
  let written = area.columns ?? bounds;
  const seen = { from: Number.POSITIVE_INFINITY, to: -1 };
  const met = new Set<number>();
  let started = false;
  let uncomputed = 0;
  const take = ({ row, cells, uncomputed: without, numbers }: SheetRow): void => {
    if (row < area.rows.from || row > area.rows.to) return;
    if (options.header && !started && options.header_row !== undefined && row < options.header_row) return;
    uncomputed += without.filter((column) => inside(column, area.columns)).length;
    const used = { from: cells.findIndex((c, i) => c !== undefined && inside(i, area.columns)), to: lastUsed(cells, area.columns) };
    if (used.to < 0) return;
    if (!started) {
      if (options.header_row !== undefined && options.header && row > options.header_row) {
        throw new OnefoldError('FILE_UNREADABLE', `has nothing in row ${options.header_row}, which should name the columns`);
      }
      written ??= used;
      started = true;
      out.write(headerOf(cells, written, options));
      if (options.header) return;
    }
    seen.from = Math.min(seen.from, used.from);
    seen.to = Math.max(seen.to, used.to);
    for (const column of numbers) met.add(column);
    if (written !== null) out.write(sliced(cells, written));
  };
  try {
    await eachRow(zip, workbook, sheet, take, out.flush);
    await out.flush();
  } finally {
    await file.close();
  }
  if (!started || written === null) return null;
  return { written, seen: area.columns ?? (seen.to < 0 ? written : seen), numbers: met, uncomputed };
}

function headerOf(cells: SheetRow['cells'], { from, to }: Bounds, options: FileStream): readonly string[] {
  const names = options.header ? sliced(cells, { from, to }) : (options.columns ?? []);
  return Array.from({ length: to - from + 1 }, (_, i) => names[i]?.trim() || `column_${i + 1}`);
}

function sliced(cells: SheetRow['cells'], { from, to }: Bounds): readonly string[] {
  return Array.from({ length: to - from + 1 }, (_, i) => cells[from + i] ?? '');
}

function inside(column: number, columns: Bounds | null): boolean {
  return columns === null || (column >= columns.from && column <= columns.to);
}

function lastUsed(cells: SheetRow['cells'], columns: Bounds | null): number {
  return cells.findLastIndex((c, i) => c !== undefined && inside(i, columns));
}

/** Gathers records and writes them in large pieces. */
function csvWriter(file: FileHandle): { readonly write: (fields: readonly string[]) => void; readonly flush: () => Promise<void> } {
  let pending: string[] = [];
  return {
    write: (fields) => {
      pending.push(`${fields.map(quoted).join(',')}\n`);
    },
    flush: async () => {
      if (pending.length === 0) return;
      await file.appendFile(pending.join(''));
      pending = [];
    },
  };
}

function quoted(text: string): string {
  return /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
