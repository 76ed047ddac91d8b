import type { World } from '../world.js';

/** A credential that is got from a service, and how long it may be used. */
export interface Token {
  readonly value: string;
  /** Milliseconds since 1970; null when the service does not say. */
  readonly expiresAt: number | null;
}

export interface TokenCache {
  /** The token, got anew when there is none or it is about to expire; requests at the same time wait for the same one. */
  readonly get: () => Promise<Token>;
  /** Forgets a token that was refused; one that replaced it meanwhile stays. */
  readonly drop: (token: Token) => void;
}

/** Keeps one token in memory until `skewMs` before it expires. What `fetchToken` throws is thrown to everybody who waits, and not kept. */
export function tokenCache(fetchToken: () => Promise<Token>, world: Pick<World, 'now'>, skewMs: number): TokenCache {
  let held: Token | null = null;
  let underWay: Promise<Token> | null = null;
  const isFresh = (token: Token): boolean => token.expiresAt === null || token.expiresAt - skewMs > world.now().getTime();
  return {
    get: async () => {
      if (held !== null && isFresh(held)) return held;
      underWay ??= fetchToken().finally(() => {
        underWay = null;
      });
      held = await underWay;
      return held;
    },
    drop: (token) => {
      if (held === token) held = null;
    },
  };
}
