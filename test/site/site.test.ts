import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openProject, realEffects } from '../../src/index.js';
import { describeProject } from '../../src/run/explain/describe.js';
import { openStore } from '../../src/run/store/store.js';
import type { Page } from '../../src/site/frame.js';
import { renderSite } from '../../src/site/render.js';
import type { Site } from '../../src/site/site.js';
import { buildWell, csv, makeProject, removeFolders } from '../support/project.js';

const hostile = `<script>alert('x')</script>"><img src=x onerror=alert(1)>`;

/** Values of rows: none may be found on the site. */
const people = ['Wilhelmina Quist', 'Bartholomew Okonkwo', 'Zsofia Perlmutter', 'Ignatius Vanderbeek'];
const mails = ['w.quist@planted.example', 'bart@planted.example', 'zsofia@planted.example', 'not-a-mail-but-Vanderbeek'];
const planted = [
  ...people,
  ...mails,
  'planted',
  'CUST-7781',
  'CUST-7799',
  'ORD-5501',
  'Quist',
  'Vanderbeek',
  '23.04.2024',
  '2024-04-23',
  '991.37',
];

const config = {
  name: 'shop',
  sources: {
    crm: {
      connector: 'file',
      description: 'Whom we know',
      owner: 'sales',
      tags: ['pii'],
      streams: { contacts: { path: 'data/contacts.csv' } },
    },
    till: { connector: 'file', streams: { orders: { path: 'data/orders.csv' } } },
  },
  tables: {
    contacts: {
      from: 'crm.contacts',
      key: 'contact_id',
      columns: {
        contact_id: { type: 'text', from: 'id', description: hostile },
        name: 'name',
        email: { from: 'mail', type: 'email', on_error: 'null' },
        odd: { type: 'text', from: hostile },
      },
      rules: [{ rule: 'unique', column: 'name', severity: 'warn' }],
    },
    orders: {
      from: 'till.orders',
      key: 'order_id',
      columns: {
        order_id: 'order',
        contact_id: 'customer',
        amount: { from: 'total', type: 'decimal', decimal: '.', scale: 2 },
        ordered_on: { from: 'day', type: 'date' },
      },
      rules: [
        { rule: 'not_null', column: 'amount' },
        { rule: 'relationship', column: 'contact_id', to: 'contacts.contact_id', severity: 'warn' },
      ],
    },
  },
  entities: {
    customer: {
      records: [
        { table: 'contacts', id: 'contact_id', identifiers: { contact_id: 'contact_id' }, attributes: { name: 'name', email: 'email' } },
        { table: 'orders', role: 'reference', recency: 'ordered_on', identifiers: { contact_id: 'contact_id' } },
      ],
      identifiers: { contact_id: { unique: 'entity' } },
      survivorship: { name: { prefer: ['crm'] }, default: 'most_recent' },
    },
  },
  models: {
    fact_orders: {
      description: hostile,
      primary_key: 'order_id',
      foreign_keys: { contact_id: { to: 'dim_contact.contact_id', missing: 'inferred' } },
    },
    dim_contact: { primary_key: 'contact_id' },
  },
};

const files = {
  'data/contacts.csv': csv(
    ['id', 'name', 'mail', hostile],
    ['CUST-7781', 'CUST-7782', 'CUST-7783', 'CUST-7784'].map((id, i) => [id, people[i] ?? '', mails[i] ?? '', 'planted']),
  ),
  'data/orders.csv': csv(
    ['order', 'customer', 'total', 'day'],
    [
      ['ORD-5501', 'CUST-7781', '991.37', '23.04.2024'],
      ['ORD-5502', 'CUST-7781', '10.00', '03.04.2024'],
      ['ORD-5503', 'CUST-7799', '20.00', '04.04.2024'],
      ['ORD-5504', '', '20.00', '25.04.2024'],
      ['ORD-5505', 'CUST-7782', 'Vanderbeek', '25.04.2024'],
    ],
  ),
};

const models = {
  [`${hostile.replaceAll('/', '')}/fact_orders`]: `-- ${hostile}\nSELECT order_id, contact_id, amount FROM silver.orders WHERE _deleted_at IS NULL`,
  dim_contact: 'SELECT contact_id, name FROM silver.contacts WHERE _deleted_at IS NULL',
};

let dir: string;
let site: Site;
let pages: readonly Page[];
const described = async (folder: string): Promise<Site> => describeProject(await openProject(folder));

beforeAll(async () => {
  dir = await makeProject({ config, files, models });
  await buildWell(dir);
  site = await described(dir);
  pages = renderSite(site);
});
afterAll(removeFolders);

test('no value of any row is on the site', () => {
  const found = pages.flatMap((page) =>
    planted.filter((value) => page.text.toLowerCase().includes(value.toLowerCase())).map((value) => `${page.file}: ${value}`),
  );
  expect(found).toEqual([]);
});

test('the same store gives the same bytes', async () => {
  expect(renderSite(await described(dir))).toEqual(pages);
});

