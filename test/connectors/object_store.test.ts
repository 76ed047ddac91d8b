import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { sql } from '../../src/sql/tag.js';
import type { ObjectStore } from '../support/object_store.js';
import { startObjectStore, storeKeys } from '../support/object_store.js';
import { buildIn, removeFolders } from '../support/project.js';
import { rowsIn } from '../support/query.js';
import { landed, streamProject, warnings } from '../support/stream.js';
import { zip } from '../support/zip.js';

let store: ObjectStore;

beforeAll(() => {
  for (const [name, value] of Object.entries(storeKeys)) vi.stubEnv(name, value);
});
beforeEach(async () => {
  store = await startObjectStore();
});
afterEach(() => store.close());
afterAll(async () => {
  vi.unstubAllEnvs();
  await removeFolders();
});

const project = (stream: Record<string, unknown>, source: Record<string, unknown> = {}) =>
  streamProject({ path: 's3://lake/in/**/*.csv', ...stream }, {}, { endpoint: store.endpoint, ...source });
const downloads = () => store.asked.filter((a) => !a.path.includes('list-type')).map((a) => a.path.split('/').at(-1));

describe('objects of a store', () => {
  it('are found by glob, and land like files', async () => {
    await store.put('in/1.csv', 'a\n1\n');
    await store.put('in/deep/er/2 é+%.csv', 'a\n2\n');
    await store.put('in/3.txt', 'a\n3\n');
    await store.put('other/4.csv', 'a\n4\n');
    const dir = await project({});
    expect(warnings(await buildIn(dir))).toEqual([]);
    expect(await landed(dir)).toEqual(['{"a":"1"}', '{"a":"2"}']);
    expect(await rowsIn(dir, sql`SELECT part FROM ops.cursors`)).toEqual([
      '{"part":"s3://lake/in/1.csv"}',
      '{"part":"s3://lake/in/deep/er/2 é+%.csv"}',
    ]);
    expect(downloads()).toHaveLength(2);
    expect(await readdir(join(dir, '.onefold', 'tmp', 'objects')).catch(() => [])).toEqual([]);
  });

  it('cost a listing when nothing changed, and are fetched when they did', async () => {
    await store.put('in/1.csv', 'a\n1\n');
    await store.put('in/2.csv', 'a\n2\n');
    const dir = await project({ mode: 'replace' });
    await buildIn(dir);
    store.asked.length = 0;
    await buildIn(dir);
    expect(store.asked).toHaveLength(1);
    await store.put('in/1.csv', 'a\n9\n');
    await store.remove('in/2.csv');
    await buildIn(dir);
    expect(downloads()).toEqual(['1.csv']);
    expect(await rowsIn(dir, sql`SELECT a FROM silver.t WHERE _deleted_at IS NULL`)).toEqual(['{"a":"9"}']);
  });

  it('are listed page by page', async () => {
    for (let i = 0; i < 7; i++) await store.put(`in/${i}.csv`, `a\n${i}\n`);
    const dir = await project({});
    // The store gives what it is asked for at once, so the gate hands the first pages out in its place.
    const page = (key: string, next: string) =>
      `<ListBucketResult><IsTruncated>true</IsTruncated><NextContinuationToken>${next}</NextContinuationToken><Contents><Key>${key}</Key><ETag>"none"</ETag><Size>0</Size></Contents></ListBucketResult>`;
    store.fault = ({ path }) => {
      if (!path.includes('list-type')) return null;
      if (!path.includes('continuation-token')) return { status: 200, body: page('in/x.csv', 'a&amp;=b') };
      if (path.includes('continuation-token=a%26%3Db')) return { status: 200, body: page('in/y.csv', 'end') };
      return { status: 200, body: '<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>' };
    };
    expect(warnings(await buildIn(dir))).toEqual(['s3://lake/in/x.csv is empty', 's3://lake/in/y.csv is empty']);
  });

  it('gzipped, in archives, by full key, and stored with an encoding of their own', async () => {
    await store.put('in/1.csv.gz', gzipSync('a\n1\n'));
    await store.put('in/2.zip', zip([{ name: '2.csv', content: 'a\n2\n' }]));
    await store.put('in/3.csv.gz', gzipSync('a\n3\n'), { 'content-encoding': 'gzip' });
    const dir = await project({ path: 's3://lake/in/*' });
    expect(warnings(await buildIn(dir))).toEqual([]);
    expect(await landed(dir)).toEqual(['{"a":"1"}', '{"a":"2"}', '{"a":"3"}']);
    store.asked.length = 0;
    await buildIn(dir);
    expect(downloads()).toEqual([]);
    const one = await project({ path: 's3://lake/in/1.csv.gz' });
    await buildIn(one);
    expect(await landed(one)).toEqual(['{"a":"1"}']);
  });

  it('with keys by reference', async () => {
    await store.put('in/1.csv', 'a\n1\n');
    vi.stubEnv('LAKE_KEY', 'S3RVER');
    const dir = await project({}, { access_key_id: { env: 'LAKE_KEY' }, secret_access_key: { env: 'LAKE_KEY' }, region: 'eu-central-1' });
    expect((await buildIn(dir)).status).toBe('success');
  });
});

