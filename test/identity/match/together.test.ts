import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Pattern } from '../../../src/identity/match/mixture.js';
import { liftOf } from '../../../src/identity/match/mixture.js';
import { parseModel, weigher } from '../../../src/identity/match/model.js';
import { goTogether } from '../../../src/identity/match/together.js';
import { train } from '../../../src/identity/match/train.js';

const pattern = (codes: readonly number[], count: number): Pattern => ({ codes, rules: 1, count });
const every = () => 1;
// Codes: 1 disagree, 2 equal. Of a million pairs a thousand are of one city, half of which are of one postcode too.
const places = [pattern([1, 1], 998_500), pattern([2, 1], 500), pattern([1, 2], 500), pattern([2, 2], 500)];

describe('what goes together by chance', () => {
  it('is met as often as it was counted', () => {
    const [found] = goTogether([0, 1], [2, 2], places, every);
    expect(found?.pair).toEqual([0, 1]);
    // A thousandth of a thousandth would be one of a million.
    expect(found?.lifts[1]?.[1]).toBeCloseTo(501 / 2, 6);
    expect(found?.lifts[0]?.[0]).toBeCloseTo(1, 3);
  });

  it('is nothing where one says nothing of the other, where hardly a pair was seen, and where it is met seldomer', () => {
    expect(
      goTogether([0, 1], [2, 2], [pattern([1, 1], 810), pattern([2, 1], 90), pattern([1, 2], 90), pattern([2, 2], 10)], every),
    ).toEqual([]);
    expect(goTogether([0, 1], [2, 2], [pattern([1, 1], 100), pattern([2, 2], 1)], every)).toEqual([]);
    const [apart] = goTogether([0, 1], [2, 2], [pattern([1, 2], 500), pattern([2, 1], 500)], every);
    expect(apart?.lifts.map((row) => row.map((lift) => lift >= 1))).toEqual([
      [true, true],
      [true, true],
    ]);
    expect(apart?.lifts[1]?.[1]).toBe(1);
  });

  it('does not count true pairs', () => {
    const twice = [...places, pattern([2, 2], 10_000)];
    const [found] = goTogether([0, 1], [2, 2], twice, ({ count }) => (count === 10_000 ? 0 : 1));
    expect(found?.lifts[1]?.[1]).toBeCloseTo(501 / 2, 6);
  });

  it('is a tree: of three that tell the same, each counts once', () => {
    const three = [pattern([1, 1, 1], 999_000), pattern([2, 2, 2], 1000)];
    const found = goTogether([0, 1, 2], [2, 2, 2], three, every);
    expect(found).toHaveLength(2);
    // A thousandth three times over is made a thousandth again, but for the two pairs that stand for what was not seen.
    const lift = liftOf(found, [2, 2, 2]);
    expect(lift).toBeGreaterThan(1000 ** 2 / 4 - 1000);
    expect(lift).toBeLessThan(1000 ** 2);
  });

  it('never makes a pair likelier one', () => {
    const code = fc.integer({ min: 0, max: 3 });
    const patterns = fc.array(fc.tuple(fc.tuple(code, code, code), fc.integer({ min: 1, max: 10_000 })), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(patterns, fc.tuple(code, code, code), (all, codes) => {
        const found = goTogether(
          [0, 1, 2],
          [3, 3, 3],
          all.map(([c, n]) => pattern(c, n)),
          every,
        );
        expect(found.length).toBeLessThanOrEqual(2);
        expect(liftOf(found, codes)).toBeGreaterThanOrEqual(1);
      }),
    );
  });
});

describe('people of one town', () => {
  const [given, street, city, postcode] = [0, 1, 2, 3];
  const priors = [given, street, city, postcode].map((k) => ({ m: [0.15, 0.85], shared: k !== given, correlated: k >= city }));
  const random = [
    ...places.map(({ codes: [c = 0, p = 0], count }) => pattern([1, 1, c, p], count)),
    pattern([2, 1, 1, 1], 3000),
    pattern([1, 2, 1, 1], 30),
  ];
  // Five hundred are there twice, a fifth of whom moved; as many live together; and 2,250 pairs are of one city and postcode.
  const candidates = [
    pattern([2, 2, 2, 2], 400),
    pattern([2, 1, 1, 1], 100),
    pattern([1, 2, 2, 2], 500),
    pattern([1, 1, 2, 2], 2250),
    pattern([2, 1, 2, 2], 7),
  ];
  const found = (correlated: boolean) => {
    const told = priors.map((p) => ({ ...p, correlated: correlated && p.correlated }));
    return train(told, [{ rule: 0, blocked: [city, postcode] }], candidates, random, 4_500_000).kin[0]?.share ?? Number.NaN;
  };

  it('hardly pass for relatives, who have more in common', () => {
    expect(found(true)).toBeLessThan(0.6 * found(false));
  });
});

describe('a model', () => {
  const rung = (level: string, weight: number) => ({ level, m: 0.5, u: 0.5, h: 0.5, weight, against_relatives: 0, trained: 'data' });
  const model = (levels: readonly [string, string]) => ({
    format: 1,
    entity: 'person',
    attributes: [
      { name: 'state', kind: 'category', levels: [rung('equal', 2), rung('disagree', -2)] },
      { name: 'country', kind: 'category', levels: [rung('equal', 1), rung('disagree', -1)] },
    ],
    together: [{ attributes: ['state', 'country'], bits: [{ levels, bits: -1 }] }],
    prior: 0.5,
    related: 0,
    threshold: 0,
    review: -1,
    blocking: [],
  });

  it('counts less for what goes together, and for nothing where a value is missing', () => {
    const weigh = weigher(parseModel(model(['equal', 'equal'])));
    const [nothing, one] = [weigh([0, 0]).strangers, weigh([0, 2]).strangers];
    expect(weigh([2, 0]).strangers + one - 2 * nothing - (weigh([2, 2]).strangers - nothing)).toBeCloseTo(1, 9);
    expect(weigh([1, 2]).strangers - nothing).toBeCloseTo(-2 + one - nothing, 9);
  });

  it('says which levels it does not know', () => {
    expect(() => parseModel(model(['equal', 'alike']))).toThrow('together: state and country have no levels equal and alike');
  });
});
