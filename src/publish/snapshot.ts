import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { publishFiles, replaceText } from '../base/durable.js';
import type { Effects } from '../base/effects.js';
import { OnefoldError } from '../base/errors.js';
import type { Engine } from '../engine/engine.js';
import { copyToParquet, hashed, rowsInOrder, setDigest } from '../engine/functions.js';
import type { Sql } from '../sql/tag.js';
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

const snapshotView = z.object({
  schema: z.string(),
  name: z.string(),
  /** Digest of its columns, its SELECT, and what now is where it asks. */
  version: z.string(),
  /** Its SELECT over tables and views of the same snapshot; `as_of()` in it is the snapshot's `as_of`. */
  sql: z.string(),
  /** What `var()` in it says. */
  vars: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).default({}),
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
  /** Models that readers ask anew; each after the views that it reads. */
  views: z.array(snapshotView).default([]),
});

/** What is published: every table's file, version, rows and columns. */
export type Snapshot = z.output<typeof snapshot>;
export type SnapshotTable = z.output<typeof snapshotTable>;
export type SnapshotView = z.output<typeof snapshotView>;

/** A table or a view of a snapshot, or null where it has none that is called so. */
export function publishedIn({ tables, views }: Snapshot, schema: string, name: string): SnapshotTable | SnapshotView | null {
  return [...tables, ...views].find((t) => t.schema === schema && t.name === name) ?? null;
}

/** The published snapshot of a store, or null when there is none yet. */
export async function readCurrent(folder: string): Promise<Snapshot | null> {
  return readSnapshot(folder, 'current.json');
}

/** A snapshot by the name of its file, or null when there is no such file. @throws OnefoldError `STORE_VERSION` */
async function readSnapshot(folder: string, name: string): Promise<Snapshot | null> {
  const text = await readFile(join(folder, name), 'utf8').catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') return null;
    throw cause;
  });
  if (text === null) return null;
  const parsed = snapshot.safeParse(JSON.parse(text));
  if (!parsed.success)
    throw new OnefoldError('STORE_VERSION', `${join(folder, name)} is not a snapshot of this version`, {
      hint: 'Use the Onefold that wrote it, or a newer one; the store was not touched.',
    });
  return parsed.data;
}

/** A moment, or a run: what was published then, or by that run and those before it. */
export type SnapshotTime = Date | { readonly runId: string };

/**
 * The snapshot that was published at a time.
 * @throws OnefoldError `SNAPSHOT_GONE` when it is older than every snapshot that is kept, `SNAPSHOT_NONE` when there is none at all
 */
export async function readSnapshotAt(folder: string, time: SnapshotTime): Promise<Snapshot> {
  const names = (await readdir(folder).catch(() => [])).filter((f) => /^r\d+\.json$/.test(f)).sort();
  const kept: Snapshot[] = [];
  for (const name of names) {
    const text = await readFile(join(folder, name), 'utf8').catch(() => null);
    const parsed = text === null ? null : snapshot.safeParse(JSON.parse(text));
    if (parsed?.success === true) kept.push(parsed.data);
  }
  const [oldest] = kept;
  if (oldest === undefined)
    throw new OnefoldError('SNAPSHOT_NONE', `nothing has been published in ${folder}`, { hint: 'Type `onefold build` first.' });
  const then = kept.filter((s) => (time instanceof Date ? Date.parse(s.published_at) <= time.getTime() : s.run_id <= time.runId)).at(-1);
  if (then !== undefined) return then;
  const asked = time instanceof Date ? time.toISOString() : time.runId;
  throw new OnefoldError(
    'SNAPSHOT_GONE',
    `no snapshot of ${asked} is kept; the oldest is ${oldest.run_id}, published ${oldest.published_at}`,
    {
      hint: '`keep_snapshots` in the project file says how many are kept.',
    },
  );
}

/**
 * The versions of tables as they stand in the warehouse, with their columns and the number of their rows, in the order asked for.
 * `tells` are the columns that tell the content where the others follow from them; all of them if left out.
 */
