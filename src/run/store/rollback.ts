import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Effects } from '../../base/effects.js';
import { OnefoldError } from '../../base/errors.js';
import { didYouMean } from '../../base/suggest.js';
import type { Project } from '../../config/project.js';
import { filesOf, keptSnapshots, readCurrent, republish } from '../../publish/snapshot.js';
import { sql } from '../../sql/tag.js';
import { announceWriter, layout, nextRunId, openStore } from './store.js';

/** A snapshot that can be published again. */
export interface Candidate {
  readonly run_id: string;
  readonly status: 'success' | 'partial';
  readonly as_of: string;
  readonly published_at: string;
  readonly tables: number;
  readonly rows: number;
  /** Whether readers see it now. */
  readonly current: boolean;
}

/** What a rollback did. */
export interface RollbackResult {
  /** The run of the rollback itself; empty where the snapshot was the published one already. */
  readonly run_id: string;
  readonly from: string;
  readonly to: string;
}

/** The snapshots that are kept, the newest first. */
export async function rollbackCandidates(store: string): Promise<readonly Candidate[]> {
  const folder = layout(store).snapshots;
  const current = await readCurrent(folder);
  const kept = await keptSnapshots(folder);
  return kept.map((s) => {
    const tables = s.tables.filter((t) => t.schema !== 'ops');
    return {
      run_id: s.run_id,
      status: s.status,
      as_of: s.as_of,
      published_at: s.published_at,
      tables: tables.length,
      rows: tables.reduce((sum, t) => sum + t.rows, 0),
      current: s.run_id === current?.run_id,
    };
  });
}

/**
 * Makes a kept snapshot the published one again: one pointer is replaced, no data moves, and the warehouse stays as it is, so
 * the next build publishes what stands there then, if that is other content. It is noted as a run of its own.
 * @throws OnefoldError `SNAPSHOT_NONE`, `NOT_FOUND`, `STORE_LOCKED`
 */
export async function rollback(project: Pick<Project, 'store' | 'engine'>, to: string, effects: Effects): Promise<RollbackResult> {
  const folder = layout(project.store).snapshots;
  if ((await readCurrent(folder)) === null) {
    throw new OnefoldError('SNAPSHOT_NONE', `nothing has been published in ${project.store}`, { hint: 'Type `onefold build` first.' });
  }
  const engine = await openStore(project, effects);
  try {
    // Read under the lock: no build publishes or prunes meanwhile.
    const current = await readCurrent(folder);
    const kept = await keptSnapshots(folder);
    const wanted = kept.find((s) => s.run_id === to);
    if (wanted === undefined) {
      const known = kept.map((s) => s.run_id);
      throw new OnefoldError('NOT_FOUND', `no snapshot of \`${to}\` is kept${didYouMean(to, known)}`, {
        hint: 'Type `onefold rollback --list` for those that are; `keep_snapshots` says how many.',
      });
    }
    const from = current?.run_id ?? '';
    if (from === to) return { run_id: '', from, to };
    await requireFiles(folder, wanted.tables.flatMap(filesOf));
    const runId = await nextRunId(engine);
    await announceWriter(project, runId);
    const now = effects.now();
    await engine.transaction(
      async () => {
        await engine.run(sql`INSERT INTO ops.runs VALUES (${runId}, ${now}, ${now}, ${new Date(wanted.as_of)}, 'rollback', TRUE, NULL)`);
        await engine.run(sql`INSERT INTO ops.steps VALUES (${runId}, 'publish', ${`rollback from ${from} to ${to}`}, ${now}, 0)`);
        // The pointer is the truth: a process that dies after this, and before the row is there, has rolled back.
        await republish(effects, folder, wanted);
      },
      (act) => effects.commit('run:rollback', act),
    );
    return { run_id: runId, from, to };
  } finally {
    engine.close();
  }
}

/** Checks that every file of a snapshot is still there. @throws OnefoldError `NOT_FOUND` */
async function requireFiles(folder: string, files: readonly string[]): Promise<void> {
  for (const file of files) {
    await stat(join(folder, file)).catch((cause: unknown) => {
      throw new OnefoldError('NOT_FOUND', `the snapshot's file ${file} is gone`, { cause, hint: 'Choose another snapshot.' });
    });
  }
}
