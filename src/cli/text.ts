import { loadCommonJs } from '../base/commonjs.js';
import type { Cell, Row } from '../engine/engine.js';
import { colours as pc } from './colours.js';

/** A number with thousands set off. */
export function number(n: number): string {
  return n.toLocaleString('en-US');
}

/** `1 row`, `2 rows`. */
export function counted(n: number, one: string, many = `${one}s`): string {
  return `${number(n)} ${n === 1 ? one : many}`;
}

/** A value as a person reads it: decimals without trailing zeros, nested values as JSON, control characters made visible. */
export function shown(value: Cell | undefined): string {
  if (value === null || value === undefined) return '';
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value);
  const plain = /^-?\d+\.\d*0+$/.test(text) && text.length > 15 ? text.replace(/0+$/, '').replace(/\.$/, '') : text;
  // A terminal obeys control characters, so data must not hold any.
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is replaced
  return plain.replace(/[\u0000-\u001f\u007f-\u009f]/g, (c) => (c === '\n' ? '⏎' : '�'));
}

/** A measure as people read it: thousands set off, percent or currency said. Exact: it never becomes a floating point number. */
export function formatted(value: Cell, format: string, currency?: string): string {
  const text = shown(value);
  const decimal = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text);
  if (decimal === null) return text;
  const [, sign = '', whole = '0', fraction = ''] = decimal;
  const percent = format === 'percent';
  const digits = percent ? whole + fraction.padEnd(2, '0').slice(0, 2) : whole;
  const rest = percent ? fraction.slice(2) : fraction;
  const grouped = (digits.replace(/^0+(?=\d)/, '') || '0').replace(/\B(?=(\d{3})+$)/g, ',');
  const unit = percent ? '%' : format.startsWith('currency') ? ` ${format.slice('currency '.length) || currency || ''}`.trimEnd() : '';
  return `${sign}${grouped}${rest === '' ? '' : `.${rest}`}${unit}`;
}

/** Rows with whole numbers as JSON can hold them: as numbers where that loses nothing, else as text. */
export function wholeNumbers(columns: readonly { readonly name: string; readonly type: string }[], rows: readonly Row[]): readonly Row[] {
  const whole = columns.filter((c) => c.type === 'BIGINT' || c.type === 'HUGEINT').map((c) => c.name);
  return rows.map((row) => ({ ...row, ...Object.fromEntries(whole.map((name) => [name, asNumber(row[name])])) }));
}

function asNumber(value: Cell | undefined): Cell {
  return typeof value === 'string' && Number.isSafeInteger(Number(value)) ? Number(value) : (value ?? null);
}

/** Rows under their column names. What draws them is loaded where there are some. */
export function rowsAsTable(columns: readonly string[], rows: readonly Row[]): string {
  const Table: typeof import('cli-table3') = loadCommonJs('cli-table3');
  const table = new Table({
    head: columns.map((c) => pc.bold(c)),
    style: { head: [], border: [], compact: true },
    chars: {
      top: '',
      'top-mid': '',
      'top-left': '',
      'top-right': '',
      bottom: '',
      'bottom-mid': '',
      'bottom-left': '',
      'bottom-right': '',
      left: '',
      right: '',
      middle: '  ',
      mid: '',
      'mid-mid': '',
      'left-mid': '',
      'right-mid': '',
    },
  });
  for (const row of rows) table.push(columns.map((c) => clipped(shown(row[c]))));
  return table.toString();
}

/** Names under their column names, in columns of one width. For long lists of plain names, where a table takes too long. */
export function namesAsTable(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = columns.map((head, i) => rows.reduce((width, row) => Math.max(width, row[i]?.length ?? 0), head.length));
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join('  ')
      .trimEnd();
  return [pc.bold(line(columns)), ...rows.map(line)].join('\n');
}

/** A text as long as a line has room for. */
export function clipped(text: string, most = 80): string {
  return text.length > most ? `${text.slice(0, most - 1)}…` : text;
}
