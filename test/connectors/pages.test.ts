import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { chooseTarget } from '../../src/config/targets.js';
import { validateProject } from '../../src/config/validate.js';
import type { BuildResult, Connector, Effects, Project, Reading, SourceRecord } from '../../src/index.js';
import { build, defineSource, OnefoldError, realEffects } from '../../src/index.js';
import type { Sealing } from '../../src/run/context.js';
import { catalog } from '../../src/run/project/catalog.js';
import { openStore } from '../../src/run/store/store.js';
import type { Sql } from '../../src/sql/tag.js';
import { sql } from '../../src/sql/tag.js';
import { expectBalanced } from '../support/accounts.js';
import { Died, dying } from '../support/dying.js';
import { asOf, newFolder, removeFolders } from '../support/project.js';
import { cases, patience } from '../support/property.js';

afterAll(removeFolders);

/** A system of records by id, each with the version in which it was last changed, and what goes wrong with it. */
interface World {
  readonly records: Map<string, { readonly name: string; readonly version: number }>;
  /** How many pages the next read gives before it fails. */
  failAfter: number;
  /** What it says of how many records it has; the truth if null. */
  declares: number | null;
}

const cursorShape = z.object({ sweep: z.string().nullable(), after: z.string(), version: z.number() });

/** Reads a world in pages of two: everything at first and when asked to sweep, else what has a newer version than the cursor. */
function connectorOver(world: World, mode: 'sweep' | 'increment'): Connector {
  return defineSource({
    name: 'world',
    config: z.object({}),
    stream: z.object({}),
    capabilities: () => ({ key: ['id'], ordered: true }),
    check: async () => 'there',
    read: async function* (_source, _stream, context): AsyncIterable<Reading> {
      const before = cursorShape.safeParse(context.cursors.get('all')).data;
      const resumed = before?.sweep != null ? before : null;
      const news = mode === 'increment' && before !== undefined && resumed === null;
      const sweep = news ? null : (resumed?.sweep ?? `sweep ${world.records.size} ${before?.version ?? 0}`);
      const newest = Math.max(0, ...[...world.records.values()].map((r) => r.version));
      const wanted = [...world.records]
        .filter(([id, r]) => (news ? r.version > (before?.version ?? 0) : id > (resumed?.after ?? '')))
        .sort(([a], [b]) => (a < b ? -1 : 1));
      for (let i = 0, page = 0; i < wanted.length; i += 2, page++) {
        if (page >= world.failAfter) throw new OnefoldError('SOURCE_BROKEN', 'the world stopped');
        const records = wanted.slice(i, i + 2).map(([id, r]): SourceRecord => ({ id, ...r }));
        const cursor = news
          ? before
          : { sweep, after: wanted[Math.min(i + 1, wanted.length - 1)]?.[0] ?? '', version: before?.version ?? 0 };
        yield { kind: 'page', records, cursor, sweep };
      }
      if (wanted.length / 2 >= world.failAfter) throw new OnefoldError('SOURCE_BROKEN', 'the world stopped');
      yield {
        kind: 'end',
        cursor: { sweep: null, after: '', version: newest },
        sweep,
        total: news ? null : (world.declares ?? world.records.size),
      };
    },
  });
}

/** Gives these pages, one list a run. */
function connectorGiving(runs: readonly (readonly Reading[])[]): Connector {
  const left = [...runs];
  return defineSource({
    name: 'world',
    config: z.object({}),
    stream: z.object({}),
    capabilities: () => ({ key: ['id'], ordered: true }),
    check: async () => 'there',
    read: async function* (): AsyncIterable<Reading> {
      yield* left.shift() ?? [];
      yield { kind: 'end', cursor: {}, sweep: null, total: null };
    },
  });
}

function newWorld(records: Readonly<Record<string, string>>): World {
  return { records: new Map(Object.entries(records).map(([id, name]) => [id, { name, version: 1 }])), failAfter: Infinity, declares: null };
}

