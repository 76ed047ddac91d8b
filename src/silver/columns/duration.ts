import { z } from 'zod';
import type { Mapped } from './contract.js';
import { columnType } from './contract.js';
import { folded } from './fold.js';

/** Seconds of each unit, by the words that people write for it. */
const units: readonly { readonly seconds: number; readonly words: readonly string[] }[] = [
  { seconds: 604_800, words: ['w', 'wk', 'wks', 'week', 'weeks', 'woche', 'wochen', 'semaine', 'semaines', 'semana', 'semanas'] },
  { seconds: 86_400, words: ['d', 'day', 'days', 'tag', 'tage', 'tagen', 'jour', 'jours', 'j', 'dia', 'dias'] },
  { seconds: 3600, words: ['h', 'hr', 'hrs', 'hour', 'hours', 'std', 'stunde', 'stunden', 'heure', 'heures', 'hora', 'horas'] },
  { seconds: 60, words: ['m', 'min', 'mins', 'minute', 'minutes', 'minuten', 'minuto', 'minutos', "'", '′'] },
  {
    seconds: 1,
    words: ['s', 'sec', 'secs', 'second', 'seconds', 'sek', 'sekunde', 'sekunden', 'seconde', 'secondes', 'segundo', 'segundos', '"', '″'],
  },
];
const secondsOf = new Map(units.flatMap(({ seconds, words }) => words.map((word) => [word, BigInt(seconds) * 1_000_000n])));
const millisecond = new Set(['ms', 'msec', 'millisecond', 'milliseconds']);
const unitOption = { ms: 1000n, s: 1_000_000n, min: 60_000_000n, h: 3_600_000_000n, d: 86_400_000_000n } as const;

/**
 * A length of time in seconds, to the microsecond: `1h 30m`, `90 min`, `1:30:00`, `PT1H30M`, `2 days`. `1:30` needs `clock`
 * and a number by itself needs `unit`; months and years, which are not always equally long, can't be read.
 */
export const duration = columnType({
  name: 'duration',
  options: z.object({
    unit: z.enum(['ms', 's', 'min', 'h', 'd']).optional().describe('Of a number that names none'),
    clock: z.enum(['h:m', 'm:s']).optional().describe('What `1:30` is'),
  }),
  sqlType: () => 'DECIMAL(18, 6)',
  refusals: {
    unit: 'is a number without a unit, and none is declared',
    clock: 'has two numbers and a colon, and whether they are hours and minutes is not declared',
    calendar: 'has months or years, which are not always equally long',
  },
  map:
    ({ unit, clock }) =>
    (text) => {
      if (text.length > 100) return { value: null };
      const negative = /^[-−]/.test(text);
      const body = folded(text.replace(/^[-+−]/, ''));
      const micros = iso(body) ?? clockTime(body, clock) ?? words(body) ?? bare(body, unit);
      if (typeof micros === 'string') return { value: null, refused: micros };
      return { value: micros === null ? null : spelled(negative ? -micros : micros) };
    },
});

/** Microseconds, the name of a refusal, or null where the text is of another kind. */
type Read = bigint | 'unit' | 'clock' | 'calendar' | null;

/** A number of units, each of so many microseconds; rounded half up below one. */
function times(number: string, micros: bigint): bigint {
  const [whole = '', part = ''] = number.replace(',', '.').split('.');
  const scale = 10n ** BigInt(part.length);
  return (BigInt(`${whole}${part}` || '0') * micros * 2n + scale) / (scale * 2n);
}

function iso(body: string): Read {
  const found = /^p(?:(\d+)y)?(?:(\d+)m)?(?:([\d.,]+)w)?(?:([\d.,]+)d)?(?:t(?:([\d.,]+)h)?(?:([\d.,]+)m)?(?:([\d.,]+)s)?)?$/.exec(body);
  if (found === null || !/\d/.test(body)) return null;
  if (found[1] !== undefined || found[2] !== undefined) return 'calendar';
  return total(
    found.slice(3).flatMap((number, i) => (number === undefined ? [] : [{ number, micros: BigInt(units[i]?.seconds ?? 0) * 1_000_000n }])),
  );
}

function clockTime(body: string, clock: 'h:m' | 'm:s' | undefined): Read {
  const found = /^(?:(\d{1,6})[ .])?(\d{1,9}):([0-5]?\d)(?::([0-5]?\d(?:[.,]\d{1,9})?))?$/.exec(body);
  if (found === null) return null;
  const [, days = '0', first = '0', second = '0', third] = found;
  if (third === undefined && clock === undefined) return 'clock';
  const hours = third !== undefined || clock === 'h:m';
  return total([
    { number: days, micros: unitOption.d },
    { number: first, micros: hours ? unitOption.h : unitOption.min },
    { number: second, micros: hours ? unitOption.min : unitOption.s },
    { number: third ?? '0', micros: unitOption.s },
  ]);
}

function words(body: string): Read {
  const parts = [...body.matchAll(/([\d.,]+)\s*([a-z]+\.?|['"′″])\s*(?:,|and|und|et|y)?\s*/g)];
  if (parts.length === 0 || parts.map((p) => p[0]).join('') !== body) return null;
  const read = parts.map(([, number = '', unit = '']) => {
    const word = unit.replace(/\.$/, '');
    return { number, micros: millisecond.has(word) ? 1000n : secondsOf.get(word) };
  });
  if (parts.some(([, , unit = '']) => /^(y|yr|yrs|years?|mo|mon|months?|jahre?|monate?|ans?|mois|anos?|mes(es)?)$/.test(unit)))
    return 'calendar';
  return total(read);
}

function bare(body: string, unit: keyof typeof unitOption | undefined): Read {
  if (!isNumber(body)) return null;
  return unit === undefined ? 'unit' : total([{ number: body, micros: unitOption[unit] }]);
}

function isNumber(text: string): boolean {
  return /^\d{1,15}([.,]\d{1,9})?$|^[.,]\d{1,9}$/.test(text);
}

/** The sum of numbers of units; null where one of them is no number or no unit, or the sum has more than 11 digits of seconds. */
function total(parts: readonly { readonly number: string; readonly micros: bigint | undefined }[]): bigint | null {
  let sum = 0n;
  for (const { number, micros } of parts) {
    if (micros === undefined || !isNumber(number)) return null;
    sum += times(number, micros);
  }
  return sum < 10n ** 17n ? sum : null;
}

function spelled(micros: bigint): Mapped['value'] {
  const size = (micros < 0n ? -micros : micros).toString().padStart(7, '0');
  return `${micros < 0n ? '-' : ''}${size.slice(0, -6)}.${size.slice(-6)}`;
}
