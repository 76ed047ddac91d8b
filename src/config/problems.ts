import type { z } from 'zod';
import type { Problem } from '../base/errors.js';
import { didYouMean } from '../base/suggest.js';

type Path = readonly PropertyKey[];
type JsonSchema = z.core.JSONSchema.BaseSchema;

/** A path as people write it: `tables.contacts.rules[0].column`. */
export function spell(path: Path): string {
  const out = path.map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`)).join('');
  return out.startsWith('.') ? out.slice(1) : out === '' ? '(project)' : out;
}

/**
 * What a schema's issue means in words, with a suggestion; an issue of a union is that of the branch that the writer meant.
 * @param written the JSON Schema of the whole project, for the options that are known at a place
 */
export function describeIssue(issue: z.core.$ZodIssue, at: Path, written: JsonSchema): Problem[] {
  const path = [...at, ...issue.path];
  const one = (message: string, where: Path = path): Problem[] => [{ path: spell(where), message }];
  const secret = secretPlace(path, written);
  if (secret !== null) return one(aboutSecret(issue), secret);
  switch (issue.code) {
    case 'invalid_union': {
      if (issue.discriminator !== undefined) {
        const options: unknown = 'options' in issue ? issue.options : [];
        const known = Array.isArray(options) ? options.filter((o): o is string => typeof o === 'string') : [];
        return one(`unknown ${issue.discriminator}${named(issue.input, issue.discriminator, known)}`);
      }
      const meant = issue.errors.filter((branch) => !branch.some((i) => i.code === 'invalid_type' && i.path.length === 0));
      const branches = meant.length > 0 ? meant : issue.errors;
      const fewest = [...branches].sort((a, b) => a.length - b.length)[0] ?? [];
      return fewest.flatMap((inner) => describeIssue(inner, path, written));
    }
    case 'unrecognized_keys':
      return issue.keys.flatMap((key) => one(`unknown option \`${key}\`${didYouMean(key, optionsAt(written, path))}`, [...path, key]));
    case 'invalid_key':
      return one(issue.issues.map((i) => i.message).join('; '));
    case 'invalid_value': {
      const known = issue.values.map(String);
      return typeof issue.input === 'string'
        ? one(`\`${issue.input}\` is none of the values allowed${didYouMean(issue.input, known)}`)
        : one(`must be ${known.length === 1 ? '' : 'one of '}${known.map((v) => `\`${v}\``).join(', ')}`);
    }
    case 'invalid_type':
      return one(issue.input === undefined ? `is missing (${issue.expected})` : issue.message.replace(/^Invalid input: /, ''));
    default:
      return one(issue.message.replace(/^Invalid input: /, ''));
  }
}

function named(input: unknown, tag: string, known: readonly string[]): string {
  const value = typeof input === 'object' && input !== null ? Reflect.get(input, tag) : input;
  return typeof value === 'string'
    ? ` \`${value}\`${didYouMean(value, known)}`
    : `: one of ${known.map((k) => `\`${k}\``).join(', ')} is needed`;
}

/** What is wrong with a reference to a secret, without a word of what stands there: it may be the secret. */
function aboutSecret(issue: z.core.$ZodIssue): string {
  const inner = issue.code === 'invalid_union' ? issue.errors.flat() : [issue];
  const told = inner.filter((i) => i.code === 'custom' || i.code === 'invalid_format').map((i) => i.message);
  return told.length > 0
    ? told.join('; ')
    : 'must say where the secret is, as `{ env: NAME }`, `{ file: PATH }` or `{ command: [PROGRAM, …] }`; a secret itself never stands here';
}

/**
 * The place of a secret that a path leads to or into; null where it leads to none.
 * @param written the JSON Schema of the whole project, in which such places are marked
 */
export function secretPlace(path: Path, written: JsonSchema): Path | null {
  for (let length = 1; length <= path.length; length++) {
    const place = path.slice(0, length);
    if (schemasAt(written, place).some((s) => s['secret'] === true)) return place;
  }
  return null;
}

/** The options that are known at a place of the project, of whatever kind stands there. */
function optionsAt(schema: JsonSchema, path: Path): readonly string[] {
  return [...new Set(schemasAt(schema, path).flatMap((s) => Object.keys(s.properties ?? {})))];
}

/** The schemas that a place of the project may follow. */
function schemasAt(schema: JsonSchema, path: Path): readonly JsonSchema[] {
  let here: readonly JsonSchema[] = branches(schema);
  for (const key of path) {
    here = here
      .flatMap((s) => [typeof key === 'number' ? s.items : (s.properties?.[String(key)] ?? s.additionalProperties)].flat())
      .filter((s): s is JsonSchema => typeof s === 'object' && s !== null)
      .flatMap(branches);
  }
  return here;
}

/** A schema and all that it is a choice of. */
function branches(schema: JsonSchema): readonly JsonSchema[] {
  const inner = [...(schema.anyOf ?? []), ...(schema.oneOf ?? [])].filter((s): s is JsonSchema => typeof s === 'object' && s !== null);
  return [schema, ...inner.flatMap(branches)];
}
