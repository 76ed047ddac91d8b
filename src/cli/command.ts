import type { Command } from 'commander';
import type { RunEvent } from '../base/effects.js';

/** What commands share: where the project is, and how to answer. */
export interface Globals {
  readonly project: string;
  readonly store?: string;
  readonly json?: boolean;
}

/** A command: a file of its own, and one line in the list of `main.ts`. It returns the exit code. */
export type AddCommand = (program: Command, run: (action: (globals: Globals) => Promise<number>) => Promise<void>) => void;

/** Prints one JSON document. */
export function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
}

/** Prints lines of text. */
export function print(...lines: readonly string[]): void {
  process.stdout.write(`${lines.join('\n')}\n`);
}

/** Tells on stderr what a build is doing, a line per finished step. */
export function progress(event: RunEvent): void {
  if (event.type === 'step')
    process.stderr.write(`  ${event.stage.padEnd(9)} ${event.name.padEnd(32)} ${(event.ms / 1000).toFixed(2)} s\n`);
  if (event.type === 'warning') process.stderr.write(`  warning   ${event.name}: ${event.message}\n`);
}
