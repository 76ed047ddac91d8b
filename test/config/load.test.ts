import { afterAll, describe, expect, test } from 'vitest';
import { makeProject, newFolder, projectIn, put, removeFolders } from '../support/project.js';

afterAll(removeFolders);

describe('the folder of a project', () => {
  test('holds one project file: of two none is meant', async () => {
    const dir = await newFolder();
    await put(dir, { 'onefold.yaml': 'name: mine\nsources: {}\n' });
    expect((await projectIn(dir)).name).toBe('mine');
    await put(dir, { 'onefold.json': '{ "name": "other", "sources": {} }' });
    await expect(projectIn(dir)).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: `${dir} has several project files: onefold.yaml, onefold.json`,
    });
  });

  test('has a model in every file whose ending is `.sql`, in whatever case', async () => {
    const dir = await makeProject({
      config: { name: 'shop', sources: {} },
      files: { 'models/one.SQL': 'SELECT 1 AS n', 'models/Two.Sql': 'SELECT 2 AS n' },
    });
    await expect(projectIn(dir)).rejects.toMatchObject({
      problems: [{ path: 'models/Two.Sql', message: "a model's file name must be lower case letters, digits and _" }],
    });
    await put(dir, { 'models/Two.Sql': null });
    expect((await projectIn(dir)).models.map((m) => m.name)).toEqual(['one']);
  });
});
