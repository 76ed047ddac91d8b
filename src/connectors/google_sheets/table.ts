import { OnefoldError } from '../../base/errors.js';
import type { SourceRecord } from '../contract.js';
import { distinctNames } from '../file/columns.js';
import type { Bounds } from '../spreadsheet/area.js';
import { lettersOf } from '../spreadsheet/area.js';
import type { Cell } from './cells.js';
import type { Block, Cells } from './grid.js';

/** The row that names the columns. */
export interface Header {
  readonly row: number;
  readonly cells: Cells;
}

/** Records of a block, and how many of its formulas ended in an error. */
export interface Records {
  readonly records: readonly SourceRecord[];
  readonly columns: readonly string[];
  readonly errors: number;
}

/**
 * The header of a block: the row that is declared, else the first that is not empty; null when the block has none.
 * @throws OnefoldError `SOURCE_BROKEN` when the declared row is empty, or a name in it is a formula's error
 */
export function headerOf({ rows, sheet }: Block, declared: number | undefined, columns: Bounds | null): Header | null {
  const found = rows.find(({ cells }) => cellsIn(cells, columns).length > 0);
  if (found === undefined) return null;
  const name = JSON.stringify(sheet.name);
  if (declared !== undefined && found.row !== declared)
    throw new OnefoldError('SOURCE_BROKEN', `sheet ${name} has nothing in row ${declared}, which should name the columns`, {
      hint: 'look at `header_row` of the stream',
    });
  const broken = found.cells.findIndex((cell, i) => typeof cell === 'object' && cell !== null && isIn(i, columns));
  if (broken < 0) return found;
  throw new OnefoldError(
    'SOURCE_BROKEN',
    `sheet ${name} has a formula's error instead of a column's name in ${lettersOf(broken)}${found.row}`,
    {
      hint: 'mend the formula; nothing was read',
    },
  );
}

/** The rows of a block behind the header, as records; columns without a name get one from their place, where they have values. */
export function recordsOf({ rows }: Block, header: Header, area: Bounds | null, errorsAs: 'null' | 'text'): Records {
  const used = rows.filter(({ row, cells }) => row > header.row && cellsIn(cells, area).length > 0);
  const filled = [header, ...used].flatMap(({ cells }) => cellsIn(cells, area));
  const from = area?.from ?? filled.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  const to = filled.reduce((a, b) => Math.max(a, b), from);
  const titles = Array.from({ length: to - from + 1 }, (_, i) => String(valueIn(header.cells[from + i] ?? null, 'text') ?? ''));
  const names = distinctNames(titles);
  const isNamed = titles.map((title) => title.trim() !== '');
  let errors = 0;
  const records = used.map(({ cells }) => {
    const record: [string, string | number | null][] = [];
    for (const [i, name] of names.entries()) {
      const cell = cells[from + i] ?? null;
      if (typeof cell === 'object' && cell !== null) errors++;
      if (isNamed[i] === true || cell !== null) record.push([name, valueIn(cell, errorsAs)]);
    }
    return Object.fromEntries(record);
  });
  return { records, columns: names.filter((_, i) => isNamed[i]), errors };
}

function valueIn(cell: Cell, errorsAs: 'null' | 'text'): string | number | null {
  if (typeof cell !== 'object' || cell === null) return cell;
  return errorsAs === 'text' ? cell.error : null;
}

/** The columns of a row that have something in them, within bounds. */
function cellsIn(cells: Cells, bounds: Bounds | null): readonly number[] {
  return [...cells.keys()].filter((i) => (cells[i] ?? null) !== null && isIn(i, bounds));
}

function isIn(column: number, bounds: Bounds | null): boolean {
  return bounds === null || (column >= bounds.from && column <= bounds.to);
}
