import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { sql } from '../../src/sql/tag.js';
import { expectBalanced } from '../support/accounts.js';
import type { Database } from '../support/postgres.js';
import { startPostgres } from '../support/postgres.js';
import { buildIn, makeProject, removeFolders } from '../support/project.js';
import { rowsIn } from '../support/query.js';

let database: Database;

beforeAll(async () => {
  database = await startPostgres();
  process.env['ONEFOLD_TEST_PASSWORD'] = 'open-sesame';
});

afterAll(async () => {
  await database.stop();
  await removeFolders();
});

interface Streams {
  readonly [stream: string]: Readonly<Record<string, unknown>>;
}

function source(streams: Streams, more: Readonly<Record<string, unknown>> = {}) {
  const where = {
    host: '127.0.0.1',
    port: database.port,
    database: 'postgres',
    user: 'reader',
    password: { env: 'ONEFOLD_TEST_PASSWORD' },
  };
  return { connector: 'postgres', ...where, ...more, streams };
}

async function project(
  streams: Streams,
  tables: Readonly<Record<string, unknown>> = {},
  more: Readonly<Record<string, unknown>> = {},
): Promise<string> {
  return makeProject({ config: { name: 'pg', sources: { core: source(streams, more) }, tables } });
}

async function build(dir: string) {
  const result = await buildIn(dir);
  expectBalanced(result);
  return result;
}

const people = { from: 'core.people', key: 'id', columns: { id: 'id', name: 'name' } };

