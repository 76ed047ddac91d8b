import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Graph, GraphNode } from '../../src/run/select/graph.js';
import type { Known } from '../../src/run/select/select.js';
import { parseCriterion, selectNodes } from '../../src/run/select/select.js';
import { cases } from '../support/property.js';

type Spec = Partial<GraphNode> & { readonly from?: readonly string[] };

/** A graph of nodes by id (`model.a`); what is not said of a node is plain. */
function graph(specs: Readonly<Record<string, Spec>>): Graph {
  const nodes = Object.entries(specs).map(([id, spec]): GraphNode => {
    const type = id.slice(0, id.indexOf('.')) as GraphNode['type'];
    const name = id.slice(id.indexOf('.') + 1);
    const path = type === 'model' ? `models/${name}.sql` : null;
    const plain = { description: undefined, owner: undefined, tags: [], columns: {}, makes: [], reads: [], from: [], definition: null };
    return { id, type, name, source: null, path, materialized: null, ...plain, ...spec };
  });
  const children = new Map(nodes.map((n): [string, string[]] => [n.id, []]));
  for (const node of nodes) for (const parent of node.from) children.get(parent)?.push(node.id);
  return { nodes, byId: new Map(nodes.map((n) => [n.id, n])), children };
}

const nothing: Known = { now: new Map(), before: null, results: null };

/** Names of the nodes that are chosen, as one text. */
function chosen(select: string | readonly string[], exclude: readonly string[] = [], known: Known = nothing, of: Graph = shop): string {
  return [...selectNodes(of, [select].flat(), exclude, known).ids].map((id) => id.slice(id.indexOf('.') + 1)).join(' ');
}

const shop = graph({
  'stream.crm.contacts': { source: 'crm', tags: ['pii'], makes: ['bronze.crm__contacts'] },
  'stream.shop.orders': { source: 'shop', makes: ['bronze.shop__orders'] },
  'table.contacts': { source: 'crm', from: ['stream.crm.contacts'], makes: ['silver.contacts', 'quarantine.contacts'] },
  'table.orders': { source: 'shop', from: ['stream.shop.orders'], tags: ['nightly'], makes: ['silver.orders'] },
  'entity.customer': { from: ['table.contacts', 'table.orders'], makes: ['gold.customer', 'gold.customer_360'] },
  'model.stg_orders': { from: ['table.orders'], path: 'models/staging/stg_orders.sql', tags: ['nightly'], makes: ['gold.stg_orders'] },
  'model.stg_contacts': { from: ['table.contacts'], path: 'models/staging/stg_contacts.sql', materialized: 'view' },
  'model.revenue': {
    from: ['model.stg_orders', 'entity.customer'],
    path: 'models/marts/finance/revenue.sql',
    tags: ['nightly', 'finance'],
  },
  'model.report': { from: ['model.revenue'], path: 'models/marts/report.sql' },
  'metric.takings': { from: ['model.revenue'], tags: ['finance'] },
});

describe('graph operators', () => {
  test.each([
    ['revenue', 'revenue'],
    ['revenue+', 'revenue report takings'],
    ['+stg_orders', 'shop.orders orders stg_orders'],
    ['1+stg_orders', 'orders stg_orders'],
    ['2+stg_orders', 'shop.orders orders stg_orders'],
    ['stg_orders+1', 'stg_orders revenue'],
    ['1+stg_orders+1', 'orders stg_orders revenue'],
    ['0+stg_orders+0', 'stg_orders'],
    ['+report+', 'crm.contacts shop.orders contacts orders customer stg_orders revenue report'],
    ['stg_contacts', 'stg_contacts'],
    ['@stg_contacts', 'crm.contacts contacts stg_contacts'],
    ['@stg_orders', 'crm.contacts shop.orders contacts orders customer stg_orders revenue report takings'],
  ])('%s chooses %s', (selector, names) => expect(chosen(selector)).toBe(names));
});

describe('methods', () => {
  test.each([
    ['tag:nightly', 'orders stg_orders revenue'],
    ['tag:pii+1', 'crm.contacts contacts'],
    ['source:shop', 'shop.orders'],
    ['source:crm.contacts', 'crm.contacts'],
    ['source:*', 'crm.contacts shop.orders'],
    ['source:shop+1', 'shop.orders orders'],
    ['path:models/staging', 'stg_orders stg_contacts'],
    ['path:models/staging/', 'stg_orders stg_contacts'],
    ['models/marts', 'revenue report'],
    ['models/marts/*.sql', 'revenue report'],
    ['models/staging/stg_orders.sql', 'stg_orders'],
    ['file:stg_orders.sql', 'stg_orders'],
    ['stg_orders.sql', 'stg_orders'],
    ['resource_type:model', 'stg_orders stg_contacts revenue report'],
    ['resource_type:source', 'crm.contacts shop.orders'],
    ['table:orders', 'orders'],
    ['entity:customer', 'customer'],
    ['model:stg_*', 'stg_orders stg_contacts'],
    ['config.materialized:view', 'stg_contacts'],
    ['metric:*', 'takings'],
    ['resource_type:metric', 'takings'],
    ['1+metric:takings', 'revenue takings'],
    ['stg_*', 'stg_orders stg_contacts'],
    ['stg_?rders', 'stg_orders'],
    ['[rs]e*', 'revenue report'],
    ['staging', 'stg_orders stg_contacts'],
    ['marts.finance', 'revenue'],
    ['gold.customer_360', 'customer'],
    ['silver.contacts', 'contacts'],
    ['model.revenue', 'revenue'],
  ])('%s chooses %s', (selector, names) => expect(chosen(selector)).toBe(names));

  test('a space unites, a comma intersects, and exclude takes away', () => {
    expect(chosen('stg_orders report')).toBe('stg_orders report');
    expect(chosen(['stg_orders', 'report'])).toBe('stg_orders report');
    expect(chosen('tag:nightly,resource_type:model')).toBe('stg_orders revenue');
    expect(chosen('+revenue,tag:nightly report')).toBe('orders stg_orders revenue report');
    expect(chosen('tag:nightly', ['model:*'])).toBe('orders');
    expect(chosen([], ['stream:* table:*', 'customer+'])).toBe('stg_orders stg_contacts');
  });

  test('state compares fingerprints with those of before; what is new is modified too', () => {
    const before = new Map(shop.nodes.map((n) => [n.id, 'same']));
    before.delete('model.report');
    const now = new Map(shop.nodes.map((n) => [n.id, n.id === 'model.stg_orders' ? 'other' : 'same']));
    const known = { ...nothing, before, now };
    expect(chosen('state:modified', [], known)).toBe('stg_orders report');
    expect(chosen('state:modified+', [], known)).toBe('stg_orders revenue report takings');
    expect(chosen('state:new', [], known)).toBe('report');
    expect(chosen('state:unmodified,model:*', [], known)).toBe('stg_contacts revenue');
    expect(() => chosen('state:modified')).toThrow(/nothing to compare with/);
  });

  test('result asks how nodes ended', () => {
    const results = new Map([
      ['model.revenue', 'error'],
      ['model.report', 'skipped'],
    ]);
    expect(chosen('result:error+', [], { ...nothing, results })).toBe('revenue report takings');
    expect(chosen('result:skipped', [], { ...nothing, results })).toBe('report');
    expect(() => chosen('result:error')).toThrow(/no run to look at/);
  });
});

