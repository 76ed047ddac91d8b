import { afterEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { Erpnext, ErpnextOptions } from '../../src/testing/index.js';
import { startErpnext } from '../../src/testing/index.js';

const running: Erpnext[] = [];
afterEach(() => Promise.all(running.splice(0).map((site) => site.close())));

const customers = Array.from({ length: 25 }, (_, i) => ({
  name: `C${String(i + 1).padStart(2, '0')}`,
  territory: i % 5 === 0 ? 'North' : 'South',
}));

async function start(options: Partial<ErpnextOptions> = {}): Promise<Erpnext> {
  const site = await startErpnext({ doctypes: { Customer: customers }, ...options });
  running.push(site);
  return site;
}

type Query = Readonly<Record<string, unknown>>;

async function get(site: Erpnext, path: string, query: Query = {}, authorization: string | null = 'token key:secret') {
  const url = new URL(path, site.url);
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, typeof value === 'string' ? value : JSON.stringify(value));
  const response = await fetch(url, { headers: authorization === null ? {} : { authorization } });
  return { status: response.status, body: z.record(z.string(), z.unknown()).parse(await response.json()) };
}

const rows = z.array(z.record(z.string(), z.unknown()));
async function listed(site: Erpnext, doctype: string, query: Query = {}) {
  return rows.parse((await get(site, `/api/resource/${doctype}`, query)).body['data']);
}
const names = async (site: Erpnext, query: Query = {}) => (await listed(site, 'Customer', query)).map((row) => row['name']);

test('a list has 20 documents and their names alone, unless more is asked for', async () => {
  const site = await start();
  const first = await listed(site, 'Customer');
  expect([first.length, Object.keys(first[0] ?? {})]).toEqual([20, ['name']]);
  expect(await names(site, { limit_page_length: 0, order_by: 'name asc' })).toEqual(customers.map(({ name }) => name));
  expect(await names(site, { limit_page_length: 2, limit_start: 3, order_by: 'name desc' })).toEqual(['C22', 'C21']);
  const [one] = await listed(site, 'Customer', { fields: ['*'], limit_page_length: 1 });
  expect(Object.keys(one ?? {})).toEqual(expect.arrayContaining(['name', 'creation', 'modified', 'docstatus', 'territory']));
});

test.each([
  [{ filters: [['territory', '=', 'north']] }, 5],
  [{ filters: [['Customer', 'territory', '!=', 'North']] }, 20],
  [{ filters: [['name', 'in', ['C01', 'C02', 'C99']]] }, 2],
  [{ filters: [['name', 'like', 'C0%']] }, 9],
  [{ filters: [['name', '>', 'C20']] }, 5],
  [{ filters: [['name', 'between', ['C03', 'C04']]] }, 2],
  [{ filters: [['territory', 'is', 'not set']] }, 0],
  [
    {
      filters: [['name', '>=', 'C10']],
      or_filters: [
        ['name', '>', 'C24'],
        ['territory', '=', 'North'],
      ],
    },
    4,
  ],
])('filters: %j', async (query, expected) => {
  expect(await names(await start(), { ...query, limit_page_length: 0 })).toHaveLength(expected);
});

test('saving moves `modified`, by the clock of the site; two documents never get the same time', async () => {
  const site = await start({ zoneHours: 6 });
  site.update('Customer', 'C03', { territory: 'West' });
  const found = await listed(site, 'Customer', { fields: ['name', 'modified'], limit_page_length: 0, order_by: 'modified asc, name asc' });
  expect(found.at(-1)?.['name']).toBe('C03');
  const times = found.map((row) => String(row['modified']));
  expect([new Set(times).size, times]).toEqual([25, [...times].sort()]);
  const hour = Date.parse(`${times.at(-1)?.replace(' ', 'T').slice(0, 23)}Z`) - Date.now();
  expect(Math.round(hour / 3_600_000)).toBe(6);
});

