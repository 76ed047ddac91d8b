import { describe, expect, test } from 'vitest';
import { customers, erpnextTests, expectSame, lists, reader, start, truth } from '../support/erpnext.js';
import type { Follower } from '../support/follow.js';
import { errorOf } from '../support/http.js';

erpnextTests();

describe('a first reading', () => {
  test('has all documents, behind the pages of 20 that the site gives by itself', async () => {
    const site = await start();
    const follower = reader(site, { page_size: 500 });
    expect(await follower.read()).toEqual([]);
    await expectSame(follower, site);
    expect(follower.standing.size).toBe(55);
  });

  test('of documents that were all saved in the same instant passes none over', async () => {
    const modified = '2026-01-11 06:01:24.910269';
    const site = await start({ doctypes: { Customer: customers(55).map((c) => ({ ...c, modified })) } });
    const follower = reader(site);
    await follower.read();
    await expectSame(follower, site);
  });

  test('misses nothing that is inserted, saved or deleted meanwhile, whatever the page', async () => {
    for (const at of [1, 2, 3, 4, 5, 6]) {
      const site = await start();
      const follower = reader(site);
      const act = (): void => {
        for (const n of [1, 2, 20, 21, 54]) site.update('Customer', `Customer ${n}`, { territory: 'East' });
        for (const n of [3, 30, 55]) site.remove('Customer', `Customer ${n}`);
        site.insert('Customer', { name: 'AAA', territory: 'West', email_id: null });
      };
      site.fail([{ kind: 'meanwhile', on: /resource\/Customer/, at, act }]);
      expect(await follower.read()).toEqual([]);
      await expectSame(follower, site);
    }
  });

  test('that dies at any page goes on there', async () => {
    for (const dies of [1, 2, 3, 4, 5]) {
      const site = await start();
      const follower = reader(site);
      await follower.read({ pages: dies });
      const before = lists(site).length;
      site.update('Customer', 'Customer 2', { territory: 'East' });
      site.remove('Customer', 'Customer 3');
      await follower.read();
      expect(lists(site).length - before).toBeLessThanOrEqual(8 - dies);
      await expectSame(follower, site);
    }
  });

  test('of an empty DocType is complete', async () => {
    const site = await start({ doctypes: { Customer: [] } });
    expect(await reader(site).read()).toEqual([]);
  });

  test('of a DocType that the site can not count is complete, with an empty page for its end', async () => {
    const site = await start({ doctypes: { 'Support Case': customers(25) } });
    const follower = reader(site, { doctype: 'Support Case', full_every: 0 });
    expect(await follower.read()).toEqual([]);
    expect([follower.standing.size, lists(site, 'Support Case').length]).toEqual([25, 4]);
    site.remove('Support Case', 'Customer 1', true);
    expect(await follower.read()).toEqual([]);
    expect(follower.standing.size).toBe(24);
  });

  test('that a site cuts to fewer rows than were asked for is complete', async () => {
    for (const rows of [3, 25]) {
      const site = await start({ faults: [{ kind: 'cap', rows }] });
      const follower = reader(site, { page_size: 500 });
      await follower.read();
      await expectSame(follower, site);
    }
  });

  test('lands the fields that are asked for, with the two that are always there', async () => {
    const site = await start({ doctypes: { Customer: customers(3) } });
    const follower = reader(site, { fields: ['territory', 'name', 'territory'], filters: [['territory', '=', 'North']] });
    await follower.read();
    for (const record of follower.standing.values()) expect(Object.keys(record).sort()).toEqual(['modified', 'name', 'territory']);
    expect(follower.standing.size).toBe(2);
  });

  test('lands documents of every state: draft, submitted, cancelled', async () => {
    const site = await start({ doctypes: { Customer: customers(3).map((c, docstatus) => ({ ...c, docstatus })) } });
    const follower = reader(site);
    await follower.read();
    expect([...follower.standing.values()].map((record) => record['docstatus'])).toEqual([0, 1, 2]);
  });
});

