import { join as joinPath } from 'node:path';
import { z } from 'zod';
import type { ErrorCode } from '../../base/errors.js';
import { OnefoldError } from '../../base/errors.js';
import { splitDotted } from '../../base/names.js';
import type { Project } from '../../config/project.js';
import { goldTablesOf, identityTablesOf } from '../../config/references.js';
import type { Engine } from '../../engine/engine.js';
import { parquetNulls } from '../../engine/functions.js';
import { planModels } from '../../gold/models.js';
import type { Reader } from '../../publish/reader.js';
import { openReader } from '../../publish/reader.js';
import type { Snapshot } from '../../publish/snapshot.js';
import { publishedIn } from '../../publish/snapshot.js';
import type { AccountDoc, CheckDoc, Count, MetricDoc, RunDoc, Site } from '../../site/site.js';
import { idOf } from '../../site/site.js';
import { id, join, sql } from '../../sql/tag.js';
import { imbalances, ledgerOf } from '../ledger.js';
import { publishedMetrics } from '../plan/plan_metrics.js';
import { layout, openWarehouse } from '../store/store.js';
import { describeEntity } from './describe_entity.js';
import { describeStream, describeTable } from './describe_table.js';
import type { Sources } from './described.js';
import { outside, wordsOf } from './described.js';
import { measureRelations } from './relations.js';

/**
 * A project as the data of its site: what it declares, and what the store says of it in names, counts and shares; no value of a row.
 * Gold, identity and quarantine are those of the published snapshot; silver and the newest runs are asked of the warehouse where
 * nobody writes to it. What can't be asked is left open, and `notes` say why.
 */
export async function describeProject(project: Project): Promise<Site> {
  const notes: string[] = [];
  const reader = await openReader(project.store).catch((thrown: unknown) =>
    missing(thrown, ['SNAPSHOT_NONE'], () =>
      notes.push('Nothing has been published yet: this is what the project declares, without counts.'),
    ),
  );
  let warehouse: Engine | null = null;
  try {
    warehouse = await openWarehouse(project, true).catch((thrown: unknown) => {
      if (thrown instanceof OnefoldError && thrown.code === 'SNAPSHOT_NONE') return null;
      // A run writes to it, or one was killed and the next build has not yet mended it.
      return missing(thrown, ['STORE_LOCKED', 'SQL_INVALID'], () =>
        notes.push(
          'The warehouse could not be opened, most likely as a run was writing to it, so silver was not asked: its rows, its filled columns and its relationships are open here.',
        ),
      );
    });
    return await describeFrom(project, reader, warehouse, notes);
  } finally {
    warehouse?.close();
    reader?.engine.close();
  }
}

/** Null for the errors that are expected, noted. */
function missing(thrown: unknown, codes: readonly ErrorCode[], note: () => void): null {
  if (!(thrown instanceof OnefoldError) || !codes.includes(thrown.code)) throw thrown;
  note();
  return null;
}

