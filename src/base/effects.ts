/** What a build tells while it works: one event a step, warning or finished stage. */
export type RunEvent =
  | { readonly type: 'stage'; readonly stage: string; readonly name: string }
  | { readonly type: 'step'; readonly stage: string; readonly name: string; readonly ms: number }
  | { readonly type: 'warning'; readonly name: string; readonly message: string };

/**
 * The world outside, as an argument: the clock, the listener, and every act that makes something durable.
 * `commit` runs an act after which a reader, or a process started after a crash, sees something new: a
 * database commit or a rename. Tests pass their own to enumerate those acts and to stop the process at each.
 */
export interface Effects {
  readonly now: () => Date;
  readonly report: (event: RunEvent) => void;
  readonly commit: <T>(name: string, act: () => Promise<T>) => Promise<T>;
}

/** The real clock, a listener, and acts that are simply done. */
export function realEffects(report: (event: RunEvent) => void = () => {}): Effects {
  return { now: () => new Date(), report, commit: (_name, act) => act() };
}
