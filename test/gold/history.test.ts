import { afterAll, describe, expect, it } from 'vitest';
import { openProject, openReader, realEffects } from '../../src/index.js';
import { sql, trusted } from '../../src/sql/tag.js';
import { buildWell, configure, makeProject, put, removeFolders } from '../support/project.js';
import { rowsIn } from '../support/query.js';

afterAll(removeFolders);

const config = (more: Record<string, unknown> = {}, attributes: Record<string, string> = { name: 'name', city: 'city' }) => ({
  name: 'past',
  keep_snapshots: 3,
  sources: { crm: { connector: 'file', streams: { c: { path: 'crm.csv', mode: 'replace' }, l: { path: 'links.csv', mode: 'replace' } } } },
  tables: {
    contacts: {
      from: 'crm.c',
      key: 'id',
      columns: { id: 'id', name: 'name', city: 'city', score: { from: 'score', type: 'integer', optional: true } },
    },
    links: { from: 'crm.l', key: 'id', columns: { id: 'id', contact: 'contact' } },
  },
  entities: {
    customer: {
      history: true,
      records: [
        { table: 'contacts', id: 'id', identifiers: { contact: 'id' }, attributes },
        { table: 'links', id: 'id', identifiers: { link: 'id', contact: 'contact' } },
      ],
      identifiers: { contact: { unique: 'source' } },
      ...more,
    },
  },
});
const contacts = (...rows: readonly string[]) => ({ 'crm.csv': `id,name,city,score\n${rows.map((r) => `${r}\n`).join('')}` });
const noLinks = { 'links.csv': 'id,contact\n' };

/** The history as text: name, city, from, to, run, what changed. */
const told = async (dir: string): Promise<readonly string[]> =>
  (
    await rowsIn(
      dir,
      sql`SELECT name, city, valid_from::DATE AS f, valid_to::DATE AS t, run_id, changed FROM gold.customer_history ORDER BY name, valid_from`,
    )
  )
    .map((row) =>
      Object.values(JSON.parse(row) as Record<string, unknown>)
        .map((v) => (v === null ? '-' : String(v)))
        .join(' '),
    )
    .sort();
const day = (n: number) => ({ asOf: new Date(Date.UTC(2025, 0, n)) });

