import { afterAll, describe } from 'vitest';
import type { Row, SupabaseService } from '../../src/testing/index.js';
import { startErpnext, startGoogleSheets, startNetsuite, startSalesforce, startStripe, startSupabase } from '../../src/testing/index.js';
import { closeServers, reply, serve, stopping } from '../support/http.js';
import type { Database } from '../support/postgres.js';
import { startPostgres } from '../support/postgres.js';
import { removeFolders } from '../support/project.js';
import type { Thing } from './contract.js';
import { connectorContract } from './contract.js';

closeServers();
afterAll(removeFolders);

describe('rest', () => {
  const secret = 'a-token-that-nobody-may-see';
  process.env['ONEFOLD_TEST_TOKEN'] = secret;
  connectorContract({
    name: 'rest',
    start: async () => {
      let held: readonly Thing[] = [];
      const { url } = await serve(({ url: asked, headers }, response) => {
        if (headers.authorization !== `Bearer ${secret}`) return reply(response, {}, 401);
        const [skip, limit] = [Number(asked.searchParams.get('offset')), Number(asked.searchParams.get('limit'))];
        reply(response, { things: held.slice(skip, skip + limit), count: held.length });
      });
      const paging = { kind: 'offset', size: 2 };
      return {
        source: {
          url,
          auth: { kind: 'bearer', token: { env: 'ONEFOLD_TEST_TOKEN' } },
          streams: { things: { path: 'things', records: 'things', total: 'count', paging, key: ['id'] } },
        },
        hold: async (things) => {
          held = things;
        },
        secrets: [secret],
      };
    },
  });
});

describe('supabase', () => {
  const running: SupabaseService[] = [];
  afterAll(() => Promise.all(running.map((service) => service.close())));
  connectorContract({
    name: 'supabase',
    start: async () => {
      const tables = { things: { rows: [] as readonly Row[], key: ['id'], types: { id: 'text', name: 'text' } as const } };
      const service = await startSupabase({ tables, maxRows: 3 });
      running.push(service);
      process.env['ONEFOLD_TEST_SUPABASE'] = service.keys.secret;
      return {
        source: {
          url: service.url,
          api_key: { env: 'ONEFOLD_TEST_SUPABASE' },
          streams: { things: { table: 'things', key: ['id'], page_size: 2 } },
        },
        hold: async (things) => {
          tables.things.rows = things.map(({ id, name }) => ({ id, name }));
        },
        secrets: [service.keys.secret],
      };
    },
  });
});

describe('erpnext', () => {
  const [key, secret] = ['a-key-that-nobody-may-see', 'a-secret-that-nobody-may-see'];
  Object.assign(process.env, { ONEFOLD_TEST_KEY: key, ONEFOLD_TEST_SECRET: secret });
  connectorContract({
    name: 'erpnext',
    start: async () => {
      const site = stopping(await startErpnext({ doctypes: { Thing: [] }, key, secret }));
      const held = new Map<string, string>();
      return {
        source: {
          url: site.url,
          key: { env: 'ONEFOLD_TEST_KEY' },
          secret: { env: 'ONEFOLD_TEST_SECRET' },
          streams: { things: { doctype: 'Thing', page_size: 2 } },
        },
        columns: { id: 'name', name: 'title' },
        hold: async (things) => {
          for (const id of held.keys()) if (!things.some((thing) => thing.id === id)) site.remove('Thing', id);
          for (const { id, name } of things) {
            if (!held.has(id)) site.insert('Thing', { name: id, title: name });
            else if (held.get(id) !== name) site.update('Thing', id, { title: name });
          }
          held.clear();
          for (const { id, name } of things) held.set(id, name);
        },
        secrets: [key, secret],
      };
    },
  });
});

describe('postgres', () => {
  let database: Promise<Database> | null = null;
  let count = 0;
  afterAll(async () => (await database)?.stop());
  process.env['ONEFOLD_TEST_PASSWORD'] = 'open-sesame';
  connectorContract({
    name: 'postgres',
    start: async () => {
      database ??= startPostgres();
      const { port, query } = await database;
      const table = `things_${++count}`;
      await query(`CREATE TABLE ${table} (id int PRIMARY KEY, name text)`);
      return {
        source: {
          host: '127.0.0.1',
          port,
          database: 'postgres',
          user: 'reader',
          password: { env: 'ONEFOLD_TEST_PASSWORD' },
          streams: { things: { table, key: ['id'] } },
        },
        hold: async (things) => {
          await query(`DELETE FROM ${table}`);
          for (const { id, name } of things) await query(`INSERT INTO ${table} VALUES ($1, $2)`, [id, name]);
        },
        secrets: ['open-sesame'],
      };
    },
  });
});

