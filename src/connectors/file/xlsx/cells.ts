import { OnefoldError } from '../../../base/errors.js';
import { columnOf } from '../../spreadsheet/area.js';
import type { NumberStyle } from '../../spreadsheet/numbers.js';
import { numberStyle, numberText } from '../../spreadsheet/numbers.js';
import { attribute } from '../xml.js';
import type { Zip } from '../zip.js';
import type { Sheet, Workbook } from './workbook.js';
import { parse, richText, unescaped } from './workbook.js';

/** A row that has something in it: its number from 1, and its texts by column from 0; columns without text are holes. */
export interface SheetRow {
  readonly row: number;
  readonly cells: readonly (string | undefined)[];
  /** Columns of formulas whose value was not saved: programs that write workbooks often leave that to the one that opens them. */
  readonly uncomputed: readonly number[];
  /** Columns of cells that hold a number, and not a text that looks like one. */
  readonly numbers: readonly number[];
}

const general: NumberStyle = numberStyle(0, undefined);

/** Goes through the rows of a sheet in order; `rest` is awaited between pieces of the file. @throws OnefoldError `FILE_UNREADABLE` */
export async function eachRow(
  zip: Zip,
  workbook: Workbook,
  sheet: Sheet,
  take: (row: SheetRow) => void,
  rest: () => Promise<void>,
): Promise<void> {
  let row = 0;
  let column = -1;
  let cells: (string | undefined)[] = [];
  let type = 'n';
  let style = general;
  let value = '';
  let inValue = false;
  let formula = false;
  let uncomputed: number[] = [];
  let numbers: number[] = [];
  const inline = richText();
  const found = await parse(
    zip,
    sheet.part,
    {
      open: (name, tag) => {
        if (name === 'c') {
          const place = attribute(tag, 'r');
          column = place === undefined ? column + 1 : columnOf(place);
          type = attribute(tag, 't') ?? 'n';
          style = workbook.styles[Number(attribute(tag, 's') ?? 0)] ?? general;
          value = '';
          formula = false;
        } else if (name === 'v') inValue = true;
        else if (name === 'f') formula = true;
        else if (name === 'row') {
          row = Number(attribute(tag, 'r') ?? row + 1);
          column = -1;
          cells = [];
          uncomputed = [];
          numbers = [];
        } else inline.open(name, tag);
      },
      text: (text) => {
        if (inValue) value += text;
        else inline.text(text);
      },
      close: (name) => {
        if (name === 'v') inValue = false;
        else if (name === 'c') {
          const text = cellText(type, value, inline.take(), style, workbook);
          if (text !== '') {
            cells[column] = text;
            if (type === 'n') numbers.push(column);
          }
          // A formula that came to an empty text says so by its type.
          else if (formula && type !== 'str') uncomputed.push(column);
        } else if (name === 'row') {
          if (cells.length > 0 || uncomputed.length > 0) take({ row, cells, uncomputed, numbers });
        } else inline.close(name);
      },
    },
    rest,
  );
  if (!found)
    throw new OnefoldError('FILE_UNREADABLE', `is a damaged workbook: the cells of sheet ${JSON.stringify(sheet.name)} are not in it`);
}

function cellText(type: string, value: string, inline: string, style: NumberStyle, workbook: Workbook): string {
  if (type === 's') {
    const text = value === '' ? '' : workbook.sharedStrings[Number(value)];
    if (text === undefined) throw new OnefoldError('FILE_UNREADABLE', 'is a damaged workbook: a cell refers to a text that is not in it');
    return text;
  }
  if (type === 'inlineStr') return inline;
  if (type === 'str') return unescaped(value);
  if (type === 'b') return value.trim() === '' ? '' : value.trim() === '0' ? 'false' : 'true';
  if (type === 'e' || type === 'd') return value;
  return numberText(value, style, workbook.date1904 ? 'from_1904' : 'from_1900');
}
