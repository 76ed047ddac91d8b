import { afterAll, describe, expect, test } from 'vitest';
import { streamsOnly } from '../../src/cli/sync.js';
import type { BuildResult } from '../../src/index.js';
import { build, openProject, realEffects } from '../../src/index.js';
import { expectBalanced } from '../support/accounts.js';
import { asOf, makeProject, put, removeFolders } from '../support/project.js';

afterAll(removeFolders);

const config = {
  name: 'sync',
  sources: { s: { connector: 'file', streams: { a: { path: 'a*.csv' }, b: { path: 'b*.csv' } } } },
  tables: { a: { from: 's.a', key: 'id', columns: { id: 'id' }, rules: [{ rule: 'unique', column: 'id', severity: 'fail' }] } },
};

async function run(dir: string, select?: readonly string[]): Promise<BuildResult> {
  const result = await build(await openProject(dir), { asOf, effects: realEffects(), select });
  expectBalanced(result);
  return result;
}

const landed = (result: BuildResult): readonly string[] =>
  result.ledger.filter((l) => l.scope === 'stream' && l.line === 'landed' && l.rows > 0).map((l) => `${l.name} ${l.rows}`);

describe('landing alone', () => {
  test('lands what is selected, publishes nothing, and the next build takes it from there', async () => {
    const dir = await makeProject({ config, files: { 'a1.csv': 'id\n1\n', 'b1.csv': 'id\n1\n' } });
    const some = await run(dir, streamsOnly(['s.b']));
    expect([landed(some), some.published, some.status]).toEqual([['s.b 1'], false, 'success']);
    const all = await run(dir, streamsOnly());
    expect([landed(all), all.published]).toEqual([['s.a 1'], false]);
    const whole = await run(dir);
    expect([landed(whole), whole.published, whole.tables.map((t) => t.rows)]).toEqual([[], true, [1]]);
    await put(dir, { 'a2.csv': 'id\n2\n' });
    const later = await run(dir, streamsOnly());
    expect([landed(later), later.published, later.checks]).toEqual([['s.a 1'], false, []]);
    expect((await run(dir)).tables.map((t) => t.rows)).toEqual([2]);
  });

  test('selects by what streams are part of, and never more than streams', () => {
    expect(streamsOnly(['+a', 'source:s tag:nightly'])).toEqual([
      '+a,resource_type:stream',
      'source:s,resource_type:stream',
      'tag:nightly,resource_type:stream',
    ]);
    expect(streamsOnly()).toEqual(['resource_type:stream']);
  });
});
