import { existsSync } from 'node:fs';
import { readFile, rename, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import type { BuildResult } from '../../src/index.js';
import { sql } from '../../src/sql/tag.js';
import type { Files } from '../support/project.js';
import { buildIn, makeProject, put, removeFolders } from '../support/project.js';
import { rowsIn } from '../support/query.js';

afterAll(removeFolders);

/** A project with one stream of files and one table of it, all columns text. */
function project(stream: Record<string, unknown>, columns: readonly string[], files: Files, key: string | string[] = 'content') {
  return makeProject({
    config: {
      name: 'files',
      sources: { s: { connector: 'file', streams: { r: stream } } },
      tables: { t: { from: 's.r', key, columns: Object.fromEntries(columns.map((c) => [c, { from: c, optional: true }])) } },
    },
    files,
  });
}

const ledger = (result: BuildResult, scope: string) =>
  Object.fromEntries(result.ledger.filter((l) => l.scope === scope && l.rows > 0).map((l) => [l.line, l.rows]));
const silver = (dir: string) =>
  rowsIn(dir, sql`SELECT COLUMNS(c -> c NOT LIKE '\\_%' ESCAPE '\\') FROM silver.t WHERE _deleted_at IS NULL`);
const bronze = (dir: string) => rowsIn(dir, sql`SELECT count(*)::INT AS n FROM bronze.s__r`);

describe('append', () => {
  it('loads the same content once, whatever its name, and re-reads nothing', async () => {
    const dir = await project({ path: 'in/*.csv' }, ['a', 'b'], { 'in/1.csv': 'a,b\n1,x\n2,y\n' });
    expect(ledger(await buildIn(dir), 'stream')).toEqual({ read: 2, landed: 2 });
    expect(ledger(await buildIn(dir), 'stream')).toEqual({});
    await put(dir, { 'in/copy.csv': 'a,b\n1,x\n2,y\n' });
    expect(ledger(await buildIn(dir), 'stream')).toEqual({ read: 2, known: 2 });
    await utimes(join(dir, 'in/1.csv'), new Date(), new Date());
    await buildIn(dir);
    expect(await bronze(dir)).toEqual(['{"n":2}']);
  });

  it('adds just the rows of a second file, and of a file that has grown', async () => {
    const dir = await project({ path: 'in/*.csv' }, ['a'], { 'in/1.csv': 'a\n1\n2\n' });
    await buildIn(dir);
    await put(dir, { 'in/2.csv': 'a\n3\n', 'in/1.csv': 'a\n1\n2\n4\n' });
    const result = await buildIn(dir);
    expect(ledger(result, 'stream')).toEqual({ read: 4, landed: 2, known: 2 });
    expect(ledger(result, 'table')).toMatchObject({ read: 2, inserted: 2 });
    expect(await silver(dir)).toEqual(['{"a":"1"}', '{"a":"2"}', '{"a":"3"}', '{"a":"4"}']);
  });

  it('sees an edit that keeps size and modification time', async () => {
    const dir = await project({ path: 'in.csv' }, ['a'], { 'in.csv': 'a\n1\n' });
    const then = new Date('2025-01-01T00:00:00Z');
    await utimes(join(dir, 'in.csv'), then, then);
    await buildIn(dir);
    await put(dir, { 'in.csv': 'a\n2\n' });
    await utimes(join(dir, 'in.csv'), then, then);
    await buildIn(dir);
    expect(await silver(dir)).toEqual(['{"a":"1"}', '{"a":"2"}']);
  });

  it('ignores a file that vanishes', async () => {
    const dir = await project({ path: 'in/*.csv' }, ['a'], { 'in/1.csv': 'a\n1\n', 'in/2.csv': 'a\n2\n' });
    await buildIn(dir);
    await put(dir, { 'in/1.csv': null });
    expect((await buildIn(dir)).status).toBe('success');
    expect(await silver(dir)).toHaveLength(2);
  });

  it('moves what is committed to the processed folder, and a namesake with other content beside it', async () => {
    const dir = await project({ path: 'in/*.csv', processed: 'done' }, ['a'], { 'in/1.csv': 'a\n1\n' });
    await buildIn(dir);
    expect(existsSync(join(dir, 'in/1.csv'))).toBe(false);
    await put(dir, { 'in/1.csv': 'a\n9\n' });
    expect((await buildIn(dir)).status).toBe('success');
    expect(await readFile(join(dir, 'done/1.csv'), 'utf8')).toBe('a\n1\n');
    expect(await silver(dir)).toEqual(['{"a":"1"}', '{"a":"9"}']);
    expect((await buildIn(dir)).status).toBe('success');
  });
});

describe('replace', () => {
  it('lands what changed, deletes what is gone, and brings it back', async () => {
    const dir = await project({ path: 'in.csv', mode: 'replace' }, ['k', 'v'], { 'in.csv': 'k,v\n1,x\n2,y\n3,z\n' }, 'k');
    await buildIn(dir);
    await put(dir, { 'in.csv': 'k,v\n1,x\n2,changed\n' });
    const result = await buildIn(dir);
    expect(ledger(result, 'stream')).toEqual({ read: 2, landed: 1, known: 1 });
    expect(ledger(result, 'table')).toMatchObject({ read: 3, updated: 1, superseded: 1, deleted: 1 });
    expect(await silver(dir)).toEqual(['{"k":"1","v":"x"}', '{"k":"2","v":"changed"}']);
    expect(await rowsIn(dir, sql`SELECT k FROM silver.t WHERE _deleted_at IS NOT NULL`)).toEqual(['{"k":"3"}']);
    await put(dir, { 'in.csv': 'k,v\n1,x\n2,changed\n3,z\n' });
    await buildIn(dir);
    expect(await silver(dir)).toHaveLength(3);
  });

  it('falls back to the row of another file when the winning one is gone', async () => {
    const dir = await makeProject({
      config: {
        name: 'fallback',
        sources: { s: { connector: 'file', streams: { r: { path: 'in/*.csv', mode: 'replace' } } } },
        tables: { t: { from: 's.r', key: 'k', recency: 'at', columns: { k: 'k', v: 'v', at: { from: 'at', type: 'date' } } } },
      },
      files: { 'in/a.csv': 'k,v,at\n1,new,2025-02-01\n', 'in/b.csv': 'k,v,at\n1,old,2025-01-01\n' },
    });
    await buildIn(dir);
    expect(await silver(dir)).toEqual(['{"k":"1","v":"new","at":"2025-02-01"}']);
    await put(dir, { 'in/a.csv': 'k,v,at\n2,other,2025-02-01\n' });
    await buildIn(dir);
    expect(await silver(dir)).toEqual(['{"k":"1","v":"old","at":"2025-01-01"}', '{"k":"2","v":"other","at":"2025-02-01"}']);
  });

  it('deletes the rows of a file that vanishes among others, but keeps them when there is no file at all', async () => {
    const dir = await project({ path: 'in/*.csv', mode: 'replace' }, ['a'], { 'in/1.csv': 'a\n1\n', 'in/2.csv': 'a\n2\n' });
    await buildIn(dir);
    await put(dir, { 'in/1.csv': null });
    await buildIn(dir);
    expect(await silver(dir)).toEqual(['{"a":"2"}']);
    await put(dir, { 'in/2.csv': null });
    expect(await buildIn(dir)).toMatchObject({ status: 'partial', warnings: [{ name: 's.r', message: 'no file at in/*.csv' }] });
    expect(await silver(dir)).toEqual(['{"a":"2"}']);
  });

  it('takes a renamed file for what it is: nothing changes', async () => {
    const dir = await project({ path: 'in/*.csv', mode: 'replace' }, ['a'], { 'in/1.csv': 'a\n1\n' });
    await buildIn(dir);
    await rename(join(dir, 'in/1.csv'), join(dir, 'in/one.csv'));
    expect(await buildIn(dir)).toMatchObject({ status: 'success', published: false });
    expect(await silver(dir)).toEqual(['{"a":"1"}']);
  });

  it('closes the quarantine of a row that was mended', async () => {
    const dir = await project({ path: 'in.csv', mode: 'replace' }, ['k', 'v'], { 'in.csv': 'k,v\n,x\n2,y\n' }, 'k');
    expect((await buildIn(dir)).tables[0]).toMatchObject({ rows: 1, quarantined: 1 });
    await put(dir, { 'in.csv': 'k,v\n1,x\n2,y\n' });
    expect((await buildIn(dir)).tables[0]).toMatchObject({ rows: 2, quarantined: 0 });
  });
});

describe('what is missing, empty or damaged', () => {
  it.each([
    ['no file', {}],
    ['an empty file', { 'in.csv': '' }],
    ['only a header', { 'in.csv': 'a,b\n' }],
  ])('%s makes the run partial, and nothing crashes', async (_, files) => {
    const dir = await project({ path: 'in.csv' }, ['a', 'b'], files);
    const result = await buildIn(dir);
    expect(result).toMatchObject({ status: 'partial', error: null });
    expect(result.warnings).toHaveLength(1);
  });

  it('keeps ragged and broken csv rows as text, counted and set aside', async () => {
    const lines = ['a,b', '1,x', '2', '3,y,surplus', '"4,z', '5,"w"', '\xff,v', '6,"two', 'lines"', ''];
    const dir = await project({ path: 'in.csv' }, ['a', 'b'], { 'in.csv': Buffer.from(lines.join('\n'), 'latin1') });
    const result = await buildIn(dir);
    expect(ledger(result, 'stream')).toEqual({ read: 7, landed: 3, rejected: 4 });
    expect(ledger(result, 'table')).toMatchObject({ read: 7, inserted: 3, quarantined: 4 });
    const raw = await rowsIn(dir, sql`SELECT raw FROM quarantine.t`);
    expect(raw.join()).toContain('3,y,surplus');
    expect(raw.join()).toContain('\\\\\\"4,z');
  });

  it('keeps a broken ndjson line as text, and reads the rest', async () => {
    const dir = await project({ path: 'in.ndjson' }, ['a'], { 'in.ndjson': '{"a":1}\n\n{broken\n[1,2]\n{"a":2}' });
    expect(ledger(await buildIn(dir), 'stream')).toEqual({ read: 4, landed: 2, rejected: 2 });
    expect(await silver(dir)).toEqual(['{"a":"1"}', '{"a":"2"}']);
  });

  it('keeps a truncated json document whole, as one unreadable row', async () => {
    const dir = await project({ path: 'in.json' }, ['a'], { 'in.json': '[{"a":1},{"a":' });
    expect(ledger(await buildIn(dir), 'stream')).toEqual({ read: 1, rejected: 1 });
  });

  it('says where the records should be when they are not there', async () => {
    const dir = await project({ path: 'in.json', records: 'data.rows' }, ['a'], { 'in.json': '{"data":{"items":[{"a":1}]}}' });
    expect((await buildIn(dir)).warnings).toEqual([{ name: 's.r', message: 'in.json has no array at `data.rows`' }]);
  });
});

describe('formats', () => {
  it.each([
    ['a json array', { path: 'in.json' }, { 'in.json': '[{"a":"x","b":{"c":[1,{"d":2}]}},{"a":null}]' }],
    [
      'records inside a document',
      { path: 'in.json', records: '$.data.rows' },
      { 'in.json': '{"data":{"rows":[{"a":"x","b":{"c":[1,{"d":2}]}},{"a":null}]}}' },
    ],
    ['ndjson', { path: 'in.jsonl' }, { 'in.jsonl': '{"a":"x","b":{"c":[1,{"d":2}]}}\n{"a":null}\n' }],
    ['gzipped ndjson', { path: 'in.ndjson.gz' }, { 'in.ndjson.gz': gzipSync('{"a":"x","b":{"c":[1,{"d":2}]}}\n{"a":null}\n') }],
  ])('%s, with paths into nested values', async (_, stream, files) => {
    const dir = await makeProject({
      config: {
        name: 'json',
        sources: { s: { connector: 'file', streams: { r: stream } } },
        tables: { t: { from: 's.r', key: 'content', columns: { a: 'a', c: 'b.c', d: 'b.c[1].d' } } },
      },
      files,
    });
    await buildIn(dir);
    expect(await silver(dir)).toEqual(['{"a":"x","c":"[1,{\\"d\\":2}]","d":"2"}', '{"a":null,"c":null,"d":null}']);
  });

  it.each([
    ['gzip', { path: 'in.csv.gz' }, { 'in.csv.gz': gzipSync('a,b\n1,é\n') }],
    ['semicolons, found by themselves', { path: 'in.csv' }, { 'in.csv': 'a;b\n1;é\n' }],
    ['another quote', { path: 'in.csv', quote: "'" }, { 'in.csv': "a,b\n'1','é'\n" }],
    ['latin-1', { path: 'in.csv', encoding: 'latin-1' }, { 'in.csv': Buffer.from('a,b\n1,é\n', 'latin1') }],
    ['utf-16', { path: 'in.csv', encoding: 'utf-16' }, { 'in.csv': Buffer.from('\uFEFFa,b\n1,é\n', 'utf16le') }],
    ['a byte order mark', { path: 'in.csv' }, { 'in.csv': '\uFEFFa,b\n1,é\n' }],
    ['a byte order mark before quotes', { path: 'in.csv' }, { 'in.csv': '\uFEFF"a","b"\n1,é\n' }],
    ['no header', { path: 'in.csv', header: false, columns: ['a', 'b'] }, { 'in.csv': '1,é\n' }],
    ['windows line ends', { path: 'in.csv' }, { 'in.csv': 'a,b\r\n1,é\r\n' }],
    ['a tab', { path: 'in.txt' }, { 'in.txt': 'a\tb\n1\té\n' }],
    ['a line that names the delimiter', { path: 'in.csv' }, { 'in.csv': '\uFEFFsep=|\r\na|b\r\n1|é\r\n' }],
    ['a line that names the delimiter that is declared', { path: 'in.csv', delimiter: ';' }, { 'in.csv': 'sep=;\na;b\n1;é\n' }],
    ['lines of blanks above its header', { path: 'in.csv' }, { 'in.csv': '\uFEFF  \r\n\t\r\n\r\na,b\r\n1,é\r\n' }],
    ['lines of blanks around one that names the delimiter', { path: 'in.csv' }, { 'in.csv': ' \nsep=;\n \na;b\n1;é\n' }],
    ['a space before the quotes of its header', { path: 'in.csv' }, { 'in.csv': 'a, "b"\n1, "é"\n' }],
    ['a space before the first quote of its header', { path: 'in.csv' }, { 'in.csv': ' "a" , "b"\n1,é\n' }],
    ['a title above its header', { path: 'in.csv', header_row: 4 }, { 'in.csv': '\uFEFFReport, "all\n# as of March\n\na,b\n1,é\n' }],
    ['a title in UTF-16', { path: 'in.csv', header_row: 2 }, { 'in.csv': Buffer.from('\uFEFFÜber\r\na,b\r\n1,é\r\n', 'utf16le') }],
  ])('csv with %s', async (_, stream, files) => {
    const dir = await project(stream, ['a', 'b'], files);
    expect(ledger(await buildIn(dir), 'stream')).toEqual({ read: 1, landed: 1 });
    expect(await silver(dir)).toEqual(['{"a":"1","b":"é"}']);
  });

  it.each([['one,two\n'], ['title\n\na,b\n1,2\n']])('says that no header is in the line that should have it', async (text) => {
    const dir = await project({ path: 'in.csv', header_row: 2 }, ['a'], { 'in.csv': text });
    expect((await buildIn(dir)).warnings).toEqual([
      { name: 's.r', message: 'in.csv has nothing in line 2, which should name the columns' },
    ]);
  });

  it('gives repeated, blank and reserved column names one of their own', async () => {
    const dir = await project({ path: 'in.csv' }, ['a', 'A_2', 'column_3'], { 'in.csv': 'a,A,,_raw_hash\n1,2,3,4\n' });
    await buildIn(dir);
    expect(await silver(dir)).toEqual(['{"a":"1","A_2":"2","column_3":"3"}']);
    expect(await rowsIn(dir, sql`SELECT "_raw_hash_2" AS v FROM bronze.s__r`)).toEqual(['{"v":"4"}']);
  });

  it('takes new columns in, and keeps those that go', async () => {
    const dir = await project({ path: 'in/*.csv' }, ['a', 'b', 'c'], { 'in/1.csv': 'a,b\n1,x\n' });
    await buildIn(dir);
    await put(dir, { 'in/2.csv': 'c,a\nz,2\n' });
    await buildIn(dir);
    expect(await silver(dir)).toEqual(['{"a":"1","b":"x","c":null}', '{"a":"2","b":null,"c":"z"}']);
  });

  it('takes headers that differ only by case for the same columns', async () => {
    const dir = await project({ path: 'in/*.csv' }, ['a', 'b'], { 'in/1.csv': 'a,B\n1,x\n', 'in/2.csv': 'A,b\n2,y\n,z\n' }, 'a');
    await buildIn(dir);
    expect(await rowsIn(dir, sql`SELECT COLUMNS(c -> NOT starts_with(c, '_')) FROM bronze.s__r`)).toEqual([
      '{"a":"1","B":"x"}',
      '{"a":"2","B":"y"}',
      '{"a":null,"B":"z"}',
    ]);
    expect(await silver(dir)).toEqual(['{"a":"1","b":"x"}', '{"a":"2","b":"y"}']);
    expect(await rowsIn(dir, sql`SELECT raw FROM quarantine.t`)).toEqual([JSON.stringify({ raw: JSON.stringify({ a: null, B: 'z' }) })]);
  });

  it('takes a hostile file name and hostile values for what they are', async () => {
    const name = "in/o'brien; drop table x.csv";
    const dir = await project({ path: 'in/*.csv' }, ['a'], { [name]: `a\n"'); DROP TABLE silver_rows.t; --"\n=cmd|'/c calc'!A1\n` });
    await buildIn(dir);
    expect(await silver(dir)).toEqual([`{"a":"'); DROP TABLE silver_rows.t; --"}`, `{"a":"=cmd|'/c calc'!A1"}`]);
  });

  it('lands a very large field', async () => {
    const dir = await project({ path: 'in.csv' }, ['a', 'b'], { 'in.csv': `a,b\n1,${'x'.repeat(1_500_000)}\n` });
    await buildIn(dir);
    expect(await rowsIn(dir, sql`SELECT length(b)::INT AS n FROM silver.t`)).toEqual(['{"n":1500000}']);
  });
});
