import { afterEach, describe, expect, test } from 'vitest';
import { openHttp } from '../../src/connectors/http/client.js';
import { pages } from '../../src/connectors/http/pages.js';
import { collectionOf, collectionSettings, httpOptionsOf, httpSettings } from '../../src/connectors/http/settings.js';
import type { World } from '../../src/connectors/http/world.js';
import type { DirectoryOptions, DirectoryService } from '../../src/testing/index.js';
import { startDirectoryService } from '../../src/testing/index.js';
import { errorOf, testWorld } from '../support/http.js';

const users = Array.from({ length: 208 }, (_, i) => ({
  id: i + 1,
  firstName: `First${i + 1}`,
  email: `u${i + 1}@example.com`,
  address: { city: i % 10 === 0 ? 'Phoenix' : 'Austin' },
}));

const running: DirectoryService[] = [];
afterEach(() => Promise.all(running.splice(0).map((service) => service.close())));

async function start(options: Partial<DirectoryOptions> = {}): Promise<DirectoryService> {
  const service = await startDirectoryService({ collections: { users, posts: [] }, ...options });
  running.push(service);
  return service;
}

async function get(service: DirectoryService, path: string) {
  const response = await fetch(`${service.url}${path}`, { redirect: 'manual' });
  const text = await response.text();
  const body = text === '' ? {} : JSON.parse(text);
  return { status: response.status, headers: response.headers, body, rows: body['users']?.length };
}

describe('a page', () => {
  test('has the rows, the total before paging, the skip, and as limit the rows that came', async () => {
    const service = await start();
    const { body, headers } = await get(service, '/users?limit=50&skip=200');
    expect([body['users'].length, body['total'], body['skip'], body['limit']]).toEqual([8, 208, 200, 8]);
    expect(headers.get('link')).toBeNull();
  });

  test.each([
    ['', 30],
    ['?limit=0', 208],
    ['?limit=9999', 208],
    ['?skip=500', 0],
    ['?skip=207&limit=2', 1],
    ['?limit=-1', 207],
    ['?limit=1.9', 1],
    ['?limit=', 0],
  ])('of /users%s has %i rows', async (query, rows) => {
    const { status, body } = await get(await start(), `/users${query}`);
    expect([status, body['users'].length, body['limit']]).toEqual([200, rows, rows]);
  });

  test('with a negative skip begins at the start and repeats the number', async () => {
    const { body } = await get(await start(), '/users?skip=-2&limit=1');
    expect([body['users'][0]['id'], body['skip']]).toEqual([1, -2]);
  });

  test('may be cut to top-level fields, `id` always among them, and sorted', async () => {
    const service = await start();
    expect((await get(service, '/users?limit=1&select=email,address.city')).body['users']).toEqual([{ id: 1, email: 'u1@example.com' }]);
    expect((await get(service, '/users?limit=1&sortBy=id&order=desc')).body['users'][0]['id']).toBe(208);
  });

  test('may be searched and filtered', async () => {
    const service = await start();
    expect((await get(service, '/users/filter?key=address.city&value=Phoenix')).body['total']).toBe(21);
    expect((await get(service, '/users/search?q=FIRST20')).body['total']).toBe(10);
    expect((await get(service, '/users/7')).body['email']).toBe('u7@example.com');
  });
});

test.each([
  ['/users?limit=abc', 400],
  ['/users?skip=abc', 400],
  ['/users?sortBy=id&order=up', 400],
  ['/users?delay=5001', 400],
  ['/users/999', 404],
  ['/nothing', 404],
])('%s is answered %i with a message', async (path, status) => {
  const reply = await get(await start(), path);
  expect([reply.status, typeof reply.body['message']]).toEqual([status, 'string']);
});

test('a trailing slash is answered 301 to the address without it', async () => {
  const reply = await get(await start(), '/users/?limit=2');
  expect([reply.status, reply.headers.get('location')]).toEqual([301, '/users?limit=2']);
});

test('a delay holds the answer back', async () => {
  const service = await start();
  const started = performance.now();
  await get(service, '/users?limit=1&delay=60');
  expect(performance.now() - started).toBeGreaterThan(55);
});

test('the 101st request in 10 seconds is answered 429, and the next window is open', async () => {
  let now = Date.UTC(2026, 0, 1);
  const service = await start({ now: () => now });
  const statuses = [];
  for (let i = 0; i < 101; i++) statuses.push((await get(service, '/users?limit=1')).status);
  expect([statuses.filter((s) => s === 200).length, statuses.at(-1)]).toEqual([100, 429]);
  const refused = await get(service, '/users');
  expect([refused.headers.get('x-ratelimit-remaining'), refused.headers.get('x-ratelimit-limit')]).toEqual(['0', '100']);
  now += 10_000;
  expect((await get(service, '/users')).status).toBe(200);
  expect(service.requests.map((r) => r.status).filter((s) => s === 429)).toHaveLength(2);
});

describe('read by configuration alone', () => {
  const stream = {
    path: 'users/',
    query: { select: 'email' },
    records: 'users',
    total: 'total',
    paging: { kind: 'offset', offset: 'skip', size: 1 },
  };

  async function readAll(service: DirectoryService, source: Readonly<Record<string, unknown>>, world: World): Promise<readonly unknown[]> {
    const http = openHttp(httpOptionsOf(httpSettings.parse({ url: service.url, ...source })), world);
    const read: unknown[] = [];
    for await (const page of pages(http, collectionOf(collectionSettings.parse(stream)))) read.push(...page.records);
    return read;
  }

  const expected = users.map(({ id, email }) => ({ id, email }));

  test('every record arrives once, past the rate limit, the redirects and the echoed limit', async () => {
    const world = testWorld();
    const service = await start({ now: world.at });
    expect(await readAll(service, {}, world)).toEqual(expected);
    expect(world.slept.length).toBeGreaterThan(0);
  });

  test('a budget keeps the reader from ever being refused', async () => {
    const world = testWorld();
    const service = await start({ now: world.at });
    expect(await readAll(service, { budget: { requests: 50, per_s: 10 } }, world)).toEqual(expected);
    expect(service.requests.filter((r) => r.status === 429)).toEqual([]);
  });

  test('an answer that is slower than the time allowed is asked for in vain, and the error says so', async () => {
    const service = await start();
    const http = openHttp({ baseUrl: service.url, timeoutMs: 40, retries: { attempts: 2 } }, testWorld());
    const error = await errorOf(http.request({ url: 'users', query: { delay: 2000 } }));
    expect(error.message).toBe(`GET ${service.url}/users?delay=… did not answer in time (2 attempts)`);
  });
});