describe('a store that fails for a moment', () => {
  it.each([
    ['503', { status: 503 }],
    ['429', { status: 429, headers: { 'retry-after': '0' } }],
    ['a broken connection', 'cut' as const],
  ])('%s: is asked again', async (_, fault) => {
    await store.put('in/1.csv', 'a\n1\n');
    const seen = new Map<string, number>();
    store.fault = ({ path }) => {
      const times = (seen.get(path) ?? 0) + 1;
      seen.set(path, times);
      return times <= 2 ? fault : null;
    };
    const dir = await project({});
    expect(warnings(await buildIn(dir))).toEqual([]);
    expect(await landed(dir)).toEqual(['{"a":"1"}']);
  });

  it('and for good: the run is partial, what was landed stands', async () => {
    await store.put('in/1.csv', 'a\n1\n');
    const dir = await project({ mode: 'replace' });
    await buildIn(dir);
    store.fault = () => ({ status: 500 });
    const result = await buildIn(dir);
    expect(warnings(result)).toEqual([expect.stringMatching(/^s3:\/\/lake: the store at 127\.0\.0\.1:\d+ answered 500, 5 times\. /)]);
    expect(await landed(dir)).toEqual(['{"a":"1"}']);
  });
});

describe('a store that refuses', () => {
  const secret = 'do-not-print-this';
  it.each([
    [
      'access',
      { status: 403, body: `<Error><Code>AccessDenied</Code><Message>${secret}</Message></Error>` },
      /^s3:\/\/lake: the store at .* refuses access \(403 AccessDenied\)\. /,
    ],
    ['the bucket', { status: 404, body: '<Error><Code>NoSuchBucket</Code></Error>' }, /^there is no bucket s3:\/\/lake$/],
    [
      'the region',
      { status: 301, body: '<Error><Code>PermanentRedirect</Code></Error>', headers: { 'x-amz-bucket-region': 'eu-west-3' } },
      /is in region eu-west-3, not in us-east-1/,
    ],
    ['without saying why', { status: 400, body: secret }, /refuses to answer \(400\)/],
  ])('%s: is asked once, and quoted by its code', async (_, fault, message) => {
    store.fault = () => fault;
    const result = await buildIn(await project({}));
    expect(warnings(result)).toEqual([expect.stringMatching(message)]);
    expect(JSON.stringify(result)).not.toContain(secret);
    expect(store.asked.length).toBeLessThanOrEqual(2);
  });

  it('a wrong key: no secret is in what is said', async () => {
    vi.stubEnv('WRONG', secret);
    const result = await buildIn(await project({}, { access_key_id: { env: 'WRONG' }, secret_access_key: { env: 'WRONG' } }));
    expect(warnings(result)[0]).toMatch(/refuses access \(403 InvalidAccessKeyId\)/);
    expect(JSON.stringify(result)).not.toContain(secret);
  });

  it('no key at all: says which is missing', async () => {
    const result = await buildIn(await project({}, { access_key_id: { env: 'NOT_SET' } }));
    expect(warnings(result)).toEqual([
      'the environment variable NOT_SET is not set. Set NOT_SET, or write it into `.env` beside the project file.',
    ]);
  });

  it('one object among others: the others are read', async () => {
    await store.put('in/1.csv', 'a\n1\n');
    await store.put('in/2.csv', 'a\n2\n');
    store.fault = ({ path }) => (path.endsWith('1.csv') ? { status: 403, body: '<Error><Code>AccessDenied</Code></Error>' } : null);
    const dir = await project({});
    expect(warnings(await buildIn(dir))).toEqual([expect.stringMatching(/^s3:\/\/lake\/in\/1\.csv: the store at .* refuses access/)]);
    expect(await landed(dir)).toEqual(['{"a":"2"}']);
  });
});

describe('what is asked of a store that it can not do', () => {
  it('objects stay where they are', async () => {
    const dir = await project({ processed: 'done' });
    await expect(buildIn(dir)).rejects.toThrow(/objects of a store stay where they are/);
  });

  it('a path without key', async () => {
    expect(warnings(await buildIn(await project({ path: 's3://lake' })))).toEqual([
      's3://lake names no objects. Write s3://bucket/key, with or without a glob.',
    ]);
  });

  it('no object there', async () => {
    expect(warnings(await buildIn(await project({})))).toEqual(['no file at s3://lake/in/**/*.csv']);
  });
});