describe('tables of PostgreSQL', () => {
  test('land every type as exact text, null and empty text apart', async () => {
    await database.query(`CREATE TABLE kinds (id int PRIMARY KEY, big numeric, yes boolean, at timestamptz, day date, span interval, raw bytea, doc jsonb,
      tags text[], note text, real8 float8, "we""ird, name" text)`);
    await database.query(`INSERT INTO kinds VALUES (1, 12345678901234567890.123456789, true, '2024-03-31 01:30:00+02', '0044-03-15 BC', '1 day 02:03:04', '\\xDEADBEEF',
      '{"a": [1, "ü"]}', ARRAY['x,y', NULL, 'z"'], 'line one' || chr(10) || 'line "two", three', 0.1, 'x')`);
    await database.query(`INSERT INTO kinds (id, note) VALUES (2, ''), (3, NULL), (4, '\\N')`);
    const dir = await project({ kinds: { table: 'public.kinds' } });
    expect((await build(dir)).status).toBe('success');
    expect(await rowsIn(dir, sql`SELECT COLUMNS(c -> c NOT LIKE '\\_%' ESCAPE '\\') FROM bronze.core__kinds WHERE id = '1'`)).toEqual([
      JSON.stringify({
        id: '1',
        big: '12345678901234567890.123456789',
        yes: 'true',
        at: '2024-03-30 23:30:00+00',
        day: '0044-03-15 BC',
        span: 'P1DT2H3M4S',
        raw: '\\xdeadbeef',
        doc: '{"a": [1, "ü"]}',
        tags: '["x,y",null,"z\\""]',
        note: 'line one\nline "two", three',
        real8: '0.1',
        'we"ird, name': 'x',
      }),
    ]);
    expect(await rowsIn(dir, sql`SELECT id, note IS NULL AS missing, note FROM bronze.core__kinds WHERE id <> '1'`)).toEqual([
      '{"id":"2","missing":false,"note":""}',
      '{"id":"3","missing":true,"note":null}',
      '{"id":"4","missing":false,"note":"\\\\N"}',
    ]);
  });

  test('have numbers as such, which need no other value to tell their decimal sign', async () => {
    await database.query('CREATE TABLE sums (id int PRIMARY KEY, exact numeric(12, 3), near float8, rough real, text text)');
    await database.query(`INSERT INTO sums VALUES (1, 1.234, 2.375, 4.125, '1.234'), (2, 20.5, 3.125, 5.625, '2.345')`);
    const columns = ['exact', 'near', 'rough', 'text'].map((name) => [name, { from: name, type: 'decimal' }]);
    const sums = { from: 'core.sums', key: 'id', columns: { id: 'id', ...Object.fromEntries(columns) } };
    const dir = await project({ sums: { table: 'sums', key: ['id'] } }, { sums });
    await build(dir);
    expect(await rowsIn(dir, sql`SELECT rules FROM quarantine.sums`)).toEqual([
      '{"rules":["text.ambiguous"]}',
      '{"rules":["text.ambiguous"]}',
    ]);
    await database.query(`UPDATE sums SET text = '0.25'`);
    await build(dir);
    expect(await rowsIn(dir, sql`SELECT exact::DOUBLE AS exact, near::DOUBLE AS near, rough::DOUBLE AS rough FROM silver.sums`)).toEqual([
      '{"exact":1.234,"near":2.375,"rough":4.125}',
      '{"exact":20.5,"near":3.125,"rough":5.625}',
    ]);
  });

  test('are read whole without a cursor: changed rows change, and deleted rows are deleted; the same content lands nothing', async () => {
    await database.query(
      `CREATE TABLE people (id int PRIMARY KEY, name text); INSERT INTO people VALUES (1, 'Ann'), (2, 'Bob'), (3, 'Cid')`,
    );
    const dir = await project({ people: { table: 'people', key: ['id'] } }, { people });
    await build(dir);
    expect((await build(dir)).published).toBe(false);
    await database.query(
      `UPDATE people SET name = 'Bea' WHERE id = 2; DELETE FROM people WHERE id = 3; INSERT INTO people VALUES (4, 'Dan')`,
    );
    const result = await build(dir);
    expect(result.ledger.filter((l) => l.name === 'core.people' && l.rows > 0).map((l) => `${l.line} ${l.rows}`)).toEqual([
      'known 1',
      'landed 2',
      'read 3',
    ]);
    expect(await rowsIn(dir, sql`SELECT id, name FROM silver.people WHERE _deleted_at IS NULL`)).toEqual([
      '{"id":"1","name":"Ann"}',
      '{"id":"2","name":"Bea"}',
      '{"id":"4","name":"Dan"}',
    ]);
  });

  test('with a cursor give only what changed, and what a late transaction committed behind it', async () => {
    await database.query(`CREATE TABLE events (id int PRIMARY KEY, name text, changed timestamptz);
      INSERT INTO events VALUES (1, 'a', '2024-01-01 00:00:00Z'), (2, 'b', '2024-01-01 01:00:00Z')`);
    const dir = await project({ people: { table: 'events', key: ['id'], cursor: 'changed', overlap: 60 } }, { people });
    await build(dir);
    await database.query(`INSERT INTO events VALUES (3, 'late', '2024-01-01 00:59:30Z'), (4, 'too late', '2024-01-01 00:00:30Z'), (5, 'new', '2024-01-01 02:00:00Z');
      UPDATE events SET name = 'b2', changed = '2024-01-01 02:00:01Z' WHERE id = 2`);
    const result = await build(dir);
    expect(result.ledger.filter((l) => l.name === 'core.people' && l.rows > 0).map((l) => `${l.line} ${l.rows}`)).toEqual([
      'landed 3',
      'read 3',
    ]);
    expect(await rowsIn(dir, sql`SELECT id, name FROM silver.people`)).toEqual([
      '{"id":"1","name":"a"}',
      '{"id":"2","name":"b2"}',
      '{"id":"3","name":"late"}',
      '{"id":"5","name":"new"}',
    ]);
  });

  test('are read whole again after `full_every` days, which shows what was deleted', async () => {
    await database.query(
      `CREATE TABLE stale (id int PRIMARY KEY, name text, changed int); INSERT INTO stale VALUES (1, 'a', 1), (2, 'b', 2)`,
    );
    const dir = await project({ people: { table: 'stale', key: ['id'], cursor: 'changed', overlap: 0, full_every: 0 } }, { people });
    await build(dir);
    await database.query('DELETE FROM stale WHERE id = 1');
    await build(dir);
    expect(await rowsIn(dir, sql`SELECT id FROM silver.people WHERE _deleted_at IS NULL`)).toEqual(['{"id":"2"}']);
  });

  test('give what changed although a row is dated far ahead, which is said', async () => {
    await database.query('CREATE TABLE strange (id int, name text, changed timestamptz)');
    await database.query(
      `INSERT INTO strange VALUES (1, 'Ann', now() - interval '1 day'), (2, 'Bob', 'infinity'), (3, 'Cid', '2999-01-01')`,
    );
    const dir = await project({ people: { table: 'strange', key: ['id'], cursor: 'changed', overlap: 0 } }, { people });
    expect((await build(dir)).warnings.map((w) => w.message)).toEqual([
      expect.stringContaining('2 records of strange have a changed that lies in the future'),
    ]);
    await database.query(`UPDATE strange SET name = 'Ada', changed = now() WHERE id = 1`);
    await build(dir);
    expect(await rowsIn(dir, sql`SELECT id, name FROM silver.people ORDER BY id`)).toEqual([
      '{"id":"1","name":"Ada"}',
      '{"id":"2","name":"Bob"}',
      '{"id":"3","name":"Cid"}',
    ]);
  });

  test('are read again for a stretch of time, whatever was read before', async () => {
    await database.query(`CREATE TABLE stretch (id int PRIMARY KEY, name text, changed timestamptz);
      INSERT INTO stretch SELECT i, 'n' || i, timestamptz '2024-01-01 00:00:00Z' + i * interval '1 day' FROM generate_series(1, 5) i`);
    const dir = await project({ people: { table: 'stretch', key: ['id'], cursor: 'changed', overlap: 0 } }, { people });
    await build(dir);
    await database.query(`UPDATE stretch SET name = 'mended'`);
    const result = await buildIn(dir, { window: { from: new Date('2024-01-03'), to: new Date('2024-01-05') } });
    expect(result.status).toBe('success');
    expect(await rowsIn(dir, sql`SELECT id FROM silver.people WHERE name = 'mended'`)).toEqual(['{"id":"2"}', '{"id":"3"}']);
  });

  test('say that rows without a cursor are only seen when all is read', async () => {
    await database.query(`CREATE TABLE gaps (id int PRIMARY KEY, changed int); INSERT INTO gaps VALUES (1, 1), (2, NULL)`);
    const dir = await project({ gaps: { table: 'gaps', cursor: 'changed' } });
    expect((await build(dir)).warnings).toEqual([
      { name: 'core.gaps', message: '1 rows have no changed: a change to them is seen only when the stream is read whole' },
    ]);
  });

  test('are all read at one moment', async () => {
    await database.query(
      `CREATE TABLE first_one (id int); CREATE TABLE second_one (id int); INSERT INTO first_one VALUES (1); INSERT INTO second_one VALUES (1)`,
    );
    // While the first stream is read, a row comes into both tables.
    await database.query(`CREATE FUNCTION slow() RETURNS int LANGUAGE sql VOLATILE AS 'SELECT 1 FROM pg_sleep(0.7)'`);
    const dir = await project({ one: { sql: 'SELECT id, slow() AS x FROM first_one' }, two: { table: 'second_one' } });
    const building = build(dir);
    await vi.waitFor(
      async () =>
        expect(await database.query("SELECT 1 FROM pg_stat_activity WHERE state = 'active' AND query LIKE 'COPY%slow()%'")).toHaveLength(1),
      { timeout: 20_000, interval: 20 },
    );
    await database.query('INSERT INTO first_one VALUES (2); INSERT INTO second_one VALUES (2)');
    await building;
    expect(await rowsIn(dir, sql`SELECT id FROM bronze.core__two`)).toEqual(['{"id":"1"}']);
  });

  test('that can not be read make the run partial, say why, and stop no other', async () => {
    await database.query('CREATE TABLE sound (id int); INSERT INTO sound VALUES (1)');
    const dir = await project({ gone: { table: 'nowhere' }, broken: { sql: 'SELECT 1/(id - id) FROM sound' }, sound: { table: 'sound' } });
    const result = await build(dir);
    expect(result.status).toBe('partial');
    expect(result.warnings.map((w) => w.message)).toEqual([
      'nowhere could not be read: there is no such table or view',
      'the query could not be read: the server ended it (22012)',
    ]);
    expect(await rowsIn(dir, sql`SELECT id FROM bronze.core__sound`)).toEqual(['{"id":"1"}']);
  });

  test('with a wrong password are refused without a word of it', async () => {
    process.env['ONEFOLD_TEST_WRONG'] = 'not-the-password';
    const dir = await project({ sound: { table: 'sound' } }, {}, { password: { env: 'ONEFOLD_TEST_WRONG' } });
    const result = await build(dir);
    expect(result.warnings.map((w) => w.message)).toEqual([`the database at 127.0.0.1:${database.port} refused the user or password`]);
    expect(JSON.stringify(result)).not.toContain('not-the-password');
  });
});
