import { isDeepStrictEqual } from 'node:util';

/**
 * What differs between two definitions, one line a place: `columns.amount.options.scale: 2 → 4`. Things in a list are
 * told apart by their `name` where they have one, so that a column put in front of the others changes only itself.
 * Long values are not spelled out.
 */
export function differences(before: unknown, after: unknown, path = ''): readonly string[] {
  if (isDeepStrictEqual(before, after)) return [];
  const [a, b] = [partsOf(before), partsOf(after)];
  if (a === null || b === null) return [changeOf(path, spelled(before), spelled(after))];
  return [...new Set([...a.keys(), ...b.keys()])].flatMap((key) => {
    const at = path === '' ? key : `${path}.${key}`;
    if (!b.has(key)) return [`${at} removed`];
    if (!a.has(key)) return [`${at} added`];
    return differences(a.get(key), b.get(key), at);
  });
}

function partsOf(value: unknown): ReadonlyMap<string, unknown> | null {
  if (typeof value !== 'object' || value === null) return null;
  if (!Array.isArray(value)) return new Map(Object.entries(value));
  const named = value.map((item: unknown) => nameOf(item));
  return named.every((n) => n !== null) ? new Map(value.map((item, i): [string, unknown] => [named[i] ?? '', item])) : null;
}

function nameOf(item: unknown): string | null {
  if (typeof item !== 'object' || item === null || !('name' in item)) return null;
  return typeof item.name === 'string' ? item.name : null;
}

function changeOf(path: string, before: string, after: string): string {
  return before.length > longest || after.length > longest ? `${path} changed` : `${path}: ${before} → ${after}`;
}

/** Values that take more characters are not spelled out. */
const longest = 60;

function spelled(value: unknown): string {
  return value === undefined ? 'nothing' : JSON.stringify(value);
}
