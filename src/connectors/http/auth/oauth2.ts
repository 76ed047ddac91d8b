import { z } from 'zod';
import { OnefoldError } from '../../../base/errors.js';
import type { SecretRef } from '../../../config/secrets.js';
import { secretRef } from '../../../config/secrets.js';
import { serviceCode, shown } from '../failure.js';
import { at } from '../json.js';
import type { Answer } from '../message.js';
import type { World } from '../world.js';
import { authKind, putHeader } from './contract.js';
import { jwtAlgorithms, signedJwt } from './jwt.js';
import type { Token } from './token.js';
import { tokenCache } from './token.js';

const common = {
  kind: z.literal('oauth2'),
  token_url: z.url({ protocol: /^https?$/ }).describe('Where tokens are got'),
  client_id: z.union([z.string(), secretRef]).optional(),
  client_secret: secretRef.optional(),
  send_client: z.enum(['body', 'header']).default('body').describe('Where the client and its secret stand in the request for a token'),
  scope: z.string().optional(),
  audience: z.string().optional(),
  extra: z
    .record(z.string(), z.union([z.string(), secretRef]))
    .default({})
    .describe('Further parameters of the request for a token'),
  skew_s: z.number().min(0).default(60).describe('A token is replaced so many seconds before it expires'),
};

/** A token that the client signs by itself (RFC 7523): as a grant, or in place of its secret. */
const assertion = {
  private_key: secretRef.describe('PEM'),
  algorithm: z.enum(jwtAlgorithms).default('RS256'),
  key_id: z.string().optional(),
  issuer: z.string().describe('Who asks: often the client id'),
  subject: z.string().optional().describe('For whom it asks: often a user name'),
  token_audience: z.string().optional().describe('`aud` of the assertion; the address for tokens if left out'),
  claims: z.record(z.string(), z.unknown()).default({}).describe('Further claims of the assertion'),
  lifetime_s: z.number().positive().default(180).describe('How long the assertion is valid'),
};

const options = z.discriminatedUnion('grant', [
  z.strictObject({ ...common, grant: z.literal('client_credentials') }),
  z.strictObject({ ...common, grant: z.literal('client_assertion'), ...assertion }),
  z.strictObject({ ...common, grant: z.literal('refresh_token'), refresh_token: secretRef }),
  z.strictObject({ ...common, grant: z.literal('password'), username: z.union([z.string(), secretRef]), password: secretRef }),
  z.strictObject({ ...common, grant: z.literal('jwt_bearer'), ...assertion }),
]);

type Options = z.output<typeof options>;

/**
 * OAuth 2.0 (RFC 6749): client credentials, refresh token, password, and signed assertions (RFC 7523): as the grant (`jwt_bearer`),
 * or as client credentials without a secret (`client_assertion`). The token is kept
 * in memory, got again before it expires, and once when it is refused. A refresh token that the service replaces is replaced in memory.
 */
export const oauth2 = authKind({
  name: 'oauth2',
  options,
  open: (chosen, { world, remember, send }) => {
    let refreshToken: string | null = null;
    const fetchToken = async (): Promise<Token> => {
      const { form, authorization } = await tokenRequest(chosen, world, refreshToken);
      const headers = new Headers();
      if (authorization !== null) putHeader(headers, 'authorization', authorization);
      const asked = world.now().getTime();
      const answer = await send({
        method: 'POST',
        url: chosen.token_url,
        headers: Object.fromEntries(headers),
        body: { form },
        idempotent: chosen.grant !== 'refresh_token',
        accept: [400, 401, 403],
      });
      const { token, replaced } = readToken(answer, chosen.token_url, asked);
      refreshToken = replaced ?? refreshToken;
      remember(token.value);
      return token;
    };
    const tokens = tokenCache(fetchToken, world, chosen.skew_s * 1000);
    return {
      sign: async ({ headers }) => {
        const token = await tokens.get();
        putHeader(headers, 'authorization', `Bearer ${token.value}`);
        return { refused: () => tokens.drop(token) };
      },
    };
  },
});

