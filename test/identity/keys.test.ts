import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { FormerKey, Keys } from '../../src/identity/keys.js';
import { inheritKeys } from '../../src/identity/keys.js';
import { cases } from '../support/property.js';

const clusters = (...groups: string[][]) => new Map(groups.map((g): [string, string[]] => [[...g].sort()[0] ?? '', g]));
const first = inheritKeys('cus', clusters(['a', 'b'], ['c']), new Map());
const key = (of: string) => first.keyOf.get(of) ?? '';

describe('keys of entities', () => {
  it('are made from the smallest record, the same every time', () => {
    expect(key('a')).toMatch(/^cus_[0-9a-f]{16}$/);
    expect(inheritKeys('cus', clusters(['c'], ['b', 'a']), new Map()).keyOf).toEqual(first.keyOf);
    expect(first.events.map((e) => e.event)).toEqual(['created', 'created']);
  });

  it('stay with the larger part of a split, and the other part gets a new one', () => {
    const before = new Map([
      ['a', 'k1'],
      ['b', 'k1'],
      ['c', 'k1'],
    ]);
    const { keyOf, events, redirects } = inheritKeys('cus', clusters(['a'], ['b', 'c']), before);
    expect(keyOf.get('b')).toBe('k1');
    expect(keyOf.get('a')).not.toBe('k1');
    expect(events).toMatchObject([{ event: 'split', other: 'k1' }]);
    expect(redirects.size).toBe(0);
  });

  it('of a merge: the larger keeps its own, the other redirects to it', () => {
    const before = new Map([
      ['a', 'k1'],
      ['b', 'k2'],
      ['c', 'k2'],
    ]);
    const { keyOf, events, redirects } = inheritKeys('cus', clusters(['a', 'b', 'c']), before);
    expect(keyOf.get('a')).toBe('k2');
    expect(redirects).toEqual(new Map([['k1', { key: 'k2', records: 1 }]]));
    expect(events.map((e) => e.event)).toEqual(['merged', 'redirected']);
  });

  it('come back when a merge is undone', () => {
    const apart = inheritKeys('cus', clusters(['a', 'b'], ['c']), new Map());
    const all = ['a', 'b', 'c'];
    const joined = inheritKeys(
      'cus',
      clusters(all),
      new Map([
        ['a', key('a')],
        ['b', key('a')],
        ['c', key('c')],
      ]),
    );
    const again = inheritKeys('cus', clusters(['a', 'b'], ['c']), new Map(all.map((r) => [r, joined.keyOf.get('a') ?? ''])));
    expect(again.keyOf).toEqual(apart.keyOf);
  });

  it('are never given twice, even when the record that named one comes back alone', () => {
    const before = new Map([
      ['a', key('a')],
      ['b', key('a')],
      ['c', key('a')],
    ]);
    const { keyOf } = inheritKeys('cus', clusters(['a'], ['b', 'c']), before);
    expect(keyOf.get('b')).toBe(key('a'));
    expect(keyOf.get('a')).not.toBe(key('a'));
  });
});

describe('of a merge that is undone', () => {
  const had = (key: string, ...names: string[]) => names.map((name): [string, string] => [name, key]);
  const merged = (into: string, sizes: Readonly<Record<string, number>>) =>
    new Map(Object.entries(sizes).map(([name, size]): [string, FormerKey] => [own(name), { key: into, records: size }]));
  const own = (name: string) => inheritKeys('cus', clusters([name]), new Map()).keyOf.get(name) ?? '';

  it('the part that came gets its own back, though it is the larger, if most of it came with a key that was merged', () => {
    const before = new Map(had(own('x'), 'a', 'b', 'c', 'd', 'x'));
    const { keyOf, events } = inheritKeys('cus', clusters(['a', 'b', 'c', 'd'], ['x']), before, {
      former: merged(own('x'), { a: 1, b: 2 }),
    });
    expect(Object.fromEntries(keyOf)).toEqual({ a: own('b'), x: own('x') });
    expect(events).toEqual([
      { event: 'split', key: own('b'), other: own('x'), cause: '4 records are no longer linked to the rest' },
      { event: 'redirected', key: own('a'), other: own('b'), cause: 'split' },
    ]);
  });

  it('a large part does not change its key because of a small one that joined it', () => {
    const before = new Map(had(own('x'), 'a', 'w', 'x', 'y', 'z'));
    const { keyOf } = inheritKeys('cus', clusters(['a', 'w', 'y', 'z'], ['x']), before, { former: merged(own('x'), { a: 1 }) });
    expect(keyOf.get('a')).toBe(own('x'));
  });

  it('one part goes on with the key, though all of them came', () => {
    const { keyOf } = inheritKeys('cus', clusters(['a'], ['b', 'c']), new Map(had('gone', 'a', 'b', 'c')), {
      former: merged('gone', { a: 1, b: 2 }),
    });
    expect(Object.fromEntries(keyOf)).toEqual({ a: own('a'), b: 'gone' });
  });

  it('the key stays with the record that it is named by, where both parts came for the most', () => {
    const before = new Map(had(own('h'), 'a', 'c', 'f', 'b', 'e', 'h'));
    const { keyOf } = inheritKeys('cus', clusters(['a', 'c', 'f'], ['b', 'e', 'h']), before, { former: merged(own('h'), { a: 3, b: 2 }) });
    expect(Object.fromEntries(keyOf)).toEqual({ a: own('a'), b: own('h') });
  });

  it('a part that joins others has theirs to choose from', () => {
    const before = new Map([...had(own('x'), 'a', 'x', 'y'), ...had('cus_0', 'p', 'q')]);
    const { keyOf } = inheritKeys('cus', clusters(['a', 'p', 'q'], ['x', 'y']), before, { former: merged(own('x'), { a: 3 }) });
    expect(Object.fromEntries(keyOf)).toEqual({ a: 'cus_0', x: own('x') });
  });
});

