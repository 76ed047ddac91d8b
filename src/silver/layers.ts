import type { Sql } from '../sql/tag.js';
import { id, join, sql } from '../sql/tag.js';

/** Names for intermediate values, so that each is computed once per row. */
export interface Layers {
  /** Names a value; the same value gets the same name. */
  readonly keep: (value: Sql) => Sql;
  /** A relation with all kept values beside its columns. */
  readonly over: (relation: Sql) => Sql;
}

/**
 * Intermediate values of one statement. Engines share repeated parts of an expression, but not inside CASE, where most of a
 * parser stands: a value that is used twice is worth a name. Each layer of names is one SELECT over the layer below.
 */
export function layers(): Layers {
  const names = new Map<string, { readonly name: Sql; readonly layer: number; readonly value: Sql }>();
  return {
    keep: (value) => {
      const known = names.get(value.text);
      if (known !== undefined) return known.name;
      const below = [...names.values()].filter((other) => value.text.includes(other.name.text)).map((other) => other.layer);
      const name = id(`__kept_${names.size}_`);
      names.set(value.text, { name, layer: Math.max(0, ...below) + 1, value });
      return name;
    },
    over: (relation) => {
      let out = relation;
      const deepest = Math.max(0, ...[...names.values()].map((n) => n.layer));
      for (let layer = 1; layer <= deepest; layer++) {
        const values = [...names.values()].filter((n) => n.layer === layer).map((n) => sql`${n.value} AS ${n.name}`);
        out = sql`SELECT *, ${join(values)} FROM (${out})`;
      }
      return out;
    },
  };
}
