import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { z } from 'zod';
import type { Effects } from '../../base/effects.js';
import { OnefoldError } from '../../base/errors.js';
import type { Project } from '../../config/project.js';
import { openDuckDb } from '../../engine/duckdb/duckdb.js';
import type { Engine } from '../../engine/engine.js';
import { leaveLog } from '../../engine/functions.js';
import { readCurrent } from '../../publish/snapshot.js';
import { sql } from '../../sql/tag.js';
import { createStore } from './ops.js';

/** The folders and files of a store. */
export function layout(store: string) {
  return {
    root: store,
    warehouse: join(store, 'warehouse.duckdb'),
    bronze: join(store, 'lake', 'bronze'),
    snapshots: join(store, 'snapshots'),
    runs: join(store, 'runs'),
    temp: join(store, 'tmp'),
    writer: join(store, 'writer.json'),
  };
}

/** What of a project its store needs. */
type StoreOf = Pick<Project, 'store' | 'engine'>;

/**
 * What was written stands in a log beside the warehouse's file since it was committed, and whoever opens the warehouse reads both. Moving it into the
 * file takes time that grows with the file, and so waits until the log is this share of it.
 */
const logShare = 1 / 8;

const writer = z.object({ run_id: z.string(), pid: z.number() });

/**
 * Opens the warehouse file, to write or only to look.
 * @throws OnefoldError `STORE_LOCKED`, naming the run that holds the lock
 */
export async function openWarehouse(
  project: StoreOf,
  readOnly: boolean,
  { observe, progressEvery }: Pick<Effects, 'observe' | 'progressEvery'> = {},
): Promise<Engine> {
  const at = layout(project.store);
  const size = await sizeOf(at.warehouse);
  if (readOnly && size === null) {
    throw new OnefoldError('SNAPSHOT_NONE', `there is no store at ${project.store}`, { hint: 'Type `onefold build` first.' });
  }
  return openDuckDb({
    path: at.warehouse,
    memoryLimit: project.engine.memory_limit,
    threads: project.engine.threads,
    tempDir: at.temp,
    readOnly,
    logLimit: Math.max(16e6, (size ?? 0) * logShare),
    observe,
    progress: progressEvery !== undefined,
  }).catch(async (cause: unknown) => {
    if (!(cause instanceof OnefoldError) || cause.code !== 'STORE_LOCKED') throw cause;
    const holder = writer.safeParse(await readJson(at.writer));
    const who = holder.success ? `run ${holder.data.run_id} (process ${holder.data.pid})` : 'another process';
    throw new OnefoldError('STORE_LOCKED', `${who} is writing to ${project.store}`, {
      cause,
      hint: 'Wait until it is done. `onefold query` and `onefold explain` read the last snapshot meanwhile.',
    });
  });
}

/**
 * Opens the warehouse as its one writer and mends what a crash has left: files without a row are swept, and runs that
 * never finished are closed.
 * @throws OnefoldError `STORE_LOCKED`, `STORE_VERSION`
 */
export async function openStore(project: StoreOf, effects: Effects): Promise<Engine> {
  await mkdir(layout(project.store).temp, { recursive: true });
  const engine = await openWarehouse(project, false, effects);
  try {
    await createStore(engine);
    await recover(engine, project, effects);
    return engine;
  } catch (thrown) {
    engine.close();
    throw thrown;
  }
}

/** Closes the warehouse, and leaves its log where that is short. */
export async function closeStore(engine: Engine, project: StoreOf): Promise<void> {
  const { warehouse } = layout(project.store);
  const [file, log] = await Promise.all([warehouse, `${warehouse}.wal`].map(sizeOf));
  // An engine that is beyond asking has told why before.
  if ((log ?? 0) < (file ?? 0) * logShare) await engine.run(leaveLog).catch(() => undefined);
  engine.close();
}

/** Bytes of a file, or null where it is not there. */
async function sizeOf(path: string): Promise<number | null> {
  return stat(path).then(
    ({ size }) => size,
    () => null,
  );
}

/** Says who writes, for the error that a second writer gets. */
export async function announceWriter(project: StoreOf, runId: string): Promise<void> {
  await writeFile(layout(project.store).writer, JSON.stringify({ run_id: runId, pid: process.pid }));
}

/** The id of the run that begins now. */
export async function nextRunId(engine: Engine): Promise<string> {
  const [last] = await engine.rows(sql`SELECT count(*)::DOUBLE AS n FROM ops.runs`, z.object({ n: z.number() }));
  return `r${String((last?.n ?? 0) + 1).padStart(6, '0')}`;
}

async function recover(engine: Engine, project: StoreOf, effects: Effects): Promise<void> {
  const at = layout(project.store);
  await rm(at.temp, { recursive: true, force: true });
  await mkdir(at.temp, { recursive: true });
  const current = await readCurrent(at.snapshots);
  const open = await engine.rows(sql`SELECT run_id FROM ops.runs WHERE status = 'running'`, z.object({ run_id: z.string() }));
  if (open.length > 0) {
    await engine.transaction(
      async () => {
        for (const { run_id } of open) {
          const published = current?.run_id === run_id;
          await engine.run(sql`UPDATE ops.runs SET status = ${published ? current.status : 'failed'}, published = ${published}, finished_at = ${effects.now()},
          error = ${published ? null : 'the process ended before the run did'} WHERE run_id = ${run_id}`);
        }
      },
      (act) => effects.commit('recover', act),
    );
  }
  const known = new Set((await engine.rows(sql`SELECT file FROM ops.segments`, z.object({ file: z.string() }))).map((s) => s.file));
  for (const file of await filesBelow(at.bronze)) {
    if (!known.has(relative(project.store, file).split(sep).join('/'))) await rm(file);
  }
}

async function filesBelow(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  return entries.filter((e) => e.isFile()).map((e) => join(e.parentPath, e.name));
}

async function readJson(path: string): Promise<unknown> {
  return readFile(path, 'utf8').then(
    (text) => JSON.parse(text),
    () => null,
  );
}
