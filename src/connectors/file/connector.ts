import { copyFile, mkdir, rename, rm, stat } from 'node:fs/promises';
import { basename, extname, join, resolve } from 'node:path';
import { z } from 'zod';
import { messageOf, OnefoldError } from '../../base/errors.js';
import type { Connector, ReadContext, Reading, StreamOptions } from '../contract.js';
import { csvRelation, csvShape, damagedCsvRelation } from './csv.js';
import { damagedJsonShape, hasRecords, jsonShape } from './json.js';
import type { FoundFile } from './list.js';
import { contentVersion, describeFile, fileCursor, listFiles } from './list.js';
import type { FileStream } from './options.js';
import { fileStream } from './options.js';

/** Files on this machine: csv, json and ndjson, plain or gzipped, by path or glob; a file is known by its content. */
export const file = {
  name: 'file' as const,
  options: z.object({}),
  stream: fileStream,
  check: async (options: StreamOptions, context: ReadContext) => {
    const { path } = fileStream.parse(options.stream);
    const files = await listFiles(context.projectDir, path);
    if (files.length === 0) throw new OnefoldError('FILE_UNREADABLE', `no file at ${path}`);
    return `${files.length} ${files.length === 1 ? 'file' : 'files'} at ${path}`;
  },
  discover: async (options: StreamOptions, context: ReadContext) => {
    const stream = fileStream.parse(options.stream);
    const columns = new Set<string>();
    let looked = false;
    for (const found of await listFiles(context.projectDir, stream.path)) {
      const shape = found.size === 0 ? null : await columnsOf(found, stream, context).catch(() => null);
      if (shape === null) continue;
      looked = true;
      for (const column of shape) columns.add(column);
    }
    return looked ? [...columns] : null;
  },
  read,
  capabilities: () => ({ key: null, ordered: false }),
  settle: async (options, context, commit) => {
    const stream = fileStream.parse(options.stream);
    if (stream.processed === undefined) return;
    const folder = resolve(context.projectDir, stream.processed);
    for (const found of await listFiles(context.projectDir, stream.path)) {
      const cursor = cursorOf(context, found.part);
      if (cursor?.stamp === found.stamp && cursor.version === (await contentVersion(found.path))) {
        await commit(`move:${found.part}`, () => moveInto(folder, found.path, cursor.version));
      }
    }
  },
} satisfies Connector;

async function* read(options: StreamOptions, context: ReadContext): AsyncIterable<Reading> {
  const stream = fileStream.parse(options.stream);
  const files = await listFiles(context.projectDir, stream.path);
  if (files.length === 0 && !(stream.processed !== undefined && context.cursors.size > 0)) {
    yield { kind: 'warning', message: `no file at ${stream.path}` };
  }
  for (const found of files) {
    const before = cursorOf(context, found.part);
    if (before?.stamp === found.stamp) continue;
    if (found.size === 0) {
      yield { kind: 'warning', message: `${found.part} is empty` };
      continue;
    }
    const version = await contentVersion(found.path);
    const cursor = { version, stamp: found.stamp };
    if (before?.version === version || (stream.mode === 'append' && context.versions.has(version))) {
      yield { kind: 'known', part: found.part, version, cursor };
      continue;
    }
    const shape = await relationOf(found, stream, context);
    if (shape === null) {
      yield { kind: 'warning', message: `${found.part} is empty` };
      continue;
    }
    if (typeof shape === 'string') {
      yield { kind: 'warning', message: shape };
      continue;
    }
    yield {
      kind: 'scan',
      part: found.part,
      version,
      cursor,
      bytes: found.size,
      ...shape,
      against: stream.mode === 'append' ? 'known' : 'replaced',
      confirm: async () => {
        const now = await describeFile(context.projectDir, found.path).catch(() => null);
        if (now?.stamp !== found.stamp)
          throw new OnefoldError('FILE_UNREADABLE', `${found.part} changed while it was read`, {
            hint: 'Build again once it is complete.',
          });
      },
    };
  }
  if (stream.mode === 'replace' && stream.processed === undefined && files.length > 0) {
    const there = new Set(files.map((f) => f.part));
    for (const part of context.cursors.keys()) if (!there.has(part)) yield { kind: 'vanished', part };
  }
}

type Readable = Pick<Extract<Reading, { kind: 'scan' }>, 'columns' | 'relation' | 'recover'>;

/** How to read a file; null when it holds nothing, a text when it can't be read and why. */
async function relationOf(found: FoundFile, stream: FileStream, context: ReadContext): Promise<Readable | string | null> {
  const format = formatOf(found.path, stream);
  if (format === 'csv') {
    const shape = await csvShape(found.path, stream);
    if (shape === null) return null;
    return {
      columns: shape.columns,
      ...(shape.plainHeader
        ? {
            relation: csvRelation(found.path, shape, stream),
            recover: () => damagedCsvRelation(found.path, shape, stream, context.tempDir),
          }
        : { relation: await damagedCsvRelation(found.path, shape, stream, context.tempDir), recover: null }),
    };
  }
  try {
    if (format === 'json' && stream.records !== undefined && !(await hasRecords(context.engine, found.path, stream.records))) {
      return `${found.part} has no array at \`${stream.records}\``;
    }
    return { ...(await jsonShape(context.engine, found.path, format, stream.records)), recover: null };
  } catch (cause) {
    if (!(cause instanceof OnefoldError)) return `${found.part} could not be read: ${messageOf(cause)}`;
    return { ...(await damagedJsonShape(context.engine, found.path, format, context.tempDir)), recover: null };
  }
}

async function columnsOf(found: FoundFile, stream: FileStream, context: ReadContext): Promise<readonly string[] | null> {
  const format = formatOf(found.path, stream);
  if (format === 'csv') return (await csvShape(found.path, stream))?.columns ?? null;
  return (await jsonShape(context.engine, found.path, format, stream.records)).columns;
}

function formatOf(path: string, stream: FileStream): 'csv' | 'json' | 'ndjson' {
  if (stream.format !== undefined) return stream.format;
  const ending = extname(path.replace(/\.gz$/, '')).toLowerCase();
  return ending === '.json' ? 'json' : ending === '.ndjson' || ending === '.jsonl' ? 'ndjson' : 'csv';
}

function cursorOf(context: ReadContext, part: string) {
  const parsed = fileCursor.safeParse(context.cursors.get(part));
  return parsed.success ? parsed.data : undefined;
}

/** Moves a file into a folder; another file of that name with other content keeps its place, and this one gets a mark. */
async function moveInto(folder: string, from: string, version: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  let to = join(folder, basename(from));
  const taken = await stat(to).then(
    () => true,
    () => false,
  );
  if (taken && (await contentVersion(to)) !== version) to = join(folder, `${version.slice(0, 8)}-${basename(from)}`);
  await rename(from, to).catch(async (cause: NodeJS.ErrnoException) => {
    if (cause.code !== 'EXDEV') throw cause;
    await copyFile(from, to);
    await rm(from);
  });
}
