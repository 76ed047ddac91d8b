import { resolve } from 'node:path';
import type { z } from 'zod';
import type { Problem } from '../base/errors.js';
import { OnefoldError } from '../base/errors.js';
import { didYouMean } from '../base/suggest.js';
import type { RawProject } from './load.js';
import type { Project } from './project.js';
import { checkReferences } from './references.js';
import { resolveProject } from './resolve.js';
import type { Catalog, ParsedProject } from './spec.js';
import { projectSchema } from './spec.js';

/**
 * Checks a project and resolves it: shape, options and every reference, all problems reported together.
 * @throws OnefoldError `CONFIG_INVALID` with every problem, its path and a suggestion
 */
export async function validateProject(raw: RawProject, catalog: Catalog): Promise<Project> {
  const schema = projectSchema(catalog);
  const first = schema.safeParse(raw.config);
  if (first.success) {
    const problems = await checkReferences(first.data, raw.models, catalog, new Set());
    if (problems.length > 0) throw invalid(raw, problems);
    return resolveProject(first.data, raw);
  }
  const problems = first.error.issues.flatMap((issue) => describe(issue, []));
  const sound = withoutBroken(raw.config, schema, first.error);
  if (sound !== null) problems.push(...(await checkReferences(sound.parsed, raw.models, catalog, sound.removed)));
  throw invalid(raw, problems);
}

function invalid(raw: RawProject, problems: readonly Problem[]): OnefoldError {
  const unique = [...new Map(problems.map((p) => [`${p.path} ${p.message}`, p])).values()];
  const list = unique.map((p) => `  ${p.path}: ${p.message}`).join('\n');
  return new OnefoldError('CONFIG_INVALID', `${raw.file} has ${unique.length} problem${unique.length === 1 ? '' : 's'}:\n${list}`, {
    problems: unique,
    hint: `Mend ${resolve(raw.file)}, then type \`onefold validate\`.`,
  });
}

type Path = readonly PropertyKey[];

/** A path as people write it: `tables.contacts.rules[0].column`. */
function spell(path: Path): string {
  const out = path.map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`)).join('');
  return out.startsWith('.') ? out.slice(1) : out === '' ? '(project)' : out;
}

/** What a schema issue means in words; an issue of a union is that of the branch the writer meant. */
function describe(issue: z.core.$ZodIssue, at: Path): Problem[] {
  const path = [...at, ...issue.path];
  if (issue.code === 'invalid_union') {
    if (issue.discriminator !== undefined && 'options' in issue && Array.isArray(issue.options)) {
      const known = issue.options.filter((o): o is string => typeof o === 'string');
      return [{ path: spell(path), message: `unknown ${issue.discriminator}${written(issue.input, issue.discriminator, known)}` }];
    }
    const meant = issue.errors.filter((branch) => !branch.some((i) => i.code === 'invalid_type' && i.path.length === 0));
    const branches = meant.length > 0 ? meant : issue.errors;
    const fewest = [...branches].sort((a, b) => a.length - b.length)[0] ?? [];
    return fewest.flatMap((inner) => describe(inner, path));
  }
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ path: spell([...path, key]), message: `unknown option \`${key}\`` }));
  }
  if (issue.code === 'invalid_key') {
    return [{ path: spell(path), message: issue.issues.map((i) => i.message).join('; ') }];
  }
  if (issue.code === 'invalid_value') {
    const values = issue.values.map(String);
    return [{ path: spell(path), message: `must be ${values.length === 1 ? '' : 'one of '}${values.map((v) => `\`${v}\``).join(', ')}` }];
  }
  if (issue.code === 'invalid_type' && issue.input === undefined && /received undefined/.test(issue.message)) {
    return [{ path: spell(path), message: `is missing (${issue.expected})` }];
  }
  return [{ path: spell(path), message: issue.message.replace(/^Invalid input: /, '') }];
}

function written(input: unknown, tag: string, known: readonly string[]): string {
  const value = typeof input === 'object' && input !== null ? Object.entries(input).find(([k]) => k === tag)?.[1] : undefined;
  return typeof value === 'string'
    ? ` \`${value}\`${didYouMean(value, known)}`
    : `: one of ${known.map((k) => `\`${k}\``).join(', ')} is needed`;
}

/** How deep the smallest part lies that can be left out without breaking what stands around it. */
function partDepth(path: Path): number {
  const [room, , what] = path;
  if (room === 'tables' && (what === 'columns' || what === 'rules')) return 4;
  if (room === 'entities' && what === 'records') return 4;
  if (room === 'sources' && what === 'streams') return 4;
  return 2;
}

/**
 * The project without the parts that have problems of shape, so that the references of the rest can be checked too.
 * Names that were left out are returned, so that nobody is told they are unknown.
 */
function withoutBroken(
  config: unknown,
  schema: ReturnType<typeof projectSchema>,
  error: z.ZodError,
): { parsed: ParsedProject; removed: ReadonlySet<string> } | null {
  const current = structuredCloneOrNull(config);
  const removed = new Set<string>();
  let issues: readonly z.core.$ZodIssue[] = error.issues;
  for (let round = 0; round < 8 && current !== null; round++) {
    for (const issue of issues) {
      const path = issue.code === 'unrecognized_keys' ? [...issue.path, issue.keys[0] ?? ''] : issue.path;
      const part = path.slice(0, Math.max(1, partDepth(path) - (round > 3 ? 2 : 0)));
      removed.add(String(part.at(-1)));
      dropAt(current, part);
    }
    const again = schema.safeParse(current);
    if (again.success) return { parsed: again.data, removed };
    issues = again.error.issues;
  }
  return null;
}

function structuredCloneOrNull(config: unknown): unknown {
  try {
    return structuredClone(config);
  } catch {
    return null;
  }
}

function dropAt(root: unknown, path: Path): void {
  let node: unknown = root;
  for (const key of path.slice(0, -1)) {
    if (typeof node !== 'object' || node === null) return;
    node = Reflect.get(node, key);
  }
  const last = path.at(-1);
  if (typeof node === 'object' && node !== null && last !== undefined) Reflect.deleteProperty(node, last);
}
