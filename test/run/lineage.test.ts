import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { scaffoldData, scaffoldProject } from '../../src/cli/scaffold.js';
import type { Project } from '../../src/index.js';
import type { ProjectColumns } from '../../src/run/explain/explain_column.js';
import { columnNamed, explainColumn, projectColumns } from '../../src/run/explain/explain_column.js';
import type { LineageTree } from '../../src/run/stages/lineage.js';
import { downstreamOf, originsOf, upstreamOf } from '../../src/run/stages/lineage.js';
import { sql } from '../../src/sql/tag.js';
import { buildWell, makeProject, projectIn, put, removeFolders } from '../support/project.js';
import { rowsIn } from '../support/query.js';

afterAll(removeFolders);

const config = {
  ...scaffoldProject,
  models: {
    revenue_by_customer: {
      primary_key: ['customer_key', 'currency'],
      columns: { amount: 'What was ordered', name: { description: 'Who' } },
    },
  },
  metrics: { ordered: { model: 'revenue_by_customer', sql: 'sum(amount)', currency: 'currency' } },
};

let dir: string;
let project: Project;
let columns: ProjectColumns;
beforeAll(async () => {
  dir = await makeProject({
    config,
    files: { ...scaffoldData, 'models/raw.sql': 'SELECT "order", total, _row_number FROM bronze.shop__orders ORDER BY 1' },
  });
  project = await projectIn(dir);
  columns = await projectColumns(project);
});

const spelled = (tree: LineageTree): string =>
  `${tree.table}.${tree.column ?? '*'}${tree.how === null ? '' : ` ${tree.how}`}${tree.from.length === 0 ? '' : ` (${tree.from.map(spelled).join(', ')})`}`;
const upstream = (name: string): LineageTree => upstreamOf(columns.edges, columnNamed(columns, name) ?? { table: '', column: '' });

describe('the lineage of a project, without any data', () => {
  it('leads from a model through silver to the columns of the source', () => {
    expect(spelled(upstream('gold.revenue_by_customer.amount'))).toBe(
      'gold.revenue_by_customer.amount aggregate (silver.orders.amount cleaned (shop.orders.total))',
    );
  });

  it('leads through survivorship: a field of the golden record comes from every record that may give it', () => {
    expect(spelled(upstream('gold.revenue_by_customer.name'))).toBe(
      'gold.revenue_by_customer.name direct (gold.customer.name chosen (silver.contacts.name cleaned (crm.contacts.name), silver.orders.customer_name cleaned (shop.orders.name)))',
    );
  });

  it('leads through identity: a key comes from every id that decides it', () => {
    expect(originsOf(upstream('gold.customer_360.customer_key')).map((o) => `${o.table}.${o.column ?? ''}`)).toEqual([
      'crm.contacts.id',
      'shop.orders.customer',
      'shop.orders.crm_id',
    ]);
  });

  it('gives a currency both columns that may say it', () => {
    expect(originsOf(upstream('gold.revenue_by_customer.currency')).map((o) => o.column)).toEqual(['total', 'currency']);
  });

  it('leads down too', () => {
    expect(downstreamOf(columns.edges, { table: 'shop.orders', column: 'total' }).map((d) => `${d.table}.${d.column}`)).toEqual([
      'gold.revenue_by_customer.amount',
      'gold.revenue_by_customer.currency',
      'silver.orders.amount',
      'silver.orders.amount_currency',
    ]);
  });

  it('explains a column: type, words, keys, rules on the way, metrics', async () => {
    expect(await explainColumn(project, columns, { table: 'gold.revenue_by_customer', column: 'amount' })).toMatchObject({
      type: 'DECIMAL(38,2)',
      description: 'What was ordered',
      rules: [
        { table: 'silver.orders', column: 'amount', rule: 'amount.not_null', severity: 'quarantine' },
        { table: 'silver.orders', column: 'amount', rule: 'amount.range', severity: 'quarantine' },
      ],
      metrics: ['ordered'],
    });
    expect((await explainColumn(project, columns, { table: 'gold.revenue_by_customer', column: 'name' })).description).toBe('Who');
    expect((await explainColumn(project, columns, { table: 'gold.revenue_by_customer', column: 'currency' })).keys).toEqual([
      'primary key (customer_key, currency)',
    ]);
  });

  it('knows no columns of what reads bronze, and says nothing of them', () => {
    expect(columnNamed(columns, 'gold.raw.total')).toBeNull();
    expect(() => columnNamed(columns, 'gold.customer.nam')).toThrow('did you mean `name`');
  });
});

describe('ops.lineage', () => {
  const told = (): Promise<readonly string[]> =>
    rowsIn(
      dir,
      sql`SELECT downstream_column AS d, upstream || '.' || upstream_column AS u, how FROM ops.lineage WHERE downstream = 'gold.raw' AND how <> 'reads'`,
    );

  it('has the columns of a built project, those of bronze too', async () => {
    await buildWell(dir);
    expect(await told()).toEqual([
      JSON.stringify({ d: '_row_number', u: 'bronze.shop__orders._row_number', how: 'direct' }),
      JSON.stringify({ d: 'order', u: 'bronze.shop__orders.order', how: 'direct' }),
      JSON.stringify({ d: 'total', u: 'bronze.shop__orders.total', how: 'direct' }),
    ]);
    expect(
      await rowsIn(dir, sql`SELECT upstream FROM ops.lineage WHERE downstream = 'gold.revenue_by_customer' AND how = 'reads'`),
    ).toEqual(['gold.customer', 'gold.customer_crosswalk', 'silver.orders'].map((upstream) => JSON.stringify({ upstream })));
  });

  it('follows a model that changes, and is not written again when nothing does', async () => {
    await put(dir, { 'models/raw.sql': 'SELECT "order", date AS total FROM bronze.shop__orders ORDER BY 1' });
    expect((await buildWell(dir)).steps.some((s) => s.name === 'lineage')).toBe(true);
    expect(await told()).toContain(JSON.stringify({ d: 'total', u: 'bronze.shop__orders.date', how: 'direct' }));
    expect((await buildWell(dir)).steps.some((s) => s.name === 'lineage')).toBe(false);
  });
});