test('a stream has the words of its source', () => {
  const stream = site.streams.find((s) => s.name === 'crm.contacts');
  expect(stream).toMatchObject({ description: 'Whom we know', owner: 'sales', tags: ['pii'] });
});

test('the columns of a model say what they are made of', () => {
  const dim = site.models.find((m) => m.name === 'dim_contact');
  expect(dim?.columns.map((c) => [c.name, c.from])).toEqual([
    ['contact_id', ['silver.contacts.contact_id']],
    ['name', ['silver.contacts.name']],
    ['_inferred', []],
  ]);
  expect(pages.find((p) => p.file === 'model.dim_contact.html')?.text).toContain('silver.contacts.name');
});

describe('a hostile name', () => {
  test('is shown as it is, and is never markup', () => {
    for (const page of pages.filter((p) => p.file.endsWith('.html'))) {
      expect(page.text.match(/<script/g)).toHaveLength(1);
      expect(page.text).not.toContain('<img');
    }
    const shown = '&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;';
    for (const file of ['stream.crm.contacts.html', 'table.contacts.html', 'model.fact_orders.html', 'models.html'])
      expect(pages.find((p) => p.file === file)?.text).toContain(shown);
  });

  test('can not end the script that the search reads', () => {
    const index = pages.find((p) => p.file === 'search.js')?.text ?? '';
    expect(index).not.toContain('<');
    expect(index).toContain('\\u003cscript>alert');
  });
});

