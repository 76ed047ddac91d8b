import type { Problem } from '../base/errors.js';
import { didYouMean } from '../base/suggest.js';
import type { ModelReads } from './models.js';
import type { ChosenProject } from './targets.js';

/** A problem for every var that a model asks for and the project does not have. */
export function unknownVars({ models, vars }: ChosenProject, reads: ModelReads): readonly Problem[] {
  const known = Object.keys(vars);
  const lacking = known.length === 0 ? () => '; the project has no `vars`' : (name: string) => didYouMean(name, known);
  return models.flatMap(({ path }) => {
    const found = reads.get(path);
    const asked = found === undefined || 'problem' in found ? [] : found.vars;
    return asked.filter((name) => !known.includes(name)).map((name) => ({ path, message: `unknown var \`${name}\`${lacking(name)}` }));
  });
}
