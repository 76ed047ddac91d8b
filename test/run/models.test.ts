import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it, test } from 'vitest';
import { z } from 'zod';
import type { BuildOptions, BuildResult } from '../../src/index.js';
import { build, openProject, openReader, realEffects } from '../../src/index.js';
import { manifestSchema, runResultsSchema } from '../../src/run/artifacts.js';
import { graphOf } from '../../src/run/select/graph.js';
import { unfinished } from '../../src/run/select/retry.js';
import { selectIn } from '../../src/run/select/selection.js';
import { trusted } from '../../src/sql/tag.js';
import type { Config } from '../support/project.js';
import { asOf, configure, csv, makeProject, put, removeFolders } from '../support/project.js';
import { cases } from '../support/property.js';

afterAll(removeFolders);

/** Builds with some of the options, at the same moment every time. */
async function run(dir: string, options: Partial<BuildOptions> = {}): Promise<BuildResult> {
  return build(await openProject(dir), { asOf, effects: realEffects(), ...options });
}

/** Rows of the published snapshot. */
async function ask(dir: string, query: string): Promise<readonly unknown[]> {
  const { engine } = await openReader((await openProject(dir)).store);
  try {
    return (await engine.table(trusted(query))).rows.map((r) => Object.values(r));
  } finally {
    engine.close();
  }
}

/** Models that a run built, or what else became of them. */
function models(result: BuildResult): Readonly<Record<string, string>> {
  return Object.fromEntries(
    result.results
      .filter((r) => r.resource_type === 'model')
      .map((r) => [r.name, r.status === 'success' ? (r.built ? 'built' : 'unchanged') : r.status]),
  );
}

const config = (more: Config = {}): Config => ({
  name: 'shop',
  sources: { s: { connector: 'file', streams: { orders: { path: 'orders.csv' }, people: { path: 'people.csv' } } } },
  tables: {
    orders: { from: 's.orders', key: 'id', columns: { id: 'id', who: 'who', amount: { from: 'amount', type: 'integer' } } },
    people: { from: 's.people', key: 'who', columns: { who: 'who', name: 'name' } },
  },
  ...more,
});
const files = { 'orders.csv': 'id,who,amount\n1,a,5\n2,b,7\n', 'people.csv': 'who,name\na,Ann\nb,Bob\n' };

describe('a model is built again when what it is made from has changed, and only then', () => {
  const sql = {
    big: 'SELECT id, who FROM silver.orders WHERE amount > 6 AND _deleted_at IS NULL ORDER BY id',
    count: 'SELECT count(*) AS n FROM gold.big',
    names: 'SELECT who, name FROM silver.people WHERE _deleted_at IS NULL ORDER BY who',
    today: 'SELECT as_of() AS now',
  };

  it('leaves alone what has nothing new, and stops where content is the same as before', async () => {
    const dir = await makeProject({ config: config(), models: sql, files });
    expect(models(await run(dir))).toEqual({ big: 'built', count: 'built', names: 'built', today: 'built' });
    expect(models(await run(dir))).toEqual({ big: 'unchanged', count: 'unchanged', names: 'unchanged', today: 'unchanged' });
    // Another order, too small for `big`: it is built to the same content, so `count` is not built.
    await put(dir, { 'orders.csv': 'id,who,amount\n1,a,5\n2,b,7\n3,b,1\n' });
    const third = await run(dir);
    expect(models(third)).toEqual({ big: 'built', count: 'unchanged', names: 'unchanged', today: 'unchanged' });
    expect(third.changed).toEqual([]);
    expect(models(await run(dir, { asOf: new Date('2025-07-02T00:00:00Z') }))).toMatchObject({ today: 'built', names: 'unchanged' });
  });

  it('drops a model that is gone with its state, and builds it when it comes back', async () => {
    const dir = await makeProject({ config: config(), models: sql, files });
    await run(dir);
    await put(dir, { 'models/count.sql': null });
    expect((await run(dir)).changed).toEqual(['gold.count']);
    await put(dir, { 'models/count.sql': sql.count });
    expect(models(await run(dir))).toMatchObject({ big: 'unchanged', count: 'built' });
    expect(await ask(dir, "SELECT upstream FROM ops.lineage WHERE downstream = 'gold.count' AND upstream IS NOT NULL")).toEqual([
      ['gold.big'],
    ]);
  });

  it('builds models that add rows to each other in one transaction, with what stands between them', async () => {
    const dir = await makeProject({
      config: config({ models: { fact: { foreign_keys: { who: { to: 'dim.who', missing: 'inferred' } } } } }),
      models: {
        dim: "SELECT who, name FROM silver.people WHERE who <> 'b' ORDER BY who",
        between: 'SELECT count(*) AS n FROM gold.dim',
        fact: 'SELECT o.id, o.who, b.n FROM silver.orders o, gold.between b ORDER BY o.id',
        reader: 'SELECT who, _inferred FROM gold.dim ORDER BY who',
        other: 'SELECT 1 AS one',
      },
      files,
    });
    const acts: string[] = [];
    const effects = {
      ...realEffects(),
      commit: <T>(name: string, act: () => Promise<T>): Promise<T> => {
        acts.push(name);
        return act();
      },
    };
    expect(await run(dir, { effects })).toMatchObject({ status: 'success' });
    expect(acts.filter((a) => a.startsWith('model:')).sort()).toEqual(['model:dim+between+fact', 'model:other', 'model:reader']);
    expect(await ask(dir, 'SELECT * FROM gold.reader')).toEqual([
      ['a', false],
      ['b', true],
    ]);
    // One of them is selected: all of them are built.
    await put(dir, { 'orders.csv': 'id,who,amount\n1,a,5\n2,b,7\n3,z,1\n' });
    expect(models(await run(dir, { select: ['+fact', 'reader'] }))).toEqual({
      between: 'built',
      dim: 'built',
      fact: 'built',
      reader: 'built',
    });
  });
});