async function describeFrom(project: Project, reader: Reader | null, warehouse: Engine | null, notes: readonly string[]): Promise<Site> {
  const sources: Sources = {
    snapshot: reader === null ? null : { engine: reader.engine, has: hasIn(reader.snapshot) },
    warehouse: warehouse === null ? null : { engine: warehouse, has: await hasInWarehouse(warehouse) },
    ops: warehouse ?? reader?.engine ?? null,
  };
  const filled = reader === null ? new Map<string, number>() : await filledOf(project, reader);
  const comesFrom = await lineageOf(sources);
  const planned = await planModels(project.models);
  const published = (name: string) => (reader === null ? null : publishedIn(reader.snapshot, 'gold', name));
  // A view has columns, and no rows of its own.
  const rowsOf = (name: string): number | null => {
    const found = published(name);
    return found !== null && 'rows' in found ? found.rows : null;
  };
  const columnsOf = (name: string) =>
    (published(name)?.columns ?? []).map((c) => ({
      ...c,
      filled: filled.get(`${name}.${c.name}`) ?? null,
    }));
  const models = planned.map(({ model, reads, usesAsOf }) => ({
    ...wordsOf(model.name, model, headComment(model.sql)),
    path: model.path,
    folder: model.path.replaceAll('\\', '/').split('/').slice(1, -1).join('/'),
    sql: model.sql,
    primaryKey: model.primaryKey,
    foreignKeys: model.foreignKeys.map((k) => ({ column: k.column, to: `${k.toModel}.${k.toColumn}`, missing: k.missing })),
    reads,
    usesAsOf,
    columns: columnsOf(model.name).map((c) => ({
      ...c,
      description: columnWords(model)[c.name] ?? null,
      key: model.primaryKey.includes(c.name),
      from: comesFrom.get(`${model.name}.${c.name}`) ?? [],
      cleaning: [],
    })),
    rows: rowsOf(model.name),
  }));
  const streams = [];
  for (const stream of project.streams) streams.push(await describeStream(project, stream, sources));
  const tables = [];
  for (const table of project.tables) tables.push(await describeTable(table, sources));
  const entities = [];
  for (const entity of project.entities) entities.push(await describeEntity(entity, sources, rowsOf, columnsOf));
  const metrics = metricsOf(project, reader === null ? [] : await publishedMetrics(reader));
  return {
    project: wordsOf(project.name, project),
    snapshot:
      reader === null
        ? null
        : {
            run: reader.snapshot.run_id,
            status: reader.snapshot.status,
            asOf: reader.snapshot.as_of,
            publishedAt: reader.snapshot.published_at,
          },
    notes,
    streams,
    tables,
    entities,
    models,
    metrics,
    relations: await measureRelations(project, sources),
    ...(await historyOf(sources.ops)),
    edges: edgesOf(project, models, metrics),
  };
}

/** `model.column` → the columns that it is made of, as lineage was last recorded. */
async function lineageOf({ ops, warehouse, snapshot }: Sources): Promise<ReadonlyMap<string, readonly string[]>> {
  if (ops === null || !(warehouse ?? snapshot)?.has('ops', 'lineage')) return new Map();
  const rows = await ops.rows(
    sql`SELECT substr(downstream, 6) || '.' || downstream_column AS name, list_sort(list(DISTINCT upstream || '.' || upstream_column)) AS "from"
      FROM ops.lineage WHERE downstream LIKE 'gold.%' AND downstream_column IS NOT NULL AND upstream_column IS NOT NULL GROUP BY 1`,
    z.object({ name: z.string(), from: z.array(z.string()) }),
  );
  return new Map(rows.map((r) => [r.name, r.from]));
}

/** The comment that a model begins with, as one text. */
function headComment(text: string): string | null {
  const lines: string[] = [];
  for (const line of text.split('\n')) {
    const comment = /^\s*--+ ?(.*)$/.exec(line)?.[1];
    if (comment === undefined) break;
    lines.push(comment.trim());
  }
  return lines.length === 0 ? null : lines.join(' ').trim() || null;
}

const metricShape = z.looseObject({
  name: z.string(),
  model: z.string(),
  sql: z.string(),
  dimensions: z.array(z.looseObject({ name: z.string() })).default([]),
  filter: z.string().nullish(),
  time: z.string().nullish(),
  currency: z.string().nullish(),
});

