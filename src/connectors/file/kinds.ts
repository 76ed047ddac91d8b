import { open } from 'node:fs/promises';
import { OnefoldError } from '../../base/errors.js';
import { firstBytes, isGzipped } from './encoding.js';
import type { FileStream } from './options.js';

/** What files that are no text begin with, as hex, and what to do about them where text is expected. */
const kinds: readonly { readonly starts: string; readonly is: string }[] = [
  { starts: '504b0304', is: "is a workbook or a zip archive; name it so, or say `format: 'xlsx'`" },
  { starts: '50415231', is: "is a Parquet file; name it so, or say `format: 'parquet'`" },
  { starts: '1f8b', is: 'is gzipped; its name should end in `.gz`' },
  { starts: 'd0cf11e0', is: 'is a workbook of the old kind (.xls) or one with a password; save it as .xlsx without a password' },
  { starts: '25504446', is: 'is a PDF document' },
];

/**
 * Resolves when a file begins as one of its format does, so that a wrong name is said and not taken for damage.
 * @throws OnefoldError `FILE_UNREADABLE` when it does not
 */
export async function expectKind(path: string, format: NonNullable<FileStream['format']>): Promise<void> {
  if (isGzipped(path) && !(await startOf(path)).startsWith('1f8b')) throw unreadable('is not gzipped, though its name ends in `.gz`');
  const head = await firstBytes(path, 64);
  // What is packed is known by its first bytes as they lie there.
  const starts = format === 'parquet' ? await startOf(path) : head.subarray(0, 4).toString('hex');
  const page = /^(?:\xEF\xBB\xBF)?\s*<(?:!doctype html|html)[\s>]/i.test(head.toString('latin1'));
  if (page) throw unreadable('is a web page, perhaps one to sign in; fetch the file that it leads to');
  if (format === 'xlsx') {
    if (!/^504b|^d0cf11e0/.test(starts)) throw unreadable("is no workbook; where it is text, say `format: 'csv'`");
    return;
  }
  if (format === 'parquet') {
    if (!starts.startsWith('50415231') && !starts.startsWith('50415245')) throw unreadable('is no Parquet file');
    return;
  }
  const other = kinds.find((kind) => starts.startsWith(kind.starts));
  if (other !== undefined) throw unreadable(`${other.is}; it can't be read as ${format}`);
}

/** The first bytes as they lie there, as hex. */
async function startOf(path: string): Promise<string> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(4), 0, 4, 0);
    return buffer.subarray(0, bytesRead).toString('hex');
  } finally {
    await file.close();
  }
}

function unreadable(what: string): OnefoldError {
  return new OnefoldError('FILE_UNREADABLE', what);
}
