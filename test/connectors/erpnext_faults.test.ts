import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { erpnext } from '../../src/connectors/erpnext/connector.js';
import { openDuckDb } from '../../src/engine/duckdb/duckdb.js';
import { diagnose } from '../../src/run/explain/doctor.js';
import { sql } from '../../src/sql/tag.js';
import type { Erpnext } from '../../src/testing/index.js';
import { expectBalanced } from '../support/accounts.js';
import type { Stream } from '../support/erpnext.js';
import { customers, erpnextTests, expectSame, lists, reader, secrets, sourceOf, start, truth } from '../support/erpnext.js';
import { follow } from '../support/follow.js';
import { allTextOf, errorOf, stopping } from '../support/http.js';
import { buildIn, makeProject, newFolder, projectIn, put } from '../support/project.js';
import { rowsIn } from '../support/query.js';
import { warnings } from '../support/stream.js';

erpnextTests();

describe('what goes wrong at the site', () => {
  const page = /resource\/Customer/;

  test.each([
    ['a 500', { kind: 'error' }, 'SOURCE_UNREACHABLE'],
    ['too many requests', { kind: 'limited', retryAfter: '1' }, 'SOURCE_LIMITED'],
    ['too many requests, without a word', { kind: 'limited' }, 'SOURCE_LIMITED'],
    ['a body that is cut off', { kind: 'truncated' }, 'SOURCE_BROKEN'],
    ['a broken connection', { kind: 'dropped' }, 'SOURCE_UNREACHABLE'],
    ['a connection that breaks in the body', { kind: 'dropped', phase: 'body' }, 'SOURCE_UNREACHABLE'],
    ['a key that expires', { kind: 'expired' }, 'SOURCE_REFUSED'],
    ['the same page again', { kind: 'repeated' }, 'SOURCE_BROKEN'],
  ] as const)('%s stops the reading, and the next one goes on there', async (_, fault, code) => {
    const site = await start();
    const follower = reader(site);
    site.fail([{ ...fault, on: page, at: [3, 4, 5, 6] }]);
    const error = await errorOf(follower.read());
    expect(error.code).toBe(code);
    expect(Object.values(secrets).filter((secret) => allTextOf(error).includes(secret))).toEqual([]);
    expect(allTextOf(error)).not.toContain('Traceback');
    const had = follower.standing.size;
    expect(had).toBeGreaterThan(0);
    site.fail([]);
    const before = lists(site).length;
    await follower.read();
    expect(lists(site).length - before).toBeLessThan(8);
    await expectSame(follower, site);
  });

  test.each([
    ['a 500', { kind: 'error' }],
    ['a limit', { kind: 'limited', retryAfter: '0' }],
    ['a slow body', { kind: 'slow', ms: 30, phase: 'body' }],
    ['a broken connection', { kind: 'dropped', phase: 'body' }],
  ] as const)('%s that passes is sat out', async (_, fault) => {
    const site = await start({ faults: [{ ...fault, on: page, at: [2, 4] }] });
    const follower = follow(
      erpnext,
      { source: { ...sourceOf(site), attempts: 3 }, stream: { doctype: 'Customer', page_size: 20 } },
      secrets,
    );
    expect(await follower.read()).toEqual([]);
    await expectSame(follower, site);
  });

  test('pages that are too heavy are asked for in smaller ones', async () => {
    const site = await start({ faults: [{ kind: 'error', status: 504, on: /limit_page_length=(40|55)\b/ }] });
    const follower = reader(site, { page_size: 40 });
    expect(await follower.read()).toEqual([]);
    await expectSame(follower, site);
  });

  test('a page that is left out is noticed by the count, and all is read again; if it stays so nothing is deleted', async () => {
    const site = await start({ faults: [{ kind: 'omitted', on: page, at: 2 }] });
    const follower = reader(site);
    expect(await follower.read()).toEqual([]);
    await expectSame(follower, site);
    const short = reader(site);
    await short.read();
    site.fail([{ kind: 'cap', rows: 0 }]);
    const whole = reader(site, { full_every: 0 });
    expect(await whole.read()).toEqual([
      'Customer declared a total of 55, but gave 0 records, 3 times in a row; nothing was deleted, and the next run reads it again',
    ]);
  });

  test('a site before version 13, which does not keep to the order of pages, is refused', async () => {
    const error = await errorOf(reader(await start({ version: 12 })).read());
    expect([error.code, error.hint]).toEqual(['SOURCE_BROKEN', expect.stringContaining('version 13')]);
  });

  test('a service that is no Frappe site is said to be none', async () => {
    const site = await start({ doctypes: { Customer: customers(3) } });
    const follower = follow(
      erpnext,
      { source: { ...sourceOf(site), url: `${site.url}/nowhere` }, stream: { doctype: 'Customer' } },
      secrets,
    );
    expect(await errorOf(follower.read())).toMatchObject({
      code: 'SOURCE_BROKEN',
      hint: expect.stringContaining('is the address that of the site?'),
    });
  });
});

