import { afterAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { StripeEmulator, StripeOptions } from '../../src/testing/index.js';
import { startStripe } from '../../src/testing/index.js';

const running: StripeEmulator[] = [];
afterAll(() => Promise.all(running.map((one) => one.close())));

async function account(options: StripeOptions): Promise<StripeEmulator> {
  const one = await startStripe(options);
  running.push(one);
  return one;
}

const answer = z.object({
  data: z.array(z.looseObject({ id: z.string() })).optional(),
  has_more: z.boolean().optional(),
  error: z.object({ type: z.string(), code: z.string().optional(), param: z.string().optional(), message: z.string() }).optional(),
});

async function get(one: StripeEmulator, path: string, headers: Readonly<Record<string, string>> = {}) {
  const response = await fetch(`${one.url}/v1/${path}`, { headers: { authorization: 'Bearer sk_test_emulator', ...headers } });
  const body: unknown = await response.json();
  const { data, has_more, error } = answer.parse(body);
  return { status: response.status, ids: data?.map(({ id }) => id), has_more, error, body };
}

const rows = (n: number, more = {}) => Array.from({ length: n }, (_, i) => ({ id: `cus_${i + 1}`, created: 1_700_000_000 + i, ...more }));
const ids = (from: number, to: number) => Array.from({ length: from - to + 1 }, (_, i) => `cus_${from - i}`);

describe('the emulator of Stripe', () => {
  test('lists newest first, ten if not asked for more, a hundred at most', async () => {
    const one = await account({ tables: { customers: rows(120) } });
    expect(await get(one, 'customers')).toMatchObject({ ids: ids(120, 111), has_more: true });
    expect(await get(one, 'customers?limit=100')).toMatchObject({ ids: ids(120, 21), has_more: true });
    expect(await get(one, 'customers?limit=101')).toMatchObject({ status: 400, error: { param: 'limit' } });
    expect(await get(one, 'customers?limit=100&starting_after=cus_21')).toMatchObject({ ids: ids(20, 1), has_more: false });
    expect(await get(one, 'customers?limit=3&ending_before=cus_110')).toMatchObject({ ids: ids(113, 111), has_more: true });
    expect(await get(one, 'customers?starting_after=cus_none')).toMatchObject({
      status: 400,
      error: { code: 'resource_missing', param: 'starting_after' },
    });
  });

  test('filters by the time of creation, and takes no parameter that it does not know', async () => {
    const one = await account({ tables: { customers: rows(9) } });
    expect(await get(one, 'customers?created[gte]=1700000003&created[lt]=1700000005')).toMatchObject({ ids: ids(5, 4) });
    expect(await get(one, 'customers?updated=1')).toMatchObject({ status: 400, error: { code: 'parameter_unknown' } });
  });

  test('hides what a list shows only when it is asked for', async () => {
    const subscriptions = [
      { id: 'sub_1', status: 'active' },
      { id: 'sub_2', status: 'canceled' },
    ];
    const one = await account({ tables: { subscriptions, prices: [{ id: 'price_1', active: false }] } });
    expect((await get(one, 'subscriptions')).ids).toEqual(['sub_1']);
    expect((await get(one, 'subscriptions?status=all')).ids).toEqual(['sub_2', 'sub_1']);
    expect((await get(one, 'prices')).ids).toEqual([]);
    expect((await get(one, 'prices?active=false')).ids).toEqual(['price_1']);
  });

  test('leaves an event of each change, for 30 days', async () => {
    let now = Date.UTC(2026, 0, 1);
    const one = await account({ now: () => now });
    const id = one.insert('customers', { name: 'a' });
    one.update('customers', id, { name: 'b' });
    one.remove('customers', id);
    const seen = await get(one, 'events?types[]=customer.updated&types[]=customer.deleted');
    expect(seen.body).toMatchObject({
      data: [{ type: 'customer.deleted' }, { type: 'customer.updated', data: { object: { id, name: 'b' } } }],
    });
    expect((await get(one, 'events?type=customer.*')).ids).toHaveLength(3);
    expect(await get(one, `events?${'types[]=a&'.repeat(21)}`)).toMatchObject({ status: 400 });
    expect(await get(one, `customers/${id}`)).toMatchObject({ status: 200, body: { id, deleted: true } });
    now += 30 * 86_400_000;
    expect((await get(one, 'events')).ids).toEqual([]);
  });

  test('shows ten items of a list inside a record, and has an address for the rest', async () => {
    const data = Array.from({ length: 12 }, (_, i) => ({ id: `il_${i}` }));
    const one = await account({ tables: { invoices: [{ id: 'in_1', lines: { object: 'list', data } }] } });
    const { body } = await get(one, 'invoices/in_1');
    expect(body).toMatchObject({ lines: { has_more: true, data: data.slice(0, 10), url: '/v1/invoices/in_1/lines' } });
    expect(await get(one, 'invoices/in_1/lines?starting_after=il_9')).toMatchObject({ ids: ['il_10', 'il_11'], has_more: false });
  });

  test('puts objects in the place of ids', async () => {
    const one = await account({ tables: { customers: rows(1), charges: [{ id: 'ch_1', customer: 'cus_1' }] } });
    expect((await get(one, 'charges?expand[]=data.customer')).body).toMatchObject({ data: [{ customer: { id: 'cus_1' } }] });
    expect((await get(one, 'charges/ch_1?expand[]=customer')).body).toMatchObject({ customer: { id: 'cus_1' } });
    expect((await get(one, 'charges?expand[]=data.amount')).error?.message).toContain('cannot be expanded');
  });

  test('knows keys, what they may do, and accounts', async () => {
    const keys = { rk_test_few: { permissions: ['rak_customer_read'] }, rk_test_old: { expired: true } };
    const one = await account({ keys, connected: { acct_1: { customers: rows(1) } } });
    const as = (key: string, more = {}) => ({ authorization: `Bearer ${key}`, ...more });
    expect(await get(one, 'customers', as('rk_test_few'))).toMatchObject({ status: 200, ids: [] });
    expect(await get(one, 'customers', as('rk_test_few', { 'stripe-account': 'acct_1' }))).toMatchObject({ ids: ['cus_1'] });
    expect(await get(one, 'customers', as('rk_test_few', { 'stripe-account': 'acct_2' }))).toMatchObject({
      status: 403,
      error: { code: 'account_invalid' },
    });
    expect((await get(one, 'charges', as('rk_test_few'))).error?.message).toContain("'rak_charge_read'");
    expect(await get(one, 'customers', as('rk_test_old'))).toMatchObject({ status: 401, error: { code: 'api_key_expired' } });
    expect(await get(one, 'customers', as('sk_test_none'))).toMatchObject({ status: 401 });
    expect(await get(one, 'customers', as('pk_test_x'))).toMatchObject({ status: 403, error: { code: 'secret_key_required' } });
    expect(await get(one, 'customers', as('rk_test_few', { 'stripe-version': 'newest' }))).toMatchObject({ status: 400 });
  });

  test('fails as it is told to', async () => {
    const one = await account({ tables: { customers: rows(3) } });
    one.faults([
      { kind: 'limited', at: 1 },
      { kind: 'cap', rows: 2 },
    ]);
    expect(await get(one, 'customers')).toMatchObject({ status: 429, error: { code: 'rate_limit' } });
    expect(await get(one, 'customers?limit=100')).toMatchObject({ ids: ids(3, 2), has_more: true });
  });
});
