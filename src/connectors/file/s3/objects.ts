import { createHash } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { OnefoldError } from '../../../base/errors.js';
import type { ReadContext } from '../../contract.js';
import { isGzipped } from '../encoding.js';
import { globPattern, globPrefix } from '../globs.js';
import type { Piece } from '../list.js';
import { changed } from '../list.js';
import type { FileSource } from '../options.js';
import { answerOf } from './answers.js';
import type { Store } from './store.js';
import { openStore, request } from './store.js';

/**
 * The objects that an address or glob such as `s3://bucket/prefix/*.csv` names now, sorted by part. An object is known by its
 * etag and size, so one that did not change costs its share of the listing and no more.
 * @throws OnefoldError `FILE_UNREADABLE` when the store refuses or can't be reached, `SECRET_MISSING` without credentials
 */
export async function listObjects(source: FileSource, address: string, context: ReadContext): Promise<readonly Piece[]> {
  const [, bucket = '', key = ''] = /^s3:\/\/([^/]+)\/?(.*)$/is.exec(address) ?? [];
  if (bucket === '' || key === '') {
    throw new OnefoldError('FILE_UNREADABLE', `${address} names no objects`, { hint: 'Write s3://bucket/key, with or without a glob.' });
  }
  const store = await openStore(source, bucket, context);
  const pattern = globPattern(key);
  const pieces: Piece[] = [];
  for await (const object of listing(store, globPrefix(key))) {
    if (object.key.endsWith('/') || !(object.key === key || pattern.test(object.key))) continue;
    pieces.push(pieceOf(store, object, context));
  }
  return pieces.sort((a, b) => (a.part < b.part ? -1 : 1));
}

interface StoredObject {
  readonly key: string;
  readonly etag: string;
  readonly size: number;
}

async function* listing(store: Store, prefix: string): AsyncIterable<StoredObject> {
  let token: string | undefined;
  do {
    const query = { 'list-type': '2', prefix, 'encoding-type': 'url', ...(token === undefined ? {} : { 'continuation-token': token }) };
    const answer = answerOf(await request(store, { query }, (response) => response.text()));
    const encoded = answer.one('EncodingType') === 'url';
    for (const object of answer.all('Contents')) {
      const key = object.get('Key') ?? '';
      yield {
        key: encoded ? decodeURIComponent(key.replaceAll('+', ' ')) : key,
        etag: (object.get('ETag') ?? '').replaceAll('"', ''),
        size: Number(object.get('Size') ?? 0),
      };
    }
    token = answer.one('IsTruncated') === 'true' ? answer.one('NextContinuationToken') : undefined;
  } while (token !== undefined);
}

/** Where objects wait that were fetched to learn their columns, so that they need not be fetched again to be read. */
export function keptObjects(context: ReadContext): string {
  return join(context.tempDir, 'objects');
}

function pieceOf(store: Store, object: StoredObject, context: ReadContext): Piece {
  const part = `s3://${store.bucket}/${object.key}`;
  const stamp = `${object.etag}:${object.size}`;
  return {
    part,
    size: object.size,
    stamp,
    fetch: async (folder) => {
      const name = createHash('sha256')
        .update(JSON.stringify([store.endpoint, part, stamp]))
        .digest('hex');
      const kept = keptObjects(context);
      for (const one of [name, `${name}.gz`]) {
        const to = join(folder, one);
        const moved = rename(join(kept, one), to).then(
          () => true,
          () => false,
        );
        if (await moved) return to;
      }
      return download(store, object, part, join(folder, name));
    },
    // A download of another etag than the listed one was refused already.
    confirm: async () => undefined,
  };
}

async function download(store: Store, object: StoredObject, part: string, to: string): Promise<string> {
  if (object.key.split('/').some((segment) => segment === '.' || segment === '..')) {
    throw new OnefoldError('FILE_UNREADABLE', 'has `.` or `..` in its key, which no address can name');
  }
  const aside = `${to}.part`;
  const first = await request(store, { key: object.key }, async (response, alive) => {
    if ((response.headers.get('etag') ?? '').replaceAll('"', '') !== object.etag) throw changed(part);
    const file = await open(aside, 'w');
    let head: Uint8Array = Buffer.alloc(0);
    try {
      for await (const chunk of response.body ?? []) {
        alive();
        if (head.length < 2) head = Buffer.concat([head, chunk.subarray(0, 2)]);
        await file.appendFile(chunk);
      }
    } finally {
      await file.close();
    }
    return Buffer.from(head).subarray(0, 2).toString('hex');
  }).catch(async (cause: unknown) => {
    await rm(aside, { force: true });
    throw cause;
  });
  // An object stored with an encoding of its own is decompressed on its way, whatever its name says.
  const path = isGzipped(part) && first === '1f8b' ? `${to}.gz` : to;
  await rename(aside, path);
  return path;
}
