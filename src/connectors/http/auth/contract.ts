import { z } from 'zod';
import { OnefoldError } from '../../../base/errors.js';
import type { Outgoing } from '../attempt.js';
import type { Answer, RequestSpec } from '../message.js';
import type { World } from '../world.js';

/** What a kind of credentials may use: the world, and requests of its own, which carry neither its credentials nor the source's headers. */
export interface AuthTools {
  readonly world: World;
  /** Credentials that a service gave are kept out of messages and cursors like those of the project. */
  readonly remember: (secret: string) => void;
  readonly send: (request: RequestSpec) => Promise<Answer>;
}

/** What one request was signed with. */
export interface Signed {
  /** The service refused just these credentials with 401: get others before the next request. */
  readonly refused: () => void;
}

/** Credentials at work. */
export interface Auth {
  /**
   * Adds credentials to a request that goes to the source itself. Null when they are fixed, so that signing again after a 401
   * would change nothing.
   */
  readonly sign: (request: Outgoing) => Promise<Signed | null>;
}

/** A kind of credentials: a file of its own, and one line in the registry. */
export interface AuthKind<O extends z.ZodType> {
  readonly name: string;
  /** As a project file says it; `kind` is the name. */
  readonly options: O;
  readonly open: (options: unknown, tools: AuthTools) => Auth;
}

interface Spec<O extends z.ZodType> {
  readonly name: string;
  readonly options: O;
  readonly open: (options: z.output<O>, tools: AuthTools) => Auth;
}

/** A kind of credentials from its spec; options are parsed by its own schema, so that its functions see them typed. */
export function authKind<O extends z.ZodType>({ name, options, open }: Spec<O>): AuthKind<O> {
  return { name, options, open: (given, tools) => open(options.parse(given), tools) };
}

/**
 * Puts a header on a request. What `Headers` itself throws for a value with a line break quotes the value, which is a secret.
 * @throws OnefoldError `CONFIG_INVALID`, which names the header only
 */
export function putHeader(headers: Headers, name: string, value: string): void {
  try {
    headers.set(name, value);
  } catch {
    throw new OnefoldError('CONFIG_INVALID', `the value for the header \`${name}\` holds characters that no header may have`, {
      hint: 'look for a line break or a typographic character in the secret',
    });
  }
}

/** A header name by RFC 9110. */
export const headerName = z.string().regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/, 'must be a header name');