describe('a model that fails', () => {
  const sql = {
    bad: 'SELECT nothing_such FROM silver.orders',
    after: 'SELECT * FROM gold.bad',
    later: 'SELECT * FROM gold.after',
    good: 'SELECT who FROM silver.people ORDER BY who',
  };

  it('stops only what reads it; nothing is published; retry builds the rest', async () => {
    const dir = await makeProject({ config: config(), models: sql, files });
    const failed = await run(dir);
    expect(failed).toMatchObject({ status: 'failed', published: false, error: { code: 'MODEL_INVALID' } });
    expect(models(failed)).toEqual({ after: 'skipped', bad: 'error', good: 'built', later: 'skipped' });
    await expect(ask(dir, 'SELECT 1')).rejects.toMatchObject({ code: 'SNAPSHOT_NONE' });
    await put(dir, { 'models/bad.sql': 'SELECT id FROM silver.orders ORDER BY id' });
    const select = await unfinished(await openProject(dir));
    expect([...select].sort()).toEqual(['model.after', 'model.bad', 'model.later']);
    const retried = await run(dir, { select });
    expect(retried).toMatchObject({ status: 'success', published: true });
    expect(await ask(dir, 'SELECT * FROM gold.later')).toEqual([['1'], ['2']]);
    expect(await unfinished(await openProject(dir))).toEqual([]);
  });

  it('is found by `result:`, as is one whose check did not pass', async () => {
    const dir = await makeProject({
      config: config({ models: { twice: { primary_key: 'one' } } }),
      models: { ...sql, twice: 'SELECT 1 AS one FROM silver.orders', bad: 'SELECT id FROM silver.orders' },
      files,
    });
    expect(await run(dir)).toMatchObject({ status: 'failed', error: { code: 'CHECK_FAILED' } });
    expect(await unfinished(await openProject(dir))).toEqual(['model.twice']);
    const again = await run(dir, { select: ['result:fail'] });
    expect(again.results.map((r) => [r.unique_id, r.status])).toEqual([['model.twice', 'fail']]);
  });
});

