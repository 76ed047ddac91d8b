import type { Pattern, Prior } from './mixture.js';
import { ratio, shares } from './mixture.js';

/*
 * Names that are there to tell things apart, as those of companies are, and that no session of training looks at: all rules go by the name, or there is hardly anything else to go by, as
 * in lists of suppliers or employers as people typed them. Who goes by how many names and whom chance calls alike would both explain what is seen. Where many are there again under the very same
 * name, they are under others too, and what is known beforehand decides how many on each rung are one.
 */

/** So many pairs for each record have the same name and are one: as where a third of the records have another beside them. */
const again = 0.15;

/**
 * Or, where every spelling stands once, so many for each record have nearly the same name and are one, and so many of all pairs: of companies that each stand once, one pair in two thousand has, however many they are.
 * Such entities go by very many names. So what is alike is one the more, and what is not says little.
 */
const nearly = { likely: 0.7, each: 1, ofAll: 1e-3, odds: 3, against: 1 };

/** What is known of names that are there again. */
export interface NamesAgain {
  /** What two records of one entity agree on, as of the attribute. */
  readonly m: readonly number[];
  /** How likely it is that two records of these codes are one. */
  readonly areOne: (codes: readonly number[]) => number;
  /** Bits down to which a pair speaks against its being one; null where all count. */
  readonly against: number | null;
}

/**
 * Null where hardly any are there again, or nothing is known beforehand: those nearly alike are others then, but for as many as is usual.
 * @param name the attribute, `k` its number
 * @param m of all attributes what two records of one entity agree on, as it was learned or is usual, and `u` what strangers do
 * @param allPairs how many pairs the records make
 */
export function namesAgain(
  name: Prior | undefined,
  k: number,
  m: readonly (readonly number[])[],
  u: readonly (readonly number[])[],
  candidates: readonly Pattern[],
  allPairs: number,
): NamesAgain | null {
  if (name?.areOne === undefined) return null;
  const { m: usual, areOne: known } = name;
  const byOdds =
    (times: number) =>
    (codes: readonly number[]): number => {
      const said = known[(codes[k] ?? 0) - 1] ?? 0;
      const odds = times * (said / (1 - said)) * ratio(m, u, codes.with(k, 0));
      return odds / (1 + odds);
    };
  const areOneOf = (isThere: (code: number) => boolean): number =>
    candidates.reduce((n, { codes, count }) => n + (isThere(codes[k] ?? 0) ? count * byOdds(1)(codes) : 0), 0);
  const records = (1 + Math.sqrt(1 + 8 * allPairs)) / 2;
  const isAgain = areOneOf((code) => code === usual.length) >= again * records;
  const near = areOneOf((code) => (known[code - 1] ?? 0) >= nearly.likely);
  if (!isAgain && near < Math.max(nearly.each * records, nearly.ofAll * allPairs)) return null;
  const areOne = byOdds(isAgain ? 1 : nearly.odds);
  const found = shares(candidates, k, usual.length, ({ codes }) => areOne(codes));
  const others = usual.reduce((sum, share, i) => sum + (known[i] === 0 ? share : 0), 0);
  return {
    m: usual.map((share, i) => (known[i] === 0 ? share : (1 - others) * (found[i] ?? 0))),
    areOne,
    against: isAgain ? null : nearly.against,
  };
}
