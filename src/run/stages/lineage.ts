import { join as joinPath } from 'node:path';
import { z } from 'zod';
import type { Entity, Project, Table } from '../../config/project.js';
import { rowsOfTexts } from '../../engine/functions.js';
import { planModels } from '../../gold/models.js';
import { columnTypeNamed } from '../../silver/columns/registry.js';
import { wantedSources } from '../../silver/sources.js';
import type { ColumnRef, Derivation, KnownColumns } from '../../sql/lineage.js';
import type { LineageCache } from '../../sql/lineage_cache.js';
import { cachedLineage } from '../../sql/lineage_cache.js';
import { sql } from '../../sql/tag.js';
import type { RunContext } from '../context.js';
import { builtFrom, inTransaction, markBuilt, timed } from '../context.js';
import { fingerprint } from '../fingerprint.js';

/**
 * How a column comes from another: as the parser says of a model, or `cleaned` (read from a source under the table's declaration),
 * `chosen` (by survivorship), `identity` (by resolving records), `reads` (the table as a whole is read, whatever for).
 */
export type HowDerived = Derivation | 'cleaned' | 'chosen' | 'identity' | 'reads';

/** That a column comes from another; a null column stands for the table, a null upstream for nothing that is known. */
export interface LineageEdge {
  readonly downstream: string;
  readonly downstream_column: string | null;
  readonly upstream: string | null;
  readonly upstream_column: string | null;
  readonly how: HowDerived;
}

/** The lineage of a project's SQL as it was found before, in a store. */
export function lineageCache(store: string): Promise<LineageCache> {
  return cachedLineage(joinPath(store, 'cache', 'lineage.json'));
}

/** Version of the way in which lineage is found. */
const lineageVersion = 1;

/**
 * Where every column of a project comes from: silver from its stream's columns (`source.stream`), golden records from silver,
 * models from what they read.
 * @param known columns of the tables that models read, and of the models themselves; of a model that is not in it, nothing is known
 * @param cache what follows SQL
 */
export async function projectLineage(
  project: Project,
  known: KnownColumns,
  { columnLineage }: Pick<LineageCache, 'columnLineage'>,
): Promise<readonly LineageEdge[]> {
  const models = await Promise.all(
    planModels(project.models).map(({ model, reads }) => modelEdges(model.name, model.sql, reads, known, columnLineage)),
  );
  const edges = models.flat();
  const bronze = new Set(edges.map((e) => e.upstream).filter((name) => name?.startsWith('bronze.') === true));
  return [
    ...project.tables.flatMap(silverEdges),
    ...project.streams
      .filter((s) => bronze.has(`bronze.${s.source}__${s.stream}`))
      .flatMap((s) =>
        (known.get(`bronze.${s.source}__${s.stream}`) ?? [])
          .filter((column) => !column.startsWith('_'))
          .map((column) =>
            edge({ table: `bronze.${s.source}__${s.stream}`, column }, { table: `${s.source}.${s.stream}`, column }, 'direct'),
          ),
      ),
    ...project.entities.flatMap(entityEdges),
    ...edges,
  ];
}

function edge(
  down: { table: string; column: string | null },
  up: { table: string; column: string | null } | null,
  how: HowDerived,
): LineageEdge {
  return { downstream: down.table, downstream_column: down.column, upstream: up?.table ?? null, upstream_column: up?.column ?? null, how };
}

function silverEdges(table: Table): readonly LineageEdge[] {
  const silver = `silver.${table.name}`;
  const stream = `${table.source}.${table.stream}`;
  const wanted = wantedSources(table);
  const key = table.key === 'content' ? table.columns.map((c) => c.name) : table.key;
  return [
    ...table.columns.flatMap((column) => [
      edge({ table: silver, column: column.name }, { table: stream, column: column.common.from }, 'cleaned'),
      ...columnTypeNamed(column.type)
        .companions(column.name)
        .flatMap((companion) =>
          wanted
            .filter((w) => w.column === column)
            .map(({ from }) => edge({ table: silver, column: companion }, { table: stream, column: from }, 'cleaned')),
        ),
    ]),
    ...key.map((column) => edge({ table: silver, column: '_key' }, { table: silver, column }, 'expression')),
  ];
}

