import { afterAll, describe, expect, test } from 'vitest';
import { diagnose } from '../../src/run/explain/doctor.js';
import { sql } from '../../src/sql/tag.js';
import type { Row, SupabaseOptions, SupabaseService, SupabaseTable } from '../../src/testing/index.js';
import { startSupabase } from '../../src/testing/index.js';
import { expectBalanced } from '../support/accounts.js';
import { buildIn, makeProject, projectIn, removeFolders } from '../support/project.js';
import { rowsIn } from '../support/query.js';
import { warnings } from '../support/stream.js';

const running: SupabaseService[] = [];
afterAll(async () => {
  await Promise.all(running.map((service) => service.close()));
  await removeFolders();
});

type Fields = Readonly<Record<string, unknown>>;

/** A table whose rows a test changes. */
interface Held extends SupabaseTable {
  rows: readonly Row[];
}

const at = (minute: number, micros = '000000'): string =>
  `2024-01-01T${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}:00.${micros}+00:00`;
const session = (n: number): Row => ({ id: n, name: `n${n}`, updated_at: at(n) });
const sessions = (n: number): readonly Row[] => Array.from({ length: n }, (_, i) => session(i + 1));
const types = { id: 'bigint', name: 'text', updated_at: 'timestamp with time zone' } as const;

let secrets = 0;

/** A project with one stream of one table, the service that it reads, and the table itself. */
async function opened(
  { stream = {}, source = {}, ...options }: { stream?: Fields; source?: Fields } & Partial<SupabaseOptions> = {},
  held: Held = { rows: sessions(7), key: ['id'], types },
  key: (service: SupabaseService) => string = ({ keys }) => keys.secret,
) {
  const service = await startSupabase({ tables: { sessions: held }, ...options });
  running.push(service);
  const name = `ONEFOLD_TEST_SUPABASE_${++secrets}`;
  process.env[name] = key(service);
  const streams = { sessions: { table: 'sessions', key: ['id'], page_size: 3, ...stream } };
  const dir = await makeProject({
    config: {
      name: 'app',
      sources: { app: { connector: 'supabase', url: service.url, api_key: { env: name }, attempts: 2, ...source, streams } },
      tables: { sessions: { from: 'app.sessions', key: 'id', columns: { id: 'id', name: { from: 'name', optional: true } } } },
    },
  });
  return { service, held, dir, reads: () => service.requests.filter(({ path }) => path !== '/rest/v1/') };
}

async function build(dir: string, options: Parameters<typeof buildIn>[1] = {}) {
  const result = await buildIn(dir, options);
  expectBalanced(result);
  return result;
}

const standing = (dir: string) => rowsIn(dir, sql`SELECT id, name FROM silver.sessions WHERE _deleted_at IS NULL`);
const truth = (rows: readonly Row[]): readonly string[] =>
  rows.map((r) => JSON.stringify({ id: String(r['id']), name: r['name'] ?? null })).sort();
const landed = (result: Awaited<ReturnType<typeof build>>): number =>
  result.ledger.filter((l) => l.name === 'app.sessions' && l.line === 'landed').reduce((n, l) => n + l.rows, 0);
const doctor = async (dir: string): Promise<string> => {
  const [answer] = await diagnose(await projectIn(dir));
  return `${answer?.ok === true ? 'ok' : 'fail'}: ${answer?.message}${answer?.hint === undefined ? '' : ` | ${answer.hint}`}`;
};

