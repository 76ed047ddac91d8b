import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest';
import type { BuildResult } from '../../src/index.js';
import { build, openProject, realEffects } from '../../src/index.js';
import { trusted } from '../../src/sql/tag.js';
import { generators } from '../../src/testing/generate/index.js';
import { startBank } from '../../src/testing/index.js';
import { inWarehouse } from '../support/canonical.js';
import { csv } from '../testing/duckdb.js';
import { figures } from './bank.figures.js';

// Real data of the reference system lies beside the checkout on machines that have it; elsewhere its tests are skipped.
const reference = resolve(import.meta.dirname, '../../../shared/systems/bank/data');
const there = existsSync(reference);
if (!there) process.stdout.write(`skipped: no reference system at ${reference}\n`);

const folders: string[] = [];
afterAll(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true }))));

interface Built {
  readonly result: BuildResult;
  readonly again: BuildResult;
  /** Rows that a query of the warehouse gives, each as its values. */
  readonly rows: (query: string) => Promise<unknown[][]>;
}

async function temporary(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'onefold-bank-'));
  folders.push(folder);
  return folder;
}

async function built(data: string, asOf: string): Promise<Built> {
  const systems = await startBank(data);
  Object.assign(process.env, systems.env);
  try {
    const project = await openProject(resolve(import.meta.dirname, '../../examples/bank'), { store: await temporary() });
    const options = { asOf: new Date(asOf), effects: realEffects() };
    const result = await build(project, options);
    const again = await build(project, options);
    const rows = (query: string) =>
      inWarehouse(project, async (engine) => (await engine.table(trusted(query))).rows.map((row) => Object.values(row).map(plain)));
    return { result, again, rows };
  } finally {
    for (const name of Object.keys(systems.env)) delete process.env[name];
    await systems.close();
  }
}

/** Whole numbers as numbers: the engine gives wide ones as text. */
function plain(value: unknown): unknown {
  return typeof value === 'string' && /^-?\d+$/.test(value) ? Number(value) : value;
}

/** Pairs that attributes link, and those of them in which neither e-mail nor phone confirms the name, or neither name nor phone the e-mail. */
const oneValue = `SELECT count(*), count(*) FILTER (same_email + same_phone = 0 OR same_phone + same_name = 0 AND same_email = 1) FROM (
  SELECT COALESCE((l."email.norm" = r."email.norm")::INT, 0) AS same_email, COALESCE((l."phone.norm" = r."phone.norm")::INT, 0) AS same_phone,
    COALESCE((jaro_winkler_similarity(l."name.norm", r."name.norm") > 0.7 OR l."name.words" & r."name.words" > 0)::INT, 0) AS same_name
  FROM identity.customer_matches m JOIN identity.customer_features l ON l.record = m.left_record JOIN identity.customer_features r ON r.record = m.right_record
  WHERE m.decision = 'linked')`;