describe('a selection', () => {
  const sql = { a: 'SELECT count(*) AS n FROM silver.orders', b: 'SELECT n FROM gold.a', c: 'SELECT count(*) AS n FROM silver.people' };

  it('is built and published; the rest stays as it is', async () => {
    const dir = await makeProject({ config: config({ models: { c: { tags: ['people'] } } }), models: sql, files });
    const first = await run(dir, { select: ['+tag:people'] });
    expect(first.results.map((r) => r.unique_id)).toEqual(['stream.s.people', 'table.people', 'model.c']);
    expect(await ask(dir, 'SELECT * FROM gold.c')).toEqual([['2']]);
    await run(dir);
    await put(dir, { 'orders.csv': 'id,who,amount\n9,z,1\n', 'people.csv': 'who,name\na,Ann\nz,Zoe\n' });
    const part = await run(dir, { select: ['source:s.orders+'], exclude: ['b'] });
    expect(part).toMatchObject({ status: 'success', changed: ['gold.a'] });
    expect(await ask(dir, 'SELECT a.n, b.n, c.n FROM gold.a, gold.b, gold.c')).toEqual([['3', '2', '2']]);
    expect(models(await run(dir))).toEqual({ a: 'unchanged', b: 'built', c: 'built' });
  });

  it('needs what it is made from to be built, or selected', async () => {
    const dir = await makeProject({ config: config(), models: sql, files });
    const result = await run(dir, { select: ['b'] });
    expect(result).toMatchObject({
      status: 'failed',
      error: { code: 'NOT_BUILT', message: 'model.b is made from model.a, not built yet and not selected' },
    });
    expect(result.error?.hint).toContain('--select +model.b');
  });

  it('asks no metric of a model that was never built', async () => {
    const metrics = { total: { model: 'a', sql: 'sum(n)' } };
    const dir = await makeProject({ config: config({ metrics }), models: sql, files });
    expect(await run(dir, { select: ['+c'] })).toMatchObject({ status: 'success', published: true });
    await run(dir);
    expect(await ask(dir, 'SELECT name, value FROM ops.metrics')).toEqual([['total', '2']]);
  });

  it('of nothing is a warning, and no run', async () => {
    const dir = await makeProject({ config: config(), models: sql, files });
    const result = await run(dir, { select: ['nothing_such'] });
    expect(result).toMatchObject({ run_id: '', status: 'success', published: false });
    expect(result.warnings[0]?.message).toContain('`nothing_such` matches nothing');
    expect((await run(dir)).run_id).toBe('r000001');
  });

  it('by state compares with the run that is published', async () => {
    const dir = await makeProject({ config: config(), models: sql, files });
    await run(dir);
    await put(dir, { 'models/a.sql': 'SELECT count(*) + 1 AS n FROM silver.orders', 'models/d.sql': 'SELECT 1 AS one' });
    const result = await run(dir, { select: ['state:modified+'] });
    expect(models(result)).toEqual({ a: 'built', b: 'built', d: 'built' });
    expect((await run(dir, { select: ['state:modified'] })).run_id).toBe('');
  });
});

describe('a view', () => {
  const sql = {
    base: 'SELECT id, amount FROM silver.orders ORDER BY id',
    a_total: 'SELECT total, as_of() AS now FROM gold.sums',
    sums: 'SELECT sum(amount) AS total FROM gold.base',
    kept: 'SELECT total + 1 AS more FROM gold.sums',
    runs: 'SELECT count(*) AS n FROM ops.runs',
  };
  const views = { a_total: { materialized: 'view' }, sums: { materialized: 'view' }, runs: { materialized: 'view' } };

  it('is published as SQL, asked anew by readers, and read by tables', async () => {
    const dir = await makeProject({ config: config({ models: views }), models: sql, files });
    expect(await run(dir)).toMatchObject({ status: 'success' });
    expect(await ask(dir, 'SELECT * FROM gold.a_total')).toEqual([['12', '2025-07-01 00:00:00']]);
    expect(await ask(dir, 'SELECT * FROM gold.runs')).toEqual([['1']]);
    await put(dir, { 'orders.csv': 'id,who,amount\n1,a,5\n2,b,8\n' });
    expect(models(await run(dir))).toMatchObject({ base: 'built', kept: 'built' });
    expect(await ask(dir, 'SELECT total::INTEGER, more::INTEGER FROM gold.sums, gold.kept')).toEqual([[13, 14]]);
    const { snapshot, engine } = await openReader((await openProject(dir)).store);
    engine.close();
    expect(snapshot.views.map((v) => v.name).sort()).toEqual(['a_total', 'runs', 'sums']);
    expect(snapshot.tables.some((t) => t.name === 'sums')).toBe(false);
  });

  it('becomes a table and a table a view', async () => {
    const dir = await makeProject({ config: config({ models: views }), models: sql, files });
    await run(dir);
    await configure(
      dir,
      config({ models: { ...views, base: { materialized: 'table' }, sums: { materialized: 'table' }, kept: { materialized: 'view' } } }),
    );
    expect(await run(dir)).toMatchObject({ status: 'success' });
    expect(await ask(dir, 'SELECT total::INTEGER, more::INTEGER FROM gold.sums, gold.kept')).toEqual([[12, 13]]);
  });

  it('may read only what is published', async () => {
    const dir = await makeProject({
      config: config({ models: { base: { materialized: 'view' } } }),
      models: { base: sql.base, runs: sql.runs },
      files,
    });
    await expect(openProject(dir)).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringMatching(/a view may read what is published .*not `silver\.orders`[\s\S]*can't read `ops`/),
    });
  });
});

