import { generateKeyPairSync } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isClosed, isReading, soqlOf } from '../../src/connectors/salesforce/soql.js';
import { openDuckDb } from '../../src/engine/duckdb/duckdb.js';
import { openProject, realEffects } from '../../src/index.js';
import { diagnose } from '../../src/run/explain/doctor.js';
import { sql } from '../../src/sql/tag.js';
import type { Salesforce, SalesforceOptions } from '../../src/testing/index.js';
import { startSalesforce } from '../../src/testing/index.js';
import { expectBalanced } from '../support/accounts.js';
import { closeServers, reply, serve, stopping } from '../support/http.js';
import { buildIn, configure, makeProject, newFolder, put, removeFolders } from '../support/project.js';
import { rowsIn } from '../support/query.js';
import { warnings } from '../support/stream.js';

closeServers();
afterAll(removeFolders);

const secret = 'a-client-secret-that-nobody-may-see';
const keys = generateKeyPairSync('rsa', { modulusLength: 2048 });
beforeAll(() => {
  Object.assign(process.env, {
    ONEFOLD_TEST_SF_SECRET: secret,
    ONEFOLD_TEST_SF_WRONG: 'another-secret-that-nobody-may-see',
    ONEFOLD_TEST_SF_PASSWORD: 'a-password-that-nobody-may-see',
    ONEFOLD_TEST_SF_TOKEN: 'a-security-token-that-nobody-may-see',
    ONEFOLD_TEST_SF_REFRESH: 'a-refresh-token-that-nobody-may-see',
    ONEFOLD_TEST_SF_KEY: keys.privateKey.export({ type: 'pkcs8', format: 'pem' }),
  });
});
const login = {
  clientId: 'client',
  clientSecret: secret,
  username: 'reader@example.com',
  password: 'a-password-that-nobody-may-seea-security-token-that-nobody-may-see',
  refreshToken: 'a-refresh-token-that-nobody-may-see',
  publicKey: String(keys.publicKey.export({ type: 'spki', format: 'pem' })),
};

type Fields = Readonly<Record<string, unknown>>;

const idOf = (i: number): string => `003g50000${String(i).padStart(6, '0')}AAA`;
const at = (minute: number): string => `2026-01-06T10:${String(minute).padStart(2, '0')}:00.000+0000`;
const people = (n: number) => Array.from({ length: n }, (_, i) => ({ Id: idOf(i), LastName: `Name ${i}`, SystemModstamp: at(i % 60) }));

async function start(
  records: readonly Fields[],
  more: Partial<SalesforceOptions> & { readonly object?: Fields } = {},
): Promise<Salesforce> {
  const { object = {}, ...options } = more;
  return stopping(
    await startSalesforce({ objects: { Contact: { records, types: { LastName: 'string' }, ...object } }, login, ...options }),
  );
}

const usual = { object: 'Contact', columns: ['LastName'], overlap: 0 };
const credentials = { grant: 'client_credentials', client_id: 'client', client_secret: { env: 'ONEFOLD_TEST_SF_SECRET' } };

function config(service: { readonly url: string }, stream: Fields = usual, source: Fields = {}, columns: Fields = {}): Fields {
  return {
    name: 'crm',
    sources: {
      sf: { connector: 'salesforce', login_url: service.url, auth: credentials, attempts: 1, ...source, streams: { contacts: stream } },
    },
    tables: { contacts: { from: 'sf.contacts', key: 'id', columns: { id: 'Id', name: { from: 'LastName', optional: true }, ...columns } } },
  };
}

function project(...parts: Parameters<typeof config>): Promise<string> {
  return makeProject({ config: config(...parts) });
}

async function build(dir: string, options: Parameters<typeof buildIn>[1] = {}) {
  const result = await buildIn(dir, options);
  expectBalanced(result);
  return result;
}

const names = (dir: string) => rowsIn(dir, sql`SELECT id, name FROM silver.contacts WHERE _deleted_at IS NULL`);
const truth = (records: readonly Fields[]): readonly string[] =>
  records.map(({ Id, LastName }) => JSON.stringify({ id: Id, name: LastName })).sort();
