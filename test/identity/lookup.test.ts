import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { z } from 'zod';
import type { Matcher, Reader } from '../../src/index.js';
import { openMatcher, openReader } from '../../src/index.js';
import { sql } from '../../src/sql/tag.js';
import { people, peopleProject } from '../support/people.js';
import { buildWell, makeProject, projectIn, put, removeFolders } from '../support/project.js';

vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 });

let reader: Reader;
let matcher: Matcher;
const source = people();
beforeAll(async () => {
  const dir = await makeProject({ config: peopleProject(), files: { 'people.csv': source } });
  await buildWell(dir);
  reader = await openReader(`${dir}/.onefold`);
  matcher = await openMatcher(await projectIn(dir));
});
afterAll(async () => {
  matcher.close();
  reader.engine.close();
  await removeFolders();
});

test('looking up any record that is in the data finds its own entity', async () => {
  const keys = new Map(
    (
      await reader.engine.rows(
        sql`SELECT record_id AS id, person_key AS key FROM gold.person_crosswalk`,
        z.object({ id: z.string(), key: z.string() }),
      )
    ).map((r) => [r.id, r.key]),
  );
  const [head = '', ...lines] = source.trim().split('\n');
  const columns = head.split(',');
  expect(lines.length).toBeGreaterThan(80);
  for (const line of lines) {
    const [id = '', ...values] = line.split(',');
    const found = await matcher.match(Object.fromEntries(columns.slice(1).map((c, i) => [c, values[i]])));
    expect([id, found.outcome, found.key]).toEqual([id, 'known', keys.get(id)]);
  }
});

test('a record weighs what it weighs in the build that then brings it, also where nobody has its values', async () => {
  const all = people(60, [
    ['X1', 'Xaver', 'Zorn', '1901-02-03', 'x@zorn.example', 'Riga'],
    ['X2', 'Xaver', 'Zorn', '1901-02-03', 'zorn@x.example', 'Riga'],
  ]);
  const [head = '', ...lines] = all.trim().split('\n');
  const come = lines.filter((line, i) => i % 9 === 4 || line.startsWith('X2'));
  const dir = await makeProject({
    config: peopleProject(),
    files: { 'people.csv': `${[head, ...lines.filter((line) => !come.includes(line))].join('\n')}\n` },
  });
  await buildWell(dir);
  const before = await openMatcher(await projectIn(dir));
  const columns = head.split(',').slice(1);
  const asked = new Map<string, number>();
  for (const line of come) {
    const [id = '', ...values] = line.split(',');
    const { entities } = await before.match(Object.fromEntries(columns.map((c, i) => [c, values[i]])));
    for (const { record, waterfall } of entities.flatMap((e) => e.records)) asked.set(`s.people:${id} ${record}`, waterfall.weight);
  }
  before.close();
  await put(dir, { 'people.csv': all });
  await buildWell(dir);
  const { engine } = await openReader(`${dir}/.onefold`);
  const built = await engine.rows(
    sql`SELECT unnest([left_record || ' ' || right_record, right_record || ' ' || left_record]) AS pair, weight::DOUBLE AS weight FROM identity.person_matches`,
    z.object({ pair: z.string(), weight: z.number() }),
  );
  engine.close();
  const found = built.filter(({ pair }) => asked.has(pair));
  expect(found.length).toBeGreaterThan(5);
  for (const { pair, weight } of found) expect([pair, asked.get(pair)]).toEqual([pair, expect.closeTo(weight, 2)]);
});

test('one who is not in the data is new, one with a slip is known, with the level of each attribute', async () => {
  const unseen = await matcher.match({ given_name: 'Quirin', family_name: 'Zabel', birth_date: '1911-11-11', email: 'qz@nowhere.example' });
  expect(unseen).toMatchObject({ outcome: 'new', key: null });
  const slip = await matcher.match({
    given_name: 'ADA',
    family_name: 'Lovelacce',
    birth_date: new Date('1815-12-10'),
    email: 'ada@engine.example',
  });
  expect(slip.outcome).toBe('known');
  const [first] = slip.entities[0]?.records ?? [];
  const levels = Object.fromEntries((first?.waterfall.attributes ?? []).map((a) => [a.attribute, a.level]));
  expect(levels).toMatchObject({ given_name: 'equal', birth_date: 'equal', email: 'equal', city: null });
  expect(levels['family_name']).not.toBe('disagree');
});

test('an unknown attribute is an error with a suggestion; no value at all is nobody', async () => {
  await expect(matcher.match({ givn_name: 'Ada' })).rejects.toMatchObject({
    code: 'USAGE',
    message: 'person has no attribute `givn_name`; did you mean `given_name`?',
  });
  expect(await matcher.match({})).toMatchObject({ outcome: 'new', entities: [] });
});
