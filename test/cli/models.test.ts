import { access } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Said } from '../support/command_line.js';
import { main, onefold } from '../support/command_line.js';
import { makeProject, put, removeFolders } from '../support/project.js';

// Selection, retry and rollback as a user types them.

let dir: string;
const typed = (...args: readonly string[]): Promise<Said> => onefold([...args, '--project', dir]);

beforeAll(async () => {
  await access(main).catch(() => {
    throw new Error('dist is not there: type `npm run build`');
  });
  dir = await makeProject({
    config: {
      name: 'shop',
      sources: { s: { connector: 'file', tags: ['raw'], streams: { orders: { path: 'orders.csv' } } } },
      tables: { orders: { from: 's.orders', key: 'id', columns: { id: 'id' } } },
      models: { b: { tags: ['nightly'], owner: 'sales' } },
      metrics: { ids: { model: 'a', sql: 'count(id)', tags: ['nightly'] } },
    },
    models: { a: 'SELECT id FROM silver.orders ORDER BY id', b: 'SELECT count(*) AS n FROM gold.a' },
    files: { 'orders.csv': 'id\n1\n2\n' },
  });
});
afterAll(removeFolders);

describe('in the order in which a person would type them', () => {
  test('ls lists what is selected', async () => {
    const all = await typed('ls', '--select', '+tag:nightly', '--exclude', 'tag:raw');
    expect(all.code).toBe(0);
    expect(all.stdout).toBe(
      'type    name           from\ntable   silver.orders  s.orders\nmodel   gold.a         silver.orders\nmodel   gold.b         gold.a\nmetric  ids            gold.a\n',
    );
    const json = await typed('ls', '--select', 'b', '--json');
    expect(JSON.parse(json.stdout)).toEqual([
      {
        type: 'model',
        name: 'gold.b',
        from: 'gold.a',
        unique_id: 'model.b',
        description: null,
        owner: 'sales',
        tags: ['nightly'],
        materialized: 'table',
        path: 'models/b.sql',
      },
    ]);
  });

  test('what matches nothing is a warning and exit 0; what is no selector an error and exit 2', async () => {
    const none = await typed('build', '--select', 'tag:nighly');
    expect(none).toMatchObject({ code: 0, stdout: expect.stringContaining('nothing is selected, so nothing was done') });
    expect(none.stderr).toContain('did you mean `nightly`?');
    const wrong = await typed('build', '--select', 'stat:modified');
    expect(wrong).toMatchObject({ code: 2, stderr: expect.stringContaining('unknown selector method `stat`; did you mean `state`?') });
  });

  test('a model that fails leaves the rest built, and retry finishes it', async () => {
    await put(dir, { 'models/b.sql': 'SELECT nothing_such FROM gold.a' });
    const failed = await typed('build', '--quiet', '--as-of', '2025-07-01');
    expect(failed.code).toBe(1);
    expect(failed.stdout).toContain('1 model, 0 unchanged\n    error model.b: model b (models/b.sql)');
    await put(dir, { 'models/b.sql': 'SELECT count(*) AS n FROM gold.a' });
    const retried = await typed('retry', '--quiet', '--as-of', '2025-07-01');
    expect(retried).toMatchObject({ code: 0, stdout: expect.stringMatching(/success r000002: published \d+ changed tables/) });
    expect(await typed('retry')).toMatchObject({ code: 0, stdout: 'the last run left nothing unfinished\n' });
  });

  test('rollback lists what is kept and publishes it again', async () => {
    await put(dir, { 'orders.csv': 'id\n1\n2\n3\n' });
    expect((await typed('build', '--quiet', '--select', 's.orders+')).code).toBe(0);
    const listed = await typed('rollback', '--json');
    expect(JSON.parse(listed.stdout)).toMatchObject([
      { run_id: 'r000003', current: true },
      { run_id: 'r000002', current: false },
    ]);
    expect(await typed('rollback', 'r000002')).toMatchObject({ code: 0, stdout: expect.stringContaining('readers see r000002 again') });
    const asked = await typed('query', 'SELECT n FROM gold.b', '--json');
    expect(JSON.parse(asked.stdout)).toEqual([{ n: 2 }]);
    expect(await typed('rollback', 'r000042')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('no snapshot of `r000042` is kept'),
    });
    expect((await typed('rollback', 'r000003')).code).toBe(0);
    expect(await typed('rollback', '--previous')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('readers see r000002 again'),
    });
    expect(await typed('rollback', '--previous', 'r000003')).toMatchObject({ code: 2, stderr: expect.stringContaining('error USAGE') });
  });
});
