import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { openProject, openReader, realEffects } from '../../src/index.js';
import type { Wish } from '../../src/run/decide/decide.js';
import { decide, undo } from '../../src/run/decide/decide.js';
import { review } from '../../src/run/decide/review.js';
import { explain } from '../../src/run/explain/explain.js';
import { explainPair } from '../../src/run/explain/explain_pair.js';
import { trusted } from '../../src/sql/tag.js';
import { buildWell, csv, makeProject, put, removeFolders } from '../support/project.js';

afterAll(removeFolders);

const config = {
  name: 'steward',
  sources: {
    crm: { connector: 'file', streams: { people: { path: 'crm.csv' } } },
    shop: { connector: 'file', streams: { buyers: { path: 'shop.csv' } } },
  },
  tables: {
    people: { from: 'crm.people', key: 'id', columns: { id: 'id', name: 'name', phone: 'phone', age: { from: 'age', type: 'integer' } } },
    buyers: { from: 'shop.buyers', key: 'id', columns: { id: 'id', name: 'name', phone: 'phone', crm: 'crm' } },
  },
  entities: {
    customer: {
      records: [
        { table: 'people', id: 'id', identifiers: { crm_id: 'id', phone: 'phone' }, attributes: { name: 'name', age: 'age' } },
        { table: 'buyers', id: 'id', identifiers: { shop_id: 'id', phone: 'phone', crm_id: 'crm' }, attributes: { name: 'name' } },
      ],
      identifiers: { crm_id: { unique: 'entity' }, shop_id: { unique: 'entity' } },
    },
  },
};
const files = {
  'crm.csv': csv(
    ['id', 'name', 'phone', 'age'],
    [
      ['C1', 'Ann', '111', '30'],
      ['C2', 'Anna', '222', '31'],
      ['C3', 'Bob', '333', '40'],
      ['C4', 'Cy', '444', '50'],
    ],
  ),
  'shop.csv': csv(
    ['id', 'name', 'phone', 'crm'],
    [
      ['S1', 'ann', '111', ''],
      ['S3', 'bob', '333', 'C3'],
      ['S9', 'zoe', '999', ''],
    ],
  ),
};
const [c1, c2, c3, c4] = ['crm.people:C1', 'crm.people:C2', 'crm.people:C3', 'crm.people:C4'] as const;
const [s1, s3] = ['shop.buyers:S1', 'shop.buyers:S3'] as const;

const made = () => makeProject({ config, files });

/** The clusters of the published snapshot, each as its records. */
async function clusters(dir: string): Promise<readonly string[]> {
  const rows = await ask(
    dir,
    `SELECT string_agg(record, ' ' ORDER BY record) AS r FROM gold.customer_crosswalk GROUP BY customer_key ORDER BY 1`,
  );
  return rows.map((r) => String(r['r']).replaceAll(/\w+\.\w+:/g, ''));
}

async function ask(dir: string, query: string) {
  const { engine } = await openReader((await openProject(dir)).store);
  try {
    return (await engine.table(trusted(query))).rows;
  } finally {
    engine.close();
  }
}

async function say(dir: string, wish: Wish, why = 'we asked them'): Promise<string> {
  const project = await openProject(dir);
  const reader = await openReader(project.store);
  try {
    return (await decide(project, reader, wish, { by: 'ann', why }, realEffects())).event.id;
  } finally {
    reader.engine.close();
  }
}

const takeBack = async (dir: string, id: string, withLater = false, why = 'a mistake') =>
  (await undo(dir, id, { by: 'bob', why }, realEffects(), withLater)).map((w) => w.event.id);
const same = (left: string, right: string): Wish => ({ decision: 'same', left, right });
const different = (left: string, right: string): Wish => ({ decision: 'different', left, right });

