import { folded } from './fold.js';
import { afterTitles, between, conjunctions, dottedTitles, particles, suffixes, suffixSpelling, titles } from './name_words.js';

/** The parts of a person's name; one that is not there, or can't be told, is null. */
export interface NameParts {
  readonly given: string | null;
  readonly middle: string | null;
  readonly family: string | null;
  readonly title: string | null;
  readonly suffix: string | null;
}

export interface NameOrder {
  /** How names without a comma are written; `comma`: they are not taken apart. */
  readonly order: 'given_first' | 'family_first' | 'comma';
  /** How many words a family name has, where nothing else says it. */
  readonly familyWords: number;
}

const nothing: NameParts = { given: null, middle: null, family: null, title: null, suffix: null };

/** A word as the lists know it: folded, without dots. */
function plain(word: string): string {
  return folded(word).replaceAll('.', '');
}

function joined(words: readonly string[]): string | null {
  return words.length === 0 ? null : words.join(' ');
}

/**
 * Takes a name apart. A comma always means `Family, Given`, unless a suffix follows it. A name of two people, of a script that
 * writes without blanks, or with more commas than are understood has no parts.
 */
export function partsOfName(whole: string, { order, familyWords }: NameOrder): NameParts {
  const bare = whole.replaceAll(/"[^"]*"|“[^”]*”|\([^)]*\)/g, ' ');
  const written = bare.split(/[,،、]/).map((piece) => piece.split(/\s+/).filter((word) => word !== ''));
  const isSuffixes = (piece: readonly string[], i: number): boolean => i > 0 && piece.every(isSuffix);
  const pieces = written.filter((piece, i) => !isSuffixes(piece, i));
  if (pieces.flat().some((word) => between.has(folded(word)))) return nothing;
  const title: string[] = [];
  const suffix: string[] = written.filter(isSuffixes).flat();
  const people = pieces.map((words) => {
    const start = titleEnd(words);
    title.push(...words.slice(0, start));
    const rest = words.slice(start);
    const behind: string[] = [];
    while (rest.length > 1 && isSuffix(rest.at(-1) ?? '')) behind.unshift(rest.pop() ?? '');
    suffix.unshift(...behind);
    return rest;
  });
  const around = { title: joined(title), suffix: joined(suffix) };
  const [first = [], second, ...more] = people;
  if (more.length > 0 || first.length === 0) return nothing;
  if (second !== undefined) return { ...around, family: joined(first), given: second[0] ?? null, middle: joined(second.slice(1)) };
  if (order === 'comma') return nothing;
  if (first.length === 1) {
    const [word = ''] = first;
    // One word of Han or Hangul may well be a whole name.
    if (/[\p{Script=Han}\p{Script=Hangul}\p{Script=Hiragana}\p{Script=Katakana}]/u.test(word)) return { ...nothing, ...around };
    const alone = title.length > 0 || order === 'family_first';
    return { ...around, given: alone ? null : word, middle: null, family: alone ? word : null };
  }
  const [family, others] = order === 'family_first' ? familyInFront(first, familyWords) : familyBehind(first, familyWords);
  return { ...around, family: joined(family), given: others[0] ?? null, middle: joined(others.slice(1)) };
}

/** Where the titles in front end; at least one word is left for the name. */
function titleEnd(words: readonly string[]): number {
  let end = 0;
  while (end < words.length - 1) {
    const word = words[end] ?? '';
    const isTitle =
      titles.has(plain(word)) ||
      (word.endsWith('.') && dottedTitles.has(plain(word))) ||
      (end > 0 && afterTitles.has(plain(word)) && word.endsWith('.'));
    if (!isTitle) break;
    end++;
  }
  return end;
}

function isSuffix(word: string): boolean {
  return suffixes.has(plain(word));
}

function isParticle(word: string): boolean {
  return particles.has(folded(word).replace(/[.’]$/, ''));
}

type Split = readonly [family: readonly string[], others: readonly string[]];

function familyBehind(words: readonly string[], familyWords: number): Split {
  let start = Math.max(1, words.length - familyWords);
  for (;;) {
    const before = words[start - 1] ?? '';
    if (start > 1 && isParticle(before)) start--;
    else if (start > 2 && conjunctions.has(folded(before))) start -= 2;
    else break;
  }
  return [words.slice(start), words.slice(0, start)];
}

function familyInFront(words: readonly string[], familyWords: number): Split {
  let end = Math.min(words.length - 1, familyWords);
  while (end < words.length - 1 && words.slice(0, end).every(isParticle)) end++;
  return [words.slice(0, end), words.slice(end)];
}

/**
 * A name that is written all in capitals, or without any, as it is usually spelled; any other as it is, for whoever wrote it
 * knew. `Mac` is left alone: Macdonald and MacDonald are both names.
 */
export function mendedCase(whole: string): string {
  if (whole !== whole.toUpperCase() && whole !== whole.toLowerCase()) return whole;
  if (whole.toUpperCase() === whole.toLowerCase()) return whole;
  const words = whole.split(' ');
  return words.map((word, i) => mendedWord(word, i > 0 && i < words.length - 1, i > 0)).join(' ');
}

function mendedWord(word: string, inside: boolean, behind: boolean): string {
  const key = plain(word).replace(/,$/, '');
  if (behind && suffixes.has(key)) return respelled(word, suffixSpelling.get(key) ?? key.toUpperCase());
  if (inside && (isParticle(word) || conjunctions.has(folded(word))) && !/^(mc|mac|san|santa|st|saint)\.?$/i.test(word))
    return word.toLowerCase();
  // Initials: J.R.R.
  if (/^(?:\p{L}\.)+,?$/u.test(word)) return word.toUpperCase();
  return word
    .toLowerCase()
    .replace(/(^|[^\p{L}\p{M}'’.]|\.)(\p{L})/gu, (_, before: string, letter: string) => before + letter.toUpperCase())
    .replace(
      /(^|[^\p{L}])(o|d|l|n|m)(['’])(\p{L})/giu,
      (_, b: string, l: string, mark: string, next: string) => b + l.toUpperCase() + mark + next.toUpperCase(),
    )
    .replace(/(^|[^\p{L}])Mc(\p{L})/gu, (_, before: string, letter: string) => `${before}Mc${letter.toUpperCase()}`);
}

/** A word in another spelling, with the dots and the comma that it had behind it. */
function respelled(word: string, spelling: string): string {
  return spelling + (/[.,]+$/.exec(word)?.[0] ?? '');
}
