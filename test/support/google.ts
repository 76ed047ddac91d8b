import { z } from 'zod';
import { signedJwt } from '../../src/connectors/http/auth/jwt.js';
import type { GoogleSheets } from '../../src/testing/index.js';

const keyFile = z.object({ client_email: z.string(), private_key: z.string(), token_uri: z.string() });

/** Asks for a token as a service account does; `claims` in place of the right ones. */
export async function googleToken(
  { credentials }: GoogleSheets,
  claims: Readonly<Record<string, unknown>> = {},
): Promise<{ readonly status: number; readonly json: unknown }> {
  const key = keyFile.parse(JSON.parse(credentials));
  const iat = Math.floor(Date.now() / 1000);
  const scope = 'https://www.googleapis.com/auth/spreadsheets.readonly';
  const assertion = signedJwt({
    algorithm: 'RS256',
    privateKey: key.private_key,
    keyId: undefined,
    claims: { iss: key.client_email, aud: key.token_uri, scope, iat, exp: iat + 3600, ...claims },
  });
  const response = await fetch(key.token_uri, {
    method: 'POST',
    body: new URLSearchParams({ grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', assertion }),
  });
  const json: unknown = await response.json();
  return { status: response.status, json };
}