/** The metrics that a project declares. The one place that knows where they are. */
function metricsOf(project: Project, totals: Awaited<ReturnType<typeof publishedMetrics>>): readonly MetricDoc[] {
  const declared: unknown = 'metrics' in project ? project.metrics : [];
  return (z.array(metricShape).safeParse(declared).data ?? []).map((metric) => ({
    ...wordsOf(metric.name, metric),
    of: nodeOf(project, `gold.${metric.model}`) ?? null,
    model: metric.model,
    sql: metric.sql,
    dimensions: metric.dimensions.map((d) => d.name),
    filter: metric.filter ?? null,
    time: metric.time ?? null,
    currency: metric.currency ?? null,
    // A number tells of nobody; a date or a text may be a value of one row.
    totals: totals.flatMap(({ name, currency, value }) =>
      name === metric.name && value !== null && /^-?\d+(\.\d+)?$/.test(value) ? [{ currency, value }] : [],
    ),
  }));
}

/** What a model says of its columns, by name. The one place that knows where that is. */
function columnWords(model: object): Readonly<Record<string, string | undefined>> {
  return z.looseObject({ columns: z.record(z.string(), z.string().optional()) }).safeParse(model).data?.columns ?? {};
}

/** The id of the thing that makes a `schema.table`. */
function nodeOf(project: Project, table: string): string | undefined {
  const [schema, name] = splitDotted(table) ?? ['', ''];
  if (schema === 'silver' || schema === 'quarantine') return idOf('table', name);
  if (schema === 'bronze') {
    const stream = project.streams.find((s) => `${s.source}__${s.stream}` === name);
    return stream === undefined ? undefined : idOf('stream', `${stream.source}.${stream.stream}`);
  }
  const entity = project.entities.find((e) =>
    (schema === 'gold' ? goldTablesOf(e.name, e.history) : identityTablesOf(e.name, e.match !== undefined)).includes(name),
  );
  if (entity !== undefined) return idOf('entity', entity.name);
  return project.models.some((m) => m.name === name) ? idOf('model', name) : undefined;
}

function edgesOf(
  project: Project,
  models: readonly { readonly name: string; readonly reads: readonly string[] }[],
  metrics: readonly MetricDoc[],
): Site['edges'] {
  const all = [
    ...project.tables.map((t) => [idOf('stream', `${t.source}.${t.stream}`), idOf('table', t.name)] as const),
    ...project.entities.flatMap((e) => e.records.map((r) => [idOf('table', r.table), idOf('entity', e.name)] as const)),
    ...models.flatMap((m) => m.reads.map((read) => [nodeOf(project, read), idOf('model', m.name)] as const)),
    ...metrics.map((m) => [m.of ?? undefined, idOf('metric', m.name)] as const),
  ];
  const once = new Map<string, { readonly from: string; readonly to: string }>();
  for (const [from, to] of all) if (from !== undefined && from !== to) once.set(`${from} ${to}`, { from, to });
  return [...once.values()];
}

const counts = z.object({ name: z.string(), n: z.number() });

/** Runs, checks, steps and the ledger of the last run. */
async function historyOf(ops: Engine | null): Promise<Pick<Site, 'runs' | 'checks' | 'steps' | 'ledger'>> {
  if (ops === null) return { runs: [], checks: [], steps: [], ledger: null };
  const runs: readonly RunDoc[] = await ops.rows(
    sql`SELECT run_id AS run, started_at::VARCHAR AS started, (date_diff('millisecond', started_at, finished_at))::DOUBLE AS ms,
      as_of::VARCHAR AS "asOf", status, published FROM ops.runs ORDER BY run_id DESC LIMIT 50`,
    z.object({
      run: z.string(),
      started: z.string(),
      ms: z.number().nullable(),
      asOf: z.string(),
      status: z.string(),
      published: z.boolean(),
    }),
  );
  const checks: readonly CheckDoc[] = await ops.rows(
    sql`SELECT kind, name, status, broken::DOUBLE AS broken, message FROM ops.checks WHERE run_id = (SELECT max(run_id) FROM ops.checks) ORDER BY ALL`,
    z.object({ kind: z.string(), name: z.string(), status: z.string(), broken: z.number(), message: z.string() }),
  );
  const steps = await ops.rows(
    sql`SELECT stage AS name, sum(ms)::DOUBLE AS n FROM ops.steps WHERE run_id = (SELECT max(run_id) FROM ops.steps) GROUP BY 1 ORDER BY min(started_at), 1`,
    counts,
  );
  return { runs, checks, steps: steps.map((s) => ({ stage: s.name, ms: s.n })), ledger: await lastLedger(ops) };
}

