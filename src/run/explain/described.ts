import { z } from 'zod';
import type { Engine } from '../../engine/engine.js';
import type { Words } from '../../site/site.js';
import type { Places } from './relations.js';

/** What is asked while a project is described. */
export interface Sources extends Places {
  /** Who knows the tables of `ops`: the warehouse, else the snapshot. */
  readonly ops: Engine | null;
}

/** What anything of a project may say of itself, where the project says it. */
const said = z.looseObject({
  description: z.string().nullish(),
  owner: z.string().nullish(),
  tags: z.array(z.string()).nullish(),
});

/** The words about a thing; `otherwise` describes it where nothing else does. */
export function wordsOf(name: string, thing: object, otherwise: string | null = null): Words {
  const { data } = said.safeParse(thing);
  return { name, description: data?.description ?? otherwise, owner: data?.owner ?? null, tags: data?.tags ?? [] };
}

/** Lines of an account that are not what became of a row. */
export const outside: readonly string[] = ['read', 'standing_before', 'standing_after', 'written', 'replaced'];
