import { z } from 'zod';
import { OnefoldError } from '../../base/errors.js';
import { failureOf, wantsLess } from '../http/failure.js';
import { shapeOf } from '../http/json.js';
import type { Area } from '../spreadsheet/area.js';
import { lettersOf } from '../spreadsheet/area.js';
import { namesOf, sheetsNamed } from '../spreadsheet/sheets.js';
import type { Access } from './access.js';
import type { Cell } from './cells.js';
import { cellData, cellFields, cellOf } from './cells.js';

/** Cells of a row by column from 0; what is empty is null or not there. */
export type Cells = readonly Cell[];

/** Rows of a sheet as they were at one moment, and with them, always, the row that names the columns where that is known. */
export interface Block {
  readonly sheet: KnownSheet;
  /** The first and the last row that were asked for. */
  readonly from: number;
  readonly to: number;
  /** The number of the grid's last row. */
  readonly last: number;
  readonly header: Cells | null;
  /** Rows with something in them, by number from 1. */
  readonly rows: readonly { readonly row: number; readonly cells: Cells }[];
}

/** A sheet by its title, and by the id that it keeps when it is renamed. `fits`: one request is known to be enough for all its rows. */
export const knownSheet = z.object({ id: z.number(), name: z.string(), fits: z.boolean() });
export type KnownSheet = z.output<typeof knownSheet>;

/** What is asked for. */
export interface Asked {
  readonly area: Area;
  /** First row, how many, and how many at most if that turns out to be too much. */
  readonly from: number;
  readonly rows: number;
  readonly atMost: number;
  /** The row that names the columns, when it lies before the block. */
  readonly headerRow: number | null;
}

const gridData = z.object({
  startRow: z.number().default(0),
  startColumn: z.number().default(0),
  rowData: z.array(z.object({ values: z.array(cellData).default([]) })).default([]),
});

const answered = z.object({
  sheets: z
    .array(
      z.object({
        properties: z.object({
          sheetId: z.number().default(0),
          title: z.string(),
          sheetType: z.string().default('GRID'),
          gridProperties: z.object({ rowCount: z.number().default(0) }).default({ rowCount: 0 }),
        }),
        data: z.array(gridData).default([]),
      }),
    )
    .default([]),
});

/** Blocks are not made smaller than this. */
const fewest = 100;

const propertyFields = 'properties(sheetId,title,sheetType,gridProperties.rowCount)';

/**
 * Asks for a block of a sheet, and for a smaller one where it is too much for Google or for us; null when there is no such range (the
 * sheet is gone, or ends before). @throws OnefoldError
 */
export async function blockOf(access: Access, sheet: string, asked: Asked): Promise<Block | null> {
  for (let rows = asked.rows; ; rows = Math.min(asked.atMost, Math.floor(rows / 2))) {
    const to = Math.min(asked.from + rows - 1, asked.area.rows.to);
    const ranges = [
      ...(asked.headerRow === null ? [] : [rangeOf(sheet, asked.area, asked.headerRow, asked.headerRow)]),
      rangeOf(sheet, asked.area, asked.from, to),
    ];
    try {
      const json = await access.ask(
        ranges,
        `sheets(${propertyFields},data(startRow,startColumn,rowData.values(${cellFields})))`,
        rows > fewest,
      );
      return json === null ? null : parsed(json, asked, to);
    } catch (thrown) {
      const failure = failureOf(thrown);
      if (rows <= fewest || failure === null || !wantsLess(failure)) throw thrown;
    }
  }
}

/** A range of whole rows, or of some columns of them: `'My ''own'' sheet'!B3:F200`. */
function rangeOf(sheet: string, { columns }: Area, from: number, to: number): string {
  const [left, right] = columns === null ? ['', ''] : [lettersOf(columns.from), lettersOf(columns.to)];
  return `'${sheet.replaceAll("'", "''")}'!${left}${from}:${right}${to}`;
}

function parsed(json: unknown, { from, headerRow }: Asked, to: number): Block {
  const [found] = sheetsIn(json);
  if (found === undefined) throw noSheets(json);
  const { sheetId: id, title: name, gridProperties } = found.properties;
  const rowsFrom = (first: number) => {
    const data = found.data.find(({ startRow }) => startRow === first - 1);
    const before = Array.from({ length: data?.startColumn ?? 0 }, () => null);
    return (data?.rowData ?? []).map(({ values }, i) => ({ row: first + i, cells: [...before, ...values.map(cellOf)] }));
  };
  return {
    sheet: { id, name, fits: false },
    from,
    to,
    last: gridProperties.rowCount,
    header: headerRow === null ? null : (rowsFrom(headerRow)[0]?.cells ?? []),
    rows: rowsFrom(from).filter(({ cells }) => cells.some((cell) => cell !== null)),
  };
}

function sheetsIn(json: unknown) {
  const found = answered.safeParse(json).data?.sheets;
  if (found === undefined) throw noSheets(json);
  return found;
}

function noSheets(json: unknown): OnefoldError {
  return new OnefoldError('SOURCE_BROKEN', `Google answered with no sheets: ${shapeOf(json)}`, {
    hint: 'is `url` the address of the Google Sheets API?',
  });
}

/**
 * The sheet of a name that is not exactly that of any sheet.
 * @param known the sheet that the name led to before
 * @throws OnefoldError `SOURCE_BROKEN` when there is none, or more than one
 */
export async function findSheet(access: Access, wanted: string, known: KnownSheet | null): Promise<KnownSheet & { readonly last: number }> {
  const json = await access.ask([], `sheets(${propertyFields})`, false);
  const sheets = sheetsIn(json)
    .filter(({ properties }) => properties.sheetType === 'GRID')
    .map(({ properties: p }) => ({ id: p.sheetId, name: p.title, fits: false, last: p.gridProperties.rowCount }));
  const [found, ...others] = sheetsNamed(sheets, wanted);
  if (found !== undefined && others.length === 0) return found;
  if (found !== undefined)
    throw new OnefoldError('SOURCE_BROKEN', `\`${wanted}\` could be any of the sheets ${namesOf([found, ...others])}`, {
      hint: 'name it exactly',
    });
  const renamed = sheets.find(({ id }) => id === known?.id);
  if (renamed === undefined)
    throw new OnefoldError('SOURCE_BROKEN', `the spreadsheet has no sheet \`${wanted}\` (it has ${namesOf(sheets)})`, {
      hint: 'look at `sheet` of the stream',
    });
  throw new OnefoldError('SOURCE_BROKEN', `the sheet \`${wanted}\` is called ${JSON.stringify(renamed.name)} now`, {
    hint: 'change `sheet` of the stream, or call it as before',
  });
}
