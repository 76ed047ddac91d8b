import { afterAll, describe, expect, test } from 'vitest';
import type { SupabaseOptions, SupabaseService } from '../../src/testing/index.js';
import { startSupabase } from '../../src/testing/index.js';

const running: SupabaseService[] = [];
afterAll(() => Promise.all(running.map((service) => service.close())));

async function started(options: Partial<SupabaseOptions> = {}): Promise<SupabaseService> {
  const service = await startSupabase({ tables: { people }, ...options });
  running.push(service);
  return service;
}

const people = {
  key: ['id'],
  rows: [
    { id: 1, name: 'Ann, "A"', born: '1990-01-01T00:00:00.000001+00:00', data: { city: 'Oslo', at: [1, 2] }, team: 'x' },
    { id: 2, name: 'Bo (B)', born: '1990-01-01T01:00:00+01:00', data: { city: 'Rome' }, team: null },
    { id: 3, name: 'Cy.C', born: '1991-01-01T00:00:00+00:00', data: null, team: 'y' },
    { id: 9007199254740993n, name: 'Di', born: null, data: {}, team: 'x' },
  ],
};

async function get(service: SupabaseService, path: string, headers: Readonly<Record<string, string>> = {}) {
  const response = await fetch(`${service.url}/rest/v1/${path}`, { headers: { apikey: service.keys.secret, ...headers } });
  return { status: response.status, range: response.headers.get('content-range'), text: await response.text() };
}

const ids = (text: string): string => [...text.matchAll(/"id":(\d+)/g)].map((m) => m[1]).join();

describe('the grammar of PostgREST', () => {
  test.each([
    ['id=gt.1', '2,3,9007199254740993'],
    ['id=gte.2&id=lt.9007199254740993', '2,3'],
    ['id=gt.9007199254740992', '9007199254740993'],
    ['name=eq.Bo (B)', '2'],
    ['name=eq."Bo (B)"', ''],
    ['and=(name.eq."Bo (B)")', '2'],
    ['and=(name.eq."Ann, \\"A\\"")', '1'],
    ['name=in.("Cy.C","Bo (B)")', '2,3'],
    ['name=in.(Cy.C,Di)', '3,9007199254740993'],
    ['name=ilike.*y.*', '3'],
    ['team=neq.x', '3'],
    ['team=not.eq.x', '3'],
    ['team=is.null', '2'],
    ['team=not.is.null', '1,3,9007199254740993'],
    ['or=(team.eq.y,and(team.eq.x,id.gt.1))', '3,9007199254740993'],
    ['not.and=(id.gt.1,id.lt.9)', '1,9007199254740993'],
    ['born=gt.1990-01-01T00:00:00Z', '1,3'],
    ['born=eq.1990-01-01 00:00:00%2B00', '2'],
    ['data->>city=eq.Rome', '2'],
    ['order=team.desc,id.desc', '2,3,9007199254740993,1'],
    ['order=team.nullsfirst,"id".asc', '2,1,9007199254740993,3'],
    ['order=id&limit=2&offset=1', '2,3'],
    ['limit=many', '1,2,3,9007199254740993'],
    ['limit=0', ''],
  ])('%s gives %s', async (query, expected) => {
    const { status, text } = await get(await started(), `people?${query}`);
    expect([status, ids(text)]).toEqual([200, expected]);
  });

  test('columns, JSON paths, casts and names', async () => {
    const service = await started();
    expect((await get(service, 'people?select=n:name,data->>city,second:data->at->1,id::text&id=lt.3')).text).toBe(
      '[{"n":"Ann, \\"A\\"","city":"Oslo","second":2,"id":"1"},{"n":"Bo (B)","city":"Rome","second":null,"id":"2"}]',
    );
  });

  test.each([
    ['id=5', 400, 'PGRST100'],
    ['id=gtt.5', 400, 'PGRST100'],
    ['or=(id.eq.1', 400, 'PGRST100'],
    ['or=()', 400, 'PGRST100'],
    ['order=id.up', 400, 'PGRST100'],
    ['select=id,', 400, 'PGRST100'],
    ['id=gt.abc', 400, '22P02'],
    ['born=gt.soon', 400, '22007'],
    ['nothing=eq.1', 400, '42703'],
    ['select=nothing', 400, '42703'],
    ['order=data', 404, '42883'],
    ['select=id,teams(id)', 400, 'PGRST200'],
    ['limit=-1', 416, 'PGRST103'],
  ])('%s is refused with %i %s', async (query, status, code) => {
    const answer = await get(await started(), `people?${query}`);
    expect([answer.status, JSON.parse(answer.text).code]).toEqual([status, code]);
  });
});

