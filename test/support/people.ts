import type { Config } from './project.js';
import { csv } from './project.js';

const given = [
  'Ann',
  'Bert',
  'Clara',
  'Dora',
  'Emil',
  'Frida',
  'Gustav',
  'Hilda',
  'Ivo',
  'Jonas',
  'Karla',
  'Leo',
  'Mona',
  'Nils',
  'Olga',
  'Peer',
];
const family = ['Abel', 'Brandt', 'Conrad', 'Dietz', 'Ernst', 'Fuchs', 'Gross', 'Haas', 'Iser', 'Jung', 'Kern'];
const cities = ['Bern', 'Graz', 'Kiel', 'Linz', 'Trier'];

/** Columns of `people`. */
const columns = ['id', 'given_name', 'family_name', 'birth_date', 'email', 'city'] as const;

/**
 * The people of one source: `count` of them, every second one twice with a slip, and Ada (twice) and Zed, who have nothing in common.
 * @param more rows to add, by column
 */
export function people(count = 60, more: readonly (readonly string[])[] = []): string {
  const rows: string[][] = [
    ['Ada1', 'Ada', 'Lovelace', '1815-12-10', 'ada@engine.example', 'London'],
    ['Ada2', 'Ada', 'Lovelase', '1815-12-10', 'ada@engine.example', 'London'],
    ['Zed1', 'Zed', 'Quist', '1999-09-09', 'zq@else.example', 'Oslo'],
  ];
  for (let i = 0; i < count; i++) {
    const [first, last, city] = [given[(i * 7) % 16] ?? '', family[(i * 5) % 11] ?? '', cities[i % 5] ?? ''];
    const born = `${1940 + ((i * 17) % 60)}-${String(1 + ((i * 5) % 12)).padStart(2, '0')}-${String(1 + ((i * 11) % 28)).padStart(2, '0')}`;
    const mail = `${first}.${last}${i}@mail.example`.toLowerCase();
    rows.push([`P${i}a`, first, last, born, mail, city]);
    if (i % 2 === 0)
      rows.push([`P${i}b`, i % 4 === 0 ? `${first.slice(0, -1)}` : first, last, born, i % 6 === 0 ? '' : mail, i % 10 === 0 ? '' : city]);
  }
  return csv(columns, [...rows, ...more]);
}

/** A project that finds who is who among `people.csv` by their attributes, comparing every record with every other, at most so many pairs, or as is said. */
export const peopleProject = (match?: number | Config): Config => ({
  name: 'people',
  sources: { s: { connector: 'file', streams: { people: { path: 'people.csv', mode: 'replace' } } } },
  tables: { people: { from: 's.people', key: 'id', columns: Object.fromEntries(columns.map((c) => [c, c])) } },
  entities: {
    person: {
      records: [{ table: 'people', id: 'id', attributes: Object.fromEntries(columns.filter((c) => c !== 'id').map((c) => [c, c])) }],
      match: typeof match === 'number' ? { pairs: match } : (match ?? true),
    },
  },
});
