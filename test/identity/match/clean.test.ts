import { afterAll, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { randomOf } from '../../../src/identity/match/random.js';
import { sql } from '../../../src/sql/tag.js';
import { buildWell, csv, makeProject, removeFolders } from '../../support/project.js';
import { rowsIn } from '../../support/query.js';

vi.setConfig({ testTimeout: 120_000 });
afterAll(removeFolders);

const words =
  `adaptive aggregate approximate caching cluster compression concurrency constraint cube distributed duplicate fuzzy graph histogram index
  integration join language lineage locking log mapping memory mining mobile multidimensional nested object optimization parallel partition pattern plan privacy
  query ranking recovery relational replication sampling scheduling schema secure sensor similarity skyline spatial storage stream temporal text top transaction
  tree trigger update view warehouse workflow xml`.split(/\s+/);
const names =
  'Adler Baker Chen Diaz Egger Fox Gray Hahn Ito Jung Klein Lopez Moser Nagy Olsen Peters Quast Rossi Silva Tran Ueda Vogt Weber Young'.split(
    ' ',
  );
const columns = ['id', 'title', 'authors', 'venue', 'year'] as const;

type Row = readonly string[];

/**
 * Two bibliographies of the same papers, of which a quarter appeared at a conference and, a year later, in a journal: alike, and two. The other list has `repeats` of its
 * papers a second time, written otherwise.
 */
function bibliographies(papers: number, repeats: number) {
  const random = randomOf(`${papers} papers, ${repeats} of them twice`);
  const pick = (list: readonly string[]): string => list[Math.floor(random() * list.length)] ?? '';
  const some = (list: readonly string[], n: number): string[] => Array.from({ length: n }, () => pick(list));
  const [one, other]: [Row[], Row[]] = [[], []];
  const put = (title: string, authors: readonly string[], journal: boolean, year: number): void => {
    const nr = one.length;
    const [short, long] = journal ? ['VLDB J.', 'The VLDB Journal'] : ['VLDB', 'Very Large Data Bases'];
    one.push([`a${nr}`, title, authors.join(', '), short, `${year}`]);
    other.push([
      `b${nr}`,
      random() < 0.2 ? `${title} (abstract)` : title,
      authors.map((a) => a.replace(/^(.)\w+/, '$1.')).join(', '),
      long,
      `${year}`,
    ]);
    if (nr < repeats) other.push([`c${nr}`, title, authors.toReversed().join(', '), long, `${year}`]);
  };
  for (let i = 0; i < papers; i++) {
    const title = some(words, 6).join(' ');
    const authors = some(names, 2 + Math.floor(random() * 2)).map(
      (name) => `${pick(['Ann', 'Bob', 'Carl', 'Dora', 'Eva', 'Finn'])} ${name}`,
    );
    const year = 1990 + Math.floor(random() * 14);
    put(title, authors, false, year);
    if (i % 4 === 0) put(title, authors, true, year + 1);
  }
  return { one, other };
}

/** The sources that are seen to hold nobody twice, and how many pairs of two lists were made one. */
async function linked({
  one,
  other,
}: ReturnType<typeof bibliographies>): Promise<{ readonly clean: string[]; readonly right: number; readonly wrong: number }> {
  const fields = Object.fromEntries(columns.map((name) => [name, name]));
  const attributes = Object.fromEntries(columns.slice(1).map((name) => [name, name]));
  const list = (name: string) => ({ connector: 'file', streams: { papers: { path: `${name}.csv` } } });
  const dir = await makeProject({
    config: {
      name: 'papers',
      sources: { one: list('one'), other: list('other') },
      tables: { one: { from: 'one.papers', key: 'id', columns: fields }, other: { from: 'other.papers', key: 'id', columns: fields } },
      entities: {
        paper: {
          records: ['one', 'other'].map((table) => ({ table, id: 'id', attributes })),
          match: { within: 'between_sources' },
        },
      },
    },
    files: { 'one.csv': csv(columns, one), 'other.csv': csv(columns, other) },
  });
  await buildWell(dir);
  const [row = ''] = await rowsIn(
    dir,
    sql`SELECT (SELECT model->'one_per_source' FROM identity.paper_model)::VARCHAR AS clean, count(*) FILTER (substr(a.record_id, 2) = substr(b.record_id, 2))::INTEGER AS "right",
      count(*) FILTER (substr(a.record_id, 2) <> substr(b.record_id, 2))::INTEGER AS wrong
      FROM gold.paper_crosswalk a JOIN gold.paper_crosswalk b USING (paper_key) WHERE a.source = 'one' AND b.source = 'other'`,
  );
  const found = z.object({ clean: z.string(), right: z.number(), wrong: z.number() }).parse(JSON.parse(row));
  return { ...found, clean: z.array(z.string()).parse(JSON.parse(found.clean)) };
}

it('tells the versions of a paper apart, where both lists have both and nothing twice', async () => {
  const papers = bibliographies(400, 0);
  const { clean, right, wrong } = await linked(papers);
  expect(clean).toEqual(['one', 'other']);
  expect(right).toBeGreaterThan(0.98 * papers.one.length);
  expect(wrong).toBeLessThan(5);
});

it('finds what a list has twice, though it has versions of papers as well', async () => {
  const papers = bibliographies(400, 60);
  const { clean, right } = await linked(papers);
  expect(clean).toEqual(['one']);
  expect(right).toBeGreaterThan(0.95 * papers.other.length);
});
