import { createHmac, randomBytes } from 'node:crypto';
import { z } from 'zod';
import { secretRef } from '../../../config/secrets.js';
import type { Outgoing } from '../attempt.js';
import { authKind, putHeader } from './contract.js';

/** Token-based authentication by OAuth 1.0 (RFC 5849): each request is signed with the secrets of the client and of the token. */
export const oauth1 = authKind({
  name: 'oauth1',
  options: z.strictObject({
    kind: z.literal('oauth1'),
    consumer_key: secretRef,
    consumer_secret: secretRef,
    token: secretRef,
    token_secret: secretRef,
    realm: z.string().optional().describe('The account, where the service wants one'),
    signature_method: z.enum(['HMAC-SHA256', 'HMAC-SHA1']).default('HMAC-SHA256'),
  }),
  open: (options, { world }) => ({
    sign: async (request) => {
      const protocol: Readonly<Record<string, string>> = {
        oauth_consumer_key: await world.secret(options.consumer_key),
        oauth_token: await world.secret(options.token),
        oauth_signature_method: options.signature_method,
        oauth_timestamp: String(Math.floor(world.now().getTime() / 1000)),
        oauth_nonce: randomBytes(16).toString('hex'),
        oauth_version: '1.0',
      };
      const secrets = [await world.secret(options.consumer_secret), await world.secret(options.token_secret)] as const;
      const signature = oauth1Signature(request, protocol, options.signature_method, secrets);
      const fields = Object.entries({ ...protocol, oauth_signature: signature }).map(([name, value]) => `${name}="${encode(value)}"`);
      const realm = options.realm === undefined ? [] : [`realm="${options.realm.replaceAll(/["\\]/g, '\\$&')}"`];
      putHeader(request.headers, 'authorization', `OAuth ${[...realm, ...fields].join(', ')}`);
      return null;
    },
  }),
});

/** The signature of a request (RFC 5849, 3.4.2), in base64. `secrets` are the client's and the token's. */
export function oauth1Signature(
  request: Outgoing,
  protocol: Readonly<Record<string, string>>,
  method: 'HMAC-SHA256' | 'HMAC-SHA1',
  secrets: readonly [string, string],
): string {
  return createHmac(method === 'HMAC-SHA256' ? 'sha256' : 'sha1', secrets.map(encode).join('&'))
    .update(signatureBase(request, protocol))
    .digest('base64');
}

/** The text that is signed (RFC 5849, 3.4.1): method, address, and all parameters of query, form and protocol in order. */
export function signatureBase({ method, url, headers, body }: Outgoing, protocol: Readonly<Record<string, string>>): string {
  const isForm = (headers.get('content-type') ?? '').startsWith('application/x-www-form-urlencoded');
  const parameters = [...url.searchParams, ...(isForm ? new URLSearchParams(body) : []), ...Object.entries(protocol)]
    .map(([name, value]) => [encode(name), encode(value)] as const)
    .sort(([a, x], [b, y]) => compare(a, b) || compare(x, y))
    .map((pair) => pair.join('='))
    .join('&');
  return [method.toUpperCase(), `${url.origin}${url.pathname}`, parameters].map(encode).join('&');
}

/** Percent-encoding by RFC 3986: all but letters, digits, `-`, `.`, `_`, `~`. */
function encode(text: string): string {
  return encodeURIComponent(text).replaceAll(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
