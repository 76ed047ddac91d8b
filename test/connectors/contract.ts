import { expect, test } from 'vitest';
import type { BuildResult, Effects } from '../../src/index.js';
import { build, openProject, realEffects } from '../../src/index.js';
import type { Sealing } from '../../src/run/context.js';
import { id, sql } from '../../src/sql/tag.js';
import { expectBalanced } from '../support/accounts.js';
import { Died, dying } from '../support/dying.js';
import { asOf, makeProject } from '../support/project.js';
import { rowsIn } from '../support/query.js';

/** A record as the tests know it: every connector's stream has these two fields, `id` its key. */
export interface Thing {
  readonly id: string;
  readonly name: string;
}

/** A running source that has things, to be read by one connector. */
export interface World {
  /** The source as the project file says it, with one stream `things` that is read whole. */
  readonly source: Readonly<Record<string, unknown>>;
  /** The stream's columns for the two fields of a thing, where the source calls them otherwise. */
  readonly columns?: { readonly id: string; readonly name: string };
  /** Makes the source hold these things and no others. */
  readonly hold: (things: readonly Thing[]) => Promise<void>;
  /** What may be found nowhere: in no result, no message, no store. */
  readonly secrets: readonly string[];
}

/** What every connector keeps, whatever it reads. Call it inside a `describe`; `start` is called once for each test. */
export function connectorContract({ name, start }: { readonly name: string; readonly start: () => Promise<World> }): void {
  const opened = async (): Promise<{ readonly world: World; readonly dir: string }> => {
    const world = await start();
    const columns = world.columns ?? { id: 'id', name: 'name' };
    const tables = { things: { from: 's.things', key: 'id', columns } };
    const config = { name: 'contract', sources: { s: { connector: name, ...world.source } }, tables };
    await world.hold(things);
    return { world, dir: await makeProject({ config }) };
  };

  test('completes, and lands nothing again that is known', async () => {
    const { dir } = await opened();
    expect(await run(dir)).toMatchObject({ status: 'success', warnings: [] });
    expect(await standing(dir)).toEqual(spelled(things));
    const again = await run(dir);
    expect([again.status, again.published, landedIn(again)]).toEqual(['success', false, 0]);
  });

  test('follows what changes, comes and goes', async () => {
    const { world, dir } = await opened();
    await run(dir);
    const later = [...things.slice(2), { id: '1', name: 'another' }, { id: '99', name: 'new' }];
    await world.hold(later);
    const result = await run(dir);
    expect([result.status, landedIn(result)]).toEqual(['success', 2]);
    expect(await standing(dir)).toEqual(spelled(later));
  });

  test('a process that dies at any act of landing repeats nothing and misses nothing', async () => {
    for (let at = 1; ; at++) {
      const { world, dir } = await opened();
      const died = await run(dir, dying(at)).then(
        () => false,
        (thrown: unknown) => {
          if (!(thrown instanceof Died)) throw thrown;
          return true;
        },
      );
      if (!died) {
        expect(at).toBeGreaterThan(1);
        return;
      }
      expect((await run(dir)).status).toBe('success');
      expect(await standing(dir)).toEqual(spelled(things));
      const { id: key, name: text } = world.columns ?? { id: 'id', name: 'name' };
      expect(await rowsIn(dir, sql`SELECT ${id(key)} AS id, ${id(text)} AS name FROM bronze.s__things`)).toEqual(spelled(things));
    }
  });

  test('a secret is nowhere', async () => {
    const { world, dir } = await opened();
    const result = await run(dir);
    const kept = [sql`SELECT * FROM ops.cursors`, sql`SELECT * FROM ops.batches`, sql`SELECT * FROM bronze.s__things`];
    const told = JSON.stringify([result, await rowsIn(dir, ...kept)]);
    expect(world.secrets.filter((secret) => told.includes(secret))).toEqual([]);
  });
}

const things: readonly Thing[] = Array.from({ length: 5 }, (_, i) => ({ id: String(i + 1), name: `thing ${i + 1}` }));
const oneByOne: Sealing = { rows: 1, bytes: Infinity, ms: Infinity };

async function run(dir: string, effects: Effects = realEffects()): Promise<BuildResult> {
  const result = await build(await openProject(dir), { asOf, effects, sealing: oneByOne });
  expectBalanced(result);
  return result;
}

function standing(dir: string): Promise<readonly string[]> {
  return rowsIn(dir, sql`SELECT id, name FROM silver.things WHERE _deleted_at IS NULL`);
}

function spelled(all: readonly Thing[]): readonly string[] {
  return all.map(({ id, name }) => JSON.stringify({ id, name })).sort();
}

function landedIn(result: BuildResult): number {
  return result.ledger.filter((l) => l.name === 's.things' && l.line === 'landed').reduce((n, l) => n + l.rows, 0);
}
