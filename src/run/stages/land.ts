import { join } from 'node:path';
import { z } from 'zod';
import { OnefoldError } from '../../base/errors.js';
import type { Segment } from '../../bronze/landing.js';
import { bronzeView } from '../../bronze/landing.js';
import { newestRecords } from '../../bronze/pages.js';
import type { Project, Stream } from '../../config/project.js';
import { readSecret } from '../../config/secrets.js';
import type { Connector, Parent, ReadContext, StreamOptions, Window } from '../../connectors/contract.js';
import type { Engine } from '../../engine/engine.js';
import { sql } from '../../sql/tag.js';
import type { RunContext } from '../context.js';
import { timed, warn } from '../context.js';
import { note, since } from '../nodes.js';
import { connectorOf } from '../project/connectors.js';
import { layout } from '../store/store.js';
import { openSchema } from './drift.js';
import type { Pages } from './land_pages.js';
import { openPages } from './land_pages.js';
import { landKnown, landScan, landVanished } from './land_scan.js';
import type { StreamRead } from './reads.js';
import { keptAsOf, recordReads, standsAsOf } from './reads.js';
import type { Scopes } from './scopes.js';
import { openScopes } from './scopes.js';

/** Reads every stream and lands what is new. A stream that fails makes the run partial and stops no other. */
export async function landStreams(context: RunContext): Promise<void> {
  const batches = { count: 0 };
  const scopes = openScopes();
  try {
    const reads: StreamRead[] = [];
    for (const stream of parentsFirst(context.project.streams)) {
      if (context.work.selected.has(`stream.${stream.source}.${stream.stream}`))
        reads.push(await landOne(context, stream, scopes, batches));
    }
    await recordReads(context, reads);
  } finally {
    // An open connection would keep the process alive.
    await scopes.close();
  }
}

/** Streams in the order of the project, but each behind the one that it is read for. */
function parentsFirst(streams: readonly Stream[]): readonly Stream[] {
  const depth = (s: Stream): number => {
    const parent = s.parent === undefined ? undefined : streams.find((p) => p.source === s.source && p.stream === s.parent);
    return parent === undefined ? 0 : depth(parent) + 1;
  };
  return [...streams].sort((a, b) => depth(a) - depth(b));
}

async function landOne(context: RunContext, stream: Stream, scopes: Scopes, batches: { count: number }): Promise<StreamRead> {
  const { engine, project } = context;
  const name = `${stream.source}.${stream.stream}`;
  const before = { batches: batches.count, warnings: context.warnings.length };
  const start = performance.now();
  const at = context.effects.now();
  const stood = await standsAsOf(context, stream);
  let failed: OnefoldError | null = null;
  await timed(context, 'bronze', name, async () => {
    const connector = connectorOf(project, stream.connector);
    await landStream(context, stream, connector, scopes, batches).catch((thrown: unknown) => {
      if (!(thrown instanceof OnefoldError) || context.effects.stop?.aborted === true) throw thrown;
      failed = thrown;
      const said = thrown.hint === undefined ? thrown.message : `${thrown.message}. ${thrown.hint}`;
      warn(context, name, stood === null ? said : `${said.replace(/\.$/, '')}. ${keptAsOf(stood, at)}`);
    });
    if (context.settle)
      await connector.settle(
        optionsOf(stream),
        await readContext(engine, stream, project, scopes, context.effects.now, context.window),
        context.effects.commit,
      );
    await showBronze(engine, stream, project.store);
  });
  const messages = context.warnings.slice(before.warnings).map((w) => w.message);
  const [landed] = await engine.rows(
    sql`SELECT COALESCE(sum(rows), 0)::DOUBLE AS rows FROM ops.ledger
      WHERE run_id = ${context.runId} AND scope = 'stream' AND name = ${name} AND line = 'landed'`,
    z.object({ rows: z.number() }),
  );
  const code = codeOf(failed);
  const status = code !== null ? 'failed' : context.window !== null ? 'window' : messages.length > 0 ? 'partial' : 'complete';
  note(context, `stream.${name}`, {
    status: code !== null ? 'error' : messages.length > 0 ? 'warn' : 'success',
    as_of: (status === 'complete' ? at : stood)?.toISOString() ?? null,
    built: batches.count > before.batches,
    ms: since(start),
    rows: landed?.rows ?? 0,
    message: messages.length === 0 ? null : messages.join('; '),
  });
  return { stream, status, at, code };
}

/** A function, since what a callback assigns is not seen to be. */
function codeOf(error: OnefoldError | null): string | null {
  return error?.code ?? null;
}

