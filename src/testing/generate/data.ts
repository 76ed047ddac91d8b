import type { Dirt, DirtKind } from './dirt.js';
import type { Layout } from './write.js';

/** One written file: its path (`out` joined with its name) and its number of records, repeated and broken ones included. */
export interface GeneratedFile {
  readonly path: string;
  readonly rows: number;
}

/** What is wrong with a field (or, if `field` is empty, with a row), what was written and what would have been right. */
export interface Fault {
  readonly field: string;
  readonly kind: DirtKind;
  readonly written: string;
  readonly clean: string;
}

/** One row of a file: its text, and the truth about it. */
export interface Row {
  readonly text: string;
  /** The identifier of the record, as the stream has it in the column that identifies its records. */
  readonly id?: string | undefined;
  /** The record's number within its stream, from 0; all rows with one number are of one record, which the truth lists once. */
  readonly number?: number | undefined;
  /** The person that the row is of, by number from 0; nobody that is known if undefined. */
  readonly person?: number | undefined;
  readonly faults?: readonly Fault[] | undefined;
  /** What a first delivery said where a later one, with `text`, sets it right. Only written when there are several deliveries. */
  readonly earlier?: { readonly text: string; readonly faults: readonly Fault[] } | undefined;
}

/** A file as a generator describes it. Its rows are made lazily, once. */
export interface FileOfRecords {
  readonly name: string;
  /** Source and stream by which the truth speaks of the file's records. */
  readonly source: string;
  readonly stream: string;
  readonly layout: Layout;
  /** About how many rows there will be: what deliveries are cut by. */
  readonly expected: number;
  readonly rows: Iterable<Row>;
}

/** A file of the truth that a generator writes by itself: its persons as they are, or the spellings of its branches. */
export interface FileOfTruth {
  readonly name: string;
  readonly layout: Layout;
  readonly rows: Iterable<string>;
}

/** Everything that decides what a generator makes. */
export interface Plan {
  readonly seed: number;
  readonly customers: number;
  readonly dirt: Dirt;
}

/** What a generator makes of a plan. */
export interface Data {
  readonly files: readonly FileOfRecords[];
  readonly truth: readonly FileOfTruth[];
}