describe('what is new', () => {
  test('is asked for from the last time on, by the clock of the site; nothing new costs one list and one look into the log', async () => {
    for (const zoneHours of [-11, 0, 13]) {
      const site = await start({ zoneHours, doctypes: { Customer: customers(12) } });
      const follower = reader(site, { overlap: 0 });
      await follower.read();
      const before = site.requests.length;
      await follower.read();
      expect(site.requests.slice(before).map(({ path }) => path)).toEqual(['/api/resource/Customer', '/api/resource/Deleted%20Document']);
      expect(JSON.parse(lists(site).at(-1)?.query['filters'] ?? '')).toEqual([
        [
          'modified',
          '>=',
          String([...(await truth(site)).values()].length === 12 ? follower.standing.get('Customer 12')?.['modified'] : ''),
        ],
      ]);
      site.update('Customer', 'Customer 5', { territory: 'East' });
      site.insert('Customer', { name: 'new', territory: 'West', email_id: null });
      await follower.read();
      await expectSame(follower, site);
    }
  });

  test('without the log costs one request', async () => {
    const site = await start({ doctypes: { Customer: customers(12) } });
    const follower = reader(site, { deleted: false, page_size: 500 });
    await follower.read();
    const before = site.requests.length;
    await follower.read();
    expect(site.requests.length - before).toBe(1);
  });

  test('is complete over many pages, and with what is saved meanwhile', async () => {
    const site = await start();
    const follower = reader(site, { overlap: 0 });
    await follower.read();
    for (let n = 1; n <= 40; n++) site.update('Customer', `Customer ${n}`, { territory: 'East' });
    site.fail([
      { kind: 'meanwhile', on: /resource\/Customer/, at: 2, act: () => site.update('Customer', 'Customer 1', { territory: 'West' }) },
    ]);
    await follower.read();
    await expectSame(follower, site);
  });

  test('of a document that is saved late, with a time within the overlap, is seen', async () => {
    const site = await start();
    const follower = reader(site);
    await follower.read();
    const before = new Date(Date.now() - 200_000).toISOString().replace('T', ' ').slice(0, 23);
    site.update('Customer', 'Customer 9', { territory: 'East', modified: `${before}000` });
    await follower.read();
    await expectSame(follower, site);
  });

  test('is seen although a document is dated in the far future, which is said', async () => {
    const site = await start({ doctypes: { Customer: [...customers(3), { name: 'strange', modified: '2099-01-01 00:00:00.000000' }] } });
    const follower = reader(site);
    for (let n = 1; n <= 3; n++) {
      expect(await follower.read()).toEqual([
        '1 records of Customer have a modified that lies in the future: it hides no other change, and they are read again in every run until it is mended or has come',
      ]);
      site.update('Customer', `Customer ${n}`, { territory: 'East' });
    }
    await follower.read();
    await expectSame(follower, site);
  });

  test('of a stretch of time is read again, and the cursor stands', async () => {
    const day = (n: number): string => `2026-03-0${n} 12:00:00.000000`;
    const site = await start({ doctypes: { Customer: customers(5).map((c, i) => ({ ...c, modified: day(i + 1) })) } });
    const follower = reader(site);
    await follower.read();
    for (let n = 1; n <= 5; n++) site.update('Customer', `Customer ${n}`, { territory: 'East', modified: day(n) });
    await follower.read({ window: { from: new Date('2026-03-02T00:00:00Z'), to: new Date('2026-03-04T12:00:00Z') } });
    const changed = [...follower.standing.values()].filter((record) => record['territory'] === 'East').map(({ name }) => name);
    expect(changed).toEqual(['Customer 2', 'Customer 3']);
    await follower.read();
    expect(JSON.parse(lists(site).at(-1)?.query['filters'] ?? '')).toEqual([['modified', '>=', '2026-03-05 11:55:00.000']]);
  });
});

