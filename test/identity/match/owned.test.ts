import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { randomOf } from '../../../src/identity/match/random.js';
import { openProject, openReader } from '../../../src/index.js';
import { sql } from '../../../src/sql/tag.js';
import { clustersIn } from '../../support/matching.js';
import { buildWell, csv, makeProject, put, removeFolders } from '../../support/project.js';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });
afterAll(removeFolders);

const columns = ['id', 'authors', 'title', 'venue', 'year'] as const;
const syllables = 'bar nel tor vi ka ro mel san dor fin gra hel jo kes lum mar nor pel qui rad sol tan ul ver wex yor'.split(' ');
const venues = ['Journal of Sums', 'Annals of Fields', 'Letters on Graphs', 'Proceedings of Sets'];
const cited = 60;
const famous = 12;

/** Citations of papers: most are cited once or twice, the first ones very often. Authors and titles are mistyped, venue and year often wrong or missing. */
function citations(papers: number) {
  const random = randomOf(`citations of ${papers}`);
  const pick = (list: readonly string[]): string => list[Math.floor(random() * list.length)] ?? '';
  const word = (): string => pick(syllables) + pick(syllables) + pick(syllables);
  const typo = (text: string): string => {
    const at = 1 + Math.floor(random() * (text.length - 2));
    return random() < 0.25 ? text.slice(0, at) + text.slice(at + 1) : text;
  };
  return Array.from({ length: papers }, (_, paper) => {
    const authors = Array.from({ length: 2 }, () => `${word().charAt(0).toUpperCase()}. ${word()}`);
    const title = `${word()} ${word()} of ${word()} ${word()}`;
    const [venue, year] = [pick(venues), 1950 + Math.floor(random() * 50)];
    return Array.from({ length: paper < famous ? cited : 1 + Math.floor(random() * 2) }, () => ({
      paper,
      cells: [
        random() < 0.2 ? `${authors[0]} et al.` : typo(authors.join(', ')),
        random() < 0.7 ? title : typo(title),
        random() < 0.3 ? '' : random() < 0.7 ? venue : pick(venues),
        random() < 0.3 ? '' : `${year + (random() < 0.3 ? 1 : 0)}`,
      ],
    }));
  })
    .flat()
    .map(({ paper, cells }, i) => ({ paper, title: cells[1] ?? '', cells: [`c${i}`, ...cells] }));
}

describe('papers of which some are cited very often', () => {
  const rows = citations(900);
  /** Some citations of the first paper come later. */
  const isLater = (row: number): boolean => row < cited && row % 6 === 0;
  const later = rows.filter((_, i) => isLater(i));
  let dir = '';
  let bits: ReadonlyMap<string, number> = new Map();
  beforeAll(async () => {
    dir = await makeProject({
      config: {
        name: 'citations',
        sources: { s: { connector: 'file', streams: { list: { path: 'citations*.csv' } } } },
        tables: { list: { from: 's.list', key: 'id', columns: Object.fromEntries(columns.map((c) => [c, c])) } },
        entities: {
          paper: {
            records: [{ table: 'list', id: 'id', attributes: { authors: 'authors', title: 'title', venue: 'venue', year: 'year' } }],
            match: true,
          },
        },
      },
      files: {
        'citations.csv': csv(
          columns,
          rows.filter((_, i) => !isLater(i)).map((r) => r.cells),
        ),
      },
    });
    await buildWell(dir);
    const reader = await openReader((await openProject(dir)).store);
    const told = z.object({ attribute: z.string(), value: z.string(), bits: z.number() });
    const all = await reader.engine.rows(
      sql`SELECT attribute, value, bits FROM identity.paper_frequencies WHERE part = 'value' AND value IS NOT NULL`,
      told,
    );
    reader.engine.close();
    bits = new Map(all.map((v) => [`${v.attribute}: ${v.value}`, v.bits]));
  });

  it('takes a title that only one of them has for a rare one, however often it is cited, and a venue of many for a common one', () => {
    const records = rows.length - later.length;
    for (let paper = 1; paper < famous; paper++) {
      const [title = ''] = rows
        .filter((r) => r.paper === paper)
        .map((r) => r.title)
        .sort((a, b) => b.length - a.length);
      // Of `records` about forty have it, which alone would tell 5 bits; one that nobody else has tells one bit more than log2 of all.
      expect(bits.get(`title: ${title}`)).toBeGreaterThan(Math.log2(records) - 2);
    }
    for (const venue of venues) expect(bits.get(`venue: ${venue.toLowerCase()}`)).toBeLessThan(4);
  });

  it('finds them whole, and what comes later too', async () => {
    const quality = async (there: (row: number) => boolean) => {
      const found = (await clustersIn(dir, 'paper', 1)).map((ids) => ids.split(' ').map((id) => rows[Number(id.slice(1))]?.paper));
      const pairs = (sizes: Iterable<number>): number => [...sizes].reduce((n, size) => n + (size * (size - 1)) / 2, 0);
      const counted = <T>(list: readonly T[]): Iterable<number> =>
        list.reduce((m, x) => m.set(x, (m.get(x) ?? 0) + 1), new Map<T, number>()).values();
      const right = found.reduce((n, papers) => n + pairs(counted(papers)), 0);
      const all = pairs(counted(rows.filter((_, i) => there(i)).map((r) => r.paper)));
      return { precision: right / pairs(found.map((f) => f.length)), recall: right / all };
    };
    const first = await quality((i) => !isLater(i));
    expect(first.precision).toBeGreaterThan(0.98);
    expect(first.recall).toBeGreaterThan(0.97);
    await put(dir, {
      'citations_2.csv': csv(
        columns,
        later.map((r) => r.cells),
      ),
    });
    await buildWell(dir);
    const second = await quality(() => true);
    expect(second.precision).toBeGreaterThan(0.98);
    expect(second.recall).toBeGreaterThan(0.97);
  });
});
