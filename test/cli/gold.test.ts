import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { scaffoldData, scaffoldProject } from '../../src/cli/scaffold.js';
import type { Said } from '../support/command_line.js';
import { onefold } from '../support/command_line.js';
import { buildWell, makeProject, put, removeFolders } from '../support/project.js';

// What is asked of gold on the command line: metrics, lineage, tests of models, what was published before.

// Each command is a process that loads the parser, which takes its time on a busy machine.
vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });

let dir: string;
const typed = (args: readonly string[], project = dir): Promise<Said> => onefold([...args, '--project', project]);
beforeAll(async () => {
  const ordered = {
    description: 'All orders',
    model: 'revenue_by_customer',
    sql: 'sum(amount)',
    dimensions: ['name'],
    currency: 'currency',
    format: 'currency',
  };
  dir = await makeProject({ config: { ...scaffoldProject, metrics: { ordered } }, files: scaffoldData });
  await buildWell(dir);
});
afterAll(removeFolders);

test('metric lists what is declared and answers by name, for people and for programs', async () => {
  const listed = await typed(['metric']);
  expect(listed.stdout).toContain('ordered    gold.revenue_by_customer    currency, name    All orders');
  const asked = await typed(['metric', 'ordered']);
  expect(asked).toMatchObject({ code: 0, stderr: '' });
  expect(asked.stdout.split('\n').map((l) => l.trim().split(/\s{2,}/))).toEqual([
    ['currency', 'ordered'],
    ['EUR', '1,330.50 EUR'],
    ['USD', '2,415.00 USD'],
    ['2 rows'],
    [''],
  ]);
  const json = await typed(['metric', 'ordered', '--where', "currency = 'EUR'", '--json']);
  expect(JSON.parse(json.stdout)).toMatchObject({
    run_id: 'r000001',
    dimensions: ['currency'],
    rows: [{ currency: 'EUR', ordered: '1330.50' }],
  });
  expect((await typed(['metric', 'ordered', '--by', 'nam'])).code).toBe(2);
});

test('validate refuses a metric whose column is not there', async () => {
  const wrong = { ...scaffoldProject, metrics: { m: { model: 'revenue_by_customer', sql: 'sum(amont)' } } };
  const other = await makeProject({ config: wrong, files: scaffoldData });
  const refused = await typed(['validate'], other);
  expect(refused.code).toBe(2);
  expect(refused.stderr).toContain('metrics.m.sql');
});

describe('lineage', () => {
  test('ls --lineage draws where a column comes from', async () => {
    const said = await typed(['ls', '--lineage', 'gold.revenue_by_customer.amount']);
    expect(said.stdout).toBe('gold.revenue_by_customer.amount  aggregate\n└─ silver.orders.amount  cleaned\n   └─ shop.orders.total\n');
    expect((await typed(['ls', '--lineage', 'gold.nothing'])).code).toBe(1);
  });

  test('explain explains a column, too', async () => {
    const said = await typed(['explain', 'silver.orders.amount', '--json']);
    expect(JSON.parse(said.stdout)).toMatchObject({
      type: 'DECIMAL(18,2)',
      feeds: [{ table: 'gold.revenue_by_customer', column: 'amount' }],
    });
  });
});

test('test exits 1 where a test of a model or a check does not hold', async () => {
  const good = 'model: revenue_by_customer\nexpect: []\n';
  await put(dir, { 'tests/empty.yaml': good });
  expect(await typed(['test'])).toMatchObject({ code: 0, stdout: '✓ empty\n1 test, 0 checks of run r000001: all hold\n' });
  await put(dir, { 'tests/empty.yaml': `${good.replace('[]', '[{ name: Ada, orders: 1 }]')}` });
  const failed = await typed(['test']);
  expect(failed.code).toBe(1);
  expect(failed.stdout).toContain('1 expected row did not come (-), 0 rows came unexpected (+)');
});

test('query --at asks what was published, and not together with --warehouse', async () => {
  expect((await typed(['query', '--at', 'r000001', 'SELECT count(*) AS n FROM gold.customer', '--json'])).stdout).toBe(
    '[\n  {\n    "n": 4\n  }\n]\n',
  );
  const gone = await typed(['query', '--at', '2020-01-01', 'SELECT 1']);
  expect(gone).toMatchObject({ code: 1, stderr: expect.stringContaining('SNAPSHOT_GONE') });
  expect((await typed(['query', '--at', 'yesterday', 'SELECT 1'])).code).toBe(2);
  expect((await typed(['query', '--at', 'r000001', '--warehouse', 'SELECT 1'])).code).toBe(2);
});