describe('an incremental model', () => {
  const incremental = (more: Config = {}): Config => ({
    ...config({ models: { inc: { materialized: 'incremental', key: 'id', since: 'day', ...more } } }),
    tables: {
      orders: {
        from: 's.orders',
        key: 'id',
        recency: 'day',
        columns: { id: 'id', who: 'who', amount: { from: 'amount', type: 'integer' }, day: { from: 'day', type: 'date' } },
      },
    },
  });
  const select = 'SELECT id, who, amount, day FROM silver.orders WHERE _deleted_at IS NULL';
  const orders = (rows: readonly (readonly string[])[]): string => csv(['id', 'who', 'amount', 'day'], rows);
  const [one, two] = [
    ['1', 'a', '5', '2025-01-01'],
    ['2', 'b', '7', '2025-01-05'],
  ] as const;

  it('takes rows from its last maximum on, and replaces by key', async () => {
    const dir = await makeProject({ config: incremental(), models: { inc: select }, files: { 'orders.csv': orders([one, two]) } });
    await run(dir);
    // A late row stays unseen; one as new as the newest, and a newer version of a known one, are taken.
    await put(dir, {
      'orders.csv': orders([['1', 'a', '6', '2025-01-06'], two, ['3', 'c', '1', '2025-01-05'], ['4', 'd', '1', '2025-01-02']]),
    });
    await run(dir);
    const inc = 'SELECT id, amount FROM gold.inc ORDER BY id';
    expect(await ask(dir, inc)).toEqual(
      [
        ['1', 6],
        ['2', 7],
        ['3', 1],
      ].map(([id, n]) => [id, String(n)]),
    );
    await run(dir, { select: ['inc'], fullRefresh: true });
    expect(await ask(dir, 'SELECT id FROM gold.inc ORDER BY id')).toEqual([['1'], ['2'], ['3'], ['4']]);
  });

  it('looks back as far as it is told to', async () => {
    const dir = await makeProject({
      config: incremental({ lookback: '3 days' }),
      models: { inc: select },
      files: { 'orders.csv': orders([one, two]) },
    });
    await run(dir);
    await put(dir, { 'orders.csv': orders([one, two, ['3', 'c', '1', '2025-01-02'], ['4', 'd', '1', '2025-01-01']]) });
    await run(dir);
    expect(await ask(dir, 'SELECT id FROM gold.inc ORDER BY id')).toEqual([['1'], ['2'], ['3']]);
  });

  it('is built anew when its definition, or that of what it reads, has changed', async () => {
    const dir = await makeProject({ config: incremental(), models: { inc: select }, files: { 'orders.csv': orders([one, two]) } });
    await run(dir);
    await put(dir, { 'models/inc.sql': select.replace('amount,', 'amount * 10 AS amount,') });
    await run(dir);
    expect(await ask(dir, 'SELECT id, amount FROM gold.inc ORDER BY id')).toEqual([
      ['1', '50'],
      ['2', '70'],
    ]);
    const upstream = incremental();
    await configure(dir, JSON.parse(JSON.stringify(upstream).replace('"who":"who"', '"who":{"from":"who","case":"upper"}')));
    await run(dir);
    expect(await ask(dir, 'SELECT who FROM gold.inc ORDER BY id')).toEqual([['A'], ['B']]);
  });

  it('needs a key and a column that grows, and points at no unknown row', async () => {
    const bad = config({
      models: {
        inc: { materialized: 'incremental', foreign_keys: { who: { to: 'dim.who', missing: 'unknown' } } },
        dim: { lookback: '3 days' },
      },
    });
    const dir = await makeProject({
      config: bad,
      models: { inc: 'SELECT id, who FROM silver.orders', dim: 'SELECT who FROM silver.people' },
      files,
    });
    await expect(openProject(dir)).rejects.toMatchObject({
      problems: [
        { path: 'models.inc.key', message: 'is needed for an incremental model' },
        { path: 'models.inc.since', message: 'is needed for an incremental model' },
        { path: 'models.inc.foreign_keys.who.missing' },
        { path: 'models.dim.lookback' },
      ],
    });
  });

  const day = fc.integer({ min: 1, max: 28 }).map((d) => `2025-01-${String(d).padStart(2, '0')}`);
  const row = fc.tuple(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 0, max: 9 }), day);

  test('equals a full rebuild whenever rows come in the order of `since`', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(row, { minLength: 1, maxLength: 14 }), fc.nat(14), fc.nat(14), async (rows, i, j) => {
        const sorted = [...rows].sort((a, b) => a[2].localeCompare(b[2]));
        const cuts = [i % rows.length, j % rows.length, rows.length].map((n) => Math.max(1, n)).sort((a, b) => a - b);
        const dir = await makeProject({ config: incremental(), models: { inc: select, whole: select } });
        for (const cut of cuts) {
          await put(dir, { 'orders.csv': orders(sorted.slice(0, cut).map(([id, amount, on]) => [String(id), 'w', String(amount), on])) });
          expect((await run(dir)).error).toBeNull();
        }
        expect(await ask(dir, 'SELECT * FROM gold.inc ORDER BY ALL')).toEqual(await ask(dir, 'SELECT * FROM gold.whole ORDER BY ALL'));
      }),
      cases(6),
    );
  }, 700_000);
});