describe('a table', () => {
  test('is read to its end, wherever the project cuts its answers', async () => {
    const { dir, held, reads } = await opened({ maxRows: 1000, stream: { page_size: 5000 } }, { rows: sessions(2500), key: ['id'], types });
    expect((await build(dir)).status).toBe('success');
    expect(await standing(dir)).toEqual(truth(held.rows));
    // 1,000 and 1,000 and 500 and the empty page that is the end.
    expect(reads()).toHaveLength(4);
  });

  test('that has nothing new costs one request', async () => {
    const { dir, service } = await opened({ stream: { cursor: 'updated_at', page_size: 100 } });
    await build(dir);
    const before = service.requests.length;
    const idle = await build(dir);
    expect([service.requests.length - before, landed(idle), idle.published]).toEqual([1, 0, false]);
  });

  test('keeps digits, JSON, arrays, and the difference between null and empty', async () => {
    const rows = [
      { id: 9007199254740993n, name: '', data: { a: [1, { b: null }], n: 1 }, tags: ['x', 'y'], amount: '0.10' },
      { id: 9007199254740995n, name: null, data: null, tags: [], amount: null },
    ];
    const { dir } = await opened({ stream: { page_size: 1 } }, { rows, key: ['id'] });
    expect((await build(dir)).status).toBe('success');
    const found = await rowsIn(dir, sql`SELECT id, name, data, tags, amount FROM bronze.app__sessions`);
    expect(found.map((row) => JSON.parse(row))).toEqual([
      { id: '9007199254740993', name: '', data: '{"a":[1,{"b":null}],"n":1}', tags: '["x","y"]', amount: '0.10' },
      { id: '9007199254740995', name: null, data: null, tags: '[]', amount: null },
    ]);
  });

  test('is asked only for the columns that are landed and the cursor, and JSON can be taken apart', async () => {
    const columns = await opened({ stream: { columns: ['id', 'name'], cursor: 'updated_at' } });
    await build(columns.dir);
    expect(new Set(columns.reads().map(({ query }) => query['select']))).toEqual(new Set(['id,name,updated_at']));
    expect((await rowsIn(columns.dir, sql`SELECT * FROM bronze.app__sessions`)).join()).not.toContain('2024-01-01T');
    const rows = [{ id: 1, data: { who: { name: 'Ann' } } }];
    const { dir } = await opened({ stream: { select: 'id,data->who->>name' } }, { rows, key: ['id'] });
    await build(dir);
    expect(await standing(dir)).toEqual(['{"id":"1","name":"Ann"}']);
  });

  test('is filtered by values that may hold anything', async () => {
    const rows = ['a,b', 'a)', '"q"', 'back\\slash', 'plain', 'or=(id.gt.0)', null].map((name, i) => ({ id: i + 1, name }));
    const only = async (...filters: readonly Fields[]) => {
      const { dir } = await opened({ stream: { filters } }, { rows, key: ['id'] });
      expect((await build(dir)).status).toBe('success');
      return (await rowsIn(dir, sql`SELECT id FROM silver.sessions`)).map((row) => JSON.parse(row).id).join();
    };
    expect(await only({ column: 'name', operator: 'in', value: ['a,b', 'a)', '"q"', 'back\\slash', 'or=(id.gt.0)'] })).toBe('1,2,3,4,6');
    expect(await only({ column: 'name', operator: 'is', value: null, not: true }, { column: 'id', operator: 'gt', value: 2 })).toBe(
      '3,4,5,6',
    );
    expect(await only({ column: 'name', operator: 'like', value: '*a*' }, { column: 'name', operator: 'neq', value: 'a)' })).toBe('1,4,5');
  });

  test('with a key of several columns is read in their order, whatever is in them', async () => {
    const parts = ['', 'a', 'a,b', 'a"b', 'b)', 'é', 'z\\'];
    const rows = parts.flatMap((tenant) => [1, 2, 3].map((number) => ({ tenant, number, name: `${tenant}${number}` })));
    const service = { stream: { key: ['tenant', 'number'] }, maxRows: 2 };
    const { dir } = await opened(service, { rows: [...rows].reverse(), key: ['tenant', 'number'] });
    await expect(build(dir)).rejects.toThrow('id');
    const config = await opened({ ...service, stream: { ...service.stream, select: 'tenant,number,name,id:name' } }, { rows, key: [] });
    expect((await build(config.dir)).status).toBe('success');
    expect(await standing(config.dir)).toEqual(truth(rows.map((r) => ({ ...r, id: r.name }))));
  });

  test('of a schema of its own is asked for there', async () => {
    const held: Held = { rows: sessions(2), key: ['id'], types };
    const { dir, reads } = await opened(
      { tables: { 'crm.sessions': held, sessions: { rows: [] } }, stream: { table_schema: 'crm' } },
      held,
    );
    await build(dir);
    expect(await standing(dir)).toEqual(truth(held.rows));
    expect(reads().every(({ status }) => status < 300)).toBe(true);
  });

  test('without a key is read if it fits into one answer, and else refused', async () => {
    const { dir, held } = await opened({ stream: { key: undefined }, maxRows: 7 });
    expect((await build(dir)).status).toBe('success');
    expect(await standing(dir)).toEqual(truth(held.rows));
    held.rows = sessions(8);
    expect(warnings(await build(dir)).join()).toContain('7 of 8 rows, and nothing tells where to go on');
    expect(await standing(dir)).toEqual(truth(sessions(7)));
  });

  test('whose key is null in a row is refused, wherever that row is', async () => {
    const rows = [{ id: null, name: 'x' }, ...sessions(3)];
    const messages = [];
    for (const stream of [{ page_size: 10 }, { page_size: 3 }, { page_size: 3, count: 'none' }])
      messages.push(warnings(await build((await opened({ stream }, { rows, types, key: [] })).dir)).join());
    expect(messages[0]).toContain('a row without `id`');
    expect(messages[1]).toContain('sessions has rows without a value of its key `id`');
    expect(messages[2]).toContain('sessions has rows without a value of its key `id`');
  });

  test('whose key is not unique is refused', async () => {
    const rows = [session(1), session(2), { ...session(2), name: 'again' }];
    expect(warnings(await build((await opened({}, { rows, types })).dir)).join()).toContain('rows that `id` does not tell apart');
  });
});

