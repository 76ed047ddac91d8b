import { afterEach, describe, expect, test } from 'vitest';
import type { Salesforce, SalesforceOptions } from '../../src/testing/index.js';
import { startSalesforce } from '../../src/testing/index.js';

const running: Salesforce[] = [];
afterEach(() => Promise.all(running.splice(0).map((service) => service.close())));

const contacts = Array.from({ length: 450 }, (_, i) => ({
  Id: `003g50000${String(i).padStart(6, '0')}AAA`,
  LastName: `Name ${i}`,
  Email: i % 2 === 0 ? `n${i}@example.com` : null,
  Account: i % 3 === 0 ? { Name: `Account ${i}` } : null,
  MailingAddress: { city: 'Dhaka' },
  SystemModstamp: `2026-01-06T10:${String(Math.floor(i / 60)).padStart(2, '0')}:${String(i % 60).padStart(2, '0')}.000+0000`,
}));

async function start(options: Partial<SalesforceOptions> = {}): Promise<Salesforce> {
  const service = await startSalesforce({ objects: { Contact: { records: contacts } }, ...options });
  running.push(service);
  return service;
}

async function login(service: Salesforce, form: Readonly<Record<string, string>> = {}) {
  const body = new URLSearchParams({ grant_type: 'client_credentials', client_id: 'client', client_secret: 'client-secret', ...form });
  const response = await fetch(`${service.url}/services/oauth2/token`, { method: 'POST', body });
  const answer: Readonly<Record<string, string>> = JSON.parse(await response.text());
  return { status: response.status, body: answer };
}

