import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import type { HttpOptions } from '../../../src/connectors/http/client.js';
import { openHttp } from '../../../src/connectors/http/client.js';
import type { TestServer, TestWorld } from '../../support/http.js';
import { allTextOf, closeServers, errorOf, reply, serve, testWorld } from '../../support/http.js';

closeServers();

const open = (server: TestServer, world: TestWorld = testWorld(), more: Partial<HttpOptions> = {}) =>
  openHttp({ baseUrl: server.url, ...more }, world);

describe('a service that is busy', () => {
  const second = Date.UTC(2026, 0, 1) / 1000;
  test.each([
    ['Retry-After in seconds', { 'retry-after': '7' }, 7000],
    ['Retry-After as a date', { 'retry-after': new Date((second + 9) * 1000).toUTCString() }, 9000],
    ['a reset in seconds since 1970', { 'x-ratelimit-reset': String(second + 11) }, 11_000],
    ['a reset in milliseconds since 1970', { 'x-ratelimit-reset': String(second * 1000 + 1500) }, 1500],
    ['a reset in seconds from now', { 'ratelimit-reset': '3' }, 3000],
    ['milliseconds', { 'retry-after-ms': '250' }, 250],
    ['the draft of the standard header', { ratelimit: '"default";r=0;t=4' }, 4000],
  ])('is asked again when it says so: %s', async (_name, headers, wait) => {
    const server = await serve((_r, response, n) => (n === 1 ? reply(response, {}, 429, headers) : reply(response, { n })));
    const world = testWorld({}, 0);
    expect((await open(server, world).request({ url: '/a' })).json).toEqual({ n: 2 });
    expect(world.at() - Date.UTC(2026, 0, 1)).toBe(wait);
  });

  test('counts the moment it names from its own clock, not from ours', async () => {
    const server = await serve((_r, response, n) => {
      if (n > 1) return reply(response, {});
      response.setHeader('Date', new Date(Date.UTC(2020, 0, 1)).toUTCString());
      reply(response, {}, 503, { 'retry-after': new Date(Date.UTC(2020, 0, 1, 0, 0, 5)).toUTCString() });
    });
    const world = testWorld({}, 0);
    await open(server, world).request({ url: '/a' });
    expect(world.slept).toEqual([5000]);
  });

  test('and says nothing of when gets growing waits with jitter', async () => {
    const server = await serve((_r, response, n) => (n < 5 ? reply(response, {}, 429) : reply(response, {})));
    const world = testWorld({}, 0.5);
    await open(server, world, { retries: { baseMs: 100 } }).request({ url: '/a' });
    expect(world.slept).toEqual([50, 100, 200, 400]);
  });

  test('and asks for no wait at all is not stormed', async () => {
    const server = await serve((_r, response, n) => (n < 4 ? reply(response, {}, 429, { 'retry-after': '0' }) : reply(response, {})));
    const world = testWorld({}, 0.5);
    await open(server, world, { retries: { baseMs: 100 } }).request({ url: '/a' });
    expect(world.slept).toEqual([100, 200]);
  });

  test('for longer than we are patient is an error that says how long', async () => {
    const server = await serve((_r, response) => reply(response, {}, 429, { 'retry-after': '86400' }));
    const error = await errorOf(open(server).request({ url: '/a', query: { limit: 3 } }));
    expect(error.code).toBe('SOURCE_LIMITED');
    expect(error.message).toBe(`GET ${server.url}/a?limit=… answered 429: too many requests, to come back in 86400 s`);
    expect(server.seen).toHaveLength(1);
  });

  test('and says so by 403 is a busy one all the same', async () => {
    const server = await serve((_r, response, n) =>
      n === 1 ? reply(response, {}, 403, { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '2' }) : reply(response, {}),
    );
    await open(server).request({ url: '/a' });
    expect(server.seen).toHaveLength(2);
  });

  test('holds back all requests to it, not only the one that it refused', async () => {
    const times: number[] = [];
    const world = testWorld({}, 0);
    const server = await serve((_r, response, n) => {
      times.push(world.at());
      if (n === 1) reply(response, {}, 429, { 'retry-after': '5' });
      else reply(response, {});
    });
    const http = open(server, world, { budget: { requests: 100, perMs: 1000, concurrency: 1 } });
    await Promise.all([http.request({ url: '/a' }), http.request({ url: '/b' })]);
    expect(times.slice(1).filter((time) => time - (times[0] ?? 0) < 5000)).toHaveLength(1);
  });
});