describe.skipIf(!there)('bank, on the data of the reference system', () => {
  let b: Built;
  beforeAll(async () => {
    b = await built(reference, '2026-01-13');
  }, 300_000);

  it('lands every row of every system, and accounts for it', () => {
    expect(b.result).toMatchObject({ status: 'success', imbalances: [] });
    expect(b.result.tables.every((t) => t.quarantined === 0)).toBe(true);
    expect(b.result.ledger).toContainEqual(expect.objectContaining({ name: 'invoices.amount', line: 'inserted', amount: '58424810.36' }));
  });

  it.each(Object.entries(figures))('counts what the files hold: %s', async (_name, { query, expected }) => {
    const rows = await b.rows(`SELECT COALESCE(COLUMNS(*)::VARCHAR, 'null') FROM (${query})`);
    expect(rows.map((row) => row.join(' / ')).join('; ')).toBe(expected.replaceAll(/\s+/g, ' '));
  });

  it('keeps every customer of the ERP and every prospect of the CRM', async () => {
    expect(
      await b.rows('SELECT kind, count(*), count(contact_id), count(*) FILTER (is_demo) FROM gold.unified_customers GROUP BY 1 ORDER BY 1'),
    ).toEqual([
      ['customer', 502, 499, 2],
      ['prospect', 20, 20, 0],
    ]);
    expect(
      await b.rows(
        `SELECT u.kind, count(*) FROM gold.fct_support_cases JOIN gold.unified_customers u USING (customer_key) GROUP BY 1 ORDER BY 1`,
      ),
    ).toEqual([
      ['customer', 1081],
      ['prospect', 26],
    ]);
    expect(await b.rows('SELECT source, count(*), count(customer_key) FROM gold.identity_bridge GROUP BY 1 ORDER BY 1')).toEqual([
      ['app', 28, 28],
      ['branch_files', 415, 414],
      ['crm', 519, 519],
      ['erp', 502, 502],
    ]);
  });

  it('orphans no invoice', async () => {
    expect(await b.rows('SELECT count(*), count(customer_key), sum(amount)::VARCHAR FROM gold.fct_transactions')).toEqual([
      [5000, 5000, '58424810.36'],
    ]);
    expect(
      await b.rows(
        "SELECT customer_id, invoices, amount::VARCHAR, cases, notes FROM gold.customer_profile WHERE customer_id IN ('Sara Islam 246', 'Sara Islam 300') ORDER BY 1",
      ),
    ).toEqual([
      ['Sara Islam 246', 17, '217882.00', 5, 0],
      ['Sara Islam 300', 18, '193620.63', 0, 0],
    ]);
  });

  it('links by e-mail whom name and phone confirm, and flags the e-mail of two people', async () => {
    expect(
      await b.rows('SELECT same_email, same_name, same_phone, is_linked, count(*) FROM gold.email_links GROUP BY ALL ORDER BY ALL'),
    ).toEqual([
      [true, false, false, false, 1],
      [true, true, true, true, 499],
    ]);
    expect(
      await b.rows('SELECT email, len(customer_keys), erp_customers, crm_contacts, phones, open_notes FROM gold.shared_emails'),
    ).toEqual([['sara.islam99@gmail.com', 2, 2, 1, 2, 8]]);
    expect(await b.rows('SELECT table_name, reason, count(*) FROM gold.unlinked_records GROUP BY ALL')).toEqual([
      ['notes', 'several records of one system have this e-mail', 8],
    ]);
    // By e-mail alone: who is in which other system.
    expect(
      await b.rows(`SELECT email IN (SELECT email FROM silver.contacts WHERE email IS NOT NULL) IS TRUE, email IN (SELECT email FROM silver.sessions) IS TRUE,
        email IN (SELECT email FROM silver.notes) IS TRUE, count(*) FROM silver.customers GROUP BY ALL ORDER BY 4 DESC`),
    ).toEqual([
      [true, false, true, 392],
      [true, false, false, 80],
      [true, true, true, 24],
      [true, true, false, 4],
      [false, false, false, 2],
    ]);
  });

  it('makes nobody one by attributes who merely shares a name or an e-mail', async () => {
    expect(await b.rows("SELECT count(*) FROM identity.customer_matches WHERE decision <> 'linked'")).toEqual([[0]]);
    expect(await b.rows(oneValue)).toEqual([[499, 0]]);
    expect(
      await b.rows(
        `SELECT count(DISTINCT customer_key) FROM gold.customer_crosswalk WHERE record_id IN ('Sara Islam 246', 'Sara Islam 300')`,
      ),
    ).toEqual([[2]]);
  });

  it('gives the dashboard, for both ways to count how long somebody is a customer', async () => {
    expect(
      await b.rows(
        'SELECT * REPLACE (average_risk::VARCHAR AS average_risk, amount_at_risk::VARCHAR AS amount_at_risk) FROM gold.executive_summary',
      ),
    ).toEqual([
      ['first_sign', 502, 255, 109, '55.7', '30844832.85', 5],
      ['record', 502, 355, 59, '66.3', '39055532.55', 5],
    ]);
    // Without the customer whom one shared e-mail made vanish these are the figures of the system as it was.
    const alone = "FROM gold.customer_risk WHERE customer_id <> 'Sara Islam 300'";
    expect(await b.rows(`SELECT tenure_from, risk_segment, count(*), round(avg(risk), 1) ${alone} GROUP BY ALL ORDER BY ALL`)).toEqual([
      ['first_sign', 'High Risk', 255, 78],
      ['first_sign', 'Low Risk', 74, 27.4],
      ['first_sign', 'Medium Risk', 109, 46.7],
      ['first_sign', 'Minimal Risk', 63, 14.4],
      ['record', 'High Risk', 355, 77.1],
      ['record', 'Low Risk', 88, 34.5],
      ['record', 'Medium Risk', 58, 48.4],
    ]);
    expect(
      await b.rows(
        `SELECT round(avg(risk), 2), sum(amount) FILTER (risk >= 40)::VARCHAR ${alone} GROUP BY tenure_from ORDER BY tenure_from`,
      ),
    ).toEqual([
      [55.74, '30844832.85'],
      [66.32, '38861911.92'],
    ]);
    expect(
      await b.rows(
        "SELECT customers, average_risk, amount::VARCHAR, high_risk, medium_risk FROM gold.risk_by_segment WHERE tenure_from = 'record' AND value = 'University Branch'",
      ),
    ).toEqual([[56, 68.8, '5009903.78', 42, 6]]);
  });

  it('bands by engagement and by days since the last invoice', async () => {
    const bands = (measure: string) =>
      b.rows(
        `SELECT band, customers, average_risk FROM gold.risk_bands WHERE tenure_from = 'record' AND measure = '${measure}' ORDER BY band`,
      );
    expect(await bands('engagement')).toEqual([
      ['0-19', 197, 80.9],
      ['20-39', 117, 73.1],
      ['40-59', 174, 47.1],
      ['60-79', 7, 48.6],
      ['80-100', 7, 35],
    ]);
    expect(await bands('days_since_invoice')).toEqual([
      ['0-7', 42, 44.4],
      ['31-60', 43, 60.7],
      ['61-90', 22, 74.5],
      ['8-30', 141, 45.6],
      ['never', 208, 80.9],
      ['over 90', 46, 84.8],
    ]);
    expect(await bands('app_in_30_days')).toEqual([
      ['no', 485, 66.7],
      ['yes', 17, 53.8],
    ]);
  });

  it('says what to do first', async () => {
    const list = "FROM gold.worklist WHERE tenure_from = 'record'";
    expect(await b.rows(`SELECT action, count(*), sum(amount)::VARCHAR ${list} GROUP BY 1 ORDER BY 2 DESC`)).toEqual([
      ['resolve complaint', 276, '30541095.71'],
      ['win back', 83, '0.00'],
      ['onboarding follow-up', 55, '8514436.84'],
    ]);
    expect(await b.rows(`SELECT name, risk, amount::VARCHAR, priority, days_since_invoice ${list} AND place <= 5 ORDER BY place`)).toEqual([
      ['Layla Mirza 499', 85, '479427.35', 91, 294],
      ['Rania Hossain 802', 85, '450620.47', 91, 383],
      ['Yusuf Shah 262', 85, '429869.25', 91, 143],
      ['Jamal Sheikh 205', 85, '412690.54', 91, 173],
      ['Ayesha Mirza 793', 85, '383864.12', 89.4, 226],
    ]);
    expect(await b.rows(`SELECT count(*) ${list} AND factors LIKE '%complaint%'`)).toEqual([[334]]);
  });

  it('publishes nothing new when nothing is new', () => {
    expect(b.again).toMatchObject({ status: 'success', published: false, changed: [] });
  });
});

