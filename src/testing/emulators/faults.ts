/**
 * Which requests a fault strikes. `on` is searched in the request as text (`GET /path?query`, decoded, and the body behind a blank);
 * `at` counts, from 1, the requests that it fits. Without `on` all fit; without `at` each one that fits is struck.
 */
interface When {
  readonly on?: RegExp;
  readonly at?: number | readonly number[];
}

/** What goes wrong. */
type What =
  /** Too many requests; `retryAfter` is the header as it is sent (seconds or a date), none if left out. */
  | { readonly kind: 'limited'; readonly retryAfter?: string }
  /** The service answers with this status, 500 if left out, in its own form of an error. */
  | { readonly kind: 'error'; readonly status?: number }
  /** The answer begins so many milliseconds later; half of its body comes at once, and the rest after them, where `phase` is `body`. */
  | { readonly kind: 'slow'; readonly ms: number; readonly phase?: 'headers' | 'body' }
  /** The first half of the body, sent as if it were all. */
  | { readonly kind: 'truncated' }
  /** The connection breaks, before the answer or in the middle of its body. */
  | { readonly kind: 'dropped'; readonly phase?: 'headers' | 'body' }
  /** Credentials that were given so far are no longer taken, this request's included. */
  | { readonly kind: 'expired' }
  /** In place of this page comes the one before it again. */
  | { readonly kind: 'repeated' }
  /** In place of this page comes the one behind it: its rows are never given. */
  | { readonly kind: 'omitted' }
  /** No page has more rows, whatever is asked for. */
  | { readonly kind: 'cap'; readonly rows: number }
  /** Something happens just before the request is answered: rows come, change or go. */
  | { readonly kind: 'meanwhile'; readonly act: () => void };

/** One thing that goes wrong, and when. */
export type Fault = What & When;

/** An answer that a fault puts in the place of the service's own. */
export interface Refusal {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
}

/** What is asked of an answer of Node, spelled out so that our types can be read without those of Node. */
interface Answering {
  readonly writeHead: (status: number, headers: Readonly<Record<string, string>>) => unknown;
  readonly write: (text: string, done: () => void) => unknown;
  readonly end: (text: string) => unknown;
  readonly destroy: () => unknown;
}

/** What the faults do to one request. */
export interface Struck {
  readonly refusal: Refusal | null;
  /** At this request the credentials that were given so far become invalid. */
  readonly expires: boolean;
  /** Where pages begin behind the last row that the client saw, the service has to give the page before by itself. */
  readonly again: boolean;
  /** The number of rows of a page, where so many were asked for. */
  readonly size: (asked: number) => number;
  /**
   * The rows of a page and the place behind it. `place` says who finds the next page: the client, who counts the rows that came
   * (`offset`), or the service, which gives out `next` (`mark`; also where a client names the last row it saw, and `all` begins behind it).
   */
  readonly page: <T>(all: readonly T[], from: number, size: number, place: 'offset' | 'mark') => { rows: readonly T[]; next: number };
  readonly send: (response: Answering, answer: Refusal, text: string) => Promise<void>;
}

export interface Faults {
  /** Switches these on in place of those before; counting begins anew. */
  readonly set: (faults: readonly Fault[]) => void;
  /** Counts a request and tells what strikes it. `path` is where its pages belong: those of other paths don't shift with them. */
  readonly strike: (request: string, path: string) => Struck;
}

/** Faults for an emulator, to be switched on and off while it runs. */
export function openFaults(initial: readonly Fault[] = []): Faults {
  let on: readonly { readonly fault: Fault; count: number }[] = [];
  let shifts = new Map<string, number>();
  const set = (faults: readonly Fault[]): void => {
    on = faults.map((fault) => ({ fault, count: 0 }));
    shifts = new Map();
  };
  set(initial);
  return {
    set,
    strike: (request, path) => {
      const striking: Fault[] = [];
      for (const entry of on) {
        const { fault } = entry;
        if (fault.on !== undefined && request.search(fault.on) < 0) continue;
        entry.count++;
        if (fault.at === undefined || [fault.at].flat().includes(entry.count)) striking.push(fault);
      }
      for (const fault of striking) if (fault.kind === 'meanwhile') fault.act();
      return struckBy(striking, shifts, path);
    },
  };
}

function struckBy(faults: readonly Fault[], shifts: Map<string, number>, path: string): Struck {
  const size = (asked: number): number =>
    faults.reduce((rows, fault) => (fault.kind === 'cap' && (rows === 0 || fault.rows < rows) ? fault.rows : rows), asked);
  return {
    refusal: refusalOf(faults),
    expires: faults.some(({ kind }) => kind === 'expired'),
    again: faults.some(({ kind }) => kind === 'repeated'),
    size,
    page: (all, from, asked, place) => {
      const rows = size(asked);
      const move = faults.reduce((n, { kind }) => n + (kind === 'omitted' ? rows : kind === 'repeated' ? -rows : 0), 0);
      // Who counts rows stays as far off for the rest of the reading as the one page was.
      const shift = (place === 'offset' && from > 0 ? (shifts.get(path) ?? 0) : 0) + move;
      if (place === 'offset') shifts.set(path, shift);
      const begin = Math.max(0, from + shift);
      return { rows: all.slice(begin, begin + rows), next: begin + rows };
    },
    send: async (response, { status, headers }, text) => {
      const half = text.slice(0, Math.floor(text.length / 2));
      let body = text;
      for (const fault of faults) {
        if (fault.kind === 'truncated') body = half;
        if (fault.kind === 'dropped' && fault.phase !== 'body') return void response.destroy();
        if (fault.kind === 'slow' && fault.phase !== 'body') await passed(fault.ms);
      }
      response.writeHead(status, headers);
      const broken = faults.some((fault) => fault.kind === 'dropped');
      const slow = faults.find((fault) => fault.kind === 'slow' && fault.phase === 'body');
      if (broken || slow !== undefined) await new Promise<void>((resolve) => response.write(half, resolve));
      if (slow?.kind === 'slow') await passed(slow.ms);
      if (broken) response.destroy();
      else response.end(slow === undefined ? body : body.slice(half.length));
    },
  };
}

function refusalOf(faults: readonly Fault[]): Refusal | null {
  for (const fault of faults) {
    if (fault.kind === 'error') return { status: fault.status ?? 500, headers: {} };
    if (fault.kind !== 'limited') continue;
    return { status: 429, headers: fault.retryAfter === undefined ? {} : { 'Retry-After': fault.retryAfter } };
  }
  return null;
}

function passed(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
