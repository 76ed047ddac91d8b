import { afterAll, expect, test } from 'vitest';
import { sql } from '../../src/sql/tag.js';
import { canonical, rowsIn } from '../support/canonical.js';
import { buildIn, buildWell, csv, makeProject, ndjson, put, removeFolders } from '../support/project.js';
afterAll(removeFolders);
const one = (stream: object, table: object) => ({ name: 'p', sources: { s: { connector: 'file', streams: { x: stream } } }, tables: { t: { from: 's.x', ...table } } });
test('header rename', async () => {
  for (const mode of ['append', 'replace']) {
    const dir = await makeProject({ config: one({ path: 'in/*.csv', mode }, { key: 'id', columns: { id: 'id', name: { from: 'name', optional: true } } }), files: { 'in/a.csv': csv(['id', 'nmae'], [['1', 'Ann']]) } });
    await buildWell(dir);
    await put(dir, { 'in/a.csv': csv(['id', 'name'], [['1', 'Ann']]) });
    console.log(mode, (await buildWell(dir)).ledger.filter((l) => l.scope === 'stream'), await rowsIn(dir, sql`SELECT id, name FROM silver.t`));
  }
});
test('overflow of sums', async () => {
  const dir = await makeProject({ config: one({ path: 'in/*.csv' }, { key: 'id', columns: { id: 'id', amount: { type: 'money' } }, amounts: ['amount'] }), files: { 'in/a.csv': csv(['id', 'amount'], [['1', '99999999999999999999'], ['2', '99999999999999999999']]) } });
  console.log(await buildIn(dir).then((r) => r.error));
  const dir2 = await makeProject({ config: one({ path: 'in/*.csv' }, { key: 'id', columns: { id: 'id', amount: { type: 'money', scale: 8 } }, amounts: ['amount'] }), files: { 'in/a.csv': csv(['id', 'amount'], [['1', '9999999999999999999999999']]) } });
  console.log(await buildIn(dir2).then((r) => r.error));
});
test('self relationship', async () => {
  const config = one({ path: 'in/*.csv' }, { key: 'id', columns: { id: 'id', parent: 'parent' }, rules: [{ rule: 'relationship', column: 'parent', to: 't.id' }] });
  const a = csv(['id', 'parent'], [['1', '9'], ['2', '1']]);
  const b = csv(['id', 'parent'], [['3', '']]);
  const c = csv(['id', 'parent'], [['9', '']]);
  const once = await makeProject({ config, files: { 'in/a.csv': a, 'in/b.csv': b, 'in/c.csv': c } });
  await buildWell(once);
  const cut = await makeProject({ config, files: { 'in/a.csv': a } });
  await buildWell(cut);
  await put(cut, { 'in/b.csv': b });
  await buildWell(cut);
  await put(cut, { 'in/c.csv': c });
  await buildWell(cut);
  console.log('once', (await canonical(once))['silver.t'], 'cut', (await canonical(cut))['silver.t']);
  const part = await makeProject({ config, files: { 'in/a.csv': a, 'in/b.csv': b } });
  await buildWell(part);
  console.log('part', (await canonical(part))['silver.t']);
});
test('columns that differ by case in two files', async () => {
  const dir = await makeProject({ config: one({ path: 'in/*.csv' }, { key: 'id', columns: { id: 'id', name: 'Name' } }), files: { 'in/a.csv': csv(['id', 'Name'], [['1', 'Ann']]), 'in/b.csv': csv(['id', 'name'], [['2', 'Bob']]) } });
  await buildWell(dir);
  console.log(await rowsIn(dir, sql`SELECT id, name FROM silver.t`), await rowsIn(dir, sql`SELECT * FROM bronze.s__x`));
  const dir2 = await makeProject({ config: one({ path: 'in/*.ndjson' }, { key: 'id', columns: { id: 'id', name: 'Name' } }), files: { 'in/a.ndjson': ndjson([{ id: 1, Name: 'Ann' }, { id: 3, name: 'Cid' }]), 'in/b.ndjson': ndjson([{ id: 2, name: 'Bob' }]) } });
  await buildWell(dir2);
  console.log(await rowsIn(dir2, sql`SELECT id, name FROM silver.t`));
});
