import { afterAll, describe, expect, it } from 'vitest';
import { entity360, goldenRecord } from '../../src/gold/golden.js';
import { openProject, openReader, realEffects } from '../../src/index.js';
import { typesOf } from '../../src/run/project/types.js';
import { openStore } from '../../src/run/store/store.js';
import { id, sql, trusted } from '../../src/sql/tag.js';
import { buildIn, makeProject, projectIn, put, removeFolders } from '../support/project.js';
import { currentJson } from '../support/query.js';

afterAll(removeFolders);

async function ask(dir: string, query: string): Promise<readonly unknown[]> {
  const { engine } = await openReader((await openProject(dir)).store);
  try {
    return (await engine.table(trusted(query))).rows.map((r) => Object.values(r));
  } finally {
    engine.close();
  }
}

const two = (survivorship: Record<string, unknown>) => ({
  name: 'golden',
  sources: {
    crm: { connector: 'file', streams: { c: { path: 'crm.csv' } } },
    shop: { connector: 'file', streams: { o: { path: 'shop.csv' } } },
  },
  tables: {
    contacts: {
      from: 'crm.c',
      key: 'id',
      columns: { id: 'id', name: 'name', spend: { from: 'spend', type: 'integer' }, at: { from: 'at', type: 'date' } },
    },
    orders: {
      from: 'shop.o',
      key: 'order',
      columns: {
        order: 'order',
        contact: 'contact',
        buyer: 'buyer',
        name: 'name',
        spend: { from: 'spend', type: 'integer' },
        at: { from: 'at', type: 'timestamp' },
      },
    },
  },
  entities: {
    customer: {
      records: [
        { table: 'contacts', id: 'id', recency: 'at', identifiers: { crm_id: 'id' }, attributes: { name: 'name', spend: 'spend' } },
        {
          table: 'orders',
          id: 'buyer',
          recency: 'at',
          identifiers: { shop_id: 'buyer', crm_id: 'contact' },
          attributes: { name: 'name', spend: 'spend' },
        },
      ],
      identifiers: { crm_id: { unique: 'entity' }, shop_id: { unique: 'entity' } },
      survivorship,
    },
  },
});
const files = {
  'crm.csv': 'id,name,spend,at\nC1,Ada,9,2025-03-01\n',
  'shop.csv':
    'order,contact,buyer,name,spend,at\n1,C1,B1,Ada Lovelace,10,2025-01-01T00:00:00Z\n2,C1,B1,Ada L.,100,2025-04-01T00:00:00Z\n3,C1,B1,Ada L.,,2025-02-01T00:00:00Z\n',
};

describe('survivorship', () => {
  it.each([
    [{ prefer: ['crm', 'shop'] }, 'Ada'],
    [{ prefer: ['shop'] }, 'Ada L.'],
    ['most_recent', 'Ada L.'],
    ['most_frequent', 'Ada L.'],
    ['longest', 'Ada Lovelace'],
    ['min', 'Ada'],
    ['max', 'Ada Lovelace'],
  ])('%o chooses %s, with the losers', async (strategy, name) => {
    const dir = await makeProject({ config: two({ name: strategy }), files });
    await buildIn(dir);
    expect(await ask(dir, 'SELECT name FROM gold.customer')).toEqual([[name]]);
    const [[value, losers]] = (await ask(dir, "SELECT value, losers FROM gold.customer_provenance WHERE field = 'name'")) as [
      [string, string],
    ];
    expect(value).toBe(name);
    const lost = (JSON.parse(losers) as { value: string }[]).map((l) => l.value);
    expect([name, ...lost].sort()).toEqual(['Ada', 'Ada L.', 'Ada Lovelace']);
  });

  it('compares numbers as numbers, and keeps their type', async () => {
    const dir = await makeProject({ config: two({ spend: 'max' }), files });
    await buildIn(dir);
    expect(await ask(dir, 'SELECT spend + 1 FROM gold.customer')).toEqual([['101']]);
  });

  it('gives the 360 one row per entity, with identifiers and counts of every table', async () => {
    const dir = await makeProject({ config: two({}), files });
    await buildIn(dir);
    expect(
      await ask(dir, 'SELECT records, sources, crm_id, shop_id, contacts_rows, orders_rows, orders_newest FROM gold.customer_360'),
    ).toEqual([['2', 'crm, shop', 'C1', 'B1', '1', '3', '2025-04-01 00:00:00']]);
  });
});

