import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join, relative } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dirtKinds } from '../../src/testing/generate/dirt.js';
import { type GenerateOptions, generators } from '../../src/testing/generate/index.js';

type Row = Readonly<Record<string, string>>;
type Item = Readonly<Record<string, unknown>>;

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'generate-'));
});
afterAll(() => rm(dir, { recursive: true }));

async function generate(name: string, out: string, options: Partial<GenerateOptions> = {}) {
  const generator = generators.find((one) => one.name === name);
  if (generator === undefined) throw new Error(`no generator ${name}`);
  return generator.write({ seed: 42, customers: generator.customers, ...options, out: join(dir, out) });
}

const read = (out: string, file: string): Promise<string> => readFile(join(dir, out, file), 'utf8');

const contents = (out: string): Promise<Row> => textsBelow(out, false);
const allContents = (out: string): Promise<Row> => textsBelow(out, true);

async function textsBelow(out: string, recursive: boolean): Promise<Row> {
  const entries = await readdir(join(dir, out), { recursive, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  const names = files.map((entry) => relative(join(dir, out), join(entry.parentPath, entry.name))).sort();
  return Object.fromEntries(await Promise.all(names.map(async (name) => [name, await read(out, name)] as const)));
}

/** The records of a CSV text as cells; the generated files end every record with a line feed. */
function cellsOf(text: string): string[][] {
  const records: string[][] = [[]];
  for (const [, quoted, plain, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\n]*))(,|\n)/g)) {
    records.at(-1)?.push(quoted?.replaceAll('""', '"') ?? plain ?? '');
    if (end === '\n') records.push([]);
  }
  return records.slice(0, -1);
}

function rowsOf(text: string): { columns: string[]; rows: Row[]; ragged: string[][] } {
  const [columns = [], ...records] = cellsOf(text);
  const sound = records.filter((cells) => cells.length === columns.length);
  return {
    columns,
    rows: sound.map((cells) => Object.fromEntries(cells.map((cell, at) => [columns[at], cell]))),
    ragged: records.filter((cells) => cells.length !== columns.length),
  };
}

const distinct = <T>(rows: readonly T[]): T[] => [...new Map(rows.map((row) => [JSON.stringify(row), row])).values()];

function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) groups.set(keyOf(item), [...(groups.get(keyOf(item)) ?? []), item]);
  return groups;
}

function shareOf<T>(rows: readonly T[], holds: (row: T) => boolean): number {
  return rows.filter(holds).length / rows.length;
}