describe('the history of an entity', () => {
  it('gets a version when a golden record is new or changes, and none when it does not', async () => {
    const dir = await makeProject({ config: config(), files: { ...contacts('1,Ada,London,1', '2,Bob,Paris,2'), ...noLinks } });
    await buildWell(dir, day(1));
    const first = ['Ada London 2025-01-01 - r000001 ', 'Bob Paris 2025-01-01 - r000001 '];
    expect(await told(dir)).toEqual(first);
    await put(dir, contacts('1,Ada,London,7', '2,Bob,Paris,2'));
    await buildWell(dir, day(2));
    expect(await told(dir)).toEqual(first);
    await put(dir, contacts('1,Ada,Rome,1', '2,Bob,Paris,2', '3,Cy,,3'));
    await buildWell(dir, day(3));
    expect(await told(dir)).toEqual([
      'Ada London 2025-01-01 2025-01-03 r000001 ',
      'Ada Rome 2025-01-03 - r000003 city',
      'Bob Paris 2025-01-01 - r000001 ',
      'Cy - 2025-01-03 - r000003 ',
    ]);
  });

  it('ends with a key that is merged into another', async () => {
    const records = [
      { table: 'contacts', id: 'id', identifiers: { contact: 'id', city: 'city' }, attributes: { name: 'name', city: 'city' } },
    ];
    const dir = await makeProject({
      config: config({ records, identifiers: {} }),
      files: { ...contacts('1,Ada,London,1', '2,Ada,Paris,2'), ...noLinks },
    });
    await buildWell(dir, day(1));
    await put(dir, contacts('1,Ada,London,1', '2,Ada,London,2'));
    await buildWell(dir, day(2));
    expect(await told(dir)).toEqual(['Ada London 2025-01-01 - r000001 ', 'Ada Paris 2025-01-01 2025-01-02 r000001 ']);
  });

  it('ends with a record that vanishes, and begins again with one that comes back', async () => {
    const dir = await makeProject({
      config: config({ identifiers: {} }),
      files: { ...contacts('1,Ada,London,1', '2,Bob,Paris,2'), ...noLinks },
    });
    await buildWell(dir, day(1));
    await put(dir, contacts('1,Ada,London,1'));
    await buildWell(dir, day(2));
    expect(await told(dir)).toEqual(['Ada London 2025-01-01 - r000001 ', 'Bob Paris 2025-01-01 2025-01-02 r000001 ']);
    await put(dir, contacts('1,Ada,London,1', '2,Bob,Paris,2'));
    await buildWell(dir, day(4));
    expect(await told(dir)).toContain('Bob Paris 2025-01-04 - r000003 ');
  });

  it('has versions that follow each other, whatever moments runs are given', async () => {
    const dir = await makeProject({ config: config(), files: { ...contacts('1,Ada,London,1'), ...noLinks } });
    await buildWell(dir, day(9));
    for (const [i, city] of ['Rome', 'Oslo', 'Bonn'].entries()) {
      await put(dir, contacts(`1,Ada,${city},1`));
      await buildWell(dir, day(8 + i));
    }
    expect(await rowsIn(dir, sql`SELECT count(*)::INTEGER AS n FROM gold.customer_history WHERE valid_to < valid_from`)).toEqual([
      '{"n":0}',
    ]);
    expect(await rowsIn(dir, sql`SELECT city FROM gold.customer_history WHERE valid_to IS NULL`)).toEqual(['{"city":"Bonn"}']);
  });

  it('keeps the past when fields come, go and change their type, and when it is kept no longer', async () => {
    const dir = await makeProject({ config: config(), files: { ...contacts('1,Ada,London,1'), ...noLinks } });
    await buildWell(dir, day(1));
    await configure(dir, config({}, { name: 'name', city: 'score', score: 'score' }));
    await buildWell(dir, day(2));
    expect(await rowsIn(dir, sql`SELECT city, score, changed FROM gold.customer_history`)).toEqual([
      JSON.stringify({ city: '1', score: '1', changed: ['city', 'score'] }),
      JSON.stringify({ city: 'London', score: null, changed: [] }),
    ]);
    await configure(dir, config({ history: false }));
    await buildWell(dir, day(3));
    expect(await rowsIn(dir, sql`SELECT count(*)::INTEGER AS n FROM gold.customer_history`)).toEqual(['{"n":2}']);
  });

  it('is written with the entity or not at all: a run that dies before the commit leaves the history as it was', async () => {
    const dir = await makeProject({ config: config(), files: { ...contacts('1,Ada,London,1'), ...noLinks } });
    await buildWell(dir, day(1));
    await put(dir, contacts('1,Ada,Rome,1'));
    const effects = realEffects();
    const dying = {
      ...effects,
      commit: <T>(name: string, act: () => Promise<T>): Promise<T> =>
        name === 'entity:customer' ? Promise.reject(new Error('died')) : effects.commit(name, act),
    };
    await expect(buildWell(dir, { ...day(2), effects: dying })).rejects.toThrow('died');
    expect(await told(dir)).toEqual(['Ada London 2025-01-01 - r000001 ']);
    await buildWell(dir, day(3));
    expect(await told(dir)).toEqual(['Ada London 2025-01-01 2025-01-03 r000001 ', 'Ada Rome 2025-01-03 - r000003 city']);
  });

  it('refuses an attribute that is called as one of its own columns', async () => {
    const dir = await makeProject({ config: config({}, { changed: 'name' }) });
    await expect(openProject(dir)).rejects.toThrow('`changed`, which is a column of the history');
  });
});

describe('what was published before', () => {
  it('is asked by time and by run, for as long as it is kept', async () => {
    const dir = await makeProject({ config: config(), files: { ...contacts('1,Ada,London,1'), ...noLinks } });
    const { store } = await openProject(dir);
    let clock = Date.UTC(2025, 5, 1);
    const at = (n: number) => new Date(Date.UTC(2025, 5, n, 12));
    for (const city of ['London', 'Rome', 'Rome', 'Oslo', 'Bonn']) {
      await put(dir, contacts(`1,Ada,${city},1`));
      await buildWell(dir, { effects: { ...realEffects(), now: () => new Date(clock) } });
      clock += 86_400_000;
    }
    const city = async (time: Date | { readonly runId: string }): Promise<unknown> => {
      const { engine } = await openReader(store, { at: time });
      try {
        return (await engine.table(trusted('SELECT city FROM gold.customer'))).rows[0]?.['city'];
      } finally {
        engine.close();
      }
    };
    // Three are kept: those of the 2nd, the 4th and the 5th day; on the 3rd there was nothing to publish.
    expect(await city(at(2))).toBe('Rome');
    expect(await city(at(3))).toBe('Rome');
    expect(await city(at(4))).toBe('Oslo');
    expect(await city(at(30))).toBe('Bonn');
    expect(await city({ runId: 'r000003' })).toBe('Rome');
    expect(await city({ runId: 'r000004' })).toBe('Oslo');
    await expect(city(at(1))).rejects.toMatchObject({
      code: 'SNAPSHOT_GONE',
      message: expect.stringContaining('the oldest is r000002, published 2025-06-02T00:00:00.000Z'),
    });
    await expect(city({ runId: 'r000001' })).rejects.toMatchObject({ code: 'SNAPSHOT_GONE' });
  });
});
