import { copyFile, mkdir, mkdtemp, rename, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { messageOf, OnefoldError } from '../../base/errors.js';
import type { Connector, ReadContext, Reading, StreamOptions } from '../contract.js';
import { isArchive, isLanded, memberPart, openArchive } from './archive.js';
import type { Readable } from './formats.js';
import { readableOf } from './formats.js';
import type { FoundFile, Piece } from './list.js';
import { contentVersion, fileCursor, isReadBy, listFiles, readingMark } from './list.js';
import type { FileStream } from './options.js';
import { fileSource, fileStream, isRemote } from './options.js';
import { keptObjects, listObjects } from './s3/objects.js';

/** Files on this machine or in an object store, by path or glob, plain, gzipped or in zip archives; a file is known by its content. */
export const file = {
  name: 'file' as const,
  options: fileSource,
  stream: fileStream,
  check: async (options: StreamOptions, context: ReadContext) => {
    const { path } = fileStream.parse(options.stream);
    const found = await piecesOf(options, context);
    if (found.length === 0) throw new OnefoldError('FILE_UNREADABLE', `no file at ${path}`);
    return `${found.length} ${found.length === 1 ? 'file' : 'files'} at ${path}`;
  },
  discover,
  read,
  capabilities: ({ stream }) => ({ key: null, ordered: false, blind: fileStream.parse(stream).mode === 'append' ? ['deletes'] : [] }),
  settle: async (options, context, commit) => {
    const stream = fileStream.parse(options.stream);
    if (stream.processed === undefined) return;
    const folder = resolve(context.projectDir, stream.processed);
    for (const found of await listFiles(context.projectDir, stream.path)) {
      const version = await landedVersion(found, stream, context);
      if (version !== null) await commit(`move:${found.part}`, () => moveInto(folder, found.path, version));
    }
  },
} satisfies Connector;

async function discover(options: StreamOptions, context: ReadContext): Promise<readonly string[] | null> {
  const stream = fileStream.parse(options.stream);
  return inScratch(context, async (scratch) => {
    const fetched = isRemote(stream.path) ? await folderForObjects(context, scratch) : scratch;
    const columns = new Set<string>();
    let looked = false;
    const look = async (piece: Piece, folder: string): Promise<void> => {
      const shape = async () => readable(piece, await piece.fetch(folder), stream, context, scratch);
      const found = piece.size === 0 ? null : await shape().catch(() => null);
      if (found === null) return;
      looked = true;
      for (const column of found.columns) columns.add(column);
    };
    for (const found of await piecesOf(options, context).catch(() => [])) {
      if (!isArchive(found.part)) await look(found, fetched);
      else {
        const members = async () => (await openArchive(found, await found.fetch(fetched), stream)).members;
        for (const member of await members().catch(() => [])) await look(member, scratch);
      }
    }
    return looked ? [...columns] : null;
  });
}

async function* read(options: StreamOptions, context: ReadContext): AsyncIterable<Reading> {
  const stream = fileStream.parse(options.stream);
  const found = await piecesOf(options, context);
  if (found.length === 0 && !(stream.processed !== undefined && context.cursors.size > 0)) {
    yield { kind: 'warning', message: `no file at ${stream.path}` };
  }
  const scratch = await scratchFolder(context);
  // What is there now, even where it can't be read: only what is gone for certain is retracted.
  const there = new Set<string>();
  try {
    for (const piece of found) {
      if (!isArchive(piece.part)) {
        there.add(piece.part);
        yield* readPiece(piece, stream, context, scratch);
      } else yield* readArchive(piece, stream, context, scratch, there);
    }
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
  if (stream.mode === 'replace' && stream.processed === undefined && found.length > 0) {
    for (const part of await partsBefore(context)) if (!there.has(part)) yield { kind: 'vanished', part };
  }
}

async function* readArchive(
  archive: Piece,
  stream: FileStream,
  context: ReadContext,
  scratch: string,
  there: Set<string>,
): AsyncIterable<Reading> {
  const before = landedMembers(archive, stream, context);
  const keep = (parts: Iterable<string>): void => {
    for (const part of parts) there.add(part);
  };
  if (isLanded(archive, stream, [...before.values()])) return keep(before.keys());
  const folder = await mkdtemp(join(scratch, 'archive-'));
  try {
    const { members, refused } = await openArchive(archive, await archive.fetch(folder), stream);
    keep(refused.map((r) => r.part));
    for (const { message } of refused) yield { kind: 'warning', message };
    for (const member of members) {
      there.add(member.part);
      yield* readPiece(member, stream, context, scratch);
    }
  } catch (cause) {
    const prefix = memberPart(archive.part, '');
    keep([...(await partsBefore(context))].filter((part) => part.startsWith(prefix)));
    yield { kind: 'warning', message: unreadable(archive.part, cause) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function* readPiece(piece: Piece, stream: FileStream, context: ReadContext, scratch: string): AsyncIterable<Reading> {
  const before = cursorOf(context, piece.part);
  const mark = readingMark(stream);
  if (before?.stamp === piece.stamp && isReadBy(before.version, mark)) return;
  const empty = `${piece.part} is empty${before !== undefined && stream.mode === 'replace' ? '; the rows that it had are kept' : ''}`;
  if (piece.size === 0) {
    yield { kind: 'warning', message: empty };
    return;
  }
  const folder = await mkdtemp(join(scratch, 'piece-'));
  try {
    const path = await piece.fetch(folder);
    const version = `${await contentVersion(path)}${mark}`;
    const cursor = { version, stamp: piece.stamp };
    if (before?.version === version || (stream.mode === 'append' && context.versions.has(version))) {
      yield { kind: 'known', part: piece.part, version, cursor };
      return;
    }
    const shape = await readable(piece, path, stream, context, folder);
    if (shape === null) {
      yield { kind: 'warning', message: empty };
      return;
    }
    const { remark, ...scan } = shape;
    const against = stream.mode === 'append' ? 'known' : 'replaced';
    const { confirm } = piece;
    yield {
      kind: 'scan',
      part: piece.part,
      version,
      cursor,
      bytes: piece.size,
      ...scan,
      against,
      mayBeEmpty: stream.may_be_empty,
      confirm,
    };
    const said = await remark?.();
    if (said !== undefined && said !== null) yield { kind: 'warning', message: `${piece.part}: ${said}` };
  } catch (cause) {
    yield { kind: 'warning', message: unreadable(piece.part, cause) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** How to read a piece, from where it lies. */
function readable(piece: Piece, path: string, stream: FileStream, context: ReadContext, folder: string): Promise<Readable | null> {
  return readableOf(piece.part, path, stream, context.engine, folder);
}

/** What is said of a piece that can't be read; our own errors continue the sentence that its name begins. */
function unreadable(part: string, cause: unknown): string {
  if (!(cause instanceof OnefoldError) || cause.code !== 'FILE_UNREADABLE') return `${part} could not be read: ${messageOf(cause)}`;
  return cause.message.startsWith(part) ? cause.message : `${part} ${cause.message}`;
}

async function piecesOf(options: StreamOptions, context: ReadContext): Promise<readonly Piece[]> {
  const stream = fileStream.parse(options.stream);
  return isRemote(stream.path)
    ? listObjects(fileSource.parse(options.source), stream.path, context)
    : listFiles(context.projectDir, stream.path);
}

/** The parts that the stream had: a cursor may have been forgotten while its rows stand. */
async function partsBefore(context: ReadContext): Promise<ReadonlySet<string>> {
  return new Set([...context.cursors.keys(), ...(await context.standing())]);
}

/** The members of an archive that were landed, each with the stamp of its cursor; an empty one if the options read it otherwise now. */
function landedMembers(archive: Piece, stream: FileStream, context: ReadContext): ReadonlyMap<string, string> {
  const [prefix, mark] = [memberPart(archive.part, ''), readingMark(stream)];
  const members = new Map<string, string>();
  for (const part of context.cursors.keys()) {
    const cursor = part.startsWith(prefix) ? cursorOf(context, part) : undefined;
    if (cursor !== undefined) members.set(part, isReadBy(cursor.version, mark) ? cursor.stamp : '');
  }
  return members;
}

/** The version of a file of which everything is committed, just as it lies there now; null for any other. */
async function landedVersion(found: FoundFile, stream: FileStream, context: ReadContext): Promise<string | null> {
  const cursor = cursorOf(context, found.part);
  const landed = isArchive(found.part)
    ? isLanded(found, stream, [...landedMembers(found, stream, context).values()])
    : cursor?.stamp === found.stamp;
  if (!landed) return null;
  const version = await contentVersion(found.path);
  return cursor === undefined || cursor.version === `${version}${readingMark(stream)}` ? version : null;
}

function cursorOf(context: ReadContext, part: string) {
  const parsed = fileCursor.safeParse(context.cursors.get(part));
  return parsed.success ? parsed.data : undefined;
}

/** A folder for what is needed while pieces are looked at: in the store if there is one. */
async function scratchFolder(context: ReadContext): Promise<string> {
  const here = await stat(context.tempDir).then(
    () => context.tempDir,
    () => tmpdir(),
  );
  return mkdtemp(join(here, 'onefold-'));
}

/** Objects are kept between a look at their columns and their reading, if the store is there to keep them. */
async function folderForObjects(context: ReadContext, scratch: string): Promise<string> {
  const kept = keptObjects(context);
  return mkdir(kept).then(
    () => kept,
    async () => ((await stat(kept).catch(() => null))?.isDirectory() === true ? kept : scratch),
  );
}

async function inScratch<T>(context: ReadContext, work: (scratch: string) => Promise<T>): Promise<T> {
  const scratch = await scratchFolder(context);
  try {
    return await work(scratch);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
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
