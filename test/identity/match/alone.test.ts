import { describe, expect, it } from 'vitest';
import { aloneIn, weightOf } from '../../../src/identity/match/alone.js';
import { attributeKind } from '../../../src/identity/match/attributes/registry.js';
import type { MatchModel } from '../../../src/identity/match/model.js';

type Bits = Readonly<Record<string, number>>;

/** A model of attributes of some kinds, each on its own ladder: +10 bits where equal, +5 where nearly, −3 where not, if nothing else is said. */
function model(kinds: Readonly<Record<string, string>>, bits: Bits = {}, against: Bits = {}): MatchModel {
  const rung = { m: 0.5, u: 0.5, h: 0.5, against_relatives: 0, trained: 'data' as const };
  return {
    format: 1,
    entity: 'person',
    together: [],
    attributes: Object.entries(kinds).map(([name, kind]) => {
      const levels = [...attributeKind(kind).levels.map((l) => l.name), 'disagree'];
      const weight = (i: number): number => (i === levels.length - 1 ? (against[name] ?? -3) : i === 0 ? (bits[name] ?? 10) : 5);
      return { name, kind, levels: levels.map((level, i) => ({ ...rung, level, weight: weight(i) })) };
    }),
    prior: 0.001,
    related: 0,
    threshold: 0,
    review: -5,
    one_per_source: [],
    blocking: [],
  };
}

type Pair = Readonly<Record<string, 'equal' | 'nearly' | 'disagree'>>;

/** What is said of a pair, by how alike its attributes are. */
function about(said: MatchModel, pair: Pair) {
  const code = ({ name, levels }: MatchModel['attributes'][number]): number =>
    ({ equal: levels.length, nearly: levels.length - 1, disagree: 1, missing: 0 })[pair[name] ?? 'missing'];
  return aloneIn(said)(said.attributes.map(code));
}

/** What agrees alone of a pair. */
function alone(kinds: Readonly<Record<string, string>>, pair: Pair, bits = {}) {
  return about(model(kinds, bits), pair)?.attributes ?? null;
}

const person = { given: 'given_name', family: 'family_name', mail: 'email', phone: 'phone', born: 'date', country: 'category' };

describe('one value that agrees alone', () => {
  it('is a name, whatever its parts, or an e-mail, a phone number, a birth date', () => {
    expect(alone(person, { given: 'equal', family: 'equal' })).toEqual(['given', 'family']);
    expect(alone(person, { given: 'nearly', family: 'equal' })).toEqual(['given', 'family']);
    for (const one of ['family', 'mail', 'phone', 'born']) expect(alone(person, { [one]: 'equal' })).toEqual([one]);
  });

  it('is still alone where the rest speaks against it', () => {
    expect(alone(person, { given: 'equal', family: 'equal', mail: 'disagree', born: 'disagree' })).toEqual(['given', 'family']);
  });

  it('is confirmed by any other', () => {
    expect(alone(person, { given: 'equal', family: 'equal', born: 'nearly' })).toBeNull();
    expect(alone(person, { mail: 'equal', phone: 'equal' })).toBeNull();
    expect(alone(person, { mail: 'equal', family: 'equal', given: 'disagree' })).toBeNull();
  });

  it('is not confirmed by what is made of it: e-mails that are nearly the same; but by the very same one', () => {
    expect(alone(person, { given: 'equal', family: 'equal', mail: 'nearly' })).toEqual(['given', 'family', 'mail']);
    expect(alone(person, { given: 'equal', family: 'equal', mail: 'equal' })).toBeNull();
  });

  it('is not confirmed by what most strangers agree on too', () => {
    expect(alone(person, { given: 'equal', family: 'equal', country: 'equal' }, { country: 0.2 })).toEqual(['given', 'family']);
    expect(alone(person, { given: 'equal', family: 'equal', country: 'equal' }, { country: 3 })).toBeNull();
  });

  it('speaks for itself where it is there to tell things apart', () => {
    const thing = { firm: 'company', tax: 'code', title: 'text', city: 'city' };
    for (const one of ['firm', 'tax', 'title']) expect(alone(thing, { [one]: 'equal' })).toBeNull();
    expect(alone(thing, { city: 'equal' })).toEqual(['city']);
  });

  it('speaks for itself where nothing else could confirm it', () => {
    expect(alone({ given: 'given_name', family: 'family_name' }, { given: 'equal', family: 'equal' })).toBeNull();
    expect(alone({ mail: 'email' }, { mail: 'nearly' })).toBeNull();
    expect(alone({ name: 'name', country: 'category' }, { name: 'equal' }, { country: 0.2 })).toBeNull();
  });

  it('is nothing where nothing agrees', () => {
    expect(alone(person, {})).toBeNull();
    expect(alone(person, { given: 'disagree' })).toBeNull();
  });

  it('takes a pair to even odds at most, and never above a threshold that is lower, unless the data leaves hardly a doubt', () => {
    const name = { given: 'equal', family: 'equal' } as const;
    const weighs = (threshold: number, bits: number, pair: Pair = name): number =>
      weightOf(bits, about({ ...model(person), threshold }, pair));
    expect([-2, 0, 6].map((threshold) => weighs(threshold, 3))).toEqual([-2, 0, 0]);
    expect([-1, 0, 3.1, 3.2, 9].map((bits) => weighs(0, bits))).toEqual([-1, 0, 0, 3.2, 9]);
  });

  it('is never beyond doubt where anything speaks against it', () => {
    for (const pair of [{ born: 'disagree' }, { mail: 'disagree', phone: 'disagree' }] as const)
      expect(weightOf(9, about(model(person), { given: 'equal', family: 'equal', ...pair }))).toBe(0);
    expect(weightOf(9, about(model(person), { family: 'equal', given: 'disagree' }))).toBe(0);
    expect(weightOf(9, about(model(person), { given: 'equal', family: 'equal', born: 'nearly' }))).toBe(9);
  });

  it('may be beyond doubt where what disagrees is what many pairs of one disagree on', () => {
    const weighs = (mail: number): number =>
      weightOf(9, about(model(person, {}, { mail }), { given: 'equal', family: 'equal', mail: 'disagree' }));
    expect([-1, -1.5, -1.6, -3].map(weighs)).toEqual([9, 9, 0, 0]);
  });
});
