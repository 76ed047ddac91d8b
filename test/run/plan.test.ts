import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { describePlan } from '../../src/cli/plan.js';
import type { BuildOptions } from '../../src/index.js';
import { openProject, openReader, realEffects } from '../../src/index.js';
import { differences } from '../../src/run/plan/differences.js';
import type { Plan } from '../../src/run/plan/plan.js';
import { plan } from '../../src/run/plan/plan.js';
import { queryMetrics } from '../../src/run/stages/metrics.js';
import { id, sql } from '../../src/sql/tag.js';
import { asOf, buildIn, buildWell, configure, csv, makeProject, put, removeFolders } from '../support/project.js';
import { cases, patience } from '../support/property.js';
import { rowsIn } from '../support/query.js';

afterAll(removeFolders);

const contacts = (scale: number, more: Record<string, unknown> = {}) => ({
  name: 'planned',
  sources: {
    crm: { connector: 'file', streams: { contacts: { path: 'data/crm*.csv' } } },
    shop: { connector: 'file', streams: { orders: { path: 'data/orders*.csv', mode: 'replace' } } },
  },
  tables: {
    contacts: {
      from: 'crm.contacts',
      key: 'id',
      recency: 'seen',
      columns: { id: 'id', email: 'email', seen: { from: 'seen', type: 'date' } },
    },
    orders: {
      from: 'shop.orders',
      key: 'no',
      columns: { no: 'no', crm_id: 'crm_id', buyer: 'buyer', total: { from: 'total', type: 'money', scale } },
      rules: [{ rule: 'not_null', column: 'total' }],
      amounts: ['total'],
    },
  },
  entities: {
    customer: {
      records: [
        { table: 'contacts', id: 'id', identifiers: { crm_id: 'id' }, attributes: { email: 'email' } },
        { table: 'orders', id: 'buyer', identifiers: { crm_id: 'crm_id', buyer: 'buyer' } },
      ],
    },
  },
  models: { totals: { primary_key: 'buyer' } },
  ...more,
});

const totals = 'SELECT buyer, sum(total) AS total FROM silver.orders WHERE _deleted_at IS NULL GROUP BY buyer';
const crm = (rows: readonly (readonly string[])[]) => csv(['id', 'email', 'seen'], rows);
const orders = (rows: readonly (readonly string[])[]) => csv(['no', 'crm_id', 'buyer', 'total'], rows);

function makeShop(): Promise<string> {
  return makeProject({
    config: contacts(2),
    models: { totals },
    files: {
      'data/crm.csv': crm([
        ['c1', 'a@x.example', '2024-01-01'],
        ['c2', 'b@x.example', '2024-01-01'],
      ]),
      'data/orders.csv': orders([
        ['1', 'c1', 'b1', '10.00'],
        ['2', '', 'b2', '20.00'],
      ]),
    },
  });
}

async function planIn(dir: string, options: Omit<BuildOptions, 'asOf' | 'effects'> = {}): Promise<Plan> {
  return plan(await openProject(dir, { remember: false }), { asOf, effects: realEffects(), ...options });
}

