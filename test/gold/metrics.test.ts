import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { formatted } from '../../src/cli/text.js';
import { shapesOf } from '../../src/run/project/shapes.js';
import { checkMetricColumns, queryMetrics } from '../../src/run/stages/metrics.js';
import { sql } from '../../src/sql/tag.js';
import { buildIn, buildWell, configure, makeProject, projectIn, removeFolders } from '../support/project.js';
import { rowsIn } from '../support/query.js';

afterAll(removeFolders);

const base = {
  name: 'shop',
  sources: { s: { connector: 'file', streams: { o: { path: 'orders.csv' } } } },
  tables: {
    orders: {
      from: 's.o',
      key: 'id',
      columns: {
        id: 'id',
        region: 'region',
        buyer: 'buyer',
        amount: { from: 'amount', type: 'money', currency: 'currency', scale: 2 },
        weight: { from: 'weight', type: 'decimal', scale: 3 },
        sold_on: { from: 'sold', type: 'date' },
      },
    },
  },
  entities: {
    customer: { records: [{ table: 'orders', id: 'buyer', identifiers: { buyer: 'buyer' }, attributes: { region: 'region' } }] },
  },
};
const metrics = {
  revenue: { model: 'fact', sql: 'sum(amount)', dimensions: ['region'], time: 'sold_on', currency: 'amount_currency', format: 'currency' },
  orders: { model: 'gold.fact', sql: 'count(*)', dimensions: { region: 'region', big: 'amount > 100' }, time: 'sold_on' },
  tonnage: { model: 'fact', sql: 'sum(weight) -- kilograms', dimensions: ['region'] },
  customers: { model: 'customer', sql: 'count(*)', dimensions: ['region'], filter: "region <> 'West'" },
  recent: { model: 'fact', sql: 'count(*)', filter: 'sold_on > as_of()::DATE - 60', dimensions: ['region'] },
};
const files = {
  'orders.csv': `id,region,buyer,amount,currency,weight,sold
1,North,A,0.10,EUR,0.1,2025-01-31
2,North,A,0.20,EUR,0.2,2025-02-01
3,South,B,1000.00,USD,99999999999999.999,2025-02-28
4,,C,5.00,EUR,0.001,2025-06-15
`,
};
const models = {
  fact: 'SELECT id, region, amount, amount_currency, weight, weight::DOUBLE AS light, sold_on FROM silver.orders ORDER BY id',
};

describe('asking for metrics', () => {
  let dir: string;
  beforeAll(async () => {
    dir = await makeProject({ config: { ...base, metrics }, files, models });
    await buildWell(dir);
  });
  const ask = async (names: string[], by: string[], more: { where?: string; asOf?: Date } = {}): Promise<readonly unknown[]> =>
    (await queryMetrics(await projectIn(dir), { metrics: names, by, ...more })).rows.map((row) => Object.values(row));

  it('never adds up currencies: the currency is a dimension that nobody has to ask for', async () => {
    expect(await ask(['revenue'], [])).toEqual([
      ['EUR', '5.30'],
      ['USD', '1000.00'],
    ]);
  });

  it('sorts by the dimensions and keeps rows whose dimension is missing, at the end', async () => {
    expect(await ask(['orders'], ['region'])).toEqual([
      ['North', '2'],
      ['South', '1'],
      [null, '1'],
    ]);
  });

  it('adds up decimals exactly', async () => {
    expect(await ask(['tonnage'], [])).toEqual([['100000000000000.300']]);
  });

  it('puts metrics of several tables side by side where they share the dimensions', async () => {
    expect(await ask(['orders', 'customers'], ['region'])).toEqual([
      ['North', '2', '1'],
      ['South', '1', '1'],
      [null, '1', null],
    ]);
    expect(await ask(['orders', 'customers'], [])).toEqual([['4', '2']]);
  });

  it('splits by periods of the declared time', async () => {
    expect(await ask(['orders'], ['month'])).toEqual([
      ['2025-01-01', '1'],
      ['2025-02-01', '2'],
      ['2025-06-01', '1'],
    ]);
    expect(await ask(['orders'], ['year', 'big'], { where: 'region IS NOT NULL' })).toEqual([
      ['2025-01-01', false, '2'],
      ['2025-01-01', true, '1'],
    ]);
  });

  it('calls now what the snapshot called now, unless another moment is given', async () => {
    expect(await ask(['recent'], [])).toEqual([['1']]);
    expect(await ask(['recent'], [], { asOf: new Date('2025-03-01') })).toEqual([['4']]);
  });

  it('records every total with the publication', async () => {
    const rows = await rowsIn(dir, sql`SELECT name, currency, value FROM ops.metrics WHERE run_id = 'r000001'`);
    expect(rows.map((r) => Object.values(JSON.parse(r)).join(' '))).toEqual([
      'customers  2',
      'orders  4',
      'recent  1',
      'revenue EUR 5.30',
      'revenue USD 1000.00',
      'tonnage  100000000000000.300',
    ]);
  });

  it.each([
    [['revenu'], [], {}, 'NOT_FOUND', 'did you mean `revenue`'],
    [['orders'], ['regon'], {}, 'USAGE', 'did you mean `region`'],
    [['revenue', 'orders'], ['region'], {}, 'USAGE', 'orders has no dimension `currency`'],
    [['orders'], [], { where: '1 = 1) FROM gold.fact WHERE (TRUE' }, 'USAGE', '--where'],
    [['orders'], [], { where: 'id IN (SELECT 1)' }, 'USAGE', "can't hold a query"],
    [['orders'], [], { where: 'count(*) > 1' }, 'USAGE', 'aggregate'],
    [['orders'], [], { where: 'nothing = 1' }, 'METRIC_INVALID', 'nothing'],
  ] as const)('refuses %j by %j %j', async (names, by, more, code, message) => {
    await expect(ask([...names], [...by], more)).rejects.toMatchObject({ code, message: expect.stringContaining(message) });
  });
});

