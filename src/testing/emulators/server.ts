import type { Faults, Refusal, Struck } from './faults.js';
import { listen } from './listen.js';
import type { Listening } from './listening.js';

/** A request as an emulator sees it. */
export interface Asked {
  readonly method: string;
  /** Its path is still encoded. */
  readonly url: URL;
  readonly query: Readonly<Record<string, string>>;
  /** By name in small letters; what came several times is joined by commas. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** What the faults that are switched on do to it. */
  readonly struck: Struck;
}

/** An answer in JSON; a text as the body is sent as it is. */
export interface Answered {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** One request that arrived, and the status of what was answered. */
export interface Arrived {
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly body: string;
  readonly status: number;
}

export interface JsonService extends Listening {
  /** All requests so far, the refused ones included. */
  readonly requests: readonly Arrived[];
}

/**
 * A service that answers in JSON. `answer` is what it does; `refuse` spells what a fault puts in its place, as the service spells its
 * own errors; it is asked before `answer`.
 */
export async function serveJson(
  faults: Faults,
  refuse: (refusal: Refusal) => Answered,
  answer: (asked: Asked) => Answered | Promise<Answered>,
): Promise<JsonService> {
  const requests: Arrived[] = [];
  const listening = await listen(async (request, response) => {
    const chunks: Uint8Array[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks).toString('utf8');
    const url = new URL(request.url ?? '/', 'http://service');
    const [method, query] = [request.method ?? 'GET', Object.fromEntries(url.searchParams)];
    const text = `${method} ${unescaped(url.pathname)}${unescaped(url.search)} ${body}`;
    const struck = faults.strike(text, url.pathname);
    const { refusal } = struck;
    const answered =
      refusal === null
        ? await answer({ method, url, query, headers: joined(request.headers), body, struck })
        : withHeaders(refuse(refusal), refusal);
    requests.push({ method, path: url.pathname, query, body, status: answered.status });
    const type = typeof answered.body === 'string' ? 'text/plain; charset=utf-8' : 'application/json; charset=utf-8';
    const headers = { 'Content-Type': type, ...answered.headers };
    const sent = typeof answered.body === 'string' ? answered.body : JSON.stringify(answered.body);
    await struck.send(response, { status: answered.status, headers }, sent);
  });
  return { ...listening, requests };
}

function joined(headers: Readonly<Record<string, string | readonly string[] | undefined>>): Asked['headers'] {
  return Object.fromEntries(Object.entries(headers).map(([name, value = '']) => [name, [value].flat().join(', ')]));
}

function withHeaders(answered: Answered, { headers }: Refusal): Answered {
  return { ...answered, headers: { ...answered.headers, ...headers } };
}

function unescaped(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return text;
  }
}
