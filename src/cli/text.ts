import Table from 'cli-table3';
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

/** Rows under their column names. */
export function rowsAsTable(columns: readonly string[], rows: readonly Row[]): string {
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

function clipped(text: string): string {
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}
