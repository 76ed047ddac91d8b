import type { IncomingMessage, ServerResponse } from 'node:http';
import { afterAll } from 'vitest';
import { OnefoldError } from '../../src/base/errors.js';
import type { World } from '../../src/connectors/http/world.js';
import { listen } from '../../src/testing/emulators/listen.js';

/** A world in which waiting takes no time: each wait is noted, and moves the clock. */
export interface TestWorld extends World {
  readonly slept: readonly number[];
  readonly at: () => number;
}

/** Secrets by the name in `{ env }`; `random` gives the same number always. */
export function testWorld(secrets: Readonly<Record<string, string>> = {}, random = 0.5): TestWorld {
  let clock = Date.UTC(2026, 0, 1);
  const slept: number[] = [];
  return {
    now: () => new Date(clock),
    at: () => clock,
    sleep: async (ms) => {
      slept.push(ms);
      clock += ms;
      await new Promise((resolve) => setImmediate(resolve));
    },
    random: () => random,
    secret: async (ref) => {
      const found = 'env' in ref ? secrets[ref.env] : undefined;
      if (found === undefined) throw new OnefoldError('SECRET_MISSING', 'not there');
      return found;
    },
    slept,
  };
}

/** What a test server saw of a request. */
export interface Seen {
  readonly method: string;
  readonly url: URL;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export interface TestServer {
  readonly url: string;
  readonly seen: readonly Seen[];
}

const running: (() => Promise<void>)[] = [];

/** Ends all servers of a test file when its tests are over. */
export function closeServers(): void {
  afterAll(() => Promise.all(running.splice(0).map((close) => close())));
}

/** A service that ends with the tests of the file. */
export function stopping<S extends { readonly close: () => Promise<void> }>(service: S): S {
  running.push(service.close);
  return service;
}

export type Handler = (request: Seen, response: ServerResponse, count: number) => void | Promise<void>;

/** A real server that behaves as the handler says; `count` is 1 for the first request. */
export async function serve(handler: Handler): Promise<TestServer> {
  const seen: Seen[] = [];
  const { url, close } = await listen(async (request, response) => {
    const chunks: Uint8Array[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks).toString('utf8');
    const one = { method: request.method ?? '', url: new URL(request.url ?? '/', 'http://x'), headers: request.headers, body };
    seen.push(one);
    response.setHeader('Date', new Date(Date.UTC(2026, 0, 1)).toUTCString());
    await handler(one, response, seen.length);
  });
  running.push(close);
  return { url, seen };
}

/** Answers with JSON. */
export function reply(response: ServerResponse, body: unknown, status = 200, headers: Readonly<Record<string, string>> = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
}

/** The error that a promise ends in. */
export async function errorOf(promise: Promise<unknown>): Promise<OnefoldError> {
  const thrown = await promise.then(
    () => null,
    (error: unknown) => error,
  );
  if (thrown instanceof OnefoldError) return thrown;
  throw new Error(`expected an OnefoldError, got ${thrown === null ? 'success' : String(thrown)}`);
}

/** All that an error shows anywhere: message, hint, stack, and what it was caused by. */
export function allTextOf(error: OnefoldError): string {
  return [error.message, error.hint, error.stack, JSON.stringify(error.cause), JSON.stringify(error.problems)].join('\n');
}