/** The ledger of the newest run that has one. */
async function lastLedger(ops: Engine): Promise<Site['ledger']> {
  const [last] = await ops.rows(sql`SELECT max(run_id) AS run FROM ops.ledger`, z.object({ run: z.string().nullable() }));
  const run = last?.run ?? null;
  if (run === null) return null;
  const lines = await ledgerOf(ops, run);
  const wrong = imbalances(lines);
  const accounts: AccountDoc[] = [];
  for (const scope of ['stream', 'table']) {
    for (const name of new Set(lines.filter((l) => l.scope === scope).map((l) => l.name))) {
      const mine = lines.filter((l) => l.scope === scope && l.name === name);
      accounts.push({
        scope,
        name,
        read: Number(mine.find((l) => l.line === 'read')?.rows ?? 0),
        lines: mine.filter((l) => !outside.includes(l.line) && l.rows > 0n).map((l): Count => ({ name: l.line, n: Number(l.rows) })),
        balanced: !wrong.some((w) => w.name === name || w.name.startsWith(`${name}.`)),
      });
    }
  }
  return { run, balanced: wrong.length === 0, accounts };
}

/** Rows with a value, per `table.column` of gold, from what the snapshot's files say of themselves, and counted where a table has more than one. */
async function filledOf(project: Project, { engine, snapshot }: Reader): Promise<ReadonlyMap<string, number>> {
  const folder = layout(project.store).snapshots;
  const gold = snapshot.tables.filter((t) => t.schema === 'gold');
  const byFile = new Map(gold.filter((t) => t.changes === null).map((t) => [joinPath(folder, t.file), t]));
  const found =
    byFile.size === 0
      ? []
      : await engine.rows(parquetNulls([...byFile.keys()]), z.object({ file: z.string(), name: z.string(), n: z.number() }));
  const filled = new Map(
    found.flatMap(({ file, name, n }) => {
      const table = byFile.get(file);
      return table === undefined ? [] : [[`${table.name}.${name}`, table.rows - n] as const];
    }),
  );
  for (const table of gold.filter((t) => t.changes !== null)) {
    const counts = table.columns.map((c) => sql`count(${id(c.name)})::DOUBLE AS ${id(c.name)}`);
    const [counted = {}] = await engine.rows(
      sql`SELECT ${join(counts)} FROM ${id(table.schema, table.name)}`,
      z.record(z.string(), z.number()),
    );
    for (const { name } of table.columns) filled.set(`${table.name}.${name}`, counted[name] ?? 0);
  }
  return filled;
}

function hasIn(snapshot: Snapshot) {
  const known = new Set(snapshot.tables.flatMap((t) => t.columns.map((c) => `${t.schema}.${t.name}.${c.name}`)));
  const tables = new Set(snapshot.tables.map((t) => `${t.schema}.${t.name}`));
  return (schema: string, table: string, column?: string): boolean =>
    column === undefined ? tables.has(`${schema}.${table}`) : known.has(`${schema}.${table}.${column}`);
}

async function hasInWarehouse(engine: Engine) {
  const found = await engine.rows(
    sql`SELECT schema_name || '.' || table_name AS "table", column_name AS name FROM duckdb_columns() WHERE NOT internal`,
    z.object({ table: z.string(), name: z.string() }),
  );
  const known = new Set(found.map((c) => `${c.table}.${c.name}`));
  const tables = new Set(found.map((c) => c.table));
  return (schema: string, table: string, column?: string): boolean =>
    column === undefined ? tables.has(`${schema}.${table}`) : known.has(`${schema}.${table}.${column}`);
}
