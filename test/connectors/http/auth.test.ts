import { constants, createPublicKey, generateKeyPairSync, verify } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { oauth1Signature, signatureBase } from '../../../src/connectors/http/auth/oauth1.js';
import type { AuthOptions } from '../../../src/connectors/http/auth/registry.js';
import { authOptions } from '../../../src/connectors/http/auth/registry.js';
import { openHttp } from '../../../src/connectors/http/client.js';
import type { Handler } from '../../support/http.js';
import { allTextOf, closeServers, errorOf, reply, serve, testWorld } from '../../support/http.js';

closeServers();

const secrets = { KEY: 'k-secret', USER: 'me', PASS: 'pä:ss', ID: 'client', SECRET: 's&cret', REFRESH: 'refresh-1' };

async function sent(auth: AuthOptions) {
  const server = await serve((_r, response) => reply(response, {}));
  await openHttp({ baseUrl: server.url, auth }, testWorld(secrets)).request({ url: 'a' });
  return server.seen[0];
}

describe('fixed credentials', () => {
  test('api_key: in a header or in the query, and not in what the answer says of its address', async () => {
    expect((await sent({ kind: 'api_key', key: { env: 'KEY' }, header: 'X-Key', prefix: 'Token ' }))?.headers['x-key']).toBe(
      'Token k-secret',
    );
    const server = await serve((_r, response) => reply(response, {}));
    const http = openHttp({ baseUrl: server.url, auth: { kind: 'api_key', key: { env: 'KEY' }, query: 'key' } }, testWorld(secrets));
    const { url } = await http.request({ url: 'a' });
    expect([server.seen[0]?.url.search, url]).toEqual(['?key=k-secret', `${server.url}/a`]);
  });

  test('basic: user and password in UTF-8, or a key alone', async () => {
    const both = await sent({ kind: 'basic', user: { env: 'USER' }, password: { env: 'PASS' } });
    expect(Buffer.from(both?.headers.authorization?.slice(6) ?? '', 'base64').toString('utf8')).toBe('me:pä:ss');
    expect((await sent({ kind: 'basic', user: { env: 'KEY' } }))?.headers.authorization).toBe(`Basic ${btoa('k-secret:')}`);
  });

  test('bearer', async () => {
    expect((await sent({ kind: 'bearer', token: { env: 'KEY' } }))?.headers.authorization).toBe('Bearer k-secret');
  });

  test('a refusal is not repeated', async () => {
    const server = await serve((_r, response) => reply(response, {}, 401));
    const http = openHttp({ baseUrl: server.url, auth: { kind: 'bearer', token: { env: 'KEY' } } }, testWorld(secrets));
    expect((await errorOf(http.request({ url: 'a' }))).code).toBe('SOURCE_REFUSED');
    expect(server.seen).toHaveLength(1);
  });
});

/** A service that gives tokens t1, t2, … and takes only the newest. */
function tokenService(more: (count: number) => Readonly<Record<string, unknown>> = () => ({ expires_in: 3600 })) {
  const state = { issued: 0, valid: 't0', forms: [] as URLSearchParams[], authorizations: [] as (string | undefined)[] };
  const handler: Handler = async (request, response) => {
    if (request.url.pathname === '/token') {
      await new Promise((resolve) => setTimeout(resolve, 5));
      state.valid = `t${++state.issued}`;
      state.forms.push(new URLSearchParams(request.body));
      state.authorizations.push(request.headers.authorization);
      return reply(response, { access_token: state.valid, ...more(state.issued) });
    }
    reply(response, {}, request.headers.authorization === `Bearer ${state.valid}` ? 200 : 401);
  };
  return { state, handler };
}

