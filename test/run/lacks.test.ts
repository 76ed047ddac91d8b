import { afterAll, expect, test } from 'vitest';
import { buildIn, makeProject, put, removeFolders } from '../support/project.js';

afterAll(removeFolders);

const parts = (optional: boolean) => ({
  config: {
    name: 'lacks',
    sources: { s: { connector: 'file', streams: { people: { path: 'people*.csv' } } } },
    tables: { people: { from: 's.people', key: 'id', columns: { id: 'id', email: { from: 'email', optional } } } },
  },
  files: { 'people.csv': 'id,email\n1,a@a.example\n' },
});

test('a file that lacks a column which others have is told of once, and makes the run partial', async () => {
  const dir = await makeProject(parts(false));
  expect(await buildIn(dir)).toMatchObject({ status: 'success' });
  await put(dir, { 'people-2.csv': 'id\n2\n' });
  expect(await buildIn(dir)).toMatchObject({
    status: 'partial',
    warnings: [{ name: 's.people', message: expect.stringMatching(/^people-2\.csv has no column `email`, which table people reads/) }],
  });
  expect(await buildIn(dir)).toMatchObject({ status: 'success', warnings: [] });
});

test('one that may lack it is no matter', async () => {
  const dir = await makeProject(parts(true));
  expect(await buildIn(dir)).toMatchObject({ status: 'success' });
  await put(dir, { 'people-2.csv': 'id\n2\n' });
  expect(await buildIn(dir)).toMatchObject({ status: 'success', warnings: [] });
});
