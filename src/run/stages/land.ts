import { OnefoldError } from '../../base/errors.js';
import { bronzeView } from '../../bronze/landing.js';
import type { Project, Stream } from '../../config/project.js';
import type { Connector, ReadContext, Window } from '../../connectors/contract.js';
import type { Engine } from '../../engine/engine.js';
import type { RunContext } from '../context.js';
import { timed, warn } from '../context.js';
import { countedRows } from '../ledger.js';
import { note, since } from '../nodes.js';
import { connectorOf } from '../project/connectors.js';
import { openSchema } from './drift.js';
import type { Pages } from './land_pages.js';
import { openPages } from './land_pages.js';
import { landKnown, landScan, landVanished } from './land_scan.js';
import { optionsOf, placeOf, readContext, segmentsOf } from './read_context.js';
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
    const given = await readContext(engine, stream, project, scopes, { now: context.effects.now, window: context.window });
    await landStream(context, stream, connector, given, batches).catch((thrown: unknown) => {
      if (!(thrown instanceof OnefoldError) || context.effects.stop?.aborted === true) throw thrown;
      failed = thrown;
      const said = thrown.hint === undefined ? thrown.message : `${thrown.message}. ${thrown.hint}`;
      warn(context, name, stood === null ? said : `${said.replace(/\.$/, '')}. ${keptAsOf(stood, at)}`);
    });
    if (context.settle) await connector.settle(optionsOf(stream), { ...given, ...(await placeOf(engine, stream)) }, context.effects.commit);
    await showBronze(engine, stream, project.store);
  });
  const messages = context.warnings.slice(before.warnings).map((w) => w.message);
  const code = codeOf(failed);
  const status = code !== null ? 'failed' : context.window !== null ? 'window' : messages.length > 0 ? 'partial' : 'complete';
  note(context, `stream.${name}`, {
    status: code !== null ? 'error' : messages.length > 0 ? 'warn' : 'success',
    as_of: (status === 'complete' ? at : stood)?.toISOString() ?? null,
    built: batches.count > before.batches,
    ms: since(start),
    rows: await countedRows(engine, context.runId, 'stream', name, 'landed'),
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
  given: ReadContext,
  batches: { count: number },
): Promise<void> {
  const nextBatch = (): string => {
    batches.count += 1;
    return `${context.runId}-${String(batches.count).padStart(4, '0')}`;
  };
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
    .discover(optionsOf(stream), await readContext(engine, stream, project, scopes))
    .catch((thrown: unknown) => {
      // A source that can't be looked at is passed over: reading it will say why.
      if (thrown instanceof OnefoldError) return null;
      throw thrown;
    })
    .finally(scopes.close);
  return found === null ? (landed.length > 0 ? landed : null) : [...new Set([...landed, ...found])];
}

async function showBronze(engine: Engine, stream: Stream, store: string): Promise<void> {
  const segments = await segmentsOf(engine, stream, store);
  if (segments.length > 0) await engine.run(bronzeView(stream.source, stream.stream, segments));
}
