// `npm run reference`: writes docs/reference from the code, so that it can't drift; `--check` only compares.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { errorCodes } from '../src/base/errors.js';
import { openCli } from '../src/cli/program.js';
import { projectSchema } from '../src/config/spec.js';
import { strategies } from '../src/gold/survivorship/registry.js';
import { decisionEvent } from '../src/identity/decisions.js';
import { ruleKinds } from '../src/quality/rules/registry.js';
import { manifestSchema, runResultsSchema } from '../src/run/artifacts.js';
import { catalog } from '../src/run/project/catalog.js';
import { columnTypes } from '../src/silver/columns/registry.js';

type JsonSchema = z.core.JSONSchema.BaseSchema;

const root = fileURLToPath(new URL('..', import.meta.url));
const made = '<!-- Made by `npm run reference` from the code. Change the code, then run it again. -->\n';

/** File name below docs/reference → its text, as the code is now. */
export async function referenceFiles(): Promise<ReadonlyMap<string, string>> {
  const schema = jsonSchema(projectSchema(catalog));
  return new Map([
    ['project.schema.json', `${JSON.stringify({ title: 'Onefold project', ...schema }, null, 2)}\n`],
    ['manifest.schema.json', artifactSchema('manifest.json of a run: what the project was', manifestSchema)],
    ['run_results.schema.json', artifactSchema('run_results.json of a run: what it did', runResultsSchema)],
    ['decisions.schema.json', artifactSchema('A line of decisions.jsonl: what a person decided', decisionEvent)],
    ['project.md', projectPage(schema)],
    ['column-types.md', await columnTypesPage()],
    ['rules.md', await rulesPage()],
    ['survivorship.md', await survivorshipPage()],
    ['errors.md', errorsPage()],
    ['cli.md', await cliPage()],
  ]);
}

/** The text of a file below docs/reference as it lies there; null where there is none. */
export function writtenReference(name: string): Promise<string | null> {
  return readFile(join(root, 'docs', 'reference', name), 'utf8').catch(() => null);
}

function jsonSchema(schema: z.ZodType): JsonSchema {
  return z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
}

/** The form of a file that runs write. Readers should let pass what they don't know: fields may be added within a format. */
function artifactSchema(title: string, schema: z.ZodType): string {
  return `${JSON.stringify({ title, ...z.toJSONSchema(schema, { io: 'input' }) }, null, 2)}\n`;
}

function projectPage(schema: JsonSchema): string {
  const rows = optionsOf(schema, '');
  return `${made}# Project file

Every option of \`onefold.config.ts\` (or \`onefold.yaml\`, \`onefold.json\`). \`<name>\` is a name that you choose, \`[]\` an element
of a list. For editors there is the same as a JSON Schema: [project.schema.json](project.schema.json).
What the kinds mean: [column types](column-types.md), [rules](rules.md), [survivorship](survivorship.md).

${table(['option', 'type', 'default', 'what it says'], rows)}`;
}

async function columnTypesPage(): Promise<string> {
  const sections = await Promise.all(
    columnTypes.map(async (kind) => {
      const companions = kind.companions('<column>').map((name, i) => `\`${name}\` (${kind.companionTypes[i] ?? ''})`);
      const about = [
        await docComment(`src/silver/columns/${kind.name}.ts`),
        '',
        `Type in silver: ${kind.typeNote ?? `\`${kind.sqlType({})}\`${'scale' in kind.options.shape ? ', narrower with a `scale` declared' : ''}`}.`,
        ...(companions.length > 0 ? [`It also makes ${companions.join(', ')}.`] : []),
      ];
      return `## ${kind.name}\n\n${about.join('\n')}\n\n${optionsTable(kind.options)}`;
    }),
  );
  return `${made}# Column types

What \`tables.<name>.columns.<name>.type\` may be. The options that every column has are in [project.md](project.md);
how values are read is told in [cleaning](../guides/cleaning.md).

${sections.join('\n')}`;
}

