import { isAbsolute, join } from 'node:path';
import { splitDotted } from '../base/names.js';
import type { Reads } from '../sql/parse.js';
import { id } from '../sql/tag.js';
import type { Vars } from './environment.js';
import type { RawProject } from './load.js';
import type { ModelReads } from './models.js';
import type { About, Entity, Match, Metric, Model, Project, Rule, Survivorship, Table } from './project.js';
import type { Catalog, ConnectorKind, ParsedProject } from './spec.js';
import type { ChosenProject } from './targets.js';

/**
 * A checked project with every default filled in, frozen.
 * @param more what is read of the models, the catalog with all connectors, and those that the project brings
 */
export function resolveProject(
  parsed: ParsedProject,
  raw: ChosenProject,
  {
    reads,
    catalog,
    connectors,
  }: {
    readonly reads: ModelReads;
    readonly catalog: Catalog;
    readonly connectors: readonly ConnectorKind[];
  },
): Project {
  const tables = Object.entries(parsed.tables).map(([name, table]) =>
    resolveTable(name, table, parsed, isOrdered(parsed, table.from, catalog)),
  );
  const plain = freeze({
    name: parsed.name,
    dir: raw.dir,
    store: isAbsolute(parsed.store) ? parsed.store : join(raw.dir, parsed.store),
    target: raw.target,
    vars: raw.vars,
    keepSnapshots: parsed.keep_snapshots,
    engine: parsed.engine,
    sources: Object.entries(parsed.sources).map(([source, spec]) => ({ ...aboutOf(spec), name: source, connector: spec.connector })),
    streams: Object.entries(parsed.sources).flatMap(([source, spec]) =>
      Object.entries(spec.streams).map(([stream, { description, schema, options }]) => ({
        source,
        stream,
        connector: spec.connector,
        description,
        schema,
        parent: capabilitiesOf(parsed, source, stream, catalog)?.parent,
        sourceOptions: { ...spec.options },
        options,
      })),
    ),
    tables,
    rates: parsed.rates,
    entities: Object.entries(parsed.entities).map(([name, entity]) => resolveEntity(name, entity, tables)),
    models: raw.models.map((model) => resolveModel(model, parsed.models[model.name], readsOf(reads.get(model.path), parsed), raw.vars)),
    metrics: Object.entries(parsed.metrics).map(([name, metric]) => resolveMetric(name, metric)),
  });
  // Code is left as it is.
  return Object.freeze({ ...plain, connectors });
}

/** What a stream can tell of itself; null where there is no such stream. */
export function capabilitiesOf(
  parsed: ParsedProject,
  source: string,
  stream: string,
  catalog: Catalog,
): ReturnType<ConnectorKind['capabilities']> | null {
  const found = parsed.sources[source];
  const options = found?.streams[stream]?.options;
  const kind = catalog.connectors.find((c) => c.name === found?.connector);
  return kind === undefined || found === undefined || options === undefined
    ? null
    : kind.capabilities({ source: found.options, stream: options });
}

/** Whether a stream gives what is newer later. */
function isOrdered(parsed: ParsedProject, from: string, catalog: Catalog): boolean {
  const [source = '', stream = ''] = splitDotted(from) ?? [];
  return capabilitiesOf(parsed, source, stream, catalog)?.ordered ?? false;
}

function aboutOf(spec: Partial<About> | undefined): About {
  return { description: spec?.description, owner: spec?.owner, tags: spec?.tags ?? [] };
}

