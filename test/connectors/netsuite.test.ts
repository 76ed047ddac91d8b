import { generateKeyPairSync } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { build, openProject, realEffects } from '../../src/index.js';
import { diagnose } from '../../src/run/explain/doctor.js';
import { id, sql } from '../../src/sql/tag.js';
import type { Row } from '../../src/testing/emulators/suiteql_values.js';
import type { NetsuiteAccount, NetsuiteOptions } from '../../src/testing/index.js';
import { startNetsuite } from '../../src/testing/index.js';
import { expectBalanced } from '../support/accounts.js';
import { closeServers, errorOf, reply, serve } from '../support/http.js';
import { asOf, makeProject, removeFolders } from '../support/project.js';
import { rowsIn } from '../support/query.js';
import { warnings } from '../support/stream.js';

type Fields = Readonly<Record<string, unknown>>;

const token = { consumer_key: 'ns-key-1', consumer_secret: 'ns-secret-2', token: 'ns-token-3', token_secret: 'ns-secret-4' };
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const pem = (key: typeof rsa.privateKey): string => key.export({ type: 'pkcs8', format: 'pem' }).toString();
const publicPem = (key: typeof rsa.publicKey): string => key.export({ type: 'spki', format: 'pem' }).toString();

const running: NetsuiteAccount[] = [];
closeServers();
beforeAll(() => {
  for (const [name, value] of Object.entries(token)) process.env[`NS_${name.toUpperCase()}`] = value;
  process.env['NS_WRONG'] = 'ns-wrong-5';
  process.env['NS_RSA'] = pem(rsa.privateKey);
  process.env['NETSUITE_KEY'] = pem(rsa.privateKey);
  process.env['NS_EC'] = pem(ec.privateKey);
});
afterAll(() => Promise.all([...running.map(({ close }) => close()), removeFolders()]));

const env = (name: string): Fields => ({ env: `NS_${name}` });
const byToken = {
  kind: 'token',
  consumer_key: env('CONSUMER_KEY'),
  consumer_secret: env('CONSUMER_SECRET'),
  token: env('TOKEN'),
  token_secret: env('TOKEN_SECRET'),
};
const byCertificate = { kind: 'certificate', client_id: 'client-1', certificate_id: 'cert-1', private_key: env('RSA') };

async function started(tables: NetsuiteOptions['tables'], more: Partial<NetsuiteOptions> = {}): Promise<NetsuiteAccount> {
  const certificate = { client_id: 'client-1', certificate_id: 'cert-1', public_key: publicPem(rsa.publicKey) };
  const account = await startNetsuite({ account: '1234567_SB1', token, certificate, tables, ...more });
  running.push(account);
  return account;
}

const columns = ['id', 'companyname'];
const customers = { table: 'customer', columns, page_size: 2 };

function project(account: NetsuiteAccount | { readonly url: string }, stream: Fields = customers, source: Fields = {}): Promise<string> {
  const read = { id: 'id', name: { from: 'companyname', optional: true } };
  return makeProject({
    config: {
      name: 'books',
      sources: {
        ns: {
          connector: 'netsuite',
          account: '1234567-sb1',
          url: account.url,
          auth: byToken,
          attempts: 1,
          ...source,
          streams: { customers: stream },
        },
      },
      tables: { customers: { from: 'ns.customers', key: 'id', columns: read } },
    },
  });
}

/** Builds as if it were this time, in milliseconds since 1970. */
async function run(dir: string, clock?: () => number, more: { readonly window?: { readonly from: Date; readonly to: Date } } = {}) {
  const effects = clock === undefined ? realEffects() : { ...realEffects(), now: () => new Date(clock()) };
  const result = await build(await openProject(dir), { asOf, effects, ...more });
  expectBalanced(result);
  return result;
}

