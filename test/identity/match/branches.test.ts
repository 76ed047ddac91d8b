import { afterAll, describe, expect, it, test, vi } from 'vitest';
import { z } from 'zod';
import { describePair } from '../../../src/cli/evidence.js';
import { attributeKind } from '../../../src/identity/match/attributes/registry.js';
import { placesOfBranches } from '../../../src/identity/match/kin.js';
import { randomOf } from '../../../src/identity/match/random.js';
import { openReader } from '../../../src/index.js';
import { explainPair } from '../../../src/run/explain/explain_pair.js';
import { sql } from '../../../src/sql/tag.js';
import { buildWell, makeProject, removeFolders } from '../../support/project.js';

vi.setConfig({ testTimeout: 120_000 });
afterAll(removeFolders);

const columns = ['name', 'street', 'city', 'postcode', 'phone', 'website'] as const;
type Site = Readonly<Record<(typeof columns)[number], string>>;

const syllables =
  'bar nel tor vi ka ro mel san dor fin gra hel jo kes lum mar nor pel qui rad sol tan ul ver wex yor zan bri cla dre'.split(' ');
const trades = 'Logistics Foods Systems Energy Textiles Media Steel Travel Pharma Motors Hotels Plastics'.split(' ');
const towns = 'Berlin Hamburg Leipzig Bremen Dresden Kassel Mainz Trier Ulm Jena Essen Bonn'.split(' ');

/** Companies, a quarter of which have branches in up to five places, as one row a site; a share of the sites again, as somebody else would write them. */
function sites(companies: number, again: number): { readonly rows: readonly Site[]; readonly of: readonly number[] } {
  const random = randomOf(`branches of ${companies}, ${again} again`);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  const word = (): string => {
    const text = pick(syllables) + pick(syllables) + pick(syllables);
    return text.charAt(0).toUpperCase() + text.slice(1);
  };
  const streets = Array.from({ length: 150 }, () => `${word()}weg`);
  const written: { readonly site: Site; readonly of: number }[] = [];
  let of = 0;
  for (let company = 0; company < companies; company++) {
    const [brand, trade] = [word(), pick(trades)];
    const places = random() < 0.25 ? 2 + Math.floor(random() * 4) : 1;
    for (let place = 0; place < places; place++, of++) {
      const city = pick(towns);
      const site: Site = {
        name: `${brand} ${trade}${random() < 0.3 ? ` ${city}` : ''} GmbH`,
        street: `${pick(streets)} ${1 + Math.floor(random() * 150)}`,
        city,
        postcode: `${10_000 + Math.floor(random() * 89_999)}`,
        phone: `+49${100_000_000 + Math.floor(random() * 899_999_999)}`,
        website: `${brand.toLowerCase()}.example`,
      };
      written.push({ site, of });
      if (random() >= again) continue;
      const name = pick([
        site.name.replace(' GmbH', ''),
        site.name.toUpperCase(),
        site.name.replace(/(.)(.)/, '$2$1'),
        `${site.name} & Co. KG`,
      ]);
      const spared = (value: string): string => (random() < 0.15 ? '' : value);
      written.push({
        site: {
          ...site,
          name,
          street: spared(site.street),
          postcode: spared(site.postcode),
          phone: spared(site.phone),
          website: spared(site.website),
        },
        of,
      });
    }
  }
  return { rows: written.map(({ site }) => site), of: written.map((w) => w.of) };
}

/** A project of sites, of which some columns are known. */
async function known(rows: readonly Partial<Site>[], columns: readonly (keyof Site)[]): Promise<string> {
  const fields = Object.fromEntries(columns.map((name) => [name, name]));
  const dir = await makeProject({
    config: {
      name: 'companies',
      sources: { crm: { connector: 'file', streams: { sites: { path: 'sites.csv' } } } },
      tables: { sites: { from: 'crm.sites', key: 'id', columns: { id: 'id', ...fields } } },
      entities: { site: { records: [{ table: 'sites', id: 'id', attributes: fields }], match: true } },
    },
    files: {
      'sites.csv': `${[['id', ...columns].join(','), ...rows.map((row, i) => [i, ...columns.map((c) => row[c] ?? '')].join(','))].join('\n')}\n`,
    },
  });
  await buildWell(dir);
  return dir;
}

const companies = (rows: readonly Site[]): Promise<string> => known(rows, columns);

/** Pairs of records that are one in the snapshot, and how many of these are of one site. */
async function joined(dir: string, of: readonly number[]): Promise<{ readonly pairs: number; readonly right: number }> {
  const reader = await openReader(`${dir}/.onefold`);
  const pairs = await reader.engine.rows(
    sql`SELECT l.record_id AS l, r.record_id AS r FROM gold.site_crosswalk l JOIN gold.site_crosswalk r USING (site_key) WHERE l.record_id < r.record_id`,
    z.object({ l: z.coerce.number(), r: z.coerce.number() }),
  );
  reader.engine.close();
  return { pairs: pairs.length, right: pairs.filter(({ l, r }) => of[l] === of[r]).length };
}

