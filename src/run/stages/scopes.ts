import type { Scope } from '../../connectors/contract.js';

/** The scopes of the sources that a run reads. */
export interface Scopes {
  /** The scope of a source: the same for all its streams. */
  readonly of: (source: string) => Scope;
  /** Closes what was opened in all of them; what can't be closed stops nothing else. */
  readonly close: () => Promise<void>;
}

export function openScopes(): Scopes {
  const scopes = new Map<string, Scope>();
  const closing: (() => Promise<void>)[] = [];
  return {
    of: (source) => {
      const scope = scopes.get(source) ?? { closing: (close: () => Promise<void>) => void closing.push(close) };
      scopes.set(source, scope);
      return scope;
    },
    close: async () => {
      await Promise.allSettled(closing.splice(0).map((close) => close()));
    },
  };
}
