import { constants, createHmac, createPublicKey, randomBytes, verify } from 'node:crypto';
import type { Asked } from './server.js';

/** Token-based authentication: what an integration and a user's token are made of. */
export interface NetsuiteToken {
  readonly consumer_key: string;
  readonly consumer_secret: string;
  readonly token: string;
  readonly token_secret: string;
}

/** A certificate that was uploaded for machines. */
export interface NetsuiteCertificate {
  readonly client_id: string;
  readonly certificate_id: string;
  /** PEM */
  readonly public_key: string;
}

/** Whoever may get in, and how it is found out. Refusals are the service's own words; null lets in. */
export interface Door {
  readonly check: (asked: Asked) => string | null;
  /** A token for an assertion, or the code of the refusal. */
  readonly login: (form: URLSearchParams, tokenUrl: string) => { readonly token: string } | { readonly error: string };
  /** No token that was given out is taken any more. */
  readonly expire: () => void;
}

/** Seconds that a token, and the time of a signature, are good for. */
export const tokenLife = 3600;
const signatureLife = 300;

export function openDoor(
  account: string,
  known: { readonly token: NetsuiteToken | null; readonly certificate: NetsuiteCertificate | null },
): Door {
  const given = new Map<string, number>();
  const nonces = new Set<string>();
  const seconds = (): number => Math.floor(Date.now() / 1000);

  const checkSignature = (asked: Asked, header: string): string | null => {
    const fields = new Map([...header.matchAll(/(\w+)="([^"]*)"/g)].map(([, name = '', value = '']) => [name, decodeURIComponent(value)]));
    const { token } = known;
    if (fields.get('realm') !== account || token === null) return 'token_rejected';
    if (fields.get('oauth_consumer_key') !== token.consumer_key) return 'consumer_key_unknown';
    if (fields.get('oauth_token') !== token.token) return 'token_rejected';
    if (fields.get('oauth_signature_method') !== 'HMAC-SHA256') return 'signature_method_rejected';
    if (Math.abs(Number(fields.get('oauth_timestamp')) - seconds()) > signatureLife) return 'timestamp_refused';
    const nonce = `${fields.get('oauth_nonce')} ${fields.get('oauth_timestamp')}`;
    if (nonces.has(nonce)) return 'nonce_used';
    nonces.add(nonce);
    const parameters: [string, string][] = [...asked.url.searchParams];
    for (const [name, value] of fields) if (name.startsWith('oauth_') && name !== 'oauth_signature') parameters.push([name, value]);
    const pairs = parameters.map(([name, value]) => `${percent(name)}=${percent(value)}`).sort();
    const base = [asked.method, `http://${asked.headers.host}${asked.url.pathname}`, pairs.join('&')].map(percent).join('&');
    const key = `${percent(token.consumer_secret)}&${percent(token.token_secret)}`;
    return createHmac('sha256', key).update(base).digest('base64') === fields.get('oauth_signature') ? null : 'signature_invalid';
  };

  return {
    check: (asked) => {
      const header = asked.headers.authorization ?? '';
      if (header.startsWith('OAuth ')) return checkSignature(asked, header);
      const expires = given.get(header.replace(/^Bearer /, ''));
      return expires !== undefined && expires > seconds() ? null : 'invalid_token';
    },
    login: (form, tokenUrl) => {
      const fault = known.certificate === null ? 'invalid_client' : faultOf(form, known.certificate, tokenUrl, seconds());
      if (fault !== null) return { error: fault };
      const token = randomBytes(24).toString('base64url');
      given.set(token, seconds() + tokenLife);
      return { token };
    },
    expire: () => given.clear(),
  };
}

const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

/** What is wrong with a request for a token; null when nothing is. */
function faultOf(form: URLSearchParams, certificate: NetsuiteCertificate, tokenUrl: string, now: number): string | null {
  if (form.get('grant_type') !== 'client_credentials') return 'unsupported_grant_type';
  if (form.get('client_assertion_type') !== assertionType) return 'invalid_request';
  const [head = '', body = '', signature = ''] = (form.get('client_assertion') ?? '').split('.');
  const [header, claims] = [decoded(head), decoded(body)];
  if (header['kid'] !== certificate.certificate_id || claims['iss'] !== certificate.client_id) return 'invalid_client';
  if (claims['aud'] !== tokenUrl) return 'invalid_request';
  const [issued, expires] = [Number(claims['iat']), Number(claims['exp'])];
  if (!(expires > now && issued <= now + 60 && expires - issued <= 3600)) return 'invalid_grant';
  if (![claims['scope']].flat().join(',').split(',').includes('rest_webservices')) return 'invalid_scope';
  const key = createPublicKey(certificate.public_key);
  const how =
    header['alg'] === 'PS256' && key.asymmetricKeyType === 'rsa'
      ? { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 }
      : header['alg'] === 'ES256' && key.asymmetricKeyType === 'ec'
        ? { key, dsaEncoding: 'ieee-p1363' as const }
        : null;
  if (how === null) return 'invalid_request';
  return verify('sha256', Buffer.from(`${head}.${body}`), how, Buffer.from(signature, 'base64url')) ? null : 'invalid_grant';
}

function decoded(part: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
    return typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value)) : {};
  } catch {
    return {};
  }
}

function percent(text: string): string {
  return encodeURIComponent(text).replaceAll(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
}
