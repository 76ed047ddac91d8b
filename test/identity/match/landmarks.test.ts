import { afterAll, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { randomOf } from '../../../src/identity/match/random.js';
import { openMatcher, openProject, openReader } from '../../../src/index.js';
import { sql } from '../../../src/sql/tag.js';
import { buildWell, csv, makeProject, put, removeFolders } from '../../support/project.js';

vi.setConfig({ testTimeout: 120_000 });
afterAll(removeFolders);

const columns = ['order_id', 'given_name', 'family_name', 'birth_date', 'email', 'phone', 'city'] as const;
const syllables = 'bar nel tor vi ka ro mel san dor fin gra hel jo kes lum mar nor pel qui rad sol tan ul ver wex yor'.split(' ');
const towns = 'Berlin Hamburg Leipzig Bremen Dresden Kassel Mainz Trier Ulm Jena Essen Bonn'.split(' ');

/** Orders of guests, as a shop keeps them: most buy once or twice, the first has `often` orders, and every tenth gives the shop's own address of e-mail. */
function orders(customers: number, often: number) {
  const random = randomOf(`orders of ${customers}, ${often} of one`);
  const pick = (list: readonly string[]): string => list[Math.floor(random() * list.length)] ?? '';
  const word = (): string => {
    const text = pick(syllables) + pick(syllables) + pick(syllables);
    return text.charAt(0).toUpperCase() + text.slice(1);
  };
  const digits = (n: number): string => Array.from({ length: n }, () => Math.floor(random() * 10)).join('');
  const rows: string[][] = [];
  const of: number[] = [];
  for (let customer = 0; customer < customers; customer++) {
    const who = [word(), word(), `19${50 + Math.floor(random() * 50)}-0${1 + Math.floor(random() * 9)}-1${digits(1)}`];
    const email = random() < 0.1 && customer > 0 ? 'counter@shop.example' : `${who.slice(0, 2).join('.')}@mail.example`.toLowerCase();
    const [phone, town] = [`+49 30 ${digits(8)}`, pick(towns)];
    const count = customer === 0 ? often : 1 + Math.floor(random() * 2);
    for (let order = 0; order < count; order++) {
      const [first = '', last = '', born = ''] = who;
      const left = Math.floor(random() * 3);
      rows.push([`${rows.length}`, first, last, left === 0 ? '' : born, left === 1 ? '' : email, random() < 0.35 ? '' : phone, town]);
      of.push(customer);
    }
  }
  return { rows, of };
}

it('holds one with very many records together, though the blocks that these share are too large to compare', async () => {
  const { rows, of } = orders(5000, 300);
  const [some, more] = [rows.filter((_, i) => of[i] !== 0 || i % 10 > 0), rows.filter((_, i) => of[i] === 0 && i % 10 === 0)];
  const attributes = Object.fromEntries(columns.slice(1).map((c) => [c, c]));
  const dir = await makeProject({
    config: {
      name: 'shop',
      sources: { shop: { connector: 'file', streams: { orders: { path: 'orders*.csv' } } } },
      tables: { orders: { from: 'shop.orders', key: 'order_id', columns: Object.fromEntries(columns.map((c) => [c, c])) } },
      entities: {
        customer: {
          records: [{ table: 'orders', id: 'order_id', attributes }],
          match: { largest: 1000, pairs: 100_000 },
        },
      },
    },
    files: { 'orders.csv': csv(columns, some) },
  });
  const read = async () => {
    const reader = await openReader((await openProject(dir)).store);
    const keys = await reader.engine.rows(
      sql`SELECT record_id, customer_key FROM gold.customer_crosswalk ORDER BY record_id::INTEGER`,
      z.object({ record_id: z.string(), customer_key: z.string() }),
    );
    const [cut] = await reader.engine.rows(
      sql`SELECT count(*)::INTEGER AS blocks FROM identity.customer_cuts`,
      z.object({ blocks: z.number() }),
    );
    reader.engine.close();
    const ofMost = keys.filter(({ record_id }) => of[Number(record_id)] === 0);
    const key = ofMost[0]?.customer_key;
    return {
      cut: cut?.blocks ?? 0,
      key,
      orders: ofMost.length,
      keys: new Set(ofMost.map((k) => k.customer_key)).size,
      others: keys.filter((k) => k.customer_key === key).length - ofMost.length,
      customers: new Set(keys.map((k) => k.customer_key)).size,
    };
  };
  await buildWell(dir);
  const first = await read();
  expect(first).toMatchObject({ orders: 300 - more.length, keys: 1, others: 0 });
  expect(first.cut).toBeGreaterThan(0);
  // The address that the shop gives to everybody joins nobody.
  expect(first.customers).toBeGreaterThan(4950);

  await put(dir, { 'orders_2.csv': csv(columns, more) });
  await buildWell(dir);
  expect(await read()).toMatchObject({ key: first.key, orders: 300, keys: 1, others: 0, customers: first.customers });

  const matcher = await openMatcher(await openProject(dir));
  const [, ...known] = more[0] ?? [];
  const found = await matcher.match(Object.fromEntries(columns.slice(1).map((c, i) => [c, known[i] ?? ''])));
  matcher.close();
  expect(found).toMatchObject({ outcome: 'known', key: first.key });
});