/** What a store knows of keys from run to run. */
interface Known {
  readonly before: ReadonlyMap<string, string>;
  readonly former: ReadonlyMap<string, FormerKey>;
}

/** One more run: the keys of clusters, and what is known then. */
function run({ before, former }: Known, groups: readonly (readonly string[])[]): Keys & Known {
  const keys = inheritKeys('cus', clusters(...groups.map((g) => [...g])), before, { former });
  const keyOf = (group: readonly string[]) => keys.keyOf.get([...group].sort()[0] ?? '') ?? '';
  const live = new Set(keys.keyOf.values());
  const led = [...former].map(([old, was]): [string, FormerKey] => [old, { ...was, key: keys.redirects.get(was.key)?.key ?? was.key }]);
  return {
    ...keys,
    before: new Map(groups.flatMap((group) => group.map((record): [string, string] => [record, keyOf(group)]))),
    former: new Map([...led, ...keys.redirects].filter(([old]) => !live.has(old))),
  };
}

const nothing: Known = { before: new Map(), former: new Map() };
const records = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];
/** Which group each record is in; 0 for those that are not there. */
const grouping = fc.array(fc.nat({ max: 4 }), { minLength: records.length, maxLength: records.length });
const groupsOf = (numbers: readonly number[]) =>
  [1, 2, 3, 4].map((n) => records.filter((_, i) => numbers[i] === n)).filter((group) => group.length > 0);

describe('through any history of merges, splits, comings and goings', () => {
  it('every cluster has a key of its own, and every key of a record that is there still leads to an entity', () => {
    fc.assert(
      fc.property(fc.array(grouping, { minLength: 2, maxLength: 7 }), (history) => {
        let known: Known = nothing;
        for (const numbers of history) {
          const groups = groupsOf(numbers);
          const now = run(known, groups);
          const live = new Set(now.keyOf.values());
          expect([now.keyOf.size, live.size]).toEqual([groups.length, groups.length]);
          for (const [record, key] of known.before) {
            if (!now.before.has(record)) continue;
            expect(live.has(key) || live.has(now.former.get(key)?.key ?? '')).toBe(true);
          }
          // Keys that led somewhere lead on, unless all records went that they could lead to.
          const gone = new Set(
            [...known.before.values()].filter((key) => [...known.before].every(([r, k]) => k !== key || !now.before.has(r))),
          );
          for (const [old, { key }] of known.former) {
            expect(
              live.has(old) || live.has(now.former.get(old)?.key ?? '') || gone.has(key) || !new Set(known.before.values()).has(key),
            ).toBe(true);
          }
          known = now;
        }
      }),
      cases(500),
    );
  });

  it('who stays as they are keeps the key, whatever happens to others, and the order of records says nothing', () => {
    fc.assert(
      fc.property(
        fc.array(grouping, { minLength: 1, maxLength: 5 }),
        grouping,
        fc.shuffledSubarray(records, { minLength: 8 }),
        (history, last, order) => {
          const known = history.reduce<Known>((k, numbers) => run(k, groupsOf(numbers)), nothing);
          const [stay] = groupsOf(history.at(-1) ?? []);
          const groups = [
            ...(stay === undefined ? [] : [stay]),
            ...groupsOf(last.map((n, i) => (stay?.includes(records[i] ?? '') ? 0 : n))),
          ];
          const now = run(known, groups);
          for (const record of stay ?? []) expect(now.before.get(record)).toBe(known.before.get(record));
          const sorted = (group: readonly string[]) => [...group].sort((x, y) => order.indexOf(x) - order.indexOf(y));
          const other = run(
            { before: new Map([...known.before].reverse()), former: new Map([...known.former].reverse()) },
            groups.map(sorted).sort((x, y) => order.indexOf(x[0] ?? '') - order.indexOf(y[0] ?? '')),
          );
          expect(new Map(other.keyOf)).toEqual(new Map(now.keyOf));
          expect(other.events).toEqual(now.events);
          expect(other.redirects).toEqual(now.redirects);
        },
      ),
      cases(500),
    );
  });

  it('merges that are undone, in any order, give every entity the key back that it had, and leave no redirect', () => {
    const edges = fc.uniqueArray(fc.tuple(fc.nat({ max: 3 }), fc.nat({ max: 3 })), { minLength: 1, maxLength: 4, selector: String });
    fc.assert(
      fc.property(grouping, edges, fc.infiniteStream(fc.nat()), (numbers, merges, draw) => {
        const entities = groupsOf(numbers);
        if (entities.length === 0) return;
        const start = run(nothing, entities);
        const standing = new Set<number>();
        const joined = () => {
          const of = entities.map((_, i) => i);
          for (const m of standing) {
            const [x, y] = (merges[m] ?? [0, 0]).map((n) => of[n % entities.length] ?? 0);
            for (const [i, root] of of.entries()) if (root === x) of[i] = y ?? 0;
          }
          return of.map((_, i) => entities.filter((__, j) => of[j] === i).flat()).filter((group) => group.length > 0);
        };
        let known: Known = start;
        for (const m of merges.keys()) {
          standing.add(m);
          known = run(known, joined());
        }
        while (standing.size > 0) {
          const left = [...standing];
          standing.delete(left[(draw.next().value ?? 0) % left.length] ?? 0);
          known = run(known, joined());
        }
        expect(known.before).toEqual(start.before);
        expect([...known.former]).toEqual([]);
      }),
      cases(1000),
    );
  });
});