const named = (n: number, from = 1): Row[] => Array.from({ length: n }, (_, i) => ({ id: from + i, companyname: `Company ${from + i}` }));
const standing = (dir: string) => rowsIn(dir, sql`SELECT id, name FROM silver.customers WHERE _deleted_at IS NULL`);
const bronze = (dir: string) => rowsIn(dir, sql`SELECT COLUMNS(c -> c NOT LIKE '\\_%' ESCAPE '\\') FROM bronze.ns__customers`);
const truth = (rows: readonly Row[]) => rows.map((r) => JSON.stringify({ id: String(r['id']), name: r['companyname'] ?? null })).sort();
const landed = (result: Awaited<ReturnType<typeof run>>) =>
  result.ledger.filter((l) => l.name === 'ns.customers' && l.line === 'landed').reduce((n, l) => n + l.rows, 0);
const queries = (account: NetsuiteAccount, from = 0): readonly string[] =>
  account.requests
    .slice(from)
    .filter((r) => r.path.endsWith('/suiteql'))
    .map((r) => String(Reflect.get(JSON.parse(r.body), 'q')));

describe('a table that is read whole', () => {
  test('gives more rows than one query may have', async () => {
    const account = await started({ customer: named(23) }, { most: 5 });
    const dir = await project(account);
    expect(await run(dir)).toMatchObject({ status: 'success', warnings: [] });
    expect(await standing(dir)).toEqual(truth(named(23)));
    expect(account.requests.every((r) => r.query['offset'] === undefined && Number(r.query['limit']) <= 1000)).toBe(true);
    const again = await run(dir);
    expect([again.status, landed(again), again.published]).toEqual(['success', 0, false]);
  });

  test('by a key of two columns, and by texts', async () => {
    const lines = [1, 2, 10].flatMap((transaction) => [9, 10].map((id) => ({ transaction, id, companyname: `${transaction}/${id}` })));
    const account = await started({
      transactionline: lines,
      customer: ["O'Hara", '10', '9', 'a"b\\', "')"].map((id) => ({ id, companyname: id })),
    });
    const dir = await project(account, { table: 'transactionLine', key: ['transaction', 'id'], columns: ['companyname'], page_size: 1 });
    expect(landed(await run(dir))).toBe(6);
    expect(await bronze(dir)).toEqual(
      lines.map((l) => JSON.stringify({ companyname: l.companyname, transaction: String(l.transaction), id: String(l.id) })).sort(),
    );
    const texts = await project(account, { ...customers, page_size: 1 });
    expect((await run(texts)).status).toBe('success');
    expect(await standing(texts)).toHaveLength(5);
  });

  test('has all named columns, days and times as they are, and nothing that NetSuite adds', async () => {
    const day = new Date('2025-03-02T08:00:00Z');
    const rows = [
      { id: 1, companyname: 'a', email: null, isinactive: false, datecreated: day, balance: '10.10' },
      { id: 2, companyname: 'b', email: 'b@x.example', isinactive: true, datecreated: null, balance: null },
    ];
    const account = await started({ customer: rows });
    const dir = await project(account, {
      table: 'customer',
      dates: ['datecreated'],
      columns: ['id', 'email', 'isinactive', 'datecreated', 'balance'],
    });
    await run(dir);
    expect(await bronze(dir)).toEqual([
      '{"id":"1","email":null,"isinactive":"F","datecreated":"2025-03-02 00:00:00","balance":"10.10"}',
      '{"id":"2","email":"b@x.example","isinactive":"T","datecreated":null,"balance":null}',
    ]);
    const all = await project(account, { table: 'customer', dates: ['datecreated'] });
    await run(all);
    expect((await bronze(all)).join()).toContain('"datecreated":"2025-03-02 00:00:00"');
    expect((await bronze(all)).join()).not.toMatch(/links|onefold_|3\/2\/2025/);
  });

  test('is found to have the columns of its newest rows too', async () => {
    const rows = [...named(4), { id: 5, companyname: 'new', vatregnumber: 'GB1' }].map((r, i) =>
      i === 4 ? r : { ...r, vatregnumber: null },
    );
    const account = await started({ customer: rows });
    const dir = await makeProject({
      config: {
        name: 'books',
        sources: {
          ns: {
            connector: 'netsuite',
            account: '1234567_SB1',
            url: account.url,
            auth: byToken,
            streams: { customers: { table: 'customer', page_size: 2 } },
          },
        },
        tables: { customers: { from: 'ns.customers', key: 'id', columns: { id: 'id', name: 'companyname', vat: 'vatregnumber' } } },
      },
    });
    expect((await run(dir)).status).toBe('success');
    expect(await standing(dir)).toHaveLength(5);
  });

  test('by a query in full, and by a condition', async () => {
    const account = await started({
      customer: named(5),
      transaction: [
        { id: 7, entity: 2, type: 'CustInvc', foreigntotal: '12.50' },
        { id: 8, entity: 3, type: 'CustInvc', foreigntotal: '1.00' },
        { id: 9, entity: 3, type: 'CustPymt', foreigntotal: '1.00' },
      ],
    });
    const suiteql = "SELECT t.id, c.companyname FROM transaction t JOIN customer c ON c.id = t.entity WHERE t.type = 'CustInvc'";
    const dir = await project(account, { suiteql, page_size: 1 });
    expect((await run(dir)).status).toBe('success');
    expect(await standing(dir)).toEqual(['{"id":"7","name":"Company 2"}', '{"id":"8","name":"Company 3"}']);
    const some = await project(account, { ...customers, where: "customer.id > 3 OR companyname = 'Company 1'" });
    await run(some);
    expect(await standing(some)).toEqual(truth(named(5).filter((r) => [1, 4, 5].includes(Number(r['id'])))));
  });

  test('goes on behind what was landed, whichever answer fails: nothing twice, nothing missed', async () => {
    for (const failing of [1, 2, 3, 4]) {
      const account = await started({ customer: named(7) });
      const dir = await project(account);
      account.faults.set([{ kind: 'error', on: /suiteql/, at: failing }]);
      const first = await run(dir);
      expect(first.status).toBe('partial');
      account.faults.set([]);
      const before = account.requests.length;
      const second = await run(dir);
      expect([landed(first) + landed(second), second.status]).toEqual([7, 'success']);
      expect(account.requests.length - before).toBe(5 - failing);
      expect(await standing(dir)).toEqual(truth(named(7)));
    }
  });
});

