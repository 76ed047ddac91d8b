import type { z } from 'zod';
import type { Problem } from '../base/errors.js';
import { didYouMean } from '../base/suggest.js';

type Path = readonly PropertyKey[];
type JsonSchema = z.core.JSONSchema.BaseSchema;

/** A path as people write it: `tables.contacts.rules[0].column`. */
function spell(path: Path): string {
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

/** The options that are known at a place of the project, of whatever kind stands there. */
function optionsAt(schema: JsonSchema, path: Path): readonly string[] {
  let here: readonly JsonSchema[] = branches(schema);
  for (const key of path) {
    here = here
      .flatMap((s) => [typeof key === 'number' ? s.items : (s.properties?.[String(key)] ?? s.additionalProperties)].flat())
      .filter((s): s is JsonSchema => typeof s === 'object' && s !== null)
      .flatMap(branches);
  }
  return [...new Set(here.flatMap((s) => Object.keys(s.properties ?? {})))];
}

function branches(schema: JsonSchema): readonly JsonSchema[] {
  const inner = [...(schema.anyOf ?? []), ...(schema.oneOf ?? [])].filter((s): s is JsonSchema => typeof s === 'object' && s !== null);
  return inner.length === 0 ? [schema] : inner.flatMap(branches);
}
