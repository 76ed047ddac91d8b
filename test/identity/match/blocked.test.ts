import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { shareFound } from '../../../src/identity/match/blocked.js';
import type { Pattern } from '../../../src/identity/match/mixture.js';

/* Codes: 1 disagree, 2 equal; 0 where a value is missing. */
const usual = [0.2, 0.8];

/** Shares of the codes 0, 1 and 2 of an attribute. */
type Shares = readonly [missing: number, disagree: number, equal: number];

/** What rules find of true pairs whose attributes are independent, each rule where all that it goes by is equal, and what share that is. */
function blockedBy(
  attributes: readonly Shares[],
  rules: readonly (readonly number[])[],
): { readonly found: readonly Pattern[]; readonly share: number } {
  const pairs = attributes.reduce<readonly { readonly codes: readonly number[]; readonly count: number }[]>(
    (all, shares) => all.flatMap(({ codes, count }) => shares.map((share, code) => ({ codes: [...codes, code], count: count * share }))),
    [{ codes: [], count: 10_000 }],
  );
  const found = pairs
    .map(({ codes, count }) => ({
      codes,
      count,
      rules: rules.reduce((bits, rule, i) => bits | (rule.every((k) => codes[k] === 2) ? 1 << i : 0), 0),
    }))
    .filter((pair) => pair.rules !== 0);
  return { found, share: found.reduce((n, f) => n + f.count, 0) / 10_000 };
}

const shareOf = ({ found }: { readonly found: readonly Pattern[] }, attributes: readonly Shares[], rules: readonly (readonly number[])[]) =>
  shareFound(
    found,
    attributes.map(() => usual),
    rules,
  );

describe('the share of the true pairs that blocking finds', () => {
  const alone = [[0], [1], [2], [3]];

  it('is not low because a pair is mostly found by one rule alone, where most values are missing', () => {
    const attributes: readonly Shares[] = alone.map(() => [0.6, 0.02, 0.38]);
    const truth = blockedBy(attributes, alone);
    expect(truth.share).toBeLessThan(0.86);
    expect(shareOf(truth, attributes, alone)).toBeCloseTo(truth.share, 1);
  });

  it('is not high because two rules go by the same value, and so find the same pairs', () => {
    const rules = [[0, 1], [0, 2], [3]];
    const attributes: readonly Shares[] = [
      [0, 0.3, 0.7],
      [0, 0.05, 0.95],
      [0, 0.05, 0.95],
      [0, 0.5, 0.5],
    ];
    const truth = blockedBy(attributes, rules);
    expect(truth.share).toBeLessThan(0.86);
    expect(Math.abs(shareOf(truth, attributes, rules) - truth.share)).toBeLessThan(0.02);
  });

  it('is what is usual where all rules go by the same, so that the data says nothing', () => {
    const attributes: readonly Shares[] = [[0, 0.6, 0.4]];
    expect(shareOf(blockedBy(attributes, [[0]]), attributes, [[0]])).toBeCloseTo(0.8, 1);
  });

  it('is all where there is nothing to find', () => {
    expect(shareFound([], [usual], [[0]])).toBe(1);
  });
});

test('whatever is missing and whatever differs, the share is right within a few points', () => {
  const shares = fc.tuple(fc.double({ min: 0, max: 0.5, noNaN: true }), fc.double({ min: 0.02, max: 0.4, noNaN: true }));
  fc.assert(
    fc.property(fc.array(shares, { minLength: 3, maxLength: 5 }), (drawn) => {
      const attributes = drawn.map(([missing, apart]): Shares => [missing, (1 - missing) * apart, (1 - missing) * (1 - apart)]);
      const rules = [...attributes.map((_, k) => [k]), [0, 1], [1, 2]];
      const truth = blockedBy(attributes, rules);
      expect(Math.abs(shareOf(truth, attributes, rules) - truth.share)).toBeLessThan(0.04);
    }),
    { numRuns: 40 },
  );
});