describe('faults', () => {
  const limited = { kind: 'limited', on: /suiteql/, at: [1, 3] } as const;
  test.each([
    ['too many requests at once', [limited]],
    ['too many requests, with a time to come back', [{ ...limited, retryAfter: '0' }]],
    ['an error in the middle', [{ kind: 'error', on: /suiteql/, at: 2 }]],
    ['an answer that is cut off', [{ kind: 'truncated', on: /suiteql/, at: 2 }]],
    ['a connection that breaks', [{ kind: 'dropped', phase: 'body', on: /suiteql/, at: 3 }]],
    ['answers that are smaller than asked for', [{ kind: 'cap', rows: 1 }]],
    ['an answer that leaves rows out, once', [{ kind: 'omitted', on: /suiteql/, at: 2 }]],
    ['an answer that leaves its last rows out, once', [{ kind: 'omitted', on: /suiteql/, at: 3 }]],
  ] as const)('%s: the stream is read to its end', async (_, faults) => {
    const account = await started({ customer: named(6) });
    const dir = await project(account, customers, { attempts: 3 });
    account.faults.set(faults);
    expect(await run(dir)).toMatchObject({ status: 'success', warnings: [] });
    expect(await standing(dir)).toEqual(truth(named(6)));
  });

  test('an answer that takes too long is asked for in smaller pieces', async () => {
    const account = await started({ customer: named(120) });
    const dir = await project(account, { ...customers, page_size: 100 }, { attempts: 2, timeout_s: 0.2 });
    account.faults.set([{ kind: 'slow', ms: 400, on: /limit=100/ }]);
    expect((await run(dir)).status).toBe('success');
    expect(await standing(dir)).toEqual(truth(named(120)));
  });

  test('rows that come again, or that have no key, are no success', async () => {
    const deaf = await serve((_, response) => reply(response, { items: [{ id: '1' }, { id: '2' }], hasMore: true, totalResults: 4 }));
    expect((await run(await project(deaf))).warnings).toMatchObject([{ message: expect.stringContaining('two rows with the same `id`') }]);
    const account = await started({ customer: [] });
    const dir = await project(account, { ...customers, page_size: 5 });
    account.hold('customer', [...named(2), { id: null, companyname: 'nobody' }]);
    expect((await run(dir)).warnings).toMatchObject([{ message: expect.stringContaining('without `id`') }]);
    account.hold('customer', [...named(2), { id: 2, companyname: 'twin' }]);
    expect((await run(dir)).warnings).toMatchObject([{ message: expect.stringContaining('two rows with the same `id`') }]);
  });

  test('rows that NetSuite counts and never gives are told, and delete nothing', async () => {
    const account = await started({ customer: named(4) });
    const dir = await project(account);
    await run(dir);
    // The twins stand on both sides of a page's end, so one of them is behind nothing.
    account.hold('customer', [...named(3), { id: 2, companyname: 'twin' }]);
    const result = await run(dir);
    expect(warnings(result)).toEqual([
      'customer declared a total of 4, but gave 3 records, 3 times in a row; nothing was deleted, and the next run reads it again',
    ]);
    expect(result.status).toBe('partial');
    expect(await standing(dir)).toEqual(truth(named(4)));
  });

  test('rows that are deleted while they are read are no fault', async () => {
    const account = await started({ customer: named(7) });
    const dir = await project(account);
    account.faults.set([{ kind: 'meanwhile', on: /id > '2'/, at: 1, act: () => account.remove('customer', [1, 6]) }]);
    expect(await run(dir)).toMatchObject({ status: 'success', warnings: [] });
    expect(await standing(dir)).toEqual(truth(named(7).filter((r) => r['id'] !== 6)));
    await run(dir);
    expect(await standing(dir)).toEqual(truth(named(7).filter((r) => r['id'] !== 6 && r['id'] !== 1)));
  });

  test('a token that expires in the middle is replaced, for either kind of key', async () => {
    for (const [key, algorithm, publicKey] of [
      ['RSA', 'PS256', rsa.publicKey],
      ['EC', 'ES256', ec.publicKey],
    ] as const) {
      const account = await started(
        { customer: named(5) },
        { certificate: { client_id: 'client-1', certificate_id: 'cert-1', public_key: publicPem(publicKey) } },
      );
      const dir = await project(account, customers, { auth: { ...byCertificate, private_key: env(key), algorithm } });
      account.faults.set([{ kind: 'expired', on: /suiteql/, at: 2 }]);
      expect((await run(dir)).status).toBe('success');
      expect(await standing(dir)).toEqual(truth(named(5)));
      expect(account.requests.filter((r) => r.path.endsWith('/token'))).toHaveLength(2);
    }
  });
});

