import { afterAll, describe, expect, test } from 'vitest';
import { openHttp } from '../../src/connectors/http/client.js';
import { realWorld } from '../../src/connectors/http/world.js';
import { suiteql } from '../../src/testing/emulators/suiteql.js';
import type { Row } from '../../src/testing/emulators/suiteql_values.js';
import type { NetsuiteAccount } from '../../src/testing/index.js';
import { startNetsuite } from '../../src/testing/index.js';
import { errorOf } from '../support/http.js';

const running: NetsuiteAccount[] = [];
afterAll(() => Promise.all(running.map(({ close }) => close())));

const token = { consumer_key: 'ck', consumer_secret: 'cs&', token: 't', token_secret: 'ts' };
const customers: readonly Row[] = [
  { id: 2, companyname: "O'Hara", isinactive: true, email: null, lastmodifieddate: new Date('2025-07-01T12:00:30Z') },
  { id: 10, companyname: 'Zed', isinactive: false, email: 'z@x.example', lastmodifieddate: new Date('2025-01-01T07:00:00Z') },
  { id: 9, companyname: 'Ärger', isinactive: false, lastmodifieddate: new Date('2025-01-01T08:00:00Z') },
];

/** An account, and the requests that its own client sends to it. */
async function opened(known: Partial<typeof token> = {}, realm = '1_SB1') {
  const account = await startNetsuite({ account: '1_SB1', token, tables: { customer: customers }, most: 2 });
  running.push(account);
  const secrets: Readonly<Record<string, string>> = { ...token, ...known };
  const env = (name: string) => ({ env: name });
  const auth = {
    kind: 'oauth1',
    realm,
    consumer_key: env('CONSUMER_KEY'),
    consumer_secret: env('CONSUMER_SECRET'),
    token: env('TOKEN'),
    token_secret: env('TOKEN_SECRET'),
  } as const;
  const world = realWorld(async (ref) => ('env' in ref ? (secrets[ref.env.toLowerCase()] ?? '') : ''));
  const http = openHttp({ baseUrl: account.url, auth, retries: { attempts: 1 } }, world);
  const ask = (
    q: string,
    query: Readonly<Record<string, number>> = {},
    headers: Readonly<Record<string, string>> = { prefer: 'transient' },
  ) => http.request({ method: 'POST', url: 'services/rest/query/v1/suiteql', query, headers, body: { json: { q } } });
  return { account, ask };
}

describe('an account of NetSuite', () => {
  test('answers in texts, without nulls, in the form of the service', async () => {
    const { ask } = await opened();
    const { json } = await ask('SELECT * FROM customer WHERE id = 2');
    expect(json).toMatchObject({
      count: 1,
      hasMore: false,
      offset: 0,
      totalResults: 1,
      items: [{ links: [], id: '2', companyname: "O'Hara", isinactive: 'T', lastmodifieddate: '7/1/2025' }],
    });
    expect(JSON.stringify(json)).not.toContain('email');
  });

  test('gives pages, and no more rows of one query than it is allowed to', async () => {
    const { ask } = await opened();
    const pages = [await ask('SELECT id FROM customer', { limit: 1 }), await ask('SELECT id FROM customer', { limit: 1, offset: 1 })];
    expect(pages.map((p) => p.json)).toMatchObject([
      { hasMore: true, totalResults: 2, items: [{ id: '2' }] },
      { hasMore: false, totalResults: 2, items: [{ id: '10' }] },
    ]);
    for (const query of [{ limit: 1001 }, { limit: 2, offset: 1 }])
      expect((await errorOf(ask('SELECT id FROM customer', query))).message).toMatch(/400/);
  });

  test('lets in only who signs rightly, and says what is wrong', async () => {
    for (const [known, why] of [
      [{ consumer_key: 'other' }, 'consumer_key_unknown'],
      [{ consumer_secret: 'other' }, 'signature_invalid'],
      [{ token: 'other' }, 'token_rejected'],
      [{ token_secret: 'other' }, 'signature_invalid'],
    ] as const) {
      const { ask } = await opened(known);
      expect((await errorOf(ask('SELECT id FROM customer'))).message).toContain(`answered 401 (${why})`);
    }
    const { ask } = await opened({}, '1-sb1');
    expect((await errorOf(ask('SELECT id FROM customer'))).message).toContain('answered 401 (token_rejected)');
  });

  test('wants the header that it documents', async () => {
    const { ask } = await opened();
    expect((await errorOf(ask('SELECT id FROM customer', {}, {}))).message).toContain('(INVALID_HEADER)');
  });
});

