import { appendFile, mkdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { publishFile } from '../../base/durable.js';
import { OnefoldError } from '../../base/errors.js';
import { beyond, within } from '../../bronze/contract.js';
import { writeSegment } from '../../bronze/landing.js';
import { countPages, goneOf, idText, landedPages, outdatedPages, sortPages, unmet } from '../../bronze/pages.js';
import type { Stream } from '../../config/project.js';
import type { Capabilities, End, Page, SourceRecord } from '../../connectors/contract.js';
import { distinctNames } from '../../connectors/file/columns.js';
import { jsonShape } from '../../connectors/file/json.js';
import { id, sql } from '../../sql/tag.js';
import type { RunContext, Sealing } from '../context.js';
import { inTransaction, warn } from '../context.js';
import { layout } from '../store/store.js';
import { filesOf, moveCursor, recordMissing, recordRows, recordSegment, retract, segmentFile } from './batches.js';
import type { LeftOut, StreamSchema } from './drift.js';
import { lacks } from './land_scan.js';

/** What pages of an API wait for before they become a segment. */
export const defaultSealing: Sealing = { rows: 100_000, bytes: 64 << 20, ms: 30_000 };

/** Takes the pages of one extraction and lands them in segments; a crash loses at most what waits for the next one. */
export interface Pages {
  readonly take: (page: Page) => Promise<void>;
  /**
   * Seals what waits and ends the extraction; after a sweep, what it did not meet is retracted.
   * @throws OnefoldError `SOURCE_SHORT` when fewer records arrived than the source declared
   */
  readonly end: (end: End) => Promise<void>;
  /** Seals what waits, where the extraction did not come to its end. */
  readonly close: () => Promise<void>;
}

interface Waiting {
  rows: number;
  bytes: number;
  since: number;
  cursor: unknown;
  sweep: string | null;
  /** Id of a record that is gone → the rows that waited when that was told. */
  gone: Map<string, number>;
  /** Column → values of it that were dropped, because the schema does not know it. */
  dropped: Map<string, number>;
}

const part = 'all';

/** Opens the landing of one extraction of a stream whose records come in pages. Nothing is written before the first page. */
export async function openPages(
  context: RunContext,
  stream: Stream,
  schema: StreamSchema,
  batchId: string,
  capabilities: Capabilities,
): Promise<Pages> {
  const { engine, project } = context;
  const here = sql`source = ${stream.source} AND stream = ${stream.stream}`;
  const spool = join(layout(project.store).temp, `${batchId}.ndjson`);
  const waiting: Waiting = { rows: 0, bytes: 0, since: 0, cursor: null, sweep: null, gone: new Map(), dropped: new Map() };
  const met = new Set<string>();
  let sealed = 0;
  let refused = false;
  const [first] = await engine.rows(sql`SELECT cursor FROM ops.cursors WHERE ${here} AND part = ${part}`, z.object({ cursor: z.string() }));

  const begun = await engine.rows(sql`SELECT DISTINCT sweep FROM ops.seen WHERE ${here}`, z.object({ sweep: z.string() }));

  const valuesDropped = schema.policy === 'discard_value' ? schema.contract(batchId) : null;

  const seal = async (): Promise<void> => {
    if (waiting.rows === 0 && waiting.gone.size === 0) return;
    sealed += 1;
    refused = true;
    const columns = await sealSegment(context, stream, schema, {
      batchId,
      segmentId: `${batchId}-${String(sealed).padStart(4, '0')}`,
      spool,
      waiting,
      key: capabilities.key,
    });
    refused = false;
    for (const column of columns) met.add(column);
    await rm(spool, { force: true });
    Object.assign(waiting, { rows: 0, bytes: 0, gone: new Map(), dropped: new Map() });
  };

  return {
    close: () => (refused ? Promise.resolve() : seal()),
    take: async (page) => {
      if (page.sweep !== waiting.sweep) await seal();
      if (waiting.rows === 0) waiting.since = performance.now();
      const kept = valuesDropped === null ? page.records : page.records.map((record) => pruned(record, valuesDropped, waiting.dropped));
      const text = kept.map((record) => `${JSON.stringify(record)}\n`).join('');
      await appendFile(spool, text);
      for (const key of page.gone ?? []) waiting.gone.set(idText(key), waiting.rows);
      waiting.rows += page.records.length;
      waiting.bytes += text.length;
      waiting.cursor = page.cursor;
      waiting.sweep = page.sweep;
      const { rows, bytes, ms } = context.sealing;
      if (waiting.rows >= rows || waiting.bytes >= bytes || performance.now() - waiting.since >= ms) await seal();
    },
    end: async (end) => {
      await seal();
      // Of a sweep that began in an earlier run, only a part was seen here.
      const resumed = begun.some(({ sweep }) => sweep === end.sweep);
      await endExtraction(context, stream, batchId, end, capabilities, resumed ? null : (first?.cursor ?? null), async () => {
        if (end.sweep === null || resumed || met.size === 0) return;
        const gone = await schema.saw(batchId, part, [...met], { landed: false, whole: true });
        for (const lack of lacks(context.project, stream, 'the source', [...met], gone))
          warn(context, `${stream.source}.${stream.stream}`, lack);
      });
    },
  };
}

/** A record without what its contract does not know; counts what is dropped. */
function pruned(record: SourceRecord, contract: readonly string[], dropped: Map<string, number>): SourceRecord {
  const names = Object.keys(record);
  const unknown = new Set(names.filter((name) => name.trim() !== '' && beyond(distinctNames([name]), contract).length > 0));
  if (unknown.size === 0) return record;
  for (const name of unknown)
    if (record[name] !== null && record[name] !== undefined && record[name] !== '') dropped.set(name, (dropped.get(name) ?? 0) + 1);
  return Object.fromEntries(Object.entries(record).filter(([name]) => !unknown.has(name)));
}

interface Sealed {
  readonly batchId: string;
  readonly segmentId: string;
  readonly spool: string;
  readonly waiting: Waiting;
  readonly key: Capabilities['key'];
}

/** Lands what waits as one segment; returns the columns that it had. @throws OnefoldError `SOURCE_BROKEN`, `SOURCE_DRIFTED` */
async function sealSegment(
  context: RunContext,
  stream: Stream,
  schema: StreamSchema,
  { batchId, segmentId, spool, waiting, key }: Sealed,
): Promise<readonly string[]> {
  const { engine, effects, project } = context;
  const name = `${stream.source}.${stream.stream}`;
  const file = join(project.store, segmentFile(stream, batchId, segmentId));
  const ingestedAt = effects.now();
  const batch = { batchId, part, version: null };
  const before = await filesOf(context, stream);
  let [columns, numbers]: [readonly string[], readonly string[]] = [[], []];
  let counted: z.output<typeof sorted> = { landed: 0, known: 0, discarded: 0 };
  let out: LeftOut = { rows: waiting.dropped.size, columns: waiting.dropped };
  if (waiting.rows > 0) {
    const shape = await jsonShape(engine, spool, 'ndjson');
    const lacking = (key ?? []).find((column) => !shape.columns.includes(column));
    if (lacking !== undefined)
      throw new OnefoldError('SOURCE_BROKEN', `the records of ${name} have no \`${lacking}\`, which should name them`);
    const contract = schema.contract(batchId);
    const unknown = contract === null ? [] : beyond(shape.columns, contract);
    if (schema.policy === 'freeze' && unknown.length > 0) await schema.refuse(part, unknown, []);
    await engine.run(sql`CREATE OR REPLACE TEMP TABLE scanned AS ${shape.relation}`);
    for (const statement of sortPages(before, key, unknown)) await engine.run(statement);
    const [count] = await engine.rows(countPages(), sorted);
    counted = count ?? counted;
    if (unknown.length > 0) out = await schema.beyond(sql`FROM scanned`, unknown);
    await mkdir(dirname(file), { recursive: true });
    await engine.run(
      writeSegment(
        landedPages(unknown),
        { segmentId, batchId, source: stream.source, stream: stream.stream, file: `${file}.tmp` },
        ingestedAt,
      ),
    );
    columns = beyond(shape.columns, unknown);
    numbers = within(shape.numbers, columns);
    if (counted.landed === 0) await rm(`${file}.tmp`);
    else await publishFile(effects, `segment:${name}:${segmentId}`, `${file}.tmp`, file);
  }
  await inTransaction(context, `landed:${name}:${segmentId}`, async () => {
    const outdated = waiting.rows === 0 ? 0 : await retract(context, stream, batchId, ingestedAt, outdatedPages(segmentId));
    const gone =
      waiting.gone.size === 0 || (before.length === 0 && waiting.rows === 0)
        ? 0
        : await retract(context, stream, batchId, ingestedAt, goneOf(before, key, waiting.gone, waiting.rows === 0 ? null : segmentId));
    const { landed, known, discarded } = counted;
    if (landed > 0) await recordSegment(context, stream, { segmentId, batchId, part, columns, numbers, landed, rejected: 0, ingestedAt });
    if (waiting.sweep !== null) await meet(context, stream, waiting.sweep, waiting.rows > 0);
    const { rows: read, bytes } = waiting;
    await recordRows(context, stream, { ...batch, bytes }, { read, landed, rejected: 0, known, discarded, retracted: outdated + gone });
    await schema.saw(batchId, part, columns, { landed: landed > 0, whole: false });
    await schema.left(part, out);
    await moveCursor(context, stream, batch, waiting.cursor);
  });
  for (const table of ['scanned', 'landing']) await engine.run(sql`DROP TABLE IF EXISTS ${id(table)}`);
  return columns;
}

/** What becomes of the rows of a segment. */
const sorted = z.object({ landed: z.number(), known: z.number(), discarded: z.number() });

/** Remembers which records a sweep has met; a sweep of another name begins anew. */
async function meet(context: RunContext, stream: Stream, sweep: string, rows: boolean): Promise<void> {
  const { engine } = context;
  await engine.run(sql`DELETE FROM ops.seen WHERE source = ${stream.source} AND stream = ${stream.stream} AND sweep <> ${sweep}`);
  if (rows) await engine.run(sql`INSERT INTO ops.seen SELECT ${stream.source}, ${stream.stream}, ${sweep}, id FROM landing`);
}

async function endExtraction(
  context: RunContext,
  stream: Stream,
  batchId: string,
  end: End,
  { key }: Capabilities,
  first: string | null,
  andThen: () => Promise<void>,
): Promise<void> {
  const { engine, effects } = context;
  const name = `${stream.source}.${stream.stream}`;
  const files = await filesOf(context, stream);
  const here = sql`source = ${stream.source} AND stream = ${stream.stream}`;
  const [met] = await engine.rows(
    sql`SELECT count(*)::DOUBLE AS n, count(DISTINCT id)::DOUBLE AS ids FROM ops.seen WHERE ${here} AND sweep = ${end.sweep}`,
    z.object({ n: z.number(), ids: z.number() }),
  );
  const arrived = key === null ? (met?.n ?? 0) : (met?.ids ?? 0);
  if (end.sweep !== null && end.total !== null && arrived < end.total) {
    // The next run reads from where this one began, so that what is missing is not passed over.
    await inTransaction(context, `short:${name}`, async () => {
      await engine.run(sql`DELETE FROM ops.seen WHERE ${here}`);
      await recordMissing(context, stream, (end.total ?? 0) - arrived);
      await moveCursor(context, stream, { batchId, part }, first === null ? null : JSON.parse(first));
    });
    throw new OnefoldError('SOURCE_SHORT', `${name} said that it has ${end.total} records and gave ${arrived}`, {
      hint: 'What came is landed and nothing was deleted; the next run reads the stream again.',
    });
  }
  await inTransaction(context, `end:${name}`, async () => {
    if (end.sweep !== null) {
      const retracted =
        files.length === 0 || arrived === 0 ? 0 : await retract(context, stream, batchId, effects.now(), unmet(files, key, stream));
      await recordRows(
        context,
        stream,
        { batchId, part, version: null, bytes: 0 },
        { read: 0, landed: 0, rejected: 0, known: 0, discarded: 0, retracted },
      );
      await engine.run(sql`DELETE FROM ops.seen WHERE ${here}`);
    }
    await andThen();
    await moveCursor(context, stream, { batchId, part }, end.cursor);
  });
  if (end.sweep !== null && arrived === 0 && files.length > 0) {
    throw new OnefoldError('SOURCE_SHORT', `${name} gave nothing, though it had records before`, {
      hint: 'Nothing was deleted. If the source is empty now, reset the stream.',
    });
  }
}
