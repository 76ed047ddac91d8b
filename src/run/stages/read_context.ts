import { join } from 'node:path';
import { z } from 'zod';
import type { Segment } from '../../bronze/landing.js';
import { newestRecords } from '../../bronze/pages.js';
import type { Project, Stream } from '../../config/project.js';
import { readSecret } from '../../config/secrets.js';
import type { Parent, ReadContext, StreamOptions, Window } from '../../connectors/contract.js';
import type { Engine } from '../../engine/engine.js';
import { sql } from '../../sql/tag.js';
import { connectorOf } from '../project/connectors.js';
import { layout } from '../store/store.js';
import type { Scopes } from './scopes.js';

/** The options of a stream as its connector takes them. */
export function optionsOf(stream: Stream): StreamOptions {
  return { source: stream.sourceOptions, stream: stream.options };
}

/** The segments of a stream, in the order in which they were sealed. */
export async function segmentsOf(engine: Engine, stream: Pick<Stream, 'source' | 'stream'>, store: string): Promise<readonly Segment[]> {
  const shape = z.object({
    segment_id: z.string(),
    batch_id: z.string(),
    file: z.string(),
    columns: z.array(z.string()),
    numbers: z.array(z.string()),
  });
  const rows = await engine.rows(
    sql`SELECT segment_id, batch_id, file, columns, COALESCE(numbers, []) AS numbers FROM ops.segments
    WHERE source = ${stream.source} AND stream = ${stream.stream} ORDER BY segment_id`,
    shape,
  );
  return rows.map((r) => ({
    segmentId: r.segment_id,
    batchId: r.batch_id,
    source: stream.source,
    stream: stream.stream,
    file: join(store, r.file),
    columns: r.columns,
    numbers: r.numbers,
  }));
}

/** What a connector may use to look at a stream of which nothing is known. */
export function lookContext(engine: Engine, stream: Stream, { dir, store, target }: Project, scopes: Scopes): ReadContext {
  return {
    projectDir: dir,
    engine,
    now: () => new Date(),
    window: null,
    parents: async () => [],
    scope: scopes.of(stream.source),
    secret: (ref) => readSecret(ref, dir, target),
    tempDir: layout(store).temp,
    cursors: new Map(),
    versions: new Set(),
    standing: async () => [],
  };
}

/** What a connector may know and use while it reads a stream: where the stream stands, and the records that others of its source have. */
export async function readContext(
  engine: Engine,
  stream: Stream,
  project: Project,
  scopes: Scopes,
  when: { readonly now: () => Date; readonly window: Window | null } = { now: () => new Date(), window: null },
): Promise<ReadContext> {
  return {
    ...lookContext(engine, stream, project, scopes),
    ...when,
    standing: () => standingParts(engine, stream),
    parents: (parent, columns) => parentsOf(engine, project, { source: stream.source, stream: parent }, columns),
    ...(await placeOf(engine, stream)),
  };
}

/** Up to where a stream is landed by now. */
export async function placeOf(engine: Engine, stream: Stream): Promise<Pick<ReadContext, 'cursors' | 'versions'>> {
  const where = sql`source = ${stream.source} AND stream = ${stream.stream}`;
  const cursors = await engine.rows(
    sql`SELECT part, cursor FROM ops.cursors WHERE ${where}`,
    z.object({ part: z.string(), cursor: z.string() }),
  );
  const versions = await engine.rows(
    sql`SELECT DISTINCT version FROM ops.batches WHERE ${where} AND version IS NOT NULL`,
    z.object({ version: z.string() }),
  );
  return {
    cursors: new Map(cursors.map((c): [string, unknown] => [c.part, JSON.parse(c.cursor)])),
    versions: new Set(versions.map((v) => v.version)),
  };
}

/** The parts of a stream of whose rows some were not retracted. */
async function standingParts(engine: Engine, { source, stream }: Stream): Promise<readonly string[]> {
  const where = sql`source = ${source} AND stream = ${stream}`;
  const rows = await engine.rows(
    sql`SELECT part FROM ops.segments LEFT JOIN (SELECT segment_id, count(*) AS gone FROM ops.retractions WHERE ${where} GROUP BY segment_id)
      USING (segment_id) WHERE ${where} GROUP BY part HAVING sum(rows + rejected - COALESCE(gone, 0)) > 0 ORDER BY part`,
    z.object({ part: z.string() }),
  );
  return rows.map((r) => r.part);
}

/** The standing records of a stream in their newest form. A column that was never landed is null in all of them. */
async function parentsOf(
  engine: Engine,
  project: Project,
  of: Pick<Stream, 'source' | 'stream'>,
  columns: readonly string[],
): Promise<readonly Parent[]> {
  const stream = project.streams.find((s) => s.source === of.source && s.stream === of.stream);
  const segments = await segmentsOf(engine, of, project.store);
  if (stream === undefined || segments.length === 0) return [];
  const { key } = connectorOf(project, stream.connector).capabilities(optionsOf(stream));
  const there = new Set(segments.flatMap((s) => s.columns));
  const asked = [...new Set(columns)].filter((c) => there.has(c));
  const files = segments.map((s) => s.file);
  const rows = await engine.rows(newestRecords(files, key, asked), z.looseObject({ _segment_id: z.string() }));
  return rows.map(({ _segment_id: seen, ...values }) => ({ seen, values: z.record(z.string(), z.string().nullable()).parse(values) }));
}
