import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BuildResult, Project, Reader } from '../../src/index.js';
import { build, openProject, openReader, realEffects } from '../../src/index.js';
import { review } from '../../src/run/decide/review.js';
import { trusted } from '../../src/sql/tag.js';
import type { DirectoryRecord, DirectoryRequest } from '../../src/testing/index.js';
import { startDirectoryService } from '../../src/testing/index.js';

// Real data of the reference systems lies beside the checkout on machines that have it; elsewhere these tests are skipped.
const systems = resolve(import.meta.dirname, '../../../shared/systems');
const there = existsSync(systems);
if (!there) process.stdout.write(`skipped: no reference systems at ${systems}\n`);

const stores: string[] = [];
afterAll(() => Promise.all(stores.map((s) => rm(s, { recursive: true }))));

async function built(name: string, asOf: string): Promise<{ project: Project; result: BuildResult; again: BuildResult; reader: Reader }> {
  const before = process.env['ONEFOLD_DATA'];
  process.env['ONEFOLD_DATA'] = join(systems, name, 'data');
  try {
    const store = await mkdtemp(join(tmpdir(), `onefold-${name}-`));
    stores.push(store);
    const project = await openProject(resolve(import.meta.dirname, '../../examples', name), { store });
    const options = { asOf: new Date(asOf), effects: realEffects() };
    const result = await build(project, options);
    return { project, result, again: await build(project, options), reader: await openReader(store) };
  } finally {
    if (before === undefined) delete process.env['ONEFOLD_DATA'];
    else process.env['ONEFOLD_DATA'] = before;
  }
}

async function rows({ engine }: Reader, query: string): Promise<unknown[]> {
  return (await engine.table(trusted(query))).rows.map((row) => Object.values(row));
}

describe.skipIf(!there)('billing, on the data of the reference system', () => {
  let b: Awaited<ReturnType<typeof built>>;
  beforeAll(async () => {
    b = await built('billing', '2025-04-20');
  });
  const line = (name: string, what: string) => b.result.ledger.filter((l) => l.name === name && l.line === what);

  it('accounts for every row and every cent', () => {
    expect(b.result).toMatchObject({ status: 'success', imbalances: [] });
    expect(line('payments', 'read')).toMatchObject([{ rows: 10506 }]);
    expect(line('payments', 'inserted')).toMatchObject([{ rows: 10200 }]);
    expect(line('payments', 'duplicate')).toMatchObject([{ rows: 306 }]);
    expect(line('payments.amount', 'inserted')).toMatchObject([
      { currency: 'EUR', amount: '5117784.96' },
      { currency: 'USD', amount: '5135188.15' },
    ]);
    expect(Number(line('revenue.revenue', 'inserted')[0]?.amount).toFixed(2)).toBe('2731787.99');
  });

  it('reads slashed dates day first, with the evidence, and loses none', () => {
    const inferred = b.result.tables.flatMap((t) => t.inferred.map((i) => [t.name, i.column, i.verdict]));
    expect(inferred).toContainEqual(['payments', 'paid_on', 'day_first']);
    expect(inferred).toContainEqual(['revenue', 'booked_on', 'day_first']);
    expect(b.result.tables.map((t) => t.quarantined)).toEqual([0, 0, 0, 0]);
  });

  it('makes one customer of the three systems, and never two accounts of one system into one', async () => {
    expect(await rows(b.reader, 'SELECT count(*)::INT FROM gold.customer')).toEqual([[1050]]);
    expect(
      await rows(
        b.reader,
        'SELECT count(*)::INT FROM (SELECT customer_key, source FROM gold.customer_crosswalk GROUP BY ALL HAVING count(*) > 1)',
      ),
    ).toEqual([[0]]);
  });

  it('lists every contradictory reference with what was decided and why', async () => {
    const found = await rows(
      b.reader,
      "SELECT record, claimed_value, decided_value FROM gold.reference_conflicts WHERE record LIKE 'salesforce%'",
    );
    expect(found).toEqual([['salesforce.accounts:SAL0497', 'PAY0472', 'PAY0064']]);
    expect(await rows(b.reader, 'SELECT count(*)::INT, count(reason)::INT FROM gold.reference_conflicts')).toEqual([[450, 450]]);
  });

  it('never adds currencies, and says that revenue has none', async () => {
    expect(
      await rows(
        b.reader,
        `SELECT reason, round(sum(revenue_booked), 2)::VARCHAR FROM gold.cash_vs_revenue WHERE currency IS NULL GROUP BY 1`,
      ),
    ).toEqual([['currency_unknown', '2731787.99']]);
    expect(
      await rows(
        b.reader,
        'SELECT round(sum(cash_received + cash_scheduled), 2)::VARCHAR FROM gold.cash_vs_revenue WHERE currency IS NOT NULL GROUP BY currency ORDER BY currency',
      ),
    ).toEqual([['5117784.96'], ['5135188.15']]);
  });

  it('lists tickets of nobody known, and accounts of NetSuite without a reference', async () => {
    expect(await rows(b.reader, 'SELECT source, count(*)::INT FROM gold.unlinked_records GROUP BY 1 ORDER BY 1')).toEqual([
      ['netsuite', 50],
      ['support', 100],
    ]);
  });

  it('makes nobody one by a name, and asks people about whom no identifier tells apart, with the reason', async () => {
    expect(await rows(b.reader, "SELECT count(*)::INT FROM gold.customer_crosswalk WHERE how = 'alike'")).toEqual([[0]]);
    expect(await rows(b.reader, "SELECT count(*)::INT FROM identity.customer_matches WHERE decision = 'linked'")).toEqual([[0]]);
    // Two customers that a system has both are never one, so of these nobody is asked.
    const open = await rows(
      b.reader,
      `SELECT DISTINCT least(l.customer_key, r.customer_key), greatest(l.customer_key, r.customer_key) FROM identity.customer_matches
        JOIN gold.customer_crosswalk l ON l.record = left_record JOIN gold.customer_crosswalk r ON r.record = right_record
        WHERE decision = 'unconfirmed' AND NOT EXISTS (FROM gold.customer_crosswalk x JOIN gold.customer_crosswalk y USING (source)
          WHERE x.customer_key = l.customer_key AND y.customer_key = r.customer_key) ORDER BY ALL`,
    );
    const proposed = (await review(b.project, b.reader, 600)).filter((q) => q.kind === 'unconfirmed');
    expect(proposed.map((q) => [q.left.key, q.right.key].sort()).sort()).toEqual(open);
    expect(proposed.map((q) => [q.alone, q.probability])).toEqual(Array.from({ length: 5 }, () => [['name'], 0.5]));
  });

  it('publishes nothing new when nothing is new', () => {
    expect(b.again).toMatchObject({ status: 'success', published: false, changed: [] });
  });
});

