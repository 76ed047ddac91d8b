import type { Pattern } from './mixture.js';
import { add, normal, still } from './mixture.js';
import { randomOf } from './random.js';

/*
 * What share of the true pairs blocking finds. Those that it doesn't find are not there to be counted, but what they would look like is known: how often
 * two records of one entity lack a value or differ in one shows in the pairs that were found. As a pair that differs in what a rule goes by is only
 * found by another, differences are seldomer among these than they are; so they are reckoned up until what would be found of all is what was.
 * How many rules found a pair would say nothing of it: rules go by the same values, or, where values are missing, never by the same pairs.
 */

/** Virtual true pairs on which rules are tried. */
const trials = 4000;
const mostRounds = 60;
/** More than any code: see `compare.ts`. */
const width = 8;

/**
 * The share of the true pairs that rules find, from 0 to 1. Attributes are taken for independent of each other, in pairs of one entity.
 * @param found the candidates, of each pattern as many as are of one entity by their own chances
 * @param usual what is known of the pairs of one entity before any data was seen: by attribute, shares of the codes from 1 on. It stands where the data can't tell, as of
 * what all rules go by
 * @param rules the attributes by which each rule goes, at most two, as numbers
 * @param agrees of each rule and what it goes by, in what share of the pairs of one entity that is known to agree; nothing where it agrees only if all is equal
 */
export function shareFound(
  found: readonly Pattern[],
  usual: readonly (readonly number[])[],
  rules: readonly (readonly number[])[],
  agrees: readonly (readonly number[])[] = [],
): number {
  const all = found.reduce((n, f) => n + f.count, 0);
  if (all === 0) return 1;
  const counted = usual.map((levels) => [0, ...levels].map(() => 0));
  for (const { codes, count } of found) for (const [k, code] of codes.entries()) add(counted[k], code, count);
  const finds = rules.map((attributes, rule) => findsOf(found, usual, attributes, rule, agrees[rule] ?? []));
  const random = randomOf('what blocking finds');
  const draws = usual.map(() => Float64Array.from({ length: trials }, random));
  // A value that is missing is missing as often as it is; the rest begins with what is usual.
  let shares = usual.map((levels, k) => {
    const missing = (counted[k]?.[0] ?? 0) / all;
    return [missing, ...levels.map((share) => share * (1 - missing))];
  });
  let share = 1;
  for (let round = 0; round < mostRounds; round++) {
    const codes = shares.map((of, k) => drawn(of, draws[k] ?? new Float64Array()));
    const missed = new Float64Array(trials).fill(1);
    for (const [i, chances] of finds.entries()) {
      const [a, b] = [codes[rules[i]?.[0] ?? 0], codes[rules[i]?.[1] ?? -1]];
      for (let t = 0; t < trials; t++) missed[t] = (missed[t] ?? 0) * (1 - (chances[(a?.[t] ?? 0) * width + (b?.[t] ?? 0)] ?? 0));
    }
    const next = Math.max(0.01, 1 - missed.reduce((sum, x) => sum + x, 0) / trials);
    const moved = Math.abs(next - share);
    share = next;
    if (moved < still) break;
    const each = all / share / trials;
    shares = counted.map((of, k) => {
      const counts = of.map((n) => n + 1e-3);
      for (let t = 0; t < trials; t++) add(counts, codes[k]?.[t] ?? 0, each * (missed[t] ?? 0));
      return [...normal(counts)];
    });
  }
  return share;
}

/** Codes by what was drawn for each pair, from 0 up to 1. */
function drawn(shares: readonly number[], draws: Float64Array): Uint8Array {
  return Uint8Array.from(draws, (draw) => {
    let [code, left] = [0, draw];
    while (code < shares.length - 1 && left > (shares[code] ?? 0)) left -= shares[code++] ?? 0;
    return code;
  });
}

/**
 * How likely a rule finds a pair by the codes of what it goes by: as it did with those pairs that other rules found. What no other found is found if all is
 * equal, and else as often as what the rule goes by is known to agree where the values don't.
 */
function findsOf(
  found: readonly Pattern[],
  usual: readonly (readonly number[])[],
  attributes: readonly number[],
  rule: number,
  agrees: readonly number[],
): Float64Array {
  const [yes, all] = [new Float64Array(width * width), new Float64Array(width * width)];
  const [a = 0, b = -1] = attributes;
  const bit = 1 << rule;
  for (const { codes, rules, count } of found) {
    if ((rules & ~bit) === 0) continue;
    const cell = (codes[a] ?? 0) * width + (codes[b] ?? 0);
    all[cell] = (all[cell] ?? 0) + count;
    if ((rules & bit) !== 0) yes[cell] = (yes[cell] ?? 0) + count;
  }
  const known = (code: number, attribute: number, place: number): number => {
    const levels = usual[attribute] ?? [];
    const equal = levels.at(-1) ?? 0;
    return code === levels.length ? 1 : code === 0 ? 0 : Math.max(0, ((agrees[place] ?? equal) - equal) / (1 - equal));
  };
  return yes.map((n, cell) => (n + known(Math.floor(cell / width), a, 0) * known(cell % width, b, 1)) / ((all[cell] ?? 0) + 1));
}
