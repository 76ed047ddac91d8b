import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { sql } from '../../src/sql/tag.js';
import { buildIn, configure, put, removeFolders } from '../support/project.js';
import { rowsIn } from '../support/query.js';
import { account, landed, streamProject, warnings } from '../support/stream.js';
import { workbook } from '../support/workbook.js';
import { zip } from '../support/zip.js';

afterAll(removeFolders);

const sheet = () => workbook([{ name: 'S', rows: [['a'], ['1']] }]);

describe('a file that is not what its name says', () => {
  it.each([
    ['in.csv', sheet, "is a workbook or a zip archive; name it so, or say `format: 'xlsx'`; it can't be read as csv"],
    ['in.ndjson', sheet, "is a workbook or a zip archive; name it so, or say `format: 'xlsx'`; it can't be read as ndjson"],
    ['in.tsv', () => gzipSync('a\n1\n'), "is gzipped; its name should end in `.gz`; it can't be read as tsv"],
    ['in.csv.gz', () => Buffer.from('a\n1\n'), 'is not gzipped, though its name ends in `.gz`'],
    ['in.parquet', () => Buffer.from('a,b\n1,2\n'), 'is no Parquet file'],
    ['in.xlsx', () => Buffer.from('a,b\n1,2\n'), "is no workbook; where it is text, say `format: 'csv'`"],
    [
      'in.csv',
      () => Buffer.from('\ufeff\n<!DOCTYPE html>\n<p>Sign in</p>\n'),
      'is a web page, perhaps one to sign in; fetch the file that it leads to',
    ],
    ['in.json', () => Buffer.from('<html lang="en"><p>Sign in'), 'is a web page, perhaps one to sign in; fetch the file that it leads to'],
    [
      'in.csv',
      () => Buffer.from('a,b\n1,2\n', 'utf16le'),
      "has NUL in its first line: it is no text, or text in UTF-16; then say `encoding: 'utf-16'`",
    ],
  ] as const)('%s: the warning says what it is', async (path, content, message) => {
    const result = await buildIn(await streamProject({ path }, { [path]: content() }));
    expect(warnings(result)).toEqual([`${path} ${message}`]);
    expect(result.status).toBe('partial');
  });
});

it('begins at the first line that is not blank', async () => {
  const files = { 'in/1.csv': '\n\r\na,b\n1,x\n', 'in/2.csv.gz': gzipSync('\uFEFF\n\na,b\n2,"y"\n3\n') };
  const dir = await streamProject({ path: 'in/*' }, files);
  expect(warnings(await buildIn(dir))).toEqual([]);
  expect(await landed(dir)).toEqual(['damaged: 3', '{"a":"1","b":"x"}', '{"a":"2","b":"y"}']);
});

describe('a file with a header and no rows, in mode replace', () => {
  const stream = { path: 'in.csv', mode: 'replace' };
  const standing = async (dir: string) => rowsIn(dir, sql`SELECT a FROM silver.t WHERE _deleted_at IS NULL`);

  it('retracts nothing and says so each time, as an export may have failed', async () => {
    const dir = await streamProject(stream, { 'in.csv': 'a\n1\n' });
    await buildIn(dir);
    await put(dir, { 'in.csv': 'a\n' });
    for (const _ of [1, 2]) expect(warnings(await buildIn(dir))).toEqual(['in.csv is empty; the rows that it had are kept']);
    expect(await standing(dir)).toEqual(['{"a":"1"}']);
  });

  it.each([
    ['csv', 'in.csv', 'a\n1\n', 'a\n', 'a\n2\n'],
    ['json', 'in.json', '[{"a":1}]', '[]', '[{"a":2}]'],
  ])('retracts all its rows where the project says that it may be empty: %s', async (_, path, first, none, last) => {
    const dir = await streamProject({ path, mode: 'replace', may_be_empty: true }, { [path]: first });
    await buildIn(dir);
    await put(dir, { [path]: none });
    expect(await buildIn(dir)).toMatchObject({ status: 'success', warnings: [], imbalances: [] });
    expect(await standing(dir)).toEqual([]);
    expect(await buildIn(dir)).toMatchObject({ status: 'success', warnings: [] });
    await put(dir, { [path]: last });
    await buildIn(dir);
    expect(await standing(dir)).toEqual(['{"a":"2"}']);
    await put(dir, { [path]: '' });
    expect(warnings(await buildIn(dir))).toEqual([`${path} is empty; the rows that it had are kept`]);
    expect(await standing(dir)).toEqual(['{"a":"2"}']);
  });

  it('may be empty from the beginning', async () => {
    const dir = await streamProject({ ...stream, may_be_empty: true }, { 'in.csv': 'a\n' });
    expect(await buildIn(dir)).toMatchObject({ status: 'success', warnings: [], imbalances: [] });
  });
});

describe('options that change how files are read', () => {
  const latin = Buffer.from('a,b\n1,Zo\xeb\n2,Bob\n', 'latin1');
  const config = (stream: Record<string, unknown>) => ({
    name: 'files',
    sources: { s: { connector: 'file', streams: { r: stream } } },
    tables: { t: { from: 's.r', key: 'content', columns: { a: 'a', b: { optional: true } } } },
  });
  const rows = (dir: string) => rowsIn(dir, sql`SELECT a, b FROM silver.t WHERE _deleted_at IS NULL`);

  it.each([
    ['a file', { path: 'in.csv' }, 'in.csv', latin],
    ['a member of an archive', { path: 'in.zip' }, 'in.zip', zip([{ name: 'x.csv', content: latin }])],
  ])('read %s anew, once, though it did not change', async (_, stream, path, content) => {
    const dir = await streamProject({}, { [path]: content });
    await configure(dir, config({ ...stream, mode: 'replace' }));
    expect((await buildIn(dir)).status).toBe('partial');
    expect(await rows(dir)).toEqual(['{"a":"2","b":"Bob"}']);
    await configure(dir, config({ ...stream, mode: 'replace', encoding: 'windows-1252' }));
    expect(account(await buildIn(dir))).toEqual({ read: 2, landed: 1, known: 1 });
    expect(await rows(dir)).toEqual(['{"a":"1","b":"Zoë"}', '{"a":"2","b":"Bob"}']);
    expect(account(await buildIn(dir))).toEqual({});
  });

  it('add what they read in mode append', async () => {
    const dir = await streamProject({}, { 'in.csv': 'a;b\n1;x,y\n' });
    await configure(dir, config({ path: 'in.csv' }));
    await buildIn(dir);
    await configure(dir, config({ path: 'in.csv', delimiter: ',', columns: ['a', 'b'], header: false }));
    expect(account(await buildIn(dir))).toEqual({ read: 2, landed: 1, rejected: 1 });
  });
});