describe.each(generators.map(({ name }) => name))('%s', (name) => {
  test('writes the same bytes for the same seed and others for another', async () => {
    await generate(name, `${name}/nested/a`, { customers: 60 });
    await generate(name, `${name}/b`, { customers: 60 });
    await generate(name, `${name}/c`, { customers: 60, seed: 43 });
    const [first, same, other] = [await contents(`${name}/nested/a`), await contents(`${name}/b`), await contents(`${name}/c`)];
    expect(same).toEqual(first);
    for (const file of Object.keys(first)) expect(other[file]).not.toBe(first[file]);
  });

  test('writes the same bytes with all options, truth and deliveries included, and the same data without the truth', async () => {
    const options = { customers: 40, dirt: 'heavy', batches: 2, truth: true } as const;
    await generate(name, `${name}/d`, options);
    await generate(name, `${name}/e`, options);
    await generate(name, `${name}/f`, { ...options, truth: false });
    const [one, again, bare] = [await allContents(`${name}/d`), await allContents(`${name}/e`), await allContents(`${name}/f`)];
    expect(again).toEqual(one);
    for (const [file, text] of Object.entries(bare)) expect(text, file).toBe(one[file]);
  });

  test('counts the records it wrote, and writes more of them for more customers', async () => {
    const few = await generate(name, `${name}/few`, { customers: 300 });
    const many = await generate(name, `${name}/many`, { customers: 900 });
    for (const { path, rows } of few) expect(rows, basename(path)).toBe(rowsWritten(path, await readFile(path, 'utf8')));
    const total = (files: typeof few): number => files.reduce((sum, { rows }) => sum + rows, 0);
    expect(total(many) / total(few)).toBeCloseTo(3, 0);
  });

  test('tells the truth about rows that are there, and about persons that it lists', async () => {
    const files = await generate(name, `${name}/told`, { customers: 120, truth: true, batches: 2 });
    const rows = new Map(files.map(({ path, rows }) => [relative(join(dir, `${name}/told`), path), rows]));
    const persons = new Set(rowsOf(await read(`${name}/told`, 'truth/persons.csv')).rows.map((row) => row.entity_id));
    const records = rowsOf(await read(`${name}/told`, 'truth/records.csv')).rows;
    const corruptions = rowsOf(await read(`${name}/told`, 'truth/corruptions.csv')).rows;
    expect(persons.size).toBe(120);
    // A record whose identifier is missing can't be spoken of; the corruptions have it by its row.
    expect(records.length).toBeGreaterThan(110);
    expect(records.every(({ id }) => id !== '')).toBe(true);
    // The billing tickets are of people that nobody knows.
    expect(records.every(({ entity_id }) => persons.has(entity_id) || (entity_id === '' && name === 'billing'))).toBe(true);
    expect(corruptions.length).toBeGreaterThan(10);
    for (const { file = '', row, kind, written, clean, field } of corruptions) {
      expect(Number(row)).toBeLessThanOrEqual(rows.get(file) ?? 0);
      expect(dirtKinds).toContain(kind);
      if (field !== '') expect(written, `${kind} ${field}`).not.toBe(clean);
    }
  });

  test('writes nothing over what is there unless it may', async () => {
    await generate(name, `${name}/kept`, { customers: 5 });
    const kept = await contents(`${name}/kept`);
    await expect(generate(name, `${name}/kept`, { customers: 6, replace: false })).rejects.toMatchObject({ code: 'USAGE' });
    expect(await contents(`${name}/kept`)).toEqual(kept);
  });

  test('writes a population of one', async () => {
    expect(await generate(name, `${name}/one`, { customers: 1 })).not.toHaveLength(0);
  });

  test.each([0, -5, 1.5, Number.NaN])('refuses %s customers', async (customers) => {
    await expect(generate(name, `${name}/none`, { customers })).rejects.toMatchObject({ code: 'USAGE' });
  });
});

function rowsWritten(path: string, text: string): number {
  if (path.endsWith('.csv')) return cellsOf(text).length - 1;
  if (path.endsWith('.ndjson')) return text.trimEnd().split('\n').length;
  return path.endsWith('.sql') ? text.split('\nINSERT INTO ').length - 1 : itemsOf(JSON.parse(text)).length;
}

function itemsOf(parsed: Item[] | { data: { invoices: Item[] } }): Item[] {
  return Array.isArray(parsed) ? parsed : parsed.data.invoices;
}

