import type { Problem } from '../base/errors.js';
import { messageOf } from '../base/errors.js';
import { splitDotted } from '../base/names.js';
import { didYouMean } from '../base/suggest.js';
import { varsOf } from '../sql/parse.js';
import { checkComparisons } from './comparisons.js';
import { checkMetrics } from './metrics.js';
import type { ModelSql } from './models.js';
import { checkModels } from './models.js';
import { capabilitiesOf } from './resolve.js';
import type { Catalog, ParsedProject } from './spec.js';

/** The gold tables that an entity makes; its history where it keeps one. */
export function goldTablesOf(entity: string, history = false): readonly string[] {
  const always = [entity, `${entity}_crosswalk`, `${entity}_provenance`, `${entity}_redirects`, `${entity}_360`];
  return history ? [...always, `${entity}_history`] : always;
}

/** Columns that a history has beside the fields of the golden record. */
const historyColumns = ['valid_from', 'valid_to', 'run_id', 'changed'];

/** The identity tables that an entity makes; those of matching where its records are matched. */
export function identityTablesOf(entity: string, matched = false): readonly string[] {
  const always = ['records', 'identifiers', 'links', 'references', 'events', 'decisions'];
  return (matched ? [...always, 'features', 'frequencies', 'cuts', 'model', 'matches'] : always).map((what) => `${entity}_${what}`);
}

/** The identity tables of an entity that are kept from run to run and not published. */
export function keptTablesOf(entity: string, matched: boolean): readonly string[] {
  return ['seen', ...(matched ? ['pairs', 'blocks', 'components'] : [])].map((what) => `${entity}_${what}`);
}

/**
 * Every reference of a project that points at nothing: tables, columns, sources, rules' targets, identifiers, models.
 * @param sql what the models read, and the parser of expressions
 * @param excused names that other problems already speak of
 */
