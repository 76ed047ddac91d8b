import { createPrivateKey, randomUUID, sign } from 'node:crypto';
import { OnefoldError } from '../../../base/errors.js';

export interface JwtSpec {
  readonly algorithm: 'RS256' | 'ES256';
  /** PEM; line breaks may be written as `\n`, as they must be in many environment variables. */
  readonly privateKey: string;
  readonly keyId: string | undefined;
  readonly claims: Readonly<Record<string, unknown>>;
}

/**
 * A signed JSON Web Token (RFC 7519; RFC 7515, compact form), with a `jti` of its own.
 * @throws OnefoldError `CONFIG_INVALID` when the key is no private key for the algorithm
 */
export function signedJwt({ algorithm, privateKey, keyId, claims }: JwtSpec): string {
  const header = { alg: algorithm, typ: 'JWT', ...(keyId === undefined ? {} : { kid: keyId }) };
  const content = `${encoded(header)}.${encoded({ jti: randomUUID(), ...claims })}`;
  try {
    const key = createPrivateKey(privateKey.replaceAll('\\n', '\n'));
    if (key.asymmetricKeyType !== (algorithm === 'RS256' ? 'rsa' : 'ec')) throw new Error('another kind of key');
    return `${content}.${sign('sha256', Buffer.from(content), { key, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`;
  } catch {
    throw new OnefoldError('CONFIG_INVALID', `the private key can't sign with ${algorithm}`, {
      hint: `it must be an unencrypted PEM key of the kind ${algorithm === 'RS256' ? 'RSA' : 'EC (P-256)'}`,
    });
  }
}

function encoded(value: unknown): string {
  return Buffer.from(JSON.stringify(value), 'utf8').toString('base64url');
}