describe('its SuiteQL', () => {
  const rows: Readonly<Record<string, readonly Row[]>> = {
    customer: customers,
    sale: [
      { id: 1, entity: 2, code: '10' },
      { id: 2, entity: 9, code: '9' },
    ],
  };
  const asked = (q: string) =>
    suiteql(q, { rows: (table) => rows[table], wall: (at) => at.toISOString().slice(0, 19).replace('T', ' ') }).map((row) =>
      Object.values(row),
    );

  test.each([
    ['SELECT id FROM customer ORDER BY id', [[2], [9], [10]]],
    ["SELECT id FROM customer WHERE id > '2' AND (id = '9' OR id = 10) ORDER BY id DESC", [[10], [9]]],
    ["SELECT code FROM sale WHERE code > '1' ORDER BY code", [['10'], ['9']]],
    ["SELECT c.id FROM customer c WHERE companyname = 'O''Hara'", [[2]]],
    ['SELECT id FROM customer WHERE email IS NULL ORDER BY id', [[2], [9]]],
    ['SELECT id FROM customer WHERE id IN (9, 10) ORDER BY email, id', [[10], [9]]],
    ['SELECT COUNT(*) AS n FROM customer', [[3]]],
    ["SELECT TO_CHAR(c.lastmodifieddate, 'YYYY-MM-DD HH24:MI:SS') AS t FROM customer c WHERE c.id = 2", [['2025-07-01 12:00:30']]],
    ["SELECT id FROM customer WHERE lastmodifieddate >= TO_DATE('2025-01-01 08:00:00', 'YYYY-MM-DD HH24:MI:SS') ORDER BY id", [[2], [9]]],
    [
      'SELECT s.id, c.companyname FROM sale s JOIN customer c ON c.id = s.entity ORDER BY s.id',
      [
        [1, "O'Hara"],
        [2, 'Ärger'],
      ],
    ],
    [
      'SELECT c.id, s.id AS sale FROM customer c LEFT JOIN sale s ON s.entity = c.id ORDER BY c.id',
      [
        [2, 1],
        [9, 2],
        [10, null],
      ],
    ],
    ['SELECT q.* FROM (SELECT id AS a FROM customer WHERE id < 10) q ORDER BY q.a', [[2], [9]]],
  ] as const)('%s', (q, expected) => {
    expect(asked(q)).toEqual(expected);
  });

  test.each([
    'SELECT id FROM nothing',
    'SELECT nothing FROM customer',
    'SELECT x.id FROM customer',
    'SELECT SUM(id) FROM customer',
    'SELECT id FROM customer GROUP BY id',
    'SELECT id FROM customer; DROP TABLE customer',
    "SELECT id FROM customer WHERE companyname LIKE 'O%'",
    'SELECT id FROM customer WHERE companyname > 5',
    "SELECT id FROM customer WHERE lastmodifieddate > '2025-01-01'",
    "SELECT TO_CHAR(lastmodifieddate, 'MM/DD/YYYY') FROM customer",
    'SELECT COUNT(*), id FROM customer',
    'DELETE FROM customer',
    '',
  ])('refuses: %s', (q) => {
    expect(() => asked(q)).toThrow(Error);
  });
});