describe('billing by default', () => {
  let stripe: ReturnType<typeof rowsOf>;
  let salesforce: ReturnType<typeof rowsOf>;
  let netsuite: ReturnType<typeof rowsOf>;
  beforeAll(async () => {
    await generate('billing', 'billing/default');
    [stripe, salesforce, netsuite] = [
      rowsOf(await read('billing/default', 'stripe.csv')),
      rowsOf(await read('billing/default', 'salesforce.csv')),
      rowsOf(await read('billing/default', 'netsuite.csv')),
    ];
  });

  test('has the columns and the volumes, distinct and repeated, of the three systems', () => {
    expect(stripe.columns).toEqual(['Customer_ID', 'Customer_Name', 'Metadata_SAL_ID', 'Amount', 'Currency', 'Date']);
    expect(salesforce.columns).toEqual(['Account_ID', 'Account_Name', 'Stripe_ID', 'Email', 'Phone_Number', 'Closed_Contract_Date']);
    expect(netsuite.columns).toEqual(['Customer_ID', 'Customer_Name', 'Stripe_ID', 'Revenue', 'Date']);
    expect([stripe, salesforce, netsuite].map(({ rows }) => [rows.length, distinct(rows).length])).toEqual([
      [10_506, 10_200],
      [1030, 1000],
      [1030, 1000],
    ]);
  });

  test('writes amounts in two notations whose sign agrees with the currency, and leaves 200 out', () => {
    const payments = distinct(stripe.rows);
    expect(payments.filter(({ Amount }) => Amount === '')).toHaveLength(200);
    const paid = payments.filter(({ Amount }) => Amount !== '');
    expect(paid.every(({ Amount = '', Currency }) => Amount.startsWith(Currency === 'EUR' ? '€' : '$'))).toBe(true);
    expect(paid.every(({ Amount = '' }) => /^.(\d{1,3}(,\d{3})*\.\d\d|\d{1,3}(\.\d{3})*,\d\d)$/.test(Amount))).toBe(true);
    expect(shareOf(paid, ({ Amount = '' }) => Amount.at(-3) === ',')).toBeCloseTo(0.5, 1);
  });

  test('writes dates in three notations, the slashed ones day first, most of them in the future', () => {
    const dates = distinct(stripe.rows).map(({ Date: date = '' }) => date);
    for (const notation of [/^\d{4}-\d\d-\d\d$/, /^[A-Z][a-z]+ \d\d, \d{4}$/, /^\d\d\/\d\d\/\d{4}$/]) {
      expect(shareOf(dates, (date) => notation.test(date))).toBeCloseTo(1 / 3, 1);
    }
    const slashed = [...dates, ...netsuite.rows.map(({ Date: date = '' }) => date)].filter((date) => date.includes('/'));
    expect(slashed.some((date) => Number(date.slice(0, 2)) > 12)).toBe(true);
    expect(slashed.every((date) => Number(date.slice(3, 5)) <= 12)).toBe(true);
    expect(shareOf(dates, (date) => Number(/\d{4}/.exec(date)?.[0]) > 2025)).toBeGreaterThan(0.9);
  });

  test('leaves links out, contradicts itself, and has one account that is wrong', () => {
    const payments = distinct(stripe.rows);
    const account = new Map(distinct(salesforce.rows).map((row) => [row.Stripe_ID, row.Account_ID]));
    expect(account.size).toBe(999);
    expect(payments.filter((row) => row.Metadata_SAL_ID === '')).toHaveLength(1000);
    const contradicting = shareOf(
      payments,
      ({ Customer_ID, Metadata_SAL_ID }) =>
        Metadata_SAL_ID !== '' && account.has(Customer_ID) && account.get(Customer_ID) !== Metadata_SAL_ID,
    );
    expect(contradicting).toBeGreaterThan(0.03);
    expect(contradicting).toBeLessThan(0.06);
    const revenues = distinct(netsuite.rows);
    expect(revenues.filter((row) => row.Stripe_ID === '')).toHaveLength(50);
    expect(revenues.filter((row) => row.Revenue === '')).toHaveLength(20);
    expect(Math.max(...revenues.map(({ Revenue = '' }) => Revenue.split('.')[1]?.length ?? 0))).toBeGreaterThanOrEqual(13);
  });

  test('gives all customers a hundred names and e-mails, and its tickets no known customer', async () => {
    expect(new Set(stripe.rows.map((row) => row.Customer_Name)).size).toBe(100);
    expect(new Set(salesforce.rows.map((row) => row.Email)).size).toBe(100);
    const tickets: Item[] = JSON.parse(await read('billing/default', 'customer_support_activity.json'));
    const known = new Set<unknown>(stripe.rows.map((row) => row.Customer_ID));
    expect(tickets).toHaveLength(100);
    expect(tickets.some((ticket) => known.has(ticket.Customer_ID))).toBe(false);
  });
});

