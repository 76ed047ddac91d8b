/** Columns from 0, or rows from 1; both ends included. */
export interface Bounds {
  readonly from: number;
  readonly to: number;
}

/** The cells that are meant; null for all columns there are. */
export interface Area {
  readonly columns: Bounds | null;
  readonly rows: Bounds;
}

/** The columns and rows of a range such as `B3:F200`, `B3:F` or `B:F`; all of them without one. */
export function areaOf(range: string | undefined): Area {
  if (range === undefined) return { columns: null, rows: { from: 1, to: Number.POSITIVE_INFINITY } };
  const corners = range.split(':');
  const columns = corners.map(columnOf);
  const rows = corners.map((c) => Number(/[0-9]+$/.exec(c)?.[0] ?? Number.NaN)).filter((row) => !Number.isNaN(row));
  return {
    columns: { from: Math.min(...columns), to: Math.max(...columns) },
    rows: { from: Math.min(...(rows.length === 0 ? [1] : rows)), to: rows.length < 2 ? Number.POSITIVE_INFINITY : Math.max(...rows) },
  };
}

/** The column of a place such as `AB12`, from 0. */
export function columnOf(place: string): number {
  let column = 0;
  for (let at = 0; at < place.length; at++) {
    const c = place.charCodeAt(at) & 0xdf;
    if (c < 0x41 || c > 0x5a) break;
    column = column * 26 + c - 0x40;
  }
  return column - 1;
}

/** The letters of a column from 0. */
export function lettersOf(column: number): string {
  return (column >= 26 ? lettersOf(Math.floor(column / 26) - 1) : '') + String.fromCharCode(65 + (column % 26));
}
