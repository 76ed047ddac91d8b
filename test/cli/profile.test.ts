import { spawnSync } from 'node:child_process';
import { afterAll, describe, expect, it } from 'vitest';
import { openProject, realEffects } from '../../src/index.js';
import { profile } from '../../src/run/explain/profile.js';
import { openStore, openWarehouse } from '../../src/run/store/store.js';
import { main } from '../support/command_line.js';
import { buildWell, csv, makeProject, removeFolders } from '../support/project.js';

afterAll(removeFolders);

const secret = ['Ada Byron', 'ada@example.com', '1815-12-10', '+41446681800'];

async function project(): Promise<string> {
  return makeProject({
    config: {
      name: 'company',
      nulls: ['n/a'],
      sources: { crm: { connector: 'file', streams: { people: { path: 'data/*.csv' } } } },
      tables: {
        people: {
          from: 'crm.people',
          key: 'id',
          columns: {
            id: 'id',
            name: 'name',
            email: { type: 'email', on_error: 'null' },
            birth_date: { type: 'date', on_error: 'null' },
            phone: { type: 'phone' },
            tier: { type: 'category', values: ['gold', 'tin'], unmapped: 'keep' },
            amount: { type: 'money', default_currency: 'EUR' },
          },
        },
      },
    },
    files: {
      'data/people.csv': csv(
        ['id', 'name', 'email', 'birth_date', 'phone', 'tier', 'amount'],
        [
          ['C0001', 'Ada Byron', 'ada@example.com', '1815-12-10', '+41446681800', 'Gold', '5.00'],
          ['C0002', 'N/A', 'n/a', '0000-00-00', '044', 'gold', '7.50'],
          ['C0003', 'Zo\u200Be 👩\u200D💻', 'nobody', '-', '', 'brass', '-2'],
          ["C'; DROP TABLE x", 'שלום עולם', '', '1815-12-10', '', 'tin', '1'],
        ],
      ),
    },
  });
}

describe('a profile', () => {
  it('says how clean each column is, and what could be declared', async () => {
    const dir = await project();
    await buildWell(dir);
    const opened = await openProject(dir);
    const engine = await openWarehouse(opened, true);
    const [table] = await profile(engine, opened, 'people', false).finally(() => engine.close());
    const column = (name: string) => table?.columns.find((c) => c.column === name);
    expect(table?.rows).toBe(3);
    expect(column('name')).toMatchObject({
      filled: 3,
      distinct: 3,
      nulls: [{ text: 'n/a', rows: 1 }],
      invisible: 1,
      suggestions: ["invisible: 'remove'"],
    });
    expect(column('name')?.shapes).toEqual([
      { text: 'Aa?a ???', rows: 1 },
      { text: 'Aa… Aa…', rows: 1 },
      { text: 'a… a…', rows: 1 },
    ]);
    expect(column('birth_date')).toMatchObject({
      least: null,
      suspects: [
        { text: '-', rows: 1 },
        { text: '0000-00-00', rows: 1 },
      ],
      inferred: { verdict: 'unproven' },
      warned: { type: 2 },
      suggestions: ["nulls: ['n/a', '-', '0000-00-00'] if they mean nothing"],
    });
    expect(column('phone')).toMatchObject({ quarantined: { region: 1 }, shapes: [{ text: '+99999999999', rows: 1 }] });
    expect(column('tier')).toMatchObject({ warned: { unmapped: 1 }, suggestions: ['more of `mapping`'] });
    expect(column('tier')?.values).toEqual([
      { text: 'brass', rows: 1 },
      { text: 'gold', rows: 1 },
      { text: 'tin', rows: 1 },
    ]);
    expect(column('amount')).toMatchObject({ least: '-2.000000000000000000', greatest: '5.000000000000000000' });
  });

  it('shows nobody’s data unless it is asked to', async () => {
    const dir = await project();
    await buildWell(dir);
    const say = (...args: string[]) =>
      spawnSync(process.execPath, [main, 'profile', 'people', '--project', dir, ...args], { encoding: 'utf8' }).stdout;
    const [text, json, open] = [say(), say('--json'), say('--values')];
    for (const value of secret) {
      expect(text).not.toContain(value);
      expect(json).not.toContain(value);
      expect(open).toContain(value);
    }
    expect(JSON.parse(json).tables[0].rows).toBe(3);
  });

  it('says what is in its way: no store, no such table, a build that is running', async () => {
    const dir = await project();
    const opened = await openProject(dir);
    await expect(openWarehouse(opened, true)).rejects.toMatchObject({ code: 'SNAPSHOT_NONE' });
    await buildWell(dir);
    const writer = await openStore(opened, realEffects());
    try {
      const { status, stderr } = spawnSync(process.execPath, [main, 'profile', '--project', dir], { encoding: 'utf8' });
      expect(status).toBe(1);
      expect(stderr).toContain('STORE_LOCKED');
      await expect(profile(writer, opened, 'nope', false)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    } finally {
      writer.close();
    }
  });
});