describe('retail at four thousand customers', () => {
  let customers: Item[];
  let sales: Item[];
  beforeAll(async () => {
    await generate('retail', 'retail/large', { customers: 4000 });
    customers = JSON.parse(await read('retail/large', 'customer_data.json'));
    sales = JSON.parse(await read('retail/large', 'sales_data_scaled.json'));
  });

  test.each<[string, number, (row: Item) => boolean]>([
    ['no id', 1 / 105, (row) => row.customer_id === null],
    ['a doubled id', 2 / 105, (row) => /^(C\d+)\1$/.test(String(row.customer_id))],
    ['an empty name', 12 / 105, (row) => row.customer_name === ''],
    ['a name with special characters', 7 / 105, (row) => /[!@#$%^&*()]/.test(String(row.customer_name))],
    ['a name of 300 characters', 6 / 105, (row) => String(row.customer_name).length === 300],
    ['a name with a trailing number', 80 / 105, (row) => /\d$/.test(String(row.customer_name))],
    ['no e-mail', 8 / 105, (row) => row.email === null],
    ['an empty e-mail', 12 / 105, (row) => row.email === ''],
    ['an invalid e-mail', 8 / 105, (row) => row.email === 'invalid_email'],
    ['an e-mail of 282 characters', 12 / 105, (row) => String(row.email).length === 282],
    ['no region', 25 / 105, (row) => row.region === null],
    ['an unknown region', 20 / 105, (row) => row.region === 'Unknown'],
    ['a join date with a time', 8 / 105, (row) => /T/.test(String(row.join_date))],
    ['a slashed join date', 7 / 105, (row) => /\//.test(String(row.join_date))],
    ['an invalid join date', 5 / 105, (row) => row.join_date === 'invalid_date'],
    ['no join date', 4 / 105, (row) => row.join_date === null],
    ['no points', 10 / 105, (row) => row.loyalty_points === null],
    ['negative points', 4 / 105, (row) => Number(row.loyalty_points) < 0],
    ['points above a million', 12 / 105, (row) => Number(row.loyalty_points) > 1_000_000],
  ])('gives customers %s at its rate', (_what, rate, holds) => {
    expect(Math.abs(shareOf(customers, holds) - rate)).toBeLessThan(0.02);
    expect(customers.some(holds)).toBe(true);
  });

  test('repeats one customer row in twenty, to the letter', () => {
    expect([customers.length, distinct(customers).length]).toEqual([4200, 4000]);
  });

  test('writes eight sales a customer with unique ids, nested products and the listed faults', () => {
    expect(sales).toHaveLength(32_000);
    expect(new Set(sales.map((sale) => sale.transaction_id)).size).toBe(32_000);
    expect(sales[0]?.product).toMatchObject({ id: expect.stringMatching(/^P0\d$/), price: expect.any(Number) });
    expect(shareOf(sales, (sale) => sale.customer_id === null)).toBeCloseTo(0.05, 2);
    expect(shareOf(sales, (sale) => sale.quantity === -1)).toBeCloseTo(0.05, 2);
    expect(sales.some((sale) => sale.customer_id === null && sale.quantity === -1)).toBe(true);
    expect(shareOf(sales, (sale) => sale.discount === null)).toBeCloseTo(2 / 15, 2);
    expect(new Set(sales.map((sale) => String(sale.date).replaceAll(/\d/g, '9')))).toEqual(
      new Set(['9999-99-99 99:99:99', '9999/99/99 99:99:99', '9999-99-99T99:99:99Z', '99-99-9999', '9999-99-99']),
    );
  });
});

describe('demo by default', () => {
  let contacts: ReturnType<typeof rowsOf>;
  let payments: ReturnType<typeof rowsOf>;
  let tickets: Item[];
  let invoices: Item[];
  beforeAll(async () => {
    await generate('demo', 'demo/default');
    contacts = rowsOf(await read('demo/default', 'crm_contacts.csv'));
    payments = rowsOf(await read('demo/default', 'billing_payments.csv'));
    tickets = (await read('demo/default', 'support_tickets.ndjson'))
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    invoices = itemsOf(JSON.parse(await read('demo/default', 'erp_invoices.json')));
  });
  const account = (invoice: Item): Item => Object(invoice.account);
  const requester = (ticket: Item): Item => Object(ticket.requester);

  test('has the columns of the four systems', () => {
    expect(contacts.columns.join()).toBe('contact_id,full_name,email,phone,company,city,country,billing_id,created,updated_at');
    expect(payments.columns.join()).toBe('payment_id,customer,name,email,crm_ref,amount,currency,paid_on');
    expect(Object.keys(tickets[0] ?? {}).join()).toBe('ticket_id,requester,subject,status,priority,opened_at,satisfaction');
    expect(Object.keys(invoices[0] ?? {}).join()).toBe('invoice_no,account,total,currency,issued_on');
    expect(Object.keys(account(invoices[0] ?? {})).join()).toBe('no,billing_id,name');
  });

  test('breaks a few lines of each CSV file both ways', () => {
    for (const { columns, ragged } of [contacts, payments]) {
      expect(ragged.some((cells) => cells.length < columns.length)).toBe(true);
      expect(ragged.some((cells) => cells.length === columns.length + 1)).toBe(true);
      expect(ragged.length).toBeLessThan(30);
    }
  });

  test('repeats rows in every file', () => {
    for (const rows of [contacts.rows, payments.rows, tickets, invoices]) {
      expect(1 - distinct<unknown>(rows).length / rows.length).toBeGreaterThan(0.01);
      expect(1 - distinct<unknown>(rows).length / rows.length).toBeLessThan(0.03);
    }
  });

  test('writes a moved contact once more, newer and in another city', () => {
    const versions = groupBy(distinct(contacts.rows), ({ contact_id = '' }) => contact_id);
    const moved = [...versions.values()].filter(({ length }) => length > 1);
    expect(Math.abs(moved.length / versions.size - 0.04)).toBeLessThan(0.015);
    for (const [before, after] of moved) {
      expect(after?.city).not.toBe(before?.city);
      expect(String(after?.updated_at) > String(before?.updated_at)).toBe(true);
    }
  });

  test('leaves links out and contradicts one or two in a hundred', () => {
    const billingId = new Map(contacts.rows.map((row) => [row.contact_id, row.billing_id]));
    const linked = payments.rows.filter((row) => row.crm_ref !== '' && billingId.get(row.crm_ref));
    const contradicting = shareOf(linked, (row) => billingId.get(row.crm_ref) !== row.customer);
    expect(contradicting).toBeGreaterThan(0.02);
    expect(contradicting).toBeLessThan(0.04);
    expect(shareOf(payments.rows, (row) => row.crm_ref === '')).toBeGreaterThan(0.1);
    expect(invoices.some((invoice) => account(invoice).billing_id === null)).toBe(true);
    expect(tickets.some((ticket) => requester(ticket).id === null)).toBe(true);
  });

  test('writes amounts and dates in every notation, negative, missing and unparseable ones among them', () => {
    const amounts = payments.rows.map(({ amount = '' }) => amount);
    for (const shape of [/^[€$£][\d,]+\.\d\d$/, /^[€$£][\d.]+,\d\d$/, /^-[€$£]/, /^$/, /^n\/a$/]) {
      expect(
        amounts.some((amount) => shape.test(amount)),
        String(shape),
      ).toBe(true);
    }
    const dates = payments.rows.map((row) => row.paid_on ?? '');
    for (const shape of [/^20\d\d-/, /^[A-Z][a-z]+ \d\d, 20\d\d$/, /^(1[3-9]|2\d)\/\d\d\/20\d\d$/, /^31\/02\/2025$/]) {
      expect(
        dates.some((date) => shape.test(date)),
        String(shape),
      ).toBe(true);
    }
    expect(invoices.some(({ total }) => Number(total) < 0)).toBe(true);
  });

  test('keeps every date between the first of 2024 and the middle of 2026', () => {
    const moments = [...contacts.rows.map((row) => row.updated_at), ...tickets.map((ticket) => ticket.opened_at)].map(String);
    const days = [...contacts.rows.map((row) => row.created), ...invoices.map((invoice) => invoice.issued_on)].map(String);
    const dates = [...moments, ...days].filter((date) => !Number.isNaN(Date.parse(date))).sort();
    expect(dates[0] && dates[0] >= '2024-01-01').toBe(true);
    expect(dates.at(-1)?.slice(0, 10).localeCompare('2026-06-30')).toBeLessThanOrEqual(0);
  });

  test('shares e-mails, spoils some, and quotes commas, quotes and line breaks', () => {
    const emails = contacts.rows.map(({ email = '' }) => email);
    const uses = groupBy(emails, (email) => email.trim().toLowerCase());
    expect(Math.max(...[...uses].filter(([email]) => email.startsWith('info@')).map(([, { length }]) => length))).toBeGreaterThan(8);
    expect([...uses].some(([email, { length }]) => email.startsWith('family.') && length > 1)).toBe(true);
    expect(Math.abs(shareOf(emails, (email) => email !== '' && !/^[^@]+@[^@]+\.[a-z]+$/i.test(email.trim())) - 0.015)).toBeLessThan(0.01);
    expect(emails.some((email) => email !== email.trim()) && emails.some((email) => email === email.toUpperCase())).toBe(true);
    const texts = [...contacts.rows.map((row) => row.company), ...payments.rows.map((row) => row.name)].map(String);
    for (const sign of [',', '"', '\n'])
      expect(
        texts.some((text) => text.includes(sign)),
        sign,
      ).toBe(true);
    expect(texts.some((text) => /\p{Script=Cyrillic}/u.test(text))).toBe(true);
  });

  test('has customers that live in one system only', () => {
    const billed = new Set<unknown>(payments.rows.map((row) => row.customer));
    expect(contacts.rows.some((row) => row.billing_id === '')).toBe(true);
    const referred = new Set([...contacts.rows.map((row) => row.billing_id), ...invoices.map((one) => account(one).billing_id)]);
    expect([...billed].some((customer) => !referred.has(String(customer)))).toBe(true);
  });
});
