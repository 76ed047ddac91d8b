import type { Problem } from '../base/errors.js';
import { messageOf } from '../base/errors.js';
import { splitDotted } from '../base/names.js';
import type { SqlParser } from '../sql/cache.js';
import type { Reads } from '../sql/parse.js';
import type { RawProject } from './load.js';
import type { ParsedProject } from './spec.js';

/** Path of a model's file → what it reads, or why that can't be said. */
export type ModelReads = ReadonlyMap<string, Reads | { readonly problem: string }>;

/** The SQL of a project, with what is known of it. */
export interface ModelSql {
  readonly models: RawProject['models'];
  readonly reads: ModelReads;
  readonly parser: SqlParser;
}

type ModelSpec = ParsedProject['models'][string];
type AddUnknown = (path: string, what: string, name: string, known: Iterable<string>, where?: string) => void;

/** What every model reads, each parsed once. */
export async function readsOfModels(models: RawProject['models'], parser: SqlParser): Promise<ModelReads> {
  const out = new Map<string, Reads | { readonly problem: string }>();
  for (const model of models) {
    out.set(model.path, await parser.readsOf(model.sql).catch((cause: unknown) => ({ problem: messageOf(cause) })));
  }
  return out;
}

/**
 * Everything that is wrong with models: names, tables that they read, keys, and how they are materialised.
 * @param made the tables that entities make
 */
