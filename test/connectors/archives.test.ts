import { existsSync } from 'node:fs';
import { readdir, readFile, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { sql } from '../../src/sql/tag.js';
import { buildIn, put, removeFolders } from '../support/project.js';
import { rowsIn } from '../support/query.js';
import { account, landed, streamProject, warnings } from '../support/stream.js';
import { zip } from '../support/zip.js';

afterAll(removeFolders);

const standing = (dir: string) => rowsIn(dir, sql`SELECT a FROM silver.t WHERE _deleted_at IS NULL`);

describe('a zip archive', () => {
  it('gives the rows of every member whose ending names a format, each a part of its own', async () => {
    const dir = await streamProject(
      { path: 'in/*.zip' },
      {
        'in/x.zip': zip([
          { name: 'one.csv', content: 'a\n1\n' },
          { name: 'deep/er/two.ndjson', content: '{"a":"2"}\n' },
          { name: 'readme.txt', content: 'not data' },
          { name: '__MACOSX/._one.csv', content: 'rubbish' },
          { name: 'deep/', content: '' },
        ]),
      },
    );
    expect((await buildIn(dir)).status).toBe('success');
    expect(await landed(dir)).toEqual(['{"a":"1"}', '{"a":"2"}']);
    expect(await rowsIn(dir, sql`SELECT part FROM ops.cursors`)).toEqual([
      '{"part":"in/x.zip!deep/er/two.ndjson"}',
      '{"part":"in/x.zip!one.csv"}',
    ]);
    expect(account(await buildIn(dir))).toEqual({});
  });

  it.each([
    ['*.csv', ['{"a":"1"}', '{"a":"2"}']],
    ['b/*', ['{"a":"2"}', '{"a":"3"}']],
    ['data.txt', ['{"a":"4"}']],
    ['**/{one,two}.csv', ['{"a":"1"}', '{"a":"2"}']],
  ])('member: %s', async (member, expected) => {
    const members = [
      { name: 'one.csv', content: 'a\n1\n' },
      { name: 'b/two.csv', content: 'a\n2\n' },
      { name: 'b/three.tsv', content: 'a\n3\n' },
      { name: 'c/data.txt', content: 'a\n4\n' },
    ];
    const dir = await streamProject({ path: 'x.zip', member }, { 'x.zip': zip(members) });
    await buildIn(dir);
    expect(await landed(dir)).toEqual(expected);
  });

  it('that is replaced lands what changed, and in mode replace retracts the rows of members that are gone', async () => {
    const one = { name: '1.csv', content: 'a\n1\n' };
    const dir = await streamProject({ path: 'x.zip', mode: 'replace' }, { 'x.zip': zip([one, { name: '2.csv', content: 'a\n2\n' }]) });
    await buildIn(dir);
    await put(dir, { 'x.zip': zip([one, { name: '3.csv', content: 'a\n3\n' }]) });
    expect(account(await buildIn(dir))).toEqual({ read: 2, landed: 1, known: 1 });
    expect(await standing(dir)).toEqual(['{"a":"1"}', '{"a":"3"}']);
    await utimes(join(dir, 'x.zip'), new Date(), new Date());
    expect(await buildIn(dir)).toMatchObject({ status: 'success', published: false });
  });

  it('that can no longer be opened retracts nothing', async () => {
    const dir = await streamProject({ path: 'x.zip', mode: 'replace' }, { 'x.zip': zip([{ name: '1.csv', content: 'a\n1\n' }]) });
    await buildIn(dir);
    await put(dir, { 'x.zip': 'no archive at all' });
    const result = await buildIn(dir);
    expect(warnings(result)[0]).toMatch(/^x\.zip is no sound zip archive/);
    expect(await standing(dir)).toEqual(['{"a":"1"}']);
  });

  it('moves to the processed folder once all its members are landed', async () => {
    const dir = await streamProject({ path: 'in/*.zip', processed: 'done' }, { 'in/x.zip': zip([{ name: '1.csv', content: 'a\n1\n' }]) });
    await buildIn(dir);
    expect(existsSync(join(dir, 'done/x.zip'))).toBe(true);
    expect((await buildIn(dir)).status).toBe('success');
  });
});

describe('what an archive may not do', () => {
  it.each([
    ['leave its folder', { name: '../evil.csv', content: 'a\n1\n' }, /member "\.\.\/evil\.csv" has a path that leads out/],
    ['name an absolute path', { name: '/etc/evil.csv', content: 'a\n1\n' }, /leads out of the archive/],
    ['climb with backslashes', { name: '..\\evil.csv', content: 'a\n1\n' }, /leads out of the archive/],
    ['be encrypted', { name: 'secret.csv', content: 'a\n1\n', flags: 1 }, /is encrypted/],
    ['hold archives', { name: 'inner.zip', content: 'PK' }, /is an archive itself/],
    ['promise to fill the disk', { name: 'bomb.csv', content: 'a\n1\n', claimedSize: 4_000_000_000 }, /more than 200 times its size/],
    ['lie about sizes', { name: 'liar.csv', content: `a\n${'1\n'.repeat(1000)}`, claimedSize: 10 }, /liar\.csv is damaged/],
  ])('%s: that member is refused, the others are read, nothing is written elsewhere', async (_, member, message) => {
    const dir = await streamProject({ path: 'in/x.zip' }, { 'in/x.zip': zip([member, { name: 'good.csv', content: 'a\n2\n' }]) });
    const result = await buildIn(dir);
    expect(result.status).toBe('partial');
    expect(warnings(result)).toEqual([expect.stringMatching(message)]);
    expect(await landed(dir)).toEqual(['{"a":"2"}']);
    expect((await readdir(dir)).sort()).toEqual(['.onefold', 'in', 'onefold.json']);
    expect(await readdir(join(dir, '.onefold', 'tmp'))).toEqual([]);
  });

  it('says what is there when no member fits', async () => {
    const dir = await streamProject({ path: 'x.zip', member: '*.csv' }, { 'x.zip': zip([{ name: 'a.pdf', content: '%PDF' }]) });
    expect(warnings(await buildIn(dir))).toEqual(['x.zip has no member that matches `*.csv` (it has "a.pdf")']);
  });

  it('keeps the archive as it was', async () => {
    const content = zip([{ name: '1.csv', content: 'a\n1\n' }]);
    const dir = await streamProject({ path: 'x.zip' }, { 'x.zip': content });
    await buildIn(dir);
    expect(await readFile(join(dir, 'x.zip'))).toEqual(content);
  });
});
