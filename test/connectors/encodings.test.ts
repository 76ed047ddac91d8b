import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { sql } from '../../src/sql/tag.js';
import { buildIn, removeFolders } from '../support/project.js';
import { rowsIn } from '../support/query.js';
import { account, landed, streamProject, warnings } from '../support/stream.js';

afterAll(removeFolders);

const bytes = (...values: number[]): Buffer => Buffer.from(values);
const text = (...parts: (string | Buffer)[]): Buffer =>
  Buffer.concat(parts.map((p) => (typeof p === 'string' ? Buffer.from(p, 'latin1') : p)));
const utf16be = (content: string): Buffer => Buffer.from(`\uFEFF${content}`, 'utf16le').swap16();

describe('a file of text is read in the encoding that it is in', () => {
  it.each([
    ['windows-1252', 'in.csv', text('a,b\n1,', bytes(0x80, 0x93, 0xe9), '\n'), '€“é'],
    ['windows-1250', 'in.csv', text('a,b\n1,', bytes(0xe8, 0x9e), '\n'), 'čž'],
    ['windows-1251', 'in.csv', text('a,b\n1,', bytes(0xcf, 0xf0), '\n'), 'Пр'],
    ['iso-8859-15', 'in.csv', text('a,b\n1,', bytes(0xa4, 0xbd), '\n'), '€œ'],
    ['latin-1', 'in.csv', text('a,b\n1,', bytes(0xe9), '\n'), 'é'],
    ['shift_jis', 'in.csv', text('a,b\n1,', bytes(0x93, 0xfa, 0x96, 0x7b), '\n'), '日本'],
    ['utf-16le', 'in.csv', Buffer.from('a,b\n1,é\n', 'utf16le'), 'é'],
    ['utf-16', 'in.csv', utf16be('a,b\r\n1,é😀\r\n'), 'é😀'],
    ['utf-16', 'in.json', utf16be('[{"a":1,"b":"é"}]'), 'é'],
    ['windows-1252', 'in.ndjson', text('{"a":1,"b":"', bytes(0x80), '"}\n'), '€'],
    ['windows-1252', 'in.csv.gz', gzipSync(text('a,b\n1,', bytes(0x80), '\n')), '€'],
    ['windows-1252', 'in.ndjson.GZ', gzipSync(text('{"a":1,"b":"', bytes(0x80), '"}\n')), '€'],
    ['auto', 'in.csv', Buffer.from('a,b\n1,é\n'), 'é'],
    ['auto', 'in.csv', text('a,b\n1,', bytes(0x80), '\n'), '€'],
  ])('%s in %s', async (encoding, path, content, expected) => {
    const dir = await streamProject({ path, encoding }, { [path]: content });
    expect(warnings(await buildIn(dir))).toEqual([]);
    expect(await landed(dir)).toEqual([JSON.stringify({ a: '1', b: expected })]);
  });

  it('believes a byte order mark before anything that is declared', async () => {
    const dir = await streamProject(
      { path: 'in.*', encoding: 'windows-1252' },
      {
        'in.csv': '\uFEFFa,b\n1,é\n',
        'in.ndjson': '\uFEFF{"a":2,"b":"é"}\n',
        'in.json': Buffer.from('\uFEFF[{"a":3,"b":"é"}]', 'utf16le'),
      },
    );
    await buildIn(dir);
    expect(await landed(dir)).toEqual(['{"a":"1","b":"é"}', '{"a":"2","b":"é"}', '{"a":"3","b":"é"}']);
  });

  it('keeps a row whose bytes have no character in the encoding', async () => {
    const content = text('a,b\n1,', bytes(0xe1), '\n2,', bytes(0xa1), '\n');
    const dir = await streamProject({ path: 'in.csv', encoding: 'iso-8859-8' }, { 'in.csv': content });
    expect(account(await buildIn(dir))).toEqual({ read: 2, landed: 1, rejected: 1 });
    expect(await landed(dir)).toEqual(['damaged: 2,\\xa1', '{"a":"1","b":"ב"}']);
  });

  it('knows an encoding by the Encoding Standard, and no other', async () => {
    const dir = await streamProject({ path: 'in.csv', encoding: 'klingon' }, {});
    await expect(buildIn(dir)).rejects.toThrow(/encoding.*must be `utf-8`/s);
  });
});