const landed = (result: Awaited<ReturnType<typeof build>>) =>
  result.ledger.filter((l) => l.name === 'sf.contacts' && l.line === 'landed').reduce((n, l) => n + l.rows, 0);
const queries = ({ requests }: Salesforce) => requests.map(({ query }) => query['q']).filter((text) => text !== undefined);

describe('a login', () => {
  test.each<[string, Fields]>([
    ['client credentials', credentials],
    [
      'a signed assertion',
      { grant: 'jwt_bearer', client_id: 'client', username: login.username, private_key: { env: 'ONEFOLD_TEST_SF_KEY' } },
    ],
    ['a refresh token', { grant: 'refresh_token', client_id: 'client', refresh_token: { env: 'ONEFOLD_TEST_SF_REFRESH' } }],
    [
      'a password and a security token',
      {
        ...credentials,
        grant: 'password',
        username: login.username,
        password: { env: 'ONEFOLD_TEST_SF_PASSWORD' },
        security_token: { env: 'ONEFOLD_TEST_SF_TOKEN' },
      },
    ],
  ])('by %s leads to the address that the answer names, once for all streams', async (_, auth) => {
    const service = await start(people(2));
    const dir = await project(service, usual, { auth, streams: {} });
    await configure(dir, {
      ...config(service),
      sources: { sf: { connector: 'salesforce', login_url: service.url, auth, streams: { contacts: usual, all: { object: 'Contact' } } } },
    });
    expect((await diagnose(await openProject(dir))).map(({ message }) => message)).toEqual([
      'Contact has 2 rows of 2 fields; 14998 of 15000 API calls of the day are left',
      'Contact has 2 rows of 6 fields; 14996 of 15000 API calls of the day are left',
    ]);
    expect(service.logins).toHaveLength(1);
  });

  test('that is refused is tried once for the look at the columns and once for the reading, and told of without a secret', async () => {
    const service = await start(people(2));
    const auth = { ...credentials, client_secret: { env: 'ONEFOLD_TEST_SF_WRONG' } };
    const dir = await project(service, usual, { auth, attempts: 3 });
    const result = await build(dir);
    expect([result.status, service.logins.length]).toEqual(['partial', 2]);
    expect(warnings(result).join()).toMatch(/gave no token: it answered 400 \(invalid_client\)/);
    expect(JSON.stringify(result)).not.toContain('nobody-may-see');
  });

  test('is repeated when the session ends in the middle', async () => {
    const service = await start(people(5), {
      faults: [
        { kind: 'cap', rows: 2 },
        { kind: 'expired', at: 3 },
      ],
    });
    const dir = await project(service);
    expect((await build(dir)).status).toBe('success');
    expect([await names(dir), service.logins.length]).toEqual([truth(people(5)), 3]);
  });

  test('whose tokens are refused for ever ends', async () => {
    const service = await start(people(5), { faults: [{ kind: 'expired' }] });
    const result = await build(await project(service));
    expect(warnings(result).join()).toMatch(/answered 401 \(INVALID_SESSION_ID\)/);
    expect(service.requests.length).toBeLessThan(5);
  });

  test('that leads to an address without encryption, or to none, is not followed', async () => {
    const { url } = await serve((_, response) => reply(response, { access_token: 'x', instance_url: 'nowhere' }));
    expect(warnings(await build(await project({ url }))).join()).toMatch(/no address of the organisation/);
  });
});

