import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { generators } from '../../src/testing/generate/index.js';
import { csv, rowsOf } from './duckdb.js';

const customers = 600;
let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'bank-'));
  const bank = generators.find(({ name }) => name === 'bank');
  await bank?.write({ out: dir, seed: 7, customers, truth: true });
});
afterAll(() => rm(dir, { recursive: true }));

const file = (name: string): string => csv(join(dir, `${name}.csv`));
const persons = (): string => file('truth/persons');
/** The rows of a stream, each with its customer. */
const told = (name: string, stream: string, id: string): string =>
  `(SELECT r.*, t.entity_id FROM ${file(name)} r JOIN ${file('truth/records')} t ON t.stream = '${stream}' AND t.id = r.${id})`;

/** By state, the least and the most that customers have of something; customers that have none count. */
async function ranges(name: string, stream: string, id: string): Promise<Record<string, unknown>> {
  const rows = await rowsOf(`SELECT state, min(n)::INTEGER AS least, max(n)::INTEGER AS most FROM (
      SELECT p.state, count(DISTINCT r.${id}) AS n FROM ${persons()} p LEFT JOIN ${told(name, stream, id)} r USING (entity_id) GROUP BY p.entity_id, p.state)
    GROUP BY state`);
  return Object.fromEntries(rows.map(({ state, least, most }) => [String(state), [least, most]]));
}

describe('customers of the bank', () => {
  test('are active, at risk and churned as 60, 25 and 15 in a hundred', async () => {
    const rows = await rowsOf(`SELECT state, count(*)::INTEGER AS n FROM ${persons()} GROUP BY 1 ORDER BY 1`);
    expect(rows).toEqual([
      { state: 'active', n: 360 },
      { state: 'at_risk', n: 150 },
      { state: 'churned', n: 90 },
    ]);
  });

  test.each<[string, string, string, Record<string, readonly [number, number]>]>([
    ['sf_cases', 'cases', 'sf_case_id', { active: [0, 2], at_risk: [2, 5], churned: [3, 8] }],
    ['sb_sessions', 'app_sessions', 'id', { active: [30, 60], at_risk: [15, 30], churned: [5, 15] }],
    ['gs_customer_notes', 'customer_notes', 'note_id', { active: [0, 3], at_risk: [2, 4], churned: [2, 5] }],
  ])('have as many rows in %s as their state has', async (name, stream, id, expected) => {
    expect(await ranges(name, stream, id)).toEqual(expected);
  });

  test('do as many things in a session as their state does', async () => {
    const rows = await rowsOf(`SELECT state, min(n)::INTEGER AS least, max(n)::INTEGER AS most FROM (
        SELECT s.id, p.state, count(e.id) AS n FROM ${told('sb_sessions', 'app_sessions', 'id')} s JOIN ${persons()} p USING (entity_id)
        LEFT JOIN ${file('sb_events')} e ON e.session_id = s.id GROUP BY ALL) GROUP BY 1 ORDER BY 1`);
    expect(rows).toEqual([
      { state: 'active', least: 4, most: 10 },
      { state: 'at_risk', least: 2, most: 5 },
      { state: 'churned', least: 1, most: 3 },
    ]);
  });

  test('are last heard of on their last day; the churned 3 to 12 months before the end', async () => {
    const seen = await rowsOf(`WITH seen AS (
        SELECT entity_id, posting_date AS day FROM ${told('erp_sales_invoices', 'sales_invoices', 'name')} UNION ALL
        SELECT entity_id, session_start[:10] FROM ${told('sb_sessions', 'app_sessions', 'id')} UNION ALL
        SELECT entity_id, note_date FROM ${told('gs_customer_notes', 'customer_notes', 'note_id')} UNION ALL
        SELECT entity_id, activity_date FROM ${told('sf_tasks', 'tasks', 'sf_task_id')})
      SELECT p.state, p.last_activity, max(s.day) AS last FROM ${persons()} p JOIN seen s USING (entity_id) GROUP BY p.entity_id, p.state, p.last_activity`);
    expect(seen).toHaveLength(customers);
    for (const { state, last_activity, last } of seen) {
      expect(last).toBe(last_activity);
      if (state !== 'churned') continue;
      expect(String(last) >= '2024-12-31' && String(last) <= '2025-09-30', String(last)).toBe(true);
    }
  });

  test('are the more content and the richer the firmer they stay', async () => {
    const scores = await rowsOf(`SELECT state, avg(score::INTEGER) AS score FROM ${told('sf_surveys', 'surveys', 'sf_survey_id')}
      JOIN ${persons()} USING (entity_id) WHERE score IN ('1', '2', '3', '4', '5') GROUP BY 1 ORDER BY 2 DESC`);
    const balances = await rowsOf(`SELECT state, avg(balance::DOUBLE) AS balance FROM ${told('cb_accounts', 'accounts', 'account_id')}
      JOIN ${persons()} USING (entity_id) GROUP BY 1 ORDER BY 2 DESC`);
    for (const order of [scores, balances]) expect(order.map(({ state }) => state)).toEqual(['active', 'at_risk', 'churned']);
  });

  test('have a branch under several spellings, all of which the truth knows', async () => {
    const [found] = await rowsOf(`SELECT count(DISTINCT territory)::INTEGER AS spellings, count(DISTINCT b.branch_id)::INTEGER AS branches,
        count(*) FILTER (b.branch_id IS NULL OR b.branch_id <> p.branch_id)::INTEGER AS wrong
      FROM ${told('erp_customers', 'customers', 'name')} c JOIN ${persons()} p USING (entity_id) LEFT JOIN ${file('truth/branches')} b ON b.spelling = c.territory`);
    expect(found).toMatchObject({ branches: 10, wrong: 0 });
    expect(Number(found?.spellings)).toBeGreaterThan(30);
  });

  test('are some of them twice in the ERP and in Salesforce, as one person in the truth', async () => {
    const [twice] =
      await rowsOf(`SELECT count(*) FILTER (stream = 'customers') - ${customers} AS erp, count(*) FILTER (stream = 'contacts') - ${customers} AS crm
      FROM ${file('truth/records')}`);
    expect(twice).toEqual({ erp: '9', crm: '12' });
  });
});

test('the files have the columns of the four systems', async () => {
  const columns = async (name: string): Promise<string> =>
    Object.keys((await rowsOf(`SELECT * EXCLUDE row_number FROM ${file(name)} LIMIT 1`))[0] ?? {}).join();
  expect(await columns('erp_customers')).toBe(
    'creation,customer_group,customer_name,customer_type,email_id,gender,mobile_no,modified,name,territory,website',
  );
  expect(await columns('erp_sales_invoices')).toBe(
    'creation,customer,customer_name,docstatus,due_date,grand_total,modified,name,posting_date,status,territory',
  );
  expect(await columns('sf_cases')).toBe(
    'closed_date,created_date,description,origin,priority,sf_case_id,sf_contact_id,status,subject,type',
  );
  expect(await columns('sb_events')).toBe('created_at,event_data,event_timestamp,event_type,id,session_id,user_email');
  expect(await columns('gs_customer_notes')).toBe('branch_id,created_by,customer_email,note_date,note_id,note_text,note_type');
});
