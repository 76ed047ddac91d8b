/**
 * The client that every API connector stands on. It signs requests, keeps to the host's budget, follows redirects, repeats what
 * may be repeated, and turns what stays wrong into an error that names no secret and no person.
 */
import { OnefoldError } from '../../base/errors.js';
import type { SecretRef } from '../../config/secrets.js';
import type { Limits, Outcome, Outgoing, Raw } from './attempt.js';
import { attempt, failed, jsonOf } from './attempt.js';
import type { Signed } from './auth/contract.js';
import { putHeader } from './auth/contract.js';
import type { AuthOptions } from './auth/registry.js';
import { openAuth } from './auth/registry.js';
import type { Budget, Gates } from './budget.js';
import { openGates } from './budget.js';
import type { Failure, Where } from './failure.js';
import { challengeCode, mayPass, serviceCode, sourceError, wantsLess } from './failure.js';
import type { Answer, Body, RequestSpec } from './message.js';
import type { Retries } from './wait.js';
import { askedWait, backoff, defaultRetries, isExhausted } from './wait.js';
import type { World } from './world.js';

export interface HttpOptions {
  /** What relative addresses start at; a path in it is kept: `https://host/api` and `/users` give `https://host/api/users`. */
  readonly baseUrl: string;
  readonly auth?: AuthOptions | null;
  /** Sent with every request to the source itself, and never to another origin. */
  readonly headers?: Readonly<Record<string, string | SecretRef>>;
  /** Until the headers of an answer, and for a body's longest silence; a whole body may take five times as long. 60 s if left out. */
  readonly timeoutMs?: number;
  readonly budget?: Budget | null;
  readonly retries?: Partial<Retries>;
  /** The largest body after decompression; 64 MiB if left out. */
  readonly maxBytes?: number;
}

export interface Http {
  /** The origin that gets credentials. */
  readonly origin: string;
  /** An address without the parameters that hold a secret: services may echo a key in the address of the next page. */
  readonly clean: (url: URL) => URL;
  /** @throws OnefoldError `SOURCE_UNREACHABLE`, `SOURCE_REFUSED`, `SOURCE_LIMITED`, `SOURCE_BROKEN`, `SECRET_MISSING`, `CONFIG_INVALID` */
  readonly request: (spec: RequestSpec) => Promise<Answer>;
}

const redirects = new Set([301, 302, 303, 307, 308]);
const maxHops = 5;

/**
 * A client for one source.
 * @param gates the budgets of hosts, when several clients share them
 * @throws OnefoldError `CONFIG_INVALID` when the base is no address, or holds a password
 */
export function openHttp(options: HttpOptions, world: World, gates: Gates = openGates(options.budget ?? null, world)): Http {
  const base = baseOf(options.baseUrl);
  const known = new Set<string>();
  const remembering: World = {
    ...world,
    secret: async (ref) => {
      const secret = await world.secret(ref);
      known.add(secret);
      return secret;
    },
  };
  const timeoutMs = options.timeoutMs ?? 60_000;
  const line: Line = {
    base,
    gates,
    world,
    secrets: known,
    limits: { timeoutMs, bodyMs: timeoutMs * 5, maxBytes: options.maxBytes ?? 64 * 2 ** 20 },
    retries: { ...defaultRetries, ...options.retries },
    sign: null,
  };
  // A login waits at a gate of its own: it is sent while the request that needs it holds its place at the source's.
  const login: Line = { ...line, gates: openGates(null, world) };
  const auth = openAuth(options.auth ?? null, {
    world: remembering,
    remember: (secret) => known.add(secret),
    send: (spec) => repeat(login, spec),
  });
  const sign = async (outgoing: Outgoing): Promise<Signed | null> => {
    if (outgoing.url.origin !== base.origin) return null;
    for (const [name, value] of Object.entries(options.headers ?? {})) {
      putHeader(outgoing.headers, name, typeof value === 'string' ? value : await remembering.secret(value));
    }
    return auth.sign(outgoing);
  };
  return {
    origin: base.origin,
    clean: (url) => withoutSecrets(url, [...known].filter(isTelling)),
    request: (spec) => repeat({ ...line, sign }, spec),
  };
}

