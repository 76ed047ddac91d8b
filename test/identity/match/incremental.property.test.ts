import { cp, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { DecisionEvent } from '../../../src/identity/decisions.js';
import { lineOf, withId } from '../../../src/identity/decisions.js';
import { settle } from '../../../src/identity/settle.js';
import { id, sql } from '../../../src/sql/tag.js';
import { generators } from '../../../src/testing/index.js';
import { inWarehouse, rowsOf } from '../../support/canonical.js';
import type { Config } from '../../support/project.js';
import { buildWell, makeProject, newFolder, projectIn, put, removeFolders } from '../../support/project.js';
import { cases, patience } from '../../support/property.js';

/*
 * What a build resolves of changed records alone is what comes out when every record is compared and resolved again, by the same model, with
 * the same frequencies and cuts; and the keys of before lead on from run to run.
 */

afterAll(removeFolders);

const attributes = ['given_name', 'family_name', 'birth_date', 'email', 'phone', 'street'];
const columns = ['record_id', 'source', 'national_id', ...attributes];
const fields = (names: readonly string[]): Config => Object.fromEntries(names.map((name) => [name, name]));
const config: Config = {
  name: 'people',
  sources: { desk: { connector: 'file', streams: { people: { path: 'people.csv', mode: 'replace' } } } },
  tables: { people: { from: 'desk.people', key: 'record_id', columns: fields(columns) } },
  entities: {
    person: {
      identifiers: { national: { unique: 'entity' } },
      records: [{ table: 'people', id: 'record_id', identifiers: { national: 'national_id' }, attributes: fields(attributes) }],
      match: true,
    },
  },
};

/** The records, by column, the first line their names; and how many of them the first build has. */
let rows: readonly (readonly string[])[];
let first: string;
const beginning = 110;

function textOf(some: readonly (readonly string[])[]): string {
  return `${[columns, ...some].map((row) => row.map((cell) => `"${cell.replaceAll('"', '""')}"`).join(',')).join('\n')}\n`;
}

beforeAll(async () => {
  const out = await newFolder();
  await generators.find((g) => g.name === 'people')?.write({ out, seed: 5, customers: 90, truth: false });
  const [header = [], ...lines] = (await readFile(join(out, 'records.csv'), 'utf8'))
    .trim()
    .split('\n')
    .map((line) => [...line.matchAll(/"((?:[^"]|"")*)"|([^",]+)|(?<=^|,)(?=,|$)/g)].map((m) => m[1] ?? m[2] ?? ''));
  const places = columns.map((name) => header.indexOf(name));
  const known = new Map(lines.map((line) => [line[places[0] ?? 0] ?? '', places.map((i) => line[i] ?? '')]));
  rows = [...known.values()];
  first = await makeProject({ config, files: { 'people.csv': textOf(rows.slice(0, beginning)) } });
  await buildWell(first);
}, 120_000);

const queries = {
  crosswalk: sql`SELECT * FROM gold.person_crosswalk`,
  identifiers: sql`SELECT * FROM identity.person_identifiers`,
  links: sql`SELECT * FROM identity.person_links`,
  matches: sql`SELECT * FROM identity.person_matches`,
  redirects: sql`SELECT * FROM gold.person_redirects`,
  events: sql`SELECT * EXCLUDE (run_id) FROM identity.person_events`,
  decisions: sql`SELECT * FROM identity.person_decisions`,
  features: sql`SELECT * EXCLUDE (nr, digest) FROM identity.person_features`,
  golden: sql`SELECT * FROM gold.person`,
  provenance: sql`SELECT * FROM gold.person_provenance`,
  whole: sql`SELECT * FROM gold.person_360`,
};

/** A copy of a project with its store, in which nothing is known of the records but the model, the frequencies and the cuts. */
async function withoutRecords(dir: string): Promise<string> {
  const copy = await newFolder();
  await cp(dir, copy, { recursive: true });
  await inWarehouse(await projectIn(copy), async (engine) => {
    for (const table of ['records', 'features', 'seen']) await engine.run(sql`UPDATE ${id('identity', `person_${table}`)} SET digest = 0`);
    await engine.run(sql`UPDATE identity.person_seen SET rows_digest = 0`);
  });
  return copy;
}

/** What happens between two runs: a record goes, it gets another's value, or it comes, those that were decided about often; or people decide. */
const act = fc.record({
  kind: fc.constantFrom('gone', 'other', 'new', 'identifier', 'decided', 'same', 'different', 'split', 'value', 'undo'),
  at: fc.nat({ max: beginning - 1 }),
  with: fc.nat({ max: 10_000 }),
  column: fc.integer({ min: 3, max: columns.length - 1 }),
});
type Act = typeof act extends fc.Arbitrary<infer A> ? A : never;

/** The decision that an act is about a row and another, which may have gone; of relatives most often, so that there is something to part. */
function deciding({ kind, at, with: other, column }: Act, now: readonly (readonly string[])[], events: readonly DecisionEvent[]) {
  const signed = { at: new Date(Date.UTC(2025, 0, 1, 0, 0, events.length)).toISOString(), by: 'ann', why: 'seen' };
  const about = { ...signed, entity: 'person', rests_on: [] };
  const named = (row: readonly string[]): string => `desk.people:${row[0] ?? ''}`;
  const row = now[at % now.length] ?? [];
  const kin = rows.filter((r) => r !== row && r[4] === row[4] && r[0] !== row[0]);
  const [second = [], third = []] = [kin[other % kin.length] ?? rows[other % rows.length], rows[(other + 1) % rows.length]];
  const [a, b, c] = [named(row), named(second), named(third)];
  const undone = events[other % Math.max(1, events.length)];
  if (kind === 'undo')
    return undone === undefined || settle(events).undone.has(undone.id) ? null : withId({ ...signed, decision: kind, undoes: undone.id });
  if (new Set([a, b, c]).size < 3) return null;
  if (kind === 'same' || kind === 'different') return withId({ ...about, decision: kind, records: [a, b] });
  if (kind === 'split') return withId({ ...about, decision: kind, parts: [[a, c], [b]] });
  return withId({ ...about, decision: 'value', record: a, field: columns[column] ?? '', value: `${columns[column] ?? ''} ${other}` });
}

