/** A stream of pseudo-random values. Two streams made from the same key give the same values in the same order. */
export interface Random {
  /** A number from 0 up to, but not including, 1, with 53 random bits. */
  fraction(): number;
  /** A whole number from `min` to `max`, both included. */
  int(min: number, max: number): number;
  /** True with probability `share` (0 to 1). */
  chance(share: number): boolean;
  /** One item of a list. Throws a RangeError when the list is empty. */
  pick<T>(list: readonly T[]): T;
  /** One value of a list of [value, weight]; weights need not sum to anything. Throws a RangeError on an empty list. */
  weighted<T>(choices: readonly (readonly [T, number])[]): T;
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
  return (index) => new Stream(low, high, index >>> 0, Math.floor(index / 2 ** 32));
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

/**
 * Chris Doty-Humphrey's small fast counter generator (sfc32): 128 bits of state, passes PractRand. A class, since a
 * stream is made for nearly every row: its methods are shared, and only four numbers are new.
 */
class Stream implements Random {
  private a: number;
  private b: number;
  private c: number;
  private counter: number;

  constructor(first: number, second: number, third: number, fourth: number) {
    this.a = first | 0;
    this.b = second | 0;
    this.c = third | 0;
    this.counter = (fourth | 0) + 1;
    // Neighbouring keys differ in a few bits only; fifteen rounds spread them over the whole state.
    for (let round = 0; round < 15; round += 1) this.next();
  }

  private next(): number {
    const { a, b, c, counter } = this;
    const result = (((a + b) | 0) + counter) | 0;
    this.counter = (counter + 1) | 0;
    this.a = b ^ (b >>> 9);
    this.b = (c + (c << 3)) | 0;
    this.c = (((c << 21) | (c >>> 11)) + result) | 0;
    return result >>> 0;
  }

  fraction(): number {
    const high = this.next() >>> 5;
    return (high * 2 ** 26 + (this.next() >>> 6)) / 2 ** 53;
  }

  int(min: number, max: number): number {
    return min + Math.floor(this.fraction() * (max - min + 1));
  }

  chance(share: number): boolean {
    return this.fraction() < share;
  }

  pick<T>(list: readonly T[]): T {
    const item = list[Math.floor(this.fraction() * list.length)];
    if (item === undefined) throw new RangeError('cannot pick from an empty list');
    return item;
  }

  weighted<T>(choices: readonly (readonly [T, number])[]): T {
    let sum = 0;
    for (const choice of choices) sum += choice[1];
    let left = this.fraction() * sum;
    for (const choice of choices) {
      left -= choice[1];
      if (left < 0) return choice[0];
    }
    return this.pick(choices)[0];
  }
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