async function landStream(
  context: RunContext,
  stream: Stream,
  connector: Connector,
  scopes: Scopes,
  batches: { count: number },
): Promise<void> {
  const { engine, project, runId, effects } = context;
  const nextBatch = (): string => {
    batches.count += 1;
    return `${runId}-${String(batches.count).padStart(4, '0')}`;
  };
  const given = await readContext(engine, stream, project, scopes, effects.now, context.window);
  const schema = await openSchema(context, stream);
  const drifted: OnefoldError[] = [];
  let pages: Pages | null = null;
  try {
    for await (const reading of connector.read(optionsOf(stream), given)) {
      if (reading.kind === 'warning') warn(context, `${stream.source}.${stream.stream}`, reading.message);
      else if (reading.kind === 'page' || reading.kind === 'end') {
        pages ??= await openPages(context, stream, schema, nextBatch(), connector.capabilities(optionsOf(stream)));
        await (reading.kind === 'page' ? pages.take(reading) : pages.end(reading));
      } else if (reading.kind === 'scan') {
        await landScan(context, stream, schema, reading, nextBatch()).catch((thrown: unknown) => {
          // One part that can't be read, or is refused, keeps no other from being read.
          if (thrown instanceof OnefoldError && thrown.code === 'SOURCE_DRIFTED') drifted.push(thrown);
          else if (thrown instanceof OnefoldError && thrown.code === 'FILE_UNREADABLE')
            warn(context, `${stream.source}.${stream.stream}`, thrown.message);
          else throw thrown;
        });
      } else if (reading.kind === 'known') await landKnown(context, stream, reading, nextBatch());
      else await landVanished(context, stream, reading.part, nextBatch());
    }
  } finally {
    // What a source gave before it failed was given: it is landed, and the next run goes on behind it.
    await pages?.close();
  }
  const [first, ...others] = drifted;
  for (const { message } of others) warn(context, `${stream.source}.${stream.stream}`, message);
  if (first !== undefined) throw first;
}

/** @throws OnefoldError `USAGE` when a stretch of time can't be read again from a stream that is selected, or is none */
export function checkWindow(project: Project, { from, to }: Window, selected: ReadonlySet<string>): void {
  if (from >= to) throw new OnefoldError('USAGE', `the window ends at ${to.toISOString()}, before it begins`);
  const unable = project.streams
    .filter((s) => selected.has(`stream.${s.source}.${s.stream}`))
    .filter((s) => connectorOf(project, s.connector).capabilities(optionsOf(s)).windows !== true)
    .map((s) => `${s.source}.${s.stream}`);
  if (unable.length === 0) return;
  throw new OnefoldError(
    'USAGE',
    `${unable.join(', ')} can't be read by a window of time: there is no cursor that says what belongs to it`,
    {
      hint: 'Select other streams, or read these whole: `onefold state reset STREAM`.',
    },
  );
}

/** The columns that a stream has, by what is landed and, where that is not enough, by looking at the source. */
export async function streamColumns(
  engine: Engine,
  stream: Stream,
  project: Project,
  wanted: readonly string[],
): Promise<readonly string[] | null> {
  const landed = [...new Set((await segmentsOf(engine, stream, project.store)).flatMap((s) => s.columns))];
  if (landed.length > 0 && wanted.every((w) => landed.some((c) => c.toLowerCase() === w.toLowerCase()))) return landed;
  const scopes = openScopes();
  const found = await connectorOf(project, stream.connector)
    .discover(optionsOf(stream), await readContext(engine, stream, project, scopes, () => new Date(), null))
    .catch((thrown: unknown) => {
      // A source that can't be looked at is passed over: reading it will say why.
      if (thrown instanceof OnefoldError) return null;
      throw thrown;
    })
    .finally(scopes.close);
  return found === null ? (landed.length > 0 ? landed : null) : [...new Set([...landed, ...found])];
}

/** The segments of a stream, in the order in which they were sealed. */
export async function segmentsOf(engine: Engine, stream: Pick<Stream, 'source' | 'stream'>, store: string): Promise<readonly Segment[]> {
  const shape = z.object({ segment_id: z.string(), batch_id: z.string(), file: z.string(), columns: z.array(z.string()) });
  const rows = await engine.rows(
    sql`SELECT segment_id, batch_id, file, columns FROM ops.segments
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
  }));
}

/** The options of a stream as its connector takes them. */
export function optionsOf(stream: Stream): StreamOptions {
  return { source: stream.sourceOptions, stream: stream.options };
}

async function readContext(
  engine: Engine,
  stream: Stream,
  project: Project,
  scopes: Scopes,
  now: () => Date,
  window: Window | null,
): Promise<ReadContext> {
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
    ...lookContext(engine, stream, project, scopes),
    now,
    window,
    parents: (parent, columns) => parentsOf(engine, project, { source: stream.source, stream: parent }, columns),
    cursors: new Map(cursors.map((c): [string, unknown] => [c.part, JSON.parse(c.cursor)])),
    versions: new Set(versions.map((v) => v.version)),
  };
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
  };
}

async function showBronze(engine: Engine, stream: Stream, store: string): Promise<void> {
  const segments = await segmentsOf(engine, stream, store);
  if (segments.length > 0) await engine.run(bronzeView(stream.source, stream.stream, segments));
}
