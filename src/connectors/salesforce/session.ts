import { OnefoldError } from '../../base/errors.js';
import { rememberSecret } from '../../base/redact.js';
import type { SecretRef } from '../../config/secrets.js';
import type { ReadContext, Scope } from '../contract.js';
import { putHeader } from '../http/auth/contract.js';
import { signedJwt } from '../http/auth/jwt.js';
import { requestToken } from '../http/auth/oauth2.js';
import { tokenCache } from '../http/auth/token.js';
import type { Http } from '../http/client.js';
import { openHttp } from '../http/client.js';
import { at } from '../http/json.js';
import { httpOptionsOf } from '../http/settings.js';
import { realWorld } from '../http/world.js';
import type { SalesforceSource } from './options.js';

/** A source that is logged in to. */
export interface Session {
  readonly http: Http;
  /** Path that all resources of the API are below. */
  readonly data: string;
}

const sessions = new WeakMap<Scope, Promise<Session>>();

/**
 * The client of a source, logged in, shared by its streams for the length of a run. A login that was refused is not tried again by the next
 * stream: users are locked out after a few.
 * @throws OnefoldError `SECRET_MISSING`, `SOURCE_UNREACHABLE`, `SOURCE_REFUSED`, `SOURCE_BROKEN`
 */
export function openSession(source: SalesforceSource, context: ReadContext): Promise<Session> {
  const known = sessions.get(context.scope) ?? connect(source, context);
  sessions.set(context.scope, known);
  return known;
}

/** The answer with a token tells at which address the organisation is; only there the token is sent. */
async function connect(source: SalesforceSource, { secret }: ReadContext): Promise<Session> {
  const world = realWorld(secret);
  const { auth: _, login_url, ...how } = source;
  const options = httpOptionsOf({ ...how, url: login_url, headers: {} });
  const entrance = openHttp(options, world);
  let refreshToken: string | null = null;
  let instance = '';
  const tokens = tokenCache(
    async () => {
      const form = await formOf(source, secret, world.now(), refreshToken);
      const { token, replaced, json } = await requestToken(
        { world, send: entrance.request },
        `${login_url.replace(/\/+$/, '')}/services/oauth2/token`,
        form,
        null,
      );
      for (const given of [token.value, replaced]) if (given !== null) rememberSecret(given);
      refreshToken = replaced ?? refreshToken;
      instance = instanceOf(json, login_url);
      return token;
    },
    world,
    0,
  );
  await tokens.get();
  const home = instance;
  const http = openHttp(
    {
      ...options,
      baseUrl: home,
      passing: ['UNABLE_TO_LOCK_ROW'],
      auth: ({ remember }) => ({
        sign: async ({ headers }) => {
          const token = await tokens.get();
          if (instance !== home)
            throw new OnefoldError('SOURCE_UNREACHABLE', 'the organisation has moved to another address', { hint: 'build again' });
          remember(token.value);
          putHeader(headers, 'authorization', `Bearer ${token.value}`);
          return { refused: () => tokens.drop(token) };
        },
      }),
    },
    world,
  );
  return { http, data: `/services/data/v${source.version}` };
}

type Secret = (ref: SecretRef) => Promise<string>;

/** The form of a request for a token. */
async function formOf(
  { auth, login_url }: SalesforceSource,
  secret: Secret,
  now: Date,
  refreshToken: string | null,
): Promise<Readonly<Record<string, string>>> {
  const value = (given: string | SecretRef): Promise<string> => (typeof given === 'string' ? Promise.resolve(given) : secret(given));
  const client_id = await value(auth.client_id);
  if (auth.grant === 'jwt_bearer') {
    const claims = {
      iss: client_id,
      sub: await value(auth.username),
      aud: auth.audience ?? audienceOf(login_url),
      exp: Math.floor(now.getTime() / 1000) + 180,
    };
    const assertion = signedJwt({ algorithm: 'RS256', privateKey: await secret(auth.private_key), keyId: undefined, claims });
    return { grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', assertion };
  }
  const client = { client_id, ...(auth.client_secret === undefined ? {} : { client_secret: await secret(auth.client_secret) }) };
  if (auth.grant === 'client_credentials') return { grant_type: auth.grant, ...client };
  if (auth.grant === 'refresh_token')
    return { grant_type: auth.grant, ...client, refresh_token: refreshToken ?? (await secret(auth.refresh_token)) };
  const token = auth.security_token === undefined ? '' : await secret(auth.security_token);
  return { grant_type: auth.grant, ...client, username: await value(auth.username), password: `${await secret(auth.password)}${token}` };
}

/** Assertions are addressed to Salesforce as a whole, also where they are sent to the address of one organisation. */
function audienceOf(loginUrl: string): string {
  const { hostname, origin } = new URL(loginUrl);
  if (!hostname.endsWith('.my.salesforce.com')) return origin;
  return hostname.endsWith('.sandbox.my.salesforce.com') ? 'https://test.salesforce.com' : 'https://login.salesforce.com';
}

/** @throws OnefoldError `SOURCE_BROKEN` when the answer names no address that a token may be sent to */
function instanceOf(answer: unknown, loginUrl: string): string {
  const given = at(answer, 'instance_url');
  const url = typeof given === 'string' && URL.canParse(given) ? new URL(given) : null;
  // A token that was got over an encrypted connection is sent over one.
  if (url !== null && (url.protocol === 'https:' || url.protocol === new URL(loginUrl).protocol)) return url.origin;
  throw new OnefoldError('SOURCE_BROKEN', 'Salesforce gave a token, but no address of the organisation that it is for', {
    hint: 'is `login_url` the address of Salesforce?',
  });
}
