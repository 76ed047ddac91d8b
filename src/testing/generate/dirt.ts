import { z } from 'zod';
import { OnefoldError } from '../../base/errors.js';
import { didYouMean } from '../../base/suggest.js';

/** What can be wrong with a row, by name. `docs/guides/synthetic-data.md` says what each does. */
export const dirtKinds = [
  'typo',
  'nickname',
  'case',
  'format',
  'swapped',
  'missing',
  'invalid',
  'moved',
  'married',
  'shared',
  'alike',
  'contradicting',
  'repeated',
  'late',
  'corrected',
] as const;

/** One kind of dirt. */
export type DirtKind = (typeof dirtKinds)[number];

/** For each kind a factor of its usual share: 0 is none of it, 1 as usual, 2 twice as much. */
export type Dirt = Readonly<Record<DirtKind, number>>;

/** The names of levels, with the factor that each gives to every kind. */
export const dirtLevels = { none: 0, light: 0.4, normal: 1, heavy: 2.5 } as const;

/** The most that a factor may be. */
const most = 20;
const factor = z.number().min(0).max(most);
const level = z.enum(['none', 'light', 'normal', 'heavy']);
const factors = z.partialRecord(z.enum([...dirtKinds, 'level']), z.union([factor, level]));

/**
 * Reads how dirty data shall be: a level (`light`), a factor for all kinds (`1.5`), or JSON with factors by kind over a
 * level (`{"level":"light","typo":3}`; without `level`, over `normal`).
 * @throws OnefoldError `USAGE`
 */
export function dirtOf(text: string): Dirt {
  const whole = level.safeParse(text);
  if (whole.success) return evenly(dirtLevels[whole.data]);
  if (/^\d+(\.\d+)?$/.test(text) && Number(text) <= most) return evenly(Number(text));
  const parsed = text.trimStart().startsWith('{') ? parsedJson(text) : undefined;
  if (parsed === undefined) throw refused(`\`${text}\` is neither a level nor a factor nor a JSON object`);
  const unknown = Object.keys(Object(parsed)).find((kind) => !['level', ...dirtKinds].includes(kind));
  if (unknown !== undefined) throw refused(`there is no kind \`${unknown}\`${didYouMean(unknown, dirtKinds)}`);
  const found = factors.safeParse(parsed);
  if (!found.success) throw refused(`each kind takes a factor from 0 to ${most}`);
  const { level: base = 'normal', ...kinds } = found.data;
  const start = evenly(typeof base === 'number' ? base : dirtLevels[base]);
  const named = Object.entries(kinds).map(([kind, value]) => [kind, typeof value === 'string' ? dirtLevels[value] : value]);
  return { ...start, ...Object.fromEntries(named) };
}

/** The same factor for every kind. */
export function evenly(value: number): Dirt {
  return {
    typo: value,
    nickname: value,
    case: value,
    format: value,
    swapped: value,
    missing: value,
    invalid: value,
    moved: value,
    married: value,
    shared: value,
    alike: value,
    contradicting: value,
    repeated: value,
    late: value,
    corrected: value,
  };
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw refused('it is not valid JSON');
  }
}

function refused(why: string): OnefoldError {
  return new OnefoldError('USAGE', `The dirt can't be read: ${why}.`, {
    hint: `Give a level (${Object.keys(dirtLevels).join(', ')}), a factor such as 1.5, or JSON such as {"level":"light","typo":3}. Kinds: ${dirtKinds.join(', ')}.`,
  });
}