test('every link leads to a page of the site, and to a place on it; nothing comes from a network', () => {
  const there = new Map(pages.map((p) => [p.file, new Set([...p.text.matchAll(/ id="([^"]*)"/g)].map((m) => m[1]))]));
  const wrong: string[] = [];
  for (const page of pages.filter((p) => p.file.endsWith('.html'))) {
    for (const [, href = ''] of page.text.matchAll(/ (?:href|src)="([^"]*)"/g)) {
      const [file = '', place] = href.split('#');
      if (file === 'site.css' || file === 'site.js') continue;
      const ids = there.get(file === '' ? page.file : file);
      const id = place === undefined ? undefined : escapedId(decodeURIComponent(place));
      if (ids === undefined || (id !== undefined && !ids.has(id))) wrong.push(`${page.file}: ${href}`);
    }
    expect(page.text).not.toMatch(/(?:href|src)="[a-z]+:|url\((?!#)|@import/);
  }
  expect(wrong).toEqual([]);
});

function escapedId(id: string): string {
  return id.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;').replaceAll("'", '&#39;');
}

test('pages can be walked without seeing them: one title, landmarks, headings in order, tables with captions, ids once', () => {
  for (const { file, text } of pages.filter((p) => p.file.endsWith('.html'))) {
    const headings = [...text.matchAll(/<h([1-6])/g)].map((m) => Number(m[1]));
    const skipped = headings.filter((level, i) => level > (headings[i - 1] ?? 0) + 1);
    const ids = [...text.matchAll(/ id="([^"]*)"/g)].map((m) => m[1]);
    expect({
      file,
      titles: headings.filter((level) => level === 1).length,
      skipped,
      landmarks: ['<main ', '<nav ', '<header ', '<footer>'].filter((l) => !text.includes(l)),
      uncaptioned: (text.match(/<table/g) ?? []).length - (text.match(/<caption>[^<]/g) ?? []).length,
      twice: ids.filter((id, i) => ids.indexOf(id) !== i),
      language: text.includes('<html lang="en">'),
    }).toEqual({ file, titles: 1, skipped: [], landmarks: [], uncaptioned: 0, twice: [], language: true });
  }
});

describe('relations are measured', () => {
  const relation = (from: string, kind: string) => site.relations.find((r) => r.from.label === from && r.kind === kind);

  test('a relationship rule on the current rows of silver', () => {
    // Four orders stand: two of a contact, one of nobody known, one that names none.
    expect(relation('silver.orders', 'relationship rule')).toMatchObject({
      measured: { rows: 4, filled: 3, matched: 2, orphanValues: 1, cardinality: 'n:1', targets: 4, met: 1, inferred: 0 },
    });
  });

  test('a foreign key on the published models, with the rows that it made others infer', () => {
    expect(relation('gold.fact_orders', 'foreign key')).toMatchObject({
      measured: { rows: 4, filled: 3, matched: 3, orphanValues: 0, cardinality: 'n:1', targets: 5, met: 2, inferred: 1 },
    });
  });

  test('the records and the references of an entity', () => {
    expect(relation('silver.contacts', 'record')).toMatchObject({ measured: { rows: 4, matched: 4, cardinality: '1:1' } });
    expect(relation('silver.orders', 'reference')).toMatchObject({
      measured: { rows: 4, filled: 3, matched: 2, orphanValues: 1, targets: 4, met: 1 },
    });
  });
});

test('tables tell what stands, what is set aside and why, and what was inferred from what', () => {
  const orders = site.tables.find((t) => t.name === 'orders');
  expect(orders).toMatchObject({
    rows: 4,
    quarantined: 1,
    inferred: [
      {
        column: 'ordered_on',
        verdict: 'day_first',
        evidence: [
          { name: 'ambiguous', n: 2 },
          { name: 'day_first', n: 3 },
        ],
      },
    ],
    columns: [{ name: 'order_id', key: true, filled: 4 }, { name: 'contact_id', filled: 3 }, { name: 'amount' }, { name: 'ordered_on' }],
  });
  expect(orders?.reasons.map((r) => r.n)).toContain(1);
  expect(orders?.rules.find((r) => r.name === 'contact_id.relationship')?.last).toMatchObject({ judged: 4, broken: 1 });
  expect(site.streams.find((s) => s.name === 'till.orders')?.landed).toMatchObject({ rows: 5, rejected: 0, parts: 1 });
});

test('entities tell how many records they stand for, and how full their fields are', () => {
  expect(site.entities[0]?.measured).toMatchObject({ entities: 4, records: 4, sizes: [{ size: 1, n: 4 }] });
  expect(site.entities[0]?.measured?.fields.map((f) => [f.name, f.filled])).toEqual([
    ['name', 4],
    ['email', 3],
  ]);
});

test('while somebody writes, what is published is still told, and what could not be looked at is named', async () => {
  const engine = await openStore(await openProject(dir), realEffects());
  try {
    const meanwhile = await described(dir);
    expect(meanwhile.notes).toHaveLength(1);
    expect(meanwhile.tables.map((t) => [t.rows, t.quarantined])).toEqual([
      [null, 0],
      [null, 1],
    ]);
    expect(meanwhile.relations.map((r) => [r.kind, r.unmeasured])).toContainEqual([
      'relationship rule',
      'silver is in the warehouse, which could not be opened',
    ]);
    expect(meanwhile.relations.find((r) => r.kind === 'foreign key')?.measured).not.toBeNull();
  } finally {
    engine.close();
  }
});

test('a project that was never built has a site of what it declares', async () => {
  const fresh = await described(await makeProject({ config, files, models }));
  expect(fresh).toMatchObject({ snapshot: null, runs: [], ledger: null });
  expect(fresh.notes).toHaveLength(1);
  const home = renderSite(fresh).find((p) => p.file === 'index.html')?.text;
  expect(home).toContain('Nothing has been published yet');
  expect(home).toContain('table.orders.html');
});

describe('a thousand models', () => {
  const many: Site = {
    ...emptySite(),
    models: Array.from({ length: 1_000 }, (_, i) => ({
      ...words(`m${i}`),
      path: `models/area_${i % 20}/m${i}.sql`,
      folder: `area_${i % 20}`,
      sql: 'SELECT 1',
      primaryKey: [],
      foreignKeys: [],
      reads: [],
      usesAsOf: false,
      columns: [],
      rows: 1,
    })),
    edges: Array.from({ length: 999 }, (_, i) => ({ from: `model.m${Math.floor(i / 2)}`, to: `model.m${i + 1}` })),
  };

  test('are drawn by folder, and each is found in the drawing that its page leads to', () => {
    const all = new Map(renderSite(many).map((p) => [p.file, p.text]));
    expect(all.get('lineage.html')?.match(/data-node=/g)).toHaveLength(20);
    for (const { name } of many.models) {
      const [, file = ''] = /href="(lineage\.\d+\.html)#model\.m\d+"/.exec(all.get(`model.${name}.html`) ?? '') ?? [];
      expect(all.get(file)).toContain(`data-node="model.${name}"`);
    }
  });
});

function words(name: string) {
  return { name, description: null, owner: null, tags: [] };
}

function emptySite(): Site {
  return {
    project: words('many'),
    snapshot: null,
    notes: [],
    streams: [],
    tables: [],
    entities: [],
    models: [],
    metrics: [],
    relations: [],
    checks: [],
    runs: [],
    steps: [],
    ledger: null,
    edges: [],
  };
}

test('metrics, owners and tags have pages where they are declared, and none where not', () => {
  const files = (of: Site): readonly string[] => renderSite(of).map((p) => p.file);
  expect(files(emptySite())).not.toContain('metrics.html');
  expect(files(emptySite())).not.toContain('owners.html');
  const revenue = {
    ...words('revenue'),
    owner: 'finance',
    of: null,
    model: 'sales',
    sql: 'sum(amount)',
    dimensions: ['region'],
    filter: null,
    time: null,
    currency: 'currency',
    totals: [
      { currency: 'EUR', value: '-1234567.50' },
      { currency: 'USD', value: '999' },
    ],
  };
  const told = renderSite({ ...emptySite(), metrics: [revenue] })
    .map((p) => p.text)
    .join('');
  expect(told).toContain('-1,234,567.50 EUR');
  expect(told).toContain('999 USD');
  expect(files({ ...emptySite(), metrics: [revenue] })).toEqual(
    expect.arrayContaining(['metrics.html', 'metric.revenue.html', 'owners.html']),
  );
});