describe('declaring metrics', () => {
  it.each([
    [{ model: 'fakt', sql: 'count(*)' }, 'did you mean `fact`'],
    [{ model: 'fact', sql: 'amount' }, 'must aggregate'],
    [{ model: 'fact', sql: 'sum(' }, 'metrics.m.sql'],
    [{ model: 'fact', sql: 'count(*) FROM gold.fact; DROP TABLE gold.fact' }, 'metrics.m.sql'],
    [{ model: 'fact', sql: '(SELECT max(id) FROM gold.fact)' }, "can't hold a query"],
    [{ model: 'fact', sql: 'sum(amount) OVER ()' }, "can't hold a window function"],
    [{ model: 'fact', sql: "max(getenv('HOME'))" }, "can't call `getenv`"],
    [{ model: 'fact', sql: 'count(*)', filter: 'sold_on < current_date' }, '`as_of()`'],
    [{ model: 'fact', sql: 'sum(random())' }, "can't call `random`"],
    [{ model: 'fact', sql: 'count(*)', dimensions: { n: 'count(*)' } }, 'can hold no aggregate'],
    [{ model: 'fact', sql: 'count(*)', format: 'money' }, '`currency EUR`'],
    [{ model: 'fact', sql: 'count(*)', dimensions: ['m'] }, 'is the name of a metric too'],
  ])('refuses %j', async (m, message) => {
    const dir = await makeProject({ config: { ...base, metrics: { m } }, files, models });
    await expect(projectIn(dir)).rejects.toMatchObject({ code: 'CONFIG_INVALID', message: expect.stringContaining(message) });
  });

  it('finds columns that the table does not have, conditions that are none, and sums of DOUBLE, without any data', async () => {
    const wrong = {
      a: { model: 'fact', sql: 'sum(amout)' },
      b: { model: 'fact', sql: 'sum(light) / count(*)' },
      c: { model: 'fact', sql: 'count(*)', filter: 'amount', dimensions: ['nowhere'], time: 'region' },
      d: { model: 'fact', sql: 'sum(amount) + amount' },
      fine: { model: 'customer_360', sql: 'sum(orders_rows)' },
    };
    const dir = await makeProject({ config: { ...base, metrics: wrong }, models });
    const project = await projectIn(dir);
    const shapes = await shapesOf(project);
    const problems = await checkMetricColumns(project, shapes);
    shapes.engine.close();
    expect(problems.map((p) => p.path)).toEqual([
      'metrics.a.sql',
      'metrics.b.sql',
      'metrics.c.filter',
      'metrics.c.time',
      'metrics.c.dimensions.nowhere',
      'metrics.d.sql',
    ]);
  });

  it('publishes nothing while a metric can not be computed, and builds nothing again because of words', async () => {
    const dir = await makeProject({ config: { ...base, metrics }, files, models });
    await buildWell(dir);
    await configure(dir, {
      ...base,
      tables: { orders: { ...base.tables.orders, description: 'All orders', owner: 'sales', tags: ['core'] } },
      models: { fact: { description: 'Facts', columns: { amount: 'What was paid' } } },
      metrics,
    });
    expect((await buildWell(dir)).published).toBe(false);
    const project = await projectIn(dir);
    expect(project.tables[0]).toMatchObject({ description: 'All orders', owner: 'sales', tags: ['core'] });
    expect(project.models[0]).toMatchObject({ description: 'Facts', columns: { amount: 'What was paid' } });
    const fresh = await makeProject({ config: { ...base, metrics: { m: { model: 'fact', sql: 'sum(nothing)' } } }, files, models });
    expect(await buildIn(fresh)).toMatchObject({ status: 'failed', published: false, error: { code: 'METRIC_INVALID' } });
  });
});

it('shows measures exactly', () => {
  expect(formatted('1234567.50', 'number')).toBe('1,234,567.50');
  expect(formatted('-0.1234', 'percent')).toBe('-12.34%');
  expect(formatted('1', 'percent')).toBe('100%');
  expect(formatted('1000', 'currency EUR')).toBe('1,000 EUR');
  expect(formatted('1000', 'currency', 'USD')).toBe('1,000 USD');
  expect(formatted(null, 'currency EUR')).toBe('');
});
