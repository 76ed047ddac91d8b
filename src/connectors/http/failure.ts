import { OnefoldError } from '../../base/errors.js';
import { at } from './json.js';

/**
 * What can go wrong with one attempt, and the error that a person reads when it stays wrong. A message names the method, the host,
 * the path and the names of query parameters: never a header, a parameter's value, or a word of a body.
 */

export type Failure =
  | { readonly kind: 'network'; readonly code: string }
  | { readonly kind: 'timeout'; readonly phase: 'headers' | 'body' }
  /** An answer whose status is not accepted; `code` is the service's own word for it, where it has the form of a code. */
  | { readonly kind: 'status'; readonly status: number; readonly code: string | null }
  /** Too many requests; `waitMs` is what the service asks for. */
  | { readonly kind: 'limited'; readonly status: number; readonly waitMs: number | null }
  | { readonly kind: 'too_large'; readonly limit: number }
  /** A body that can't be read; `torn` when it may have been cut off on its way. */
  | { readonly kind: 'unreadable'; readonly what: string; readonly torn: boolean }
  | { readonly kind: 'redirect'; readonly what: string };

/** What was asked, in a form that may be shown. */
export interface Where {
  readonly method: string;
  /** Before it was signed. */
  readonly url: URL;
  /** Secrets that are known, so that none is shown even if an address holds it. */
  readonly secrets?: ReadonlySet<string>;
}

const transient = new Set([408, 425, 429, 500, 502, 503, 504]);
/** What fails the same way however often it is tried. */
const hopeless = /CERT|TLS|SSL|SELF_SIGNED|INVALID|HPE_/;

/** Whether the same request may succeed if it is sent again. */
export function mayPass(failure: Failure): boolean {
  switch (failure.kind) {
    case 'network':
      return !hopeless.test(failure.code);
    case 'timeout':
    case 'limited':
      return true;
    case 'status':
      return transient.has(failure.status);
    case 'unreadable':
      return failure.torn;
    default:
      return false;
  }
}

/** Whether a request for less might succeed where this one failed. */
export function wantsLess(failure: Failure): boolean {
  if (failure.kind === 'status') return failure.status === 413 || [500, 502, 504].includes(failure.status);
  return failure.kind === 'timeout' || failure.kind === 'too_large';
}

/** The failure behind an error that the client threw; null for any other error. */
export function failureOf(thrown: unknown): Failure | null {
  return thrown instanceof OnefoldError && thrown.cause instanceof Cause ? thrown.cause.failure : null;
}

/** Carries the failure inside the error: plain facts, no text from the service. */
class Cause {
  constructor(readonly failure: Failure) {}
}

/** The error for a failure that stayed; `attempts` counts all of them. */
export function sourceError(failure: Failure, where: Where, attempts: number): OnefoldError {
  const tried = attempts > 1 ? ` (${attempts} attempts)` : '';
  const { code, what, hint } = told(failure);
  return new OnefoldError(code, `${shown(where)} ${what}${tried}`, { hint, cause: new Cause(failure) });
}

/** A request in words: `GET https://host/path?limit=…`. Parts of the path that look like a token or a person are left out. */
export function shown({ method, url, secrets = new Set() }: Where): string {
  const holdsSecret = (part: string): boolean =>
    [...secrets].some((secret) => part.includes(secret) || part.includes(encodeURIComponent(secret)));
  const path = url.pathname.split('/').map((part) => (isPrivate(part) || holdsSecret(part) ? '…' : part));
  const names = [...new Set(url.searchParams.keys())].map((name) => (isPrivate(name) ? '…' : `${name}=…`));
  return `${method} ${url.origin}${path.join('/')}${names.length > 0 ? `?${names.join('&')}` : ''}`;
}

/** An address, a long number, or a long word with digits in it. */
function isPrivate(part: string): boolean {
  return /@|%40|\d{7}/i.test(part) || (part.length >= 20 && /\d/.test(part)) || part.length > 60;
}

