import { access, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { cachedParser, directParser } from '../../src/sql/cache.js';
import { newFolder, removeFolders } from '../support/project.js';

afterAll(removeFolders);

const model = "WITH a AS (SELECT 1) SELECT * FROM a, gold.b, silver.c WHERE d < as_of() AND land = var('region')";

describe('what SQL reads is remembered', () => {
  it('and answered as by the parser', async () => {
    const file = join(await newFolder(), 'cache', 'models.json');
    for (const turn of ['parsed', 'remembered']) {
      const parser = await cachedParser(file);
      expect({ turn, reads: await parser.readsOf(model) }).toEqual({ turn, reads: await directParser.readsOf(model) });
      expect(await parser.columnsOf('x > y + 1')).toEqual(await directParser.columnsOf('x > y + 1'));
      await parser.save();
    }
    expect(await readFile(file, 'utf8')).not.toContain('as_of()');
  });

  it('without being needed: a damaged file, or one that holds something else, is parsed over', async () => {
    for (const text of ['{"format":1,"reads":{', '[]', '{"format":99,"reads":{},"columns":{}}', '']) {
      const file = join(await newFolder(), 'models.json');
      await writeFile(file, text);
      const parser = await cachedParser(file);
      expect(await parser.readsOf('SELECT 1 FROM gold.x')).toMatchObject({ tables: [{ schema: 'gold', name: 'x' }] });
      await parser.save();
      expect(JSON.parse(await readFile(file, 'utf8'))).toMatchObject({ format: 4 });
    }
  });

  it('only while it is asked for, and written only when it changed', async () => {
    const file = join(await newFolder(), 'models.json');
    const first = await cachedParser(file);
    await first.readsOf('SELECT 1 FROM gold.x');
    await first.readsOf('SELECT 1 FROM gold.y');
    await first.save();
    const { mtimeMs } = await stat(file);
    const same = await cachedParser(file);
    await same.readsOf('SELECT 1 FROM gold.x');
    await same.readsOf('SELECT 1 FROM gold.y');
    await same.save();
    expect((await stat(file)).mtimeMs).toBe(mtimeMs);
    const fewer = await cachedParser(file);
    await fewer.readsOf('SELECT 1 FROM gold.x');
    await fewer.save();
    expect(Object.keys(JSON.parse(await readFile(file, 'utf8')).reads)).toHaveLength(1);
  });

  it('and errors are not: they are said again; nor does it matter when it can not be written', async () => {
    const folder = await newFolder();
    const parser = await cachedParser(join(folder, 'models.json'));
    await expect(parser.readsOf('DELETE FROM gold.x')).rejects.toMatchObject({ code: 'MODEL_INVALID' });
    await parser.save();
    await expect(access(join(folder, 'models.json'))).rejects.toThrow('ENOENT');
    await mkdir(join(folder, 'models.json'));
    const blocked = await cachedParser(join(folder, 'models.json'));
    await blocked.readsOf('SELECT 1 FROM gold.x');
    await blocked.save();
  });
});
