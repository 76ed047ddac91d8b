import { createWriteStream } from 'node:fs';
import { join, posix } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { endingOf, formatOfName } from './formats.js';
import { globPattern } from './globs.js';
import type { Piece } from './list.js';
import type { FileStream } from './options.js';
import type { Named } from './zip.js';
import { isBomb, tooLarge, withZip } from './zip.js';

/** What a stream reads of an archive: its members, and what is said of those that can't be read. */
export interface Archive {
  readonly members: readonly Piece[];
  readonly refused: readonly { readonly part: string; readonly message: string }[];
}

/** Whether a name is that of an archive. */
export function isArchive(name: string): boolean {
  return /\.zip$/i.test(name);
}

/** The part of a member of an archive. */
export function memberPart(archive: string, member: string): string {
  return `${archive}!${member}`;
}

/**
 * Whether what was landed of an archive, by the stamps of its members' cursors, is all that it has for this stream: a stamp tells
 * how many members there are, so an archive that did not change need not be opened, nor fetched.
 */
export function isLanded(archive: Piece, stream: FileStream, stamps: readonly string[]): boolean {
  const whole = memberStamp(archive, stream, stamps.length);
  return stamps.length > 0 && stamps.every((stamp) => stamp === whole);
}

/**
 * Looks into an archive that lies on this machine. Nothing is unpacked but what a member's `fetch` is asked for, and that under
 * a name of our own.
 * @throws OnefoldError `FILE_UNREADABLE` where it is no sound zip archive
 */
export async function openArchive(archive: Piece, path: string, stream: FileStream): Promise<Archive> {
  const entries = await withZip(path, async (zip) => zip.entries);
  const wanted = entries.filter(({ name }) => isWanted(name, stream));
  if (wanted.length === 0) {
    return { members: [], refused: [{ part: archive.part, message: `${archive.part} has no member ${lacking(entries, stream)}` }] };
  }
  const stamp = memberStamp(archive, stream, wanted.length);
  const judged = wanted.map((member) => ({ ...member, part: memberPart(archive.part, member.name), refusal: refusal(member, wanted) }));
  return {
    members: judged
      .filter((m) => m.refusal === null)
      .map(({ part, name, entry }) => ({
        part,
        size: entry.uncompressedSize,
        stamp,
        fetch: (folder: string) => unpack(path, name, join(folder, `member${endingOf(name)}`)),
        confirm: archive.confirm,
      }))
      .sort((a, b) => (a.part < b.part ? -1 : 1)),
    refused: judged.flatMap(({ part, name, refusal: why }) =>
      why === null ? [] : [{ part, message: `${archive.part}: member ${shown(name)} ${why}` }],
    ),
  };
}

/** Members that nobody meant to send are passed over: what macOS leaves, and files without a known ending. */
function isWanted(name: string, stream: FileStream): boolean {
  const base = posix.basename(name);
  if (name.startsWith('__MACOSX/') || base.startsWith('._') || base === '.DS_Store') return false;
  if (stream.member !== undefined) return globPattern(stream.member).test(stream.member.includes('/') ? name : base);
  const format = formatOfName(name);
  if (stream.format === undefined) return format !== null || isArchive(name);
  return format === stream.format || (stream.format === 'csv' && (format === 'tsv' || /\.txt(\.gz)?$/i.test(name)));
}

/** Why a member can't be read, or null. */
function refusal({ name, strays, entry }: Named, all: readonly Named[]): string | null {
  if (strays) return 'has a path that leads out of the archive; it was not read';
  if (entry.isEncrypted()) return 'is encrypted; it was not read';
  if (isArchive(name)) return 'is an archive itself; it was not read';
  if (!entry.canDecodeFileData()) return `is packed by method ${entry.compressionMethod}, which can't be unpacked; it was not read`;
  if (all.filter((other) => other.name === name).length > 1) return 'is there more than once; none of them was read';
  return isBomb(entry.uncompressedSize, entry.compressedSize) ? tooLarge : null;
}

function memberStamp(archive: Piece, stream: FileStream, members: number): string {
  return `${archive.stamp}|${stream.member ?? stream.format ?? ''}|${members}`;
}

function unpack(path: string, name: string, to: string): Promise<string> {
  return withZip(path, async (zip) => {
    const found = zip.entries.find((e) => e.name === name);
    if (found !== undefined) await pipeline(await zip.stream(found.entry), createWriteStream(to));
    return to;
  });
}

function lacking(entries: readonly Named[], stream: FileStream): string {
  const there = entries.slice(0, 5).map((e) => shown(e.name));
  const more = entries.length > there.length ? ` and ${entries.length - there.length} more` : '';
  const what = stream.member === undefined ? 'whose ending names a format; say which with `member`' : `that matches \`${stream.member}\``;
  return `${what} (it has ${there.length === 0 ? 'none at all' : `${there.join(', ')}${more}`})`;
}

/** A name of a member, fit for a message. */
function shown(name: string): string {
  return JSON.stringify(name.slice(0, 200));
}