/** Of the records that decisions name, one more or one less. */
function comeOrGone(now: string[][], events: readonly DecisionEvent[], which: number): string[][] {
  const named = new Set(settle(events).decided.flatMap((d) => d.parts.flat()));
  const some = rows.filter((row) => named.has(`desk.people:${row[0] ?? ''}`));
  const one = some[which % some.length];
  if (one === undefined) return now;
  const rest = now.filter((row) => row[0] !== one[0]);
  return rest.length < now.length ? rest : [...now, [...one]];
}

const keyOfRecord = async (dir: string): Promise<ReadonlyMap<string, string>> => {
  const { crosswalk } = await rowsOf(dir, { crosswalk: sql`SELECT record, person_key FROM gold.person_crosswalk` });
  return new Map((crosswalk ?? []).map((row) => Object.values(JSON.parse(row))).map(([r, k]) => [String(r), String(k)]));
};

test(
  'what is resolved of changed records and new decisions alone is what comes out of all, and every key that was given leads somewhere',
  async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(act, { minLength: 1, maxLength: 8 }), { minLength: 1, maxLength: 3 }), async (runs) => {
        const dir = await newFolder();
        await cp(first, dir, { recursive: true });
        let now = rows.slice(0, beginning).map((row) => [...row]);
        const events: DecisionEvent[] = [];
        for (const acts of runs) {
          for (const one of acts) {
            const { kind, at, with: other, column } = one;
            const [row, from] = [now[at % now.length], rows[other % rows.length]];
            if (row === undefined || from === undefined) continue;
            if (kind === 'decided') now = comeOrGone(now, events, other);
            else if (kind === 'gone') now = now.filter((r) => r !== row);
            else if (kind === 'new') now = [...now.filter((r) => r[0] !== from[0]), [...from]];
            else if (kind === 'other' || kind === 'identifier')
              row[kind === 'identifier' ? 2 : column] = from[kind === 'identifier' ? 2 : column] ?? '';
            else {
              const event = deciding(one, now, events);
              if (event !== null) events.push(event);
            }
          }
          await put(dir, { 'people.csv': textOf(now), 'decisions.jsonl': events.map(lineOf).join('') });
          const before = await keyOfRecord(dir);
          const again = await withoutRecords(dir);
          await buildWell(dir);
          await buildWell(again);
          expect(await rowsOf(dir, queries)).toEqual(await rowsOf(again, queries));
          await expectKeysToLead(dir, before);
        }
      }),
      cases(8),
    );
  },
  patience,
);

test('a record that comes back is one again with whom people said, though nothing else of these has changed', async () => {
  const dir = await newFolder();
  await cp(first, dir, { recursive: true });
  const now = rows.slice(0, beginning);
  const [one = [], other = []] = [now[0], now.find((row) => row[4] !== now[0]?.[4])];
  const [left, right] = [`desk.people:${one[0] ?? ''}`, `desk.people:${other[0] ?? ''}`];
  const said = { at: '2025-01-01T00:00:00.000Z', by: 'ann', why: 'seen', entity: 'person', rests_on: [] };
  await put(dir, { 'decisions.jsonl': lineOf(withId({ ...said, decision: 'same', records: [left, right] })) });
  for (const some of [now.filter((row) => row !== other), now]) {
    await put(dir, { 'people.csv': textOf(some) });
    await buildWell(dir);
  }
  const keys = await keyOfRecord(dir);
  expect(keys.get(left)).toBe(keys.get(right));
}, 120_000);

test('a store that knows its records, and not yet which rows it has seen, is brought up to now like any other', async () => {
  const [dir, earlier] = [await newFolder(), await newFolder()];
  const now = rows.slice(1, beginning + 3).map((row, i) => (i === 0 ? row.with(5, '1990-01-01') : row));
  for (const store of [dir, earlier]) {
    await cp(first, store, { recursive: true });
    await put(store, { 'people.csv': textOf(now) });
  }
  await inWarehouse(await projectIn(earlier), async (engine) => {
    await engine.run(sql`DROP TABLE identity.person_seen`);
  });
  for (const store of [dir, earlier]) await buildWell(store);
  expect(await rowsOf(earlier, queries)).toEqual(await rowsOf(dir, queries));
}, 120_000);

/** Every key of before is an entity's still, or leads to one that is there, if any of its records is. */
async function expectKeysToLead(dir: string, before: ReadonlyMap<string, string>): Promise<void> {
  const now = await keyOfRecord(dir);
  const { redirects } = await rowsOf(dir, { redirects: sql`SELECT old_key, person_key FROM gold.person_redirects` });
  const leads = new Map((redirects ?? []).map((row) => Object.values(JSON.parse(row))).map(([o, k]) => [String(o), String(k)]));
  const there = new Set(now.values());
  for (const [record, key] of before) if (now.has(record)) expect(there.has(leads.get(key) ?? key)).toBe(true);
  for (const [old, key] of leads) expect([there.has(old), there.has(key) || !redirected(before, now, key)]).toEqual([false, true]);
}

/** Whether a record that had a key is still there. */
function redirected(before: ReadonlyMap<string, string>, now: ReadonlyMap<string, string>, key: string): boolean {
  return [...before].some(([record, k]) => k === key && now.has(record));
}
