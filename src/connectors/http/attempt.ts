import type { Failure } from './failure.js';
import { parseJson } from './json.js';

/** One exchange over the wire: no retry, no redirect, nothing thrown for what a service or a network may do. */

/** A request as it is about to be sent. Whoever signs it adds to `url` and `headers`. */
export interface Outgoing {
  readonly method: string;
  readonly url: URL;
  readonly headers: Headers;
  readonly body: string | undefined;
}

export interface Limits {
  /** How long until the headers, and how long a body may be silent, in milliseconds. */
  readonly timeoutMs: number;
  /** How long a body may take in all: a service that sends a byte a second is never silent. */
  readonly bodyMs: number;
  /** Size of a body after decompression, in bytes. */
  readonly maxBytes: number;
}

/** An answer of whatever status, its body as text. */
export interface Raw {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

export type Outcome<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly failure: Failure };

export function failed(failure: Failure): { readonly ok: false; readonly failure: Failure } {
  return { ok: false, failure };
}

/** Sends a request and reads the whole answer. Bodies compressed with gzip, deflate or br arrive as they were before. */
export async function attempt(request: Outgoing, limits: Limits): Promise<Outcome<Raw>> {
  const stop = new AbortController();
  const abort = (): void => stop.abort();
  let phase: 'headers' | 'body' = 'headers';
  let silence = setTimeout(abort, limits.timeoutMs);
  let whole: NodeJS.Timeout | undefined;
  try {
    const response = await fetch(request.url, {
      method: request.method,
      headers: request.headers,
      ...(request.body === undefined ? {} : { body: request.body }),
      redirect: 'manual',
      signal: stop.signal,
    });
    phase = 'body';
    whole = setTimeout(abort, limits.bodyMs);
    const chunks: Uint8Array[] = [];
    let size = 0;
    for await (const chunk of response.body ?? []) {
      clearTimeout(silence);
      silence = setTimeout(abort, limits.timeoutMs);
      size += chunk.byteLength;
      if (size > limits.maxBytes) return failed({ kind: 'too_large', limit: limits.maxBytes });
      chunks.push(chunk);
    }
    return decoded(response.status, response.headers, Buffer.concat(chunks));
  } catch (thrown) {
    const code = codeOf(thrown);
    // `fetch` has a patience of its own, of five minutes.
    const late = stop.signal.aborted || code === 'UND_ERR_HEADERS_TIMEOUT' || code === 'UND_ERR_BODY_TIMEOUT';
    return failed(late ? { kind: 'timeout', phase } : { kind: 'network', code });
  } finally {
    clearTimeout(silence);
    clearTimeout(whole);
  }
}

function decoded(status: number, headers: Headers, bytes: Uint8Array): Outcome<Raw> {
  const charset = /charset="?([\w-]+)/i.exec(headers.get('content-type') ?? '')?.[1] ?? 'utf-8';
  try {
    return { ok: true, value: { status, headers, text: new TextDecoder(charset, { fatal: true }).decode(bytes) } };
  } catch {
    return failed({ kind: 'unreadable', what: `bytes that are not ${charset.slice(0, 20)}`, torn: true });
  }
}

/** The JSON of an answer. A text that begins as JSON and is no JSON was torn on its way; anything else is no JSON at all. */
export function jsonOf({ status, headers, text }: Raw): Outcome<unknown> {
  if (status === 204 || status === 205) return { ok: true, value: null };
  try {
    return { ok: true, value: parseJson(text) };
  } catch {
    const type = (headers.get('content-type') ?? '').split(';')[0]?.trim() ?? '';
    const kind = /^[\w.+-]+\/[\w.+-]+$/.test(type) ? type : 'no content type';
    const torn = /^\s*($|[[{])/.test(text);
    const what = text.trim() === '' ? 'an empty body' : torn ? 'JSON that is cut off or broken' : `${kind}, which is not JSON`;
    return failed({ kind: 'unreadable', what, torn });
  }
}

/** The code that a socket, a resolver or a certificate check gives, such as `ECONNRESET`; never its message. */
function codeOf(thrown: unknown): string {
  for (let error = thrown, depth = 0; error instanceof Error && depth < 4; error = error.cause, depth++) {
    const code: unknown = Reflect.get(error, 'code');
    if (typeof code === 'string' && /^[A-Z0-9_]{2,60}$/.test(code)) return code;
  }
  return 'the connection failed';
}