describe('an object', () => {
  test('is read with all fields that the user may see, but for those that others repeat', async () => {
    const record = {
      Id: idOf(1),
      LastName: 'Gonzalez',
      MailingStreet: 'Road 1',
      MailingAddress: { street: 'Road 1' },
      Photo: '/x',
      Secret__c: 'hidden',
      Amount__c: 1,
    };
    const service = await start([record], { object: { types: { Photo: 'base64' }, hidden: ['Secret__c'] } });
    const dir = await project(service, { object: 'Contact' });
    await build(dir);
    const [row = ''] = await rowsIn(dir, sql`SELECT COLUMNS(c -> c NOT LIKE '\\_%' ESCAPE '\\') FROM bronze.sf__contacts`);
    expect(Object.keys(JSON.parse(row))).toEqual([
      'Id',
      'IsDeleted',
      'CreatedDate',
      'LastModifiedDate',
      'SystemModstamp',
      'LastName',
      'MailingStreet',
      'Amount__c',
    ]);
  });

  test('is read beyond the most rows of an answer, with times, parents and all digits of numbers', async () => {
    const records = people(2300).map((r, i) => ({ ...r, Account: i % 2 === 0 ? { Name: `Account ${i}` } : null, Big__c: `${i}` }));
    const service = await start(records);
    const columns = { account: { from: 'Account.Name' }, moment: { from: 'SystemModstamp', type: 'timestamp' } };
    const dir = await project(service, { ...usual, columns: ['LastName', 'Account.Name', 'SystemModstamp'] }, {}, columns);
    expect((await build(dir)).status).toBe('success');
    expect(
      await rowsIn(dir, sql`SELECT count(*)::INT AS n, count(account)::INT AS a, max(moment)::VARCHAR AS newest FROM silver.contacts`),
    ).toEqual(['{"n":2300,"a":1150,"newest":"2026-01-06 10:59:00"}']);
    expect((await rowsIn(dir, sql`SELECT Account FROM bronze.sf__contacts LIMIT 2`)).join()).not.toContain('attributes');
  });

  test('keeps the digits of numbers that JavaScript has no place for', async () => {
    const { url } = await serve((request, response) => {
      if (request.method === 'POST') return reply(response, { access_token: 'token-of-a-session', instance_url: url });
      response.end(`{"totalSize":1,"done":true,"records":[{"Id":"${idOf(1)}","LastName":123456789012345678,"SystemModstamp":"${at(1)}"}]}`);
    });
    const dir = await project({ url });
    await build(dir);
    expect(await names(dir)).toEqual([JSON.stringify({ id: idOf(1), name: '123456789012345678' })]);
  });

  test('with nothing new costs one request where its fields are declared, and one more where they are asked for', async () => {
    const service = await start(people(5));
    for (const [stream, cost] of [
      [usual, 1],
      [{ object: 'Contact', overlap: 0 }, 2],
    ] as const) {
      const dir = await project(service, stream);
      await build(dir);
      const before = service.requests.length;
      const idle = await build(dir);
      expect([landed(idle), idle.published, service.requests.length - before]).toEqual([0, false, cost]);
    }
  });

  test('that lacks SystemModstamp is followed by what it has, and read whole where it has nothing', async () => {
    for (const lacks of [['SystemModstamp'], ['SystemModstamp', 'LastModifiedDate', 'CreatedDate', 'IsDeleted']]) {
      const records = people(3).map(({ SystemModstamp: _, ...r }) => r);
      const service = await start(records, { object: { lacks } });
      const dir = await project(service);
      expect((await build(dir)).status).toBe('success');
      service.hold('Contact', [...records.slice(1), { Id: idOf(9), LastName: 'new' }]);
      if (lacks.includes('IsDeleted')) service.emptyRecycleBin();
      expect((await build(dir)).status).toBe('success');
      expect(await names(dir)).toEqual(truth([...records.slice(1), { Id: idOf(9), LastName: 'new' }]));
    }
  });

  test('whose fields do not fit into an address is asked for in a body', async () => {
    const wide = Object.fromEntries(Array.from({ length: 700 }, (_, i) => [`A_field_of_many_${i}__c`, `v${i}`]));
    const service = await start(
      people(5).map((r) => ({ ...r, ...wide })),
      { faults: [{ kind: 'cap', rows: 2 }] },
    );
    const dir = await project(service, { object: 'Contact' });
    expect((await build(dir)).status).toBe('success');
    expect([await names(dir), service.requests.filter(({ method }) => method === 'POST').length]).toEqual([truth(people(5)), 1]);
  });
});

