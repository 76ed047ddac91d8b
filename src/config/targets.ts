import { z } from 'zod';
import type { Problem } from '../base/errors.js';
import { didYouMean } from '../base/suggest.js';
import type { Vars, VarValue } from './environment.js';
import { environmentOf } from './environment.js';
import { interpolate, isPlain, own } from './interpolate.js';
import type { RawProject } from './load.js';

const varValue = z.union([z.string(), z.number(), z.boolean()]);
const vars = z.record(z.string().regex(/^[A-Za-z][A-Za-z0-9_]*$/, 'must be letters, digits and _, and start with a letter'), varValue);
const loose = z.record(z.string(), z.unknown());

const target = z.strictObject({
  store: z.string().optional().describe('Folder of the store for this target'),
  vars: vars.optional().describe('Values that vars have for this target'),
  engine: loose.optional().describe('Options of `engine` that differ'),
  sources: z
    .record(z.string(), loose)
    .optional()
    .describe('Source → options that differ, at any depth; a source that names another connector is replaced whole'),
});

/** The options of a project file that say what differs between environments. */
export const environmentOptions = {
  vars: vars.default({}).describe(`Values that \`\${var.name}\` in this file, and \`var('name')\` in models, stand for`),
  default_target: z.string().optional().describe('The target that is meant where `--target` names none'),
  targets: z
    .record(z.string().regex(/^[a-z][a-z0-9_]*$/, 'must be lower case letters, digits and _, and start with a letter'), target)
    .default({})
    .describe('Named environments, each with what differs there; `--target` chooses one'),
};

/** What the caller chooses: a target, and values of vars as text. */
export interface Choice {
  readonly target?: string | undefined;
  readonly vars?: Readonly<Record<string, string>> | undefined;
}

/** A project as it is meant for one target: overridden and interpolated, still to be checked. */
export interface ChosenProject extends RawProject {
  readonly target: string | undefined;
  readonly vars: Vars;
  /** What was wrong with the choice, and references that lead nowhere. */
  readonly problems: readonly Problem[];
}

type Plain = Readonly<Record<string, unknown>>;

// What is wrong with the shape of these sections is the whole schema's to say; here it only counts for nothing.
const sections = z.object({
  vars: z.record(z.string(), varValue).catch({}),
  default_target: z.string().optional().catch(undefined),
  targets: z.record(z.string(), target.partial().catch({})).catch({}),
});

/**
 * The project for one target: what the target overrides is put in its place, then every `${var.name}` and `${env.NAME}` is
 * replaced by what it stands for. Problems are collected, not thrown, so that they are told with all others.
 * @throws OnefoldError `CONFIG_INVALID` when an `.env` file can't be read
 */
export async function chooseTarget(raw: RawProject, choice: Choice): Promise<ChosenProject> {
  if (!isPlain(raw.config)) return { ...raw, target: undefined, vars: {}, problems: [] };
  const written = sections.parse({ vars: {}, targets: {}, ...raw.config });
  const problems: Problem[] = [];
  const wanted = choice.target ?? written.default_target;
  const chosen = wanted === undefined ? undefined : own(written.targets, wanted);
  if (wanted !== undefined && chosen === undefined) {
    const known = Object.keys(written.targets);
    problems.push({
      path: choice.target === undefined ? 'default_target' : '--target',
      message: `unknown target \`${wanted}\`${known.length === 0 ? '; the project has no `targets`' : didYouMean(wanted, known)}`,
    });
  }
  const name = chosen === undefined ? undefined : wanted;
  const environment = await environmentOf(raw.dir, name);
  const overridden = override(raw.config, chosen ?? {}, `targets.${name ?? ''}`, problems);
  const declared = { ...written.vars, ...chosen?.vars };
  const declaredAs = interpolate(declared, ['vars'], { environment, vars: null });
  problems.push(...declaredAs.problems);
  const values = { ...z.record(z.string(), varValue).parse(declaredAs.value), ...given(choice.vars ?? {}, declared, problems) };
  // What another target says is not this one's to understand, so it stays as it is written.
  const { vars: _vars, targets, default_target, ...rest } = overridden;
  const said = interpolate(rest, [], { environment, vars: values });
  problems.push(...said.problems);
  const config = { ...(isPlain(said.value) ? said.value : {}), ...kept({ vars: raw.config['vars'], targets, default_target }) };
  return { ...raw, config, target: name, vars: values, problems };
}

/** The values given with `--var`, each of the type that the var has where it is declared. */
function given(texts: Readonly<Record<string, string>>, declared: Vars, problems: Problem[]): Vars {
  const out: Record<string, VarValue> = {};
  for (const [name, text] of Object.entries(texts)) {
    const like = own(declared, name);
    const value = typeof like === 'number' ? asNumber(text) : typeof like === 'boolean' ? asBoolean(text) : text;
    if (like === undefined) {
      const known = Object.keys(declared);
      const more = known.length === 0 ? '; the project has no `vars`' : didYouMean(name, known);
      problems.push({ path: `--var ${name}`, message: `unknown var \`${name}\`${more}` });
    } else if (value === undefined)
      problems.push({ path: `--var ${name}`, message: `must be a ${typeof like}, as \`vars.${name}\` is one` });
    else out[name] = value;
  }
  return out;
}

function asNumber(text: string): number | undefined {
  return text.trim() !== '' && Number.isFinite(Number(text)) ? Number(text) : undefined;
}

function asBoolean(text: string): boolean | undefined {
  return text === 'true' ? true : text === 'false' ? false : undefined;
}

function override(config: Plain, chosen: z.output<typeof target>, at: string, problems: Problem[]): Plain {
  const sources = isPlain(config['sources']) ? config['sources'] : {};
  const changed: Record<string, unknown> = { ...sources };
  for (const [name, differences] of Object.entries(chosen.sources ?? {})) {
    const source = own(sources, name);
    if (source === undefined)
      problems.push({ path: `${at}.sources.${name}`, message: `unknown source \`${name}\`${didYouMean(name, Object.keys(sources))}` });
    else {
      const other = isPlain(source) && differences['connector'] !== undefined && differences['connector'] !== source['connector'];
      changed[name] = other ? differences : merged(source, differences);
    }
  }
  return {
    ...config,
    ...kept({ store: chosen.store }),
    ...(chosen.engine === undefined ? {} : { engine: merged(config['engine'], chosen.engine) }),
    ...(chosen.sources === undefined ? {} : { sources: changed }),
  };
}

/** Two values as one: objects option by option, of anything else the second. */
function merged(under: unknown, over: unknown): unknown {
  if (!isPlain(under) || !isPlain(over)) return over;
  const out: Record<string, unknown> = { ...under };
  for (const [name, value] of Object.entries(over)) out[name] = merged(out[name], value);
  return out;
}

function kept(value: Plain): Plain {
  return Object.fromEntries(Object.entries(value).filter(([, inner]) => inner !== undefined));
}