async function rulesPage(): Promise<string> {
  const sections = await Promise.all(
    ruleKinds.map(async (kind) => {
      const when =
        kind.scope === 'row'
          ? 'Judged on a row when it is merged.'
          : 'Judged on the whole current table whenever what it depends on has changed.';
      return `## ${kind.name}\n\n${await docComment(`src/quality/rules/${kind.name}.ts`)}\n\n${when}\n\n${optionsTable(kind.options)}`;
    }),
  );
  return `${made}# Rules

What \`tables.<name>.rules[].rule\` may be. Every rule also takes \`severity\` (\`warn\`, \`quarantine\`, \`fail\`; \`quarantine\` if left out)
and \`name\`. A rule of severity \`fail\` is always judged on the whole current table. See [rules and quarantine](../guides/rules-and-quarantine.md).

${sections.join('\n')}`;
}

async function survivorshipPage(): Promise<string> {
  const sections = await Promise.all(
    strategies.map(async (kind) => {
      const hasOptions = Object.keys(kind.options.shape).length > 0;
      const written = hasOptions ? `{ ${kind.name}: … }` : `'${kind.name}'`;
      return `## ${kind.name}\n\n${await docComment(`src/gold/survivorship/${kind.name}.ts`)}\n\nWritten \`${written}\`.\n\n${optionsTable(kind.options)}`;
    }),
  );
  return `${made}# Survivorship

What \`entities.<name>.survivorship.<attribute>\` may be. What a strategy leaves tied is decided by recency, then by the value and the
record as text, so that the same data always gives the same winner. See [gold](../guides/gold.md).

${sections.join('\n')}`;
}

function errorsPage(): string {
  const rows = Object.entries(errorCodes).map(([code, { meaning, state, next }]) => [`\`${code}\``, meaning, state, next]);
  return `${made}# Error codes

Every error has a code that never changes its meaning. It is printed as \`error CODE: what happened\` on stderr, with what to do next
below; with \`--json\` stdout also gets \`{"error": {"code", "message", "hint", "problems"}}\`. See also [troubleshooting](../guides/troubleshooting.md).

${table(['code', 'what it means', 'what is left behind', 'what to do next'], rows)}`;
}

async function cliPage(): Promise<string> {
  const { program } = await openCli();
  const sections = program.commands.map((command) => {
    const below = command.commands.map((sub) => `\`\`\`\n${sub.helpInformation()}\`\`\`\n`);
    return [`## onefold ${command.name()}\n\n\`\`\`\n${command.helpInformation()}\`\`\`\n`, ...below].join('\n');
  });
  return `${made}# Command line

\`--project\`, \`--store\`, \`--target\`, \`--var\`, \`--json\` and \`--verbose\` may stand before or behind the command. Documents go to stdout, progress and errors to stderr.
Without a terminal, or with \`NO_COLOR\` set, there are no colours.

| exit code | meaning |
| --- | --- |
| 0 | done |
| 1 | handled failure: a failed check, a \`partial\` run, something that was not found |
| 2 | the command line or the project file is wrong, or something failed that should not have |
| 130, 143 | stopped by Ctrl-C, or by the signal to end |

\`\`\`
${program.helpInformation()}\`\`\`

${sections.join('\n')}`;
}