describe('what changes', () => {
  test('is asked for from the newest value on, in its own text', async () => {
    const rows = [1, 2, 3].map((n) => ({ ...session(n), updated_at: at(n, '000007') }));
    const { dir, held, reads } = await opened({ stream: { cursor: 'updated_at', overlap: 0 } }, { rows, types });
    await build(dir);
    held.rows = [...rows.slice(1), { id: 1, name: 'later', updated_at: at(3, '000008') }, { id: 9, name: 'new', updated_at: at(5) }];
    const asked = reads().length;
    expect(landed(await build(dir))).toBe(2);
    expect(reads()[asked]?.query['and']).toBe(`(updated_at.gte."${at(3, '000007')}")`);
    expect(await standing(dir)).toEqual(truth(held.rows));
  });

  test('while it is read is not missed', async () => {
    const { dir, held, service } = await opened({ stream: { cursor: 'updated_at' } });
    const act = (): void => {
      held.rows = [...held.rows.filter((r) => r['id'] !== 6), { id: 1, name: 'behind', updated_at: at(900) }, session(20)].filter(
        (r, i, all) => all.findLastIndex((other) => other['id'] === r['id']) === i,
      );
    };
    service.faults.set([{ kind: 'meanwhile', on: /order/, at: 2, act }]);
    expect((await build(dir)).status).toBe('success');
    service.faults.set([]);
    expect((await build(dir)).status).toBe('success');
    expect(await standing(dir)).toEqual(truth(held.rows));
  });

  test('by deletion is seen where all is read', async () => {
    const { dir, held } = await opened({ stream: { cursor: 'updated_at', full_every: 0 } });
    await build(dir);
    held.rows = held.rows.slice(2);
    await build(dir);
    expect(await standing(dir)).toEqual(truth(held.rows));
  });

  test('in a stretch of time is read again', async () => {
    const { dir, held } = await opened({ stream: { cursor: 'updated_at' } });
    await build(dir);
    held.rows = held.rows.map((row) => ({ ...row, name: 'mended' }));
    expect(landed(await build(dir, { window: { from: new Date(at(3)), to: new Date(at(5)) } }))).toBe(2);
  });

  test('without a value of the cursor is told of', async () => {
    const { dir } = await opened(
      { stream: { cursor: 'updated_at' } },
      { rows: [session(1), { id: 2, name: 'x', updated_at: null }], types },
    );
    expect(warnings(await build(dir))[0]).toContain('1 records have no updated_at');
  });

  test('in the columns is landed', async () => {
    const { dir, held } = await opened({}, { rows: sessions(3) });
    await build(dir);
    held.rows = held.rows.map((row) => ({ ...row, extra: true }));
    expect(landed(await build(dir))).toBe(3);
    expect(await rowsIn(dir, sql`SELECT DISTINCT extra FROM bronze.app__sessions WHERE extra IS NOT NULL`)).toEqual(['{"extra":"true"}']);
  });
});

