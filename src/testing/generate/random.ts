/** A stream of pseudo-random values. Two streams made from the same key give the same values in the same order. */
export interface Random {
  /** A number from 0 up to, but not including, 1, with 53 random bits. */
  readonly fraction: () => number;
  /** A whole number from `min` to `max`, both included. */
  readonly int: (min: number, max: number) => number;
  /** True with probability `share` (0 to 1). */
  readonly chance: (share: number) => boolean;
  /** One item of a list. Throws a RangeError when the list is empty. */
  readonly pick: <T>(list: readonly T[]) => T;
  /** One value of a list of [value, weight]; weights need not sum to anything. Throws a RangeError on an empty list. */
  readonly weighted: <T>(choices: readonly (readonly [T, number])[]) => T;
}

/**
 * Random streams addressed by index: row 7 of a file has the same values whether or not rows 0 to 6 were made
 * before it. That is what lets a row be repeated later, and a customer be met in four files, without being kept.
 */
export type KeyedRandom = (index: number) => Random;

/** The keyed streams of one seed and one label. Streams of different labels are independent of each other. */
export function keyed(seed: number, label: string): KeyedRandom {
  const low = hashed(label, seed >>> 0);
  const high = hashed(label, Math.floor(seed / 2 ** 32) ^ 0x9e3779b9);
  return (index) => streamOf(sfc32(low, high, index >>> 0, Math.floor(index / 2 ** 32)));
}

/**
 * A seeded bijection on 0..size-1 that is computed, not stored: a four-round Feistel network over the next even
 * number of bits, walked until it lands inside. The first k values are k distinct indexes drawn at random;
 * `permutation(i) < k` holds for exactly k indexes. `size` may be up to 2^30.
 */
export function permutation(seed: number, label: string, size: number): (index: number) => number {
  const half = Math.max(1, Math.ceil(Math.log2(Math.max(2, size)) / 2));
  const mask = 2 ** half - 1;
  const random = keyed(seed, label)(0);
  const keys = [0, 1, 2, 3].map(() => random.int(0, 0x7fffffff));
  const scrambled = (value: number): number => {
    let left = value >>> half;
    let right = value & mask;
    for (const key of keys) [left, right] = [right, left ^ (mixed(right ^ key) & mask)];
    return (left << half) | right;
  };
  return (index) => {
    let value = scrambled(index);
    while (value >= size) value = scrambled(value);
    return value;
  };
}

function streamOf(next: () => number): Random {
  const fraction = (): number => ((next() >>> 5) * 2 ** 26 + (next() >>> 6)) / 2 ** 53;
  const pick = <T>(list: readonly T[]): T => {
    const item = list[Math.floor(fraction() * list.length)];
    if (item === undefined) throw new RangeError('cannot pick from an empty list');
    return item;
  };
  const weighted = <T>(choices: readonly (readonly [T, number])[]): T => {
    let left = fraction() * choices.reduce((sum, [, weight]) => sum + weight, 0);
    for (const [value, weight] of choices) {
      left -= weight;
      if (left < 0) return value;
    }
    return pick(choices)[0];
  };
  return {
    fraction,
    int: (min, max) => min + Math.floor(fraction() * (max - min + 1)),
    chance: (share) => fraction() < share,
    pick,
    weighted,
  };
}

/** Chris Doty-Humphrey's small fast counter generator: 128 bits of state, passes PractRand. */
function sfc32(first: number, second: number, third: number, fourth: number): () => number {
  let [a, b, c, counter] = [first | 0, second | 0, third | 0, (fourth | 0) + 1];
  const next = (): number => {
    const result = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + result) | 0;
    return result >>> 0;
  };
  // Neighbouring keys differ in a few bits only; fifteen rounds spread them over the whole state.
  for (let round = 0; round < 15; round += 1) next();
  return next;
}

function hashed(text: string, start: number): number {
  let hash = start ^ 0x811c9dc5;
  for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return mixed(hash);
}

function mixed(value: number): number {
  let hash = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