function entityEdges(entity: Entity): readonly LineageEdge[] {
  const { name } = entity;
  const described = entity.records.filter((r) => r.role === 'record');
  const golden = `gold.${name}`;
  const key = `${name}_key`;
  const named = entity.records.flatMap((r) =>
    [...new Set([...(r.id === undefined ? [] : [r.id]), ...Object.values(r.identifiers)])].map((column) => ({
      table: `silver.${r.table}`,
      column,
    })),
  );
  const attributes = Object.keys(entity.survivorship).flatMap((field) =>
    described.flatMap((r) => {
      const column = r.attributes[field];
      return column === undefined ? [] : [{ field, from: { table: `silver.${r.table}`, column } }];
    }),
  );
  const crosswalk = `${golden}_crosswalk`;
  const fields = [...new Set(attributes.map((a) => a.field))];
  const c360 = `${golden}_360`;
  return [
    ...named.map((from) => edge({ table: crosswalk, column: key }, from, 'identity')),
    ...described.flatMap((r) =>
      r.id === undefined
        ? []
        : ['record_id', 'record'].map((column) =>
            edge({ table: crosswalk, column }, { table: `silver.${r.table}`, column: r.id ?? '' }, 'expression'),
          ),
    ),
    ...[
      golden,
      `${golden}_provenance`,
      `${golden}_redirects`,
      `identity.${name}_identifiers`,
      `identity.${name}_links`,
      `identity.${name}_references`,
    ].map((table) => edge({ table, column: key }, { table: crosswalk, column: key }, 'direct')),
    ...attributes.map(({ field, from }) => edge({ table: golden, column: field }, from, 'chosen')),
    ...attributes.map(({ from }) => edge({ table: `${golden}_provenance`, column: 'value' }, from, 'chosen')),
    ...[c360, ...(entity.history ? [`${golden}_history`] : [])].flatMap((table) =>
      [key, ...fields].map((column) => edge({ table, column }, { table: golden, column }, 'direct')),
    ),
    ...['records', 'sources'].map((column) => edge({ table: c360, column }, { table: crosswalk, column: 'record' }, 'aggregate')),
    ...entity.records.flatMap((r) => [
      ...Object.entries(r.identifiers).map(([identifier, column]) =>
        edge(
          { table: c360, column: fields.includes(identifier) ? `${identifier}_identifier` : identifier },
          { table: `silver.${r.table}`, column },
          'identity',
        ),
      ),
      edge({ table: c360, column: `${r.table}_rows` }, { table: `silver.${r.table}`, column: null }, 'aggregate'),
      ...(r.recency === undefined
        ? []
        : [edge({ table: c360, column: `${r.table}_newest` }, { table: `silver.${r.table}`, column: r.recency }, 'aggregate')]),
    ]),
  ];
}

async function modelEdges(
  name: string,
  text: string,
  reads: readonly string[],
  known: KnownColumns,
  columnLineage: LineageCache['columnLineage'],
): Promise<readonly LineageEdge[]> {
  const table = `gold.${name}`;
  const whole = reads.map((upstream) => edge({ table, column: null }, { table: upstream, column: null }, 'reads'));
  const output = known.get(table);
  if (output === undefined) return whole;
  const read = new Map(reads.map((upstream) => [upstream, known.get(upstream) ?? []]));
  const selected = output.filter((c) => c !== '_inferred');
  // A statement that the engine runs must not fail a build because the parser stumbles over it.
  const columns = await columnLineage(text, selected, read).catch(() =>
    selected.map((column) => ({ name: column, how: 'unknown', from: [] }) as const),
  );
  return [
    ...whole,
    ...columns.flatMap(({ name: column, how, from }) =>
      from.length === 0 ? [edge({ table, column }, null, how)] : from.map((up) => edge({ table, column }, up, how)),
    ),
  ];
}

