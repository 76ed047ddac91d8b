import type { World } from './world.js';

/**
 * How many requests a host gets. The window slides: in no stretch of `perMs` are there more than `requests` of them. (A
 * bucket that refills while it is emptied would let through up to twice as many.)
 */
export interface Budget {
  readonly requests: number;
  readonly perMs: number;
  /** Requests under way at once. */
  readonly concurrency: number;
}

/** The way to one host. */
export interface Gate {
  /** Resolves when one more request may be sent; call what it gives when that request is over. */
  readonly enter: () => Promise<() => void>;
  /** Nobody enters for so many milliseconds: the host has said so. */
  readonly pause: (ms: number) => void;
}

/** The gate of each host; share one among the clients of a run, so that two sources on one host share its budget. */
export type Gates = (host: string) => Gate;

/** @param budget null for no limit but 8 requests at once */
export function openGates(budget: Budget | null, world: Pick<World, 'now' | 'sleep'>): Gates {
  const gates = new Map<string, Gate>();
  return (host) => {
    const gate = gates.get(host) ?? openGate(budget ?? { requests: Number.POSITIVE_INFINITY, perMs: 1, concurrency: 8 }, world);
    gates.set(host, gate);
    return gate;
  };
}

function openGate(budget: Budget, world: Pick<World, 'now' | 'sleep'>): Gate {
  const waiting: (() => void)[] = [];
  const started: number[] = [];
  let free = budget.concurrency;
  let pausedUntil = 0;
  let queue: Promise<void> = Promise.resolve();

  const leave = (): void => {
    const next = waiting.shift();
    if (next === undefined) free++;
    else next();
  };

  const admit = async (): Promise<void> => {
    for (;;) {
      const now = world.now().getTime();
      const oldest = started.length >= budget.requests ? started[0] : undefined;
      const wait = Math.max(pausedUntil - now, oldest === undefined ? 0 : oldest + budget.perMs - now);
      if (wait <= 0) break;
      await world.sleep(wait);
    }
    if (!Number.isFinite(budget.requests)) return;
    started.push(world.now().getTime());
    if (started.length > budget.requests) started.shift();
  };

  return {
    enter: async () => {
      if (free > 0) free--;
      else await new Promise<void>((resolve) => waiting.push(resolve));
      queue = queue.then(admit);
      await queue;
      let left = false;
      return () => {
        if (left) return;
        left = true;
        leave();
      };
    },
    pause: (ms) => {
      pausedUntil = Math.max(pausedUntil, world.now().getTime() + ms);
    },
  };
}
