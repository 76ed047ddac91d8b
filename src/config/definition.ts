import type { Entity, Model, Table } from './project.js';

/** What a table, an entity or a model is built by, for its fingerprint: all of it but the words for people. */
export function definitionOf(thing: Table | Entity | Model): unknown {
  const { description: _description, owner: _owner, tags: _tags, ...rest } = thing;
  if (!('columns' in rest)) return rest;
  const { columns, ...other } = rest;
  if ('sql' in other) return other;
  return { ...other, columns: 'key' in other && Array.isArray(columns) ? columns.map(withoutDescription) : columns };
}

function withoutDescription(column: Table['columns'][number]): unknown {
  const { description: _description, ...common } = column.common;
  return { ...column, common };
}