describe('what is no selector', () => {
  test.each([
    ['tags:nightly', 'unknown selector method `tags`; did you mean `tag`?'],
    ['state:modifed', 'unknown state `modifed`; did you mean `modified`?'],
    ['resource_type:modle', 'unknown resource type `modle`; did you mean `model`?'],
    ['@revenue+', '`@revenue+` is no selector'],
    ['+', '`+` is no selector'],
    ['a++', '`a++` is no selector'],
    ['[a', '`[a` is no pattern'],
  ])('%s is refused', (selector, message) => {
    const refused = { ...nothing, before: new Map<string, string>() };
    expect(() => chosen(selector, [], refused)).toThrow(expect.objectContaining({ code: 'USAGE', message }));
  });

  test('a name that nothing has matches nothing, and says what was perhaps meant', () => {
    expect(selectNodes(shop, ['revenu'], [], nothing)).toEqual({
      ids: new Set(),
      unmatched: ['`revenu` matches nothing; did you mean `revenue`?'],
    });
    expect(selectNodes(shop, ['tag:nightl report'], [], nothing).unmatched).toEqual([
      '`tag:nightl` matches nothing; did you mean `nightly`?',
    ]);
  });
});

/** Graphs without circles: every node reads some of those before it. */
const graphs = fc
  .array(fc.array(fc.nat(30), { maxLength: 3 }), { minLength: 1, maxLength: 25 })
  .map((reads) =>
    graph(
      Object.fromEntries(
        reads.map((from, i) => [`model.n${i}`, { from: [...new Set(from.filter((f) => f < i).map((f) => `model.n${f}`))] }]),
      ),
    ),
  );
const ids = (of: Graph, selector: string): ReadonlySet<string> => selectNodes(of, [selector], [], nothing).ids;

test('the grammar is an algebra of sets over any graph', () => {
  fc.assert(
    fc.property(graphs, fc.nat(24), fc.nat(24), (of, i, j) => {
      const [a, b] = [i, j].map((n) => `n${n % of.nodes.length}`);
      const up = ids(of, `+${a}`);
      const down = ids(of, `${a}+`);
      // Up and down are each other's inverse, and closed.
      expect(up.has(`model.${b}`)).toBe(ids(of, `${b}+`).has(`model.${a}`));
      for (const id of up) for (const parent of of.byId.get(id)?.from ?? []) expect(up.has(parent)).toBe(true);
      // So many steps as there are nodes are all steps; one more step never chooses less.
      expect(ids(of, `${of.nodes.length}+${a}`)).toEqual(up);
      expect([...ids(of, `1+${a}`)].every((id) => ids(of, `2+${a}`).has(id))).toBe(true);
      expect(ids(of, `+${a}+`)).toEqual(new Set(of.nodes.map((n) => n.id).filter((id) => up.has(id) || down.has(id))));
      // `@` is what is needed to build all that is made from it.
      const whole = ids(of, `@${a}`);
      expect(whole).toEqual(new Set(of.nodes.map((n) => n.id).filter((id) => [...down].some((d) => ids(of, `+${d.slice(6)}`).has(id)))));
      expect(ids(of, `+${a},${b}+`)).toEqual(new Set([...ids(of, `${b}+`)].filter((id) => up.has(id)).sort(byPlace(of))));
      const without = selectNodes(of, [`+${a}`], [`${b}+`], nothing).ids;
      expect([...without].some((id) => ids(of, `${b}+`).has(id))).toBe(false);
    }),
    cases(60),
  );
});

function byPlace(of: Graph): (a: string, b: string) => number {
  const place = new Map(of.nodes.map((n, i) => [n.id, i]));
  return (a, b) => (place.get(a) ?? 0) - (place.get(b) ?? 0);
}

test('a criterion is read into its parts', () => {
  expect(parseCriterion('3+tag:a+')).toEqual({
    text: '3+tag:a+',
    method: 'tag',
    value: 'a',
    parents: 3,
    children: Number.POSITIVE_INFINITY,
    whole: false,
  });
  expect(parseCriterion('@models/x.sql')).toMatchObject({ method: 'path', value: 'models/x.sql', whole: true });
});