describe('golden records that are made in parts', () => {
  const names = ['customer_provenance', 'customer', 'customer_360'];
  const many = {
    'crm.csv': `id,name,spend,at\n${Array.from({ length: 60 }, (_, i) => `C${i},Ada ${i % 7},${i},2025-03-01`).join('\n')}\n`,
    'shop.csv': `order,contact,buyer,name,spend,at\n${Array.from({ length: 90 }, (_, i) => `${i},C${i % 50},B${i % 60},Ada ${i % 5},${i},2025-04-01T00:00:00Z`).join('\n')}\n`,
  };

  it.each([null, 'some_keys'])('are those that are made at once, where all or some are made again (%s)', async (some) => {
    const dir = await makeProject({ config: two({ name: 'most_frequent' }), files: many });
    await buildIn(dir);
    const project = await openProject(dir);
    const engine = await openStore(project, realEffects());
    const rows = async (): Promise<readonly (readonly unknown[])[]> =>
      Promise.all(names.map(async (name) => (await engine.table(sql`SELECT * FROM ${id('gold', name)} ORDER BY ALL`)).rows));
    const before = await rows();
    expect(before.map((made) => made.length > 40)).toEqual([true, true, true]);
    await engine.run(sql`CREATE TEMP TABLE some_keys AS SELECT customer_key AS entity_key FROM gold.customer ORDER BY ALL LIMIT 20`);
    const remade = { changed: some === null ? null : id(some), parts: 5 };
    for (const entity of project.entities)
      for (const statement of [...goldenRecord(entity, typesOf(project), new Set(['name']), remade), ...entity360(entity, remade)])
        await engine.run(statement);
    expect(await rows()).toEqual(before);
    engine.close();
  });
});

const star = (missing: string) => ({
  name: 'star',
  sources: { s: { connector: 'file', streams: { f: { path: 'facts.csv' }, d: { path: 'dims.csv' } } } },
  tables: {
    facts: { from: 's.f', key: 'id', columns: { id: 'id', dim: 'dim' } },
    dims: { from: 's.d', key: 'dim', columns: { dim: 'dim', label: 'label' } },
  },
  models: { dim: { primary_key: 'dim' }, fact: { primary_key: 'id', foreign_keys: { dim: { to: 'dim.dim', missing } } } },
});
const models = {
  // Named so that the alphabet gives the wrong order: the plan must come from what they read.
  a_report: 'SELECT d.label, count(*) AS n FROM gold.fact f JOIN gold.dim d USING (dim) GROUP BY ALL ORDER BY ALL',
  dim: 'SELECT dim, label FROM silver.dims ORDER BY dim;',
  fact: 'SELECT id, dim FROM silver.facts ORDER BY id -- facts',
};
const starFiles = { 'facts.csv': 'id,dim\n1,x\n2,lost\n3,\n', 'dims.csv': 'dim,label\nx,X\n' };