async function projectOver(connector: Connector): Promise<Project> {
  const dir = await newFolder();
  const config = {
    name: 'paged',
    sources: { w: { connector: 'world', streams: { things: {} } } },
    tables: { things: { from: 'w.things', key: 'id', columns: { id: 'id', name: 'name', version: { from: 'version', type: 'integer' } } } },
  };
  return validateProject(await chooseTarget({ dir, file: `${dir}/onefold.json`, config, connectors: [], models: [] }, {}), catalog, [
    connector,
  ]);
}

const oneByOne: Sealing = { rows: 1, bytes: Infinity, ms: Infinity };

async function run(project: Project, more: { readonly sealing?: Sealing; readonly effects?: Effects } = {}): Promise<BuildResult> {
  const result = await build(project, {
    asOf,
    effects: more.effects ?? realEffects(),
    ...(more.sealing === undefined ? {} : { sealing: more.sealing }),
  });
  expectBalanced(result);
  return result;
}

async function rowsOf(project: Project, query: Sql): Promise<readonly string[]> {
  const engine = await openStore(project, realEffects());
  try {
    return (await engine.table(query)).rows.map((r) => Object.values(r).join(' ')).sort();
  } finally {
    engine.close();
  }
}

const standing = sql`SELECT id, name FROM silver.things WHERE _deleted_at IS NULL`;
const landed = sql`SELECT id, name FROM bronze.w__things`;
const truth = (world: World): readonly string[] => [...world.records].map(([id, r]) => `${id} ${r.name}`).sort();