describe.skipIf(!there)('retail, on the data of the reference system', () => {
  let r: Awaited<ReturnType<typeof built>>;
  beforeAll(async () => {
    r = await built('retail', '2025-01-01');
  });

  it('sets aside 1 of 15 sales and 18 of 105 customers, with the reasons', async () => {
    expect(r.result.tables).toMatchObject([
      { name: 'sales', rows: 14, quarantined: 1 },
      {
        name: 'customers',
        rows: 82,
        quarantined: 18,
        reasons: {
          'email is longer than 50 characters': 12,
          'customer_name is longer than 50 characters': 6,
          'the key customer_id is missing': 1,
        },
      },
    ]);
    const [[reasons]] = (await rows(r.reader, 'SELECT reasons FROM quarantine.sales')) as [[string[]]];
    expect(reasons).toContain('customer_id is missing');
    expect(reasons).toContain('quantity is below 1');
  });

  it('gives the right totals', async () => {
    expect(
      await rows(
        r.reader,
        'SELECT count(*)::INT, sum(total_value)::VARCHAR, round(avg(total_value), 2)::DECIMAL(9,2)::VARCHAR FROM gold.fact_sales',
      ),
    ).toEqual([[14, '10893.74', '778.12']]);
    expect(await rows(r.reader, 'SELECT transaction_id, total_value::VARCHAR FROM gold.high_value_transactions')).toEqual([
      ['T000010', '5472.50'],
      ['T001', '1899.98'],
      ['T000014', '1105.12'],
    ]);
    expect(await rows(r.reader, 'SELECT region, transactions::INT, total_sales::VARCHAR FROM gold.sales_by_region')).toEqual([
      ['East', 3, '1713.77'],
      ['North', 5, '8000.09'],
      ['South', 4, '956.62'],
      ['West', 2, '223.26'],
    ]);
    expect(await rows(r.reader, 'SELECT product_id, total_sales::VARCHAR FROM gold.top_products')).toEqual([
      ['P01', '7372.48'],
      ['P05', '1676.73'],
      ['P03', '1392.13'],
      ['P02', '240.10'],
      ['P04', '212.30'],
    ]);
    expect(await rows(r.reader, 'SELECT region, loyalty_points::INT FROM gold.loyalty_points_by_region')).toEqual([
      ['EAST', 2004309],
      ['NA', 5027570],
      ['NORTH', 1010910],
      ['SOUTH', 2009282],
      ['WEST', 2010965],
    ]);
    expect(
      await rows(
        r.reader,
        "SELECT total_sales::VARCHAR FROM gold.monthly_trend WHERE year_month IN ('2023-01', '2023-05', '2023-08') ORDER BY year_month",
      ),
    ).toEqual([['1899.98'], ['7480.72'], ['0.00']]);
  });

  it('keeps the sale of a rejected customer, with an inferred customer outside the 82', async () => {
    expect(await rows(r.reader, 'SELECT customer_id FROM gold.dim_customer WHERE _inferred')).toEqual([['C058']]);
    expect(await rows(r.reader, 'SELECT count(*)::INT FROM gold.dim_customer WHERE NOT _inferred')).toEqual([[82]]);
  });

  it('publishes nothing new when nothing is new', () => {
    expect(r.again).toMatchObject({ status: 'success', published: false });
  });
});

