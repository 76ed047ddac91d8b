import { afterAll, expect, test } from 'vitest';
import { openDuckDb } from '../../src/engine/duckdb/duckdb.js';
import { sql } from '../../src/sql/tag.js';
import { newFolder, removeFolders } from '../support/project.js';

afterAll(removeFolders);

test('a statement that needs more memory than it may have says which setting to raise, and where what is put aside goes', async () => {
  const tempDir = await newFolder();
  const engine = await openDuckDb({ path: ':memory:', memoryLimit: '20MB', threads: 1, tempDir });
  // A list is held in memory whole.
  const failing = engine.run(sql`CREATE TABLE t AS SELECT list(range::VARCHAR || 'a text that is not short') AS all FROM range(2000000)`);
  await expect(failing).rejects.toMatchObject({
    code: 'MEMORY_EXHAUSTED',
    message: expect.stringContaining('the engine needs more than `engine.memory_limit` (20MB)'),
    hint: expect.stringContaining(tempDir),
  });
  // What comes after it runs as ever.
  expect((await engine.table(sql`SELECT 1 AS one`)).rows).toEqual([{ one: 1 }]);
  engine.close();
});

test('a disk that has no room for what does not fit in memory is named', async () => {
  const tempDir = await newFolder();
  const engine = await openDuckDb({ path: ':memory:', memoryLimit: '20MB', threads: 1, tempDir });
  await engine.run(sql`SET max_temp_directory_size = '1MB'`);
  const failing = engine.run(sql`CREATE TABLE t AS SELECT range, md5(range::VARCHAR) AS text FROM range(3000000) ORDER BY text`);
  await expect(failing).rejects.toMatchObject({
    code: 'MEMORY_EXHAUSTED',
    message: expect.stringContaining(`the disk of ${tempDir} has no room`),
  });
  engine.close();
});
