import type { Entity, Match } from '../../config/project.js';
import { attributeKind, kindByName } from './attributes/registry.js';
import { mostAttributes } from './compare.js';
import type { Matched } from './features.js';
import type { AttributeKind } from './kinds.js';
import type { MatchOptions } from './match.js';

/** The SQL type of a column of a silver table. */
export type TypeOf = (table: string, column: string) => string;

/** What the project says of matching, completed: the kind of every attribute is said, or told by its name and the type of its column. */
export function matchOptions(entity: Entity, match: Match, typeOf: TypeOf): MatchOptions {
  const records = entity.records.filter((r) => r.role === 'record');
  const names = [...new Set(records.flatMap((r) => Object.keys(r.attributes)))].filter((name) => !match.ignore.includes(name));
  const attributes: Matched[] = names.map((name) => {
    const said = match.attributes[name];
    if (said !== undefined) return { name, kind: attributeKind(said) };
    const types = records.flatMap((r) => (r.attributes[name] === undefined ? [] : [typeOf(r.table, r.attributes[name])]));
    return { name, kind: kindByName(name) ?? kindByType(types) };
  });
  return {
    attributes: attributes.slice(0, mostAttributes),
    within: match.within,
    budget: match.pairs ?? null,
    threshold: match.threshold ?? null,
    model: null,
  };
}

function kindByType(types: readonly string[]): AttributeKind {
  const all = (pattern: RegExp): boolean => types.length > 0 && types.every((type) => pattern.test(type));
  if (all(/^(DATE|TIMESTAMP)/)) return attributeKind('date');
  if (all(/^(DECIMAL|DOUBLE|FLOAT|.*INT)/)) return attributeKind('number');
  if (all(/^BOOLEAN/)) return attributeKind('category');
  return attributeKind('word');
}
