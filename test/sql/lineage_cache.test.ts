import { access, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { columnLineage } from '../../src/sql/lineage.js';
import { cachedLineage } from '../../src/sql/lineage_cache.js';
import { newFolder, removeFolders } from '../support/project.js';

afterAll(removeFolders);

const model = "SELECT a, b + 1 AS c, 'secret' AS d FROM gold.x";
const output = ['a', 'c', 'd'];
const known = new Map([['gold.x', ['a', 'b']]]);

test('lineage that was found before is answered as by the parser, and the SQL itself is not kept', async () => {
  const file = join(await newFolder(), 'cache', 'lineage.json');
  for (const turn of ['parsed', 'remembered']) {
    const cache = await cachedLineage(file);
    expect({ turn, found: await cache.columnLineage(model, output, known) }).toEqual({
      turn,
      found: await columnLineage(model, output, known),
    });
    await cache.save();
  }
  expect(await readFile(file, 'utf8')).not.toContain('secret');
});

test('lineage is found anew where the columns around a statement are others', async () => {
  const file = join(await newFolder(), 'lineage.json');
  const text = 'SELECT * FROM gold.x';
  const first = await cachedLineage(file);
  await first.columnLineage(text, ['a', 'b'], known);
  await first.save();
  const wider = new Map([['gold.x', ['a', 'b', 'c']]]);
  const found = await (await cachedLineage(file)).columnLineage(text, ['a', 'b', 'c'], wider);
  expect(found.map((c) => c.name)).toEqual(['a', 'b', 'c']);
});

test('a cache of lineage that is damaged is parsed over, and one that can not be written is done without', async () => {
  const folder = await newFolder();
  for (const text of [
    '{"format":1,"statements":{',
    '[]',
    '{"format":99,"statements":{}}',
    '{"format":1,"statements":{"x":[{"name":1}]}}',
  ]) {
    const file = join(folder, 'lineage.json');
    await writeFile(file, text);
    const cache = await cachedLineage(file);
    expect(await cache.columnLineage(model, output, known)).toHaveLength(3);
    await cache.save();
    expect(Object.keys(JSON.parse(await readFile(file, 'utf8')).statements)).toHaveLength(1);
  }
  const below = await cachedLineage(join(folder, 'lineage.json', 'nowhere.json'));
  await below.columnLineage(model, output, known);
  await below.save();
  await expect(access(join(folder, 'lineage.json', 'nowhere.json'))).rejects.toThrow();
});