describe.skipIf(!there)('crm360, on the data of the reference system, served as its services serve it', () => {
  let c: Awaited<ReturnType<typeof built>>;
  let requests: readonly DirectoryRequest[];
  beforeAll(async () => {
    const read = async (name: string): Promise<DirectoryRecord[]> =>
      JSON.parse(await readFile(join(systems, 'crm360', 'data', `${name}.json`), 'utf8'));
    const service = await startDirectoryService({ collections: { users: await read('users'), posts: await read('posts') } });
    process.env['ONEFOLD_DIRECTORY_URL'] = service.url;
    c = await built('crm360', '2026-01-01');
    delete process.env['ONEFOLD_DIRECTORY_URL'];
    await service.close();
    requests = service.requests;
  });

  it('reads all pages, and asks for no field that is nobody else’s business', async () => {
    expect(c.result).toMatchObject({ status: 'success', imbalances: [] });
    expect(c.result.tables.map((t) => [t.name, t.rows, t.quarantined])).toEqual([
      ['users', 208, 0],
      ['customers', 120, 0],
      ['posts', 251, 0],
      ['tickets', 260, 0],
    ]);
    expect(requests.every((r) => r.status === 200 && r.query['select'] !== undefined)).toBe(true);
    const landed = await rows(c.reader, "SELECT column_name FROM duckdb_columns() WHERE schema_name = 'silver' ORDER BY 1");
    expect(JSON.stringify(landed)).not.toMatch(/password|bank|ssn|crypto/i);
  });

  it('links every ERP customer by number, every ticket by e-mail and every post', async () => {
    expect(
      await rows(
        c.reader,
        `SELECT count(*)::INT, count(*) FILTER (has_erp)::INT, count(*) FILTER (NOT has_erp)::INT, count(*) FILTER (posts > 0)::INT,
          count(*) FILTER (posts = 0)::INT, count(*) FILTER (tickets > 0)::INT, count(*) FILTER (tickets = 0)::INT FROM gold.customer_profile`,
      ),
    ).toEqual([[208, 120, 88, 155, 53, 125, 83]]);
    expect(await rows(c.reader, 'SELECT * FROM gold.unlinked')).toEqual([]);
  });

  it('sums posts and tickets without multiplying them', async () => {
    expect(
      await rows(
        c.reader,
        'SELECT sum(posts)::INT, sum(views)::INT, sum(likes)::INT, sum(dislikes)::INT, sum(tickets)::INT, sum(open_tickets)::INT, sum(high_priority_tickets)::INT FROM gold.customer_profile',
      ),
    ).toEqual([[251, 600103, 154619, 6018, 260, 96, 78]]);
    expect(
      await rows(
        c.reader,
        'SELECT user_id, posts::INT, views::INT, likes::INT, dislikes::INT FROM gold.customer_profile ORDER BY posts DESC, user_id LIMIT 1',
      ),
    ).toEqual([['150', 6, 11145, 3358, 168]]);
    expect(
      await rows(
        c.reader,
        `SELECT lower(first_name || '.' || last_name), tickets::INT, open_tickets::INT, high_priority_tickets::INT FROM gold.customer_profile
          WHERE tickets >= 5 ORDER BY 2 DESC, 1`,
      ),
    ).toEqual([
      ['chloe.roberts', 7, 3, 3],
      ['aurora.barnes', 5, 1, 0],
      ['sophia.jones', 5, 2, 1],
    ]);
  });

  it('takes the address from the ERP and what it lacks from the CRM, and the person from the CRM', async () => {
    expect(
      await rows(
        c.reader,
        "SELECT user_id, first_name, last_name, street, city, tax_id FROM gold.customer_profile WHERE user_id IN ('1', '2', '15', '150') ORDER BY user_id::INT",
      ),
    ).toEqual([
      ['1', 'Emily', 'Johnson', '626 Main Street', 'Phoenix', 'AI6849'],
      ['2', 'Michael', 'Williams', '385 Fifth Street', 'Houston', 'WN7700'],
      ['15', 'William', 'Gonzalez', '31 Maple Street', 'San Jose', 'SQ4430'],
      ['150', 'Stella', 'Morris', '257 Ninth Street', 'San Diego', null],
    ]);
    expect(
      await rows(
        c.reader,
        `SELECT field, count(*) FILTER (record LIKE 'erp%')::INT, count(*) FILTER (record LIKE 'crm%')::INT FROM gold.customer_provenance
          WHERE field IN ('street', 'city', 'postal_code', 'tax_id') GROUP BY 1 ORDER BY 1`,
      ),
    ).toEqual([
      ['city', 115, 93],
      ['postal_code', 110, 98],
      ['street', 116, 92],
      ['tax_id', 120, 0],
    ]);
  });

  it('publishes nothing new when nothing is new', () => {
    expect(c.again).toMatchObject({ status: 'success', published: false, changed: [] });
  });
});