/** The way to a source, as all its requests go it. */
interface Line {
  readonly base: URL;
  readonly gates: Gates;
  readonly world: World;
  /** Every secret that was asked for. */
  readonly secrets: ReadonlySet<string>;
  readonly limits: Limits;
  readonly retries: Retries;
  readonly sign: ((outgoing: Outgoing) => Promise<Signed | null>) | null;
}

/** Sends a request until it is answered, or until no more can be hoped for. */
async function repeat(line: Line, spec: RequestSpec): Promise<Answer> {
  const { gates, world, retries } = line;
  const url = addressOf(line.base, spec);
  const where: Where = { method: spec.method ?? 'GET', url, secrets: line.secrets };
  let waited = 0;
  let renewed = false;
  for (let count = 1; ; count++) {
    const { outcome, signed } = await exchange(line, spec, url);
    if (outcome.ok) return outcome.value;
    const { failure } = outcome;
    if (failure.kind === 'status' && failure.status === 401 && signed !== null && !renewed) {
      renewed = true;
      signed.refused();
      continue;
    }
    const wait = waitFor(failure, count, retries, world.random);
    const spent = count >= (spec.lighter === true && wantsLess(failure) ? Math.min(2, retries.attempts) : retries.attempts);
    if (!mayRepeat(spec) || !mayPass(failure) || spent || waited + wait > retries.patienceMs) throw sourceError(failure, where, count);
    waited += wait;
    if (failure.kind === 'limited') gates(url.host).pause(wait);
    else await world.sleep(wait);
  }
}

interface Exchanged {
  readonly outcome: Outcome<Answer>;
  /** What the last request was signed with. */
  readonly signed: Signed | null;
}

/** One request and the redirects that it leads to; each hop is signed by itself, as signatures may cover the address. */
async function exchange({ gates, world, limits, sign, secrets }: Line, spec: RequestSpec, start: URL): Promise<Exchanged> {
  let url = start;
  let method = spec.method ?? 'GET';
  for (let hop = 0; ; hop++) {
    const outgoing = composed(spec, method, url, url.origin === start.origin);
    const leave = await gates(url.host).enter();
    const { outcome, signed } = await signedAttempt(outgoing, sign, limits).finally(leave);
    if (!outcome.ok) return { outcome, signed };
    const { status, headers } = outcome.value;
    const now = world.now();
    if (isExhausted(headers)) gates(url.host).pause(Math.min(askedWait(headers, now) ?? 0, 60_000));
    if (!redirects.has(status)) return { outcome: judged(spec, outcome.value, url, now, secrets), signed };
    const next = target(headers.get('location'), url);
    const refusal = refusedRedirect(next, hop, method, status, next?.origin === url.origin);
    if (next === null || refusal !== null) return { outcome: failed({ kind: 'redirect', what: refusal ?? '' }), signed };
    if (status === 303 && method !== 'HEAD') method = 'GET';
    url = next.origin === start.origin ? next : withoutSecrets(next, [...secrets]);
  }
}

/** Signs at the last moment, so that a signature's time and a token's life don't run out in the queue. */
async function signedAttempt(outgoing: Outgoing, sign: Line['sign'], limits: Limits) {
  const signed = sign === null ? null : await sign(outgoing);
  return { outcome: await attempt(outgoing, limits), signed };
}

function target(location: string | null, from: URL): URL | null {
  if (location === null || !URL.canParse(location, from.href)) return null;
  const next = new URL(location, from);
  next.username = '';
  next.password = '';
  return /^https?:$/.test(next.protocol) ? next : null;
}

/** Why a redirect is not followed, in words; null when it is. A body goes to no other origin, and is never dropped on the way. */
function refusedRedirect(next: URL | null, hop: number, method: string, status: number, sameOrigin: boolean): string | null {
  if (next === null) return `answered ${status} and names no address to go to`;
  if (hop >= maxHops) return `was redirected more than ${maxHops} times`;
  if (method === 'GET' || method === 'HEAD') return null;
  if (!sameOrigin) return `was redirected to another host, ${next.host}, which must not get what is sent`;
  return status === 301 || status === 302 ? `has moved: it answered ${status} to a ${method}` : null;
}

/** Services may repeat a key from the query in the address of a redirect. */
function withoutSecrets(given: URL, secrets: readonly string[]): URL {
  const url = new URL(given);
  for (const [name, value] of given.searchParams) if (secrets.includes(value)) url.searchParams.delete(name);
  return url;
}