describe('an empty answer', () => {
  const closed = { policy: () => false };

  test('to a key that row level security binds is told of, and deletes nothing', async () => {
    const held: Held & { policy: () => boolean } = { rows: sessions(3), types, policy: () => true };
    const { dir } = await opened({}, held, ({ keys }) => keys.publishable);
    await build(dir);
    Object.assign(held, closed);
    const emptied = await build(dir);
    expect(emptied.status).toBe('partial');
    expect(warnings(emptied).join()).toContain('gave no rows: with row level security a key without a policy sees nothing');
    expect(await standing(dir)).toEqual(truth(held.rows));
  });

  test('is no fault where the key sees all', async () => {
    const { dir } = await opened({}, { rows: [], types });
    expect(await doctor(dir)).toBe('ok: sessions is empty as service_role');
    expect((await build(dir)).status).toBe('success');
  });
});

describe('a project in trouble', () => {
  test.each([
    ['asks for patience', { kind: 'limited', retryAfter: '0', at: 2, on: /order/ }],
    ['asks for patience without saying how long', { kind: 'limited', at: 2, on: /order/ }],
    ['fails once', { kind: 'error', at: 2, on: /order/ }],
    ['breaks a connection', { kind: 'dropped', phase: 'body', at: 2, on: /order/ }],
    ['sends half an answer', { kind: 'truncated', at: 2, on: /order/ }],
    ['sends an answer slowly', { kind: 'slow', ms: 400, phase: 'body', at: 2, on: /order/ }],
    ['gives fewer rows than asked for', { kind: 'cap', rows: 2 }],
    ['leaves out a page once', { kind: 'omitted', at: 2, on: /order/ }],
  ] as const)('that %s is read completely', async (_, fault) => {
    const { dir, held, service } = await opened({ faults: [fault] });
    expect([(await build(dir)).status, await standing(dir)]).toEqual(['success', truth(held.rows)]);
    expect(service.requests.length).toBeGreaterThan(3);
  });

  test('that always leaves out a page deletes nothing', async () => {
    const { dir, held, service } = await opened();
    await build(dir);
    service.faults.set([{ kind: 'omitted', on: /id\.gt\."3"/ }]);
    const short = await build(dir);
    expect([short.status, await standing(dir)]).toEqual(['partial', truth(held.rows)]);
    expect(warnings(short).join()).toContain('sessions declared a total of 7, but gave 4 records, 3 times in a row');
  });

  test('that stops in the middle is read on from there', async () => {
    const { dir, held, service, reads } = await opened({ stream: { page_size: 2 } });
    service.faults.set([{ kind: 'error', on: /id\.gt\."4"/ }]);
    expect((await build(dir)).status).toBe('partial');
    service.faults.set([]);
    const before = reads().length;
    expect((await build(dir)).status).toBe('success');
    expect(reads()[before]?.query['and']).toBe('(id.gt."4")');
    expect(await standing(dir)).toEqual(truth(held.rows));
  });

  test('whose token expires in the middle is told of, and read on with a new one', async () => {
    const { dir, held, service } = await opened({ stream: { page_size: 2 } }, undefined, ({ keys }) => keys.service_role);
    service.faults.set([{ kind: 'expired', on: /id\.gt\."4"/ }]);
    expect(warnings(await build(dir)).join()).toContain(
      '`sessions` could not be read: the project does not take the token (invalid_token)',
    );
    expect(await rowsIn(dir, sql`SELECT count(*) AS n FROM bronze.app__sessions`)).toEqual(['{"n":"4"}']);
    expect(held.rows).toHaveLength(7);
  });

  test('whose statements take too long is asked for less', async () => {
    const { dir, held, reads } = await opened({ stream: { page_size: 100 }, timeouts: { rows: 25 } }, { rows: sessions(60), types });
    expect(warnings(await build(dir))).toEqual([]);
    expect(await standing(dir)).toEqual(truth(held.rows));
    expect([...new Set(reads().map(({ query }) => query['limit']))].slice(0, 4)).toEqual(['100', '50', '25']);
  });

  test('that can not count in time is read without, and says so', async () => {
    const trouble = { timeouts: { count: 5 } };
    const { dir, held } = await opened(trouble);
    const result = await build(dir);
    expect(warnings(result)).toEqual(["sessions could not be counted in time, so nothing was compared; `count: 'none'` does not ask"]);
    expect(await standing(dir)).toEqual(truth(held.rows));
    expect((await build((await opened({ ...trouble, stream: { count: 'none' } })).dir)).status).toBe('success');
  });
});

