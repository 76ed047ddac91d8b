import { cp } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { BuildOptions } from '../../src/index.js';
import { openProject, realEffects } from '../../src/index.js';
import { diagnose } from '../../src/run/explain/doctor.js';
import { sql } from '../../src/sql/tag.js';
import type { StripeEmulator, StripeOptions, StripeRecord } from '../../src/testing/index.js';
import { startStripe } from '../../src/testing/index.js';
import { expectBalanced } from '../support/accounts.js';
import { closeServers, reply, serve } from '../support/http.js';
import { buildIn, makeProject, newFolder, removeFolders } from '../support/project.js';
import { rowsIn } from '../support/query.js';
import { warnings } from '../support/stream.js';

const key = 'rk_test_thatnobodymaysee';
closeServers();
const running: StripeEmulator[] = [];
beforeAll(() => {
  process.env['ONEFOLD_TEST_STRIPE'] = key;
});
afterAll(async () => {
  await Promise.all(running.map((one) => one.close()));
  await removeFolders();
});

type Fields = Readonly<Record<string, unknown>>;

const day = 86_400_000;
let now = 0;
/** One clock for the account and for the runs. */
const effects = { ...realEffects(), now: () => new Date(now) };

async function account(options: StripeOptions = {}): Promise<StripeEmulator> {
  now = Date.UTC(2026, 0, 10);
  const one = await startStripe({ keys: { [key]: {} }, now: () => now, ...options });
  running.push(one);
  return one;
}

function project({ host, port }: StripeEmulator, stream: Fields = { list: 'customers' }, source: Fields = {}): Promise<string> {
  return makeProject({
    config: {
      name: 'payments',
      sources: {
        stripe: {
          connector: 'stripe',
          host,
          port,
          protocol: 'http',
          api_key: { env: 'ONEFOLD_TEST_STRIPE' },
          budget: { requests: 10_000, per_s: 1 },
          attempts: 1,
          ...source,
          streams: { r: { overlap: 0, ...stream } },
        },
      },
      tables: { t: { from: 'stripe.r', key: 'id', columns: { id: 'id', name: { from: 'name', optional: true } } } },
    },
  });
}

/** Some seconds later, as a run takes place. */
async function build(dir: string, options: Partial<BuildOptions> = {}) {
  now += 10_000;
  const result = await buildIn(dir, { effects, ...options });
  now += 10_000;
  expectBalanced(result);
  return result;
}

type Result = Awaited<ReturnType<typeof build>>;
const landed = (result: Result) =>
  result.ledger.filter((l) => l.name === 'stripe.r' && l.line === 'landed').reduce((n, l) => n + l.rows, 0);
const standing = (dir: string) => rowsIn(dir, sql`SELECT id, name FROM silver.t WHERE _deleted_at IS NULL`);
const spelled = (records: readonly StripeRecord[]) => records.map(({ id, name }) => JSON.stringify({ id, name: name ?? null })).sort();
const people = (n: number): StripeRecord[] =>
  Array.from({ length: n }, (_, i) => ({ id: `cus_${i + 1}`, name: `n${i + 1}`, created: Date.UTC(2025, 5, 1) / 1000 + i }));
/** What was asked for since the last look, as `path` or `path?parameters`. */
function asked(one: StripeEmulator, from = 0): readonly string[] {
  return one.requests.slice(from).map(({ path }) => path.replace('/v1/', ''));
}