describe('records that come in pages', () => {
  test('land once, however often they are read again', async () => {
    const world = newWorld({ a: 'Ann', b: 'Bob', c: 'Cid' });
    const project = await projectOver(connectorOver(world, 'sweep'));
    expect((await run(project)).status).toBe('success');
    const again = await run(project);
    expect(again.ledger.filter((l) => l.name === 'w.things' && l.rows > 0).map((l) => [l.line, l.rows])).toEqual([
      ['known', 3],
      ['read', 3],
    ]);
    expect(again.published).toBe(false);
    expect(await rowsOf(project, landed)).toHaveLength(3);
  });

  test('that change are read anew, and the later reading is what stands, without a column that says so', async () => {
    const world = newWorld({ a: 'Ann', b: 'Bob' });
    const project = await projectOver(connectorOver(world, 'increment'));
    await run(project);
    for (const [version, name] of [
      [2, 'Zoe'],
      [3, 'Ann'],
      [4, 'Bea'],
    ] as const) {
      world.records.set('a', { name, version });
      await run(project);
      expect(await rowsOf(project, standing)).toEqual(truth(world));
    }
    expect(await rowsOf(project, landed)).toHaveLength(5);
  });

  test.each<readonly [string, Sealing | undefined]>([
    ['in one segment', undefined],
    ['in a segment each', oneByOne],
  ])('that come and are gone in one reading end as the source told it last, %s', async (_, sealing) => {
    const page = (names: Readonly<Record<string, string>>, ...gone: readonly string[]) =>
      ({
        kind: 'page',
        records: Object.entries(names).map(([id, name]) => ({ id, name, version: 1 })),
        gone: gone.map((id) => [id]),
        cursor: null,
        sweep: null,
      }) as const;
    const project = await projectOver(
      connectorGiving([
        [page({ old: 'Ann', back: 'Bob', same: 'Cid' })],
        [
          page({ brief: 'Dan', twice: 'Eve', old: 'Ann' }),
          page({ twice: 'Eva' }),
          page({ new: 'Fay' }, 'old', 'brief', 'twice', 'back', 'same', 'never'),
          page({ back: 'Bea', same: 'Cid' }),
          page({ changed: 'Gus' }, 'changed'),
        ],
        [page({ brief: 'Dan' })],
      ]),
    );
    const more = sealing === undefined ? {} : { sealing };
    await run(project, more);
    await run(project, more);
    expect(await rowsOf(project, standing)).toEqual(['back Bea', 'changed Gus', 'new Fay', 'same Cid']);
    await run(project, more);
    expect(await rowsOf(project, standing)).toContain('brief Dan');
  });

  test('that a sweep does not meet are deleted, and come back when it meets them again', async () => {
    const world = newWorld({ a: 'Ann', b: 'Bob', c: 'Cid' });
    const project = await projectOver(connectorOver(world, 'sweep'));
    await run(project);
    world.records.delete('b');
    await run(project);
    expect(await rowsOf(project, standing)).toEqual(['a Ann', 'c Cid']);
    world.records.set('b', { name: 'Bob', version: 1 });
    await run(project);
    expect(await rowsOf(project, standing)).toEqual(['a Ann', 'b Bob', 'c Cid']);
  });

  test('fewer than the source declares fail the stream, delete nothing, and are read again', async () => {
    const world = newWorld({ a: 'Ann', b: 'Bob', c: 'Cid' });
    const project = await projectOver(connectorOver(world, 'sweep'));
    await run(project);
    world.records.delete('b');
    world.declares = 3;
    const short = await run(project);
    expect(short).toMatchObject({
      status: 'partial',
      warnings: [{ name: 'w.things', message: expect.stringContaining('w.things said that it has 3 records and gave 2') }],
    });
    expect(await rowsOf(project, standing)).toEqual(['a Ann', 'b Bob', 'c Cid']);
    world.records.set('b', { name: 'Bob', version: 1 });
    expect((await run(project)).status).toBe('success');
  });

  test('a source that suddenly gives nothing deletes nothing', async () => {
    const world = newWorld({ a: 'Ann' });
    const project = await projectOver(connectorOver(world, 'sweep'));
    await run(project);
    world.records.clear();
    expect((await run(project)).status).toBe('partial');
    expect(await rowsOf(project, standing)).toEqual(['a Ann']);
  });

  test('a source that fails in the middle keeps what it gave, and the next run goes on behind it', async () => {
    const world = newWorld({ a: 'Ann', b: 'Bob', c: 'Cid', d: 'Dan', e: 'Eve' });
    const project = await projectOver(connectorOver(world, 'sweep'));
    world.failAfter = 1;
    expect((await run(project)).status).toBe('partial');
    expect(await rowsOf(project, landed)).toEqual(['a Ann', 'b Bob']);
    world.failAfter = Infinity;
    const rest = await run(project);
    expect(rest.ledger.find((l) => l.name === 'w.things' && l.line === 'read')?.rows).toBe(3);
    expect(await rowsOf(project, standing)).toEqual(truth(world));
  });

  test(
    'are, after any history of changes, failures and crashes, what the source has',
    async () => {
      const id = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f');
      const change = fc.oneof(
        fc.record({ kind: fc.constant('put' as const), id, name: fc.constantFrom('x', 'y', 'z') }),
        fc.record({ kind: fc.constant('drop' as const), id }),
      );
      const step = fc.record({
        changes: fc.array(change, { maxLength: 4 }),
        failAfter: fc.constantFrom(0, 1, 2, Infinity),
        dieAt: fc.constantFrom(0, 0, 1, 2, 3, 5),
      });
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 5 }), async (steps) => {
          const world = newWorld({ a: 'x', b: 'y', c: 'z' });
          const project = await projectOver(connectorOver(world, 'sweep'));
          let version = 1;
          for (const { changes, failAfter, dieAt } of steps) {
            for (const c of changes) {
              version += 1;
              if (c.kind === 'put') world.records.set(c.id, { name: c.name, version });
              else if (world.records.size > 1) world.records.delete(c.id);
            }
            world.failAfter = failAfter;
            await run(project, { sealing: oneByOne, effects: dying(dieAt) }).catch((thrown: unknown) => {
              if (!(thrown instanceof Died)) throw thrown;
            });
          }
          world.failAfter = Infinity;
          // A sweep that was cut short goes on where it was; the one after it meets what changed behind its back.
          await run(project, { sealing: oneByOne });
          const last = await run(project, { sealing: oneByOne });
          expect(last.status).toBe('success');
          expect(await rowsOf(project, standing)).toEqual(truth(world));
          expect(await rowsOf(project, sql`SELECT * FROM ops.seen`)).toEqual([]);
        }),
        cases(12),
      );
    },
    patience,
  );
});
