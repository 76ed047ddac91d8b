import type { Row } from './data.js';

/**
 * Every row from 0 to count-1, then `repeated` of them once more, identical to the letter. A row that is
 * undefined (a customer that is not in this system) is left out, also among the repeated ones.
 */
export function* withRepeats(
  count: number,
  repeated: number,
  chosen: (index: number) => number,
  row: (index: number) => Row | undefined,
): Generator<Row> {
  for (let at = 0; at < count + repeated; at += 1) {
    const made = row(at < count ? at : chosen(at - count));
    if (made !== undefined) yield at < count ? made : again(made);
  }
}

/** A row that was written before, now once more: its one fault more is that it is there. */
export function again(row: Row): Row {
  return { ...row, earlier: undefined, faults: [...(row.faults ?? []), { field: '', kind: 'repeated', written: '', clean: '' }] };
}
