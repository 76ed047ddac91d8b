import type { Command } from 'commander';
import { InvalidArgumentError } from 'commander';
import { redact, redactedJson } from '../base/redact.js';
import type { OpenOptions } from '../run/project/open.js';

/** What commands share: where the project is and for which target, and how to answer. */
export interface Globals extends OpenOptions {
  readonly project: string;
  readonly json?: boolean;
  /** Tell every statement that is run. */
  readonly verbose?: boolean;
}

/** A command: a file of its own, and one line in the list of `program.ts`. It returns the exit code. */
export type AddCommand = (program: Command, run: (action: (globals: Globals) => Promise<number>) => Promise<void>) => void;

/** Reads a whole number that an option takes, no greater than `most`. */
export function wholeNumber(most = Number.MAX_SAFE_INTEGER): (text: string) => number {
  return (text) => {
    const n = /^\d+$/.test(text) ? Number(text) : Number.NaN;
    if (n <= most) return n;
    throw new InvalidArgumentError(`must be a whole number${most === Number.MAX_SAFE_INTEGER ? '' : ` up to ${most}`}.`);
  };
}

/*
 * All that the command line says goes through these three, so that no secret leaves it.
 */

/** Prints one JSON document. */
export function printJson(value: unknown): void {
  process.stdout.write(`${redactedJson(value, 2)}\n`);
}

/** Prints lines of text. */
export function print(...lines: readonly string[]): void {
  process.stdout.write(`${redact(lines.join('\n'))}\n`);
}

/** Says something beside the answer, on stderr, as it is. */
export function tell(text: string): void {
  process.stderr.write(redact(text));
}
