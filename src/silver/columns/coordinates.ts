import { z } from 'zod';
import type { Mapped } from './contract.js';
import { columnType } from './contract.js';

const number = '[-+−]?\\d{1,3}(?:[.,]\\d{1,18})?';
const angle = `(${number})\\s*(?:[°º]\\s*(?:(\\d{1,2}(?:[.,]\\d{1,12})?)\\s*['’′]\\s*)?(?:(\\d{1,2}(?:[.,]\\d{1,12})?)\\s*(?:["”″]|''|’’)\\s*)?)?`;
const letter = '([NSEWO])';
const separator = '\\s*([,;:/|]|\\s)\\s*';
const behind = new RegExp(`^${angle}\\s*${letter}\\s*[,;:/|]?\\s*${angle}\\s*${letter}$`, 'iu');
const before = new RegExp(`^${letter}\\s*${angle}\\s*[,;:/|]?\\s*${letter}\\s*${angle}$`, 'iu');
const plain = new RegExp(`^[([]?\\s*${angle}${separator}${angle}\\s*[)\\]]?$`, 'u');
const point = new RegExp(`^(?:SRID=4326;\\s*)?POINT\\s*\\(\\s*(${number})\\s+(${number})\\s*\\)$`, 'iu');

/**
 * A point on the earth in degrees: the value is `latitude,longitude`, the companions hold the two as numbers. Read are
 * `47.37, 8.54`, `47.37 : 8.54`, `47°22'N 8°32'E`, `N47.37 E8.54` and `POINT(8.54 47.37)`. Which of two plain numbers is the
 * latitude must be declared, unless one of them lies beyond 90. Both must lie in their range; nine digits are kept.
 */
export const coordinates = columnType({
  name: 'coordinates',
  options: z.object({ order: z.enum(['lat_lng', 'lng_lat']).optional().describe('Of two numbers without letters or other proof') }),
  companions: [
    { suffix: 'lat', type: 'DECIMAL(11, 9)' },
    { suffix: 'lng', type: 'DECIMAL(12, 9)' },
  ],
  sqlType: () => 'VARCHAR',
  refusals: {
    order: 'could begin with the latitude or with the longitude, and which is not declared',
    range: 'lies beyond 90 degrees of latitude or 180 of longitude',
  },
  map:
    ({ order }) =>
    (text) => {
      if (text.length > 120) return { value: null };
      const read = lettered(text) ?? unlettered(text);
      if (read === null) return { value: null };
      const [first, second, stated] = read;
      if (stated !== undefined) return pointAt(first, second, stated);
      const beyond = (degrees: bigint): boolean => degrees > limit.lat || -degrees > limit.lat;
      const proven = beyond(first) ? 'lng_lat' : beyond(second) ? 'lat_lng' : undefined;
      const meant = order ?? proven;
      return meant === undefined ? { value: null, refused: 'order' } : pointAt(first, second, meant);
    },
});

const billionth = 1_000_000_000n;
const limit = { lat: 90n * billionth, lng: 180n * billionth };

type Read = readonly [first: bigint, second: bigint, order: 'lat_lng' | 'lng_lat' | undefined] | null;

function pointAt(first: bigint, second: bigint, order: 'lat_lng' | 'lng_lat'): Mapped {
  const [lat, lng] = order === 'lat_lng' ? [first, second] : [second, first];
  if (lat > limit.lat || -lat > limit.lat || lng > limit.lng || -lng > limit.lng) return { value: null, refused: 'range' };
  const [a, b] = [spelled(lat), spelled(lng)];
  return { value: `${shortened(a)},${shortened(b)}`, companions: [a, b] };
}

/** Two angles with the letters of their directions. */
function lettered(text: string): Read {
  const b = behind.exec(text);
  const f = b === null ? before.exec(text) : null;
  const found = b ?? f;
  if (found === null) return null;
  const [first, letter1, second, letter2] =
    b === null ? [found.slice(2, 5), found[1], found.slice(6, 9), found[5]] : [found.slice(1, 4), found[4], found.slice(5, 8), found[8]];
  const axes = [letter1, letter2].map((l) => (/[NS]/i.test(l ?? '') ? 'lat' : 'lng'));
  if (axes[0] === axes[1]) return null;
  const signed = (parts: readonly (string | undefined)[], l: string | undefined): bigint | null => {
    const size = degrees(parts);
    // A minus and a letter together say it twice, or contradict each other.
    if (size === null || size < 0n) return null;
    return /[SWsw]/.test(l ?? '') ? -size : size;
  };
  const [a, c] = [signed(first, letter1), signed(second, letter2)];
  // O is west in the Romance languages and east in German.
  if (a === null || c === null || /o/i.test(`${letter1 ?? ''}${letter2 ?? ''}`)) return null;
  return [a, c, axes[0] === 'lat' ? 'lat_lng' : 'lng_lat'];
}

function unlettered(text: string): Read {
  const wkt = point.exec(text);
  const found = wkt ?? plain.exec(text);
  if (found === null) return null;
  const [a, c] = wkt === null ? [degrees(found.slice(1, 4)), degrees(found.slice(5, 8))] : [degrees([found[1]]), degrees([found[2]])];
  // `8,54` may well be one number, and in `8,54, 47` nothing says which comma is a decimal sign.
  if (wkt === null && found[4] === ',' && /,\S*,|^[^.\s]*$/.test(text)) return null;
  return a === null || c === null ? null : [a, c, wkt === null ? undefined : 'lng_lat'];
}

/** Degrees, minutes and seconds in billionths of a degree, rounded half up; null where minutes or seconds are 60 or more. */
function degrees([whole = '', minutes, seconds]: readonly (string | undefined)[]): bigint | null {
  const text = whole.replace('−', '-');
  const negative = text.startsWith('-');
  const [m, s] = [minutes, seconds].map((part) => Number((part ?? '0').replace(',', '.')));
  if ((m ?? 0) >= 60 || (s ?? 0) >= 60 || ((minutes ?? seconds) !== undefined && /[.,]/.test(whole))) return null;
  const size = scaled(text.replace(/^[-+]/, ''), 1n) + scaled(minutes ?? '0', 60n) + scaled(seconds ?? '0', 3600n);
  return negative ? -size : size;
}

/** A number divided, in billionths. */
function scaled(text: string, divisor: bigint): bigint {
  const [whole = '', part = ''] = text.replace(',', '.').split('.');
  const below = 10n ** BigInt(part.length) * divisor;
  return (BigInt(`${whole}${part}`) * billionth * 2n + below) / (below * 2n);
}

function spelled(value: bigint): string {
  const size = (value < 0n ? -value : value).toString().padStart(10, '0');
  return `${value < 0n ? '-' : ''}${size.slice(0, -9)}.${size.slice(-9)}`;
}

function shortened(text: string): string {
  return text.replace(/\.?0+$/, '');
}