describe('decisions of people', () => {
  test('same joins what unique identifiers would keep apart, survives a rebuild and a new store, and undo parts them again', async () => {
    const dir = await made();
    await buildWell(dir);
    const before = await clusters(dir);
    expect(before).toEqual(['C1 S1', 'C2', 'C3 S3', 'C4', 'S9']);
    const keys = await ask(dir, 'SELECT record, customer_key FROM gold.customer_crosswalk ORDER BY record');
    const id = await say(dir, same(c1, c2));
    await buildWell(dir);
    expect(await clusters(dir)).toEqual(['C1 C2 S1', 'C3 S3', 'C4', 'S9']);
    expect(await ask(dir, `SELECT event, cause FROM identity.customer_events WHERE event = 'merged'`)).toEqual([
      { event: 'merged', cause: `decision ${id} of ann: we asked them` },
    ]);
    expect(await ask(dir, `SELECT how FROM gold.customer_crosswalk WHERE record = '${c2}'`)).toEqual([{ how: `decided: ${id}` }]);
    await put(dir, {
      'shop.csv': csv(
        ['id', 'name', 'phone', 'crm'],
        [
          ['S1', 'ann', '111', ''],
          ['S3', 'bob', '333', 'C3'],
          ['S9', 'zoe', '222', ''],
        ],
      ),
    });
    await buildWell(dir);
    expect(await clusters(dir)).toEqual(['C1 C2 S1', 'C3 S3', 'C4', 'S9']);
    await put(dir, files);
    const elsewhere = await makeProject({ config, files: { ...files, 'decisions.jsonl': await readFile(join(dir, 'decisions.jsonl')) } });
    await buildWell(elsewhere);
    expect(await clusters(elsewhere)).toEqual(['C1 C2 S1', 'C3 S3', 'C4', 'S9']);
    await takeBack(dir, id);
    await buildWell(dir);
    expect(await clusters(dir)).toEqual(before);
    expect(await ask(dir, 'SELECT record, customer_key FROM gold.customer_crosswalk ORDER BY record')).toEqual(keys);
    expect(await ask(dir, `SELECT cause FROM identity.customer_events WHERE event = 'split'`)).toEqual([
      { cause: `decision ${id} stands no longer` },
    ]);
  });

  test('different parts what identifiers join, and stays between whatever either is one with', async () => {
    const dir = await made();
    await buildWell(dir);
    const id = await say(dir, different(c3, s3));
    await buildWell(dir);
    expect(await clusters(dir)).toEqual(['C1 S1', 'C2', 'C3', 'C4', 'S3', 'S9']);
    const words = await ask(
      dir,
      `SELECT identifier, decision, reason FROM identity.customer_links WHERE decision = 'decided' ORDER BY ALL`,
    );
    expect(words).toContainEqual({ identifier: 'crm_id', decision: 'decided', reason: `decision ${id} keeps them apart` });
    // A third record that both would take by their phone can't join them either.
    await put(dir, { 'crm.csv': `${files['crm.csv']}C5,Bob,333,40\n` });
    await buildWell(dir);
    expect((await clusters(dir)).filter((c) => c.includes('C3') && c.includes('S3'))).toEqual([]);
  });

  test('split takes records out; value fixes a field, with who and why, and stays with the record through merges and splits', async () => {
    const dir = await made();
    await buildWell(dir);
    const split = await say(dir, { decision: 'split', of: c1, records: [s1] });
    const value = await say(dir, { decision: 'value', of: c4, field: 'name', value: 'Cyrus' }, 'his passport');
    await buildWell(dir);
    expect(await clusters(dir)).toEqual(['C1', 'C2', 'C3 S3', 'C4', 'S1', 'S9']);
    const provenance = `SELECT p.value, rule, losers::VARCHAR AS losers FROM gold.customer_provenance p JOIN gold.customer_crosswalk x USING (customer_key) WHERE x.record = '${c4}' AND field = 'name'`;
    expect(await ask(dir, provenance)).toMatchObject([{ value: 'Cyrus', rule: `decision ${value} of ann: his passport` }]);
    await say(dir, same(c3, c4));
    await buildWell(dir);
    expect(await ask(dir, provenance)).toMatchObject([{ value: 'Cyrus' }]);
    await takeBack(dir, value);
    await takeBack(dir, split);
    await buildWell(dir);
    expect(await clusters(dir)).toEqual(['C1 S1', 'C2', 'C3 C4 S3', 'S9']);
    expect(await ask(dir, provenance)).not.toMatchObject([{ value: 'Cyrus' }]);
  });

  test('what contradicts is refused with its chain, and an undo names what rests on it', async () => {
    const dir = await made();
    await buildWell(dir);
    const ab = await say(dir, same(c1, c2));
    await expect(say(dir, different(s1, c2))).resolves.toBeDefined();
    const bc = await say(dir, same(c2, c3));
    await expect(say(dir, different(c1, c3))).rejects.toMatchObject({
      code: 'DECISION_REFUSED',
      message: expect.stringContaining(`${c1} = ${c2} (${ab}) = ${c3} (${bc})`),
    });
    await expect(say(dir, same(c2, c1))).rejects.toMatchObject({ code: 'DECISION_REFUSED' });
    await expect(say(dir, same(c2, 'crm.people:C7'))).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(say(dir, { decision: 'value', of: c1, field: 'age', value: 'old' })).rejects.toMatchObject({ code: 'USAGE' });
    await expect(say(dir, { decision: 'value', of: c1, field: 'nam', value: 'x' })).rejects.toThrow('name');
    await expect(say(dir, { decision: 'value', of: c1, field: 'name', value: '' })).rejects.toMatchObject({ code: 'USAGE' });
    await expect(say(dir, same(c3, c4), ' ')).rejects.toMatchObject({ code: 'USAGE', message: 'a decision needs a reason' });
    await expect(takeBack(dir, ab, false, '')).rejects.toMatchObject({ code: 'USAGE' });
    await buildWell(dir);
    const value = await say(dir, { decision: 'value', of: c3, field: 'name', value: 'Robert' });
    await expect(takeBack(dir, bc)).rejects.toMatchObject({ code: 'DECISION_REFUSED', message: expect.stringContaining(value) });
    expect(await takeBack(dir, bc, true)).toHaveLength(2);
    await expect(takeBack(dir, bc)).rejects.toMatchObject({ code: 'DECISION_REFUSED' });
    await put(dir, { 'decisions.jsonl': `${await readFile(join(dir, 'decisions.jsonl'), 'utf8')}{"format":1}\n` });
    await expect(buildWell(dir)).rejects.toMatchObject({ code: 'CONFIG_INVALID', message: expect.stringContaining('line 7') });
  });

  test('a decision is not taken away by an undo of what brought it back, while another rests on it', async () => {
    const dir = await made();
    await buildWell(dir);
    const ab = await say(dir, same(c1, c2));
    const [gone = ''] = await takeBack(dir, ab);
    const [back = ''] = await takeBack(dir, gone);
    await buildWell(dir);
    const value = await say(dir, { decision: 'value', of: c1, field: 'name', value: 'Annegret' });
    await expect(takeBack(dir, back)).rejects.toMatchObject({ code: 'DECISION_REFUSED', message: expect.stringContaining(value) });
    const [undone = ''] = await takeBack(dir, back, true);
    await expect(takeBack(dir, undone)).rejects.toMatchObject({
      code: 'DECISION_REFUSED',
      message: `${value} rests on ${ab}, which is undone`,
    });
  });

  test('what joins records over one that is gone is explained, and what leads nowhere is not', async () => {
    const crm = { connector: 'file', streams: { people: { path: 'crm.csv', mode: 'replace' } } };
    const dir = await makeProject({ config: { ...config, sources: { ...config.sources, crm } }, files });
    await buildWell(dir);
    const [ab, bd] = [await say(dir, same(c1, c2)), await say(dir, same(c2, c4))];
    await say(dir, same(c2, c3));
    await put(dir, { 'crm.csv': files['crm.csv'].replace(/C[23],.*\n/g, '') });
    await buildWell(dir);
    expect(await clusters(dir)).toEqual(['C1 C4 S1', 'S3', 'S9']);
    const reader = await openReader((await openProject(dir)).store);
    try {
      const pair = await explainPair(reader, [c1, c4]);
      expect('path' in pair && pair.path.map(({ left, right, decision }) => [left, right, decision?.slice(0, 18)])).toEqual([
        [c1, c2, ab],
        [c2, c4, bd],
      ]);
      const one = await explain(reader, c4);
      expect('merges' in one && one.merges.map(({ decision, identifier }) => decision?.slice(0, 18) ?? identifier)).toEqual([
        ab,
        bd,
        'phone = 111',
      ]);
    } finally {
      reader.engine.close();
    }
  });

  test('the value that was decided has one row in the provenance, however often others change', async () => {
    const dir = await made();
    await buildWell(dir);
    await say(dir, { decision: 'value', of: c1, field: 'name', value: 'Annegret' });
    await buildWell(dir);
    const others = `SELECT * FROM gold.customer_provenance WHERE record <> '${c4}' ORDER BY ALL`;
    const before = await ask(dir, others);
    expect(before).toContainEqual(expect.objectContaining({ field: 'name', value: 'Annegret' }));
    for (const age of ['51', '52']) {
      await put(dir, { 'crm.csv': files['crm.csv'].replace('Cy,444,50', `Cy,444,${age}`) });
      await buildWell(dir);
    }
    expect(await ask(dir, others)).toEqual(before);
  });

  test('a chain of merges is undone in either order: records, links, values, keys and redirects are those of before', async () => {
    const state = (dir: string) =>
      Promise.all(
        ['customer', 'customer_crosswalk', 'customer_provenance', 'customer_redirects'].map((t) =>
          ask(dir, `SELECT * FROM gold.${t} ORDER BY ALL`),
        ),
      );
    const dir = await made();
    await buildWell(dir);
    await say(dir, { decision: 'value', of: c2, field: 'name', value: 'Anna-Lena' });
    await buildWell(dir);
    const before = await state(dir);
    for (const order of [
      [0, 1],
      [1, 0],
    ]) {
      const chain = [await say(dir, same(c1, c2)), await say(dir, same(c2, c4))];
      await buildWell(dir);
      expect(await clusters(dir)).toEqual(['C1 C2 C4 S1', 'C3 S3', 'S9']);
      for (const i of order) {
        await takeBack(dir, chain[i] ?? '');
        await buildWell(dir);
      }
      expect(await state(dir)).toEqual(before);
    }
  });

  test('what is worth deciding is listed with what hangs on it, until it is decided', async () => {
    const dir = await made();
    await put(dir, {
      'shop.csv': csv(
        ['id', 'name', 'phone', 'crm'],
        [
          ['S1', 'ann', '111', 'C4'],
          ['S3', 'bob', '333', 'C3'],
        ],
      ),
    });
    await buildWell(dir);
    const project = await openProject(dir);
    const reader = await openReader(project.store);
    const questions = await review(project, reader, 10);
    expect(questions).toMatchObject([
      { kind: 'undecided', identifier: expect.any(String), probability: 0.5, impact: { records: 1, references: 0, amounts: [] } },
    ]);
    const { left, right } = questions[0] ?? {};
    await say(dir, different(left?.record ?? '', right?.record ?? ''));
    expect((await review(project, reader, 10)).filter((q) => q.left.key === left?.key && q.right.key === right?.key)).toEqual([]);
    reader.engine.close();
  });
});
