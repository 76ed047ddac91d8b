import { afterAll, describe, expect, test } from 'vitest';
import type { BuildResult } from '../../src/index.js';
import { sql } from '../../src/sql/tag.js';
import { expectBalanced } from '../support/accounts.js';
import { closeServers, reply, serve } from '../support/http.js';
import type { Files } from '../support/project.js';
import { buildIn, makeProject, ndjson, put, removeFolders } from '../support/project.js';
import { rowsIn } from '../support/query.js';
import { account, warnings } from '../support/stream.js';

closeServers();
afterAll(removeFolders);

type Policy = 'evolve' | 'freeze' | 'discard_row' | 'discard_value';
type Fields = Readonly<Record<string, unknown>>;

/** Builds, checks that every row is accounted for, and says what differed: `change column rows`. */
async function build(dir: string): Promise<{ readonly result: BuildResult; readonly drift: readonly string[] }> {
  const result = await buildIn(dir);
  expectBalanced(result);
  return { result, drift: result.drift.map((d) => [d.change, d.column, ...(d.rows === null ? [] : [d.rows])].join(' ')) };
}

const bronze = (dir: string) => rowsIn(dir, sql`SELECT COLUMNS(c -> NOT starts_with(c, '_')) FROM bronze.s__r`);
const standing = (dir: string) => rowsIn(dir, sql`SELECT id, name FROM silver.t WHERE _deleted_at IS NULL`);
const spelled = (...rows: readonly Fields[]) => rows.map((r) => JSON.stringify(r)).sort();
const tables = { t: { from: 's.r', key: 'id', columns: { id: 'id', name: 'name' } } };

function files(schema: Policy | undefined, content: Files, more: Fields = {}): Promise<string> {
  const stream = { path: 'in/*', ...more, ...(schema === undefined ? {} : { schema }) };
  return makeProject({
    config: { name: 'drift', sources: { s: { connector: 'file', streams: { r: stream, other: { path: 'other.csv' } } } }, tables },
    files: { 'other.csv': 'id\n1\n', ...content },
  });
}

const first = { 'in/1.csv': 'id,name\n1,ann\n' };
const wider = { 'in/2.csv': 'id,name,note\n2,bob,hello\n3,cid,\n' };

describe('a file with a column that the first one did not have', () => {
  test('is landed with it, and told of once, in a run that is whole', async () => {
    const dir = await files(undefined, first);
    expect((await build(dir)).drift).toEqual([]);
    await put(dir, wider);
    const { result, drift } = await build(dir);
    expect([result.status, drift, warnings(result)]).toEqual(['success', ['added note'], []]);
    expect(await bronze(dir)).toContain('{"id":"2","name":"bob","note":"hello"}');
    await put(dir, { 'in/3.csv': 'id,name,note\n4,dan,x\n' });
    expect((await build(dir)).drift).toEqual([]);
    expect(await rowsIn(dir, sql`SELECT stream, part, column_name, change, rows FROM ops.drift`)).toEqual([
      '{"stream":"r","part":"in/2.csv","column_name":"note","change":"added","rows":null}',
    ]);
  });

  test('is refused where the schema is frozen; other files and streams are landed', async () => {
    const dir = await files('freeze', first);
    await build(dir);
    await put(dir, { ...wider, 'in/3.csv': 'id,name\n4,dan\n', 'other.csv': 'id\n1\n2\n' });
    const { result, drift } = await build(dir);
    expect([result.status, drift]).toEqual(['partial', ['refused note']]);
    expect(warnings(result)).toEqual([expect.stringMatching(/^in\/2\.csv has new columns `note`, and its schema is frozen/)]);
    expect(result.results.find((r) => r.name === 's.r')).toMatchObject({ status: 'error' });
    expect(await bronze(dir)).toEqual(spelled({ id: '1', name: 'ann' }, { id: '4', name: 'dan' }));
    expect(await rowsIn(dir, sql`SELECT id FROM bronze.s__other`)).toHaveLength(2);
    await put(dir, { 'in/2.csv': 'id,name\n2,bob\n' });
    expect((await build(dir)).result.status).toBe('success');
  });

  test('leaves out the rows that say something in it', async () => {
    const dir = await files('discard_row', first);
    await build(dir);
    await put(dir, wider);
    const { result, drift } = await build(dir);
    expect([result.status, drift, account(result)]).toEqual(['success', ['rows_discarded note 1'], { read: 2, landed: 1, discarded: 1 }]);
    expect(await bronze(dir)).toEqual(spelled({ id: '1', name: 'ann' }, { id: '3', name: 'cid' }));
    expect(await rowsIn(dir, sql`SELECT rows_read, rows_landed, rows_discarded FROM ops.batches WHERE part = 'in/2.csv'`)).toEqual([
      '{"rows_read":"2","rows_landed":"1","rows_discarded":"1"}',
    ]);
  });

  test('leaves out what is in it', async () => {
    const dir = await files('discard_value', first);
    await build(dir);
    await put(dir, wider);
    const { result, drift } = await build(dir);
    expect([result.status, drift, account(result)]).toEqual(['success', ['values_discarded note 1'], { read: 2, landed: 2 }]);
    expect(await bronze(dir)).toEqual(spelled({ id: '1', name: 'ann' }, { id: '2', name: 'bob' }, { id: '3', name: 'cid' }));
  });
});