describe('a plan', () => {
  test('says which rows are new and which published rows would change, and writes nothing', async () => {
    const dir = await makeShop();
    await buildWell(dir);
    await put(dir, {
      'data/crm2.csv': crm([
        ['c2', 'new@x.example', '2024-05-01'],
        ['c3', 'c@x.example', '2024-05-01'],
      ]),
    });
    const before = await fingerprints(join(dir, '.onefold'));
    const planned = await planIn(dir);
    expect(planned.sources).toEqual([
      { stream: 'crm.contacts', part: 'data/crm2.csv', change: 'new', rows_read: 2, rows_new: 2, rows_retracted: 0 },
    ]);
    expect(planned.tables).toMatchObject([
      { table: 'contacts', replayed: false, rows_before: 2, rows_after: 3, dispositions: { inserted: 1, updated: 1 } },
    ]);
    expect(planned.entities).toMatchObject([
      { entity: 'customer', entities_before: 3, entities_after: 4, created: 1, merged: [], split: [] },
    ]);
    expect(planned.published.find((t) => t.table === 'gold.customer')).toMatchObject({
      added: 1,
      removed: 0,
      changed: 1,
      columns: { email: 1 },
    });
    expect(await fingerprints(join(dir, '.onefold'))).toEqual(before);
  });

  test('names the keys that would merge, and those that would split', async () => {
    const dir = await makeShop();
    await buildWell(dir);
    await put(dir, {
      'data/orders.csv': orders([
        ['1', 'c1', 'b1', '10.00'],
        ['2', 'c2', 'b2', '20.00'],
      ]),
    });
    const merging = await planIn(dir);
    expect(merging.entities[0]?.merged).toHaveLength(1);
    await buildWell(dir);
    await put(dir, {
      'data/orders.csv': orders([
        ['1', '', 'b1', '10.00'],
        ['2', 'c2', 'b2', '20.00'],
      ]),
    });
    const splitting = await planIn(dir);
    expect(splitting.entities[0]?.split).toHaveLength(1);
    expect(splitting.sources[0]).toMatchObject({ change: 'changed', rows_retracted: 1 });
  });

  test('tells what metrics come to before and after, of news and of another definition, as the build then records', async () => {
    const revenue = { model: 'totals', sql: 'sum(total)' };
    const buyers = { model: 'totals', sql: 'count(*)' };
    const dir = await makeShop();
    await configure(dir, contacts(2, { metrics: { revenue, buyers } }));
    expect((await planIn(dir)).metrics).toEqual([
      { metric: 'revenue', currency: null, before: null, after: '30.00' },
      { metric: 'buyers', currency: null, before: null, after: '2' },
    ]);
    await buildWell(dir);
    expect((await planIn(dir)).metrics).toEqual([]);
    await put(dir, { 'data/orders.csv': orders([['1', 'c1', 'b1', '12.50']]) });
    const small = { model: 'totals', sql: 'count(*)', filter: 'total < 1' };
    await configure(dir, contacts(2, { metrics: { revenue, small } }));
    const planned = await planIn(dir);
    expect(planned.metrics).toEqual([
      { metric: 'revenue', currency: null, before: '30.00', after: '12.50' },
      { metric: 'small', currency: null, before: null, after: '0' },
      { metric: 'buyers', currency: null, before: '2', after: null },
    ]);
    expect(describePlan(planned)).toMatch(/revenue +30\.00 → 12\.50/);
    const built = await buildWell(dir);
    expect(await rowsIn(dir, sql`SELECT name, value FROM ops.metrics WHERE run_id = ${built.run_id} ORDER BY name`)).toEqual([
      '{"name":"revenue","value":"12.50"}',
      '{"name":"small","value":"0"}',
    ]);
  });

  test('is of a selection what a build of that selection does', async () => {
    const dir = await makeShop();
    await buildWell(dir);
    await put(dir, { 'data/orders.csv': orders([['1', 'c1', 'b1', '12.50']]), 'models/totals.sql': `${totals} HAVING TRUE` });
    expect((await planIn(dir, { select: ['totals'] })).sources).toEqual([]);
    expect((await planIn(dir, { select: ['state:modified'] })).would_publish).toEqual([]);
    const upstream = await planIn(dir, { select: ['+totals'] });
    expect(upstream.tables.map((t) => t.table)).toEqual(['orders']);
    expect(upstream.entities).toEqual([]);
    expect((await planIn(dir, { exclude: ['*'] })).warnings).toEqual([{ name: 'selection', message: 'the selection is empty' }]);
    const refreshed = await planIn(dir, { select: ['table:contacts'], fullRefresh: true });
    expect(refreshed.tables).toMatchObject([{ table: 'contacts', replayed: true }]);
  });

  test('tells views, which hold no rows, by what becomes of them', async () => {
    const dir = await makeShop();
    await configure(dir, contacts(2, { models: { big: { materialized: 'view' } }, metrics: { many: { model: 'big', sql: 'count(*)' } } }));
    await put(dir, { 'models/big.sql': 'SELECT * FROM gold.totals WHERE total > 15' });
    await buildWell(dir);
    expect((await queryMetrics(await openProject(dir), { metrics: ['many'], by: [] })).rows).toEqual([{ many: '1' }]);
    await put(dir, { 'models/big.sql': 'SELECT buyer FROM gold.totals WHERE total > 5' });
    const planned = await planIn(dir);
    expect(planned.published).toMatchObject([{ table: 'gold.big', change: 'changed', shape: ['a view', 'total removed'] }]);
    expect(planned.metrics).toEqual([{ metric: 'many', currency: null, before: '1', after: '2' }]);
    await configure(dir, contacts(2));
    expect((await planIn(dir)).published).toMatchObject([{ table: 'gold.big', change: 'changed', shape: ['a view → a table'] }]);
  });

  test('tells a table that is built again from bronze, with what changed in its definition', async () => {
    const dir = await makeShop();
    await buildWell(dir);
    await configure(dir, contacts(3));
    const planned = await planIn(dir);
    expect(planned.definitions).toEqual([
      { kind: 'table', name: 'orders', change: 'changed', differences: ['columns.total.options.scale: 2 → 3'] },
    ]);
    expect(planned.tables).toMatchObject([{ table: 'orders', replayed: true, rows_before: 2, rows_after: 2 }]);
    expect(planned.published.find((t) => t.table === 'gold.totals')).toMatchObject({
      shape: ['total: DECIMAL(38,2) → DECIMAL(38,3)'],
      changed: 0,
    });
  });

  test('tells that all values of a column together come to prove another order of day and month', async () => {
    const dir = await makeShop();
    await put(dir, {
      'data/crm.csv': crm([
        ['c1', 'a@x.example', '13/02/2024'],
        ['c2', 'b@x.example', '03/02/2024'],
      ]),
    });
    await buildWell(dir);
    await put(dir, { 'data/crm2.csv': crm([['c3', 'c@x.example', '02/14/2024']]) });
    const planned = await planIn(dir);
    expect(planned.tables[0]?.why).toContain('all values of seen together now prove mixed, not day_first');
    expect(planned.tables[0]?.replayed).toBe(true);
  });

  test('says that a check would fail, and why', async () => {
    const dir = await makeShop();
    await buildWell(dir);
    await put(dir, { 'models/totals.sql': 'SELECT 1 AS buyer UNION ALL SELECT 1' });
    const planned = await planIn(dir);
    expect(planned).toMatchObject({ status: 'failed', would_publish: [], error: { code: 'CHECK_FAILED' } });
    expect(planned.checks).toMatchObject([{ kind: 'primary_key', status: 'fail', broken: 2 }]);
  });

  test('of a project that was never built speaks of everything as new, and leaves no store behind', async () => {
    const dir = await makeShop();
    const planned = await planIn(dir);
    expect(planned.published.every((t) => t.change === 'new')).toBe(true);
    expect((await readdir(dir)).sort()).toEqual(['data', 'models', 'onefold.json']);
  });

  test('leaves landed files where they are, though a build would move them', async () => {
    const dir = await makeShop();
    await configure(
      dir,
      contacts(2, {
        sources: {
          crm: { connector: 'file', streams: { contacts: { path: 'data/crm*.csv', processed: 'done' } } },
          shop: { connector: 'file', streams: { orders: { path: 'data/orders*.csv' } } },
        },
      }),
    );
    await planIn(dir);
    expect((await readdir(join(dir, 'data'))).sort()).toEqual(['crm.csv', 'orders.csv']);
    await buildWell(dir);
    expect(await readdir(join(dir, 'done'))).toEqual(['crm.csv']);
  });

  test('sweeps what a plan that died has left', async () => {
    const dir = await makeShop();
    await buildWell(dir);
    await put(dir, { '.onefold/scratch-999999999/warehouse.duckdb': 'left behind' });
    await planIn(dir);
    expect((await readdir(join(dir, '.onefold'))).filter((name) => name.startsWith('scratch-'))).toEqual([]);
  });

  test(
    'is what the build that follows then does, whatever comes',
    async () => {
      const row = fc.record({
        id: fc.integer({ min: 1, max: 6 }),
        buyer: fc.integer({ min: 1, max: 4 }),
        cents: fc.integer({ min: 0, max: 999 }),
      });
      const step = fc.record({
        contacts: fc.array(row, { maxLength: 4 }),
        orders: fc.array(row, { minLength: 1, maxLength: 5 }),
        scale: fc.constantFrom(2, 2, 3),
      });
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 3 }), async (steps) => {
          const dir = await makeShop();
          for (const [i, s] of steps.entries()) {
            await configure(dir, contacts(s.scale));
            await put(dir, {
              [`data/crm_${i}.csv`]: crm(s.contacts.map((c) => [`c${c.id}`, `${c.cents}@x.example`, `2024-01-0${c.buyer}`])),
              'data/orders.csv': orders(s.orders.map((o, n) => [`${n}`, `c${o.id}`, `b${o.buyer}`, `${o.cents / 100}`])),
            });
            const planned = await planIn(dir);
            const was = await publishedDigests(dir);
            const built = await buildIn(dir);
            expect(built.status).toBe(planned.status);
            expect(built.changed).toEqual(planned.would_publish);
            const now = await publishedDigests(dir);
            const differing = [...new Set([...was.keys(), ...now.keys()])].filter((name) => was.get(name) !== now.get(name)).sort();
            expect(planned.published.map((t) => t.table)).toEqual(differing);
            for (const t of planned.published) expect(t.rows_after).toBe(Number(now.get(t.table)?.split(' ')[0] ?? 0));
            const events = await rowsIn(
              dir,
              sql`SELECT event FROM identity.customer_events WHERE run_id = ${built.run_id} AND event IN ('created', 'merged', 'split')`,
            );
            const e = planned.entities[0];
            expect(events).toHaveLength((e?.created ?? 0) + (e?.merged.length ?? 0) + (e?.split.length ?? 0));
          }
        }),
        cases(4),
      );
    },
    patience,
  );
});