describe('rights', () => {
  test('documents that the user may not see are not counted as missing', async () => {
    const site = await start({ permits: (_, row) => row['territory'] !== 'South' });
    const follower = reader(site);
    expect(await follower.read()).toEqual([]);
    expect(follower.standing.size).toBe(28);
  });

  test('a field that the user may not read is warned of, where it is asked for', async () => {
    const site = await start({ hidden: { Customer: ['email_id'] } });
    expect(await reader(site, { fields: ['territory', 'email_id'] }).read()).toEqual([
      'documents of Customer come without `email_id`: the user may not read it, or there is no such field',
    ]);
    expect(await reader(site).read()).toEqual([]);
  });
});

describe('doctor', () => {
  async function asked(site: Erpnext, stream: Stream = {}, source: Stream = {}) {
    const streams = { c: { doctype: 'Customer', ...stream } };
    const sources = { erp: { connector: 'erpnext', ...sourceOf(site), ...source, streams } };
    const dir = await makeProject({
      config: { name: 'erp', sources, tables: { c: { from: 'erp.c', key: 'id', columns: { id: 'name' } } } },
    });
    const [diagnosis] = await diagnose(await projectIn(dir));
    return [diagnosis?.ok, `${diagnosis?.message}. ${diagnosis?.hint}`] as const;
  }

  test('says who looks, and how many documents there are', async () => {
    const site = await start({ user: 'onefold@bank.example' });
    expect(await asked(site, { filters: [['territory', '=', 'North']] })).toEqual([
      true,
      'Customer has 28 documents for onefold@bank.example. undefined',
    ]);
  });

  test('says that deletions will not be seen', async () => {
    const site = await start({ forbidden: ['Deleted Document'] });
    expect(await asked(site)).toEqual([true, expect.stringContaining('deletions are not seen: it may not read Deleted Document')]);
  });

  test.each([
    ['a wrong secret', {}, { secret: { env: 'ERP_KEY' } }, 'answered 401 (AuthenticationError)', 'generate one'],
    ['no right to read', { doctype: 'Item' }, {}, 'answered 403 (PermissionError)', 'the right to read Item'],
    ['a DocType that is not there', { doctype: 'Custmer' }, {}, 'answered 404 (DoesNotExistError)', 'is Custmer spelled'],
    ['a field that is not there', { fields: ['nothing'] }, {}, 'answered 417 (DataError)', 'has Customer all fields'],
    ['a filter that is not taken', { filters: [['nothing', '=', 1]] }, {}, 'answered 417 (DataError)', '`filters`'],
    ['nobody there', {}, { url: 'http://127.0.0.1:9' }, 'could not be reached', 'is the service up'],
  ])('says what is to be mended: %s', async (_, stream, source, message, hint) => {
    const site = await start({ doctypes: { Customer: customers(3), Item: [] }, forbidden: ['Item'] });
    const [ok, text] = await asked(site, stream, source);
    expect([ok, text]).toEqual([false, expect.stringContaining(message)]);
    expect(text).toContain(hint);
    for (const secret of [...Object.values(secrets), 'Traceback', 'not permitted in query']) expect(text).not.toContain(secret);
  });
});