describe('what is repeated', () => {
  test.each([408, 425, 500, 502, 503, 504])('a GET that was answered %i', async (status) => {
    const server = await serve((_r, response, n) => reply(response, {}, n < 3 ? status : 200));
    await open(server).request({ url: '/a' });
    expect(server.seen).toHaveLength(3);
  });

  test.each(['42P01', 'PGRST205'])('not a GET that a database refuses with %s, which is told', async (code) => {
    const server = await serve((_r, response) => reply(response, { code, message: 'Ann Bo', hint: 'Ann Bo' }, 404));
    expect((await errorOf(open(server).request({ url: '/a' }))).message).toBe(`GET ${server.url}/a answered 404 (${code})`);
  });

  test.each([400, 404, 409, 422])('not a GET that was answered %i', async (status) => {
    const server = await serve((_r, response) => reply(response, { error: { code: 'INVALID_FIELD', message: 'secret' } }, status));
    const error = await errorOf(open(server).request({ url: '/a' }));
    expect([error.code, error.message]).toEqual(['SOURCE_BROKEN', `GET ${server.url}/a answered ${status} (INVALID_FIELD)`]);
    expect(server.seen).toHaveLength(1);
  });

  test('a POST only if it is declared idempotent', async () => {
    const server = await serve((_r, response, n) => reply(response, {}, n % 2 === 1 ? 500 : 200));
    await open(server).request({ method: 'POST', url: '/search', body: { json: {} }, idempotent: true });
    expect(server.seen).toHaveLength(2);
    const error = await errorOf(open(server).request({ method: 'POST', url: '/order', body: { json: {} } }));
    expect([error.code, server.seen.length]).toEqual(['SOURCE_UNREACHABLE', 3]);
  });

  test('a connection that breaks in the body, and JSON that stops in the middle', async () => {
    const server = await serve((_r, response, n) => {
      if (n === 1) {
        response.writeHead(200, { 'content-length': '1000' }).write('{"a":');
        setTimeout(() => response.destroy(), 10);
      } else if (n === 2) response.writeHead(200, { 'content-type': 'application/json', connection: 'close' }).end('{"a":[1,2');
      else if (n === 3) response.writeHead(200, { 'content-type': 'application/json' }).end();
      else reply(response, { a: 1 });
    });
    expect((await open(server).request({ url: '/a' })).json).toEqual({ a: 1 });
    expect(server.seen).toHaveLength(4);
  });

  test('headers that do not come, a body that stops, and a body that drips without end', async () => {
    const server = await serve((_r, response, n) => {
      if (n === 1) return;
      if (n > 3) return reply(response, { a: 1 });
      response.writeHead(200).write('{');
      if (n === 3) {
        const drip = setInterval(() => response.write(' '), 20);
        response.on('close', () => clearInterval(drip));
      }
    });
    expect((await open(server, testWorld(), { timeoutMs: 60 }).request({ url: '/a' })).json).toEqual({ a: 1 });
    expect(server.seen).toHaveLength(4);
  });

  test('until it is enough: the error says what happened and how often', async () => {
    const server = await serve((_r, response) => reply(response, {}, 500));
    const error = await errorOf(open(server, testWorld(), { retries: { attempts: 3 } }).request({ url: '/a' }));
    expect([error.code, error.message]).toEqual(['SOURCE_UNREACHABLE', `GET ${server.url}/a answered 500 (3 attempts)`]);
  });

  test('a service that is not there', async () => {
    const error = await errorOf(openHttp({ baseUrl: 'http://127.0.0.1:1', retries: { attempts: 2 } }, testWorld()).request({ url: 'a' }));
    expect(error.code).toBe('SOURCE_UNREACHABLE');
    expect(error.message).toMatch(/could not be reached: .*\(2 attempts\)$/);
  });
});

