/** The address for tokens of the emulated organisation: OAuth 2.0 as Salesforce has it. */
import { createPublicKey, verify } from 'node:crypto';
import type { Answered } from '../server.js';

/** Who may log in, and with what; a grant whose credentials are left out is not allowed. */
export interface SalesforceLogin {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly username?: string;
  /** With the security token at its end. */
  readonly password?: string;
  readonly refreshToken?: string;
  /** PEM: what an assertion must be signed for. */
  readonly publicKey?: string;
}

/** Whether a request for a token is granted: null, or the answer that refuses it. */
export function refusalOf(login: SalesforceLogin, form: URLSearchParams, audience: string, now: Date): Answered | null {
  const given = (name: string): string => form.get(name) ?? '';
  const grant = given('grant_type');
  if (grant === 'urn:ietf:params:oauth:grant-type:jwt-bearer') return assertionRefused(login, given('assertion'), audience, now);
  if (given('client_id') !== login.clientId) return refused('invalid_client_id', 'client identifier invalid');
  if (grant === 'refresh_token') {
    if (login.refreshToken === undefined || given('refresh_token') !== login.refreshToken)
      return refused('invalid_grant', 'expired access/refresh token');
    return form.has('client_secret') && given('client_secret') !== login.clientSecret ? invalidClient : null;
  }
  if (grant !== 'client_credentials' && grant !== 'password') return refused('unsupported_grant_type', 'grant type not supported');
  if (given('client_secret') !== login.clientSecret) return invalidClient;
  if (grant === 'client_credentials') return null;
  const isKnown =
    login.username !== undefined &&
    login.password !== undefined &&
    given('username') === login.username &&
    given('password') === login.password;
  return isKnown ? null : refused('invalid_grant', 'authentication failure');
}

function refused(error: string, description: string): Answered {
  return { status: 400, body: { error, error_description: description } };
}

const invalidClient = refused('invalid_client', 'invalid client credentials');

function assertionRefused(
  { clientId, username, publicKey }: SalesforceLogin,
  assertion: string,
  audience: string,
  now: Date,
): Answered | null {
  const [header = '', payload = '', signature = ''] = assertion.split('.');
  if (publicKey === undefined) return refused('invalid_grant', "user hasn't approved this consumer");
  const isSigned = verify('sha256', Buffer.from(`${header}.${payload}`), createPublicKey(publicKey), Buffer.from(signature, 'base64url'));
  if (!isSigned) return refused('invalid_grant', 'invalid assertion');
  const claims: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8'));
  const claim = (name: string): unknown => (typeof claims === 'object' && claims !== null ? Reflect.get(claims, name) : undefined);
  if (claim('iss') !== clientId) return refused('invalid_client_id', 'client identifier invalid');
  if (claim('aud') !== audience) return refused('invalid_grant', 'audience is invalid');
  const [expires, time] = [Number(claim('exp')), now.getTime() / 1000];
  if (!(expires > time && expires <= time + 300)) return refused('invalid_grant', 'assertion expired');
  return claim('sub') === username ? null : refused('invalid_grant', "user hasn't approved this consumer");
}
