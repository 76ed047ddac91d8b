import type { z } from 'zod';
import type { Sql } from '../sql/tag.js';

/** A value as the engine hands it out: decimals, 64-bit integers, dates and timestamps as text. */
export type Cell = string | number | boolean | null | readonly Cell[] | { readonly [name: string]: Cell };
export type Row = { readonly [column: string]: Cell };

/** Whole columns, for algorithms over a small relation; each array has one entry per row. */
export type Columns = { readonly [column: string]: readonly Cell[] };

/** A column of integers and text to be appended. Where all columns of a table are integers, arrays of those are appended five times as fast. */
export type Appended = readonly (string | number | null)[] | Int32Array;

/** Columns of numbers: 64 bits each and nothing around them. A null is not a number (NaN). */
export type Numbers = readonly Float64Array[];

/**
 * What runs SQL. One owner per store; statements run one after another. Every method throws `OnefoldError` with code
 * `SQL_INVALID` where the engine refuses a statement.
 */
export interface Engine {
  /** Runs a statement and returns how many rows it changed or wrote (0 where that means nothing). */
  readonly run: (statement: Sql) => Promise<number>;
  /** All rows, each checked against a shape. */
  readonly rows: <T>(statement: Sql, shape: z.ZodType<T>) => Promise<T[]>;
  /** All rows as they are, with the names and types of the columns. */
  readonly table: (
    statement: Sql,
  ) => Promise<{ readonly columns: readonly { readonly name: string; readonly type: string }[]; readonly rows: readonly Row[] }>;
  /** All rows, by column. */
  readonly columns: (statement: Sql) => Promise<Columns>;
  /** All rows of numbers, by column: for many of them. */
  readonly numbers: (statement: Sql) => Promise<Numbers>;
  /** Plans a statement once, so that it can be asked often. `$1`, … in it stand for texts. */
  readonly prepare: <T>(statement: Sql, shape: z.ZodType<T>) => Promise<(texts: readonly string[]) => Promise<T[]>>;
  /** Appends rows, by column, to a table that exists, its columns in this order. Integers and text only. */
  readonly append: (table: { readonly schema?: string; readonly name: string }, columns: readonly Appended[]) => Promise<void>;
  /** Runs `work` in one transaction: all of it, or nothing. `commit` wraps the commit itself. */
  readonly transaction: <T>(work: () => Promise<T>, commit: (act: () => Promise<void>) => Promise<void>) => Promise<T>;
  /** How much of the statement at work is done, from 0 to 1, and since when it is, in ms; null where the engine can't tell. */
  readonly progress: () => { readonly share: number; readonly ms: number } | null;
  /** Makes the statement at work fail, if there is one. What comes after it runs as ever. */
  readonly interrupt: () => void;
  readonly close: () => void;
}

/**
 * A step of a stage, as data: `sql` is a list of named statements, `mapDistinct` a function over the distinct
 * rows of a relation, `solve` an algorithm over a small relation whose answer is written to tables that the step before it made,
 * `then` gives further steps, where which they are depends on the data.
 */
export type Step =
  | { readonly kind: 'sql'; readonly name: string; readonly statements: readonly Sql[] }
  | {
      readonly kind: 'mapDistinct';
      readonly name: string;
      /** The distinct inputs, every column text: read in batches, so that no number of them is too large. */
      readonly distinct: Sql;
      /** The temporary table that is made: `input_0`, … as they were read, `output_0`, … as `map` answered, all text. */
      readonly into: string;
      readonly inputs: number;
      readonly outputs: number;
      /** Gives the function, once, when the step runs: what it needs is loaded by projects that use it only. */
      readonly map: () => Promise<(inputs: readonly (string | null)[]) => readonly (string | null)[]>;
    }
  | {
      readonly kind: 'solve';
      readonly name: string;
      readonly reads: { readonly [relation: string]: Sql };
      /** Relations of numbers only, which may be large. */
      readonly numbers?: { readonly [relation: string]: Sql };
      readonly solve: (
        relations: { readonly [relation: string]: Columns },
        numbers: { readonly [relation: string]: Numbers },
      ) => readonly Written[];
    }
  | {
      readonly kind: 'then';
      readonly name: string;
      readonly reads: { readonly [relation: string]: Sql };
      /** The steps that follow from what was read. */
      readonly steps: (relations: { readonly [relation: string]: Columns }) => readonly Step[];
    };

/** What a `solve` step writes: columns, appended to a table. */
export interface Written {
  readonly table: { readonly schema?: string; readonly name: string };
  readonly columns: readonly Appended[];
}