describe('changes', () => {
  test('are asked for from the newest time on; a deletion is seen, and taken back', async () => {
    const service = await start(people(5));
    const dir = await project(service);
    await build(dir);
    service.update('Contact', idOf(1), { LastName: 'changed' });
    service.remove('Contact', idOf(2));
    service.insert('Contact', { Id: idOf(9), LastName: 'new' });
    const result = await build(dir);
    const expected = [
      ...people(5).filter((_, i) => i !== 2 && i !== 1),
      { Id: idOf(1), LastName: 'changed' },
      { Id: idOf(9), LastName: 'new' },
    ];
    expect([result.status, landed(result), await names(dir)]).toEqual(['success', 2, truth(expected)]);
    expect(service.requests.at(-1)?.path).toMatch(/queryAll$/);
    service.update('Contact', idOf(2), { IsDeleted: false });
    await build(dir);
    expect(await names(dir)).toEqual(truth([...expected, { Id: idOf(2), LastName: 'Name 2' }]));
  });

  test('during the reading are not missed', async () => {
    let count = 0;
    const act = () => {
      service.update('Contact', idOf(0), { LastName: 'while it was read' });
      service.insert('Contact', { Id: idOf(100 + ++count), LastName: 'new' });
      if (count === 1) service.remove('Contact', idOf(1));
    };
    const service = await start(people(7), {
      faults: [
        { kind: 'cap', rows: 2 },
        { kind: 'meanwhile', on: /-\d+ /, act },
      ],
    });
    const dir = await project(service);
    await build(dir);
    service.faults([]);
    expect((await build(dir)).status).toBe('success');
    const came = Array.from({ length: count }, (_, i) => ({ Id: idOf(101 + i), LastName: 'new' }));
    expect(await names(dir)).toEqual(truth([...people(7).slice(2), { Id: idOf(0), LastName: 'while it was read' }, ...came]));
  });

  test('that left the recycle bin are seen when all is read: every so many days, and when nothing was read for too long', async () => {
    const service = await start(people(6));
    const [dir, weekly] = [await project(service), await project(service, { ...usual, full_every: 7 })];
    const day = (n: number) => ({ effects: { ...realEffects(), now: () => new Date(Date.now() + n * 86_400_000) } });
    for (const each of [dir, weekly]) await build(each, day(0));
    service.remove('Contact', idOf(3));
    service.emptyRecycleBin();
    const left = people(6).filter((_, i) => i !== 3);
    for (const each of [dir, weekly]) await build(each, day(8));
    expect([await names(dir), await names(weekly)]).toEqual([truth(people(6)), truth(left)]);
    await build(dir, day(16));
    expect(await names(dir)).toEqual(truth(people(6)));
    await build(dir, day(31));
    expect(await names(dir)).toEqual(truth(left));
  });

  test('that were committed late are seen as long as they lie in the overlap', async () => {
    const service = await start(people(6));
    const dir = await project(service, { ...usual, overlap: 120 });
    await build(dir);
    service.insert('Contact', { Id: idOf(10), LastName: 'late', LastModifiedDate: at(4) });
    service.insert('Contact', { Id: idOf(11), LastName: 'too late', LastModifiedDate: at(1) });
    expect(landed(await build(dir))).toBe(1);
    expect(await names(dir)).toEqual(truth([...people(6), { Id: idOf(10), LastName: 'late' }]));
  });

  test('of a stretch of time are read again', async () => {
    const service = await start(people(6));
    const dir = await project(service);
    await build(dir);
    await build(dir, { window: { from: new Date('2026-01-06T10:02:00Z'), to: new Date('2026-01-06T10:04:00Z') } });
    expect(queries(service).at(-1)).toMatch(/SystemModstamp >= 2026-01-06T10:02:00\.000Z AND SystemModstamp < 2026-01-06T10:04:00\.000Z/);
    expect(landed(await build(dir))).toBe(0);
  });
});

