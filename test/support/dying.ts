import type { Effects } from '../../src/base/effects.js';
import { realEffects } from '../../src/base/effects.js';

/** What a process says that dies by `dying`. */
export class Died extends Error {}

/** Effects of a process that dies right after its n-th act that lands something; of one that lives for 0. */
export function dying(n: number): Effects {
  const real = realEffects();
  let acts = 0;
  return {
    ...real,
    commit: async (name, act) => {
      const result = await act();
      if (/^(segment|landed|end|short|known|vanished):/.test(name) && ++acts === n) throw new Died(name);
      return result;
    },
  };
}
