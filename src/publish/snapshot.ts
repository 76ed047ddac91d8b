import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { replaceText } from '../base/durable.js';
import type { Effects } from '../base/effects.js';
import { OnefoldError } from '../base/errors.js';

const snapshotTable = z.object({
  schema: z.string(),
  name: z.string(),
  /** Digest of columns and rows: the same content, the same version, whatever run wrote it. */
  version: z.string(),
  /** Its rows as they were when it was last written whole; relative to the folder of snapshots. */
  file: z.string(),
  /** What has changed since, where it was not written whole: a file with the rows that came, and the places in `file` of those that went. */
  changes: z.object({ file: z.string(), since: z.string() }).nullable().default(null),
  rows: z.number(),
  /** Digest of its rows, by the columns that tell them; `since` above is that of the rows in `file`. */
  digest: z.string().default(''),
  told_by: z.array(z.string()).default([]),
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
  format: z.union([z.literal(1), z.literal(2)]),
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

/** The files that hold the rows of a table, relative to the folder of snapshots. */
export function filesOf({ file, changes }: SnapshotTable): readonly string[] {
  return changes === null ? [file] : [file, changes.file];
}

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
    for (const table of parsed.data?.tables ?? []) for (const file of filesOf(table)) needed.add(file);
  }
  const files = await readdir(join(folder, 'tables'), { recursive: true, withFileTypes: true }).catch(() => []);
  for (const entry of files) {
    if (!entry.isFile()) continue;
    const table = entry.parentPath.slice(join(folder, 'tables').length + 1);
    if (!needed.has(`tables/${table}/${entry.name}`)) await rm(join(entry.parentPath, entry.name));
  }
}
