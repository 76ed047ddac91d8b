import { afterAll, describe, expect, it } from 'vitest';
import { lastChecks } from '../../src/run/explain/last_checks.js';
import type { ModelTestResult } from '../../src/run/explain/model_tests.js';
import { runModelTests } from '../../src/run/explain/model_tests.js';
import { buildIn, makeProject, projectIn, removeFolders } from '../support/project.js';

afterAll(removeFolders);

const config = {
  name: 'tested',
  sources: { s: { connector: 'file', streams: { sales: { path: 'sales.csv' }, raw: { path: 'raw.csv' } } } },
  tables: {
    sales: {
      from: 's.sales',
      key: 'id',
      columns: {
        id: 'id',
        region: 'region',
        price: { from: 'price', type: 'decimal', scale: 2 },
        quantity: { from: 'quantity', type: 'integer' },
        sold_on: { from: 'sold_on', type: 'date' },
      },
    },
  },
  models: { fact: { primary_key: 'id' } },
};
const models = {
  fact: 'SELECT id, region, price * quantity AS total, sold_on, sold_on > as_of()::DATE - 30 AS recent FROM silver.sales WHERE _deleted_at IS NULL ORDER BY id',
  by_region: 'SELECT region, sum(total) AS total, count(*) AS n FROM gold.fact GROUP BY region ORDER BY region',
  raw: 'SELECT id, upper(name) AS name FROM bronze.s__raw ORDER BY id',
};

async function run(files: Readonly<Record<string, string>>, selected?: string): Promise<readonly ModelTestResult[]> {
  const dir = await makeProject({ config, models, files });
  return runModelTests(await projectIn(dir), selected);
}

const one = async (yaml: string, more: Readonly<Record<string, string>> = {}): Promise<ModelTestResult | undefined> =>
  (await run({ 'tests/t.yaml': yaml, ...more }))[0];

describe('unit tests of models', () => {
  it('compare only the columns that are stated, in any order, decimals and dates as the model types them', async () => {
    const result = await one(`
model: fact
as_of: 2025-02-01
given:
  silver.sales:
    - { id: 1, price: 1.10, quantity: 3, sold_on: 2025-01-31, region: North }
    - { id: 2, price: 12345678901234.56, quantity: 1, sold_on: 2024-01-31 }
    - { id: 3, price: 1, quantity: 1, _deleted_at: 2025-01-01 00:00:00 }
expect:
  - { id: 2, total: 12345678901234.56, region: null, recent: false }
  - { id: 1, total: 3.3, region: North, recent: true }
`);
    expect(result).toMatchObject({ status: 'pass', missing: [], unexpected: [], error: null });
  });

  it('say which rows did not come and which came instead, repeated ones too', async () => {
    const result = await one(`
model: by_region
given:
  gold.fact: |
    id,region,total
    1,North,1.50
    2,North,1.50
    3,,2
expect:
  - { region: North, total: 3.01, n: 2 }
  - { region: ~, total: 2, n: 1 }
  - { region: ~, total: 2, n: 1 }
`);
    expect(result?.status).toBe('fail');
    expect(result?.missing.map((r) => Object.values(r))).toEqual([
      ['North', '3.01', '2'],
      [null, '2.00', '1'],
    ]);
    expect(result?.unexpected.map((r) => Object.values(r))).toEqual([['North', '3.00', '2']]);
  });

  it('read csv files beside the test, lists of tests and several documents, and infer what nothing declares', async () => {
    const results = await run({
      'tests/deep/raw.yml':
        "- { model: raw, name: from a file, given: { bronze.s__raw: { file: raw.csv } }, expect: [{ id: '01', name: ADA }] }\n- { model: raw, given: { bronze.s__raw: [{ id: 7, name: x }] }, expect: [{ name: X }] }\n",
      'tests/deep/raw.csv': 'id,name\n01,Ada\n',
      'tests/two.yaml': 'model: by_region\nexpect: []\n---\nmodel: by_region\ngiven: { gold.fact: [{ region: a }] }\nexpect: []\n',
    });
    expect(results.map((r) => [r.name, r.status])).toEqual([
      ['from a file', 'pass'],
      ['deep/raw #2', 'pass'],
      ['two #1', 'pass'],
      ['two #2', 'fail'],
    ]);
  });

  it('run only those of a model, or of a name', async () => {
    const files = { 'tests/a.yaml': 'model: fact\nas_of: 2025-01-01\nexpect: []', 'tests/b.yaml': 'model: by_region\nexpect: []' };
    expect((await run(files, 'by_region')).map((r) => r.name)).toEqual(['b']);
    expect((await run(files, 'a')).map((r) => r.model)).toEqual(['fact']);
  });

  it.each([
    ['model: fakt\nexpect: []', 'did you mean `fact`'],
    ['model: fact\nexpect: []', 'say `as_of`'],
    ['model: by_region\ngiven: { silver.sales: [] }\nexpect: []', 'does not read `silver.sales`'],
    ['model: by_region\ngiven: { gold.fact: [{ regoin: x }] }\nexpect: []', 'did you mean `region`'],
    ['model: by_region\nexpect: [{ tottal: 1 }]', 'did you mean `total`'],
    ['model: by_region\nexpect: [{ region: a, n: 1 }, { region: b }]', 'row 2 does not say `n`'],
    ['model: by_region\nexpect: [{ total: 1.005 }]', 'has 2 decimals'],
    ['model: by_region\nexpect: [{ n: 1.5 }]', 'must be a whole number'],
    ['model: fact\nas_of: 2025-01-01\ngiven: { silver.sales: [{ sold_on: 2025-01-01 10:00 }] }\nexpect: []', 'must be a date'],
    ['model: raw\nexpect: []', 'give it rows'],
    ['model: by_region\nexpekt: []', 'expekt'],
    ['model: [', 'flow'],
  ])('that are written wrongly are errors of their own: %j', async (yaml, message) => {
    const result = await one(yaml);
    expect(result).toMatchObject({ status: 'error', error: expect.stringMatching(new RegExp(message.replace(/[`]/g, '.'), 'i')) });
  });
});

it('the checks of the newest run that judged are known without a lock, published or not', async () => {
  const dir = await makeProject({
    config,
    models: { fact: 'SELECT region AS id FROM silver.sales' },
    files: { 'sales.csv': 'id,region,price,quantity,sold_on\n1,x,1,1,2025-01-01\n2,x,1,1,2025-01-01\n', 'raw.csv': 'id,name\n1,a\n' },
  });
  const { store } = await projectIn(dir);
  expect(await lastChecks(store)).toBeNull();
  await buildIn(dir);
  expect(await lastChecks(store)).toMatchObject({
    run_id: 'r000001',
    status: 'failed',
    checks: [{ name: 'gold.fact(id)', status: 'fail', broken: 2 }],
  });
});