test('a build that is cut off at any model leaves nothing published, and the next one completes it', async () => {
  const models = {
    dim: "SELECT who, name FROM silver.people WHERE who <> 'b' ORDER BY who",
    fact: 'SELECT id, who FROM silver.orders ORDER BY id',
    inc: 'SELECT id, amount FROM silver.orders',
    named: 'SELECT f.id, d.name FROM gold.fact f JOIN gold.dim d USING (who)',
  };
  const declared = {
    fact: { foreign_keys: { who: { to: 'dim.who', missing: 'inferred' } } },
    inc: { materialized: 'incremental', key: 'id', since: 'amount' },
    named: { materialized: 'view' },
  };
  const more = 'id,who,amount\n1,a,5\n2,b,7\n3,c,8\n';
  const state = async (dir: string): Promise<unknown> => [
    await ask(dir, 'SELECT * FROM gold.dim ORDER BY who'),
    await ask(dir, 'SELECT * FROM gold.inc ORDER BY id'),
    await ask(dir, 'SELECT * FROM gold.named ORDER BY id'),
  ];
  const whole = await makeProject({ config: config({ models: declared }), models, files: { ...files, 'orders.csv': more } });
  await run(whole);
  for (const act of ['model:dim+fact', 'model:inc', 'model:named']) {
    for (const moment of ['before', 'after']) {
      const dir = await makeProject({ config: config({ models: declared }), models, files });
      await run(dir);
      const before = await state(dir);
      await put(dir, { 'orders.csv': more });
      const commit = async <T>(name: string, doIt: () => Promise<T>): Promise<T> => {
        if (name === act && moment === 'before') throw new Error('cut off');
        const done = await doIt();
        if (name === act) throw new Error('cut off');
        return done;
      };
      await expect(run(dir, { effects: { ...realEffects(), commit } })).rejects.toThrow('cut off');
      expect(await state(dir)).toEqual(before);
      expect(await run(dir)).toMatchObject({ status: 'success', published: true });
      expect(await state(dir)).toEqual(await state(whole));
    }
  }
}, 300_000);