describe('a list of Stripe', () => {
  test('is read to its end, however many records it has, and not at all when nothing is new', async () => {
    const one = await account({ tables: { customers: people(250) } });
    const dir = await project(one);
    expect((await build(dir)).status).toBe('success');
    expect(await standing(dir)).toEqual(spelled(people(250)));
    // One to look at the columns, three pages.
    expect(asked(one)).toEqual(['customers', 'customers', 'customers', 'customers']);
    const idle = await build(dir);
    expect(asked(one, 4)).toEqual(['events']);
    expect([landed(idle), idle.published]).toEqual([0, false]);
  });

  test('follows what comes, changes and goes, by its events', async () => {
    const one = await account({ tables: { customers: people(5) } });
    const dir = await project(one);
    await build(dir);
    one.update('customers', 'cus_1', { name: 'another' });
    one.remove('customers', 'cus_2');
    one.insert('customers', { id: 'cus_9', name: 'new' });
    one.insert('customers', { id: 'cus_10', name: 'short' });
    one.remove('customers', 'cus_10');
    const before = one.requests.length;
    const result = await build(dir);
    expect([result.status, landed(result)]).toEqual(['success', 2]);
    const left = [{ id: 'cus_1', name: 'another' }, ...people(5).slice(2), { id: 'cus_9', name: 'new' }];
    expect(await standing(dir)).toEqual(spelled(left));
    // What is new comes by the list; the others one by one.
    expect([...asked(one, before)].sort()).toEqual(['customers', 'customers/cus_1', 'customers/cus_10', 'customers/cus_2', 'events']);
  });

  test('shows a record as it is, not as an event of another version of the API had it', async () => {
    const one = await account({ tables: { customers: people(1) } });
    const dir = await project(one);
    await build(dir);
    one.update('customers', 'cus_1', { name: 'first' });
    one.update('customers', 'cus_1', { name: 'second' }, null);
    await build(dir);
    expect(await standing(dir)).toEqual(spelled([{ id: 'cus_1', name: 'second' }]));
  });

  test('loses nothing that comes, changes or goes while it is read', async () => {
    const one = await account({ tables: { customers: people(8) } });
    one.faults([
      { kind: 'cap', rows: 2 },
      {
        kind: 'meanwhile',
        on: /customers/,
        at: 4,
        act: () => {
          one.insert('customers', { id: 'cus_new', name: 'new' });
          one.update('customers', 'cus_8', { name: 'changed behind' });
          one.remove('customers', 'cus_1');
        },
      },
    ]);
    const dir = await project(one);
    expect((await build(dir)).status).toBe('success');
    expect((await build(dir)).status).toBe('success');
    expect(await standing(dir)).toEqual(
      spelled([...people(8).slice(1, 7), { id: 'cus_8', name: 'changed behind' }, { id: 'cus_new', name: 'new' }]),
    );
  });

  test('goes on though the record behind which it stopped was deleted', async () => {
    const one = await account({ tables: { customers: people(6) } });
    one.faults([
      { kind: 'cap', rows: 2 },
      { kind: 'meanwhile', on: /customers/, at: 3, act: () => one.remove('customers', 'cus_5') },
    ]);
    const dir = await project(one);
    expect((await build(dir)).status).toBe('success');
    expect((await build(dir)).status).toBe('success');
    expect(await standing(dir)).toEqual(spelled(people(6).filter(({ id }) => id !== 'cus_5')));
  });

  test('is read whole again after `full_every` days, and loses what no event told of', async () => {
    const one = await account({ tables: { customers: people(3) } });
    const dir = await project(one, { list: 'customers', full_every: 7 });
    await build(dir);
    one.remove('customers', 'cus_2', null);
    await build(dir);
    expect(await standing(dir)).toHaveLength(3);
    now += 7 * day;
    const result = await build(dir);
    expect([result.status, warnings(result)]).toEqual(['success', []]);
    expect(await standing(dir)).toEqual(spelled(people(3).filter(({ id }) => id !== 'cus_2')));
  });

  test('is read whole again, and that is said, when the last reading lies further back than events do', async () => {
    const one = await account({ tables: { customers: people(3) } });
    const dir = await project(one);
    await build(dir);
    now += 20 * day;
    // Nothing happens for 20 days and for 20 more: that is no reason to read all.
    await build(dir);
    now += 20 * day;
    expect(warnings(await build(dir))).toEqual([]);
    expect(asked(one).slice(2)).toEqual(['events', 'events']);
    one.remove('customers', 'cus_2');
    now += 29 * day;
    const late = await build(dir);
    expect(warnings(late)).toEqual([expect.stringContaining('customers was last read more than 28 days ago')]);
    expect(await standing(dir)).toEqual(spelled(people(3).filter(({ id }) => id !== 'cus_2')));
    expect(warnings(await build(dir))).toEqual([]);
  });

  test('misses nothing when this machine is ahead of Stripe’s clock', async () => {
    const one = await account({ tables: { customers: people(2) } });
    const dir = await project(one);
    const ahead = { effects: { ...effects, now: () => new Date(now + day / 24) } };
    await build(dir, ahead);
    one.update('customers', 'cus_1', { name: 'another' });
    await build(dir, ahead);
    expect(await standing(dir)).toEqual(
      spelled([
        { id: 'cus_1', name: 'another' },
        { id: 'cus_2', name: 'n2' },
      ]),
    );
  });

  test('can be read again for a stretch of the time of creation', async () => {
    const one = await account({ tables: { customers: people(5) } });
    const dir = await project(one);
    await build(dir);
    for (const { id } of people(5)) one.update('customers', String(id), { name: 'mended' }, null);
    const at = (seconds: number) => new Date(Date.UTC(2025, 5, 1) + seconds * 1000);
    const result = await build(dir, { window: { from: at(1), to: at(3) } });
    expect(landed(result)).toBe(2);
    expect(await standing(dir)).toEqual(spelled(people(5).map((p, i) => (i === 1 || i === 2 ? { ...p, name: 'mended' } : p))));
  });

  test('resumes wherever a page, an event or a record fails: nothing twice, nothing missed', async () => {
    const one = await account({ tables: { customers: people(5) } });
    const cap = { kind: 'cap', rows: 2 } as const;
    // From a copy of a store: fails at each request in turn, and goes on; then the stream stands as it should.
    // (Without a store the first request looks for the columns, and may fail.)
    const fails = async (dir: string, begin: number, most: number, expected: readonly string[]): Promise<number> => {
      for (let at = begin; ; at++) {
        const copy = await newFolder();
        await cp(dir, copy, { recursive: true });
        one.faults([cap, { kind: 'error', at }]);
        const first = await build(copy);
        if (first.status === 'success') return at;
        one.faults([cap]);
        const second = await build(copy);
        expect([second.status, landed(first) + landed(second)]).toEqual(['success', most]);
        expect(await standing(copy)).toEqual(expected);
      }
    };
    const dir = await project(one);
    expect(await fails(dir, 2, 5, spelled(people(5)))).toBe(5);
    await build(dir);
    for (const id of ['cus_1', 'cus_2']) one.update('customers', id, { name: 'another' });
    one.remove('customers', 'cus_3');
    const added = [1, 2, 3].map((i) => ({ id: `cus_new${i}`, name: 'new' }));
    for (const record of added) one.insert('customers', record);
    const left = [{ id: 'cus_1', name: 'another' }, { id: 'cus_2', name: 'another' }, ...people(5).slice(3), ...added];
    expect(await fails(dir, 1, 5, spelled(left))).toBeGreaterThan(8);
  });

  test('waits where Stripe asks for patience, and passes over what breaks on its way', async () => {
    const one = await account({ tables: { customers: people(250) } });
    one.faults([
      { kind: 'limited', at: 2 },
      { kind: 'limited', retryAfter: '0', at: 4 },
      { kind: 'error', at: 6 },
      { kind: 'truncated', at: 8 },
      { kind: 'dropped', phase: 'body', at: 9 },
      { kind: 'slow', phase: 'body', ms: 4000, at: 10 },
    ]);
    const dir = await project(one, { list: 'customers' }, { attempts: 5, timeout_s: 2 });
    expect((await build(dir)).status).toBe('success');
    expect(await standing(dir)).toHaveLength(250);
  });

  test('does not go round in a circle when Stripe gives a page again, and deletes nothing', async () => {
    const one = await account({ tables: { customers: people(6) } });
    const dir = await project(one, { list: 'customers', changes: 'whole' });
    await build(dir);
    one.faults([
      { kind: 'cap', rows: 2 },
      { kind: 'repeated', on: /starting_after/, at: 2 },
    ]);
    const result = await build(dir);
    expect([result.status, warnings(result)]).toEqual(['partial', [expect.stringContaining('gave a page again that was read before')]]);
    expect(await standing(dir)).toEqual(spelled(people(6)));
    expect((await build(dir)).status).toBe('success');
  });

  test('that is no list any more is told of, without a word of its content', async () => {
    const one = await account({ tables: { customers: people(2) } });
    const dir = await project(one);
    await build(dir);
    one.insert('events', { type: 'customer.updated', data: { nobody: 'a-persons-name' } });
    const result = await build(dir);
    expect([result.status, warnings(result)]).toEqual(['partial', [expect.stringContaining('an event that is about nothing')]]);
    expect(JSON.stringify(result)).not.toContain('a-persons-name');
  });
});