describe('a file that is not in the encoding it should be in', () => {
  const latin = text('a,b\n1,caf', bytes(0xe9), '\n2,plain\n3,', bytes(0xe0), ' la carte\n');

  it('keeps its rows as text, and says which encoding may help', async () => {
    const dir = await streamProject({ path: 'in.csv' }, { 'in.csv': latin });
    const result = await buildIn(dir);
    expect(account(result)).toEqual({ read: 3, landed: 1, rejected: 2 });
    expect(warnings(result)).toEqual([
      "in.csv: 2 rows are not in the encoding utf-8 and kept as text; if it was written in another encoding, say so, as in `encoding: 'windows-1252'`",
    ]);
    expect(await landed(dir)).toEqual(['damaged: 1,caf\\xe9', 'damaged: 3,\\xe0 la carte', '{"a":"2","b":"plain"}']);
  });

  it('the same for lines of JSON: none is read with characters replaced', async () => {
    const dir = await streamProject({ path: 'in.ndjson' }, { 'in.ndjson': text('{"a":"caf', bytes(0xe9), '"}\n{"a":"2"}\n') });
    const result = await buildIn(dir);
    expect(warnings(result)[0]).toMatch(/^in\.ndjson: 1 row is not in the encoding utf-8/);
    expect(await landed(dir)).toEqual(['damaged: {"a":"caf\\xe9"}', '{"a":"2"}']);
  });

  it('does not guess where other rows prove the encoding: then these rows are damaged, and the rest is fine', async () => {
    const dir = await streamProject({ path: 'in.csv' }, { 'in.csv': Buffer.concat([Buffer.from('a,b\n0,naïve\n'), latin.subarray(4)]) });
    const result = await buildIn(dir);
    expect(result.status).toBe('success');
    expect(account(result)).toEqual({ read: 4, landed: 2, rejected: 2 });
  });

  it('says so of UTF-32', async () => {
    const dir = await streamProject({ path: 'in.csv' }, { 'in.csv': bytes(0xff, 0xfe, 0, 0, 0x61, 0, 0, 0) });
    expect(warnings(await buildIn(dir))).toEqual(['in.csv is written in UTF-32']);
  });
});

describe('tab-separated files', () => {
  it.each(['in.tsv', 'in.TAB', 'in.tsv.gz'])('%s: commas are text', async (path) => {
    const content = 'a\tb\nx, y\t"1\t2"\n';
    const dir = await streamProject({ path }, { [path]: path.endsWith('.gz') ? gzipSync(content) : content });
    await buildIn(dir);
    expect(await landed(dir)).toEqual(['{"a":"x, y","b":"1\\t2"}']);
  });

  it('by declaration, whatever the name', async () => {
    const dir = await streamProject({ path: 'in.dat', format: 'tsv' }, { 'in.dat': 'a;b\tc\n1;2\t3\n' });
    await buildIn(dir);
    expect(await landed(dir)).toEqual(['{"a;b":"1;2","c":"3"}']);
  });
});

describe('odd files', () => {
  it.each([
    ['lone carriage returns', 'a,b\r1,x\r2,y\r', ['{"a":"1","b":"x"}', '{"a":"2","b":"y"}']],
    ['line breaks in quotes', 'a,b\n1,"x\r\ny"\n', ['{"a":"1","b":"x\\r\\ny"}']],
    ['a delimiter at the end of every line', 'a,b,\n1,x,\n', ['{"a":"1","b":"x","column_3":null}']],
    ['NUL in a field', 'a,b\n1,x\n2,\0y\n', ['{"a":"1","b":"x"}', '{"a":"2","b":"\\u0000y"}']],
    ['mixed line ends', 'a,b\r\n1,x\n2,y\r\n', ['{"a":"1","b":"x"}', '{"a":"2","b":"y"}']],
  ])('%s', async (_, content, expected) => {
    const dir = await streamProject({ path: 'in.csv' }, { 'in.csv': content });
    await buildIn(dir);
    expect(await landed(dir)).toEqual(expected);
  });

  it('lands fields of 20 MB, on one line or on many', async () => {
    const large = 'x'.repeat(20_000_000);
    const lines = 'y\n'.repeat(3_000_000);
    const dir = await streamProject(
      { path: 'in/*' },
      { 'in/1.csv': `a,b\n1,${large}\n2,z\n`, 'in/2.csv': `a,b\n3,"${lines}"\n4,z\n`, 'in/3.ndjson': `{"a":"5","b":"${large}"}\n` },
    );
    expect(account(await buildIn(dir))).toEqual({ read: 5, landed: 5 });
    expect(await rowsIn(dir, sql`SELECT a, length(b)::INT AS n FROM bronze.s__r`)).toEqual([
      '{"a":"1","n":20000000}',
      '{"a":"2","n":1}',
      '{"a":"3","n":6000000}',
      '{"a":"4","n":1}',
      '{"a":"5","n":20000000}',
    ]);
  });

  it('5,000 columns', async () => {
    const names = Array.from({ length: 5000 }, (_, i) => `c${i}`).join(',');
    const dir = await streamProject({ path: 'in.csv' }, { 'in.csv': `${names}\n${names}\n` });
    expect(account(await buildIn(dir))).toEqual({ read: 1, landed: 1 });
  });

  it('goes on with the next file when one is cut short', async () => {
    const cut = gzipSync('a\n1\n').subarray(0, 15);
    const dir = await streamProject({ path: 'in/*' }, { 'in/1.csv.gz': cut, 'in/2.csv': 'a\n2\n' });
    const result = await buildIn(dir);
    expect(result.status).toBe('partial');
    expect(warnings(result)[0]).toMatch(/^in\/1\.csv\.gz could not be read/);
    expect(await landed(dir)).toEqual(['{"a":"2"}']);
  });
});
