/**
 * How long to wait before a request is tried again: what the service says, in whichever of the usual headers, else
 * exponential backoff with full jitter (Brooker, "Exponential Backoff and Jitter", AWS Architecture Blog, 2015).
 */

/** How often and how patiently a request is repeated. */
export interface Retries {
  /** Attempts in all, the first included. */
  readonly attempts: number;
  /** The first wait of the backoff lies between 0 and so many milliseconds; the bound doubles each time. */
  readonly baseMs: number;
  /** The bound of the backoff grows no further than this. */
  readonly maxMs: number;
  /** All waits of one request together; a service that asks for more gets `SOURCE_LIMITED`. */
  readonly patienceMs: number;
}

export const defaultRetries: Retries = { attempts: 8, baseMs: 500, maxMs: 60_000, patienceMs: 600_000 };

const inMilliseconds = ['retry-after-ms', 'x-retry-after-ms'];
const resets = ['x-ratelimit-reset', 'ratelimit-reset', 'x-rate-limit-reset', 'x-ratelimit-reset-after'];
const remainders = ['x-ratelimit-remaining', 'ratelimit-remaining', 'x-rate-limit-remaining'];

/**
 * The wait that an answer asks for, in milliseconds; null when it names none. Moments are counted from the answer's own
 * `Date`, so that a local clock that is wrong does no harm.
 */
export function askedWait(headers: Headers, now: Date): number | null {
  for (const name of inMilliseconds) {
    const ms = numberIn(headers.get(name));
    if (ms !== null) return ms;
  }
  const sent = Date.parse(headers.get('date') ?? '');
  const there = Number.isNaN(sent) ? now.getTime() : sent;
  for (const name of ['retry-after', ...resets]) {
    const wait = waitIn(headers.get(name), there);
    if (wait !== null) return wait;
  }
  const draft = /;\s*t=(\d+)/.exec(headers.get('ratelimit') ?? '')?.[1];
  return draft === undefined ? null : Number(draft) * 1000;
}

/** Whether an answer says that no further request is allowed in this window. */
export function isExhausted(headers: Headers): boolean {
  return remainders.some((name) => numberIn(headers.get(name)) === 0) || /;\s*r=0\b/.test(headers.get('ratelimit') ?? '');
}

/** A wait between 0 and a bound that doubles with each attempt (1 is the first). */
export function backoff(attempt: number, retries: Retries, random: () => number): number {
  return random() * Math.min(retries.maxMs, retries.baseMs * 2 ** (attempt - 1));
}

/** Seconds from now, seconds or milliseconds since 1970, or a date; told apart by size. */
function waitIn(text: string | null, now: number): number | null {
  if (text === null) return null;
  const number = numberIn(text);
  if (number === null) {
    const date = Date.parse(text);
    return Number.isNaN(date) ? null : Math.max(0, date - now);
  }
  if (number >= 1e11) return Math.max(0, number - now);
  return number >= 1e9 ? Math.max(0, number * 1000 - now) : number * 1000;
}

function numberIn(text: string | null): number | null {
  return text !== null && /^\s*\d+(\.\d+)?\s*$/.test(text) ? Number(text) : null;
}