async function opened(service: Salesforce) {
  const { body } = await login(service);
  return async (path: string, init: RequestInit = {}) => {
    const headers = { authorization: `Bearer ${body['access_token']}`, ...Object.fromEntries(new Headers(init.headers)) };
    const response = await fetch(`${body['instance_url']}${path.startsWith('/') ? path : `/services/data/v62.0/${path}`}`, {
      ...init,
      headers,
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: text === '' ? null : JSON.parse(text) };
  };
}

const q = (soql: string, resource = 'query'): string => `${resource}?q=${encodeURIComponent(soql)}`;

describe('a token', () => {
  test('is given at an address that has no data, together with the one that has', async () => {
    const service = await start();
    const { status, body } = await login(service);
    expect([status, body['token_type'], new URL(body['instance_url'] ?? '').origin === service.url]).toEqual([200, 'Bearer', false]);
    expect((await fetch(`${service.url}/services/data/v62.0/limits`)).status).toBe(404);
  });

  test('is refused in the words of the vendor', async () => {
    const service = await start();
    const errors = await Promise.all(
      [{ client_id: 'x' }, { client_secret: 'x' }, { grant_type: 'password' }, { grant_type: 'other' }].map(
        async (form) => (await login(service, form)).body['error'],
      ),
    );
    expect(errors).toEqual(['invalid_client_id', 'invalid_client', 'invalid_grant', 'unsupported_grant_type']);
  });

  test('that is unknown or has ended opens nothing', async () => {
    const service = await start();
    const get = await opened(service);
    expect((await get('limits', { headers: { authorization: 'Bearer other' } })).body).toEqual([
      { message: 'Session expired or invalid', errorCode: 'INVALID_SESSION_ID' },
    ]);
    service.faults([{ kind: 'expired', at: 1 }]);
    expect([(await get('limits')).status, (await get('limits')).status]).toEqual([401, 401]);
  });
});

describe('a query', () => {
  test('is answered in pages of the size that is asked for, at least 200', async () => {
    const get = await opened(await start());
    const first = await get(q('SELECT Id FROM Contact ORDER BY Id'), { headers: { 'Sforce-Query-Options': 'batchSize=5' } });
    expect([first.body.totalSize, first.body.done, first.body.records.length]).toEqual([450, false, 200]);
    expect(first.body.records[0].attributes.type).toBe('Contact');
    const second = await get(first.body.nextRecordsUrl);
    expect([second.body.totalSize, second.body.done, second.body.records.length, second.body.nextRecordsUrl]).toEqual([
      450,
      true,
      250,
      undefined,
    ]);
    expect(second.headers.get('sforce-limit-info')).toBe('api-usage=2/15000');
  });

  test.each([
    ["Email = 'N2@example.com'", 1],
    ['Email = null', 225],
    ["Email != null AND (NOT LastName LIKE 'Name 4%')", 194],
    ["LastName IN ('Name 1', 'Name 2') OR Account.Name = 'Account 3'", 3],
    ['SystemModstamp >= 2026-01-06T10:07:00Z', 30],
    ["SystemModstamp > 2026-01-06T11:06:00.000+01:00 AND Id > '003g50000000440AAA'", 9],
  ])('that filters by %s has %i rows', async (where, rows) => {
    const get = await opened(await start());
    expect((await get(q(`SELECT COUNT() FROM Contact WHERE ${where}`))).body).toEqual({ totalSize: rows, done: true, records: [] });
  });

  test('gives parents as objects of their own, and names as they are defined', async () => {
    const get = await opened(await start());
    const { body } = await get(q('select email, Account.Name from contact order by SystemModstamp desc, Id limit 2'));
    expect(body.records.map(({ attributes: _, ...record }: Record<string, unknown>) => record)).toEqual([
      { Email: null, Account: null },
      { Email: 'n448@example.com', Account: null },
    ]);
  });

  test.each([
    ['SELECT Id FROM Nothing', 400, 'INVALID_TYPE'],
    ['SELECT Other FROM Contact', 400, 'INVALID_FIELD'],
    ['SELECT Id FROM Contact WHERE', 400, 'MALFORMED_QUERY'],
    ["SELECT Id FROM Contact WHERE LastName = 'x", 400, 'MALFORMED_QUERY'],
  ])('%s is refused', async (soql, status, code) => {
    const answer = await (await opened(await start()))(q(soql));
    expect([answer.status, answer.body[0].errorCode]).toEqual([status, code]);
  });

  test('too long for an address is taken inside a composite request', async () => {
    const get = await opened(await start());
    const long = `SELECT Id FROM Contact WHERE LastName IN (${Array.from({ length: 1500 }, (_, i) => `'Name ${i}'`).join(',')})`;
    expect((await get(q(long))).status).toBe(431);
    const request = { method: 'GET', url: `/services/data/v62.0/${q(long)}`, referenceId: 'a' };
    const { body } = await get('composite', { method: 'POST', body: JSON.stringify({ compositeRequest: [request] }) });
    expect([body.compositeResponse[0].httpStatusCode, body.compositeResponse[0].body.totalSize]).toEqual([200, 450]);
  });

  test('sees deleted rows only as queryAll, and until the bin is emptied', async () => {
    const service = await start();
    const get = await opened(service);
    const count = async (resource: string) => (await get(q('SELECT COUNT() FROM Contact', resource))).body.totalSize;
    service.remove('Contact', contacts[0]?.Id ?? '');
    expect([await count('query'), await count('queryAll')]).toEqual([449, 450]);
    service.emptyRecycleBin();
    expect([await count('query'), await count('queryAll')]).toEqual([449, 449]);
  });

  test('whose locator is forgotten can not be gone on with', async () => {
    const service = await start();
    const get = await opened(service);
    const next = async () =>
      (await get(q('SELECT Id FROM Contact'), { headers: { 'Sforce-Query-Options': 'batchSize=200' } })).body.nextRecordsUrl;
    const oldest = await next();
    for (let i = 0; i < 10; i++) await next();
    expect((await get(oldest)).body[0].errorCode).toBe('INVALID_QUERY_LOCATOR');
  });
});

describe('an object', () => {
  test('is described as far as the user may see it', async () => {
    const service = await start();
    const get = await opened(service);
    service.grant('Contact', { hidden: ['Email'] });
    const { body } = await get('sobjects/Contact/describe');
    expect(body.fields.map((f: { name: string; type: string }) => `${f.name} ${f.type}`)).toEqual([
      'Id id',
      'IsDeleted boolean',
      'CreatedDate datetime',
      'LastModifiedDate datetime',
      'SystemModstamp datetime',
      'LastName string',
      'MailingAddress address',
    ]);
    expect((await get(q('SELECT Email FROM Contact'))).body[0].errorCode).toBe('INVALID_FIELD');
    service.grant('Contact', { forbidden: true });
    expect([(await get('sobjects/Contact/describe')).status, (await get(q('SELECT Id FROM Contact'))).body[0].errorCode]).toEqual([
      404,
      'INVALID_TYPE',
    ]);
  });

  test('keeps the times of its changes', async () => {
    const service = await start({ now: () => new Date('2026-02-01T00:00:00.500Z') });
    const get = await opened(service);
    service.update('Contact', contacts[3]?.Id ?? '', { LastName: 'Other' });
    const { body } = await get(q("SELECT LastModifiedDate, SystemModstamp FROM Contact WHERE LastName = 'Other'"));
    expect(body.records[0].SystemModstamp).toBe('2026-02-01T00:00:00.000+0000');
  });
});

test('calls that are used up, and too many at once, are refused with 403', async () => {
  const service = await start({ calls: 2 });
  const get = await opened(service);
  service.faults([{ kind: 'limited', at: 1 }]);
  const answers = [await get('limits'), await get('limits'), await get('limits'), await get('limits')];
  expect(answers.map(({ status }) => status)).toEqual([403, 200, 200, 403]);
  expect([answers[0]?.body[0].errorCode, answers[2]?.body]).toEqual([
    'REQUEST_LIMIT_EXCEEDED',
    { DailyApiRequests: { Max: 2, Remaining: 0 } },
  ]);
});