export async function versionsOf(
  engine: Engine,
  tables: readonly { readonly schema: string; readonly name: string; readonly tells?: (column: string) => boolean }[],
): Promise<readonly SnapshotTable[]> {
  if (tables.length === 0) return [];
  const described = await columnsOfAll(
    engine,
    tables.map(({ schema, name }) => id(schema, name)),
  );
  const shaped = tables.map(({ schema, name, tells }, i) => {
    const columns = described[i] ?? [];
    return { schema, name, columns, telling: tells === undefined ? columns : columns.filter((c) => tells(c.name)) };
  });
  const contents = await engine.rows(
    sql`${joinSql(
      shaped.map(
        ({ schema, name, telling }, i) =>
          sql`SELECT ${i}::INTEGER AS i, ${setDigest(sql`x`)} AS digest, count(*)::DOUBLE AS rows
            FROM (SELECT ${hashed(joinSql(telling.map((c) => id(c.name))))} AS x FROM ${id(schema, name)})`,
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

/** The columns of a table or view, in their order. */
export async function columnsOf(engine: Engine, relation: Sql): Promise<SnapshotTable['columns']> {
  const [columns = []] = await columnsOfAll(engine, [relation]);
  return columns;
}

/** The columns of each of some tables and views. The catalogue's own list of columns is slow where there are many tables. */
async function columnsOfAll(engine: Engine, relations: readonly Sql[]): Promise<readonly SnapshotTable['columns'][]> {
  const each = relations.map(
    (relation, i) =>
      sql`SELECT ${i}::INTEGER AS i, row_number() OVER () AS place, column_name AS name, column_type AS type FROM (DESCRIBE ${relation})`,
  );
  const found = await engine.rows(
    sql`SELECT i, name, type FROM (${joinSql(each, ' UNION ALL ')}) ORDER BY i, place`,
    z.object({ i: z.number(), name: z.string(), type: z.string() }),
  );
  const columns = relations.map((): { name: string; type: string }[] => []);
  for (const { i, name, type } of found) columns[i]?.push({ name, type });
  return columns;
}

/** A view as it stands in the warehouse. `asOf` is what now is, for one that asks; else null. `vars` are those that it asks for. */
export async function viewOf(
  engine: Engine,
  schema: string,
  name: string,
  asOf: Date | null,
  vars: SnapshotView['vars'],
): Promise<SnapshotView> {
  const [found] = await engine.rows(
    sql`SELECT sql FROM duckdb_views() WHERE schema_name = ${schema} AND view_name = ${name}`,
    z.object({ sql: z.string() }),
  );
  // The engine spells a view as CREATE VIEW name AS select;
  const text = found?.sql ?? '';
  const select = text.slice(text.indexOf(' AS ') + ' AS '.length).replace(/;\s*$/, '');
  const columns = await columnsOf(engine, id(schema, name));
  const version = createHash('sha256')
    .update(JSON.stringify([columns, select, asOf?.toISOString() ?? null, vars]))
    .digest('hex')
    .slice(0, 20);
  return { schema, name, version, sql: select, vars, columns };
}

/** Writes the files of the versions of tables that are not there. Nothing reads them before a manifest names them. */
export async function writeTables(
  engine: Engine,
  effects: Effects,
  folder: string,
  what: string,
  tables: readonly SnapshotTable[],
): Promise<void> {
  const written: { readonly from: string; readonly to: string }[] = [];
  for (const table of tables) {
    const to = join(folder, table.file);
    const isThere = await stat(to).then(
      () => true,
      () => false,
    );
    if (isThere) continue;
    const from = `${to}.tmp`;
    await mkdir(dirname(to), { recursive: true });
    await engine.run(copyToParquet(rowsInOrder(id(table.schema, table.name), table.rows), from));
    written.push({ from, to });
  }
  if (written.length > 0) await publishFiles(effects, `snapshot:${what}`, written);
}

/** The snapshots that are kept, the newest first. */
export async function keptSnapshots(folder: string): Promise<readonly Snapshot[]> {
  const names = (await readdir(folder).catch(() => [])).filter((f) => /^r\d+\.json$/.test(f)).sort((a, b) => b.localeCompare(a));
  const all = await Promise.all(names.map((name) => readSnapshot(folder, name)));
  return all.filter((s) => s !== null);
}

/** Makes a kept snapshot the published one again: readers follow the pointer from then on. */
export async function republish(effects: Effects, folder: string, kept: Snapshot): Promise<void> {
  await replaceText(effects, 'snapshot:current', join(folder, 'current.json'), spelledSnapshot(kept));
}

function spelledSnapshot(one: Snapshot): string {
  return `${JSON.stringify(snapshot.parse(one), null, 1)}\n`;
}

/** Publishes a snapshot: its manifest, then the pointer to it, which readers follow from then on. */
export async function publish(effects: Effects, folder: string, next: Snapshot): Promise<void> {
  const text = spelledSnapshot(next);
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