describe('a file that is the whole truth about its rows', () => {
  test.each(['discard_row', 'discard_value'] as const)('%s: a column that comes, or moves, changes no row that stands', async (schema) => {
    const dir = await files(schema, { 'in/a.csv': 'id,name\n1,ann\n2,bob\n' }, { mode: 'replace' });
    await build(dir);
    await put(dir, { 'in/a.csv': 'note,id,name\n,1,ann\n,2,bob\n' });
    expect(account((await build(dir)).result)).toEqual({ read: 2, known: 2 });
    expect(await standing(dir)).toEqual(spelled({ id: '1', name: 'ann' }, { id: '2', name: 'bob' }));
  });

  test('json: values that are not known change no row either, and damaged lines are kept as ever', async () => {
    const records = [{ id: '1', name: 'ann' }, { id: '2' }];
    const dir = await files('discard_value', { 'in/a.ndjson': ndjson(records) }, { mode: 'replace' });
    await build(dir);
    await put(dir, { 'in/a.ndjson': `${ndjson(records.map((r, i) => ({ ...r, note: i })))}{"id":\n` });
    const { result, drift } = await build(dir);
    expect([account(result), drift]).toEqual([{ read: 3, known: 2, rejected: 1 }, ['values_discarded note 2']]);
  });
});

describe('a column that is gone', () => {
  test('is told of once, and again when it comes back; frozen, its file is refused', async () => {
    const content = { 'in/1.csv': 'id,name,note\n1,ann,x\n' };
    const dir = await files(undefined, content);
    await build(dir);
    await put(dir, { 'in/2.csv': 'id,name\n2,bob\n' });
    const { result, drift } = await build(dir);
    expect([result.status, drift]).toEqual(['success', ['vanished note']]);
    await put(dir, { 'in/3.csv': 'id,name\n3,cid\n' });
    expect((await build(dir)).drift).toEqual([]);
    await put(dir, { 'in/4.csv': 'id,name,note\n4,dan,y\n' });
    expect((await build(dir)).drift).toEqual(['returned note']);
    const frozen = await files('freeze', content);
    await build(frozen);
    await put(frozen, { 'in/2.csv': 'id,name\n2,bob\n' });
    expect(warnings((await build(frozen)).result)).toEqual([expect.stringMatching(/^in\/2\.csv lacks `note`, and its schema is frozen/)]);
  });

  test('makes the run partial when a table reads it', async () => {
    const dir = await files(undefined, first);
    await build(dir);
    await put(dir, { 'in/2.csv': 'id\n2\n' });
    const { result, drift } = await build(dir);
    expect([result.status, drift]).toEqual(['partial', ['vanished name']]);
  });
});

