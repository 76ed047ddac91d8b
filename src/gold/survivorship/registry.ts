import { OnefoldError } from '../../base/errors.js';
import type { Strategy } from './contract.js';
import { longest } from './longest.js';
import { max } from './max.js';
import { min } from './min.js';
import { mostFrequent } from './most_frequent.js';
import { mostRecent } from './most_recent.js';
import { prefer } from './prefer.js';

/** Every survivorship strategy: a file of its own and one line here. */
export const strategies = [prefer, mostRecent, mostFrequent, longest, min, max] as const;

/** @throws OnefoldError `NOT_FOUND`, which a validated project can't cause */
export function strategyNamed(name: string): Strategy {
  const found = strategies.find((s) => s.name === name);
  if (found === undefined) throw new OnefoldError('NOT_FOUND', `no survivorship strategy is called \`${name}\``);
  return found;
}
