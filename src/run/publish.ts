import { z } from 'zod';
import type { Snapshot, SnapshotTable } from '../publish/snapshot.js';
import { pruneSnapshots, publish, readCurrent, versionsOf, writeTable } from '../publish/snapshot.js';
import { sql } from '../sql/tag.js';
import type { RunContext } from './context.js';
import { inTransaction } from './context.js';
import { recordMetrics } from './metrics.js';
import { layout } from './store.js';

/**
 * Publishes a snapshot if any table of gold, identity or quarantine has other content than the published one; the tables of
 * `ops` go along. Returns the tables that changed.
 */
export async function publishRun(context: RunContext, status: 'success' | 'partial'): Promise<readonly string[]> {
  const { engine, effects, project, runId, asOf } = context;
  const folder = layout(project.store).snapshots;
  const current = await readCurrent(folder);
  const published = new Map(current?.tables.map((t) => [`${t.schema}.${t.name}`, t]));
  const there = await engine.rows(
    sql`SELECT t.schema_name AS schema, t.table_name AS name, o.version FROM duckdb_tables() t
      LEFT JOIN ops.tables o ON o.schema_name = t.schema_name AND o.table_name = t.table_name
      WHERE t.schema_name IN ('gold', 'identity', 'quarantine') AND NOT t.internal AND NOT t.temporary ORDER BY ALL`,
    z.object({ schema: z.string(), name: z.string(), version: z.string().nullable() }),
  );
  // A table whose version is known has not been touched since that version was published.
  const untouched = there.flatMap(({ schema, name, version }) => {
    const before = published.get(`${schema}.${name}`);
    return before !== undefined && before.version === version ? [before] : [];
  });
  const touched = there.filter((t) => !untouched.some((u) => u.schema === t.schema && u.name === t.name));
  const tables: SnapshotTable[] = [...untouched, ...(await versionsOf(engine, touched))];
  const changed = tables.filter((t) => published.get(`${t.schema}.${t.name}`)?.version !== t.version).map((t) => `${t.schema}.${t.name}`);
  const gone = [...published.keys()].filter((name) => !name.startsWith('ops.') && !tables.some((t) => `${t.schema}.${t.name}` === name));
  if (current === null || changed.length > 0 || gone.length > 0) {
    for (const table of tables) await writeTable(engine, effects, folder, table);
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
      for (const table of await versionsOf(engine, ops)) {
        tables.push(table);
        await writeTable(engine, effects, folder, table);
      }
      const next: Snapshot = {
        format: 1,
        run_id: runId,
        status,
        as_of: asOf.toISOString(),
        published_at: effects.now().toISOString(),
        entities: project.entities.map((e) => ({ name: e.name, prefix: e.prefix })),
        tables,
      };
      await publish(effects, folder, next);
    });
    await pruneSnapshots(folder, project.keepSnapshots);
  }
  await inTransaction(context, 'versions', async () => {
    for (const t of tables.filter((t) => t.schema !== 'ops'))
      await engine.run(sql`UPDATE ops.tables SET version = ${t.version} WHERE schema_name = ${t.schema} AND table_name = ${t.name}`);
  });
  return [...changed, ...gone];
}