function resolveTable(name: string, table: ParsedProject['tables'][string], project: ParsedProject, ordered: boolean): Table {
  const [source, stream] = splitDotted(table.from) ?? ['', ''];
  return {
    ...aboutOf(table),
    name,
    source,
    stream,
    key: table.key === 'content' ? 'content' : typeof table.key === 'string' ? [table.key] : table.key,
    recency: table.recency,
    ordered,
    columns: Object.entries(table.columns).map(([column, spec]) => ({
      name: column,
      type: spec.type,
      common: {
        ...spec.common,
        from: spec.common.from ?? column,
        nulls: spec.common.nulls ?? table.nulls ?? project.nulls,
        invisible: spec.common.invisible ?? table.invisible ?? project.invisible,
        normalize: spec.common.normalize ?? table.normalize ?? project.normalize,
      },
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

function matchOf({ one_per_source, ...rest }: NonNullable<ParsedProject['entities'][string]['match']>): Match {
  return { ...rest, onePerSource: one_per_source };
}

function resolveEntity(name: string, entity: ParsedProject['entities'][string], tables: readonly Table[]): Entity {
  const fallback: Survivorship = entity.survivorship['default'] ?? { strategy: 'most_recent', options: {} };
  const attributes = [...new Set(entity.records.filter((r) => r.role === 'record').flatMap((r) => Object.keys(r.attributes)))];
  const identifiers = [...new Set(entity.records.flatMap((r) => Object.keys(r.identifiers)))];
  return {
    ...aboutOf(entity),
    name,
    history: entity.history,
    prefix: entity.prefix ?? name.replaceAll('_', '').slice(0, 3).padEnd(2, 'x'),
    records: entity.records.map((record) => {
      const table = tables.find((t) => t.name === record.table);
      return {
        ...record,
        source: table?.source ?? '',
        stream: table?.stream ?? '',
        id: record.id,
        unique: record.id === undefined || (table !== undefined && table.key !== 'content' && table.key.join() === record.id),
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
    ...(entity.match === undefined ? {} : { match: matchOf(entity.match) }),
    survivorship: Object.fromEntries(attributes.map((field) => [field, entity.survivorship[field] ?? fallback])),
  };
}

/** What a model reads, the table of exchange rates included where it converts amounts. */
function readsOf(known: ReturnType<ModelReads['get']>, { rates }: ParsedProject): Reads {
  if (known === undefined || 'problem' in known) return { tables: [], usesAsOf: false, usesRates: false, vars: [] };
  return known.usesRates && rates !== undefined ? { ...known, tables: [...known.tables, { schema: 'silver', name: rates.table }] } : known;
}

function pick(vars: Vars, names: readonly string[]): Vars {
  return Object.fromEntries(Object.entries(vars).filter(([name]) => names.includes(name)));
}

function resolveModel(
  model: RawProject['models'][number],
  spec: ParsedProject['models'][string] | undefined,
  reads: Reads,
  vars: Vars,
): Model {
  const increment = spec?.materialized === 'incremental' ? { key: spec.key ?? [], since: spec.since ?? '', lookback: spec.lookback } : null;
  return {
    ...model,
    materialized: spec?.materialized ?? 'table',
    increment,
    reads,
    vars: pick(vars, reads.vars),
    ...aboutOf(spec),
    columns: Object.fromEntries(Object.entries(spec?.columns ?? {}).map(([column, { description }]) => [column, description])),
    primaryKey: spec?.primary_key ?? increment?.key ?? [],
    foreignKeys: Object.entries(spec?.foreign_keys ?? {}).map(([column, key]) => {
      const [toModel, toColumn] = splitDotted(key.to) ?? ['', ''];
      return { column, toModel, toColumn, missing: key.missing };
    }),
  };
}

function resolveMetric(name: string, metric: ParsedProject['metrics'][string]): Metric {
  const { dimensions, model, sql, filter, time, currency, format } = metric;
  return {
    ...aboutOf(metric),
    name,
    model: model.replace(/^gold\./, ''),
    sql,
    dimensions: Array.isArray(dimensions)
      ? dimensions.map((column) => ({ name: column, sql: id(column).text }))
      : Object.entries(dimensions).map(([dimension, text]) => ({ name: dimension, sql: text })),
    filter,
    time,
    currency,
    format,
  };
}

function freeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const child of Object.values(value)) freeze(child);
  }
  return value;
}
