import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { publishFile, replaceText } from '../base/durable.js';
import type { Effects } from '../base/effects.js';
import { OnefoldError } from '../base/errors.js';
import type { Engine } from '../engine/engine.js';
import { copyToParquet, setDigest, spelledOut } from '../engine/functions.js';
import { id, join as joinSql, sql } from '../sql/tag.js';

const snapshotTable = z.object({
  schema: z.string(),
  name: z.string(),
  /** Digest of columns and rows: the same content, the same version, whatever run wrote it. */
  version: z.string(),
  /** Relative to the folder of snapshots. */
  file: z.string(),
  rows: z.number(),
  columns: z.array(z.object({ name: z.string(), type: z.string() })),
});

const snapshot = z.object({
  format: z.literal(1),
  run_id: z.string(),
  status: z.enum(['success', 'partial']),
  as_of: z.string(),
  published_at: z.string(),
  entities: z.array(z.object({ name: z.string(), prefix: z.string() })),
  tables: z.array(snapshotTable),
});

/** What is published: every table's file, version, rows and columns. */
export type Snapshot = z.output<typeof snapshot>;
export type SnapshotTable = z.output<typeof snapshotTable>;

/** The published snapshot of a store, or null when there is none yet. */
export async function readCurrent(folder: string): Promise<Snapshot | null> {
  const text = await readFile(join(folder, 'current.json'), 'utf8').catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') return null;
    throw cause;
  });
  if (text === null) return null;
  const parsed = snapshot.safeParse(JSON.parse(text));
  if (!parsed.success)
    throw new OnefoldError('STORE_VERSION', `${join(folder, 'current.json')} is not a snapshot of this version`, {
      hint: 'Use the Onefold that wrote it, or a newer one; the store was not touched.',
    });
  return parsed.data;
}

/** The versions of tables as they stand in the warehouse, with their columns and the number of their rows, in the order asked for. */
export async function versionsOf(
  engine: Engine,
  tables: readonly { readonly schema: string; readonly name: string }[],
): Promise<readonly SnapshotTable[]> {
  if (tables.length === 0) return [];
  const all = await engine.rows(
    sql`SELECT schema_name AS schema, table_name AS table, column_name AS name, data_type AS type FROM duckdb_columns()
      WHERE list_contains(${[...new Set(tables.map((t) => t.schema))]}, schema_name) AND NOT internal ORDER BY column_index`,
    z.object({ schema: z.string(), table: z.string(), name: z.string(), type: z.string() }),
  );
  const shaped = tables.map(({ schema, name }) => ({
    schema,
    name,
    columns: all.filter((c) => c.schema === schema && c.table === name).map((c) => ({ name: c.name, type: c.type })),
  }));
  const contents = await engine.rows(
    sql`${joinSql(
      shaped.map(
        ({ schema, name, columns }, i) =>
          sql`SELECT ${i}::INTEGER AS i, ${setDigest(spelledOut(columns.map((c) => sql`${id(c.name)}::VARCHAR`)))} AS digest, count(*)::DOUBLE AS rows FROM ${id(schema, name)}`,
      ),
      ' UNION ALL ',
    )} ORDER BY i`,
    z.object({ digest: z.string(), rows: z.number() }),
  );
  return shaped.map(({ schema, name, columns }, i) => {
    const content = contents[i];
    const version = createHash('sha256')
      .update(JSON.stringify([columns, content?.digest]))
      .digest('hex')
      .slice(0, 20);
    return { schema, name, version, file: `tables/${schema}.${name}/${version}.parquet`, rows: content?.rows ?? 0, columns };
  });
}

/** Writes the file of a table's version, unless it is there. */
export async function writeTable(engine: Engine, effects: Effects, folder: string, table: SnapshotTable): Promise<void> {
  const file = join(folder, table.file);
  if (
    await stat(file).then(
      () => true,
      () => false,
    )
  )
    return;
  await mkdir(join(folder, 'tables', `${table.schema}.${table.name}`), { recursive: true });
  const aside = `${file}.tmp`;
  await engine.run(copyToParquet(sql`SELECT * FROM ${id(table.schema, table.name)}`, aside));
  await publishFile(effects, `snapshot:${table.schema}.${table.name}`, aside, file);
}

/** Publishes a snapshot: its manifest, then the pointer to it, which readers follow from then on. */
export async function publish(effects: Effects, folder: string, next: Snapshot): Promise<void> {
  const text = `${JSON.stringify(snapshot.parse(next), null, 1)}\n`;
  await replaceText(effects, 'snapshot:manifest', join(folder, `${next.run_id}.json`), text);
  await replaceText(effects, 'snapshot:current', join(folder, 'current.json'), text);
}

/** Removes all but the newest snapshots, and the files that none of those left needs. */
export async function pruneSnapshots(folder: string, keep: number): Promise<void> {
  // What a crash left half written.
  for (const left of (await readdir(folder)).filter((f) => f.endsWith('.tmp'))) await rm(join(folder, left));
  const manifests = (await readdir(folder)).filter((f) => /^r\d+\.json$/.test(f)).sort();
  for (const old of manifests.slice(0, Math.max(0, manifests.length - keep))) await rm(join(folder, old));
  const needed = new Set<string>();
  for (const name of [...manifests.slice(-keep), 'current.json']) {
    const parsed = snapshot.safeParse(JSON.parse(await readFile(join(folder, name), 'utf8')));
    for (const table of parsed.data?.tables ?? []) needed.add(table.file);
  }
  const files = await readdir(join(folder, 'tables'), { recursive: true, withFileTypes: true }).catch(() => []);
  for (const entry of files) {
    if (!entry.isFile()) continue;
    const table = entry.parentPath.slice(join(folder, 'tables').length + 1);
    if (!needed.has(`tables/${table}/${entry.name}`)) await rm(join(entry.parentPath, entry.name));
  }
}
