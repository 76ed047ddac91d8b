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

/**
 * Publishes a finished file under its final name: synced, renamed, and the folder synced, so that after a power cut
 * the name holds either the whole file or what it held before.
 */
export async function publishFile(effects: Effects, name: string, from: string, to: string): Promise<void> {
  await sync(from);
  await mkdir(dirname(to), { recursive: true });
  await effects.commit(name, async () => {
    await rename(from, to);
    await sync(dirname(to));
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