test('--full-refresh builds tables again from bronze, to the same rows', async () => {
  const dir = await makeProject({ config: config(), models: { a: 'SELECT id FROM silver.orders ORDER BY id' }, files });
  await run(dir);
  const again = await run(dir, { select: ['+a'], fullRefresh: true });
  expect(again).toMatchObject({ status: 'success', published: false });
  expect(again.results.map((r) => [r.unique_id, r.built, r.rows])).toEqual([
    ['stream.s.orders', false, 0],
    ['table.orders', true, 2],
    ['model.a', true, 2],
  ]);
});

test('manifest.json and run_results.json have the form that is published', async () => {
  const dir = await makeProject({
    config: config({ models: { bad: { tags: ['x'] } } }),
    models: { bad: 'SELECT nothing_such FROM silver.orders', after: 'SELECT * FROM gold.bad' },
    files,
  });
  for (const mend of [{}, { 'models/bad.sql': 'SELECT id FROM silver.orders' }]) {
    await put(dir, mend);
    const { run_id } = await run(dir);
    const read = async (name: string): Promise<unknown> => JSON.parse(await readFile(join(dir, '.onefold', 'runs', run_id, name), 'utf8'));
    const results = await read('run_results.json');
    // Nothing is in the files that the schemas don't tell.
    expect(runResultsSchema.parse(results)).toEqual(results);
    expect(z.object({ nodes: z.record(z.string(), z.unknown()) }).parse(await read('manifest.json')).nodes).toEqual(
      manifestSchema.parse(await read('manifest.json')).nodes,
    );
  }
});

describe('metrics in the graph', () => {
  const declared = {
    sources: { s: { connector: 'file', owner: 'sales', streams: { orders: { path: 'orders.csv', description: 'What was ordered' } } } },
    tables: {
      orders: {
        from: 's.orders',
        key: 'id',
        description: 'One row an order',
        owner: 'data',
        columns: { id: { from: 'id', type: 'text', description: 'The number on the order' } },
      },
    },
    models: { a: { description: 'Orders as they are', columns: { id: { description: 'As in orders' } } }, b: {} },
    metrics: { orders: { model: 'a', sql: 'count(*)', owner: 'finance', description: 'How many orders', tags: ['daily'] } },
  };
  const sql = { a: 'SELECT id FROM silver.orders WHERE _deleted_at IS NULL', b: 'SELECT id FROM gold.a' };

  test('the manifest says of everything what it is and who answers for it, of columns too, and what metrics are', async () => {
    const dir = await makeProject({ config: config(declared), models: sql, files });
    const { run_id } = await run(dir);
    const manifest = manifestSchema.parse(JSON.parse(await readFile(join(dir, '.onefold', 'runs', run_id, 'manifest.json'), 'utf8')));
    expect(manifest.nodes).toMatchObject({
      'stream.s.orders': { description: 'What was ordered', owner: 'sales', columns: {} },
      'table.orders': { description: 'One row an order', owner: 'data', columns: { id: { description: 'The number on the order' } } },
      'model.a': { description: 'Orders as they are', owner: null, columns: { id: { description: 'As in orders' } } },
      'metric.orders': { resource_type: 'metric', owner: 'finance', tags: ['daily'], depends_on: ['model.a'], relations: [] },
    });
    expect(manifest.metrics).toEqual([expect.objectContaining({ name: 'orders', model: 'a', sql: 'count(*)', format: 'number' })]);
  });

  test('what a metric is of is built with +metric:, and a metric alone is nothing to build', async () => {
    const dir = await makeProject({ config: config(declared), models: sql, files });
    const built = await run(dir, { select: ['+metric:orders'] });
    expect(built.results.map((r) => r.unique_id)).toEqual(['stream.s.orders', 'table.orders', 'model.a']);
    const nothing = await run(dir, { select: ['metric:orders'] });
    expect(nothing).toMatchObject({ run_id: '', warnings: [{ name: 'selection', message: expect.stringContaining('only metrics') }] });
  });

  test('another SQL of a metric modifies the metric and nothing else', async () => {
    const dir = await makeProject({ config: config(declared), models: sql, files });
    await run(dir);
    await configure(dir, config({ ...declared, metrics: { orders: { model: 'a', sql: 'count(DISTINCT id)' } } }));
    const project = await openProject(dir);
    const graph = graphOf(project);
    const { ids } = await selectIn(project, graph, { select: ['state:modified'] });
    expect([...ids]).toEqual(['metric.orders']);
  });
});
