import { z } from 'zod';
import type { Effects } from '../../base/effects.js';
import { OnefoldError } from '../../base/errors.js';
import { didYouMean } from '../../base/suggest.js';
import type { Project } from '../../config/project.js';
import type { Blind } from '../../connectors/contract.js';
import type { Engine } from '../../engine/engine.js';
import { sql } from '../../sql/tag.js';
import { connectorOf } from '../project/connectors.js';
import { openStore, openWarehouse } from './store.js';

/** Up to where one part of a stream has been read. */
export interface CursorState {
  readonly stream: string;
  /** A file's path; `all` for a stream that is read as one. */
  readonly part: string;
  readonly cursor: unknown;
  readonly moved_at: string;
  /** What is not seen until the stream is read whole. */
  readonly blind: readonly Blind[];
}

/** The cursors of all streams, or of one. @throws OnefoldError `SNAPSHOT_NONE`, `STORE_LOCKED`, `NOT_FOUND` */
export async function cursorsOf(project: Project, stream: string | undefined): Promise<readonly CursorState[]> {
  if (stream !== undefined) streamNamed(project, stream);
  const engine = await openWarehouse(project, true);
  try {
    return await listCursors(engine, project, stream);
  } finally {
    engine.close();
  }
}

/**
 * Sets a stream's cursors: to a value that its connector understands, or, with null, to none, so that the next run reads
 * all of it. Nothing that is landed is lost or landed twice. Returns what the cursors were.
 * @throws OnefoldError `NOT_FOUND` for a stream that the project hasn't, and for a part to forget that was never read; `STORE_LOCKED`
 */
export async function setCursor(
  project: Project,
  effects: Effects,
  stream: string,
  part: string | undefined,
  cursor: unknown,
): Promise<readonly CursorState[]> {
  const { source, stream: name } = streamNamed(project, stream);
  const engine = await openStore(project, effects);
  try {
    const cursors = await listCursors(engine, project, stream);
    const before = cursors.filter((c) => part === undefined || c.part === part);
    if (part !== undefined && cursor === null && before.length === 0) {
      const known = cursors.map((c) => c.part);
      throw new OnefoldError('NOT_FOUND', `no part of ${stream} that has been read is called ${part}${didYouMean(part, known)}`, {
        hint: 'Nothing was forgotten. `onefold state show` tells what has been read.',
      });
    }
    const here = sql`source = ${source} AND stream = ${name}`;
    await engine.transaction(
      async () => {
        await engine.run(
          part === undefined ? sql`DELETE FROM ops.cursors WHERE ${here}` : sql`DELETE FROM ops.cursors WHERE ${here} AND part = ${part}`,
        );
        await engine.run(sql`DELETE FROM ops.seen WHERE ${here}`);
        if (cursor !== null)
          await engine.run(
            sql`INSERT INTO ops.cursors VALUES (${source}, ${name}, ${part ?? 'all'}, ${JSON.stringify(cursor)}, 'set by hand', ${effects.now()})`,
          );
      },
      (act) => effects.commit(`state:${stream}`, act),
    );
    return before;
  } finally {
    engine.close();
  }
}

async function listCursors(engine: Engine, project: Project, stream: string | undefined): Promise<readonly CursorState[]> {
  const rows = await engine.rows(
    sql`SELECT concat(source, '.', stream) AS stream, part, cursor, moved_at::VARCHAR AS moved_at FROM ops.cursors ORDER BY ALL`,
    z.object({ stream: z.string(), part: z.string(), cursor: z.string(), moved_at: z.string() }),
  );
  return rows
    .filter((r) => stream === undefined || r.stream === stream)
    .map((r) => ({ ...r, cursor: JSON.parse(r.cursor) as unknown, blind: blindnessOf(project, r.stream) }));
}

/** A cursor may be of a stream that the project no longer has: nothing is known of that one. */
function blindnessOf(project: Project, name: string): readonly Blind[] {
  const stream = project.streams.find((s) => `${s.source}.${s.stream}` === name);
  if (stream === undefined) return [];
  return connectorOf(project, stream.connector).capabilities({ source: stream.sourceOptions, stream: stream.options }).blind ?? [];
}

function streamNamed(project: Project, name: string): { readonly source: string; readonly stream: string } {
  const found = project.streams.find((s) => `${s.source}.${s.stream}` === name);
  if (found !== undefined) return found;
  const known = project.streams.map((s) => `${s.source}.${s.stream}`);
  throw new OnefoldError('NOT_FOUND', `no stream is called ${name}${didYouMean(name, known)}`);
}
