import { resolve } from 'node:path';
import { z } from 'zod';
import type { Problem } from '../base/errors.js';
import { OnefoldError } from '../base/errors.js';
import { rememberSecret } from '../base/redact.js';
import type { SqlParser } from '../sql/cache.js';
import { directParser } from '../sql/cache.js';
import { completeColumns } from './complete.js';
import type { RawProject } from './load.js';
import { readsOfModels } from './models.js';
import { describeIssue, secretPlace, spell } from './problems.js';
import type { Project } from './project.js';
import { checkReferences } from './references.js';
import { resolveProject } from './resolve.js';
import type { Catalog, ConnectorKind, ParsedProject } from './spec.js';
import { projectSchema } from './spec.js';
import type { ChosenProject } from './targets.js';
import { unknownVars } from './vars.js';

/** What else is wrong with a project whose references lead somewhere, but for what is known to be wrong already. */
export type Trial = (project: Project, known: readonly Problem[]) => Promise<readonly Problem[]>;

/**
 * Checks a project and resolves it: shape, options and every reference, all problems reported together.
 * @param brought connectors that the project brings, beside those of the catalog
 * @param more what reads SQL, perhaps from a cache, and what is asked beside
 * @throws OnefoldError `CONFIG_INVALID` with every problem, its path and a suggestion
 */
export async function validateProject(
  raw: ChosenProject,
  kinds: Catalog,
  brought: readonly ConnectorKind[],
  { parser = directParser, trial }: { readonly parser?: SqlParser; readonly trial?: Trial | undefined } = {},
): Promise<Project> {
  const catalog = { ...kinds, connectors: [...kinds.connectors, ...brought] };
  const reads = await readsOfModels(raw.models, parser);
  const schema = projectSchema(catalog);
  const first = schema.safeParse(raw.config, { reportInput: true });
  const problems = [...raw.problems, ...unknownVars(raw, reads), ...(first.success ? [] : shapeProblems(raw, schema, first.error))];
  const sound = first.success ? { parsed: first.data, removed: new Set<string>() } : withoutBroken(raw.config, schema, first.error);
  if (sound === null) throw invalid(raw, problems);
  const completed = await completeColumns(sound.parsed, raw.dir, catalog);
  problems.push(...(await checkReferences(sound.parsed, { models: raw.models, reads, parser }, catalog, sound.removed)));
  problems.push(...completed.problems);
  const project = resolveProject(completed.project, raw, { reads, catalog, connectors: brought });
  if (trial !== undefined) problems.push(...(await trial(project, problems)));
  if (problems.length > 0) throw invalid(raw, problems);
  return project;
}

/** What is wrong with the shape of a project file. */
function shapeProblems(raw: ChosenProject, schema: ReturnType<typeof projectSchema>, { issues }: z.ZodError): readonly Problem[] {
  const written = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  for (const issue of issues) rememberLiteral(raw.config, secretPlace(issue.path, written));
  // A reference that leads nowhere is told once, not again for the text that is left in its place.
  const unfilled = new Set(raw.problems.map((p) => p.path));
  return issues.filter((issue) => !unfilled.has(spell(issue.path))).flatMap((issue) => describeIssue(issue, [], written));
}

/** Masks a text that stands, by mistake, where a reference to a secret is expected. */
function rememberLiteral(config: unknown, place: Path | null): void {
  if (place === null) return;
  let node = config;
  for (const key of place) node = typeof node === 'object' && node !== null ? Reflect.get(node, key) : undefined;
  const text = typeof node === 'object' && node !== null ? Reflect.get(node, 'env') : node;
  if (typeof text === 'string') rememberSecret(text);
}

/** The error of a project file with problems: all of them, each told once. */
export function invalid(raw: RawProject, problems: readonly Problem[]): OnefoldError {
  const unique = [...new Map(problems.map((p) => [`${p.path} ${p.message}`, p])).values()];
  const list = unique.map((p) => `  ${p.path}: ${p.message}`).join('\n');
  return new OnefoldError('CONFIG_INVALID', `${raw.file} has ${unique.length} problem${unique.length === 1 ? '' : 's'}:\n${list}`, {
    problems: unique,
    hint: `Mend ${resolve(raw.file)}, then type \`onefold validate\`.`,
  });
}

type Path = readonly PropertyKey[];

/**
 * The project with its broken parts taken out, so that the references of the rest can be checked in the same go. A broken
 * column or rule leaves something harmless in its place, so that names and numbers stay; the names of all else that was
 * taken out are returned, so that nobody is told they are unknown.
 */
function withoutBroken(
  config: unknown,
  schema: ReturnType<typeof projectSchema>,
  error: z.ZodError,
): { readonly parsed: ParsedProject; readonly removed: ReadonlySet<string> } | null {
  const copy = cloned(config);
  const removed = new Set<string>();
  let issues: readonly z.core.$ZodIssue[] = error.issues;
  for (let round = 0; round < 4; round++) {
    for (const issue of issues)
      mend(copy, issue.code === 'unrecognized_keys' ? [...issue.path, issue.keys[0] ?? ''] : issue.path, round, removed);
    const again = schema.safeParse(copy);
    if (again.success) return { parsed: again.data, removed };
    issues = again.error.issues;
  }
  return null;
}

/** Takes one broken part out; in later rounds the whole room's entry around it. */
function mend(root: unknown, path: Path, round: number, removed: Set<string>): void {
  const [room, , what] = path;
  const nested = round < 2 && path.length >= 4;
  if (nested && room === 'tables' && (what === 'columns' || what === 'rules')) {
    put(root, path.slice(0, 4), what === 'columns' ? 'x' : { rule: 'expression', sql: 'TRUE' });
    return;
  }
  const inEntity = room === 'entities' && (what === 'survivorship' || what === 'identifiers' || what === 'trust');
  const part = path.slice(0, nested && (room === 'sources' || inEntity) ? 4 : 2);
  removed.add(String(part.at(-1)));
  put(root, part, undefined);
}

function put(root: unknown, path: Path, value: unknown): void {
  let node: unknown = root;
  for (const key of path.slice(0, -1)) node = typeof node === 'object' && node !== null ? Reflect.get(node, key) : undefined;
  const last = path.at(-1);
  if (typeof node !== 'object' || node === null || last === undefined) return;
  if (value === undefined) Reflect.deleteProperty(node, last);
  else Reflect.set(node, last, value);
}

/** A copy of plain data; of anything else, such as a function in it, nothing. */
function cloned(config: unknown): unknown {
  try {
    return structuredClone(config);
  } catch {
    return null;
  }
}
