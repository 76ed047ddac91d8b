import { setTimeout as passed } from 'node:timers/promises';
import { OnefoldError } from '../../base/errors.js';
import { areaOf } from '../spreadsheet/area.js';
import type { Access } from './access.js';
import type { Asked, Block, KnownSheet } from './grid.js';
import { blockOf, findSheet } from './grid.js';
import type { SheetsStream } from './options.js';
import type { Header, Records } from './table.js';
import { headerOf, recordsOf } from './table.js';

/** The records of a block of a sheet. */
export interface Part extends Records {
  readonly sheet: KnownSheet;
  /** Nothing lies before or behind this block: the sheet was read at one moment. */
  readonly isWhole: boolean;
  /** Null where no row was found that names the columns. */
  readonly header: Header | null;
  /** The header is no longer where and what it was: nothing was read of this block, and nothing follows. */
  readonly hasMoved: boolean;
}

/** More rows than a grid can have: cells that are empty cost nothing. */
const everything = 10_000_000;

/** How long values that Google is still fetching are waited for, in milliseconds. */
const loadingWaits = [500, 1500];

/**
 * A sheet from its first row to its last, block by block. Each block comes with the header as it was at the same moment, and is left
 * where that is another, so that values never get the name of a column beside theirs.
 * @param known the sheet as an earlier reading found it
 */
export async function* partsOf(access: Access, stream: SheetsStream, known: KnownSheet | null): AsyncGenerator<Part, void> {
  const area = areaOf(stream.range);
  const first = Math.max(area.rows.from, stream.header_row ?? 1);
  const asked: Asked = { area, from: first, rows: known?.fits === true ? everything : stream.rows, atMost: stream.rows, headerRow: null };
  let block: Block | null = await firstBlock(access, stream, asked, known);
  let header: Header | null = null;
  while (block !== null) {
    const hasMoved = header !== null && JSON.stringify(block.header) !== JSON.stringify(header.cells);
    header ??= headerOf(block, stream.header_row, area.columns);
    const found: Records =
      header === null || hasMoved ? { records: [], columns: [], errors: 0 } : recordsOf(block, header, area.columns, stream.errors);
    const { sheet, to, last } = block;
    const isLast = to >= Math.min(last, area.rows.to);
    yield { ...found, sheet, header, hasMoved, isWhole: isLast && block.from === first };
    if (isLast || hasMoved) return;
    // Where a block ends in emptiness, what is left of the grid is likely to be empty too.
    const [size, bottom] = [to - block.from + 1, block.rows.at(-1)?.row ?? 0];
    const rows = to - bottom >= size / 2 ? everything : Math.min(size, stream.rows);
    // A sheet that has become shorter meanwhile has no such rows any more.
    block = await settled(access, sheet.name, { ...asked, from: to + 1, rows, headerRow: header?.row ?? null });
  }
}

/** The first block of a sheet whose exact name need not be known. */
async function firstBlock(access: Access, stream: SheetsStream, asked: Asked, known: KnownSheet | null): Promise<Block> {
  const found = await settled(access, known?.name ?? stream.sheet, asked);
  if (found !== null) return found;
  const { last, ...sheet } = await findSheet(access, stream.sheet, known);
  if (asked.from > last)
    throw new OnefoldError(
      'SOURCE_BROKEN',
      `sheet ${JSON.stringify(sheet.name)} has ${last} rows, and is to be read from row ${asked.from} on`,
      {
        hint: 'look at `header_row` and `range` of the stream',
      },
    );
  const again = await settled(access, sheet.name, { ...asked, rows: Math.min(asked.rows, last - asked.from + 1) });
  if (again !== null) return again;
  throw new OnefoldError('SOURCE_BROKEN', `sheet ${JSON.stringify(sheet.name)} does not have the range that is declared`, {
    hint: 'look at `range` of the stream: has the sheet so many columns?',
  });
}

/** A block with all its values there. @throws OnefoldError `SOURCE_UNREACHABLE` when the sheet does not come to rest */
async function settled(access: Access, sheet: string, asked: Asked): Promise<Block | null> {
  for (const wait of [...loadingWaits, null]) {
    const block = await blockOf(access, sheet, asked);
    const isLoading = block?.rows.some(({ cells }) => cells.some((c) => typeof c === 'object' && c !== null && c.loading)) === true;
    if (!isLoading) return block;
    if (wait !== null) await passed(wait);
  }
  throw new OnefoldError('SOURCE_UNREACHABLE', `sheet ${JSON.stringify(sheet)} is still loading values from elsewhere`, {
    hint: 'build again when its formulas have come to rest; nothing of it was landed',
  });
}
