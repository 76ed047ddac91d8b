import type { SecretRef } from '../../config/secrets.js';

/**
 * What the HTTP layer takes from outside: the clock, waiting, chance, and secrets. Tests pass their own, so that hours of
 * waiting pass at once and every jitter is known. (How long one attempt may take is measured in real time, by the socket.)
 */
export interface World {
  readonly now: () => Date;
  /** Resolves after so many milliseconds. */
  readonly sleep: (ms: number) => Promise<void>;
  /** A number from 0 up to, but not, 1. */
  readonly random: () => number;
  /** @throws OnefoldError `SECRET_MISSING` */
  readonly secret: (ref: SecretRef) => Promise<string>;
}

/** The real clock and real chance; secrets as the caller finds them. */
export function realWorld(secret: World['secret']): World {
  return {
    now: () => new Date(),
    sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    random: Math.random,
    secret,
  };
}