describe('what is deleted', () => {
  test('is seen by the log, and a name that was given anew is not gone', async () => {
    const site = await start();
    const follower = reader(site);
    await follower.read();
    for (const n of [1, 2, 3]) site.remove('Customer', `Customer ${n}`);
    site.insert('Customer', { name: 'Customer 2', territory: 'again', email_id: null });
    for (let read = 0; read < 2; read++) {
      expect(await follower.read()).toEqual([]);
      await expectSame(follower, site);
    }
  });

  test('in great number is seen too, over many pages of the log', async () => {
    const site = await start({ doctypes: { Customer: customers(700).map((c) => ({ ...c, name: `${'ক'.repeat(40)} ${c.name}` })) } });
    const follower = reader(site, { page_size: 1000 });
    await follower.read();
    for (const name of [...follower.standing.keys()].slice(5)) site.remove('Customer', name);
    await follower.read();
    await expectSame(follower, site);
    expect(Math.max(...site.requests.map(({ query }) => new URLSearchParams(query).toString().length))).toBeLessThan(4500);
  });

  test('for good, or renamed, is seen by a whole reading only', async () => {
    const site = await start();
    const [follower, whole] = [reader(site), reader(site, { full_every: 0 })];
    await Promise.all([follower.read(), whole.read()]);
    site.remove('Customer', 'Customer 1', true);
    site.rename('Customer', 'Customer 2', 'Customer Two');
    await Promise.all([follower.read(), whole.read()]);
    expect([follower.standing.has('Customer 1'), follower.standing.has('Customer 2')]).toEqual([true, true]);
    await expectSame(whole, site);
  });

  test('is not seen where the log is refused, which is said; whole readings see it', async () => {
    const site = await start({ forbidden: ['Deleted Document'] });
    const [follower, whole, silent] = [reader(site), reader(site, { full_every: 0 }), reader(site, { deleted: false })];
    const how = 'the user may not read Deleted Document. Allow it, or say';
    for (let read = 0; read < 2; read++) {
      expect(await follower.read()).toEqual([`deletions of Customer are not seen: ${how} \`deleted: false\` and \`full_every\``]);
      expect(await whole.read()).toEqual([`deletions of Customer are seen by whole readings only: ${how} \`deleted: false\``]);
      expect(await silent.read()).toEqual([]);
      site.remove('Customer', 'Customer 1');
    }
    expect(follower.standing.has('Customer 1')).toBe(true);
    await whole.read();
    await expectSame(whole, site);
  });
});

describe('child tables', () => {
  const invoices = (n: number) =>
    Array.from({ length: n }, (_, i) => ({
      name: `INV-${i + 1}`,
      items: Array.from({ length: i % 4 }, (_, at) => ({ item: `item ${at}`, qty: at })),
      taxes: [{ rate: i }],
    }));
  const children = { items: 'Sales Invoice Item', taxes: 'Sales Taxes and Charges' };
  const invoiceSite = (n: number) => start({ doctypes: { 'Sales Invoice': invoices(n) }, children: { 'Sales Invoice': children } });
  const lines = (follower: Follower, name: string) => {
    const record: unknown = JSON.parse(JSON.stringify(follower.standing.get(name)));
    return record;
  };

  test('come with their documents, in their order, many documents at a time', async () => {
    const site = await invoiceSite(130);
    const follower = reader(site, { doctype: 'Sales Invoice', page_size: 100, children });
    await follower.read();
    expect(follower.standing.size).toBe(130);
    expect(lines(follower, 'INV-4')).toMatchObject({
      items: [{ item: 'item 0', idx: 1 }, { item: 'item 1' }, { item: 'item 2', idx: 3 }],
      taxes: [{ rate: 3 }],
    });
    expect(lines(follower, 'INV-1')).toMatchObject({ items: [], taxes: [{ rate: 0 }] });
    expect(lists(site, 'Sales Invoice Item').length).toBeLessThan(10);
    site.update('Sales Invoice', 'INV-1', { items: [{ item: 'late' }] });
    await follower.read();
    expect(lines(follower, 'INV-1')).toMatchObject({ items: [{ item: 'late' }] });
  });

  test('that the DocType does not have are refused with a word about it', async () => {
    const site = await start({ doctypes: { Customer: customers(3), 'Sales Invoice': [] }, children: { 'Sales Invoice': children } });
    const error = await errorOf(reader(site, { children: { items: 'Sales Invoice Item' } }).read());
    expect([error.code, error.hint]).toEqual([
      'SOURCE_REFUSED',
      expect.stringContaining('is Sales Invoice Item a child table of Customer?'),
    ]);
  });
});