describe('a record of Stripe', () => {
  test('has all items of its own lists, however many Stripe shows', async () => {
    const lines = Array.from({ length: 230 }, (_, i) => ({ id: `il_${i}`, object: 'line_item', amount: i }));
    const short = { object: 'list', data: lines.slice(0, 3) };
    const invoices = [
      { id: 'in_1', lines: { object: 'list', data: lines } },
      { id: 'in_2', lines: short },
    ];
    const one = await account({ tables: { invoices } });
    const dir = await project(one, { list: 'invoices' });
    await build(dir);
    const [first] = await rowsIn(dir, sql`SELECT lines FROM bronze.stripe__r WHERE id = 'in_1'`);
    const whole: unknown = JSON.parse(JSON.parse(first ?? '{}').lines);
    expect(whole).toMatchObject({ has_more: false, data: lines });
    expect(asked(one).filter((path) => path === 'invoices/in_1/lines')).toHaveLength(3);
    expect(asked(one)).not.toContain('invoices/in_2/lines');
  });

  test('keeps its amounts as they are, digits included', async () => {
    const charges = [{ id: 'ch_1', amount: 1099, currency: 'jpy', name: 'x', fee: 0.1, unit_amount_decimal: '0.0000000000012' }];
    const one = await account({ tables: { charges } });
    const dir = await project(one, { list: 'charges' });
    await build(dir);
    expect(await rowsIn(dir, sql`SELECT amount, unit_amount_decimal FROM bronze.stripe__r`)).toEqual([
      '{"amount":"1099","unit_amount_decimal":"0.0000000000012"}',
    ]);
  });

  test('holds the objects that it refers to where that is asked for, after a change too', async () => {
    const one = await account({ tables: { customers: people(1), charges: [{ id: 'ch_1', customer: 'cus_1', name: 'a' }] } });
    const dir = await project(one, { list: 'charges', expand: ['customer'] });
    await build(dir);
    one.update('charges', 'ch_1', { name: 'b' });
    await build(dir);
    const rows = await rowsIn(dir, sql`SELECT json_extract_string(customer, '$.name') AS customer, name FROM bronze.stripe__r`);
    expect(rows).toEqual(['{"customer":"n1","name":"a"}', '{"customer":"n1","name":"b"}']);
  });

  test('is landed with no other fields than `columns` and its id', async () => {
    const one = await account({ tables: { customers: [{ id: 'cus_1', name: 'a', email: 'nobody@example.com' }] } });
    const dir = await project(one, { list: 'customers', columns: ['name'] });
    await build(dir);
    expect((await rowsIn(dir, sql`SELECT * FROM bronze.stripe__r`)).join()).not.toContain('nobody@example.com');
    expect(await standing(dir)).toEqual(spelled([{ id: 'cus_1', name: 'a' }]));
  });

  test('that changes by what happens to another is seen: a dispute changes the charge', async () => {
    const one = await account({ tables: { charges: [{ id: 'ch_1', name: 'fine' }] } });
    const dir = await project(one, { list: 'charges' });
    await build(dir);
    one.update('charges', 'ch_1', { name: 'disputed' }, null);
    one.insert('disputes', { charge: 'ch_1' });
    await build(dir);
    expect(await standing(dir)).toEqual(spelled([{ id: 'ch_1', name: 'disputed' }]));
  });
});

