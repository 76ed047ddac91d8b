import { describe, expect, it } from 'vitest';
import { attributeKind } from '../../../src/identity/match/attributes/registry.js';
import type { BlockSizes, Presence } from '../../../src/identity/match/blocking.js';
import { candidateRules, chooseRules } from '../../../src/identity/match/blocking.js';

/** The names of the rules that are chosen, where each costs so many pairs, and records have what `present` says. */
function chosen(
  kinds: readonly string[],
  present: readonly Presence[],
  budget: number,
  pairsOf: (rule: string) => number,
): readonly string[] {
  const rules = candidateRules(kinds.map((kind) => ({ name: kind, kind: attributeKind(kind) })));
  const sizes = rules.map(({ name }, rule): BlockSizes => ({ rule, size: 2, blocks: pairsOf(name) }));
  return chooseRules(rules, sizes, present, budget).map(({ rule }) => rule.name);
}

const having = (count: number, ...attributes: readonly string[]): Presence => ({ attributes: new Set(attributes), count });

describe('blocking rules', () => {
  it('go by what records have together, and not by what some have and others', () => {
    const names = chosen(
      ['email', 'family_name', 'postcode'],
      [having(500, 'email'), having(500, 'family_name', 'postcode')],
      1e6,
      () => 100,
    );
    expect(names.some((name) => /\(family_name\) and .*\(postcode\)/.test(name))).toBe(true);
    expect(names.filter((name) => name.includes('(email) and'))).toEqual([]);
  });

  it('are not used up by cheap ones, where a dear one finds more and pairs are left', () => {
    const kinds = ['given_name', 'family_name', 'city', 'postcode', 'category', 'number', 'word', 'degrees'];
    const twos = kinds.flatMap((a, i) => kinds.slice(i + 1).map((b) => having(a === 'given_name' && b === 'family_name' ? 200 : 30, a, b)));
    const isDear = (rule: string): boolean => /\(given_name\) and .*\(family_name\)/.test(rule);
    const names = chosen(kinds, twos, 1e6, (rule) => (isDear(rule) ? 200_000 : 20));
    expect(names.length).toBe(24);
    expect(names.filter(isDear).length).toBeGreaterThan(0);
  });

  it('are as many as are worth their pairs, and not more than are allowed', () => {
    const kinds = ['family_name', 'date', 'postcode'];
    const pairs = new Map(
      candidateRules(kinds.map((kind) => ({ name: kind, kind: attributeKind(kind) }))).map(({ name }, i) => [name, 1000 * (1 + (i % 7))]),
    );
    const names = chosen(kinds, [having(1000, ...kinds)], 5000, (rule) => pairs.get(rule) ?? 0);
    expect(names.reduce((sum, name) => sum + (pairs.get(name) ?? 0), 0)).toBeLessThanOrEqual(5000);
    expect(names.length).toBeGreaterThan(0);
  });
});