describe('a reading that is disturbed', () => {
  test('goes on behind the last record, whichever page fails', async () => {
    const found: unknown[] = [];
    for (const failing of [2, 3, 4, 5]) {
      const service = await start(people(7), {
        faults: [
          { kind: 'cap', rows: 2 },
          { kind: 'error', at: failing },
        ],
      });
      const dir = await project(service);
      const first = await build(dir);
      service.faults([{ kind: 'cap', rows: 2 }]);
      service.forgetLocators();
      const second = await build(dir);
      expect([first.status, second.status, landed(first) + landed(second)]).toEqual(['partial', 'success', 7]);
      expect(await names(dir)).toEqual(truth(people(7)));
      found.push(service.requests.length);
    }
    expect(Math.max(...found.map(Number))).toBeLessThan(9);
  });

  test('goes on without the place that the service has forgotten', async () => {
    const service = await start(people(7), {
      faults: [
        { kind: 'cap', rows: 2 },
        { kind: 'meanwhile', at: 3, act: () => service.forgetLocators() },
      ],
    });
    const dir = await project(service);
    expect((await build(dir)).status).toBe('success');
    expect(await names(dir)).toEqual(truth(people(7)));
    expect(queries(service).at(-1)).toMatch(/WHERE Id > '003g50000000001AAA' ORDER BY Id$/);
  });

  test('by breaks, slowness, torn answers, failures and locks is complete once they pass', async () => {
    const faults = [
      { kind: 'truncated', at: 2 },
      { kind: 'dropped', phase: 'body', at: 4 },
      { kind: 'slow', phase: 'body', ms: 1500, at: 6 },
      { kind: 'error', at: 8 },
      { kind: 'error', status: 400, at: 10 },
    ] as const;
    const service = await start(people(12), { faults: [{ kind: 'cap', rows: 2 }, ...faults] });
    const dir = await project(service, usual, { attempts: 4, timeout_s: 0.8 });
    expect((await build(dir)).status).toBe('success');
    expect(await names(dir)).toEqual(truth(people(12)));
  });

  test('by a page that is left out is repeated, and partial when it stays so; nothing is deleted', async () => {
    const service = await start(people(7), { faults: [{ kind: 'cap', rows: 2 }] });
    const dir = await project(service, { ...usual, full_every: 0 });
    await build(dir);
    service.faults([
      { kind: 'cap', rows: 2 },
      { kind: 'omitted', at: 2 },
    ]);
    expect((await build(dir)).status).toBe('success');
    service.faults([
      { kind: 'cap', rows: 2 },
      { kind: 'omitted', on: /-2 / },
    ]);
    const short = await build(dir);
    expect(warnings(short)).toEqual([
      'Contact declared a total of 7, but gave 5 records, 3 times in a row; nothing was deleted, and the next run reads it again',
    ]);
    expect(await names(dir)).toEqual(truth(people(7)));
  });

  test('by a page that comes twice goes on behind what came', async () => {
    const service = await start(people(7), {
      faults: [
        { kind: 'cap', rows: 2 },
        { kind: 'repeated', at: 4 },
      ],
    });
    const dir = await project(service);
    expect((await build(dir)).status).toBe('success');
    expect(await names(dir)).toEqual(truth(people(7)));
  });

  test('among news goes on behind the last change', async () => {
    const service = await start(people(3));
    const dir = await project(service);
    await build(dir);
    const changed = people(7).map((r, i) => ({
      ...r,
      LastName: `changed ${i}`,
      SystemModstamp: `2026-02-01T00:00:0${Math.floor(i / 3)}.000+0000`,
    }));
    for (const record of changed) {
      if (Number(String(record.Id).slice(9, 15)) < 3) service.update('Contact', record.Id, record);
      else service.insert('Contact', record);
    }
    service.remove('Contact', idOf(0));
    service.faults([
      { kind: 'cap', rows: 2 },
      { kind: 'error', at: 3 },
    ]);
    expect((await build(dir)).status).toBe('partial');
    service.faults([{ kind: 'cap', rows: 2 }]);
    expect((await build(dir)).status).toBe('success');
    expect(await names(dir)).toEqual(truth(changed.slice(1)));
    expect(queries(service).at(-1)).toMatch(
      /AND \(SystemModstamp > (\S+Z) OR \(SystemModstamp = \1 AND Id > '\w+'\)\) ORDER BY SystemModstamp,Id$/,
    );
  });

  test('by the limit of calls says so, and goes on with the next run', async () => {
    const service = await start(people(7), {
      faults: [
        { kind: 'cap', rows: 2 },
        { kind: 'limited', at: 3 },
      ],
    });
    const dir = await project(service, usual, { attempts: 3 });
    const result = await build(dir);
    expect(warnings(result).join()).toMatch(
      /Contact could not be read: the organisation has used up its calls of the API.* \(REQUEST_LIMIT_EXCEEDED\)/,
    );
    expect(landed(result)).toBeGreaterThan(0);
    await build(dir);
    expect(await names(dir)).toEqual(truth(people(7)));
  });
});

