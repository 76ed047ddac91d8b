import { z } from 'zod';
import { keptTablesOf } from '../../config/references.js';
import { planModels } from '../../gold/models.js';
import type { Snapshot, SnapshotTable, SnapshotView } from '../../publish/snapshot.js';
import { pruneSnapshots, publish, readCurrent } from '../../publish/snapshot.js';
import { versionsOf, viewOf, writeTables } from '../../publish/tables.js';
import { sql } from '../../sql/tag.js';
import type { RunContext } from '../context.js';
import { inTransaction } from '../context.js';
import { layout } from '../store/store.js';
import { recordMetrics } from './metrics.js';

/**
 * Publishes a snapshot if any table of gold, identity or quarantine has other content than the published one; the tables of
 * `ops` go along. Returns the tables that changed.
 */
export async function publishRun(context: RunContext, status: 'success' | 'partial'): Promise<readonly string[]> {
  const { engine, effects, project, runId, asOf } = context;
  const folder = layout(project.store).snapshots;
  const current = await readCurrent(folder);
  const published = new Map(current?.tables.map((t) => [`${t.schema}.${t.name}`, t]));
  const kept = new Set(project.entities.flatMap((e) => keptTablesOf(e.name, e.match !== undefined)).map((name) => `identity.${name}`));
  const all = await engine.rows(
    sql`SELECT t.schema_name AS schema, t.table_name AS name, o.version FROM duckdb_tables() t
      LEFT JOIN ops.tables o ON o.schema_name = t.schema_name AND o.table_name = t.table_name
      WHERE t.schema_name IN ('gold', 'identity', 'quarantine') AND NOT t.internal AND NOT t.temporary ORDER BY ALL`,
    z.object({ schema: z.string(), name: z.string(), version: z.string().nullable() }),
  );
  const there = all.filter(({ schema, name }) => !kept.has(`${schema}.${name}`));
  // A version that is known is that of the content as it stands, whatever is published now.
  const isPublished = ({ schema, name, version }: (typeof there)[number]): boolean =>
    published.has(`${schema}.${name}`) && published.get(`${schema}.${name}`)?.version === version;
  const untouched = there.filter(isPublished).flatMap((t) => published.get(`${t.schema}.${t.name}`) ?? []);
  const touched = there.filter((t) => !isPublished(t));
  // What this run has built was looked at when it was built.
  const seen = touched.flatMap((t) => context.work.versions.get(`${t.schema}.${t.name}`) ?? []);
  const unseen = touched.filter((t) => !context.work.versions.has(`${t.schema}.${t.name}`));
  const tables: SnapshotTable[] = [...untouched, ...seen, ...(await versionsOf(engine, unseen))];
  const views = await standingViews(context);
  const before = versionByName([...(current?.tables ?? []), ...(current?.views ?? [])]);
  const standing = versionByName([...tables, ...views]);
  const changed = [...standing].filter(([name, version]) => before.get(name) !== version).map(([name]) => name);
  const gone = [...before.keys()].filter((name) => !name.startsWith('ops.') && !standing.has(name));
  if (current === null || changed.length > 0 || gone.length > 0) {
    const written = await writeTables(engine, effects, folder, 'tables', tables, published);
    // The run is finished in what it publishes: if the process dies before this transaction ends, but after the publication,
    // the next start finds the run published and says the same.
    await inTransaction(context, 'run:published', async () => {
      await engine.run(
        sql`UPDATE ops.runs SET finished_at = ${effects.now()}, status = ${status}, published = TRUE WHERE run_id = ${runId}`,
      );
      await recordMetrics(context);
      const ops = await engine.rows(
        sql`SELECT 'ops' AS schema, table_name AS name FROM duckdb_tables() WHERE schema_name = 'ops' ORDER BY ALL`,
        z.object({ schema: z.string(), name: z.string() }),
      );
      const noted = await writeTables(engine, effects, folder, 'ops', await versionsOf(engine, ops), published);
      const next: Snapshot = {
        format: 2,
        run_id: runId,
        status,
        as_of: asOf.toISOString(),
        published_at: effects.now().toISOString(),
        entities: project.entities.map((e) => ({ name: e.name, prefix: e.prefix })),
        tables: [...written, ...noted],
        views: [...views],
      };
      await publish(effects, folder, next);
    });
    await pruneSnapshots(folder, project.keepSnapshots);
  }
  const known = new Map(there.map((t) => [`${t.schema}.${t.name}`, t.version]));
  await inTransaction(context, 'versions', async () => {
    for (const t of tables.filter((t) => known.get(`${t.schema}.${t.name}`) !== t.version))
      await engine.run(sql`UPDATE ops.tables SET version = ${t.version} WHERE schema_name = ${t.schema} AND table_name = ${t.name}`);
  });
  return [...changed, ...gone];
}

function versionByName(all: readonly Pick<SnapshotView, 'schema' | 'name' | 'version'>[]): ReadonlyMap<string, string> {
  return new Map(all.map((one) => [`${one.schema}.${one.name}`, one.version]));
}

/** The models that stand as views, each after those that it reads. */
async function standingViews(context: RunContext): Promise<readonly SnapshotView[]> {
  const { engine, project, asOf } = context;
  const there = await engine.rows(
    sql`SELECT view_name AS name FROM duckdb_views() WHERE schema_name = 'gold' AND NOT internal`,
    z.object({ name: z.string() }),
  );
  if (there.length === 0) return [];
  const names = new Set(there.map((t) => t.name));
  const views: SnapshotView[] = [];
  for (const { model } of planModels(project.models)) {
    if (names.has(model.name)) views.push(await viewOf(engine, 'gold', model.name, model.reads.usesAsOf ? asOf : null, { ...model.vars }));
  }
  return views;
}
