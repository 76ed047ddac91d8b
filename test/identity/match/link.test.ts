import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Pair } from '../../support/pairs.js';
import { link } from '../../support/pairs.js';

const pair = (l: number, r: number, weight: number): Pair => ({ l, r, weight });
const free = { held: new Map<number, ReadonlyMap<string, string>>(), largest: 100 };
const groups = (clusterOf: ReadonlyMap<number, number>): string[] => {
  const found = new Map<number, number[]>();
  for (const [node, root] of [...clusterOf].sort(([a], [b]) => a - b)) found.set(root, [...(found.get(root) ?? []), node]);
  return [...found.values()].map((g) => g.join(' ')).sort();
};

describe('pairs', () => {
  test('above the threshold join, and others do not', () => {
    const { clusterOf, decisions } = link([pair(1, 2, 5000), pair(2, 3, 4000), pair(4, 5, -1000)], free);
    expect(groups(clusterOf)).toEqual(['1 2 3', '4', '5']);
    expect(decisions).toEqual(['linked', 'linked', 'below']);
  });

  test('are outvoted by the other pairs between two groups', () => {
    const { clusterOf, decisions } = link(
      [pair(1, 2, 20_000), pair(3, 4, 20_000), pair(2, 3, 3000), pair(1, 3, -9000), pair(1, 4, -9000), pair(2, 4, -9000)],
      free,
    );
    expect(groups(clusterOf)).toEqual(['1 2', '3 4']);
    expect(decisions[2]).toBe('outvoted');
  });

  test('join nothing that holds two values of which there is one', () => {
    const held = new Map([
      [1, new Map([['tax id', 'A']])],
      [3, new Map([['tax id', 'B']])],
    ]);
    const { clusterOf, decisions } = link([pair(1, 2, 9000), pair(2, 3, 8000)], { ...free, held });
    expect(groups(clusterOf)).toEqual(['1 2', '3']);
    expect(decisions).toEqual(['linked', 'conflict']);
  });

  test('hold a weak bridge between two groups for review, and stop at the largest size', () => {
    const groupsOfThree = [pair(1, 2, 9000), pair(2, 3, 9000), pair(1, 3, 9000), pair(4, 5, 9000), pair(5, 6, 9000), pair(4, 6, 9000)];
    expect(link([...groupsOfThree, pair(3, 4, 1000)], free).decisions.at(-1)).toBe('bridge');
    expect(link([...groupsOfThree, pair(3, 4, 9000)], free).decisions.at(-1)).toBe('linked');
    expect(link([...groupsOfThree, pair(3, 4, 8000)], { ...free, largest: 4 }).decisions.at(-1)).toBe('too_large');
  });

  test('give the same clusters in any order, and never join what may not be one', () => {
    const some = fc.uniqueArray(fc.tuple(fc.nat(9), fc.nat(9), fc.integer({ min: -3000, max: 9000 })), {
      selector: ([a, b]) => `${Math.min(a, b)}:${Math.max(a, b)}`,
      maxLength: 30,
    });
    fc.assert(
      fc.property(
        some,
        fc.array(fc.constantFrom('A', 'B', ''), { minLength: 10, maxLength: 10 }),
        fc.infiniteStream(fc.nat()),
        (drawn, values, keys) => {
          const pairs = drawn.filter(([a, b]) => a !== b).map(([a, b, w]) => pair(Math.min(a, b), Math.max(a, b), w));
          const held = new Map(values.flatMap((v, i) => (v === '' ? [] : [[i, new Map([['id', v]])] as const])));
          const shuffled = pairs
            .map((p) => ({ p, key: keys.next().value as number }))
            .sort((a, b) => a.key - b.key)
            .map(({ p }) => p);
          const one = link(pairs, { ...free, held });
          expect(groups(link(shuffled, { ...free, held }).clusterOf)).toEqual(groups(one.clusterOf));
          // Of nodes that hold something, if only nothing, none is taken the short way.
          const step = link(pairs, { ...free, held: new Map(values.map((v, i) => [i, new Map(v === '' ? [] : [['id', v]])])) });
          expect([groups(step.clusterOf), step.decisions]).toEqual([groups(one.clusterOf), one.decisions]);
          for (const group of groups(one.clusterOf)) {
            const ids = new Set(group.split(' ').map((n) => values[Number(n)]));
            expect(ids.has('A') && ids.has('B')).toBe(false);
          }
        },
      ),
    );
  });
});