/** The text of the doc comment of what a file registers. */
async function docComment(file: string): Promise<string> {
  const text = await readFile(join(root, file), 'utf8');
  const found = /\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\s*export const \w+ = \w+\(\{/.exec(text)?.[1];
  if (found === undefined) throw new Error(`${file} has no doc comment on what it registers`);
  return found
    .split('\n')
    .map((line) => line.replace(/^\s*\*? ?/, '').trim())
    .filter((line) => line !== '')
    .join('\n');
}

function optionsTable(schema: z.ZodObject): string {
  const rows = optionsOf(jsonSchema(schema), '');
  return rows.length === 0 ? 'No options of its own.\n' : table(['option', 'type', 'default', 'what it says'], rows);
}

/** One row for every option below a schema: path, type, default, description. */
function optionsOf(schema: JsonSchema, path: string): readonly (readonly string[])[] {
  const rows: (readonly string[])[] = [];
  const objects = branches(schema).filter((b) => b.properties !== undefined);
  const names = [...new Set(objects.flatMap((o) => Object.keys(o.properties ?? {})))];
  for (const name of names) {
    for (const having of alternatives(objects, name)) {
      const first = schemaOf(having[0]?.properties?.[name]);
      if (first === undefined) continue;
      const here = path === '' ? name : `${path}.${name}`;
      const constants = having.map((o) => schemaOf(o.properties?.[name])?.const).filter((c) => typeof c === 'string');
      const isRequired = (among: readonly JsonSchema[]): boolean => among.every((o) => o.required?.includes(name));
      const tag = tagOf(having);
      const only = having.length === objects.length || tag === null ? '' : `Only for ${tag}. `;
      rows.push([
        `\`${here}\``,
        constants.length === having.length && constants.length > 0
          ? oneOf(constants)
          : [...new Set(having.map((o) => typeName(schemaOf(o.properties?.[name]) ?? {})))].join(' or '),
        first.default === undefined
          ? isRequired(only === '' ? having : objects)
            ? 'required'
            : ''
          : `\`${JSON.stringify(first.default)}\``,
        (only + (first.description ?? '')).trim(),
      ]);
      rows.push(...nested(first, here));
    }
  }
  return rows;
}

/** The objects that have an option, together where they say the same of it: connectors may mean different things by one name. */
function alternatives(objects: readonly JsonSchema[], name: string): readonly (readonly JsonSchema[])[] {
  const having = objects.filter((o) => name in (o.properties ?? {}));
  if (having.some((o) => tagOf([o]) === null || schemaOf(o.properties?.[name])?.const !== undefined)) return [having];
  const groups = new Map<string, JsonSchema[]>();
  for (const object of having) {
    const said = JSON.stringify(object.properties?.[name]);
    groups.set(said, [...(groups.get(said) ?? []), object]);
  }
  return [...groups.values()];
}

function nested(schema: JsonSchema, path: string): readonly (readonly string[])[] {
  const items = branches(schema).flatMap((b) => [b.items].flat().map(schemaOf));
  const values = branches(schema).map((b) => schemaOf(b.additionalProperties));
  return [
    ...optionsOf(schema, path),
    ...items.flatMap((s) => (s === undefined ? [] : nested(s, `${path}[]`))),
    ...values.flatMap((s) => (s === undefined ? [] : nested(s, `${path}.<name>`))),
  ];
}

/** The kinds that some branches of a union stand for, such as \`money\`. */
function tagOf(objects: readonly JsonSchema[]): string | null {
  const tags = objects.map((o) =>
    Object.values(o.properties ?? {})
      .map((p) => schemaOf(p)?.const)
      .find((c) => typeof c === 'string'),
  );
  return tags.every((t) => t !== undefined) ? [...new Set(tags)].map((t) => `\`${String(t)}\``).join(', ') : null;
}

function branches(schema: JsonSchema): readonly JsonSchema[] {
  const inner = [...(schema.anyOf ?? []), ...(schema.oneOf ?? [])].map(schemaOf).filter((s) => s !== undefined);
  return inner.length === 0 ? [schema] : inner.flatMap(branches);
}

function schemaOf(value: unknown): JsonSchema | undefined {
  return isSchema(value) ? value : undefined;
}

/** JSON Schema also knows `true` and `false` as schemas, which say nothing here. */
function isSchema(value: unknown): value is JsonSchema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function typeName(schema: JsonSchema): string {
  const all = branches(schema);
  if (all.length > 1) return [...new Set(all.map(typeName))].join(' or ');
  if (schema.const !== undefined) return `\`${JSON.stringify(schema.const)}\``;
  if (schema.enum !== undefined) return oneOf(schema.enum);
  if (schema.type === 'array') return `list of ${typeName(schemaOf(schema.items) ?? {})}`;
  const types = [schema.type ?? 'anything'].flat();
  return types.map((type) => (type === 'string' ? 'text' : type)).join(' or ');
}

function oneOf(values: readonly unknown[]): string {
  return [...new Set(values)].map((v) => `\`${String(v)}\``).join(', ');
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.map((c) => c.replaceAll('|', '\\|')).join(' | ')} |\n`;
  return line(head) + line(head.map(() => '---')) + rows.map(line).join('');
}

if (process.argv[1] !== undefined && /reference\.ts$/.test(process.argv[1])) {
  const stale: string[] = [];
  await mkdir(join(root, 'docs', 'reference'), { recursive: true });
  for (const [name, text] of await referenceFiles()) {
    if ((await writtenReference(name)) === text) continue;
    stale.push(name);
    if (!process.argv.includes('--check')) await writeFile(join(root, 'docs', 'reference', name), text);
  }
  process.stdout.write(
    stale.length === 0 ? 'docs/reference is up to date\n' : `${stale.map((name) => `docs/reference/${name}`).join('\n')}\n`,
  );
  if (stale.length > 0 && process.argv.includes('--check')) process.exitCode = 1;
}
