import { z } from 'zod';
import { OnefoldError } from '../../../base/errors.js';
import { apiKey } from './api_key.js';
import { basic } from './basic.js';
import { bearer } from './bearer.js';
import type { Auth, AuthTools } from './contract.js';
import { oauth1 } from './oauth1.js';
import { oauth2 } from './oauth2.js';
import { session } from './session.js';

/** Every kind of credentials: a file of its own and one line here. */
export const authKinds = [apiKey, basic, bearer, oauth2, oauth1, session] as const;

/** How a source is authenticated, as a project file says it; secrets stand in it by reference only. */
export const authOptions = z.union(authKinds.map((kind) => kind.options)).describe('How requests to the source are authenticated');

/** Before parsing: what has a default may be left out. */
export type AuthOptions = z.input<typeof authOptions>;

/**
 * Credentials at work; null options are a source that needs none.
 * @throws OnefoldError `NOT_FOUND`, which a validated project can't cause
 */
export function openAuth(options: AuthOptions | null, tools: AuthTools): Auth {
  if (options === null) return { sign: async () => null };
  const found = authKinds.find((kind) => kind.name === options.kind);
  if (found === undefined) throw new OnefoldError('NOT_FOUND', `no credentials are called \`${options.kind}\``);
  return found.open(options, tools);
}