test('a build lands documents and their child tables, follows changes and deletions, and balances', async () => {
  const site = await start({
    doctypes: {
      Customer: customers(30),
      'Sales Invoice': [{ name: 'INV-1', customer: 'Customer 1', items: [{ item: 'a' }, { item: 'b' }] }],
    },
    children: { 'Sales Invoice': { items: 'Sales Invoice Item' } },
  });
  const streams = {
    customers: { doctype: 'Customer', page_size: 7 },
    invoices: { doctype: 'Sales Invoice', children: { items: 'Sales Invoice Item' } },
  };
  const tables = { customers: { from: 'erp.customers', key: 'id', columns: { id: 'name', territory: 'territory' } } };
  const dir = await makeProject({
    config: { name: 'erp', sources: { erp: { connector: 'erpnext', ...sourceOf(site), streams } }, tables },
  });
  const run = async () => {
    const result = await buildIn(dir);
    expectBalanced(result);
    expect([result.status, warnings(result)]).toEqual(['success', []]);
    return result;
  };
  await run();
  const standing = () => rowsIn(dir, sql`SELECT id, territory FROM silver.customers WHERE _deleted_at IS NULL`);
  const held = async () =>
    [...(await truth(site)).values()]
      .map((row) => JSON.stringify({ id: Reflect.get(Object(row), 'name'), territory: Reflect.get(Object(row), 'territory') }))
      .sort();
  expect(await standing()).toEqual(await held());
  const [items] = await rowsIn(dir, sql`SELECT json_extract_string(items, '$[*].item') AS items FROM bronze.erp__invoices`);
  expect(items).toContain('b');
  site.remove('Customer', 'Customer 3');
  site.update('Customer', 'Customer 4', { territory: 'East' });
  await run();
  expect(await standing()).toEqual(await held());
  expect((await run()).published).toBe(false);
});

test('the project of the guide builds on the site of the guide', async () => {
  const guide = await readFile(new URL('../../docs/guides/erpnext.md', import.meta.url), 'utf8');
  const [config = '', script = ''] = [...guide.matchAll(/^```ts\n([\s\S]*?)^```/gm)].map((found) => found[1]);
  const folder = await newFolder();
  const testing = fileURLToPath(new URL('../../src/testing/index.ts', import.meta.url));
  await put(folder, {
    'onefold.config.ts': config.replace(/^import .*$/m, 'const defineProject = <P>(project: P): P => project;'),
    'site.ts': script.replace('onefold/testing', testing).replace(/^console.*$/m, 'export { site };'),
  });
  const { site }: { site: Erpnext } = await import(join(folder, 'site.ts'));
  Object.assign(process.env, { ERP_URL: stopping(site).url, ERP_KEY: 'key', ERP_SECRET: 'secret' });
  const result = await buildIn(folder);
  expect([result.status, warnings(result)]).toEqual(['success', []]);
  expect(await rowsIn(folder, sql`SELECT id, customer, state FROM silver.invoices`)).toEqual([
    JSON.stringify({ id: 'ACC-SINV-2026-00211', customer: 'Adnan Begum 248', state: '1' }),
  ]);
  Object.assign(process.env, secrets);
});

// Real data of a bank lies beside the checkout on machines that have it; elsewhere this test is skipped.
const bank = fileURLToPath(new URL('../../../shared/systems/bank/data/', import.meta.url));
test.skipIf(!existsSync(bank))('the ERP of a bank arrives whole: five thousand invoices', async () => {
  const engine = await openDuckDb({ path: ':memory:' });
  const files = { Customer: 'customers', Item: 'items', Territory: 'territories', 'Sales Invoice': 'sales_invoices' };
  const doctypes: Record<string, readonly Record<string, unknown>[]> = {};
  for (const [doctype, file] of Object.entries(files))
    doctypes[doctype] = (await engine.table(sql`SELECT * FROM read_csv(${join(bank, `erp_${file}.csv`)}, all_varchar = true)`)).rows.map(
      (row) => ({ ...row }),
    );
  engine.close();
  const site = await start({ doctypes });
  const counts: number[] = [];
  for (const doctype of Object.keys(files)) {
    const follower = reader(site, { doctype, page_size: 500 });
    expect(await follower.read()).toEqual([]);
    expect([...follower.standing.keys()].sort()).toEqual([...(await truth(site, doctype)).keys()].sort());
    counts.push(follower.standing.size);
  }
  expect(counts).toEqual([502, 20, 11, 5000]);
});
