import type { Effects, RunEvent, StatementSeen } from '../base/effects.js';
import { realEffects } from '../base/effects.js';
import { colours as pc } from './colours.js';
import type { Globals } from './command.js';
import { tell } from './command.js';
import { progress } from './progress.js';
import { number } from './text.js';

/** What a command that runs says while it works, and whom else it tells. */
export interface Talk {
  readonly quiet: boolean;
  readonly report?: (event: RunEvent) => void;
  readonly observe?: (statement: StatementSeen) => void;
}

/**
 * The effects of a command that runs: progress on stderr unless `--quiet` or `--json` forbids it, every statement with
 * `--verbose`, and a stop at Ctrl-C or at the signal to end. A second Ctrl-C ends the process at once.
 */
export function effectsOf(globals: Globals, talk: Talk): Effects {
  const shows = !talk.quiet && globals.json !== true;
  const shown = progress(process.stderr, { live: shows && globals.verbose !== true });
  const observers = [...(globals.verbose === true ? [tellStatement] : []), ...(talk.observe === undefined ? [] : [talk.observe])];
  return {
    ...realEffects((event) => {
      if (shows) shown(event);
      talk.report?.(event);
    }),
    ...(shows ? { progressEvery: 200 } : {}),
    ...(observers.length === 0 ? {} : { observe: (statement) => observers.forEach((observe) => void observe(statement)) }),
    stop: stopSignal(),
  };
}

/** Whom a command that only asks tells its statements: with `--verbose` those who look on. */
export function observerOf(globals: Globals): Effects['observe'] {
  return globals.verbose === true ? tellStatement : undefined;
}

function tellStatement({ text, ms, rows }: StatementSeen): void {
  const outcome = rows === null ? pc.red('failed') : `${number(rows)} row${rows === 1 ? '' : 's'}`;
  tell(`${pc.dim(`-- ${ms.toFixed(1)} ms,`)} ${outcome}\n${text};\n`);
}

/** Exit codes of processes that a signal ends, by custom: 128 and its number. */
const exitCodes = { SIGINT: 130, SIGTERM: 143 } as const;
let caught: keyof typeof exitCodes | null = null;

function stopSignal(): AbortSignal {
  const controller = new AbortController();
  const stop = (signal: keyof typeof exitCodes): void => {
    caught = signal;
    tell(`\n${pc.yellow('stopping')}: what is not committed is rolled back. Once more to end at once.\n`);
    controller.abort();
  };
  // Heard once: after that a signal does what it does by itself.
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  return controller.signal;
}

/** The exit code of a command that was stopped. */
export function stoppedCode(): number {
  return exitCodes[caught ?? 'SIGINT'];
}
