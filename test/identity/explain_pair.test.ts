import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { z } from 'zod';
import { describePair } from '../../src/cli/evidence.js';
import { describeExplanation } from '../../src/cli/explain.js';
import { lineOf, withId } from '../../src/identity/decisions.js';
import type { Reader } from '../../src/index.js';
import { openReader } from '../../src/index.js';
import { review } from '../../src/run/decide/review.js';
import { explain } from '../../src/run/explain/explain.js';
import type { PairExplanation } from '../../src/run/explain/explain_pair.js';
import { explainPair } from '../../src/run/explain/explain_pair.js';
import { matchingOf } from '../../src/run/explain/matching.js';
import { id, sql } from '../../src/sql/tag.js';
import { people, peopleProject } from '../support/people.js';
import { buildWell, configure, makeProject, projectIn, put, removeFolders } from '../support/project.js';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

let reader: Reader;
beforeAll(async () => {
  const dir = await makeProject({ config: peopleProject(1500), files: { 'people.csv': people() } });
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

test('where all are compared, no blocking rule is made responsible', async () => {
  const dir = await makeProject({ config: peopleProject(), files: { 'people.csv': people() } });
  await buildWell(dir);
  const said = await asking(dir, (all) => explainPair(all, ['Ada1', 'Zed1']));
  expect(said).toMatchObject({ everything: true, rules: [] });
  expect(describePair(said)).toContain('Every record is compared with every other');
  expect(describePair(said)).not.toContain('No blocking rule');
});

test('a block that was too large when the model was learned stays left out, and one that grew since is compared', async () => {
  const sharing = (mail: string, some: number) =>
    Array.from({ length: some }, (_, i) => [
      `${mail[0] ?? ''}${i}`,
      `Given${i}${mail}`,
      `Name${i * 7}`,
      `${1900 + i}-0${1 + (i % 9)}-11`,
      mail,
      '',
    ]);
  const dir = await makeProject({
    config: peopleProject(1500),
    files: { 'people.csv': people(60, sharing('reception@firm.example', 50)) },
  });
  await buildWell(dir);
  await put(dir, { 'people.csv': people(60, [...sharing('reception@firm.example', 3), ...sharing('olga.kern2@mail.example', 30)]) });
  await buildWell(dir);
  const ruleOf = async (pair: readonly [string, string]) => {
    const said = await asking(dir, (all) => explainPair(all, pair));
    return { said, rule: said.rules.find((r) => r.rule === 'e-mail before the @ (email)') };
  };
  const cut = await ruleOf(['r0', 'r1']);
  expect(cut.rule).toMatchObject({ shared: true, records: 3, finds: false });
  expect(describePair(cut.said)).toContain('what they share was found to be shared by too many');
  const grown = await ruleOf(['P2a', 'P2b']);
  expect(grown.rule).toMatchObject({ shared: true, records: 32, finds: true });
  expect(grown.rule?.largest).toBeLessThan(32);
  expect(grown.said.decision).toBe('linked');
});

test('a value that a source comes to give to everybody is left out, and what was weighed before stays', async () => {
  const dir = await makeProject({ config: peopleProject(1500), files: { 'people.csv': people() } });
  await buildWell(dir);
  const { model } = await asking(dir, async (all) => matchingOf(await projectIn(dir), all, undefined));
  const others = Array.from({ length: 5000 }, (_, i) => [`Y${i}`, `G${i}`, `H${i}`, '', '', '']);
  await put(dir, { 'people.csv': people(60, others) });
  const frozen = peopleProject({ model: 'model.json' });
  await configure(dir, frozen);
  await put(dir, { 'model.json': JSON.stringify(model) });
  await buildWell(dir);
  const flood = Array.from({ length: 5001 }, (_, i) => [`X${i}`, `Q${i}`, `W${i}`, '', 'olga.kern2@mail.example', '']);
  await put(dir, { 'people.csv': people(60, [...others, ...flood]) });
  await buildWell(dir);
  const matching = await asking(dir, async (all) => matchingOf(await projectIn(dir), all, undefined));
  expect(matching).toMatchObject({ records: 10094, learned: { anew_at: 10186, frozen: 'model.json' } });
  expect(matching.cuts).toBeGreaterThan(0);
  const among = await asking(dir, (all) => explainPair(all, ['X0', 'X1']));
  expect(among.rules.find((r) => r.rule === 'e-mail before the @ (email)')).toMatchObject({ shared: true, records: 5003, finds: false });
  expect(await asking(dir, (all) => explainPair(all, ['P2a', 'P2b']))).toMatchObject({ same: true, decision: 'linked' });
});

test('what people decided is named: as what brought records together, and as what keeps them apart', async () => {
  const dir = await makeProject({ config: peopleProject(), files: { 'people.csv': people() } });
  await buildWell(dir);
  const signed = { at: '2025-01-01T00:00:00.000Z', by: 'ann', entity: 'person', rests_on: [] };
  const [ada, zed, bert] = ['s.people:Ada1', 's.people:Zed1', 's.people:Ada2'];
  const same = withId({ ...signed, why: 'married', decision: 'same', records: [ada, zed] });
  const different = withId({ ...signed, why: 'twins', decision: 'different', records: [bert, zed] });
  await put(dir, { 'decisions.jsonl': lineOf(same) + lineOf(different) });
  await buildWell(dir);
  const joined = await asking(dir, (all) => explainPair(all, [ada, zed]));
  expect(joined.path).toMatchObject([{ decision: `${same.id} of ann: married`, weight: null }]);
  expect(describePair(joined)).toContain(`Decision ${same.id} of ann: married.`);
  const story = await asking(dir, (all) => explain(all, ada));
  if ('quarantined' in story) throw new Error('no entity');
  expect(story.merges[0]).toMatchObject({ decision: `${same.id} of ann: married`, sizes: [1, 1, 2] });
  // Through the decision that made them one, Zed's parts Ada from Ada too.
  const parted = await asking(dir, (all) => explainPair(all, [ada, bert]));
  expect(parted).toMatchObject({ same: false, parted: [{ decision_id: different.id, decided_by: 'ann', why: 'twins' }] });
  expect(describePair(parted)).toContain(`Decision ${different.id} of ann keeps them apart: twins.`);
});

test('a question for people shows what both records say; the key of an entity that is gone tells its history', async () => {
  const some = [
    ['Q1', 'Quentin', 'Queneau', '1903-02-21', 'quentin@mail.example', 'Bern'],
    ['Q2', 'Quirin', 'Queneau', '1903-02-21', 'x".$(y)@mail.example', 'Bern'],
  ];
  const dir = await makeProject({ config: peopleProject(), files: { 'people.csv': people(60, some) } });
  await buildWell(dir);
  const project = await projectIn(dir);
  const questions = await asking(dir, (all) => review(project, all, 200));
  const one = questions.find((q) => q.left.record === 's.people:Q1' && q.right.record === 's.people:Q2');
  expect(one?.attributes.find((a) => a.attribute === 'family_name')).toEqual({
    attribute: 'family_name',
    left: 'queneau',
    right: 'queneau',
    level: 'equal',
  });
  const { left } = await asking(dir, (all) => explainPair(all, ['Zed1', 'Ada1']));
  await put(dir, { 'people.csv': people().replace(/^Zed1.*\n/m, '') });
  await buildWell(dir);
  const gone = await asking(dir, (all) => explain(all, left.key));
  expect(gone).toMatchObject({ key: left.key, records: [], events: [{ event: 'created' }] });
  expect('quarantined' in gone ? '' : describeExplanation(gone)).toMatch(/all its records are gone.*created: first record s\.people:Zed1/s);
});

/** Asks the published snapshot of a project. */
async function asking<T>(dir: string, ask: (reader: Reader) => Promise<T>): Promise<T> {
  const one = await openReader(`${dir}/.onefold`);
  try {
    return await ask(one);
  } finally {
    one.engine.close();
  }
}
