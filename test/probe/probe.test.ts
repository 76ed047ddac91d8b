import { afterAll, expect, test } from 'vitest';
import { openProject, realEffects } from '../../src/index.js';
import { messageOf } from '../../src/base/errors.js';
import { buildIn, buildWell, csv, makeProject, ndjson, put, removeFolders } from '../support/project.js';
afterAll(removeFolders);
const one = (stream: object, table: object) => ({ name: 'p', sources: { s: { connector: 'file', streams: { x: stream } } }, tables: { t: { from: 's.x', ...table } } });
test('retract', async () => {
  for (const cols of [{ id: 'id' }, { day: {from: 'day', type: 'date', optional: true}, amount: {type: 'money', optional: true} }]) {
    const dir = await makeProject({ config: one({ path: 'in/*.ndjson', mode: 'replace' }, { key: 'content', columns: cols }), files: { 'in/b.ndjson': '{"id":1}\n{' } });
    await buildWell(dir);
    await put(dir, { 'in/b.ndjson': 'x' });
    const r = await buildIn(dir);
    console.log(r.error, r.steps.at(-1));
  }
});