describe('what can not be read', () => {
  const told = async (service: Salesforce, stream: Fields = usual) => {
    const [answer] = await diagnose(await openProject(await project(service, stream)));
    return [answer?.ok, answer?.message];
  };

  test('is told by the doctor', async () => {
    const service = await start(
      people(2).map((r) => ({ ...r, Email: 'x' })),
      { object: { hidden: ['Email'] } },
    );
    expect(await told(service, { object: 'Other__c' })).toEqual([
      false,
      expect.stringContaining('there is no such object, or this user may not read it (NOT_FOUND)'),
    ]);
    expect(await told(service, { ...usual, columns: ['LastName', 'Email'] })).toEqual([
      false,
      'Contact has no `Email`, or this user may not see it',
    ]);
    expect(await told(service, { ...usual, where: 'Email = null' })).toEqual([
      false,
      expect.stringContaining('names a field that is not there'),
    ]);
    expect(await told(service, { ...usual, where: 'LastName ==' })).toEqual([
      false,
      expect.stringContaining('its SOQL has a mistake (MALFORMED_QUERY)'),
    ]);
    expect(await told(service, { ...usual, where: "LastName = 'Name 1'" })).toEqual([
      true,
      expect.stringContaining('Contact has 1 row of 2 fields'),
    ]);
    service.grant('Contact', { forbidden: true });
    expect(await told(service)).toEqual([false, expect.stringContaining('this user may not read it')]);
    expect(await told(await start([], { calls: 1 }))).toEqual([false, expect.stringContaining('has used up its calls of the API')]);
    await service.close();
    expect(await told(service)).toEqual([false, expect.stringContaining('could not be reached: ECONNREFUSED')]);
  });

  test('makes the run partial: a field that is hidden later, and one that is spelled in another case', async () => {
    const service = await start(people(2));
    const dir = await project(service);
    await build(dir);
    service.grant('Contact', { hidden: ['LastName'] });
    expect(warnings(await build(dir))).toEqual([expect.stringContaining('Contact has no `LastName`, or this user may not see it')]);
    expect(await names(dir)).toEqual(truth(people(2)));
    service.grant('Contact', { hidden: [] });
    expect(warnings(await build(await project(service, { ...usual, columns: ['lastname'] }))).join()).toMatch(/`lastname`/);
  });

  test.each<[string, Fields]>([
    ['a where that ends its parenthesis', { ...usual, where: "LastName = 'x') OR (LastName != null" }],
    ['a where with an open text', { ...usual, where: "LastName = 'x" }],
    ['an object that goes on', { object: 'Contact WHERE Id = null' }],
    ['a column that is a query', { object: 'Contact', columns: ['(SELECT Id FROM Cases)'] }],
    ['a query that notes who looked', { soql: 'SELECT Id FROM Contact FOR VIEW' }],
    ['a query beside an object', { object: 'Contact', soql: 'SELECT Id FROM Contact' }],
    ['a query with columns', { soql: 'SELECT Id FROM Contact', columns: ['Id'] }],
  ])('%s is refused before anything is asked', async (_, stream) => {
    const service = await start([]);
    await expect(openProject(await project(service, stream))).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
    expect(service.logins).toEqual([]);
  });
});