describe('branches of one company, which share its name and its website', () => {
  test.each([
    ['half of them', 0.5, 0.93],
    ['a twentieth', 0.05, 0.85],
  ])('stay what they are where %s are there twice', async (_, again, recall) => {
    const { rows, of } = sites(900, again);
    const { pairs, right } = await joined(await companies(rows), of);
    expect(right / pairs).toBeGreaterThan(0.97);
    expect(right / (of.length - new Set(of).size)).toBeGreaterThan(recall);
  });

  test('are not joined where nothing is there twice', async () => {
    const { rows, of } = sites(900, 0);
    expect((await joined(await companies(rows), of)).pairs).toBeLessThan(5);
  });

  test('are what a pair is weighed against, beside strangers and whoever is at one place', async () => {
    const { rows, of } = sites(600, 0.4);
    const dir = await companies(rows);
    const reader = await openReader(`${dir}/.onefold`);
    const weighed = await reader.engine.rows(
      sql`SELECT left_record AS l, right_record AS r, weight::DOUBLE AS weight FROM identity.site_matches ORDER BY abs(weight), l, r LIMIT 12`,
      z.object({ l: z.string(), r: z.string(), weight: z.number() }),
    );
    expect(weighed).toHaveLength(12);
    for (const { l, r, weight } of weighed) {
      const { waterfall: w } = await explainPair(reader, [l, r]);
      expect(w?.weight).toBeCloseTo(weight, 2);
      expect(w?.against_branches).toBeCloseTo(
        w?.attributes.reduce((bits, a) => bits + a.against_branches, w.prior.against_branches ?? 0) ?? 0,
        9,
      );
    }
    const place = of.findIndex(
      (site, i) => rows[i]?.name !== undefined && rows.some((row, k) => of[k] !== site && row.name === rows[i]?.name),
    );
    const other = rows.findIndex((row, k) => of[k] !== of[place] && row.name === rows[place]?.name);
    const said = await explainPair(reader, [`crm.sites:${place}`, `crm.sites:${other}`]);
    reader.engine.close();
    expect(said.same).toBe(false);
    expect(said.waterfall?.against_branches).toBeLessThan(0);
    expect(said.waterfall?.against_strangers).toBeGreaterThan(said.waterfall?.against_branches ?? 0);
    expect(describePair(said)).toMatch(/strangers +relatives +branches\n.*strangers, relatives and branches weighed together/s);
  });
});

describe('neighbours, of which nothing but the address is known', () => {
  test.each([0.4, 0.1, 0])('stay what they are where a share of %d is there twice', async (again) => {
    const random = randomOf(`neighbours, ${again} again`);
    const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
    const rows: Partial<Site>[] = [];
    const of: number[] = [];
    let nr = 0;
    for (const city of towns.slice(0, 6)) {
      for (let i = 0; i < 25; i++) {
        const [street, postcode] = [
          `${pick(syllables)}${pick(syllables)}${pick(syllables)}weg`,
          `${10_000 + Math.floor(random() * 89_999)}`,
        ];
        for (let house = 1; house < 60; house += 1 + Math.floor(random() * 15), nr++) {
          rows.push({ street: `${street} ${house}`, city, postcode });
          of.push(nr);
          if (random() >= again) continue;
          rows.push({
            street: `${pick([street, street.replace(/(.)(.)$/, '$2$1')])} ${house}`,
            city,
            postcode: random() < 0.2 ? '' : postcode,
          });
          of.push(nr);
        }
      }
    }
    const { pairs, right } = await joined(await known(rows, ['street', 'city', 'postcode']), of);
    expect(right).toBeGreaterThanOrEqual(0.97 * pairs);
    expect(right).toBeGreaterThanOrEqual(0.7 * (of.length - nr));
  });
});

describe('the places that tell branches', () => {
  const placesOf = (...kinds: readonly string[]) => placesOfBranches(kinds.map((kind) => ({ name: kind, kind: attributeKind(kind) })));

  it.each([
    ['the address, where there is one', ['company', 'address', 'city', 'postcode'], [undefined, 'exact', 'rough', 'rough']],
    ['coordinates likewise', ['text', 'city', 'coordinates'], [undefined, 'rough', 'exact']],
    ['else the postcode', ['company', 'city', 'postcode'], [undefined, 'rough', 'exact']],
    ['else the city', ['company', 'city', 'email'], [undefined, 'exact', undefined]],
    ['the address, where places are all that is known', ['address', 'city', 'word'], ['exact', 'rough', undefined]],
    ['none where people are matched, who move', ['name', 'employer', 'address', 'city'], [undefined, undefined, undefined, undefined]],
    ['none of what people have written', ['text', 'people', 'collection', 'address'], [undefined, undefined, undefined, undefined]],
    ['none where nothing has a name of its own', ['email', 'phone', 'address'], [undefined, undefined, undefined]],
    ['none where nothing says where it is', ['company', 'phone', 'code'], [undefined, undefined, undefined]],
  ])('are %s', (_, kinds, places) => {
    expect(placesOf(...kinds)).toEqual(places);
  });
});
