import type { MatchModel } from './model.js';
import { attributesOf } from './model.js';

/*
 * One value in common does not make one entity. That nobody else in the data is called the same does not mean that nobody else is, a family may
 * have one address of mail, and everybody who was born on a day was born on it. How rare a value is can't tell; something else must confirm it.
 */

/** Bits of a rung up to which agreement is neutral: what most strangers agree on too, such as the country where most live, confirms nothing. */
const neutral = 0.5;

/**
 * What of a pair agrees alone. All parts of a name are one value, with what is nearly the same in e-mails, which are made of it. Values that are there to
 * tell things apart, as codes and titles are, speak for themselves; so does any other where the model has nothing that could confirm it.
 * @returns the codes of a pair → the attributes that agree on one value, and nothing else does; null where that says nothing against the pair
 */
export function aloneIn(model: MatchModel): (codes: readonly number[]) => readonly string[] | null {
  const ladders = attributesOf(model).map(({ name, kind }, k) => {
    // By code: a missing value, disagreement, and what is more and more alike.
    const bits = [0, ...(model.attributes[k]?.levels ?? []).map((level) => level.weight).reverse()];
    const isEqual = (code: number): boolean => code === bits.length - 1;
    const ofName = (code: number): boolean => kind.naming === 'name' || (kind.naming === 'of_names' && !isEqual(code));
    return {
      name,
      distinctive: kind.distinctive,
      valueAt: (code: number): string | null => ((bits[code] ?? 0) <= neutral ? null : ofName(code) ? 'the name' : `attribute ${k}`),
      equal: bits.length - 1,
    };
  });
  return (codes) => {
    const agreeing = ladders.flatMap((ladder, k) => {
      const value = ladder.valueAt(codes[k] ?? 0);
      return value === null ? [] : [{ ...ladder, value }];
    });
    const values = new Set(agreeing.map((a) => a.value));
    if (values.size !== 1 || agreeing.some((a) => a.distinctive)) return null;
    const others = ladders.filter(({ name }) => !agreeing.some((a) => a.name === name));
    const couldConfirm = others.some(({ valueAt, equal }) => ![null, ...values].includes(valueAt(equal)));
    return couldConfirm ? agreeing.map((a) => a.name) : null;
  };
}

/** The most bits of a pair of which one value agrees alone: even odds, or the threshold where that is lower, so that people are asked. */
export function mostAlone({ threshold }: MatchModel): number {
  return Math.min(0, threshold);
}