export function checkModels(
  project: ParsedProject,
  { models, reads }: ModelSql,
  made: { readonly gold: readonly string[]; readonly identity: readonly string[] },
  add: AddUnknown,
): readonly Problem[] {
  const problems: Problem[] = [];
  const paths = new Map<string, string[]>();
  for (const model of models) paths.set(model.name, [...(paths.get(model.name) ?? []), model.path]);
  const madeByEntity = new Set(made.gold);
  const known = new Map<string, readonly string[]>([
    ['silver', Object.keys(project.tables)],
    ['quarantine', Object.keys(project.tables)],
    ['gold', [...made.gold, ...paths.keys()]],
    ['identity', made.identity],
    ['bronze', Object.entries(project.sources).flatMap(([s, source]) => Object.keys(source.streams).map((stream) => `${s}__${stream}`))],
  ]);
  const sets = new Map([...known].map(([schema, names]) => [schema, new Set(names)]));
  for (const model of models) {
    const problem = (message: string): unknown => problems.push({ path: model.path, message });
    if (!/^[a-z][a-z0-9_]*$/.test(model.name)) problem("a model's file name must be lower case letters, digits and _");
    if (madeByEntity.has(model.name)) problem(`\`gold.${model.name}\` is made by an entity; choose another name`);
    if ((paths.get(model.name)?.length ?? 0) > 1) problem(`two models are called \`${model.name}\``);
    const found = reads.get(model.path);
    if (found === undefined) continue;
    if ('problem' in found) {
      problem(found.problem);
      continue;
    }
    if (found.usesRates && project.rates === undefined) problem('`to_currency` needs `rates` of the project');
    const isView = project.models[model.name]?.materialized === 'view';
    for (const table of found.tables) {
      const schema = table.schema ?? '(none)';
      if (schema === 'ops') {
        if (!isView) problem("a model can't read `ops`, which changes with every run, unless it is a view");
      } else if (!sets.has(schema)) {
        problem(
          `\`${table.name}\` needs one of the schemas ${[...known.keys()].join(', ')}${table.schema === null ? '' : ` (not \`${table.schema}\`)`}`,
        );
      } else if (sets.get(schema)?.has(table.name) !== true)
        add(model.path, 'table', table.name, known.get(schema) ?? [], ` in \`${schema}\``);
      else if (isView && (schema === 'silver' || schema === 'bronze')) {
        problem(
          `a view may read what is published (gold, identity, quarantine, ops), not \`${schema}.${table.name}\`; make a table of it, and a view of that`,
        );
      }
    }
  }
  for (const [name, spec] of Object.entries(project.models)) {
    if (!paths.has(name)) add(`models.${name}`, 'model', name, paths.keys());
    problems.push(...materialisationProblems(name, spec));
    problems.push(...keyProblems(name, spec, project, madeByEntity, known.get('gold') ?? [], add));
  }
  problems.push(...readersOfOps(project, models, reads), ...circles(project, models, reads));
  return problems;
}

/** Models that are made from themselves, by what they read and by the keys that point at them; each circle is told at one of its models. */
function circles(project: ParsedProject, models: RawProject['models'], reads: ModelReads): readonly Problem[] {
  const problems: Problem[] = [];
  const byName = new Map(models.map((m) => [m.name, m]));
  const upstream = ({ name, path }: RawProject['models'][number]): readonly string[] => {
    const found = reads.get(path);
    const read = found === undefined || 'problem' in found ? [] : found.tables.filter((t) => t.schema === 'gold').map((t) => t.name);
    const keys = Object.values(project.models[name]?.foreign_keys ?? {}).flatMap((key) => splitDotted(key.to)?.[0] ?? []);
    return [...new Set([...read, ...keys.filter((to) => to !== name)])].sort();
  };
  const done = new Set<string>();
  const line: string[] = [];
  const follow = (name: string): void => {
    const model = byName.get(name);
    if (model === undefined || done.has(name)) return;
    if (line.includes(name)) {
      const circle = [...line.slice(line.indexOf(name)), name].join(' → ');
      problems.push({ path: model.path, message: `models read each other in a circle: ${circle}` });
      return;
    }
    line.push(name);
    for (const next of upstream(model)) follow(next);
    line.pop();
    done.add(name);
  };
  for (const name of [...byName.keys()].sort()) follow(name);
  return problems;
}

function materialisationProblems(name: string, spec: ModelSpec): readonly Problem[] {
  const path = `models.${name}`;
  const problems: Problem[] = [];
  const incremental = spec.materialized === 'incremental';
  for (const option of ['key', 'since'] as const) {
    if (incremental && spec[option] === undefined)
      problems.push({ path: `${path}.${option}`, message: 'is needed for an incremental model' });
  }
  for (const option of ['key', 'since', 'lookback'] as const) {
    if (!incremental && spec[option] !== undefined)
      problems.push({
        path: `${path}.${option}`,
        message: `is an option of \`materialized: incremental\`, not of \`${spec.materialized}\``,
      });
  }
  return problems;
}

function keyProblems(
  name: string,
  spec: ModelSpec,
  project: ParsedProject,
  made: ReadonlySet<string>,
  gold: readonly string[],
  add: AddUnknown,
): readonly Problem[] {
  const problems: Problem[] = [];
  for (const [column, key] of Object.entries(spec.foreign_keys)) {
    const half = splitDotted(key.to);
    const path = `models.${name}.foreign_keys.${column}`;
    if (half === null) {
      problems.push({ path: `${path}.to`, message: `\`${key.to}\` must be \`model.column\`` });
      continue;
    }
    const completing = key.missing === 'inferred' || key.missing === 'unknown';
    const target = project.models[half[0]]?.materialized ?? 'table';
    if (!gold.includes(half[0])) add(`${path}.to`, 'model', half[0], gold);
    else if (completing && made.has(half[0])) {
      problems.push({
        path: `${path}.to`,
        message: `\`${half[0]}\` is made by an entity and takes no ${key.missing} rows; make a dimension model of it`,
      });
    } else if (completing && target !== 'table') {
      problems.push({ path: `${path}.to`, message: `\`${half[0]}\` is materialised as ${target} and takes no ${key.missing} rows` });
    }
    if (completing && spec.materialized === 'view')
      problems.push({ path: `${path}.missing`, message: `a view can't have ${key.missing} rows` });
    if (key.missing === 'unknown' && spec.materialized === 'incremental') {
      problems.push({
        path: `${path}.missing`,
        message: "an incremental model can't point at the unknown row: it would stay there when the right one comes; use `inferred`",
      });
    }
  }
  return problems;
}

/** Tables that read a view over `ops`: they would be old as soon as they are built. */
function readersOfOps(project: ParsedProject, models: RawProject['models'], reads: ModelReads): readonly Problem[] {
  const tablesOf = new Map(
    models.map((m) => {
      const found = reads.get(m.path);
      return [m.name, found === undefined || 'problem' in found ? [] : found.tables];
    }),
  );
  const readsOps = new Set([...tablesOf].filter(([, tables]) => tables.some((t) => t.schema === 'ops')).map(([name]) => name));
  for (let before = -1; before !== readsOps.size; ) {
    before = readsOps.size;
    for (const [name, tables] of tablesOf) if (tables.some((t) => t.schema === 'gold' && readsOps.has(t.name))) readsOps.add(name);
  }
  return models
    .filter((m) => readsOps.has(m.name) && project.models[m.name]?.materialized !== 'view')
    .filter((m) => !(tablesOf.get(m.name) ?? []).some((t) => t.schema === 'ops'))
    .map((m) => ({ path: m.path, message: 'reads a view over `ops`, which changes with every run; make a view of it too' }));
}
