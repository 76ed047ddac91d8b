import { OnefoldError } from '../../base/errors.js';

/** What is asked of a service, with names in braces where values of a parent go. */
interface Asked {
  readonly path: string;
  readonly query: Readonly<Record<string, string | number | boolean>>;
  readonly body?: Readonly<Record<string, unknown>> | undefined;
}

const placeholder = /\{([A-Za-z][A-Za-z0-9_]*)\}/g;

/** The names in braces that a path, a query and a body ask for. */
export function placeholdersOf({ path, query, body }: Asked): readonly string[] {
  const names: string[] = [];
  const look = (value: unknown): void => {
    if (typeof value === 'string') names.push(...[...value.matchAll(placeholder)].map((m) => m[1] ?? ''));
    else if (typeof value === 'object' && value !== null) for (const child of Object.values(value)) look(child);
  };
  look([path, query, body]);
  return [...new Set(names)];
}

/**
 * The stream of one parent: a value in the path is a part of one segment and can lead nowhere else, whatever it holds.
 * @throws OnefoldError `SOURCE_BROKEN` for a value that no path can hold
 */
export function filledIn<S extends Asked>(stream: S, values: Readonly<Record<string, string>>): S {
  const filling = (whole: string, name: string): string => (Object.hasOwn(values, name) ? values[name] : undefined) ?? whole;
  const path = stream.path.replace(placeholder, (whole, name: string) => encodeURIComponent(filling(whole, name)));
  // Services and clients take these for steps, also where their dots are encoded.
  if (path.split(/[/?#]/).some((segment) => segment === '.' || segment === '..'))
    throw new OnefoldError('SOURCE_BROKEN', `${stream.path} can't be asked for: a value of its parent is no part of a path`);
  const fill = (value: unknown): unknown => {
    if (typeof value === 'string') return value.replace(placeholder, filling);
    if (Array.isArray(value)) return value.map(fill);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, child]) => [key, fill(child)]));
  };
  const query = Object.fromEntries(
    Object.entries(stream.query).map(([name, v]) => [name, typeof v === 'string' ? v.replace(placeholder, filling) : v]),
  );
  const body = stream.body === undefined ? {} : { body: Object.fromEntries(Object.entries(stream.body).map(([key, v]) => [key, fill(v)])) };
  return { ...stream, path, query, ...body };
}
