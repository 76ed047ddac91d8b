import { mkdir, open, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Effects } from './effects.js';

/** Waits until a file or folder is on the disk. */
async function sync(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** So many files and folders are waited for at once: the disk takes one after another, but the wait is for all of them. */
const atOnce = 16;

/** Waits for many files or folders. */
async function syncAll(paths: readonly string[]): Promise<void> {
  for (let i = 0; i < paths.length; i += atOnce) await Promise.all(paths.slice(i, i + atOnce).map(sync));
}

/**
 * Publishes a finished file under its final name: synced, renamed, and the folder synced, so that after a power cut
 * the name holds either the whole file or what it held before.
 */
export async function publishFile(effects: Effects, name: string, from: string, to: string): Promise<void> {
  await publishFiles(effects, name, [{ from, to }]);
}

/** Publishes finished files as one act. What cuts it off may leave some of the names as they were: they must mean nothing until all are there. */
export async function publishFiles(
  effects: Effects,
  name: string,
  files: readonly { readonly from: string; readonly to: string }[],
): Promise<void> {
  await syncAll(files.map((file) => file.from));
  const folders = [...new Set(files.map((file) => dirname(file.to)))];
  for (const folder of folders) await mkdir(folder, { recursive: true });
  await effects.commit(name, async () => {
    for (const { from, to } of files) await rename(from, to);
    await syncAll(folders);
  });
}

/** Replaces a text file as one act: readers see the old text or the new, never a part. */
export async function replaceText(effects: Effects, name: string, path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const aside = `${path}.tmp`;
  const handle = await open(aside, 'w');
  try {
    await handle.writeFile(text, 'utf8');
  } finally {
    await handle.close();
  }
  await publishFile(effects, name, aside, path);
}
