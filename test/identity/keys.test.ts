import { describe, expect, it } from 'vitest';
import { inheritKeys } from '../../src/identity/keys.js';

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
    expect(redirects).toEqual(new Map([['k1', 'k2']]));
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