/** A secret as short as `1` would be found everywhere, and a parameter that matters would be lost. */
function isTelling(secret: string): boolean {
  return secret.length >= 8;
}

function composed(spec: RequestSpec, method: string, url: URL, home: boolean): Outgoing {
  const headers = new Headers({ 'user-agent': 'onefold', accept: spec.expect === 'text' ? '*/*' : 'application/json' });
  const [body, type] = method === 'GET' || method === 'HEAD' ? [undefined, undefined] : bodyOf(spec.body);
  if (type !== undefined) headers.set('content-type', type);
  if (home) for (const [name, value] of Object.entries(spec.headers ?? {})) putHeader(headers, name, value);
  return { method, url: new URL(url), headers, body };
}

function bodyOf(body: Body | undefined): readonly [string | undefined, string | undefined] {
  if (body === undefined) return [undefined, undefined];
  if ('json' in body) return [JSON.stringify(body.json), 'application/json'];
  if ('form' in body) return [new URLSearchParams(body.form).toString(), 'application/x-www-form-urlencoded'];
  return [body.text, body.type];
}

function judged(spec: RequestSpec, raw: Raw, url: URL, now: Date, secrets: ReadonlySet<string>): Outcome<Answer> {
  const { status, headers, text } = raw;
  const accepted = (status >= 200 && status < 300) || (spec.accept ?? []).includes(status);
  const isText = spec.expect === 'text' || spec.method === 'HEAD';
  const parsed = isText && accepted ? null : jsonOf(raw);
  if (accepted && status < 300 && parsed !== null && !parsed.ok) return parsed;
  const json = parsed?.ok ? parsed.value : undefined;
  if (accepted) return { ok: true, value: { status, headers, json, text, url: withoutSecrets(url, [...secrets].filter(isTelling)).href } };
  if (status === 429 || (status === 403 && (headers.has('retry-after') || isExhausted(headers)))) {
    return failed({ kind: 'limited', status, waitMs: askedWait(headers, now) });
  }
  if (status === 503 && headers.has('retry-after')) return failed({ kind: 'limited', status, waitMs: askedWait(headers, now) });
  const code = (status === 401 ? challengeCode(headers) : null) ?? serviceCode(json);
  return failed({ kind: 'status', status, code: code === null || secrets.has(code) ? null : code });
}

/**
 * What the service asks for and a little more, so that not everybody comes back in the same instant; else the backoff. A service that
 * asks for less than a second, and refuses again, gets the backoff too.
 */
function waitFor(failure: Failure, count: number, retries: Retries, random: () => number): number {
  const own = backoff(count, retries, random);
  const asked = failure.kind === 'limited' ? failure.waitMs : null;
  if (asked === null) return own;
  return Math.max(asked + random() * Math.min(1000, asked / 10), asked < 1000 && count > 1 ? own : 0);
}

function mayRepeat(spec: RequestSpec): boolean {
  return spec.method === undefined || spec.method === 'GET' || spec.method === 'HEAD' || spec.idempotent === true;
}

function baseOf(text: string): URL {
  const base = URL.canParse(text) ? new URL(text) : null;
  if (base !== null && /^https?:$/.test(base.protocol) && base.username === '' && base.password === '') return base;
  throw new OnefoldError('CONFIG_INVALID', 'the address of a source must begin with https:// or http:// and hold no user or password', {
    hint: 'credentials belong in `auth`, by reference',
  });
}

/** @throws OnefoldError `SOURCE_BROKEN` */
function addressOf(base: URL, spec: RequestSpec): URL {
  const isAbsolute = /^([a-z][a-z0-9+.-]*:)?\/\//i.test(spec.url);
  const relative = isAbsolute ? spec.url : spec.url.replace(/^\/+/, '');
  const folder = base.pathname.endsWith('/') || /^($|\?)/.test(relative) ? base.pathname : `${base.pathname}/`;
  const url = target(isAbsolute ? relative : `${folder}${relative}`, new URL(base.origin));
  if (url === null)
    throw new OnefoldError('SOURCE_BROKEN', `an address below ${base.origin} is not one`, { hint: 'look at the declared path' });
  if (!isAbsolute) for (const [name, value] of base.searchParams) if (!url.searchParams.has(name)) url.searchParams.append(name, value);
  for (const [name, value] of Object.entries(spec.query ?? {})) if (value !== undefined) url.searchParams.set(name, String(value));
  url.hash = '';
  return url;
}