describe('models and their keys', () => {
  it('gives a fact whose dimension row is missing an inferred one, which reports see', async () => {
    const dir = await makeProject({ config: star('inferred'), models, files: starFiles });
    expect(await buildIn(dir)).toMatchObject({ status: 'success' });
    expect(await ask(dir, 'SELECT * FROM gold.dim ORDER BY dim')).toEqual([
      ['lost', null, true],
      ['x', 'X', false],
    ]);
    expect(await ask(dir, 'SELECT * FROM gold.a_report ORDER BY label')).toEqual([
      ['X', '1'],
      [null, '1'],
    ]);
  });

  it('or points it at the unknown row', async () => {
    const dir = await makeProject({ config: star('unknown'), models, files: starFiles });
    expect(await buildIn(dir)).toMatchObject({ status: 'success' });
    expect(await ask(dir, 'SELECT * FROM gold.fact ORDER BY id')).toEqual([
      ['1', 'x'],
      ['2', 'unknown'],
      ['3', 'unknown'],
    ]);
  });

  it('or warns, or fails the publication', async () => {
    const warned = await makeProject({ config: star('warn'), models, files: starFiles });
    expect(await buildIn(warned)).toMatchObject({ status: 'success', published: true });
    const failed = await makeProject({ config: star('fail'), models, files: starFiles });
    expect(await buildIn(failed)).toMatchObject({ status: 'failed', published: false, error: { code: 'CHECK_FAILED' } });
  });

  it('fails the publication on a repeated primary key, and readers keep the last snapshot', async () => {
    const dir = await makeProject({ config: star('inferred'), models, files: starFiles });
    await buildIn(dir);
    const before = await currentJson(dir);
    await put(dir, { 'models/fact.sql': 'SELECT 1 AS id, dim FROM silver.facts' });
    expect(await buildIn(dir)).toMatchObject({ status: 'failed', error: { code: 'CHECK_FAILED' } });
    expect(await currentJson(dir)).toEqual(before);
  });

  it('says which model can not run, and where it stands', async () => {
    const dir = await makeProject({
      config: star('inferred'),
      models: { ...models, a_report: 'SELECT nothing_such FROM gold.fact' },
      files: starFiles,
    });
    const { error } = await buildIn(dir);
    expect(error).toMatchObject({ code: 'MODEL_INVALID' });
    expect(error?.message).toContain('models/a_report.sql');
  });

  it('refuses models that read each other in a circle', async () => {
    const dir = await makeProject({
      config: { ...star('fail'), models: {} },
      models: { a: 'SELECT * FROM gold.b', b: 'SELECT * FROM gold.a' },
      files: starFiles,
    });
    await expect(projectIn(dir)).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      problems: [{ path: 'models/a.sql', message: 'models read each other in a circle: a → b → a' }],
    });
  });

  it('refuses a circle that a foreign key closes, and one of a single model', async () => {
    const dir = await makeProject({
      config: { ...star('fail'), models: { a: { foreign_keys: { id: { to: 'b.id' } } } } },
      models: { a: 'SELECT 1 AS id', b: 'SELECT * FROM gold.a', c: 'SELECT * FROM gold.c' },
      files: starFiles,
    });
    await expect(projectIn(dir)).rejects.toMatchObject({
      problems: [
        { path: 'models/a.sql', message: 'models read each other in a circle: a → b → a' },
        { path: 'models/c.sql', message: 'models read each other in a circle: c → c' },
      ],
    });
  });

  it('publishes only the tables that changed, and forgets models that are gone', async () => {
    const dir = await makeProject({ config: star('inferred'), models, files: starFiles });
    await buildIn(dir);
    await put(dir, { 'models/a_report.sql': null });
    expect((await buildIn(dir)).changed).toEqual(['gold.a_report']);
    await expect(ask(dir, 'SELECT * FROM gold.a_report')).rejects.toMatchObject({ code: 'SQL_INVALID' });
  });
});

describe('identity over time', () => {
  it('keeps keys through merges, and old ones lead to the new', async () => {
    const dir = await makeProject({
      config: two({}),
      files: { 'crm.csv': files['crm.csv'], 'shop.csv': 'order,contact,buyer,name,spend,at\n1,,B1,Ada L.,1,2025-01-01T00:00:00Z\n' },
    });
    await buildIn(dir);
    const before = (await ask(dir, 'SELECT record, customer_key FROM gold.customer_crosswalk ORDER BY record')) as [string, string][];
    expect(new Set(before.map(([, key]) => key)).size).toBe(2);
    await put(dir, { 'shop.csv': 'order,contact,buyer,name,spend,at\n2,C1,B1,Ada L.,1,2025-02-01T00:00:00Z\n' });
    await buildIn(dir);
    const after = (await ask(dir, 'SELECT DISTINCT customer_key FROM gold.customer_crosswalk')) as [string][];
    expect(after).toHaveLength(1);
    const [kept] = after[0] ?? [''];
    const old = before.map(([, key]) => key).filter((key) => key !== kept);
    expect(await ask(dir, 'SELECT old_key, customer_key FROM gold.customer_redirects')).toEqual([[old[0], kept]]);
    expect(await ask(dir, "SELECT event FROM identity.customer_events WHERE run_id = 'r000002' ORDER BY 1")).toEqual([
      ['merged'],
      ['redirected'],
    ]);
  });
});
