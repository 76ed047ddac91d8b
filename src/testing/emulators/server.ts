import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { Socket } from 'node:net';
import type { Faults, Refusal, Struck } from './faults.js';

/** A server on a free port of this machine. */
export interface Listening {
  readonly url: string;
  /** Ends it at once, open connections included. */
  readonly close: () => Promise<void>;
}

/** Starts a server; what its handler throws is answered with 500. */
export async function listen(handle: (request: IncomingMessage, response: ServerResponse) => void | Promise<void>): Promise<Listening> {
  const sockets = new Set<Socket>();
  const server = createServer((request, response) => {
    Promise.resolve()
      .then(() => handle(request, response))
      .catch(() => {
        if (!response.headersSent) response.writeHead(500);
        response.end();
      });
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

/** A request as an emulator sees it. */
export interface Asked {
  readonly method: string;
  /** Its path is still encoded. */
  readonly url: URL;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: IncomingMessage['headers'];
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
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
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
        ? await answer({ method, url, query, headers: request.headers, body, struck })
        : withHeaders(refuse(refusal), refusal);
    requests.push({ method, path: url.pathname, query, body, status: answered.status });
    const type = typeof answered.body === 'string' ? 'text/plain; charset=utf-8' : 'application/json; charset=utf-8';
    const headers = { 'Content-Type': type, ...answered.headers };
    const sent = typeof answered.body === 'string' ? answered.body : JSON.stringify(answered.body);
    await struck.send(response, { status: answered.status, headers }, sent);
  };
  return { ...(await listen(handle)), requests };
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
