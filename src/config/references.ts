import type { Problem } from '../base/errors.js';
import { messageOf } from '../base/errors.js';
import { splitDotted } from '../base/names.js';
import { didYouMean } from '../base/suggest.js';
import { columnsOf, readsOf, varsOf } from '../sql/parse.js';
import type { RawProject } from './load.js';
import type { Catalog, ParsedProject } from './spec.js';

/** The gold tables that an entity makes. */
export function goldTablesOf(entity: string): readonly string[] {
  return [entity, `${entity}_crosswalk`, `${entity}_provenance`, `${entity}_redirects`, `${entity}_360`];
}

/** The identity tables that an entity makes. */
export function identityTablesOf(entity: string): readonly string[] {
  return ['records', 'identifiers', 'links', 'references', 'events'].map((what) => `${entity}_${what}`);
}

/**
 * Every reference of a project that points at nothing: tables, columns, sources, rules' targets, identifiers, models.
 * @param excused names that other problems already speak of
 */
export async function checkReferences(
  project: ParsedProject,
  models: RawProject['models'],
  catalog: Catalog,
  excused: ReadonlySet<string>,
): Promise<Problem[]> {
  const problems: Problem[] = [];
  const add = (path: string, what: string, name: string, known: Iterable<string>, where = ''): void => {
    if (!excused.has(name)) problems.push({ path, message: `unknown ${what} \`${name}\`${where}${didYouMean(name, known)}` });
  };
  const streams = Object.entries(project.sources).flatMap(([s, source]) => Object.keys(source.streams).map((stream) => `${s}.${stream}`));
  const columns = new Map(Object.entries(project.tables).map(([name, table]) => [name, tableColumns(table, catalog)]));

  const expectColumn = (path: string, table: string, column: string): void => {
    const known = columns.get(table);
    if (known !== undefined && !known.includes(column)) add(path, 'column', column, known, ` in table \`${table}\``);
  };

  for (const [name, table] of Object.entries(project.tables)) {
    const at = `tables.${name}`;
    if (!streams.includes(table.from)) {
      const half = splitDotted(table.from);
      if (!(half !== null && excused.has(half[0]))) add(`${at}.from`, 'stream', table.from, streams);
    }
    const key = table.key === 'content' ? [] : typeof table.key === 'string' ? [table.key] : table.key;
    for (const column of key) expectColumn(`${at}.key`, name, column);
    if (table.recency !== undefined) expectColumn(`${at}.recency`, name, table.recency);
    for (const column of table.amounts) expectColumn(`${at}.amounts`, name, column);
    if (Object.keys(table.columns).length === 0) problems.push({ path: `${at}.columns`, message: 'a table needs at least one column' });
    for (const [i, rule] of table.rules.entries()) {
      const kind = catalog.rules.find((k) => k.name === rule.rule);
      const refs = kind?.references(rule.options) ?? {};
      for (const column of refs.columns ?? []) expectColumn(`${at}.rules[${i}].column`, name, column);
      for (const expression of refs.expressions ?? []) {
        try {
          for (const column of await columnsOf(expression)) expectColumn(`${at}.rules[${i}].sql`, name, column);
          // The value must be a part of the table's definition, so that another value judges the rows again.
          for (const asked of await varsOf(`SELECT (${expression}\n)`))
            problems.push({
              path: `${at}.rules[${i}].sql`,
              message: `a rule asks for a var as \`\${var.${asked}}\`; \`var()\` is for models`,
            });
        } catch (cause) {
          problems.push({ path: `${at}.rules[${i}].sql`, message: `can't be parsed: ${messageOf(cause)}` });
        }
      }
      for (const target of refs.targets ?? []) {
        const half = splitDotted(target);
        if (half === null) problems.push({ path: `${at}.rules[${i}].to`, message: `\`${target}\` must be \`table.column\`` });
        else if (!columns.has(half[0])) add(`${at}.rules[${i}].to`, 'table', half[0], columns.keys());
        else expectColumn(`${at}.rules[${i}].to`, half[0], half[1]);
      }
    }
  }

  for (const [name, entity] of Object.entries(project.entities)) {
    const at = `entities.${name}`;
    const identifiers = new Set(entity.records.flatMap((r) => Object.keys(r.identifiers)));
    const attributes = new Set(entity.records.filter((r) => r.role === 'record').flatMap((r) => Object.keys(r.attributes)));
    for (const [i, record] of entity.records.entries()) {
      const path = `${at}.records[${i}]`;
      if (!columns.has(record.table)) add(`${path}.table`, 'table', record.table, columns.keys());
      if (record.role === 'record' && record.id === undefined)
        problems.push({ path: `${path}.id`, message: 'is needed for role `record`' });
      if (record.role === 'reference' && Object.keys(record.identifiers).length === 0)
        problems.push({ path: `${path}.identifiers`, message: 'a reference needs at least one identifier to be followed by' });
      if (record.id !== undefined) expectColumn(`${path}.id`, record.table, record.id);
      if (record.recency !== undefined) expectColumn(`${path}.recency`, record.table, record.recency);
      for (const [key, column] of Object.entries(record.identifiers)) expectColumn(`${path}.identifiers.${key}`, record.table, column);
      for (const [key, column] of Object.entries(record.attributes)) expectColumn(`${path}.attributes.${key}`, record.table, column);
    }
    const seen = new Set<string>();
    for (const [i, record] of entity.records.entries()) {
      const table = project.tables[record.table];
      if (table === undefined || record.role !== 'record') continue;
      if (seen.has(table.from))
        problems.push({
          path: `${at}.records[${i}].table`,
          message: `another record already comes from \`${table.from}\`; a stream describes an entity once`,
        });
      seen.add(table.from);
    }
    for (const key of Object.keys(entity.identifiers))
      if (!identifiers.has(key)) add(`${at}.identifiers.${key}`, 'identifier', key, identifiers);
    for (const source of Object.keys(entity.trust))
      if (!(source in project.sources)) add(`${at}.trust.${source}`, 'source', source, Object.keys(project.sources));
    for (const [field, choice] of Object.entries(entity.survivorship)) {
      if (field !== 'default' && !attributes.has(field)) add(`${at}.survivorship.${field}`, 'attribute', field, [...attributes, 'default']);
      const sources = catalog.strategies.find((s) => s.name === choice.strategy)?.sources(choice.options) ?? [];
      for (const source of sources)
        if (!(source in project.sources)) add(`${at}.survivorship.${field}`, 'source', source, Object.keys(project.sources));
    }
  }
  problems.push(...(await checkModels(project, models, add)));
  return problems;
}

