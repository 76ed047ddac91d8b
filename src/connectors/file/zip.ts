import type { Readable } from 'node:stream';
import { pipeline, Transform } from 'node:stream';
import { crc32, createInflateRaw } from 'node:zlib';
import type { Entry } from 'yauzl';
import { messageOf, OnefoldError } from '../../base/errors.js';

/** A file of a zip archive, by the name that it has there: nothing says that the name is a decent one. */
export interface Named {
  readonly name: string;
  /** Whether the name leads out of the archive. */
  readonly strays: boolean;
  readonly entry: Entry;
}

/** An archive that is open for reading. */
export interface Zip {
  readonly entries: readonly Named[];
  /** The unpacked bytes of an entry; they end with an error where it is damaged, or unpacks to far more than it should. */
  readonly stream: (entry: Entry) => Promise<Readable>;
}

/** What an entry may unpack to, in bytes, whatever its packed size; beyond that it may be at most `mostRatio` times as large. */
const freeSize = 1 << 30;
const mostRatio = 200;

/** What is said of an entry that `isBomb`. */
export const tooLarge = `would unpack to more than ${mostRatio} times its size; it was not read`;

/** Whether an entry unpacks to more than any honest data does. */
export function isBomb(size: number, packed: number): boolean {
  return size > freeSize && size > packed * mostRatio;
}

/**
 * Opens an archive while `work` reads it.
 * @throws OnefoldError `FILE_UNREADABLE` where it is no sound zip archive
 */
export async function withZip<T>(path: string, work: (zip: Zip) => Promise<T>): Promise<T> {
  const { getFileNameLowLevel, openPromise, validateFileName } = await import('yauzl');
  const file = await openPromise(path, { autoClose: false, decodeStrings: false }).catch((cause: unknown) => {
    throw new OnefoldError('FILE_UNREADABLE', `is no sound zip archive: ${messageOf(cause)}`, { cause });
  });
  try {
    const entries: Named[] = [];
    try {
      for await (const entry of file.eachEntry()) {
        const name = getFileNameLowLevel(entry.generalPurposeBitFlag, entry.fileNameRaw, entry.extraFields, false);
        if (!name.endsWith('/')) entries.push({ name, strays: validateFileName(name) !== null || name.includes('\0'), entry });
      }
    } catch (cause) {
      throw new OnefoldError('FILE_UNREADABLE', `has a damaged list of members: ${messageOf(cause)}`, { cause });
    }
    return await work({
      entries,
      stream: async (entry) => unpacked(await file.openReadStreamPromise(entry, { decodeFileData: false }), entry),
    });
  } finally {
    file.close();
  }
}

/** Unpacks an entry. What an archive tells may be a lie, so bytes are counted as they come, and their checksum is compared. */
function unpacked(raw: Readable, entry: Entry): Readable {
  let size = 0;
  let sum = 0;
  const checked = new Transform({
    transform: (chunk: Uint8Array, _, done) => {
      size += chunk.length;
      sum = crc32(chunk, sum);
      if (isBomb(size, entry.compressedSize)) done(new OnefoldError('FILE_UNREADABLE', tooLarge));
      else done(null, chunk);
    },
    flush: (done) => {
      const sound = size === entry.uncompressedSize && sum === entry.crc32;
      done(sound ? null : new OnefoldError('FILE_UNREADABLE', 'is damaged: it unpacks to something else than the archive says'));
    },
  });
  const stages = entry.compressionMethod === 0 ? [raw, checked] : [raw, createInflateRaw(), checked];
  // Whoever reads the last stage gets the error of any of them.
  pipeline(stages, () => undefined);
  return checked;
}
