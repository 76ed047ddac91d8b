/** The way into a project: which headers its keys belong in, and as whom they read. */
import { z } from 'zod';
import type { ReadContext } from '../contract.js';
import type { Http } from '../http/client.js';
import { httpOptionsOf } from '../http/settings.js';
import { clientOf } from '../http/shared.js';
import type { SupabaseSource } from './options.js';

/** As whom a project is read, as far as the keys themselves tell it. */
export interface Reader {
  /** Role of the database; null where nothing tells. */
  readonly role: string | null;
  /** Whether all rows are seen, whatever row level security says. */
  readonly seesAll: boolean;
  /** When the token ends to be valid; null where it does not, or does not say. */
  readonly expires: Date | null;
}

export interface Access {
  readonly http: Http;
  readonly reader: Reader;
}

/** @throws OnefoldError `SECRET_MISSING`, `CONFIG_INVALID` */
export async function openAccess(source: SupabaseSource, context: ReadContext): Promise<Access> {
  const ref = source.token ?? source.api_key;
  const secret = await context.secret(ref);
  const headers = { apikey: source.api_key };
  // Keys of the new form are no tokens; the gateway puts one in their place, but only where no other stands.
  const auth = source.token !== undefined || isToken(secret) ? { auth: { kind: 'bearer' as const, token: ref } } : {};
  return { http: clientOf(() => httpOptionsOf({ ...source, headers, ...auth }), context), reader: readerOf(secret) };
}

const claims = z.object({ role: z.string().optional(), exp: z.number().optional() });

function readerOf(secret: string): Reader {
  if (!isToken(secret)) {
    const role = secret.startsWith('sb_secret_') ? 'service_role' : secret.startsWith('sb_publishable_') ? 'anon' : null;
    return { role, seesAll: role === 'service_role', expires: null };
  }
  const { role, exp } = claimsOf(secret);
  // What is no plain name of a role is not shown.
  const plain = role !== undefined && /^[a-z_]\w{0,62}$/.test(role) ? role : null;
  return { role: plain, seesAll: plain === 'service_role', expires: exp === undefined ? null : new Date(exp * 1000) };
}

/** Not verified: what it says is only told to the user, and the project judges it by itself. */
function claimsOf(token: string): z.output<typeof claims> {
  try {
    return claims.parse(JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8')));
  } catch {
    return {};
  }
}

function isToken(secret: string): boolean {
  return /^[\w-]+\.[\w-]+\.[\w-]+$/.test(secret);
}