async function tokenRequest(
  chosen: Options,
  world: World,
  refreshToken: string | null,
): Promise<{ readonly form: Readonly<Record<string, string>>; readonly authorization: string | null }> {
  const value = (given: string | SecretRef): Promise<string> => (typeof given === 'string' ? Promise.resolve(given) : world.secret(given));
  const id = chosen.client_id === undefined ? null : await value(chosen.client_id);
  const secret = chosen.client_secret === undefined ? null : await value(chosen.client_secret);
  const form: Record<string, string> = { ...(await grantForm(chosen, world, value, refreshToken)) };
  if (chosen.scope !== undefined) form['scope'] = chosen.scope;
  if (chosen.audience !== undefined) form['audience'] = chosen.audience;
  for (const [name, given] of Object.entries(chosen.extra)) form[name] = await value(given);
  if (id !== null && chosen.send_client === 'header') {
    const pair = `${encodeURIComponent(id)}:${encodeURIComponent(secret ?? '')}`;
    return { form, authorization: `Basic ${Buffer.from(pair, 'utf8').toString('base64')}` };
  }
  if (id !== null) form['client_id'] = id;
  if (secret !== null) form['client_secret'] = secret;
  return { form, authorization: null };
}

async function grantForm(
  chosen: Options,
  world: World,
  value: (given: string | SecretRef) => Promise<string>,
  refreshToken: string | null,
): Promise<Readonly<Record<string, string>>> {
  switch (chosen.grant) {
    case 'client_credentials':
      return { grant_type: 'client_credentials' };
    case 'refresh_token':
      return { grant_type: 'refresh_token', refresh_token: refreshToken ?? (await value(chosen.refresh_token)) };
    case 'password':
      return { grant_type: 'password', username: await value(chosen.username), password: await value(chosen.password) };
    case 'client_assertion':
      return {
        grant_type: 'client_credentials',
        client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
        client_assertion: await assertionOf(chosen, world, value),
      };
    case 'jwt_bearer':
      return { grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', assertion: await assertionOf(chosen, world, value) };
  }
}

async function assertionOf(
  chosen: Extract<Options, { readonly private_key: SecretRef }>,
  world: World,
  value: (given: SecretRef) => Promise<string>,
): Promise<string> {
  const iat = Math.floor(world.now().getTime() / 1000);
  return signedJwt({
    algorithm: chosen.algorithm,
    privateKey: await value(chosen.private_key),
    keyId: chosen.key_id,
    claims: {
      iss: chosen.issuer,
      ...(chosen.subject === undefined ? {} : { sub: chosen.subject }),
      aud: chosen.token_audience ?? chosen.token_url,
      iat,
      exp: iat + chosen.lifetime_s,
      ...chosen.claims,
    },
  });
}

/** @throws OnefoldError `SOURCE_REFUSED`, or `SOURCE_BROKEN` when there is no token in the answer */
function readToken(answer: Answer, tokenUrl: string, asked: number): { readonly token: Token; readonly replaced: string | null } {
  const where = shown({ method: 'POST', url: new URL(tokenUrl) });
  if (answer.status >= 400) {
    const code = serviceCode(answer.json);
    throw new OnefoldError('SOURCE_REFUSED', `${where} gave no token: it answered ${answer.status}${code === null ? '' : ` (${code})`}`, {
      hint: 'look at the client, its secret, the grant and the scope of this source',
    });
  }
  const value = at(answer.json, 'access_token');
  if (typeof value !== 'string' || value === '') {
    throw new OnefoldError('SOURCE_BROKEN', `${where} answered without an \`access_token\``, {
      hint: 'is `token_url` the address for tokens?',
    });
  }
  const seconds = Number(at(answer.json, 'expires_in') ?? Number.NaN);
  const replaced = at(answer.json, 'refresh_token');
  return {
    token: { value, expiresAt: Number.isFinite(seconds) ? asked + seconds * 1000 : null },
    replaced: typeof replaced === 'string' && replaced !== '' ? replaced : null,
  };
}
