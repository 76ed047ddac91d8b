import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { relative, resolve, sep } from 'node:path';
import { glob } from 'tinyglobby';
import { z } from 'zod';

/** A file as it lies there: its part name (path relative to the project, with `/`), and what tells a touched file from an untouched one. */
export interface FoundFile {
  readonly part: string;
  readonly path: string;
  readonly size: number;
  readonly stamp: string;
}

/** The cursor of a file: the digest of the content that was landed, and the stamp it had then. */
export const fileCursor = z.object({ version: z.string(), stamp: z.string() });

/** The files that a path or glob names now, sorted by part. */
export async function listFiles(projectDir: string, pattern: string): Promise<readonly FoundFile[]> {
  const literal = resolve(projectDir, pattern);
  const paths = (await isFile(literal))
    ? [literal]
    : await glob(pattern, { cwd: projectDir, absolute: true, onlyFiles: true, expandDirectories: false });
  const files = await Promise.all(paths.map((path) => describeFile(projectDir, path)));
  return files.sort((a, b) => (a.part < b.part ? -1 : 1));
}

/** Looks at one file. Size, times and inode together change whenever its content can have changed. */
export async function describeFile(projectDir: string, path: string): Promise<FoundFile> {
  const s = await stat(path, { bigint: true });
  return {
    part: relative(projectDir, path).split(sep).join('/'),
    path,
    size: Number(s.size),
    stamp: `${s.size}:${s.mtimeNs}:${s.ctimeNs}:${s.ino}`,
  };
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
