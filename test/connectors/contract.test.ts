import { afterAll, describe } from 'vitest';
import { startNetsuite } from '../../src/testing/index.js';
import { closeServers, reply, serve } from '../support/http.js';
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
