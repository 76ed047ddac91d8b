import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { relative, resolve, sep } from 'node:path';
import { z } from 'zod';
import { OnefoldError } from '../../base/errors.js';
import type { FileStream } from './options.js';

/** A piece of a stream: a file here, an object of a store, or a member of an archive. */
export interface Piece {
  /** Path relative to the project with `/`, address of an object, or `archive!member`. */
  readonly part: string;
  /** In bytes. */
  readonly size: number;
  /** What tells a touched piece from an untouched one. */
  readonly stamp: string;
  /** Where it lies on this machine; what must be brought here first is put below `folder`. */
  readonly fetch: (folder: string) => Promise<string>;
  /** Resolves when it still is what `stamp` says. @throws OnefoldError `FILE_UNREADABLE` when it changed meanwhile */
  readonly confirm: () => Promise<void>;
}

/** A file on this machine. */
export interface FoundFile extends Piece {
  readonly path: string;
}

/** The cursor of a piece: the digest of the content that was landed, with the mark of how it was read, and the stamp it had then. */
export const fileCursor = z.object({ version: z.string(), stamp: z.string() });

/** The files that a path or glob names now, sorted by part. */
export async function listFiles(projectDir: string, pattern: string): Promise<readonly FoundFile[]> {
  const literal = resolve(projectDir, pattern);
  const paths = (await isFile(literal)) ? [literal] : await globbed(projectDir, pattern);
  const files = await Promise.all(paths.map((path) => describeFile(projectDir, path)));
  return files.sort((a, b) => (a.part < b.part ? -1 : 1));
}

async function globbed(projectDir: string, pattern: string): Promise<readonly string[]> {
  const { glob } = await import('tinyglobby');
  return glob(pattern, { cwd: projectDir, absolute: true, onlyFiles: true, expandDirectories: false });
}

/** Looks at one file. Size, times and inode together change whenever its content can have changed. */
async function describeFile(projectDir: string, path: string): Promise<FoundFile> {
  const { size, stamp } = await stampOf(path);
  const part = relative(projectDir, path).split(sep).join('/');
  return {
    part,
    path,
    size,
    stamp,
    fetch: async () => path,
    confirm: async () => {
      const now = await stampOf(path).catch(() => null);
      if (now?.stamp !== stamp) throw changed(part);
    },
  };
}

/** What is thrown where a piece is not what it was when reading began. */
export function changed(part: string): OnefoldError {
  return new OnefoldError('FILE_UNREADABLE', `${part} changed while it was read`, { hint: 'Build again once it is complete.' });
}

async function stampOf(path: string): Promise<{ readonly size: number; readonly stamp: string }> {
  const s = await stat(path, { bigint: true });
  return { size: Number(s.size), stamp: `${s.size}:${s.mtimeNs}:${s.ctimeNs}:${s.ino}` };
}

/** How the options of a stream read a file, as the end of its version: empty where none is declared, so that other options read it anew. */
export function readingMark(stream: FileStream): string {
  const { format, delimiter, quote, header, columns, encoding, records, sheet, header_row, range } = stream;
  const usual = quote === '"' && header && encoding === 'utf-8';
  const declared = [format, delimiter, columns, records, sheet, header_row, range, usual ? undefined : [quote, header, encoding]];
  if (declared.every((d) => d === undefined)) return '';
  return `.${createHash('md5').update(JSON.stringify(declared)).digest('hex').slice(0, 12)}`;
}

/** Whether a version was read with these options. */
export function isReadBy(version: string, mark: string): boolean {
  return version.slice(64) === mark;
}

/** The SHA-256 of a file's bytes, as hex. */
export async function contentVersion(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(chunk);
  return hash.digest('hex');
}

async function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (s) => s.isFile(),
    () => false,
  );
}
