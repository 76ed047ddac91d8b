import { z } from 'zod';
import type { Problem } from '../../base/errors.js';
import { messageOf, OnefoldError } from '../../base/errors.js';
import { splitDotted } from '../../base/names.js';
import type { Column, Project, Rule, Table } from '../../config/project.js';
import { openDuckDb } from '../../engine/duckdb/duckdb.js';
import { attempted, firstMatch, without } from '../../engine/functions.js';
import { defineToCurrency } from '../../gold/rates.js';
import { ruleKindNamed } from '../../quality/rules/registry.js';
import { orDefault } from '../../silver/cleaning.js';
import { columnTypeNamed } from '../../silver/columns/registry.js';
import { layers } from '../../silver/layers.js';
import { declaredColumns } from '../../silver/stage.js';
import type { Sql } from '../../sql/tag.js';
import { id, join, sql, trusted } from '../../sql/tag.js';

/** What a place of the project asks of the engine: a value over one row. */
interface Trial {
  readonly path: string;
  readonly value: Sql;
  readonly row: Sql;
  /** Whether the value, where there is one, says what is wrong. */
  readonly says?: boolean;
}

/**
 * What only the engine can say is wrong with tables: patterns and formats that are none, values and conditions that do not fit the types of columns.
 * Each is tried over a row without values, in memory, so that no source is needed.
 * @param known problems that there are already: what they are about is not tried, and columns that they are about fit everything
 * @param tables those to try; all if left out
 */
export async function tryTables(
  project: Pick<Project, 'tables' | 'rates'>,
  known: readonly Problem[],
  tables: readonly Table[] = project.tables,
): Promise<readonly Problem[]> {
  if (tables.length === 0) return [];
  const problems: Problem[] = [];
  const isWrong = (path: string): boolean => [...known, ...problems].some((p) => isWithin(path, p.path) || isWithin(p.path, path));
  const rates = isWrong('rates') ? undefined : project.rates;
  const engine = await openDuckDb({ path: ':memory:', threads: 1 });

  /** Tries what is asked of one row together, which is quicker, and one by one only where that fails. */
  const tryAll = async (trials: readonly Trial[]): Promise<void> => {
    const [first, ...others] = trials;
    if (first === undefined) return;
    const values = [...new Set(trials.map((t) => t.value.text))];
    const selected = join(values.map((value, i) => sql`${trusted(value)} AS ${id(`v${i}`)}`));
    try {
      const [said = {}] = await engine.rows(sql`SELECT ${selected} FROM (${first.row})`, z.record(z.string(), z.unknown()));
      for (const { path, value, says } of trials) {
        const message = said[`v${values.indexOf(value.text)}`];
        if (says === true && typeof message === 'string') problems.push({ path, message });
      }
    } catch (cause) {
      if (others.length === 0) problems.push({ path: first.path, message: messageOf(cause) });
      else for (const trial of trials) if (!isWrong(trial.path)) await tryAll([trial]);
    }
  };

  try {
    for (const schema of ['silver_rows', 'silver']) await engine.run(sql`CREATE SCHEMA ${id(schema)}`);
    for (const table of project.tables.filter(({ name }) => name === rates?.table || tables.some((t) => looksAt(t, name))))
      for (const schema of ['silver_rows', 'silver'])
        await engine.run(sql`CREATE VIEW ${id(schema, table.name)} AS ${emptyRow(table, isWrong)}`);
    if (rates !== undefined) await engine.run(defineToCurrency(rates));
    const byRow = new Map<string, Trial[]>();
    for (const trial of tables.flatMap((table) => trialsOf(table, emptyRow(table, isWrong), rates !== undefined))) {
      if (isWrong(trial.path)) continue;
      const others = byRow.get(trial.row.text);
      if (others === undefined) byRow.set(trial.row.text, [trial]);
      else others.push(trial);
    }
    for (const together of byRow.values()) await tryAll(together);
    return problems;
  } finally {
    engine.close();
  }
}

/**
 * Tries tables, as `tryTables` does.
 * @throws OnefoldError `CONFIG_INVALID` with everything that is wrong
 */
