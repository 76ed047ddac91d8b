import { mkdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { publishFile } from '../../base/durable.js';
import { messageOf, OnefoldError } from '../../base/errors.js';
import { beyond, fitScan, within } from '../../bronze/contract.js';
import { countSegment, landedRows, standingRows, writeSegment } from '../../bronze/landing.js';
import type { Project, Stream } from '../../config/project.js';
import type { Scan } from '../../connectors/contract.js';
import { sourceRef, wantedSources } from '../../silver/sources.js';
import type { Sql } from '../../sql/tag.js';
import { sql } from '../../sql/tag.js';
import type { RunContext } from '../context.js';
import { inTransaction, warn } from '../context.js';
import { filesOf, moveCursor, recordRows, recordSegment, retract, segmentFile } from './batches.js';
import type { LeftOut, StreamSchema } from './drift.js';

/** Lands one part that the engine reads by itself. @throws OnefoldError `FILE_UNREADABLE`, `SOURCE_DRIFTED` */
export async function landScan(context: RunContext, stream: Stream, schema: StreamSchema, scan: Scan, batchId: string): Promise<void> {
  const { engine, effects, project } = context;
  const name = `${stream.source}.${stream.stream}`;
  const segmentId = `${batchId}-1`;
  const file = join(project.store, segmentFile(stream, batchId, segmentId));
  const aside = `${file}.tmp`;
  await mkdir(dirname(file), { recursive: true });
  const ingestedAt = effects.now();
  const target = { segmentId, batchId, source: stream.source, stream: stream.stream, file: aside };
  const before = await filesOf(context, stream, scan.part);
  const fit = await fitted(schema, scan, batchId);

  const attempt = async (given: Scan['relation']): Promise<{ read: number; known: number; out: LeftOut }> => {
    const relation = fit.relation(given);
    const out = await fit.leftOut(given);
    const discarded = schema.policy === 'discard_row' ? out.rows : 0;
    if (before.length === 0) {
      return { read: (await engine.run(writeSegment(relation, target, ingestedAt))) + discarded, known: 0, out };
    }
    const prior = scan.against === 'known' ? landedRows(before) : standingRows(before);
    await engine.run(sql`CREATE OR REPLACE TEMP TABLE scanned AS ${relation}`);
    await engine.run(sql`CREATE OR REPLACE TEMP TABLE prior AS ${prior}`);
    const [counted] = await engine.rows(
      sql`SELECT count(*)::DOUBLE AS read, count(*) FILTER (_raw_hash IN (SELECT _raw_hash FROM prior))::DOUBLE AS known FROM scanned`,
      z.object({ read: z.number(), known: z.number() }),
    );
    await engine.run(writeSegment(sql`SELECT * FROM scanned WHERE _raw_hash NOT IN (SELECT _raw_hash FROM prior)`, target, ingestedAt));
    return { read: (counted?.read ?? 0) + discarded, known: counted?.known ?? 0, out };
  };
  context.reading = { part: scan.part, bytes: scan.bytes };
  const { read, known, out } = await attempt(scan.relation)
    .catch(async (cause: unknown) => {
      if (scan.recover === null || !(cause instanceof OnefoldError)) throw cause;
      return attempt(await scan.recover());
    })
    .catch((cause: unknown) => {
      throw new OnefoldError('FILE_UNREADABLE', `${scan.part} could not be read: ${messageOf(cause)}`, { cause });
    })
    .finally(() => {
      context.reading = null;
    });
  if (read === 0 && scan.mayBeEmpty !== true) {
    await rm(dirname(file), { recursive: true });
    warn(
      context,
      name,
      `${scan.part} is empty${scan.against === 'replaced' && before.length > 0 ? '; the rows that it had are kept' : ''}`,
    );
    return;
  }
  await scan.confirm();
  const [held] = await engine.rows(countSegment(aside), z.object({ landed: z.number(), rejected: z.number() }));
  const { landed, rejected } = held ?? { landed: 0, rejected: 0 };
  const empty = landed + rejected === 0;
  const numbers = within(scan.numbers ?? [], fit.columns);
  if (empty) await rm(dirname(file), { recursive: true });
  else await publishFile(effects, `segment:${name}:${scan.part}`, aside, file);
  if (landed > 0) for (const lack of lacks(project, stream, scan.part, fit.columns)) warn(context, name, lack);

  await inTransaction(context, `landed:${name}:${scan.part}`, async () => {
    const retracted =
      scan.against === 'replaced' && before.length > 0
        ? await retract(
            context,
            stream,
            batchId,
            ingestedAt,
            sql`SELECT * FROM prior WHERE _raw_hash NOT IN (SELECT _raw_hash FROM scanned)`,
          )
        : 0;
    if (!empty)
      await recordSegment(context, stream, {
        segmentId,
        batchId,
        part: scan.part,
        columns: fit.columns,
        numbers,
        landed,
        rejected,
        ingestedAt,
      });
    await schema.saw(batchId, scan.part, fit.columns, { landed: landed > 0, whole: true });
    await schema.left(scan.part, out);
    const discarded = schema.policy === 'discard_row' ? out.rows : 0;
    await recordRows(context, stream, { batchId, ...scan }, { read, landed, rejected, known, discarded, retracted });
    await moveCursor(context, stream, { batchId, part: scan.part }, scan.cursor);
  });
}

/** How a scan is cut down to what the stream may land. @throws OnefoldError `SOURCE_DRIFTED` where its schema is frozen */
async function fitted(
  schema: StreamSchema,
  scan: Scan,
  batchId: string,
): Promise<{
  readonly columns: readonly string[];
  readonly relation: (given: Sql) => Sql;
  readonly leftOut: (given: Sql) => Promise<LeftOut>;
}> {
  const nothing = { rows: 0, columns: new Map<string, number>() };
  const contract = schema.contract(batchId);
  const asItIs = { columns: scan.columns, relation: (given: Sql) => given, leftOut: async () => nothing };
  if (schema.policy === 'evolve') return asItIs;
  const unknown = contract === null ? [] : beyond(scan.columns, contract);
  if (schema.policy === 'freeze') {
    const lacking = contract === null ? [] : beyond(contract, scan.columns);
    return unknown.length + lacking.length > 0 ? schema.refuse(scan.part, unknown, lacking) : asItIs;
  }
  const without = schema.policy === 'discard_row' ? 'rows' : 'values';
  return {
    columns: contract === null ? scan.columns : within(scan.columns, contract),
    relation: (given) => fitScan(given, scan.columns, contract ?? scan.columns, without),
    leftOut: async (given) => (unknown.length === 0 ? nothing : schema.beyond(given, unknown)),
  };
}

/** Content that is landed already stands under another name: its rows are known, and the name is remembered. */
export async function landKnown(
  context: RunContext,
  stream: Stream,
  reading: { readonly part: string; readonly version: string; readonly cursor: unknown },
  batchId: string,
): Promise<void> {
  const { engine } = context;
  const [batch] = await engine.rows(
    sql`SELECT max(rows_read)::DOUBLE AS rows FROM ops.batches
    WHERE source = ${stream.source} AND stream = ${stream.stream} AND version = ${reading.version}`,
    z.object({ rows: z.number() }),
  );
  const rows = batch?.rows ?? 0;
  await inTransaction(context, `known:${stream.source}.${stream.stream}:${reading.part}`, async () => {
    await recordRows(
      context,
      stream,
      { batchId, ...reading, bytes: 0 },
      { read: rows, landed: 0, rejected: 0, known: rows, discarded: 0, retracted: 0 },
    );
    await moveCursor(context, stream, { batchId, part: reading.part }, reading.cursor);
  });
}

/** A part is gone: all its standing rows are retracted, and its cursor is forgotten. */
export async function landVanished(context: RunContext, stream: Stream, part: string, batchId: string): Promise<void> {
  const { effects } = context;
  const before = await filesOf(context, stream, part);
  await inTransaction(context, `vanished:${stream.source}.${stream.stream}:${part}`, async () => {
    const retracted = before.length === 0 ? 0 : await retract(context, stream, batchId, effects.now(), standingRows(before));
    await recordRows(
      context,
      stream,
      { batchId, part, version: null, bytes: 0 },
      { read: 0, landed: 0, rejected: 0, known: 0, discarded: 0, retracted },
    );
    await moveCursor(context, stream, { batchId, part }, null);
  });
}

/** What tables read that a part lacks: other parts have it, or had it, so its rows get a null that nobody wrote. */
export function lacks(
  project: Project,
  stream: Stream,
  part: string,
  columns: readonly string[],
  gone: readonly string[] | null = null,
): readonly string[] {
  return project.tables
    .filter((t) => t.source === stream.source && t.stream === stream.stream)
    .flatMap((table) =>
      wantedSources(table)
        .filter(({ column, from }) => !column.common.optional && sourceRef(from, columns) === null)
        .filter(({ from }) => gone === null || sourceRef(from, gone) !== null)
        .map(
          ({ from }) =>
            `${part} has no column \`${from}\`, which table ${table.name} reads: it is null there. Say \`optional: true\` if it may be missing`,
        ),
    );
}