describe.each([
  ['google_sheets', {}],
  ['google_sheets, block by block', { rows: 3 }],
])('%s', (_, stream) => {
  const running: (() => Promise<void>)[] = [];
  afterAll(() => Promise.all(running.map((close) => close())));
  connectorContract({
    name: 'google_sheets',
    start: async () => {
      const service = await startGoogleSheets({ sheets: { Things: [] }, grid: { rows: 1, columns: 2 }, quota: null });
      running.push(service.close);
      process.env['ONEFOLD_TEST_KEY_FILE'] = service.credentials;
      const { private_key: key } = JSON.parse(service.credentials) as { readonly private_key: string };
      return {
        source: {
          url: service.url,
          spreadsheet: service.spreadsheet,
          credentials: { env: 'ONEFOLD_TEST_KEY_FILE' },
          streams: { things: { sheet: 'things', key: ['id'], ...stream } },
          budget: { requests: 1000, per_s: 1 },
        },
        hold: async (things) => service.hold('Things', [['id', 'name'], ...things.map(({ id, name }) => [id, name])]),
        secrets: [service.credentials, ...key.split('\n').filter((line) => line.length > 30)],
      };
    },
  });
});

describe('stripe', () => {
  const key = 'rk_test_thatnobodymaysee';
  process.env['ONEFOLD_TEST_STRIPE'] = key;
  const running: (() => Promise<void>)[] = [];
  afterAll(() => Promise.all(running.map((close) => close())));
  connectorContract({
    name: 'stripe',
    start: async () => {
      const account = await startStripe({ keys: { [key]: {} } });
      running.push(account.close);
      account.faults([{ kind: 'cap', rows: 2 }]);
      const held = new Map<string, Thing>();
      const { host, port } = account;
      const budget = { requests: 1000, per_s: 1 };
      return {
        source: {
          host,
          port,
          protocol: 'http',
          api_key: { env: 'ONEFOLD_TEST_STRIPE' },
          budget,
          streams: { things: { list: 'customers' } },
        },
        hold: async (things) => {
          for (const { id } of [...held.values()].filter((thing) => !things.includes(thing))) {
            if (things.some((thing) => thing.id === id)) continue;
            account.remove('customers', id);
            held.delete(id);
          }
          for (const thing of things) {
            const { id, name } = thing;
            if (held.has(id)) account.update('customers', id, { name });
            else account.insert('customers', { id, name });
            held.set(id, thing);
          }
        },
        secrets: [key],
      };
    },
  });
});

describe('netsuite', () => {
  const secrets = ['consumer-key-1', 'consumer-secret-1', 'token-id-1', 'token-secret-1'] as const;
  const [consumer_key, consumer_secret, token, token_secret] = secrets;
  Object.entries({ consumer_key, consumer_secret, token, token_secret }).forEach(([name, value]) => {
    process.env[`ONEFOLD_TEST_NS_${name.toUpperCase()}`] = value;
  });
  const running: (() => Promise<void>)[] = [];
  afterAll(() => Promise.all(running.map((close) => close())));
  connectorContract({
    name: 'netsuite',
    start: async () => {
      const account = await startNetsuite({
        account: '1234567_SB1',
        token: { consumer_key, consumer_secret, token, token_secret },
        tables: { thing: [] },
      });
      running.push(account.close);
      const env = (name: string) => ({ env: `ONEFOLD_TEST_NS_${name}` });
      return {
        source: {
          account: '1234567-sb1',
          url: account.url,
          auth: {
            kind: 'token',
            consumer_key: env('CONSUMER_KEY'),
            consumer_secret: env('CONSUMER_SECRET'),
            token: env('TOKEN'),
            token_secret: env('TOKEN_SECRET'),
          },
          streams: { things: { table: 'thing', page_size: 2 } },
        },
        hold: async (things) =>
          account.hold(
            'thing',
            things.map(({ id, name }) => ({ id: Number(id), name })),
          ),
        secrets,
      };
    },
  });
});

describe('salesforce', () => {
  process.env['ONEFOLD_TEST_CLIENT_SECRET'] = 'a-client-secret-that-nobody-may-see';
  const fields = (things: readonly Thing[]) => things.map(({ id, name }) => ({ Id: id, Name: name }));
  connectorContract({
    name: 'salesforce',
    start: async () => {
      const login = { clientId: 'client', clientSecret: 'a-client-secret-that-nobody-may-see' };
      const service = stopping(
        await startSalesforce({
          objects: { Thing__c: { records: [], types: { Name: 'string' } } },
          login,
          faults: [{ kind: 'cap', rows: 2 }],
        }),
      );
      const auth = { grant: 'client_credentials', client_id: 'client', client_secret: { env: 'ONEFOLD_TEST_CLIENT_SECRET' } };
      return {
        source: { login_url: service.url, auth, streams: { things: { object: 'Thing__c', columns: ['Name'] } } },
        columns: { id: 'Id', name: 'Name' },
        hold: async (things) => service.hold('Thing__c', fields(things)),
        secrets: [login.clientSecret, '!session.'],
      };
    },
  });
});
