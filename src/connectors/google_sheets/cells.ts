import { z } from 'zod';
import type { NumberStyle } from '../spreadsheet/numbers.js';
import { numberStyle, numberText } from '../spreadsheet/numbers.js';

/** A cell as Google gives it. What a number stands for is told by its format, as in a workbook. */
export const cellData = z.object({
  effectiveValue: z
    .object({
      // Numbers of more digits than JavaScript holds come as text.
      numberValue: z.union([z.number(), z.string()]).optional(),
      stringValue: z.string().optional(),
      boolValue: z.boolean().optional(),
      errorValue: z.object({ type: z.string().optional() }).optional(),
    })
    .optional(),
  effectiveFormat: z
    .object({ numberFormat: z.object({ type: z.string().optional(), pattern: z.string().optional() }).optional() })
    .optional(),
});
export type CellData = z.output<typeof cellData>;

/** The fields of a cell that are asked for. */
export const cellFields = 'effectiveValue,effectiveFormat.numberFormat';

/** What a formula ended in instead of a value; `loading` is no value yet. */
export interface CellError {
  readonly error: string;
  readonly loading: boolean;
}

/** How errors show in the sheet. */
const errorTexts: ReadonlyMap<string, string> = new Map([
  ['NULL_VALUE', '#NULL!'],
  ['DIVIDE_BY_ZERO', '#DIV/0!'],
  ['VALUE', '#VALUE!'],
  ['REF', '#REF!'],
  ['NAME', '#NAME?'],
  ['NUM', '#NUM!'],
  ['N_A', '#N/A'],
]);

/** A number as such, all else as the text that a workbook's cell would have; null for an empty one. */
export type Cell = string | number | CellError | null;

/** What a cell holds. Numbers that JavaScript would write in another way are text. */
export function cellOf({ effectiveValue: value, effectiveFormat }: CellData): Cell {
  if (value === undefined) return null;
  if (value.stringValue !== undefined) return value.stringValue === '' ? null : value.stringValue;
  if (value.boolValue !== undefined) return String(value.boolValue);
  if (value.errorValue !== undefined) {
    const type = value.errorValue.type ?? 'ERROR';
    return { error: errorTexts.get(type) ?? '#ERROR!', loading: type === 'LOADING' };
  }
  if (value.numberValue === undefined) return null;
  const { type = '', pattern = '' } = effectiveFormat?.numberFormat ?? {};
  const style = styleOf(type, pattern);
  const text = numberText(String(value.numberValue), style, 'true_days');
  return style.kind === 'number' && String(Number(text)) === text ? Number(text) : text;
}

const defaults: ReadonlyMap<string, NumberStyle> = new Map(
  Object.entries({ DATE: 'yyyy-mm-dd', TIME: 'hh:mm:ss', DATE_TIME: 'yyyy-mm-dd hh:mm:ss' }).map(([type, code]) => [
    type,
    numberStyle(0, code),
  ]),
);
const plainTypes = new Set(['TEXT', 'NUMBER', 'PERCENT', 'CURRENCY', 'SCIENTIFIC']);
const styles = new Map<string, NumberStyle>();

function styleOf(type: string, pattern: string): NumberStyle {
  const name = `${type} ${pattern}`;
  const style = styles.get(name) ?? readStyle(type, pattern);
  if (styles.size < 10_000) styles.set(name, style);
  return style;
}

/** The pattern decides, as it does in a workbook; but of what Google calls a number, only a duration is a time. */
function readStyle(type: string, pattern: string): NumberStyle {
  const told = numberStyle(0, pattern === '' ? 'General' : pattern);
  if (plainTypes.has(type) && told.kind !== 'duration') return numberStyle(0, undefined);
  return told.kind === 'number' ? (defaults.get(type) ?? told) : told;
}
