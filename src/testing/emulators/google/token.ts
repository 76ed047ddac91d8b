import { createPublicKey, generateKeyPairSync, randomBytes, verify } from 'node:crypto';
import type { Answered } from '../server.js';

/** A service account, and the tokens that were given for it. */
export interface ServiceAccount {
  readonly email: string;
  /** The key file as Google's console gives it. */
  readonly keyFile: (tokenUrl: string) => string;
  /** What the address for tokens answers to a form. */
  readonly grant: (body: string, tokenUrl: string, now: Date) => Answered;
  /** The scopes of a token that is valid now; null for any other. */
  readonly scopesOf: (authorization: string | undefined, now: Date) => readonly string[] | null;
  /** Tokens given so far are no longer taken. */
  readonly expire: () => void;
  /** The key is deleted in the console: it gives no tokens any more. */
  readonly revoke: () => void;
}

let pair: { readonly publicKey: string; readonly privateKey: string } | null = null;

/** Making a key takes a while, so that all accounts of a process have the same. */
function keyPair() {
  pair ??= generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  return pair;
}

/** @param lifetimeS how long a token is valid, in seconds */
export function openServiceAccount(lifetimeS: number): ServiceAccount {
  const { publicKey, privateKey } = keyPair();
  const email = 'reader@onefold-test.iam.gserviceaccount.com';
  const tokens = new Map<string, { readonly scopes: readonly string[]; readonly until: number }>();
  let revoked = false;
  return {
    email,
    keyFile: (tokenUrl) =>
      JSON.stringify(
        {
          type: 'service_account',
          project_id: 'onefold-test',
          private_key_id: '3f9c0d51e7',
          private_key: privateKey,
          client_email: email,
          client_id: '104857600000000000001',
          token_uri: tokenUrl,
          universe_domain: 'googleapis.com',
        },
        null,
        2,
      ),
    grant: (body, tokenUrl, now) => {
      const form = new URLSearchParams(body);
      if (form.get('grant_type') !== 'urn:ietf:params:oauth:grant-type:jwt-bearer')
        return refused('unsupported_grant_type', 'Invalid grant_type: ');
      const claims = claimsOf(form.get('assertion') ?? '', revoked ? null : publicKey);
      if (claims === null) return refused('invalid_grant', 'Invalid JWT Signature.');
      const [iat, exp, at] = [Number(claims['iat']), Number(claims['exp']), now.getTime() / 1000];
      if (claims['iss'] !== email) return refused('invalid_grant', 'Invalid grant: account not found');
      if (claims['aud'] !== tokenUrl) return refused('invalid_grant', 'Invalid JWT: Failed audience check.');
      if (!(iat <= at + 300 && exp > at && exp - iat <= 3600))
        return refused('invalid_grant', 'Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe.');
      const scopes = String(claims['scope'] ?? '').split(' ');
      if (!scopes.every((scope) => scope.startsWith('https://www.googleapis.com/auth/')))
        return refused('invalid_scope', 'Invalid OAuth scope or ID token audience provided.');
      const token = `ya29.${randomBytes(24).toString('base64url')}`;
      tokens.set(token, { scopes, until: now.getTime() + lifetimeS * 1000 });
      return { status: 200, body: { access_token: token, expires_in: lifetimeS, token_type: 'Bearer' } };
    },
    scopesOf: (authorization, now) => {
      const token = tokens.get(/^Bearer (.+)$/.exec(authorization ?? '')?.[1] ?? '');
      return token === undefined || token.until <= now.getTime() ? null : token.scopes;
    },
    expire: () => tokens.clear(),
    revoke: () => {
      revoked = true;
    },
  };
}

function refused(error: string, description: string): Answered {
  return { status: 400, body: { error, error_description: description } };
}

/** The claims of a token that the key has signed; null for any other. */
function claimsOf(assertion: string, publicKey: string | null): Readonly<Record<string, unknown>> | null {
  const [head = '', content = '', signature = ''] = assertion.split('.');
  if (publicKey === null) return null;
  const signed = verify('sha256', Buffer.from(`${head}.${content}`), createPublicKey(publicKey), Buffer.from(signature, 'base64url'));
  if (!signed) return null;
  const claims: unknown = JSON.parse(Buffer.from(content, 'base64url').toString('utf8'));
  return typeof claims === 'object' && claims !== null ? { ...claims } : null;
}