describe('records that come in pages', () => {
  /** A project over a service whose records can be changed, in pages of two. */
  async function service(schema: Policy | undefined, held: Fields[], more: Fields = {}) {
    const { url } = await serve(({ url: asked }, response) => {
      const skip = Number(asked.searchParams.get('offset'));
      reply(response, { rows: held.slice(skip, skip + 2), total: held.length });
    });
    const stream = { path: 'r', records: 'rows', total: 'total', paging: { kind: 'offset', size: 2 }, key: ['id'], ...more };
    const streams = { r: schema === undefined ? stream : { ...stream, schema } };
    return makeProject({ config: { name: 'drift', sources: { s: { connector: 'rest', url, attempts: 1, streams } }, tables } });
  }
  const people = (): Fields[] => [1, 2, 3, 4, 5].map((id) => ({ id, name: `n${id}` }));

  test('evolve: a field that comes or goes is told of once; only where a table reads it the run is partial', async () => {
    const held = people();
    const dir = await service(undefined, held);
    expect((await build(dir)).drift).toEqual([]);
    held[1] = { id: 2, name: 'n2', note: 'hello' };
    const came = await build(dir);
    expect([came.result.status, came.drift]).toEqual(['success', ['added note']]);
    expect((await build(dir)).drift).toEqual([]);
    held[1] = { id: 2, name: 'n2' };
    const went = await build(dir);
    expect([went.result.status, went.drift]).toEqual(['success', ['vanished note']]);
    for (const [i, { id }] of held.entries()) held[i] = { id };
    const lost = await build(dir);
    expect([lost.result.status, lost.drift]).toEqual(['partial', ['vanished name']]);
    expect(warnings(lost.result)).toEqual([expect.stringMatching(/^the source has no column `name`, which table t reads/)]);
    expect((await build(dir)).drift).toEqual([]);
  });

  test('freeze: nothing of what differs is landed, nothing is deleted, and it goes on when the source is mended', async () => {
    const held = people();
    const dir = await service('freeze', held);
    await build(dir);
    const before = await bronze(dir);
    held.splice(0, 2, { id: 1, name: 'new', note: 'hello' });
    const { result, drift } = await build(dir);
    expect([result.status, drift, account(result)]).toEqual(['partial', ['refused note'], {}]);
    expect(warnings(result)).toEqual([expect.stringMatching(/^s\.r has new columns `note`, and its schema is frozen/)]);
    expect(await bronze(dir)).toEqual(before);
    expect(await standing(dir)).toHaveLength(5);
    held[0] = { id: 1, name: 'new' };
    expect((await build(dir)).result.status).toBe('success');
    expect(await standing(dir)).toHaveLength(4);
  });

  test('discard_row: a record that is left out is still there: what it said before stands', async () => {
    const held = people();
    const dir = await service('discard_row', held);
    await build(dir);
    held[0] = { id: 1, name: 'other', note: 'hello' };
    held[1] = { id: 2, name: 'changed', note: null };
    held.push({ id: 6, name: 'n6', note: 'x' });
    const { result, drift } = await build(dir);
    expect([result.status, drift]).toEqual(['success', ['rows_discarded note 2']]);
    expect(account(result)).toEqual({ read: 6, known: 3, landed: 1, discarded: 2 });
    expect(await standing(dir)).toEqual(
      spelled({ id: '1', name: 'n1' }, { id: '2', name: 'changed' }, ...[3, 4, 5].map((id) => ({ id: String(id), name: `n${id}` }))),
    );
    held.splice(0, 1);
    await build(dir);
    expect(await standing(dir)).toHaveLength(4);
  });

  test('discard_value: a value that is left out changes nothing, whatever it becomes', async () => {
    const held = people();
    const dir = await service('discard_value', held);
    await build(dir);
    held[0] = { id: 1, name: 'n1', note: 'hello', _stream: 'mine' };
    const { result, drift } = await build(dir);
    expect([drift, account(result)]).toEqual([['values_discarded note 1', 'values_discarded _stream 1'], { read: 5, known: 5 }]);
    held[0] = { id: 1, name: 'changed', note: 'bye' };
    expect(account((await build(dir)).result)).toEqual({ read: 5, known: 4, landed: 1 });
    expect((await rowsIn(dir, sql`SELECT * FROM bronze.s__r`)).join()).not.toContain('bye');
  });
});
