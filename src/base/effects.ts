/** What a build tells while it works: one event a step, warning or finished stage. */
export type RunEvent =
  | { readonly type: 'stage'; readonly stage: string; readonly name: string }
  | { readonly type: 'step'; readonly stage: string; readonly name: string; readonly ms: number }
  | Progress
  | { readonly type: 'warning'; readonly name: string; readonly message: string };

/** How far a step is that goes on: told again and again, and kept nowhere. */
export interface Progress {
  readonly type: 'progress';
  readonly stage: string;
  readonly name: string;
  /** Since the step began. */
  readonly ms: number;
  /** How much of the statement at work is done, from 0 to 1, by the engine's own estimate, and since when; null where it has none. */
  readonly statement: { readonly share: number; readonly ms: number } | null;
  /** The piece of a stream that is being read, and its size; null where none is. */
  readonly reading: { readonly part: string; readonly bytes: number } | null;
}

/** A statement that the engine has run. */
export interface StatementSeen {
  readonly text: string;
  readonly ms: number;
  /** Rows that it changed, wrote or gave; null where it failed. */
  readonly rows: number | null;
}

/**
 * The world outside, as an argument: the clock, the listener, and every act that makes something durable.
 * `commit` runs an act after which a reader, or a process started after a crash, sees something new: a
 * database commit or a rename. Tests pass their own to enumerate those acts and to stop the process at each.
 */
export interface Effects {
  readonly now: () => Date;
  readonly report: (event: RunEvent) => void;
  readonly commit: <T>(name: string, act: () => Promise<T>) => Promise<T>;
  /** Hears of every statement; where nobody does, nothing is timed. */
  readonly observe?: ((statement: StatementSeen) => void) | undefined;
  /** How often, in ms, a step that goes on tells how far it is; never if left out. */
  readonly progressEvery?: number | undefined;
  /** Asks the run to stop: the statement at work is interrupted, and what is not committed is rolled back. */
  readonly stop?: AbortSignal | undefined;
}

/** The real clock, a listener, and acts that are simply done. */
export function realEffects(report: (event: RunEvent) => void = () => {}): Effects {
  return { now: () => new Date(), report, commit: (_name, act) => act() };
}
