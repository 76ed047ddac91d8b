import { isUtf8 } from 'node:buffer';
import { createReadStream, createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { OnefoldError } from '../../base/errors.js';

/** Whether text in an encoding of this name can be read. */
export function isEncoding(name: string): boolean {
  if (ours.has(name.toLowerCase())) return true;
  try {
    return new TextDecoder(name).encoding !== 'replacement';
  } catch {
    return false;
  }
}

/** Names that we read ourselves: the Encoding Standard takes every Latin-1 for windows-1252. */
const ours = new Set(['auto', 'utf-16', 'latin-1', 'latin1', 'iso-8859-1']);

/**
 * A file of text as plain UTF-8: the file itself where the engine reads it as it is, else a copy in `folder`. Bytes that
 * the encoding has no character for are copied as they are, so that their row counts as damaged and none is lost.
 * `mark` says whether the reader copes with a byte order mark.
 * @throws OnefoldError `FILE_UNREADABLE` for UTF-32
 */
export async function asUtf8(path: string, declared: string, folder: string, mark: 'kept' | 'removed'): Promise<string> {
  const head = await firstBytes(path, 4);
  const marked = markOf(head);
  if (marked === 'utf-32') throw new OnefoldError('FILE_UNREADABLE', 'is written in UTF-32', { hint: 'Save it as UTF-8.' });
  const encoding = marked ?? (await settled(path, declared.toLowerCase()));
  // The engine knows a gzipped file by its ending, and only this one.
  const readable = path.endsWith('.gz') || !isGzipped(path);
  if (encoding === 'utf-8' && readable && (marked === null || mark === 'kept')) return path;
  const copy = join(folder, 'utf8.txt');
  await pipeline(Readable.from(transcoded(path, encoding, marked !== null && mark === 'removed')), createWriteStream(copy));
  return copy;
}

/** At least so many bytes of a file, decompressed, or all it has. */
export async function firstBytes(path: string, count: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of openBytes(path)) {
    chunks.push(chunk);
    size += chunk.length;
    if (size >= count) break;
  }
  return Buffer.concat(chunks);
}

/** The bytes of a file, decompressed where its name ends in `.gz`. */
export function openBytes(path: string): AsyncIterable<Uint8Array> {
  const file = createReadStream(path, { highWaterMark: 1 << 18 });
  if (!isGzipped(path)) return file;
  const unzipped = createGunzip();
  file.on('error', (error) => unzipped.destroy(error));
  unzipped.on('close', () => file.destroy());
  return file.pipe(unzipped);
}

/** Whether a name says that the file is gzipped. */
export function isGzipped(name: string): boolean {
  return /\.gz$/i.test(name);
}

/** The encoding that the first bytes tell by themselves. */
function markOf(head: Buffer): string | null {
  const hex = head.subarray(0, 4).toString('hex');
  if (hex === 'fffe0000' || hex === '0000feff') return 'utf-32';
  if (hex.startsWith('fffe')) return 'utf-16le';
  if (hex.startsWith('feff')) return 'utf-16be';
  return hex.startsWith('efbbbf') ? 'utf-8' : null;
}

/** What a declared name means for this file. */
async function settled(path: string, declared: string): Promise<string> {
  if (declared === 'auto') return (await isWhollyUtf8(path)) ? 'utf-8' : 'windows-1252';
  if (declared === 'utf-16') return 'utf-16le';
  return ours.has(declared) ? 'latin-1' : new TextDecoder(declared).encoding;
}

async function isWhollyUtf8(path: string): Promise<boolean> {
  let rest: Uint8Array = Buffer.alloc(0);
  for await (const chunk of openBytes(path)) {
    const bytes = Buffer.concat([rest, chunk]);
    const end = completeEnd(bytes);
    if (!isUtf8(bytes.subarray(0, end))) return false;
    rest = bytes.subarray(end);
  }
  return isUtf8(rest);
}

/** Where the last character that may go on in the next chunk begins. */
function completeEnd(bytes: Uint8Array): number {
  let at = bytes.length;
  while (at > 0 && at > bytes.length - 3 && ((bytes[at - 1] ?? 0) & 0xc0) === 0x80) at -= 1;
  return at > 0 && (bytes[at - 1] ?? 0) >= 0xc0 ? at - 1 : bytes.length;
}

async function* transcoded(path: string, encoding: string, withoutMark: boolean): AsyncIterable<Uint8Array> {
  if (encoding === 'utf-8') {
    let skip = withoutMark ? 3 : 0;
    for await (const chunk of openBytes(path)) {
      const from = Math.min(skip, chunk.length);
      skip -= from;
      yield chunk.subarray(from);
    }
  } else if (isSingleByte(encoding)) {
    const table = characters(encoding);
    for await (const chunk of openBytes(path)) yield translated(chunk, table);
  } else {
    // The decoder leaves the mark out by itself.
    const decoder = new TextDecoder(encoding);
    const stray = Buffer.from([0xff]);
    const written = (text: string): Buffer => {
      const pieces = encoding.startsWith('utf-16') ? [text] : text.split('\uFFFD');
      return Buffer.concat(pieces.flatMap((piece, i) => (i === 0 ? [Buffer.from(piece)] : [stray, Buffer.from(piece)])));
    };
    for await (const chunk of openBytes(path)) yield written(decoder.decode(chunk, { stream: true }));
    yield written(decoder.decode());
  }
}

function isSingleByte(encoding: string): boolean {
  return encoding === 'latin-1' || /^(ibm866|iso-8859-\d+(-i)?|koi8-[ru]|macintosh|windows-\d+|x-mac-cyrillic)$/.test(encoding);
}

/** The characters 0x80 to 0x9f of windows-1252: the decoder of Node 20 takes them for those of Latin-1. */
const windows1252 = '€\x81‚ƒ„…†‡ˆ‰Š‹Œ\x8dŽ\x8f\x90‘’“”•–—˜™š›œ\x9džŸ';

/** The UTF-8 bytes of each of the 256 bytes; a byte without character stands for itself. */
function characters(encoding: string): readonly Uint8Array[] {
  return Array.from({ length: 256 }, (_, byte) => {
    const raw = Buffer.from([byte]);
    if (encoding === 'latin-1') return Buffer.from(raw.toString('latin1'));
    if (encoding === 'windows-1252' && byte >= 0x80 && byte <= 0x9f) return Buffer.from(windows1252.charAt(byte - 0x80));
    const text = new TextDecoder(encoding).decode(raw);
    return text === '\uFFFD' ? raw : Buffer.from(text);
  });
}

function translated(chunk: Uint8Array, table: readonly Uint8Array[]): Uint8Array {
  const out = Buffer.allocUnsafe(chunk.length * 3);
  let end = 0;
  for (const byte of chunk) {
    if (byte < 0x80) {
      out[end++] = byte;
      continue;
    }
    for (const one of table[byte] ?? []) out[end++] = one;
  }
  return out.subarray(0, end);
}
