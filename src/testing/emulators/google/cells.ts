/** How the cells of a sheet are written down for the emulator, and how the interface spells them. */

/** A number format, as the interface has it. */
export interface SheetFormat {
  readonly type: 'TEXT' | 'NUMBER' | 'PERCENT' | 'CURRENCY' | 'DATE' | 'TIME' | 'DATE_TIME' | 'SCIENTIFIC';
  readonly pattern?: string;
}

/** A cell: a plain value, or one with a format, or a formula that ended in an error. Days are numbers, as in the sheet itself. */
export type SheetCell =
  | string
  | number
  | boolean
  | null
  | { readonly value: string | number | boolean; readonly format?: SheetFormat }
  | { readonly error: 'ERROR' | 'NULL_VALUE' | 'DIVIDE_BY_ZERO' | 'VALUE' | 'REF' | 'NAME' | 'NUM' | 'N_A' | 'LOADING' };

export type SheetRow = readonly SheetCell[];

const date: SheetFormat = { type: 'DATE', pattern: 'yyyy-mm-dd' };

/** A text as a sheet takes it from a person's keyboard: days and numbers become what they are, digits with a zero before them too. */
export function asEntered(text: string): SheetCell {
  if (text === '') return null;
  if (/^(true|false)$/i.test(text)) return text.toLowerCase() === 'true';
  if (/^-?\d+(\.\d+)?$/.test(text)) return Number(text);
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text) || Number.isNaN(Date.parse(text))) return text;
  return { value: (Date.parse(text) - Date.UTC(1899, 11, 30)) / 86_400_000, format: date };
}

/** The cell as `CellData`; null for one that has nothing in it. */
export function cellData(cell: SheetCell): Readonly<Record<string, unknown>> | null {
  if (cell === null || cell === '') return null;
  if (typeof cell !== 'object') return { effectiveValue: extended(cell) };
  if ('error' in cell) {
    return {
      userEnteredValue: { formulaValue: '=VLOOKUP("nobody", A:B, 2)' },
      effectiveValue: { errorValue: { type: cell.error, message: "Did not find value 'nobody' in VLOOKUP evaluation." } },
      formattedValue: '#N/A',
    };
  }
  const format = cell.format === undefined ? {} : { effectiveFormat: { numberFormat: cell.format, wrapStrategy: 'OVERFLOW_CELL' } };
  return { effectiveValue: extended(cell.value), ...format };
}

function extended(value: string | number | boolean): Readonly<Record<string, unknown>> {
  if (typeof value === 'number') return { numberValue: value };
  return typeof value === 'string' ? { stringValue: value } : { boolValue: value };
}

/** A part of a sheet: rows and columns from 0, the ends not included. */
export interface Area {
  readonly title: string;
  readonly rows: readonly [number, number];
  readonly columns: readonly [number, number];
}

/** A range in A1 notation whose sheet is named exactly, in quotes or not; null when it is none. */
export function areaOf(range: string): Area | null {
  const [, quoted, bare, from = '', to = from] =
    /^(?:'((?:[^']|'')*)'|([^'!:]+))(?:!([A-Za-z]*\d*)(?::([A-Za-z]*\d*))?)?$/.exec(range) ?? [];
  const title = quoted?.replaceAll("''", "'") ?? bare;
  if (title === undefined) return null;
  const row = (corner: string, otherwise: number): number => Number(/\d+$/.exec(corner)?.[0] ?? otherwise);
  const column = (corner: string, otherwise: number): number => {
    const letters = /^[A-Za-z]+/.exec(corner)?.[0].toUpperCase() ?? '';
    return letters === '' ? otherwise : [...letters].reduce((n, c) => n * 26 + c.charCodeAt(0) - 64, 0);
  };
  return { title, rows: [row(from, 1) - 1, row(to, Infinity)], columns: [column(from, 1) - 1, column(to, Infinity)] };
}

/** The cells of an area as `GridData`: nothing behind the last cell of a row, and behind the last row, that has something in it. */
export function gridData(rows: readonly SheetRow[], area: Area): Readonly<Record<string, unknown>> {
  const cut = rows.slice(...area.rows).map((row) => trimmed(row.slice(...area.columns).map(cellData)));
  const last = cut.findLastIndex((row) => row.length > 0);
  return {
    // A number that is 0 is left out, as the interface does.
    ...(area.rows[0] === 0 ? {} : { startRow: area.rows[0] }),
    ...(area.columns[0] === 0 ? {} : { startColumn: area.columns[0] }),
    rowData: cut.slice(0, last + 1).map((row) => (row.length === 0 ? {} : { values: row.map((cell) => cell ?? {}) })),
  };
}

function trimmed<T>(row: readonly (T | null)[]): readonly (T | null)[] {
  return row.slice(0, row.findLastIndex((cell) => cell !== null) + 1);
}

/** What a field mask such as `sheets(properties.title,data)` leaves of a value; a mask that can't be read leaves nothing. */
export function masked(value: unknown, mask: string): unknown {
  if (mask === '*') return value;
  if (Array.isArray(value)) return value.map((item: unknown) => masked(item, mask));
  if (typeof value !== 'object' || value === null) return undefined;
  const kept: Record<string, unknown> = {};
  for (const part of parts(mask)) {
    const [, name = '', below = ''] = /^([A-Za-z]+)[./]?(.*)$/.exec(part) ?? [];
    const found: unknown = Reflect.get(value, name);
    if (found === undefined) continue;
    const inner = below === '' ? found : masked(found, below.startsWith('(') ? below.slice(1, -1) : below);
    if (inner !== undefined) kept[name] = inner;
  }
  return kept;
}

/** A mask at its commas, those within parentheses left alone. */
function parts(mask: string): readonly string[] {
  const found: string[] = [''];
  let depth = 0;
  for (const c of mask) {
    if (c === '(') depth++;
    if (c === ')') depth--;
    if (c === ',' && depth === 0) found.push('');
    else found.push((found.pop() ?? '') + c);
  }
  return found;
}
