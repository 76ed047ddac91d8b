import { constants, createPrivateKey, randomUUID, sign } from 'node:crypto';
import { OnefoldError } from '../../../base/errors.js';

/** Ways to sign (RFC 7518, 3.1), each with the kind of key that it takes. */
const algorithms = {
  RS256: { key: 'rsa', named: 'RSA', how: { padding: constants.RSA_PKCS1_PADDING } },
  PS256: { key: 'rsa', named: 'RSA', how: { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST } },
  ES256: { key: 'ec', named: 'EC (P-256)', how: { dsaEncoding: 'ieee-p1363' } },
} as const;

export const jwtAlgorithms = ['RS256', 'PS256', 'ES256'] as const satisfies readonly (keyof typeof algorithms)[];

export interface JwtSpec {
  readonly algorithm: keyof typeof algorithms;
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
  const { key: kind, named, how } = algorithms[algorithm];
  const header = { alg: algorithm, typ: 'JWT', ...(keyId === undefined ? {} : { kid: keyId }) };
  const content = `${encoded(header)}.${encoded({ jti: randomUUID(), ...claims })}`;
  try {
    const key = createPrivateKey(privateKey.replaceAll('\\n', '\n'));
    if (key.asymmetricKeyType !== kind) throw new Error('another kind of key');
    return `${content}.${sign('sha256', Buffer.from(content), { key, ...how }).toString('base64url')}`;
  } catch {
    throw new OnefoldError('CONFIG_INVALID', `the private key can't sign with ${algorithm}`, {
      hint: `it must be an unencrypted PEM key of the kind ${named}`,
    });
  }
}

function encoded(value: unknown): string {
  return Buffer.from(JSON.stringify(value), 'utf8').toString('base64url');
}