describe('oauth2', () => {
  const credentials = { kind: 'oauth2', grant: 'client_credentials', client_id: 'client', client_secret: { env: 'SECRET' } } as const;

  async function opened(given: Record<string, unknown>, more?: Parameters<typeof tokenService>[0]) {
    const service = tokenService(more);
    const server = await serve(service.handler);
    const world = testWorld(secrets);
    const auth = authOptions.parse({ ...given, token_url: `${server.url}/token` });
    return {
      ...service,
      server,
      world,
      http: openHttp({ baseUrl: server.url, auth, budget: { requests: 999, perMs: 1, concurrency: 20 } }, world),
    };
  }

  test('client credentials stand in the body or in a header, with scope, audience and more', async () => {
    const { http, state } = await opened({ ...credentials, scope: 'a b', audience: 'x', extra: { resource: 'r', k: { env: 'KEY' } } });
    await http.request({ url: 'a' });
    expect(Object.fromEntries(state.forms[0] ?? [])).toEqual({
      grant_type: 'client_credentials',
      scope: 'a b',
      audience: 'x',
      resource: 'r',
      k: 'k-secret',
      client_id: 'client',
      client_secret: 's&cret',
    });
    const header = await opened({ ...credentials, send_client: 'header' });
    await header.http.request({ url: 'a' });
    expect(Object.fromEntries(header.state.forms[0] ?? [])).toEqual({ grant_type: 'client_credentials' });
    expect(header.state.authorizations).toEqual([`Basic ${btoa('client:s%26cret')}`]);
  });

  test('one token serves many requests at the same time, and is replaced before it expires', async () => {
    const { http, state, world } = await opened({ ...credentials, skew_s: 60 });
    await Promise.all(Array.from({ length: 12 }, () => http.request({ url: 'a' })));
    await world.sleep(3539_000);
    await http.request({ url: 'a' });
    expect(state.issued).toBe(1);
    await world.sleep(2000);
    await http.request({ url: 'a' });
    expect(state.issued).toBe(2);
  });

  test('a token that is refused early is replaced once, by whoever notices first', async () => {
    const { http, state } = await opened(credentials);
    await http.request({ url: 'a' });
    state.valid = 'revoked';
    await Promise.all(Array.from({ length: 12 }, () => http.request({ url: 'a' })));
    expect(state.issued).toBe(2);
  });

  test('a service that refuses its own new token ends in an error and not in a loop', async () => {
    const server = await serve((r, response) =>
      r.url.pathname === '/token' ? reply(response, { access_token: 'never' }) : reply(response, {}, 401),
    );
    const http = openHttp({ baseUrl: server.url, auth: { ...credentials, token_url: `${server.url}/token` } }, testWorld(secrets));
    const error = await errorOf(http.request({ url: 'a' }));
    expect([error.code, server.seen.length]).toEqual(['SOURCE_REFUSED', 4]);
    expect(allTextOf(error)).not.toMatch(/never|s&cret/);
  });

  test('refresh token: the one that the service gives instead is used next', async () => {
    const { http, state } = await opened({ ...credentials, grant: 'refresh_token', refresh_token: { env: 'REFRESH' } }, (n) => ({
      refresh_token: `refresh-${n + 1}`,
    }));
    await http.request({ url: 'a' });
    state.valid = 'revoked';
    await http.request({ url: 'a' });
    expect(state.forms.map((form) => form.get('refresh_token'))).toEqual(['refresh-1', 'refresh-2']);
  });

  test('password', async () => {
    const { http, state } = await opened({ ...credentials, grant: 'password', username: { env: 'USER' }, password: { env: 'PASS' } });
    await http.request({ url: 'a' });
    expect([state.forms[0]?.get('username'), state.forms[0]?.get('password')]).toEqual(['me', 'pä:ss']);
  });

  test.each([
    ['RS256', 'jwt_bearer'],
    ['PS256', 'client_assertion'],
    ['ES256', 'client_assertion'],
    ['ES256', 'jwt_bearer'],
  ] as const)('an assertion signed with %s as %s, which its public key verifies', async (algorithm, grant) => {
    const pair =
      algorithm === 'ES256' ? generateKeyPairSync('ec', { namedCurve: 'P-256' }) : generateKeyPairSync('rsa', { modulusLength: 2048 });
    const pem = pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    const service = tokenService();
    const server = await serve(service.handler);
    const auth = {
      kind: 'oauth2',
      grant,
      token_url: `${server.url}/token`,
      private_key: { env: 'PEM' },
      algorithm,
      key_id: 'k1',
      issuer: 'me',
      subject: 'ann',
      claims: { box: 1 },
    } as const;
    await openHttp({ baseUrl: server.url, auth }, testWorld({ PEM: pem.replaceAll('\n', '\\n') })).request({ url: 'a' });
    const form = Object.fromEntries(service.state.forms[0] ?? []);
    const { assertion, client_assertion: ofClient, ...others } = form;
    expect(others).toEqual(
      grant === 'jwt_bearer'
        ? { grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer' }
        : { grant_type: 'client_credentials', client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer' },
    );
    const [head = '', claims = '', signature = ''] = ((grant === 'jwt_bearer' ? assertion : ofClient) ?? '').split('.');
    const iat = Date.UTC(2026, 0, 1) / 1000;
    expect(JSON.parse(Buffer.from(head, 'base64url').toString())).toEqual({ alg: algorithm, typ: 'JWT', kid: 'k1' });
    expect(JSON.parse(Buffer.from(claims, 'base64url').toString())).toEqual({
      jti: expect.any(String),
      iss: 'me',
      sub: 'ann',
      aud: `${server.url}/token`,
      iat,
      exp: iat + 180,
      box: 1,
    });
    const key = createPublicKey(pair.publicKey.export({ type: 'spki', format: 'pem' }));
    const signed = verify(
      'sha256',
      Buffer.from(`${head}.${claims}`),
      algorithm === 'PS256' ? { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 } : { key, dsaEncoding: 'ieee-p1363' },
      Buffer.from(signature, 'base64url'),
    );
    expect(signed).toBe(true);
  });

  test('a key that is none, and a grant that is refused, are named without what was sent', async () => {
    const server = await serve((_r, response) => reply(response, { error: 'invalid_client', error_description: 's&cret' }, 400));
    const refused = await errorOf(
      openHttp({ baseUrl: server.url, auth: { ...credentials, token_url: `${server.url}/token` } }, testWorld(secrets)).request({
        url: 'a',
      }),
    );
    expect([refused.code, refused.message]).toEqual([
      'SOURCE_REFUSED',
      `POST ${server.url}/token gave no token: it answered 400 (invalid_client)`,
    ]);
    const auth = { kind: 'oauth2', grant: 'jwt_bearer', token_url: server.url, private_key: { env: 'KEY' }, issuer: 'me' } as const;
    const noKey = await errorOf(openHttp({ baseUrl: server.url, auth }, testWorld(secrets)).request({ url: 'a' }));
    expect(noKey.code).toBe('CONFIG_INVALID');
    for (const error of [refused, noKey]) expect(allTextOf(error)).not.toMatch(/s&cret|k-secret/);
  });

  test('a service for tokens that fails for a moment is asked again', async () => {
    const server = await serve((r, response, n) =>
      reply(response, { access_token: 't' }, r.url.pathname === '/token' && n < 3 ? 503 : 200),
    );
    const auth = { ...credentials, token_url: `${server.url}/token` };
    await openHttp({ baseUrl: server.url, auth }, testWorld(secrets)).request({ url: 'a' });
    expect(server.seen.map((s) => s.url.pathname)).toEqual(['/token', '/token', '/token', '/a']);
  });
});

describe('oauth1', () => {
  const form = new Headers({ 'content-type': 'application/x-www-form-urlencoded' });

  test('signs the text of the example in RFC 5849, 3.4.1.1', () => {
    const request = {
      method: 'POST',
      url: new URL('http://EXAMPLE.COM:80/request?b5=%3D%253D&a3=a&c%40=&a2=r%20b'),
      headers: form,
      body: 'c2&a3=2+q',
    };
    const protocol = {
      oauth_consumer_key: '9djdj82h48djs9d2',
      oauth_token: 'kkk9d7dh3k39sjv7',
      oauth_signature_method: 'HMAC-SHA1',
      oauth_timestamp: '137131201',
      oauth_nonce: '7d8f3e4a',
    };
    expect(signatureBase(request, protocol)).toBe(
      'POST&http%3A%2F%2Fexample.com%2Frequest&a2%3Dr%2520b%26a3%3D2%2520q%26a3%3Da%26b5%3D%253D%25253D%26c%2540%3D%26c2%3D%26' +
        'oauth_consumer_key%3D9djdj82h48djs9d2%26oauth_nonce%3D7d8f3e4a%26oauth_signature_method%3DHMAC-SHA1%26' +
        'oauth_timestamp%3D137131201%26oauth_token%3Dkkk9d7dh3k39sjv7',
    );
  });

  test('gives the signatures of the examples in RFC 5849, 1.2', () => {
    const photos = {
      method: 'GET',
      url: new URL('http://photos.example.net/photos?file=vacation.jpg&size=original'),
      headers: new Headers(),
      body: undefined,
    };
    const signature = oauth1Signature(
      photos,
      {
        oauth_consumer_key: 'dpf43f3p2l4k3l03',
        oauth_token: 'nnch734d00sl2jdk',
        oauth_signature_method: 'HMAC-SHA1',
        oauth_timestamp: '137131202',
        oauth_nonce: 'chapoH',
      },
      'HMAC-SHA1',
      ['kd94hf93k423kf44', 'pfkkdhi9sl3r4s00'],
    );
    expect(signature).toBe('MdpQcU8iPSUjWoN/UDMsK2sui9I=');
  });

  test('signs each request anew, with realm, a nonce of its own and the query that is sent', async () => {
    const server = await serve((_r, response, n) => reply(response, {}, n === 1 ? 500 : 200));
    const auth = {
      kind: 'oauth1',
      consumer_key: { env: 'ID' },
      consumer_secret: { env: 'SECRET' },
      token: { env: 'KEY' },
      token_secret: { env: 'PASS' },
      realm: '1234567_SB1',
    } as const;
    await openHttp({ baseUrl: server.url, auth }, testWorld(secrets)).request({ url: 'a', query: { q: "it's (a) test*", limit: 5 } });
    const parsed = server.seen.map((s) => ({
      s,
      fields: new Map(
        [...(s.headers.authorization ?? '').matchAll(/(\w+)="([^"]*)"/g)].map((m) => [m[1] ?? '', decodeURIComponent(m[2] ?? '')]),
      ),
    }));
    for (const { s, fields } of parsed) {
      expect(fields.get('realm')).toBe('1234567_SB1');
      const protocol = Object.fromEntries([...fields].filter(([name]) => name.startsWith('oauth_') && name !== 'oauth_signature'));
      const arrived = {
        method: s.method,
        url: new URL(s.url.pathname + s.url.search, server.url),
        headers: new Headers(),
        body: undefined,
      };
      expect(fields.get('oauth_signature')).toBe(oauth1Signature(arrived, protocol, 'HMAC-SHA256', [secrets.SECRET, secrets.PASS]));
    }
    expect(new Set(parsed.map(({ fields }) => fields.get('oauth_nonce'))).size).toBe(2);
  });
});

describe('session', () => {
  const login = { url: '/login', body: { user: { env: 'USER' }, password: { env: 'PASS' } } } as const;

  test.each([
    ['a token in the body', { path: 'data.token' }, 'x-session', ''],
    ['a token in a header', { header: 'x-token' }, 'x-session', ''],
    ['a cookie', { cookie: 'sid' }, 'cookie', 'sid='],
  ] as const)('takes %s, and logs in again when it is refused', async (_name, take, header, before) => {
    let valid = '';
    const server = await serve((r, response, n) => {
      if (r.url.pathname !== '/login') return reply(response, {}, r.headers[header] === `${before}${valid}` ? 200 : 401);
      expect(JSON.parse(r.body)).toEqual({ user: 'me', password: 'pä:ss' });
      valid = `s${n}`;
      response.setHeader('set-cookie', ['other=1', `sid=${valid}; Path=/; HttpOnly`]);
      reply(response, { data: { token: valid } }, 200, { 'x-token': valid });
    });
    const auth = authOptions.parse({ kind: 'session', login, take, header: 'X-Session', prefix: '' });
    const http = openHttp({ baseUrl: server.url, auth }, testWorld(secrets));
    await Promise.all([http.request({ url: 'a' }), http.request({ url: 'b' })]);
    valid = 'expired';
    await http.request({ url: 'c' });
    expect(server.seen.filter((s) => s.url.pathname === '/login')).toHaveLength(2);
  });

  test('works where only one request at a time is allowed', async () => {
    const server = await serve((r, response) => reply(response, r.url.pathname === '/login' ? { token: 's' } : {}));
    const auth = authOptions.parse({ kind: 'session', login, take: { path: 'token' } });
    const http = openHttp({ baseUrl: server.url, auth, budget: { requests: 1, perMs: 10, concurrency: 1 } }, testWorld(secrets));
    await Promise.all([http.request({ url: 'a' }), http.request({ url: 'b' })]);
    expect(server.seen).toHaveLength(3);
  });

  test('a login without a token names what the answer has, not its values', async () => {
    const server = await serve((_r, response) => reply(response, { message: 'wrong: pä:ss' }));
    const auth = authOptions.parse({ kind: 'session', login, take: { path: 'token' } });
    const error = await errorOf(openHttp({ baseUrl: server.url, auth }, testWorld(secrets)).request({ url: 'a' }));
    expect(error.message).toBe('the login succeeded, but its answer has no token at `token` (it is an object with `message`)');
  });
});

test('credentials in plain text are no options', () => {
  expect(authOptions.safeParse({ kind: 'bearer', token: 'plain' }).success).toBe(false);
  expect(authOptions.safeParse({ kind: 'api_key', key: { env: 'K' } }).success).toBe(false);
});
