import type { MatchModel } from './model.js';
import { attributesOf } from './model.js';

/*
 * One value in common hardly makes one entity. That nobody else in the data is called the same does not mean that nobody else is, a family may
 * have one address of mail, and everybody who was born on a day was born on it. So something else must confirm it, or, where nothing else is known of
 * one of the two, the data must leave hardly a doubt: as it does where most are there several times and hardly two have a name in common.
 */

/** Bits of a rung up to which agreement is neutral: what most strangers agree on too, such as the country where most live, confirms nothing. */
const neutral = 0.5;

/** Bits of a rung down to which disagreement is neutral: what a third of the pairs of one entity disagree on, such as e-mails that a travel agency made up, hardly speaks against any. */
const hardlyAgainst = -1.5;

/** Odds, in bits, that leave hardly a doubt: nine of ten such pairs are of one entity. */
const hardlyADoubt = Math.log2(9);

/** What of a pair agrees on one value, where nothing else does, and how far that goes. */
export interface Alone {
  readonly attributes: readonly string[];
  /** The most bits that such a pair weighs: even odds, or the threshold where that is lower, so that people are asked. */
  readonly most: number;
  /** Bits from which on it is enough all the same; null where something speaks against the pair. */
  readonly enough: number | null;
}

/** What a pair weighs of the bits that its values come to. */
export function weightOf(bits: number, alone: Alone | null): number {
  if (alone === null || bits <= alone.most) return bits;
  return alone.enough !== null && bits >= alone.enough ? bits : alone.most;
}

/**
 * What of a pair agrees alone. All parts of a name are one value, with what is nearly the same in e-mails, which are made of it. Values that are there to
 * tell things apart, as codes and titles are, speak for themselves; so does any other where the model has nothing that could confirm it.
 * @returns the codes of a pair → null where several values agree, or one that needs no other
 */
export function aloneIn(model: MatchModel): (codes: readonly number[]) => Alone | null {
  const ladders = attributesOf(model).map(({ name, kind }, k) => {
    // By code: a missing value, disagreement, and what is more and more alike.
    const bits = [0, ...(model.attributes[k]?.levels ?? []).map((level) => level.weight).reverse()];
    const equal = bits.length - 1;
    const isOfName = (code: number): boolean => kind.naming === 'name' || (kind.naming === 'of_names' && code !== equal);
    const values = bits.map((told, code) => (told <= neutral ? null : isOfName(code) ? 'the name' : `attribute ${k}`));
    return { name, distinctive: kind.distinctive, bits, values, atBest: values[equal] ?? null };
  });
  return (codes) => {
    let value: string | null = null;
    const agreeing: number[] = [];
    for (const [k, { values, distinctive }] of ladders.entries()) {
      const here = values[codes[k] ?? 0] ?? null;
      if (here === null) continue;
      if (distinctive || (value !== null && value !== here)) return null;
      value = here;
      agreeing.push(k);
    }
    if (value === null) return null;
    const couldConfirm = ladders.some(({ atBest }, k) => !agreeing.includes(k) && atBest !== null && atBest !== value);
    if (!couldConfirm) return null;
    const isOpposed = ladders.some(({ bits }, k) => (bits[codes[k] ?? 0] ?? 0) < hardlyAgainst);
    return {
      attributes: agreeing.map((k) => ladders[k]?.name ?? ''),
      most: Math.min(0, model.threshold),
      enough: isOpposed ? null : hardlyADoubt,
    };
  };
}