describe('the lists', () => {
  test('subscriptions: a cancelled one is there, and stays when it is cancelled', async () => {
    const one = await account({
      tables: {
        subscriptions: [
          { id: 'sub_1', name: 'a', status: 'active' },
          { id: 'sub_2', name: 'b', status: 'canceled' },
        ],
      },
    });
    const dir = await project(one, { list: 'subscriptions' });
    await build(dir);
    one.update('subscriptions', 'sub_1', { name: 'c', status: 'canceled' }, 'customer.subscription.deleted');
    await build(dir);
    expect(await standing(dir)).toEqual(
      spelled([
        { id: 'sub_1', name: 'c' },
        { id: 'sub_2', name: 'b' },
      ]),
    );
  });

  test('balance transactions: only new ones are asked for, in one request', async () => {
    const one = await account({ tables: { balance_transactions: [{ id: 'txn_1', name: 'a' }] } });
    const dir = await project(one, { list: 'balance_transactions' });
    await build(dir);
    one.insert('balance_transactions', { id: 'txn_2', name: 'b' });
    const before = one.requests.length;
    await build(dir);
    expect(asked(one, before)).toEqual(['balance_transactions']);
    expect(await standing(dir)).toHaveLength(2);
  });

  test('prices: archived ones too', async () => {
    const prices = [1, 2, 3].map((i) => ({ id: `price_${i}`, name: `p${i}`, active: i === 1 }));
    const one = await account({ tables: { prices } });
    const dir = await project(one, { list: 'prices' });
    await build(dir);
    expect(await standing(dir)).toEqual(spelled(prices));
    one.update('prices', 'price_1', { active: false, name: 'archived' });
    await build(dir);
    expect(await standing(dir)).toEqual(spelled([{ id: 'price_1', name: 'archived' }, ...prices.slice(1)]));
  });

  test('what belongs to a test clock neither comes by events nor goes with full readings', async () => {
    const one = await account({ tables: { customers: people(1) } });
    const dir = await project(one);
    await build(dir);
    one.insert('customers', { id: 'cus_clock', test_clock: 'clock_1' });
    await build(dir);
    expect(await standing(dir)).toEqual(spelled(people(1)));
  });

  test('a connected account is read in place of the platform’s own', async () => {
    const connected = { acct_1: { customers: [{ id: 'cus_theirs', name: 'theirs' }] } };
    const one = await account({ tables: { customers: people(2) }, connected });
    const dir = await project(one, { list: 'customers' }, { account: 'acct_1' });
    await build(dir);
    one.account('acct_1').update('customers', 'cus_theirs', { name: 'changed' });
    await build(dir);
    expect(await standing(dir)).toEqual(spelled([{ id: 'cus_theirs', name: 'changed' }]));
  });
});