test('deleting is noted in the log, unless it is for good; renaming never is', async () => {
  const site = await start();
  site.remove('Customer', 'C01');
  site.remove('Customer', 'C02', true);
  site.rename('Customer', 'C03', 'C30');
  const log = await listed(site, 'Deleted Document', { fields: ['deleted_name'], filters: [['deleted_doctype', '=', 'Customer']] });
  expect(log).toEqual([{ deleted_name: 'C01' }]);
  expect(await names(site, { filters: [['name', 'in', ['C01', 'C02', 'C03', 'C30']]] })).toEqual(['C30']);
});

test('child tables come with a document, and in lists of their own by the right to read the parent', async () => {
  const site = await start({
    doctypes: { Invoice: [{ name: 'I1', items: [{ item: 'b' }, { item: 'a' }] }] },
    children: { Invoice: { items: 'Invoice Item' } },
  });
  expect(Object.keys((await listed(site, 'Invoice', { fields: ['*'] }))[0] ?? {})).not.toContain('items');
  const { data } = (await get(site, '/api/resource/Invoice/I1')).body;
  expect(data).toMatchObject({
    name: 'I1',
    items: [
      { item: 'b', idx: 1, parent: 'I1' },
      { item: 'a', idx: 2 },
    ],
  });
  expect(await listed(site, 'Invoice Item', { parent: 'Invoice', fields: ['item'], order_by: 'idx asc' })).toEqual([
    { item: 'b' },
    { item: 'a' },
  ]);
  expect((await get(site, '/api/resource/Invoice Item')).status).toBe(403);
});

test('rights: what the user may not see does not come, and one of two counts knows of that', async () => {
  const site = await start({ hidden: { Customer: ['territory'] }, permits: (_, row) => row['territory'] === 'North' });
  const found = await listed(site, 'Customer', { fields: ['name', 'territory'] });
  expect([found.length, Object.keys(found[0] ?? {})]).toEqual([5, ['name']]);
  const count = async (method: string) => (await get(site, `/api/method/${method}`, { doctype: 'Customer' })).body['message'];
  expect([await count('frappe.client.get_count'), await count('frappe.desk.reportview.get_count')]).toEqual([25, 5]);
  expect((await get(site, '/api/method/frappe.auth.get_logged_user')).body).toEqual({ message: 'reader@example.com' });
});

describe('errors have a class, a traceback and messages within messages', () => {
  test.each([
    ['/api/resource/Customer', {}, 'token key:wrong', 401, 'AuthenticationError'],
    ['/api/resource/Customer', {}, null, 403, 'PermissionError'],
    ['/api/resource/Item', {}, undefined, 403, 'PermissionError'],
    ['/api/resource/Nothing', {}, undefined, 404, 'DoesNotExistError'],
    ['/api/resource/Customer', { fields: ['nothing'] }, undefined, 417, 'DataError'],
    ['/api/resource/Customer', { filters: 'territory' }, undefined, 417, 'ValidationError'],
    ['/api/resource/Customer', { filters: [['name', 'about', 1]] }, undefined, 417, 'ValidationError'],
  ] as const)('%s %j %s: %i', async (path, query, authorization, status, type) => {
    const site = await start({ doctypes: { Customer: customers, Item: [] }, forbidden: ['Item'] });
    const { status: came, body } = await get(site, path, query, authorization);
    expect([came, body['exc_type']]).toEqual([status, type]);
    expect(JSON.parse(JSON.parse(String(body['_server_messages']))[0])).toHaveProperty('message');
  });

  test('faults are spelled the same way, and a key that expires stays refused', async () => {
    const site = await start({
      faults: [
        { kind: 'error', at: 1 },
        { kind: 'expired', at: 3 },
      ],
    });
    const statuses = [];
    for (let i = 0; i < 4; i++) statuses.push((await get(site, '/api/resource/Customer')).status);
    expect(statuses).toEqual([500, 200, 401, 401]);
    site.fail([]);
    expect((await get(site, '/api/resource/Customer')).status).toBe(200);
  });
});

test('before version 13 `or_filters` are passed over', async () => {
  const query = { or_filters: [['name', '=', 'C01']], limit_page_length: 0 };
  expect(await names(await start({ version: 12 }), query)).toHaveLength(25);
  expect(await names(await start(), query)).toEqual(['C01']);
});