describe('bank, on generated data', () => {
  let [data, b]: [string, Built?] = [''];
  const rows = async (query: string): Promise<unknown[][]> => (await b?.rows(query)) ?? [];
  const file = (name: string): string => csv(join(data, `${name}.csv`));
  beforeAll(async () => {
    data = await temporary();
    await generators.find(({ name }) => name === 'bank')?.write({ out: data, seed: 7, customers: 60, truth: true });
    b = await built(data, '2026-01-01');
  }, 300_000);

  it('lands more rows than an answer of the app’s database has', async () => {
    expect(b?.result).toMatchObject({ status: 'success', imbalances: [] });
    for (const [table, name, id] of [
      ['events', 'sb_events', 'id'],
      ['sessions', 'sb_sessions', 'id'],
      ['invoices', 'erp_sales_invoices', 'name'],
    ] as const) {
      const [[landed, written] = []] = await rows(
        `SELECT (SELECT count(*) FROM silver.${table}), (SELECT count(DISTINCT ${id}) FROM ${file(name)})`,
      );
      expect(landed).toBe(written);
      expect(landed).toBeGreaterThan(1000);
    }
  });

  it('makes one customer of each of the ERP, with all its invoices', async () => {
    expect(
      await rows(`SELECT (SELECT count(*) FROM gold.unified_customers WHERE kind = 'customer') = (SELECT count(DISTINCT name) FROM ${file('erp_customers')}),
        (SELECT count(*) FROM gold.fct_transactions WHERE customer_key IS NULL),
        (SELECT sum(amount) FROM gold.customer_profile) = (SELECT sum(amount) FROM silver.invoices)`),
    ).toEqual([[true, 0, true]]);
  });

  it('makes no two people one, and keeps contacts without a customer as prospects', async () => {
    const people = `SELECT x.customer_key, t.entity_id FROM gold.customer_crosswalk x
      JOIN ${file('truth/records')} t ON t.id = x.record_id AND t.stream = x.stream`;
    expect(await rows(`SELECT customer_key FROM (${people}) GROUP BY 1 HAVING count(DISTINCT entity_id) > 1`)).toEqual([]);
    const [[records, linked] = []] = await rows(
      `SELECT count(*), count(*) FILTER (s > 1) FROM (SELECT count(DISTINCT source) AS s FROM gold.customer_crosswalk GROUP BY customer_key)`,
    );
    expect(records).toBe(62);
    expect(linked).toBe(59);
    expect(await rows("SELECT count(*) FROM gold.unified_customers WHERE kind = 'prospect' AND contact_id IS NOT NULL")).toEqual([[1]]);
  });

  it('links by attributes whom no identifier links, where two values agree at least', async () => {
    expect(await rows("SELECT count(*) > 0 FROM gold.customer_crosswalk WHERE how = 'alike'")).toEqual([[true]]);
    const [[linked, byOne] = []] = await rows(oneValue);
    expect(linked).toBeGreaterThan(50);
    expect(byOne).toBe(0);
  });

  it('gives what hangs on a shared e-mail to nobody', async () => {
    const shared = await rows('SELECT email FROM gold.shared_emails');
    expect(shared.length).toBeGreaterThan(0);
    expect(
      await rows(`SELECT count(*) FROM silver.notes n JOIN identity.customer_references r ON r.table_name = 'notes' AND r.row_key = n.note_id
        WHERE n.email IN (SELECT email FROM gold.shared_emails) AND r.customer_key IS NOT NULL`),
    ).toEqual([[0]]);
  });
});

test('a folder without the files starts nothing', async () => {
  await expect(startBank(join(tmpdir(), 'there-is-no-such-folder'))).rejects.toMatchObject({ code: 'FILE_UNREADABLE' });
});