describe('the doctor', () => {
  const as = (role: string, expires?: number) => (service: SupabaseService) => service.token(role, expires);
  const withToken = (key: (service: SupabaseService) => string, held?: Held) => {
    process.env['ONEFOLD_TEST_PUBLISHABLE'] = 'sb_publishable_3mulated_0123456789';
    const source = { api_key: { env: 'ONEFOLD_TEST_PUBLISHABLE' }, token: { env: `ONEFOLD_TEST_SUPABASE_${secrets + 1}` } };
    return opened({ source }, held, key);
  };

  test('says what there is, and as whom it is read', async () => {
    const keyless = await opened({ stream: { key: undefined } });
    expect(await doctor(keyless.dir)).toBe("ok: sessions has 7 rows of 3 columns as service_role; declare its primary key: `key: ['id']`");
    const old = await opened({}, undefined, ({ keys }) => keys.service_role);
    expect(await doctor(old.dir)).toBe('ok: sessions has 7 rows of 3 columns as service_role');
    const planned = await opened({ stream: { count: 'planned' } }, undefined, ({ keys }) => keys.anon);
    expect(await doctor(planned.dir)).toBe(
      'ok: sessions has about 8 rows of 3 columns as anon; a key without all rights sees only the rows that row level security shows it',
    );
    const reader = await withToken(as('reader'), { rows: sessions(3), policy: () => false });
    expect(await doctor(reader.dir)).toBe(
      'ok: sessions gave no rows: with row level security a key without a policy sees nothing as reader',
    );
  });

  test.each<[string, Promise<{ dir: string }> | (() => Promise<{ dir: string }>), string]>([
    ['an unknown key', () => opened({}, undefined, () => 'sb_secret_guessed_0123456789'), 'the project does not know the key (401)'],
    [
      'a token of another project',
      () => withToken(() => 'eyJh.eyJyb2xlIjoiYW5vbiJ9.c2ln'),
      'the project does not take the token (invalid_token)',
    ],
    ['an expired token', () => withToken(as('reader', 1_700_000_000)), 'the token expired on 2023-11-14 (invalid_token)'],
    ['no right', () => withToken(as('reader'), { rows: [], grants: ['other'] }), '`reader` may not select from it (42501)'],
    ['another name', () => opened({ stream: { table: 'session' } }), 'no such table or view; did you mean `sessions`? (PGRST205)'],
    ['a hidden schema', () => opened({ stream: { table_schema: 'hr' } }), 'the API does not expose the schema `hr` (PGRST106)'],
    ['a missing column', () => opened({ stream: { columns: ['id', 'nane'] } }), 'no column `nane`; did you mean `name`? (42703)'],
    [
      'a misfit',
      () => opened({ stream: { filters: [{ column: 'id', operator: 'eq', value: 'Ann Bo' }] } }),
      'does not fit the type of its column (22P02)',
    ],
    ['a mistake', () => opened({ stream: { select: 'id,,name' } }), 'PostgREST does not understand what is asked for (PGRST100)'],
    ['a pause', () => opened({ faults: [{ kind: 'error', status: 540 }] }), 'the project is paused (540)'],
  ])('tells of %s', async (_, start, expected) => {
    const { dir } = await (typeof start === 'function' ? start() : start);
    const told = await doctor(dir);
    expect(told).toMatch(/^fail: /);
    expect(told).toContain(expected);
    expect(told).not.toMatch(/Ann Bo|eyJ|sb_|3mulated/);
  });

  test('and no run tells a secret', async () => {
    const { dir, service } = await withToken(as('service_role'));
    service.faults.set([{ kind: 'expired', on: /gt/ }]);
    const result = await build(dir);
    const kept = await rowsIn(dir, sql`SELECT * FROM ops.cursors`, sql`SELECT * FROM ops.batches`);
    expect(JSON.stringify([result, kept])).not.toMatch(/eyJ|sb_/);
  });
});
