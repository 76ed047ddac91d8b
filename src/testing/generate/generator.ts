import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { OnefoldError } from '../../base/errors.js';
import { type Layout, writeRecords } from './write.js';

/** Where to write, and what decides every byte written: the seed and the number of customers (whole numbers). */
export interface GenerateOptions {
  readonly out: string;
  readonly seed: number;
  readonly customers: number;
}

/** One written file: its path (`out` joined with its name) and its number of records, repeated and broken ones included. */
export interface GeneratedFile {
  readonly path: string;
  readonly rows: number;
}

/**
 * A kind of synthetic data. `customers` is the size it is meant to be looked at in. `write` creates `out` where
 * it is missing, replaces files of the same names, and throws an OnefoldError `USAGE` for a seed or a number of
 * customers that is not a whole number in range.
 */
export interface Generator {
  readonly name: string;
  readonly summary: string;
  readonly customers: number;
  readonly write: (options: GenerateOptions) => Promise<readonly GeneratedFile[]>;
}

/** A file as a generator describes it: its name, what stands around its records, and the records, made lazily. */
export interface FileOfRecords {
  readonly name: string;
  readonly layout: Layout;
  readonly records: Iterable<string>;
}

/** What a generator has of its own; the writing is the same for all. */
export interface GeneratorDefinition {
  readonly name: string;
  readonly summary: string;
  readonly customers: number;
  readonly files: (seed: number, customers: number) => readonly FileOfRecords[];
}

const mostCustomers = 50_000_000;

/** Makes a generator that checks its options and streams its files one after the other. */
export function defineGenerator({ files, ...shown }: GeneratorDefinition): Generator {
  return {
    ...shown,
    write: async ({ out, seed, customers }) => {
      requireWhole('seed', seed, 0, Number.MAX_SAFE_INTEGER);
      requireWhole('customers', customers, 1, mostCustomers);
      await mkdir(out, { recursive: true });
      const written: GeneratedFile[] = [];
      for (const { name, layout, records } of files(seed, customers)) {
        const path = join(out, name);
        written.push({ path, rows: await writeRecords(path, layout, records) });
      }
      return written;
    },
  };
}

function requireWhole(name: string, value: number, min: number, max: number): void {
  if (Number.isSafeInteger(value) && value >= min && value <= max) return;
  throw new OnefoldError('USAGE', `The ${name} must be a whole number from ${min} to ${max}, not ${value}.`, {
    hint: `Give ${name} as a whole number, such as ${name} 42.`,
  });
}
