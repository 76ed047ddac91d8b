import { z } from 'zod';
import type { ReadContext, Scope } from '../contract.js';
import type { Http } from '../http/client.js';

/** A table or view, as the description of the API has it. */
export interface Relation {
  readonly columns: readonly string[];
  /** Columns of its primary key. */
  readonly key: readonly string[];
}

const property = z.looseObject({ description: z.string().optional() });
const description = z.object({
  definitions: z.record(z.string(), z.looseObject({ properties: z.record(z.string(), property).default({}) })),
});

const known = new WeakMap<Scope, Map<string, Promise<ReadonlyMap<string, Relation> | null>>>();

/** The tables and views of a schema, asked for once a run; null where the key may not know them. Only secret keys may. */
export function relationsOf(http: Http, profile: Readonly<Record<string, string>>, { scope }: ReadContext) {
  const all = known.get(scope) ?? new Map<string, Promise<ReadonlyMap<string, Relation> | null>>();
  known.set(scope, all);
  const name = JSON.stringify(profile);
  const found = all.get(name) ?? describe(http, profile);
  all.set(name, found);
  return found;
}

async function describe(http: Http, headers: Readonly<Record<string, string>>): Promise<ReadonlyMap<string, Relation> | null> {
  // What is not told is no failure: whoever asks goes on without.
  const answer = await http.request({ url: 'rest/v1/', headers, accept: [401, 403, 404, 406] }).catch(() => null);
  const parsed = description.safeParse(answer?.json);
  if (!parsed.success) return null;
  return new Map(
    Object.entries(parsed.data.definitions).map(([name, { properties }]) => {
      const key = Object.entries(properties).filter(([, { description: note = '' }]) => note.includes('<pk/>'));
      return [name, { columns: Object.keys(properties), key: key.map(([column]) => column) }];
    }),
  );
}
