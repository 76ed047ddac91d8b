import { isAbsolute, join } from 'node:path';
import { splitDotted } from '../base/names.js';
import type { RawProject } from './load.js';
import type { Entity, Model, Project, Rule, Survivorship, Table } from './project.js';
import type { Catalog, ConnectorKind, ParsedProject } from './spec.js';

/** A checked project with every default filled in, frozen. */
export function resolveProject(parsed: ParsedProject, raw: RawProject, catalog: Catalog, connectors: readonly ConnectorKind[]): Project {
  const tables = Object.entries(parsed.tables).map(([name, table]) => resolveTable(name, table, isOrdered(parsed, table.from, catalog)));
  const plain = freeze({
    name: parsed.name,
    dir: raw.dir,
    store: isAbsolute(parsed.store) ? parsed.store : join(raw.dir, parsed.store),
    keepSnapshots: parsed.keep_snapshots,
    engine: parsed.engine,
    streams: Object.entries(parsed.sources).flatMap(([source, spec]) =>
      Object.entries(spec.streams).map(([stream, options]) => ({
        source,
        stream,
        connector: spec.connector,
        sourceOptions: { ...spec.options },
        options: { ...options },
      })),
    ),
    tables,
    entities: Object.entries(parsed.entities).map(([name, entity]) => resolveEntity(name, entity, tables)),
    models: raw.models.map((model) => resolveModel(model, parsed.models[model.name])),
  });
  // Code is left as it is.
  return Object.freeze({ ...plain, connectors });
}

/** Whether a stream gives what is newer later. */
function isOrdered(parsed: ParsedProject, from: string, catalog: Catalog): boolean {
  const [name = '', stream = ''] = splitDotted(from) ?? [];
  const source = parsed.sources[name];
  const kind = catalog.connectors.find((c) => c.name === source?.connector);
  return (
    kind !== undefined &&
    source !== undefined &&
    kind.capabilities({ source: source.options, stream: source.streams[stream] ?? {} }).ordered
  );
}

function resolveTable(name: string, table: ParsedProject['tables'][string], ordered: boolean): Table {
  const [source, stream] = splitDotted(table.from) ?? ['', ''];
  return {
    name,
    source,
    stream,
    key: table.key === 'content' ? 'content' : typeof table.key === 'string' ? [table.key] : table.key,
    recency: table.recency,
    ordered,
    columns: Object.entries(table.columns).map(([column, spec]) => ({
      name: column,
      type: spec.type,
      common: { ...spec.common, from: spec.common.from ?? column },
      options: spec.options,
    })),
    rules: named(table.rules),
    amounts: table.amounts,
  };
}

/** Rules with a name each: the one given, or the kind and what it is about, numbered where that repeats. */
function named(rules: ParsedProject['tables'][string]['rules']): readonly Rule[] {
  const seen = new Map<string, number>();
  return rules.map((rule) => {
    const about = rule.options['column'] ?? (Array.isArray(rule.options['columns']) ? rule.options['columns'].join('_') : undefined);
    const base = rule.common.name ?? (typeof about === 'string' ? `${about}.${rule.rule}` : rule.rule);
    const count = (seen.get(base) ?? 0) + 1;
    seen.set(base, count);
    return { name: count === 1 ? base : `${base}.${count}`, kind: rule.rule, severity: rule.common.severity, options: rule.options };
  });
}

function resolveEntity(name: string, entity: ParsedProject['entities'][string], tables: readonly Table[]): Entity {
  const fallback: Survivorship = entity.survivorship['default'] ?? { strategy: 'most_recent', options: {} };
  const attributes = [...new Set(entity.records.filter((r) => r.role === 'record').flatMap((r) => Object.keys(r.attributes)))];
  const identifiers = [...new Set(entity.records.flatMap((r) => Object.keys(r.identifiers)))];
  return {
    name,
    prefix: entity.prefix ?? name.replaceAll('_', '').slice(0, 3).padEnd(2, 'x'),
    records: entity.records.map((record) => {
      const table = tables.find((t) => t.name === record.table);
      return {
        ...record,
        source: table?.source ?? '',
        stream: table?.stream ?? '',
        id: record.id,
        recency: record.recency ?? table?.recency,
      };
    }),
    identifiers: Object.fromEntries(
      identifiers.map((key) => {
        const policy = entity.identifiers[key];
        return [key, { unique: policy?.unique, maxRecords: policy?.max_records ?? 10 }];
      }),
    ),
    trust: entity.trust,
    survivorship: Object.fromEntries(attributes.map((field) => [field, entity.survivorship[field] ?? fallback])),
  };
}

function resolveModel(model: RawProject['models'][number], spec: ParsedProject['models'][string] | undefined): Model {
  return {
    ...model,
    primaryKey: spec?.primary_key ?? [],
    foreignKeys: Object.entries(spec?.foreign_keys ?? {}).map(([column, key]) => {
      const [toModel, toColumn] = splitDotted(key.to) ?? ['', ''];
      return { column, toModel, toColumn, missing: key.missing };
    }),
  };
}

function freeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const child of Object.values(value)) freeze(child);
  }
  return value;
}
