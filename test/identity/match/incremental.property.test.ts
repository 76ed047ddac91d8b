import { cp, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { id, sql } from '../../../src/sql/tag.js';
import { generators } from '../../../src/testing/index.js';
import { inWarehouse, rowsOf } from '../../support/canonical.js';
import type { Config } from '../../support/project.js';
import { buildWell, makeProject, newFolder, projectIn, put, removeFolders } from '../../support/project.js';
import { cases, patience } from '../../support/property.js';

/*
 * What a build resolves of changed records alone is what comes out when every record is compared and resolved again, by the same model, with
 * the same frequencies and cuts.
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
    for (const table of ['records', 'features']) await engine.run(sql`UPDATE ${id('identity', `person_${table}`)} SET digest = 0`);
  });
  return copy;
}

/** What happens to a record: it goes, it gets another's value, or it comes. */
const edit = fc.record({
  kind: fc.constantFrom('gone', 'other', 'new', 'identifier'),
  at: fc.nat({ max: beginning - 1 }),
  with: fc.nat({ max: 10_000 }),
  column: fc.integer({ min: 3, max: columns.length - 1 }),
});

test(
  'what is resolved of changed records alone is what comes out of all',
  async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(edit, { minLength: 1, maxLength: 8 }), { minLength: 1, maxLength: 2 }), async (runs) => {
        let dir = await newFolder();
        await cp(first, dir, { recursive: true });
        let now = rows.slice(0, beginning).map((row) => [...row]);
        for (const edits of runs) {
          for (const { kind, at, with: other, column } of edits) {
            const [row, from] = [now[at % now.length], rows[other % rows.length]];
            if (row === undefined || from === undefined) continue;
            if (kind === 'gone') now = now.filter((r) => r !== row);
            else if (kind === 'new') now = [...now.filter((r) => r[0] !== from[0]), [...from]];
            else row[kind === 'identifier' ? 2 : column] = from[kind === 'identifier' ? 2 : column] ?? '';
          }
          await put(dir, { 'people.csv': textOf(now) });
          const again = await withoutRecords(dir);
          await buildWell(dir);
          await buildWell(again);
          expect(await rowsOf(dir, queries)).toEqual(await rowsOf(again, queries));
          dir = again;
        }
      }),
      cases(8),
    );
  },
  patience,
);
