import type { Random } from './random.js';

/** Keys that lie beside each other, by row. */
const rows = ['1234567890', 'qwertyuiop', 'asdfghjkl', 'zxcvbnm'] as const;
const beside = new Map<string, string>(
  rows.flatMap((row) => [...row].map((key, at) => [key, (row[at - 1] ?? '') + (row[at + 1] ?? '')] as const)),
);

/** What sounds alike, or looks alike to a scanner: written one way, read the other. */
const alike: readonly (readonly [string, string])[] = [
  ['ph', 'f'],
  ['ck', 'k'],
  ['ie', 'ei'],
  ['th', 't'],
  ['tz', 'z'],
  ['ai', 'ay'],
  ['ss', 's'],
  ['ll', 'l'],
  ['nn', 'n'],
  ['tt', 't'],
  ['rn', 'm'],
  ['c', 'k'],
  ['y', 'i'],
  ['v', 'w'],
  ['0', 'O'],
  ['1', 'l'],
  ['5', 'S'],
];

/**
 * A text with one error of a hand or an ear, as data sets for record linkage have them: a wrong key (40%), two letters the other way round
 * (20%), one left out (18%), one doubled (12%), one for another that sounds or looks alike (10%). The first letter is spared in three of
 * four cases. A text of one letter stays.
 */
export function mistyped(text: string, random: Random): string {
  if (text.length < 2) return text;
  const at = random.chance(0.25) ? random.int(0, text.length - 1) : random.int(1, text.length - 1);
  const kind = random.int(0, 99);
  if (kind < 40) return wrongKey(text, at, random);
  if (kind < 60) return transposed(text, Math.max(0, at - 1));
  if (kind < 78) return text.slice(0, at) + text.slice(at + 1);
  if (kind < 90) return text.slice(0, at) + text.charAt(at) + text.slice(at);
  for (const [one, other] of alike) if (text.includes(one)) return text.replace(one, other);
  return wrongKey(text, at, random);
}

function wrongKey(text: string, at: number, random: Random): string {
  const letter = text.charAt(at);
  const keys = beside.get(letter.toLowerCase()) ?? 'e';
  const key = keys.charAt(random.int(0, keys.length - 1));
  return text.slice(0, at) + (letter === letter.toLowerCase() ? key : key.toUpperCase()) + text.slice(at + 1);
}

function transposed(text: string, at: number): string {
  return text.slice(0, at) + text.charAt(at + 1) + text.charAt(at) + text.slice(at + 2);
}
