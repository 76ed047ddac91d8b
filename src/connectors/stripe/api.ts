import type Stripe from 'stripe';
import { OnefoldError } from '../../base/errors.js';
import type { ReadContext, Scope } from '../contract.js';
import type { Http } from '../http/client.js';
import { isObject } from '../http/json.js';
import { httpOptionsOf } from '../http/settings.js';
import { clientOf } from '../http/shared.js';
import { isMissing, stripeError } from './failure.js';
import type { Query } from './lists.js';
import type { StripeSource } from './options.js';

/** An object as Stripe gives it, and when it did, by its own clock; null where it does not say. */
interface Given {
  readonly json: Readonly<Record<string, unknown>>;
  readonly at: Date | null;
}

/** One account of Stripe. */
export interface Api {
  readonly mode: 'live' | 'test' | 'unknown';
  /**
   * What stands at a path below `/v1/`; null when Stripe knows no such object, be it the one of the path or one of a parameter.
   * @throws OnefoldError `SOURCE_UNREACHABLE`, `SOURCE_REFUSED`, `SOURCE_LIMITED`, `SOURCE_BROKEN`
   */
  readonly get: (path: string, query: Query) => Promise<Given | null>;
}

const opened = new WeakMap<Scope, Promise<Api>>();

/** The account of a source, shared by its streams for the length of a run. @throws OnefoldError `DRIVER_MISSING`, `SECRET_MISSING`, `SOURCE_REFUSED` */
export function openApi(source: StripeSource, context: ReadContext): Promise<Api> {
  const known = opened.get(context.scope) ?? open(source, context);
  opened.set(context.scope, known);
  return known;
}

async function open(source: StripeSource, context: ReadContext): Promise<Api> {
  const { protocol, host, port, account, api_version: apiVersion } = source;
  const driver = await loadDriver();
  const key = await context.secret(source.api_key);
  const mode = /_live_/.test(key) ? 'live' : /_test_/.test(key) ? 'test' : 'unknown';
  if (protocol === 'http' && mode === 'live')
    throw new OnefoldError('CONFIG_INVALID', 'a live key of Stripe is not sent without encryption', {
      hint: 'leave out `protocol`, or take a test key for an emulator',
    });
  const url = `${protocol}://${host}${port === undefined ? '' : `:${port}`}`;
  const http = clientOf(() => httpOptionsOf({ ...source, url, headers: {} }), context);
  // The client sends nothing again by itself. It would pass over 429, which Stripe gives most often, and over bodies that were cut off,
  // and knows no patience longer than some seconds; the layer that all services are read by does all that, and shares one budget.
  // All requests are GETs, so they can be repeated without a key of idempotency.
  const client = new driver(key, {
    host,
    protocol,
    ...(port === undefined ? {} : { port }),
    httpClient: transport(http),
    maxNetworkRetries: 0,
    telemetry: false,
    appInfo: { name: 'onefold' },
  });
  const options = { apiVersion, ...(account === undefined ? {} : { stripeAccount: account }) };
  return {
    mode,
    get: async (path, query) => {
      // Not the methods of each resource, which turn some amounts into objects of the client's own: what comes is landed untouched.
      const answer: unknown = await client.rawRequest('GET', `/v1/${path}${textOf(query)}`, undefined, options).catch((thrown: unknown) => {
        if (isMissing(thrown)) return null;
        throw stripeError(thrown, { what: path, account });
      });
      if (answer === null) return null;
      if (!isObject(answer)) throw new OnefoldError('SOURCE_BROKEN', `Stripe gave no object for ${path}`);
      return { json: answer, at: dateOf(answer['lastResponse']) };
    },
  };
}

async function loadDriver(): Promise<typeof Stripe> {
  try {
    return (await import('stripe')).default;
  } catch (cause) {
    throw new OnefoldError('DRIVER_MISSING', 'the connector `stripe` needs the package stripe', {
      cause,
      hint: 'Type `npm install stripe`.',
    });
  }
}

/** What the client sends goes by the same way as the requests of all connectors; refusals come back to it, and it knows their meaning. */
function transport(http: Http): Stripe.HttpClient {
  return {
    getClientName: () => 'onefold',
    makeRequest: async (_host, _port, path, _method, headers) => {
      const answer = await http.request({ url: path, headers: textsOf(headers), accept: [400, 401, 402, 403, 404] });
      const { status, json } = answer;
      const id = answer.headers.get('request-id');
      return {
        getStatusCode: () => status,
        // Not `stripe-notice`, which the client would print.
        getHeaders: () => (id === null ? {} : { 'request-id': id }),
        getRawResponse: () => ({ date: answer.headers.get('date') }),
        toStream: () => null,
        toJSON: async () => (isObject(json) ? json : { error: {} }),
      };
    },
  };
}

function textsOf(headers: object): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
}

function textOf(query: Query): string {
  const text = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (typeof value === 'string' || typeof value === 'number') text.set(name, String(value));
    else for (const one of value) text.append(`${name}[]`, one);
  }
  return text.size === 0 ? '' : `?${text}`;
}

function dateOf(response: unknown): Date | null {
  const date = isObject(response) ? new Date(String(response['date'])) : new Date(Number.NaN);
  return Number.isNaN(date.getTime()) ? null : date;
}