/**
 * The code that a service gives beside a status, such as `invalid_grant` or `INVALID_FIELD`: one word of letters at one of the
 * usual places. Sentences are not taken, as they may quote what was sent.
 */
export function serviceCode(body: unknown): string | null {
  for (const path of codePlaces) {
    const code = at(body, path);
    if (isCode(code)) return code;
  }
  return null;
}

const codePlaces = [
  'error',
  'error.code',
  'error.type',
  'code',
  'errorCode',
  'error_code',
  '0.errorCode',
  'errors.0.code',
  'o:errorDetails.0.o:errorCode',
  'category',
];

/** The code with which a service refuses credentials in `WWW-Authenticate` (RFC 6750, 3), such as `invalid_token`. */
export function challengeCode(headers: Headers): string | null {
  const code = /\berror="?([A-Za-z_.-]+)/.exec(headers.get('www-authenticate') ?? '')?.[1];
  return isCode(code) ? code : null;
}

function isCode(code: unknown): code is string {
  return typeof code === 'string' && code.length <= 60 && /^[A-Za-z]+(?:[_.-][A-Za-z]+)+$|^[A-Z]+$/.test(code);
}

function told(failure: Failure): { readonly code: OnefoldError['code']; readonly what: string; readonly hint: string } {
  switch (failure.kind) {
    case 'network':
      return { code: 'SOURCE_UNREACHABLE', what: `could not be reached: ${failure.code}`, hint: networkHint(failure.code) };
    case 'timeout':
      return {
        code: 'SOURCE_UNREACHABLE',
        what: failure.phase === 'headers' ? 'did not answer in time' : 'did not finish its answer in time',
        hint: 'try later, ask for smaller pages, or allow more time for a request',
      };
    case 'status':
      return toldStatus(failure.status, failure.code === null ? '' : ` (${failure.code})`);
    case 'limited': {
      const wait = failure.waitMs === null ? '' : `, to come back in ${Math.ceil(failure.waitMs / 1000)} s`;
      return {
        code: 'SOURCE_LIMITED',
        what: `answered ${failure.status}: too many requests${wait}`,
        hint: 'try later, declare a smaller budget of requests for this source, or allow more patience',
      };
    }
    case 'too_large':
      return {
        code: 'SOURCE_BROKEN',
        what: `answered with more than ${failure.limit} bytes`,
        hint: 'ask for smaller pages or fewer fields, or raise the limit',
      };
    case 'unreadable':
      return {
        code: 'SOURCE_BROKEN',
        what: `answered with ${failure.what}`,
        hint: 'look at the answer of this address, and at the declared path and format',
      };
    case 'redirect':
      return { code: 'SOURCE_BROKEN', what: failure.what, hint: 'declare the address that the service has now' };
  }
}

function toldStatus(status: number, code: string): ReturnType<typeof told> {
  const what = `answered ${status}${code}`;
  if (status === 401)
    return { code: 'SOURCE_REFUSED', what, hint: 'look at the credentials of this source: are they right, and still valid?' };
  if (status === 403) return { code: 'SOURCE_REFUSED', what, hint: 'give these credentials the right to read this, or leave it out' };
  if (transient.has(status)) return { code: 'SOURCE_UNREACHABLE', what, hint: 'try later; what was read so far is kept' };
  if (status === 404 || status === 410) return { code: 'SOURCE_BROKEN', what, hint: 'look at the declared path: nothing is there' };
  if (status === 413) return { code: 'SOURCE_BROKEN', what, hint: 'ask for smaller pages' };
  return { code: 'SOURCE_BROKEN', what, hint: 'look at the declared path and parameters: the service does not take them' };
}

function networkHint(code: string): string {
  if (/CERT|TLS|SSL|SELF_SIGNED/.test(code)) return 'the certificate is not trusted: mend it, or name its authority in NODE_EXTRA_CA_CERTS';
  if (/ENOTFOUND|EAI_AGAIN/.test(code)) return 'look at the host name and at the network';
  return 'is the service up, and reachable from this machine?';
}