describe('doctor', () => {
  const told = async (one: StripeEmulator, stream?: Fields, source?: Fields) => {
    const [answer] = await diagnose(await openProject(await project(one, stream, source)));
    expect(JSON.stringify(answer)).not.toContain(key.slice(8));
    return answer;
  };

  test('tells the mode, the account, and what cannot be seen', async () => {
    const one = await account({ tables: { customers: people(3) }, connected: { acct_1: {} } });
    expect(await told(one)).toMatchObject({ ok: true, message: 'customers has records of 5 fields, test mode', blind: [] });
    expect(await told(one, undefined, { account: 'acct_1' })).toMatchObject({
      message: 'customers answers, and has no records, test mode, account acct_1',
    });
    expect(await told(one, { list: 'payment_intents' })).toMatchObject({ blind: ['updates'] });
    expect(await told(one, { list: 'customers', changes: 'created' })).toMatchObject({ blind: ['updates', 'deletes'] });
    expect(await told(one, { list: 'customers', changes: 'whole' })).toMatchObject({ blind: [] });
  });

  test.each<[string, StripeOptions, Fields, Fields, string]>([
    [
      'a permission',
      { keys: { [key]: { permissions: ['rak_event_read'] } } },
      {},
      {},
      'may not read customers: it lacks the permission rak_customer_read',
    ],
    [
      'the events',
      { keys: { [key]: { permissions: ['rak_customer_read'] } } },
      {},
      {},
      'may not read events: it lacks the permission rak_event_read',
    ],
    ['a key that is known', { keys: {} }, {}, {}, 'Stripe does not know the API key'],
    ['a key that is not expired', { keys: { [key]: { expired: true } } }, {}, {}, 'the API key has expired'],
    ['an account that is connected', {}, {}, { account: 'acct_2' }, 'the API key has no access to the account acct_2'],
    ['a field that can be expanded', {}, { expand: ['name'] }, {}, 'customers have no such field to `expand`'],
  ])('says that %s is lacking', async (_what, options, stream, source, message) => {
    const one = await account({ tables: { customers: people(1) }, ...options });
    const answer = await told(one, { list: 'customers', ...stream }, source);
    expect(answer).toMatchObject({ ok: false, message: expect.stringContaining(message), hint: expect.any(String) });
  });

  test('says that nobody answers', async () => {
    const one = await account();
    await one.close();
    expect(await told(one)).toMatchObject({ ok: false, message: expect.stringContaining('ECONNREFUSED') });
  });

  test('says that a publishable key reads nothing', async () => {
    process.env['ONEFOLD_TEST_PUBLISHABLE'] = 'pk_test_publishable';
    const source = { api_key: { env: 'ONEFOLD_TEST_PUBLISHABLE' } };
    expect(await told(await account(), undefined, source)).toMatchObject({ ok: false, message: expect.stringContaining('publishable') });
  });
});

