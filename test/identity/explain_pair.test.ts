import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { z } from 'zod';
import { describePair } from '../../src/cli/evidence.js';
import { describeExplanation } from '../../src/cli/explain.js';
import type { Reader } from '../../src/index.js';
import { openReader } from '../../src/index.js';
import { explain } from '../../src/run/explain/explain.js';
import type { PairExplanation } from '../../src/run/explain/explain_pair.js';
import { explainPair } from '../../src/run/explain/explain_pair.js';
import { id, sql } from '../../src/sql/tag.js';
import { people, peopleProject } from '../support/people.js';
import { buildWell, makeProject, removeFolders } from '../support/project.js';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

let reader: Reader;
beforeAll(async () => {
  const dir = await makeProject({ config: peopleProject, files: { 'people.csv': people() } });
  await buildWell(dir);
  reader = await openReader(`${dir}/.onefold`);
});
afterAll(async () => {
  reader.engine.close();
  await removeFolders();
});

/** Pairs as the build weighed them, by what was decided. */
const weighed = async (decision: string) =>
  reader.engine.rows(
    sql`SELECT left_record AS l, right_record AS r, weight::DOUBLE AS weight, probability::DOUBLE AS probability FROM ${id('identity', 'person_matches')}
      WHERE decision = ${decision} ORDER BY weight, l, r`,
    z.object({ l: z.string(), r: z.string(), weight: z.number(), probability: z.number() }),
  );

const parts = ({ waterfall }: PairExplanation) => {
  if (waterfall === null) throw new Error('nothing was weighed');
  return waterfall;
};

test('the waterfall of a pair adds up to the weight that the build gave it', async () => {
  const pairs = await weighed('linked');
  expect(pairs.length).toBeGreaterThan(20);
  for (const { l, r, weight, probability } of pairs.slice(0, 12)) {
    const said = await explainPair(reader, [l, r]);
    const w = parts(said);
    expect(w.weight).toBeCloseTo(weight, 2);
    expect(w.probability).toBeCloseTo(probability, 2);
    const sum = w.attributes.reduce((bits, a) => bits + a.against_strangers, w.prior.against_strangers);
    expect(w.against_strangers).toBeCloseTo(sum, 9);
    expect(said).toMatchObject({ same: true, decision: 'linked', left: { record: l }, right: { record: r } });
  }
});

test('either order of the two says the same', async () => {
  const [pair] = await weighed('linked');
  const [a, b] = [pair?.l ?? '', pair?.r ?? ''];
  const [there, back] = [await explainPair(reader, [a, b]), await explainPair(reader, [b, a])];
  expect(parts(back).weight).toBeCloseTo(parts(there).weight, 9);
  expect(parts(back).attributes.map((x) => [x.right, x.left])).toEqual(parts(there).attributes.map((x) => [x.left, x.right]));
});

test('two that have nothing in common: no rule finds them, and the bits that are missing are said', async () => {
  const said = await explainPair(reader, ['s.people:Ada1', 's.people:Zed1']);
  expect(said).toMatchObject({ same: false, decision: null });
  expect(said.rules.length).toBeGreaterThan(0);
  expect(said.rules.every((r) => !r.finds)).toBe(true);
  const text = describePair(said);
  expect(text).toContain('Not one person.');
  expect(text).toContain('They are not alike enough: −');
  expect(text).toContain('No blocking rule finds the pair: they have none of its values in common.');
  expect(text).toMatch(/birth_date +18151210 +19990909 +disagree +−/);
});

test('a blocking rule that finds a pair names the value that both have', async () => {
  const said = await explainPair(reader, ['Ada1', 'Ada2']);
  const rule = said.rules.find((r) => r.finds);
  expect(rule).toMatchObject({ shared: true, records: 2 });
  expect(said.same).toBe(true);
  expect(describePair(said)).toContain('One person.');
});

test('two keys are explained by their most alike records', async () => {
  const {
    left: { key: ada },
    right: { key: zed },
  } = await explainPair(reader, ['Ada1', 'Zed1']);
  const said = await explainPair(reader, [ada, zed]);
  expect(said.pairs).toBe(2);
  const singles = await Promise.all(['Ada1', 'Ada2'].map(async (record) => parts(await explainPair(reader, [record, 'Zed1'])).weight));
  expect(parts(said).weight).toBeCloseTo(Math.max(...singles), 9);
});

test('an entity is told merge by merge, strongest first, so that its links join all its records', async () => {
  const said = await explain(reader, 'Ada1');
  if ('quarantined' in said) throw new Error('no entity');
  expect(said.merges).toHaveLength(said.records.length - 1);
  expect(said.merges.at(-1)?.sizes[2]).toBe(said.records.length);
  expect(describeExplanation(said)).toMatch(/1\. s\.people:Ada1 and s\.people:Ada2, alike: \+\d+\.\d\d bits/);
});

test('one record twice and records of nobody are errors that say what to give', async () => {
  await expect(explainPair(reader, ['Ada1', 's.people:Ada1'])).rejects.toMatchObject({ code: 'USAGE' });
  await expect(explainPair(reader, ['Ada1', 'nobody'])).rejects.toMatchObject({ code: 'NOT_FOUND' });
});