describe('counts and cuts', () => {
  test('rows are cut in silence, and counted on demand', async () => {
    const service = await started({ maxRows: 2 });
    expect(await get(service, 'people?select=id')).toEqual({ status: 200, range: '0-1/*', text: '[{"id":1},{"id":2}]' });
    const exact = { prefer: 'count=exact' };
    expect(await get(service, 'people?select=id', exact)).toMatchObject({ status: 206, range: '0-1/4' });
    expect(await get(service, 'people?id=gt.2', exact)).toMatchObject({ status: 200, range: '0-1/2' });
    expect(await get(service, 'people?id=lt.0', exact)).toMatchObject({ status: 200, range: '*/0' });
    expect(await get(service, 'people?offset=4', exact)).toMatchObject({ status: 206, range: '*/4' });
    expect(await get(service, 'people?offset=9', exact)).toMatchObject({ status: 416, range: '*/4' });
    expect(await get(service, 'people?offset=9')).toMatchObject({ status: 200, range: '*/*', text: '[]' });
    expect((await get(service, 'people', { prefer: 'count=planned' })).range).toBe('0-1/5');
  });

  test('statements that take too long are ended', async () => {
    const service = await started({ timeouts: { rows: 3, count: 2 } });
    const code = async (path: string, headers = {}) => JSON.parse((await get(service, path, headers)).text).code;
    expect(await code('people')).toBe('57014');
    expect(await code('people?limit=3')).toBeUndefined();
    expect(await code('people?limit=3', { prefer: 'count=exact' })).toBe('57014');
  });
});

describe('who may read', () => {
  test('a key is needed, and a token that is one', async () => {
    const service = await started({ now: () => Date.UTC(2026, 0, 1) });
    const { keys, token } = service;
    const answer = async (headers: Record<string, string>) => {
      const response = await fetch(`${service.url}/rest/v1/people?limit=1`, { headers });
      const { code, message, length } = JSON.parse(await response.text());
      return `${response.status} ${code ?? message ?? length}`;
    };
    const bearer = (jwt: string, apikey = keys.anon) => ({ apikey, authorization: `Bearer ${jwt}` });
    expect(await answer({})).toBe('401 No API key found in request');
    expect(await answer({ apikey: 'guess' })).toBe('401 Invalid API key');
    expect(await answer(bearer('sb_secret_x'))).toBe('401 PGRST301');
    expect(await answer(bearer(keys.service_role.replace(/.$/, '~')))).toBe('401 PGRST301');
    expect(await answer(bearer(token('service_role', 1_700_000_000)))).toBe('401 PGRST303');
    expect(await answer(bearer(keys.service_role, keys.service_role))).toBe('200 1');
    expect(await answer({ apikey: keys.secret })).toBe('200 1');
  });

  test('rights and row level security go by the role; only a secret key sees the description', async () => {
    const closed = { ...people, grants: ['reader'], policy: (row: Readonly<Record<string, unknown>>) => row['id'] === 1 };
    const service = await started({ tables: { people: closed, 'crm.notes': { rows: [] } } });
    const as = (role: string) => ({ apikey: service.keys.publishable, authorization: `Bearer ${service.token(role)}` });
    expect(ids((await get(service, 'people')).text)).toBe('1,2,3,9007199254740993');
    expect(ids((await get(service, 'people', as('reader'))).text)).toBe('1');
    expect((await get(service, 'people', as('anon'))).status).toBe(401);
    expect((await get(service, 'people', as('authenticated'))).status).toBe(403);
    expect((await get(service, 'people', { 'accept-profile': 'crm' })).status).toBe(404);
    expect((await get(service, 'notes', { 'accept-profile': 'crm' })).status).toBe(200);
    expect((await get(service, 'notes', { 'accept-profile': 'hr' })).status).toBe(406);
    const { definitions } = JSON.parse((await get(service, '')).text);
    expect(Object.keys(definitions.people.properties)).toEqual(['id', 'name', 'born', 'data', 'team']);
    expect(definitions.people.properties.id.description).toContain('<pk/>');
    expect((await get(service, '', as('reader'))).status).toBe(401);
  });
});
