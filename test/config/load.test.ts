import { afterAll, describe, expect, test } from 'vitest';
import { newFolder, projectIn, put, removeFolders } from '../support/project.js';

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
});
