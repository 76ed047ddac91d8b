import { access, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { main, onefold } from '../support/command_line.js';
import { buildWell, configure, makeProject, newFolder, put, removeFolders } from '../support/project.js';

// `onefold docs` as a user meets it: the built package in a process of its own.

const config = {
  name: 'small',
  sources: { crm: { connector: 'file', streams: { contacts: { path: 'data/contacts.csv' } } } },
  tables: { contacts: { from: 'crm.contacts', key: 'id', columns: { id: 'id', name: 'name' } } },
};

let dir: string;
beforeAll(async () => {
  await access(join(main, '..', '..', 'site', 'assets', 'site.js')).catch(() => {
    throw new Error('dist is not there: type `npm run build`');
  });
  dir = await makeProject({ config, files: { 'data/contacts.csv': 'id,name\n1,Ottoline Fitzgerald\n' } });
  await buildWell(dir);
});
afterAll(removeFolders);

describe('onefold docs', () => {
  test('writes a site into the store, complete in itself, without a value of a row', async () => {
    const said = await onefold(['docs', '--project', dir, '--json']);
    expect(said).toMatchObject({ code: 0, stderr: '' });
    const { index } = z.object({ index: z.string() }).parse(JSON.parse(said.stdout));
    const folder = join(dir, '.onefold', 'site');
    expect(index).toBe(join(folder, 'index.html'));
    const files = await readdir(folder);
    expect(files).toEqual(
      expect.arrayContaining(['index.html', 'lineage.html', 'search.js', 'site.css', 'site.js', 'table.contacts.html']),
    );
    for (const file of files) {
      const text = await readFile(join(folder, file), 'utf8');
      expect(text).not.toMatch(/Ottoline|Fitzgerald/);
      expect(text).not.toMatch(/https?:\/\/|\/\/[a-z]+\.[a-z]/);
    }
  });

  test('written again, is the same; what is gone from the project goes from the site, and what is not of the site stays', async () => {
    const out = await newFolder();
    const two = { ...config, tables: { ...config.tables, others: config.tables.contacts } };
    const own = await makeProject({ config: two });
    expect((await onefold(['docs', '--project', own, '--out', out])).code).toBe(0);
    const first = await readdir(out);
    expect(first).toContain('table.others.html');
    await put(out, { CNAME: 'kept' });
    await configure(own, config);
    expect((await onefold(['docs', '--project', own, '--out', out])).code).toBe(0);
    expect((await readdir(out)).sort()).toEqual([...first.filter((f) => f !== 'table.others.html'), 'CNAME'].sort());
  });

  test('never writes into a folder that holds other things', async () => {
    const out = await newFolder();
    await writeFile(join(out, 'index.html'), 'mine');
    const said = await onefold(['docs', '--project', dir, '--out', out]);
    expect(said.code).toBe(1);
    expect(said.stderr).toContain('PATH_EXISTS');
    expect(await readFile(join(out, 'index.html'), 'utf8')).toBe('mine');
  });

  test('removes nothing outside of its folder, whatever its list says', async () => {
    const out = await newFolder();
    await put(out, { 'site.json': JSON.stringify({ format: 1, files: ['../victim.html'] }) });
    expect((await onefold(['docs', '--project', dir, '--out', out])).stderr).toContain('PATH_EXISTS');
  });

  test('tells of a project that was never built what it declares, and says so', async () => {
    const said = await onefold(['docs', '--project', await makeProject({ config }), '--out', await newFolder()]);
    expect(said.code).toBe(0);
    expect(said.stdout).toContain('Nothing has been published yet');
  });
});