describe('with a cursor', () => {
  const hour = 3_600_000;
  const start = Date.UTC(2025, 6, 1, 12);
  const changing = { ...customers, cursor: 'lastmodifieddate' };
  /** An account and a project on one clock. */
  async function followed(stream: Fields, rows: readonly Row[], more: { readonly timeZone?: string; readonly from?: number } = {}) {
    let clock = more.from ?? start;
    const account = await started({ customer: [], deletedrecord: [] }, { now: () => clock, ...(more.timeZone === undefined ? {} : more) });
    for (const row of rows) account.put('customer', row);
    const dir = await project(account, stream);
    const pass = (ms: number): void => {
      clock += ms;
    };
    pass(24 * hour);
    return { account, dir, pass, build: () => run(dir, () => clock) };
  }

  test('only what changed is asked for, and nothing new is one request', async () => {
    const { account, dir, pass, build } = await followed(changing, named(5));
    await build();
    pass(24 * hour);
    account.put('customer', { id: 3, companyname: 'renamed' });
    account.put('customer', { id: 6, companyname: 'new' });
    pass(hour);
    expect(landed(await build())).toBe(2);
    const truthNow = named(5).map((r) => (r['id'] === 3 ? { ...r, companyname: 'renamed' } : r));
    expect(await standing(dir)).toEqual(truth([...truthNow, { id: 6, companyname: 'new' }]));
    pass(24 * hour);
    const before = account.requests.length;
    const last = await build();
    expect([landed(last), last.published, account.requests.length - before]).toEqual([0, false, 1]);
    expect(queries(account, before)[0]).toMatch(/WHERE customer\.lastmodifieddate >= TO_DATE\('2025-07-03 03:00:00'/);
  });

  test.each(['America/Los_Angeles', 'Pacific/Auckland'])(
    'rows that change behind the reader are seen next time, in %s',
    async (timeZone) => {
      const { account, dir, pass, build } = await followed({ ...changing, overlap: 0 }, named(6), { timeZone });
      account.faults.set([
        {
          kind: 'meanwhile',
          on: /id > '2'/,
          at: 1,
          act: () => {
            pass(hour);
            account.put('customer', { id: 1, companyname: 'behind' });
            pass(hour);
            account.put('customer', { id: 6, companyname: 'ahead' });
          },
        },
      ]);
      await build();
      pass(24 * hour);
      await build();
      const now = named(6).map((r) =>
        r['id'] === 1 ? { ...r, companyname: 'behind' } : r['id'] === 6 ? { ...r, companyname: 'ahead' } : r,
      );
      expect(await standing(dir)).toEqual(truth(now));
    },
  );

  test('a change in the hour that comes twice in autumn is seen', async () => {
    const beforeIt = Date.UTC(2025, 10, 2, 8, 50);
    const { account, dir, pass, build } = await followed(changing, named(3), { from: beforeIt - 24 * hour });
    account.put('customer', { id: 1, companyname: 'at 1:50 in summer time' });
    await build();
    pass(0.5 * hour);
    account.put('customer', { id: 2, companyname: 'at 1:20 in winter time' });
    pass(hour);
    await build();
    expect((await standing(dir)).join()).toContain('at 1:20 in winter time');
  });

  test('what was deleted is seen where it is asked for', async () => {
    const { account, dir, pass, build } = await followed({ ...changing, deleted: { type: 'customer' } }, named(7));
    await build();
    pass(hour);
    account.remove('customer', [2, 5, 6]);
    pass(hour);
    expect((await build()).status).toBe('success');
    expect(await standing(dir)).toEqual(truth(named(7).filter((r) => ![2, 5, 6].includes(Number(r['id'])))));
    expect(queries(account).filter((q) => q.includes('deletedrecord'))).toHaveLength(2);
  });

  test('a run that fails among the deleted records sees them the next time', async () => {
    const { account, dir, pass, build } = await followed({ ...changing, deleted: { type: ['customer', 'lead'] } }, named(7));
    await build();
    pass(hour);
    account.remove('customer', [2, 5, 6]);
    pass(hour);
    account.faults.set([{ kind: 'error', on: /recordid > '5'/ }]);
    expect((await build()).status).toBe('partial');
    account.faults.set([]);
    await build();
    expect(await standing(dir)).toEqual(truth(named(7).filter((r) => ![2, 5, 6].includes(Number(r['id'])))));
  });

  test('else it is seen when all is read again', async () => {
    const { account, dir, pass, build } = await followed({ ...changing, full_every: 7 }, named(4));
    await build();
    account.remove('customer', [2]);
    pass(24 * hour);
    await build();
    expect(await standing(dir)).toEqual(truth(named(4)));
    pass(7 * 24 * hour);
    await build();
    expect(await standing(dir)).toEqual(truth(named(4).filter((r) => r['id'] !== 2)));
  });

  test('a stretch of time is read again, and the stream stands where it stood', async () => {
    const { account, dir, pass } = await followed(changing, []);
    for (const row of named(4)) {
      account.put('customer', row);
      pass(24 * hour);
    }
    await run(dir, () => start + 20 * 24 * hour);
    const [, second, third] = [2, 3, 4].map((day) => new Date(Date.UTC(2025, 6, day + 1)));
    const held = account.requests.length;
    if (second === undefined || third === undefined) throw new Error('no window');
    account.hold(
      'customer',
      named(4).map((r, i) => ({ ...r, companyname: `mended ${r['id']}`, lastmodifieddate: new Date(start + (i + 1) * 24 * hour) })),
    );
    const result = await run(dir, () => start + 21 * 24 * hour, { window: { from: second, to: third } });
    expect(landed(result)).toBe(1);
    expect(queries(account, held)[0]).toMatch(/>= TO_DATE\('2025-07-04 00:00:00'.* < TO_DATE\('2025-07-05 00:00:00'/);
    const before = account.requests.length;
    await run(dir, () => start + 22 * 24 * hour);
    expect(queries(account, before)[0]).toContain("TO_DATE('2025-07-05 ");
  });
});

describe('doctor', () => {
  const asked = async (stream: Fields, source: Fields = {}, tables: NetsuiteOptions['tables'] = { customer: named(7) }) => {
    const account = await started(tables);
    const [answer] = await diagnose(await openProject(await project(account, stream, source)));
    for (const secret of [...Object.values(token), 'ns-wrong-5', 'PRIVATE']) expect(JSON.stringify(answer)).not.toContain(secret);
    return `${answer?.ok} ${answer?.message} | ${answer?.hint}`;
  };

  test('says what is there', async () => {
    expect(await asked(customers)).toBe('true customer has 7 rows of 2 columns | undefined');
    expect(await asked(customers, {}, { customer: [] })).toContain('no rows that the role may see');
  });

  test.each([
    ['a wrong signature', { auth: { ...byToken, token_secret: env('WRONG') } }, /signature wrong \(signature_invalid\).*`token_secret`/],
    ['an unknown integration', { auth: { ...byToken, consumer_key: env('WRONG') } }, /does not know the integration.*`consumer_key`/],
    ['a wrong token', { auth: { ...byToken, token: env('WRONG') } }, /rejected the token.*Login Audit Trail/],
    ['a wrong account', { account: '7654321' }, /rejected the token.*`account`/],
    ['a wrong certificate', { auth: { ...byCertificate, certificate_id: 'cert-2' } }, /gave no token: it answered 400 \(invalid_client\)/],
    ['a key that is not of the certificate', { auth: { ...byCertificate, private_key: env('EC'), algorithm: 'ES256' } }, /invalid_request/],
    ['a key of another kind', { auth: { ...byCertificate, private_key: env('EC') } }, /can't sign with PS256/],
    ['a host that is not there', { url: 'http://nothing.invalid' }, /look at `account`/],
  ] as const)('%s', async (_, source, expected) => {
    expect(await asked(customers, source)).toMatch(expected);
  });

  test.each([
    ['an unknown table', { table: 'custmer' }, /no table `custmer`.*alike.*permissions of the role/],
    ['an unknown column', { ...customers, columns: ['id', 'compname'] }, /no `compname` of `customer`.*alike/],
    ['a wrong condition', { ...customers, where: 'id LIKE 5' }, /does not take the `where`/],
    ['a cursor that is no time', { ...customers, cursor: 'companyname' }, /are `cursor` and `dates` columns of days or times/],
    ['a wrong query', { suiteql: 'SELECT id FROM custmer' }, /table, a column or a condition in it is wrong, or the role may not see it/],
  ] as const)('%s', async (_, stream, expected) => {
    expect(await asked(stream)).toMatch(expected);
  });

  test('says that deleted records may not be seen', async () => {
    const rows = named(2).map((r) => ({ ...r, lastmodifieddate: new Date() }));
    const stream = { ...customers, cursor: 'lastmodifieddate', deleted: { type: 'customer' } };
    expect(await asked(stream, {}, { customer: rows })).toMatch(/no table `deletedrecord`.*permission Deleted Records/);
    expect(await asked(stream, {}, { customer: rows, deletedrecord: [] })).toMatch(/^true/);
  });

  test('a clock that is wrong, a role without the right, an address that is none', async () => {
    for (const [status, challenge, expected] of [
      [401, 'OAuth realm="1", error="timestamp_refused"', /set the clock of this machine/],
      [401, '', /NetSuite let nobody in \(INVALID_LOGIN\)/],
      [403, '', /refuses to answer \(INSUFFICIENT_PERMISSION\).*REST Web Services/],
      [404, '', /look at `account`/],
      [200, '', /look at|account/],
    ] as const) {
      const code = status === 401 ? 'INVALID_LOGIN' : 'INSUFFICIENT_PERMISSION';
      const { url } = await serve((_, response) =>
        reply(response, { 'o:errorDetails': [{ 'o:errorCode': code }] }, status, challenge === '' ? {} : { 'www-authenticate': challenge }),
      );
      const [answer] = await diagnose(await openProject(await project({ url })));
      expect(`${answer?.ok} ${answer?.message} ${answer?.hint}`).toMatch(expected);
    }
  });
});

test('the project of the guide builds', async () => {
  const at = new Date('2025-03-02T08:00:00Z');
  const account = await started(
    {
      customer: [
        {
          id: 11,
          entityid: 'NET0001',
          companyname: 'A',
          email: 'a@x.example',
          custentity_stripe_id: 'PAY1',
          isinactive: false,
          lastmodifieddate: at,
        },
        { id: 12, entityid: 'NET0002', companyname: 'B', custentity_stripe_id: null, isinactive: true, lastmodifieddate: at },
      ],
      account: [
        { id: 1, accttype: 'Income' },
        { id: 2, accttype: 'AcctRec' },
      ],
      transaction: [{ id: 5, tranid: 'INV5', trandate: at, entity: 11, lastmodifieddate: at }],
      transactionaccountingline: [
        { transaction: 5, transactionline: 0, accountingbook: 1, account: 2, posting: true, credit: null, debit: '950.25' },
        { transaction: 5, transactionline: 1, accountingbook: 1, account: 1, posting: true, credit: '950.25', debit: null },
      ],
      deletedrecord: [],
    },
    { certificate: { client_id: '0b5e2f7c', certificate_id: 'custcertificate_1', public_key: publicPem(rsa.publicKey) } },
  );
  const guide = await readFile(new URL('../../docs/guides/netsuite.md', import.meta.url), 'utf8');
  const config: unknown = parse(/```yaml\n(.*?)```/s.exec(guide)?.[1] ?? '');
  const dir = await makeProject({ config: JSON.parse(JSON.stringify(config).replace('"account":', `"url":"${account.url}","account":`)) });
  expect(await run(dir)).toMatchObject({ status: 'success', warnings: [] });
  const of = (table: string) => rowsIn(dir, sql`SELECT COLUMNS(c -> c NOT LIKE '\\_%' ESCAPE '\\') FROM ${id('silver', table)}`);
  expect(await of('revenue')).toEqual([
    '{"transaction":"5","line":"1","book":"1","document":"INV5","customer":"11","booked_on":"2025-03-02 00:00:00","credit":"950.25","debit":null}',
  ]);
  expect(await of('customers')).toHaveLength(2);
  expect((await diagnose(await openProject(dir))).map((d) => d.ok)).toEqual([true, true]);
});

test.each<readonly [string, Fields, Fields]>([
  ['table', { table: 'customer; DROP' }, {}],
  ['table', { table: 'customer c, employee' }, {}],
  ['columns', { ...customers, columns: ["id, (SELECT 1) x'"] }, {}],
  ['columns', { ...customers, columns: ['companyName'] }, {}],
  ['key', { ...customers, key: ['id DESC'] }, {}],
  ['cursor', { ...customers, cursor: "x) OR ('1'='1" }, {}],
  ['where', { ...customers, where: '1 = 1) OR (1 = 1' }, {}],
  ['where', { ...customers, where: "id = 1 -- '" }, {}],
  ['where', { ...customers, where: "companyname = 'open" }, {}],
  ['suiteql', { suiteql: 'SELECT id FROM customer; SELECT 1' }, {}],
  ['either', {}, {}],
  ['deleted', { ...customers, deleted: { type: 'customer' } }, {}],
  ['account', customers, { account: '1234567.evil.example/' }],
])('a project with a wrong `%s` is not read', async (what, stream, source) => {
  const account = { url: 'http://127.0.0.1:9' };
  const error = await errorOf(project(account, stream, source).then(openProject));
  expect([error.code, JSON.stringify([error.message, error.problems])]).toEqual(['CONFIG_INVALID', expect.stringContaining(what)]);
});