describe('a query in full', () => {
  test('is read whole by every run, and from its start where its place was forgotten', async () => {
    const service = await start(people(7), {
      faults: [
        { kind: 'cap', rows: 2 },
        { kind: 'error', at: 4 },
      ],
    });
    const dir = await project(service, { soql: "SELECT Id, LastName FROM Contact WHERE LastName != 'Name 6'", key: ['Id'] });
    expect((await build(dir)).status).toBe('partial');
    service.forgetLocators();
    service.faults([{ kind: 'cap', rows: 2 }]);
    expect((await build(dir)).status).toBe('success');
    expect(await names(dir)).toEqual(truth(people(6)));
    service.remove('Contact', idOf(0));
    await build(dir);
    expect(await names(dir)).toEqual(truth(people(6).slice(1)));
  });

  test('whose child records are cut off is an error, and no loss', async () => {
    const answers = (done: boolean) => ({
      totalSize: 1,
      done: true,
      records: [{ Id: 'a', LastName: 'x', Cases: { totalSize: 3, done, records: [{ attributes: {}, Id: 'c' }] } }],
    });
    let done = false;
    const { url } = await serve((request, response) =>
      reply(response, request.method === 'POST' ? { access_token: 'token-of-a-session', instance_url: url } : answers(done)),
    );
    const dir = await project({ url }, { soql: 'SELECT Id, LastName, (SELECT Id FROM Cases) FROM Contact', key: ['Id'] });
    expect(warnings(await build(dir)).join()).toMatch(/more child records than one answer gives/);
    done = true;
    await build(dir);
    expect(await rowsIn(dir, sql`SELECT Cases FROM bronze.sf__contacts`)).toEqual([JSON.stringify({ Cases: '[{"Id":"c"}]' })]);
  });
});

test('SOQL is written with literals that can not be left', () => {
  const selection = {
    object: 'Contact',
    fields: ['Id'],
    where: "Name = 'x'",
    cursor: 'SystemModstamp',
    since: null,
    until: null,
    after: null,
  };
  expect(soqlOf({ ...selection, since: '2026-01-06T10:00:00.000+0000' })).toBe(
    "SELECT Id FROM Contact WHERE (Name = 'x') AND SystemModstamp >= 2026-01-06T10:00:00.000Z ORDER BY SystemModstamp,Id",
  );
  expect(soqlOf({ ...selection, where: undefined, cursor: null, after: { at: null, id: "x' OR Id != '\\" } })).toBe(
    "SELECT Id FROM Contact WHERE Id > 'x\\' OR Id != \\'\\\\' ORDER BY Id",
  );
  expect(() => soqlOf({ ...selection, since: '2026 OR Id != null' })).toThrow();
  expect(["a = '\\')'", "(a = ')') OR b = 1"].map(isClosed)).toEqual([true, true]);
  expect(['a) OR (b', "a = '\\'", '(a', 'a)'].map(isClosed)).toEqual([false, false, false, false]);
  expect(["SELECT Id FROM A WHERE b = 'FOR VIEW'", 'SELECT Update__c FROM A'].map(isReading)).toEqual([true, true]);
  expect(['SELECT Id FROM A FOR  REFERENCE', 'SELECT Id FROM A UPDATE VIEWSTAT', 'FIND {x}'].map(isReading)).toEqual([false, false, false]);
});