describe('bodies', () => {
  test('that are no JSON are named by their content type and not quoted', async () => {
    const server = await serve((_r, response) => {
      response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end('<html>ann@example.com</html>');
    });
    const error = await errorOf(open(server).request({ url: '/a' }));
    expect([error.code, error.message]).toEqual(['SOURCE_BROKEN', `GET ${server.url}/a answered with text/html, which is not JSON`]);
    expect(server.seen).toHaveLength(1);
  });

  test('may be compressed, and are limited by what they hold', async () => {
    const server = await serve((_r, response) => {
      response
        .writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' })
        .end(gzipSync(JSON.stringify({ a: 'x'.repeat(1e5) })));
    });
    expect((await open(server).request({ url: '/a' })).text).toHaveLength(1e5 + 8);
    const error = await errorOf(open(server, testWorld(), { maxBytes: 5e4 }).request({ url: '/a' }));
    expect([error.code, error.message]).toEqual(['SOURCE_BROKEN', `GET ${server.url}/a answered with more than 50000 bytes`]);
  });

  test('keep every digit of long numbers', async () => {
    const server = await serve((_r, response) => {
      response
        .writeHead(200)
        .end('{"id":12345678901234567890,"s":"12345678901234567890 \\" 1","n":-0.1234567890123456789,"e":1e3,"f":12.345678901234567}');
    });
    expect((await open(server).request({ url: '/a' })).json).toEqual({
      id: '12345678901234567890',
      s: '12345678901234567890 " 1',
      n: '-0.1234567890123456789',
      e: 1000,
      f: 12.345678901234567,
    });
  });

  test('of many megabytes with one long text are read like others', async () => {
    const text = JSON.stringify({ id: 1, note: `\\"${'x'.repeat(2e7)}`, far: '1234567890123456789' });
    const server = await serve((_r, response) => void response.writeHead(200).end(text));
    expect((await open(server).request({ url: '/a' })).text).toHaveLength(text.length);
  });

  test('in another declared charset are read in it; bytes that are wrong are an error and no question marks', async () => {
    const bytes = Buffer.from('{"a":"Zürich"}', 'latin1');
    const server = await serve((r, response) => {
      response.writeHead(200, { 'content-type': `application/json${r.url.pathname === '/a' ? '; charset=iso-8859-1' : ''}` }).end(bytes);
    });
    expect((await open(server).request({ url: '/a' })).json).toEqual({ a: 'Zürich' });
    expect((await errorOf(open(server, testWorld(), { retries: { attempts: 1 } }).request({ url: '/b' }))).message).toContain(
      'bytes that are not utf-8',
    );
  });
});

describe('addresses', () => {
  test('are put below the base with its path and query', async () => {
    const server = await serve((_r, response) => reply(response, {}));
    const http = openHttp({ baseUrl: `${server.url}/api/v1?tenant=7` }, testWorld());
    for (const url of ['users', '/users', 'users?a=1', '', 'users:batch']) await http.request({ url, query: { b: 2, c: undefined } });
    expect(server.seen.map((s) => s.url.pathname + s.url.search)).toEqual([
      '/api/v1/users?tenant=7&b=2',
      '/api/v1/users?tenant=7&b=2',
      '/api/v1/users?a=1&tenant=7&b=2',
      '/api/v1?tenant=7&b=2',
      '/api/v1/users:batch?tenant=7&b=2',
    ]);
  });

  test('with a password in them are refused', () => {
    expect(() => openHttp({ baseUrl: 'https://me:pw@host' }, testWorld())).toThrow(/hold no user or password/);
    expect(() => openHttp({ baseUrl: 'file:///etc/passwd' }, testWorld())).toThrow(/must begin with https/);
  });
});

describe('redirects', () => {
  const auth = { kind: 'bearer', token: { env: 'T' } } as const;

  test('at the same origin are followed with credentials, to another origin without', async () => {
    const other = await serve((_r, response) => reply(response, { other: true }));
    const server = await serve((r, response) => {
      if (r.url.pathname === '/here') response.writeHead(301, { location: '/there?x=1' }).end();
      else if (r.url.pathname === '/away') response.writeHead(302, { location: `${other.url}/b?key=Sesame&y=1` }).end();
      else reply(response, {});
    });
    const http = openHttp({ baseUrl: server.url, auth, headers: { 'x-tenant': { env: 'T' } } }, testWorld({ T: 'Sesame' }));
    expect((await http.request({ url: 'here' })).url).toBe(`${server.url}/there?x=1`);
    expect(server.seen[1]?.headers).toMatchObject({ authorization: 'Bearer Sesame', 'x-tenant': 'Sesame' });
    expect((await http.request({ url: 'away', headers: { 'x-mine': 'a' } })).json).toEqual({ other: true });
    expect(other.seen[0]?.url.search).toBe('?y=1');
    for (const name of ['authorization', 'x-tenant', 'x-mine']) expect(other.seen[0]?.headers).not.toHaveProperty(name);
  });

  test('that echo a key do not bring it into the address of the answer', async () => {
    const server = await serve((r, response) => {
      if (r.url.pathname === '/users/') response.writeHead(301, { location: `/users${r.url.search}` }).end();
      else reply(response, {});
    });
    const key = { kind: 'api_key', key: { env: 'T' }, query: 'key' } as const;
    const http = openHttp({ baseUrl: server.url, auth: key }, testWorld({ T: 'open-sesame' }));
    expect((await http.request({ url: 'users/', query: { a: 1 } })).url).toBe(`${server.url}/users?a=1`);
    expect(server.seen[1]?.url.search).toBe('?a=1&key=open-sesame');
  });

  test('never carry a body to another host, nor drop one', async () => {
    const other = await serve((_r, response) => reply(response, {}));
    const server = await serve((r, response) => {
      response.writeHead(r.url.pathname === '/away' ? 307 : 301, { location: r.url.pathname === '/away' ? other.url : '/x' }).end();
    });
    const post = (url: string) => errorOf(open(server).request({ method: 'POST', url, body: { json: { pw: 1 } }, idempotent: true }));
    expect((await post('/away')).message).toContain('was redirected to another host');
    expect((await post('/moved')).message).toContain('has moved: it answered 301 to a POST');
    expect(other.seen).toEqual([]);
  });

  test('without end, or to nowhere, are errors', async () => {
    const server = await serve((r, response) => {
      response.writeHead(302, r.url.pathname === '/nowhere' ? { location: 'javascript:alert(1)' } : { location: '/again' }).end();
    });
    expect((await errorOf(open(server).request({ url: 'again' }))).message).toContain('was redirected more than 5 times');
    expect((await errorOf(open(server).request({ url: 'nowhere' }))).message).toContain('names no address to go to');
  });
});