export async function checkReferences(
  project: ParsedProject,
  sql: ModelSql,
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

  for (const [name, source] of Object.entries(project.sources)) {
    const parentOf = (stream: string) => capabilitiesOf(project, name, stream, catalog)?.parent;
    for (const stream of Object.keys(source.streams)) {
      const parent = parentOf(stream);
      if (parent === undefined) continue;
      const path = `sources.${name}.streams.${stream}`;
      if (!(parent in source.streams)) add(path, 'stream', parent, Object.keys(source.streams), ` in source \`${name}\``);
      const line = [stream];
      for (let up: string | undefined = parent; up !== undefined && !line.includes(up); up = parentOf(up)) line.push(up);
      const top = parentOf(line.at(-1) ?? '');
      if (top === stream) problems.push({ path, message: `goes round in a circle: ${[...line, stream].join(' → ')}` });
    }
  }

  for (const [name, table] of Object.entries(project.tables)) {
    const at = `tables.${name}`;
    if (!streams.includes(table.from)) {
      const half = splitDotted(table.from);
      if (half?.some((name) => excused.has(name)) !== true) add(`${at}.from`, 'stream', table.from, streams);
    }
    const key = table.key === 'content' ? [] : typeof table.key === 'string' ? [table.key] : table.key;
    for (const column of key) expectColumn(`${at}.key`, name, column);
    if (table.recency !== undefined) expectColumn(`${at}.recency`, name, table.recency);
    for (const column of table.amounts) expectColumn(`${at}.amounts`, name, column);
    const makers = new Map<string, string>();
    for (const [column, spec] of Object.entries(table.columns)) {
      for (const made of madeBy(column, spec, catalog)) {
        const other = makers.get(made.toLowerCase());
        if (other !== undefined)
          problems.push({
            path: `${at}.columns.${column}`,
            message: `\`${made}\` is made by column \`${other}\` already, in whatever case`,
          });
        else makers.set(made.toLowerCase(), column);
      }
    }
    if (Object.keys(table.columns).length === 0) problems.push({ path: `${at}.columns`, message: 'a table needs at least one column' });
    for (const [i, rule] of table.rules.entries()) {
      const kind = catalog.rules.find((k) => k.name === rule.rule);
      const refs = kind?.references(rule.options) ?? {};
      for (const column of refs.columns ?? []) expectColumn(`${at}.rules[${i}].column`, name, column);
      for (const expression of refs.expressions ?? []) {
        try {
          const vars = await varsOf(expression);
          // The value must be a part of the table's definition, so that another value judges the rows again.
          for (const asked of vars)
            problems.push({
              path: `${at}.rules[${i}].sql`,
              message: `a rule asks for a var as \`\${var.${asked}}\`; \`var()\` is for models`,
            });
          const named = vars.length === 0 ? await sql.parser.columnsOf(expression) : [];
          for (const column of named) expectColumn(`${at}.rules[${i}].sql`, name, column);
        } catch (cause) {
          problems.push({ path: `${at}.rules[${i}].sql`, message: messageOf(cause) });
        }
      }
      if (refs.rates === true && project.rates === undefined)
        problems.push({ path: `${at}.rules[${i}]`, message: `rule \`${rule.rule}\` needs \`rates\` of the project` });
      for (const target of refs.targets ?? []) {
        const half = splitDotted(target);
        if (half === null) problems.push({ path: `${at}.rules[${i}].to`, message: `\`${target}\` must be \`table.column\`` });
        else if (!columns.has(half[0])) add(`${at}.rules[${i}].to`, 'table', half[0], columns.keys());
        else expectColumn(`${at}.rules[${i}].to`, half[0], half[1]);
      }
    }
  }

  if (project.rates !== undefined) {
    const { table, from, to, rate, date } = project.rates;
    if (!columns.has(table)) add('rates.table', 'table', table, columns.keys());
    for (const [path, column] of Object.entries({ from, to, rate, date })) expectColumn(`rates.${path}`, table, column);
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
    if (entity.history)
      for (const field of historyColumns.filter((column) => attributes.has(column)))
        problems.push({ path: `${at}.history`, message: `an attribute is called \`${field}\`, which is a column of the history` });
    for (const field of [...Object.keys(entity.match?.attributes ?? {}), ...(entity.match?.ignore ?? [])])
      if (!attributes.has(field)) add(`${at}.match`, 'attribute', field, attributes);
    for (const source of entity.match?.one_per_source ?? [])
      if (!(source in project.sources)) add(`${at}.match.one_per_source`, 'source', source, Object.keys(project.sources));
    if (entity.match !== undefined && [...attributes].every((a) => entity.match?.ignore.includes(a)))
      problems.push({ path: `${at}.match`, message: 'needs attributes to compare' });
    const from = new Set(
      entity.records.flatMap((r) => (r.role === 'record' ? [splitDotted(project.tables[r.table]?.from ?? '')?.[0]] : [])),
    );
    if (entity.match?.within === 'between_sources' && from.size < 2)
      problems.push({
        path: `${at}.match.within`,
        message: 'needs records of two sources to find pairs between: declare a source for each file, or leave it out',
      });
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
  const made = {
    gold: Object.entries(project.entities).flatMap(([name, { history }]) => goldTablesOf(name, history)),
    identity: Object.entries(project.entities).flatMap(([name, { match }]) => identityTablesOf(name, match !== undefined)),
  };
  problems.push(...checkModels(project, sql, made, add));
  problems.push(...(await checkComparisons(project.entities)));
  problems.push(...(await checkMetrics(project.metrics, [...made.gold, ...sql.models.map((m) => m.name)])));
  return problems;
}

function tableColumns(table: ParsedProject['tables'][string], catalog: Catalog): readonly string[] {
  return Object.entries(table.columns).flatMap(([name, column]) => madeBy(name, column, catalog));
}

/** The columns of the table that a declared column makes: its own and its companions. */
function madeBy(name: string, { type }: ParsedProject['tables'][string]['columns'][string], catalog: Catalog): readonly string[] {
  return [name, ...(catalog.columnTypes.find((t) => t.name === type)?.companions(name) ?? [])];
}
