import type { Entity, Metric, Model, Table } from './project.js';

/**
 * What a table, an entity or a model is built by, or a metric asked by, for its fingerprint: all of it but the words for people, and what is not
 * asked for, and where it lies.
 */
export function definitionOf(thing: Table | Entity | Model | Metric): unknown {
  const { description: _description, owner: _owner, tags: _tags, ...rest } = thing;
  if ('survivorship' in rest) {
    const { history, ...entity } = rest;
    return history ? { ...entity, history } : entity;
  }
  if ('dimensions' in rest) return rest;
  if ('sql' in rest) {
    const { columns: _columns, path: _path, reads: _reads, ...model } = rest;
    return model;
  }
  return { ...rest, columns: rest.columns.map(withoutDescription) };
}

function withoutDescription(column: Table['columns'][number]): unknown {
  const { description: _description, ...common } = column.common;
  return { ...column, common };
}