describe('the budget', () => {
  test('lets no more requests through in any stretch of time than declared', async () => {
    const times: number[] = [];
    const world = testWorld();
    const server = await serve((_r, response) => {
      times.push(world.at());
      reply(response, {});
    });
    const http = open(server, world, { budget: { requests: 4, perMs: 1000, concurrency: 1 } });
    await Promise.all(Array.from({ length: 13 }, (_, i) => http.request({ url: `/${i}` })));
    expect(times).toHaveLength(13);
    for (const start of times) expect(times.filter((t) => t >= start && t < start + 1000).length).toBeLessThanOrEqual(4);
  });

  test('limits how many are under way at once', async () => {
    let under = 0;
    let most = 0;
    const server = await serve(async (_r, response) => {
      most = Math.max(most, ++under);
      await new Promise((resolve) => setTimeout(resolve, 5));
      under--;
      reply(response, {});
    });
    const http = open(server, testWorld(), { budget: { requests: 1000, perMs: 1000, concurrency: 3 } });
    await Promise.all(Array.from({ length: 12 }, (_, i) => http.request({ url: `/${i}` })));
    expect(most).toBe(3);
  });
});

describe('no secret and no person is in any error', () => {
  const planted = { KEY: 'hunter2secret', TOKEN: 'tok-0123456789abcdef', BROKEN: 'line\nbreak-secret' };
  const traces = ['hunter2secret', 'tok-0123456789abcdef', 'break-secret', 'ann@example.com', 'Lovelace', '5551234567'];
  const cases: readonly (readonly [string, Partial<HttpOptions>, Parameters<typeof serve>[0]])[] = [
    [
      'refused',
      { auth: { kind: 'bearer', token: { env: 'TOKEN' } } },
      (_r, res) => reply(res, { error: 'hunter2secret', who: 'Lovelace' }, 401),
    ],
    ['key in the query', { auth: { kind: 'api_key', key: { env: 'KEY' }, query: 'apikey' } }, (_r, res) => reply(res, {}, 400)],
    ['bad header', { headers: { 'x-key': { env: 'BROKEN' } } }, (_r, res) => reply(res, {})],
    ['broken JSON', {}, (_r, res) => void res.writeHead(200).end('{"name":"Lovelace ann@example.com", oops')],
    ['not JSON', {}, (_r, res) => void res.writeHead(200, { 'content-type': 'Lovelace' }).end('Lovelace')],
    ['redirect', {}, (_r, res) => void res.writeHead(302, { location: 'https://u:hunter2secret@[bad' }).end()],
    [
      'failing',
      { auth: { kind: 'basic', user: 'u', password: { env: 'KEY' } } },
      (_r, res) => reply(res, { code: 'Lovelace is not' }, 500),
    ],
  ];
  test.each(cases)('%s', async (_name, options, handler) => {
    const server = await serve(handler);
    const http = open(server, testWorld(planted), { retries: { attempts: 2 }, ...options });
    const error = await errorOf(
      http.request({
        url: `people/ann%40example.com/5551234567/hunter2secret-tok-0123456789abcdef`,
        query: { mail: 'ann@example.com', name: 'Lovelace' },
      }),
    );
    for (const trace of traces) expect(allTextOf(error)).not.toContain(trace);
  });
});