test('the example of the guide runs', async () => {
  const guide = await readFile(new URL('../../docs/guides/salesforce.md', import.meta.url), 'utf8');
  const contact = { Id: '003g5000002B75OAAS', FirstName: 'Rose', LastName: 'Gonzalez', Email: 'rose@edge.com', CreatedDate: at(1) };
  const closed = {
    Status: 'Closed',
    ContactId: contact.Id,
    Contact: { Email: contact.Email },
    CreatedDate: at(2),
    ClosedDate: '2024-11-17T18:59:51.000+0000',
  };
  const fields = { Subject: 'Performance inadequate', Priority: 'High', Origin: 'Phone' };
  const cases = [
    { Id: '500g5000004h3XpAAI', ...closed, ...fields },
    { Id: '500g5000004h3XqAAI', ...closed, ...fields, Status: 'Duplicate' },
  ];
  const service = await startSalesforce({ objects: { Contact: { records: [contact] }, Case: { records: cases } }, login });
  Object.assign(process.env, { SF_LOGIN_URL: stopping(service).url, SF_CLIENT_ID: 'client', SF_CLIENT_SECRET: secret });
  const dir = await newFolder();
  const [, config = ''] = /```ts\n([\s\S]*?)```/.exec(guide) ?? [];
  await put(dir, { 'onefold.config.ts': config.replace(/^import .*$/m, 'const defineProject = <P>(project: P): P => project;') });
  expect((await build(dir)).status).toBe('success');
  expect(await rowsIn(dir, sql`SELECT contact_email, opened::VARCHAR AS opened, closed::VARCHAR AS closed FROM silver.cases`)).toEqual([
    '{"contact_email":"rose@edge.com","opened":"2026-01-06 10:02:00","closed":"2024-11-17 18:59:51"}',
  ]);
  expect(await rowsIn(dir, sql`SELECT Id FROM bronze.sf__origins`)).toHaveLength(2);
});

// Real data of a bank lies beside the checkout on machines that have it; elsewhere this test is skipped.
const bank = fileURLToPath(new URL('../../../shared/systems/bank/data/', import.meta.url));
test.skipIf(!existsSync(bank))('the CRM of a bank arrives whole: contacts, cases and tasks', async () => {
  const engine = await openDuckDb({ path: ':memory:' });
  const files = {
    Contact: [
      'contacts',
      sql`sf_contact_id AS Id, first_name AS FirstName, last_name AS LastName, email AS Email, created_date AS CreatedDate`,
    ],
    Case: [
      'cases',
      sql`sf_case_id AS Id, sf_contact_id AS ContactId, status AS Status, created_date AS CreatedDate, closed_date AS ClosedDate`,
    ],
    Task: ['tasks', sql`sf_task_id AS Id, sf_contact_id AS WhoId, status AS Status, activity_date AS ActivityDate`],
  } as const;
  const objects: Record<string, { records: readonly Fields[] }> = {};
  for (const [object, [file, columns]] of Object.entries(files)) {
    const { rows } = await engine.table(sql`SELECT ${columns} FROM read_csv(${join(bank, `sf_${file}.csv`)}, all_varchar = true)`);
    objects[object] = { records: rows.map((row) => ({ ...row })) };
  }
  engine.close();
  const service = stopping(await startSalesforce({ objects, login, faults: [{ kind: 'cap', rows: 200 }] }));
  const streams = { contacts: { object: 'Contact' }, cases: { object: 'Case' }, tasks: { object: 'Task' } };
  const dir = await makeProject({
    config: { name: 'crm', sources: { sf: { connector: 'salesforce', login_url: service.url, auth: credentials, streams } } },
  });
  expect((await build(dir)).status).toBe('success');
  const counts = sql`SELECT (SELECT count(*)::INT FROM bronze.sf__contacts) AS contacts, (SELECT count(*)::INT FROM bronze.sf__tasks) AS tasks,
    count(*)::INT AS cases, count(ClosedDate)::INT AS closed FROM bronze.sf__cases`;
  expect(await rowsIn(dir, counts)).toEqual(['{"contacts":519,"tasks":1170,"cases":1107,"closed":476}']);
});