export async function checkTables(project: Project, tables: readonly Table[]): Promise<void> {
  const problems = await tryTables(project, [], tables);
  if (problems.length === 0) return;
  throw new OnefoldError(
    'CONFIG_INVALID',
    `no build can make these tables:\n${problems.map((p) => `  ${p.path}: ${p.message}`).join('\n')}`,
    {
      problems,
      hint: 'Mend the project file; `onefold validate` tells everything that is wrong with it.',
    },
  );
}

/** Whether a path of the project leads to another or into it. */
function isWithin(path: string, outer: string): boolean {
  return path === outer || (path.startsWith(outer) && /^[.[]/.test(path.slice(outer.length)));
}

function looksAt({ rules }: Table, table: string): boolean {
  return rules.some(({ kind, options }) =>
    (ruleKindNamed(kind).references(options).targets ?? []).some((to) => splitDotted(to)?.[0] === table),
  );
}

/** A row of a table without any value. */
function emptyRow(table: Table, isWrong: (path: string) => boolean): Sql {
  const columns = table.columns.flatMap((column) => {
    const anything = isWrong(`tables.${table.name}.columns.${column.name}`);
    return declaredColumns({ ...table, columns: [column] }).map(({ name, type }) => sql`${nothing(anything ? null : type)} AS ${id(name)}`);
  });
  return sql`SELECT ${join([...columns, sql`${nothing('TIMESTAMP')} AS _deleted_at`])}`;
}

/** No value of a type; of none, it fits everything. */
function nothing(type: string | null): Sql {
  return type === null ? sql`NULL` : sql`NULL::${trusted(type)}`;
}

function trialsOf(table: Table, row: Sql, hasRates: boolean): readonly Trial[] {
  const at = `tables.${table.name}`;
  const amount = (name: string): Sql => sql`SELECT sum(${id(name)}) AS amount FROM (${row})`;
  return [
    ...table.columns.flatMap((column) => columnTrials(`${at}.columns.${column.name}`, column)),
    ...table.rules.flatMap((rule, i) => ruleTrials(`${at}.rules[${i}]`, rule, hasRates).map((trial) => ({ ...trial, row }))),
    ...table.amounts.map((name, i) => ({ path: `${at}.amounts[${i}]`, value: sql`amount`, row: amount(name) })),
  ];
}

function ruleTrials(path: string, { kind, options }: Rule, hasRates: boolean): readonly Omit<Trial, 'row'>[] {
  const { judge, references } = ruleKindNamed(kind);
  const { expressions = [], rates = false } = references(options);
  if (rates && !hasRates) return [];
  const type = (condition: string): Sql => sql`typeof((${trusted(condition)}\n))`;
  return [
    ...expressions.map((condition) => ({
      path: `${path}.sql`,
      value: sql`CASE WHEN ${type(condition)} NOT IN ('BOOLEAN', '"NULL"') THEN 'is no condition: it gives ' || ${type(condition)} END`,
      says: true,
    })),
    { path, value: sql`COALESCE(${judge(options, { asOf: new Date(0) }).broken}, FALSE)` },
  ];
}

function columnTrials(path: string, { type, common, options }: Column): readonly Trial[] {
  const kind = columnTypeNamed(type);
  const made = kind.sqlType(options);
  const text = id('text');
  const row = sql`SELECT ${nothing('VARCHAR')} AS ${text}`;
  const trials: Trial[] = [];
  if (common.extract !== undefined) trials.push({ path: `${path}.extract`, value: firstMatch(text, common.extract), row });
  if (common.remove !== undefined) trials.push({ path: `${path}.remove`, value: without(text, common.remove), row });
  if (common.default !== undefined) trials.push({ path: `${path}.default`, value: orDefault(nothing(made), made, common.default), row });
  const expression = kind.expression(options);
  if (expression !== null) {
    const sources = kind.sourceColumns(options).map((name) => sql`${nothing('VARCHAR')} AS ${id(name)}`);
    trials.push({ path: `${path}.sql`, value: attempted(trusted(expression), made), row: sql`SELECT ${join(sources)}` });
  } else if (kind.mapper === null) {
    const { keep, over } = layers();
    const { value, companions = [] } = kind.parse(text, options, { keep, verdict: 'unproven', sourceColumn: () => text });
    const read = over(row);
    trials.push(...[value, ...companions].map((one) => ({ path, value: one, row: read })));
  }
  return trials;
}