describe('differences between definitions', () => {
  test('go by name in lists of named things, and spell short values only', () => {
    const column = (name: string, type: string) => ({ name, type });
    expect(
      differences(
        { columns: [column('a', 'text'), column('b', 'text')], sql: 'x'.repeat(80), key: ['a'] },
        { columns: [column('c', 'date'), column('a', 'integer')], sql: 'y'.repeat(80), key: ['a', 'b'] },
      ),
    ).toEqual(['columns.a.type: "text" → "integer"', 'columns.b removed', 'columns.c added', 'sql changed', 'key: ["a"] → ["a","b"]']);
  });
});

/** Table → how many rows it has published, and a digest of all that does not tell the run. */
async function publishedDigests(dir: string): Promise<ReadonlyMap<string, string>> {
  const { snapshot, engine } = await openReader(join(dir, '.onefold')).catch(() => ({ snapshot: null, engine: null }));
  const out = new Map<string, string>();
  try {
    for (const t of snapshot?.tables ?? []) {
      if (t.schema === 'ops') continue;
      const rows = (await engine?.table(sql`SELECT * FROM ${id(t.schema, t.name)}`))?.rows ?? [];
      const texts = rows.map((r) => JSON.stringify(Object.entries(r).filter(([name]) => name !== 'run_id'))).sort();
      out.set(
        `${t.schema}.${t.name}`,
        `${rows.length} ${createHash('md5')
          .update(JSON.stringify([texts, t.columns]))
          .digest('hex')}`,
      );
    }
  } finally {
    engine?.close();
  }
  return out;
}

/** Path → digest of every file below a folder. */
async function fingerprints(folder: string): Promise<Readonly<Record<string, string>>> {
  const files = (await readdir(folder, { recursive: true, withFileTypes: true })).filter((e) => e.isFile());
  const all = files.map(async (f) => {
    const path = join(f.parentPath, f.name);
    return [
      path,
      createHash('md5')
        .update(await readFile(path))
        .digest('hex'),
    ] as const;
  });
  return Object.fromEntries(await Promise.all(all));
}