/** Keeps the lineage of the project as it was built, in `ops.lineage`; does nothing where nothing that it depends on has changed. */
export async function recordLineage(context: RunContext): Promise<void> {
  const { engine, project } = context;
  const columns = await engine.rows(
    sql`SELECT schema_name || '.' || table_name AS table, column_name AS column FROM duckdb_columns()
      WHERE schema_name IN ('bronze', 'silver', 'quarantine', 'identity', 'gold') AND NOT internal ORDER BY schema_name, table_name, column_index`,
    z.object({ table: z.string(), column: z.string() }),
  );
  const definitions = [
    project.tables.map(({ name, source, stream, key, columns: declared }) => [
      name,
      source,
      stream,
      key,
      declared.map((c) => [c.name, c.type, c.common.from, c.options]),
    ]),
    project.entities.map(({ name, records, survivorship }) => [name, records, Object.keys(survivorship)]),
    project.models.map(({ name, sql: text }) => [name, text]),
  ];
  const print = fingerprint([lineageVersion, definitions, columns]);
  if ((await builtFrom(context, 'lineage', 'all')) === print) return;
  const known = new Map<string, string[]>();
  for (const { table, column } of columns) known.set(table, [...(known.get(table) ?? []), column]);
  await timed(context, 'gold', 'lineage', async () => {
    const cache = await lineageCache(project.store);
    const edges = await projectLineage(project, known, cache);
    await cache.save();
    await inTransaction(context, 'lineage', async () => {
      await engine.run(sql`DELETE FROM ops.lineage`);
      const rows = edges.map((e) => [e.downstream, e.upstream, e.downstream_column, e.upstream_column, e.how]);
      await engine.run(sql`INSERT INTO ops.lineage SELECT row[1], row[2], row[3], row[4], row[5] FROM ${rowsOfTexts(rows)}`);
      await markBuilt(context, 'lineage', 'all', print);
    });
  });
}

/** A column with all that it comes from. */
export interface LineageTree extends ColumnOf {
  /** How it comes from what is below it; null where nothing is: a source's column, or one that Onefold makes. */
  readonly how: HowDerived | null;
  readonly from: readonly LineageTree[];
}

interface ColumnOf {
  readonly table: string;
  readonly column: string | null;
}

/** All that a column comes from, to the columns of the sources. */
export function upstreamOf(edges: readonly LineageEdge[], at: ColumnRef | ColumnOf, path: readonly string[] = []): LineageTree {
  const here = `${at.table}.${at.column ?? ''}`;
  const above = edges.filter((e) => e.downstream === at.table && e.downstream_column === at.column && e.downstream_column !== null);
  const from = above.flatMap((e) => (e.upstream === null ? [] : [{ table: e.upstream, column: e.upstream_column }]));
  return {
    table: at.table,
    column: at.column,
    how: above[0]?.how ?? null,
    // Models can't read each other in a circle; a broken record of them must not hang a reader either.
    from: path.includes(here) ? [] : from.map((up) => upstreamOf(edges, up, [...path, here])),
  };
}

/** The columns at the ends of a tree: those of the sources, and what is made of nothing else. */
export function originsOf(tree: LineageTree): readonly ColumnOf[] {
  const ends = tree.from.length === 0 ? [{ table: tree.table, column: tree.column }] : tree.from.flatMap(originsOf);
  return [...new Map(ends.map((end) => [`${end.table}.${end.column ?? ''}`, end])).values()];
}

/** Every column that comes from a column, near or far, in the order of their names. */
export function downstreamOf(edges: readonly LineageEdge[], at: ColumnRef): readonly ColumnRef[] {
  const found = new Map<string, ColumnRef>();
  const follow = (ref: ColumnRef): void => {
    for (const { downstream, downstream_column: column, upstream, upstream_column } of edges) {
      if (upstream !== ref.table || upstream_column !== ref.column || column === null) continue;
      const next = { table: downstream, column };
      const name = `${next.table}.${next.column}`;
      if (found.has(name)) continue;
      found.set(name, next);
      follow(next);
    }
  };
  follow(at);
  return [...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, ref]) => ref);
}
