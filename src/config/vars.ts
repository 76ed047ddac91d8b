import type { Problem } from '../base/errors.js';
import { messageOf } from '../base/errors.js';
import { didYouMean } from '../base/suggest.js';
import { varsOf } from '../sql/parse.js';
import type { ChosenProject } from './targets.js';

/** Model → the vars that its SQL asks for, and a problem for every name that the project does not have. */
export async function varsAsked(
  raw: ChosenProject,
): Promise<{ readonly names: ReadonlyMap<string, readonly string[]>; readonly problems: readonly Problem[] }> {
  const names = new Map<string, readonly string[]>();
  const problems: Problem[] = [];
  const known = Object.keys(raw.vars);
  for (const model of raw.models) {
    const asked = await varsOf(model.sql).catch((thrown: unknown) => {
      problems.push({ path: model.path, message: messageOf(thrown) });
      return [];
    });
    names.set(model.name, asked);
    for (const name of asked)
      if (!known.includes(name))
        problems.push({
          path: model.path,
          message: `unknown var \`${name}\`${known.length === 0 ? '; the project has no `vars`' : didYouMean(name, known)}`,
        });
  }
  return { names, problems };
}