async function checkModels(
  project: ParsedProject,
  models: RawProject['models'],
  add: (path: string, what: string, name: string, known: Iterable<string>, where?: string) => void,
): Promise<Problem[]> {
  const problems: Problem[] = [];
  const made = Object.keys(project.entities).flatMap(goldTablesOf);
  const names = models.map((m) => m.name);
  const gold = [...made, ...names];
  const known = new Map<string, readonly string[]>([
    ['silver', Object.keys(project.tables)],
    ['quarantine', Object.keys(project.tables)],
    ['gold', gold],
    ['identity', Object.keys(project.entities).flatMap(identityTablesOf)],
    ['bronze', Object.entries(project.sources).flatMap(([s, source]) => Object.keys(source.streams).map((stream) => `${s}__${stream}`))],
  ]);
  for (const model of models) {
    if (!/^[a-z][a-z0-9_]*$/.test(model.name))
      problems.push({ path: model.path, message: "a model's file name must be lower case letters, digits and _" });
    if (made.includes(model.name))
      problems.push({ path: model.path, message: `\`gold.${model.name}\` is made by an entity; choose another name` });
    if (names.filter((n) => n === model.name).length > 1)
      problems.push({ path: model.path, message: `two models are called \`${model.name}\`` });
    try {
      for (const table of (await readsOf(model.sql)).tables) {
        const schema = table.schema ?? '(none)';
        const there = known.get(schema);
        if (schema === 'ops') problems.push({ path: model.path, message: "a model can't read `ops`, which changes with every run" });
        else if (there === undefined)
          problems.push({
            path: model.path,
            message: `\`${table.name}\` needs one of the schemas ${[...known.keys()].join(', ')}${table.schema === null ? '' : ` (not \`${table.schema}\`)`}`,
          });
        else if (!there.includes(table.name)) add(model.path, 'table', table.name, there, ` in \`${schema}\``);
      }
    } catch (cause) {
      problems.push({ path: model.path, message: messageOf(cause) });
    }
  }
  for (const [name, spec] of Object.entries(project.models)) {
    if (!names.includes(name)) add(`models.${name}`, 'model', name, names);
    for (const [column, key] of Object.entries(spec.foreign_keys)) {
      const half = splitDotted(key.to);
      const path = `models.${name}.foreign_keys.${column}.to`;
      if (half === null) problems.push({ path, message: `\`${key.to}\` must be \`model.column\`` });
      else if (!gold.includes(half[0])) add(path, 'model', half[0], gold);
      else if (made.includes(half[0]) && (key.missing === 'inferred' || key.missing === 'unknown'))
        problems.push({
          path,
          message: `\`${half[0]}\` is made by an entity and takes no ${key.missing} rows; make a dimension model of it`,
        });
    }
  }
  return problems;
}

function tableColumns(table: ParsedProject['tables'][string], catalog: Catalog): readonly string[] {
  return Object.entries(table.columns).flatMap(([name, column]) => [
    name,
    ...(catalog.columnTypes.find((t) => t.name === column.type)?.companions(name) ?? []),
  ]);
}