test('is asked in one version of the API, and never by a live key without encryption', async () => {
  const { url, seen } = await serve((_, response) => reply(response, { object: 'list', data: [], has_more: false }));
  const { hostname: host, port } = new URL(url);
  const [answer] = await diagnose(await openProject(await project({ ...(await account()), host, port: Number(port) })));
  expect(answer?.ok).toBe(true);
  expect(seen[0]?.headers).toMatchObject({ 'stripe-version': '2026-10-28.endive', authorization: `Bearer ${key}` });
  process.env['ONEFOLD_TEST_LIVE'] = 'rk_live_thatnobodymaysee';
  const dir = await project({ ...(await account()), host, port: Number(port) }, undefined, { api_key: { env: 'ONEFOLD_TEST_LIVE' } });
  expect(await diagnose(await openProject(dir))).toMatchObject([
    { ok: false, message: 'a live key of Stripe is not sent without encryption' },
  ]);
  expect(seen).toHaveLength(2);
});

test.each([
  { object: 'list', items: [] },
  { object: 'list', data: [], has_more: true },
  { data: [{ name: 'a' }], has_more: false },
  [1, 2],
])('an answer that is no page of a list is no empty list: %j', async (body) => {
  const { url } = await serve((_, response) => reply(response, body));
  const { hostname: host, port } = new URL(url);
  const [answer] = await diagnose(await openProject(await project({ ...(await account()), host, port: Number(port) })));
  expect(answer).toMatchObject({ ok: false, message: expect.stringMatching(/Stripe/), hint: expect.any(String) });
});

test('a key that expires in the middle stops the reading, and another one goes on with it', async () => {
  const one = await account({ tables: { customers: people(6) }, keys: { [key]: {}, rk_test_anotherone: {} } });
  one.faults([
    { kind: 'cap', rows: 2 },
    { kind: 'expired', at: 3 },
  ]);
  const dir = await project(one);
  const first = await build(dir);
  expect([first.status, warnings(first)]).toEqual(['partial', [expect.stringContaining('the API key has expired')]]);
  process.env['ONEFOLD_TEST_STRIPE'] = 'rk_test_anotherone';
  const second = await build(dir);
  process.env['ONEFOLD_TEST_STRIPE'] = key;
  expect([second.status, landed(first) + landed(second)]).toEqual(['success', 6]);
  expect(JSON.stringify([first, second, await rowsIn(dir, sql`SELECT * FROM ops.cursors`)])).not.toMatch(/thatnobodymaysee|anotherone/);
});
