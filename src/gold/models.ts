import type { ForeignKey, Increment, Model } from '../config/project.js';
import type { Sql } from '../sql/tag.js';
import { id, join, sql, trusted } from '../sql/tag.js';

/** A model with what it reads. */
export interface PlannedModel {
  readonly model: Model;
  /** `schema.table` of everything that it reads. */
  readonly reads: readonly string[];
  /** Models that must be complete before. */
  readonly after: readonly string[];
  readonly usesAsOf: boolean;
  /** Whether facts may add rows to it. */
  readonly gaining: boolean;
}

/** Whether a foreign key adds rows to the dimension that it points at. */
function completes(key: ForeignKey): boolean {
  return key.missing === 'inferred' || key.missing === 'unknown';
}

/**
 * Models in the order in which they can be built: each after what it reads, and what reads a dimension after the facts
 * that add inferred rows to it. None of a validated project reads itself, not even by others.
 */
export function planModels(models: readonly Model[]): readonly PlannedModel[] {
  const names = new Set(models.map((m) => m.name));
  const gaining = new Set(models.flatMap((m) => m.foreignKeys.filter(completes).map((k) => k.toModel)));
  const plans = models.map((model) => {
    const { tables, usesAsOf } = model.reads;
    const reads = [...new Set(tables.map((t) => `${t.schema ?? ''}.${t.name}`))];
    const direct = tables.filter((t) => t.schema === 'gold' && names.has(t.name)).map((t) => t.name);
    const targets = model.foreignKeys.map((k) => k.toModel).filter((m) => names.has(m) && m !== model.name);
    return { model, reads, usesAsOf, gaining: gaining.has(model.name), after: new Set([...direct, ...targets]) };
  });
  const byName = new Map(plans.map((p) => [p.model.name, p]));
  const reaches = (from: string, to: string, seen = new Set<string>()): boolean => {
    if (from === to) return true;
    if (seen.has(from)) return false;
    seen.add(from);
    return [...(byName.get(from)?.after ?? [])].some((next) => reaches(next, to, seen));
  };
  for (const fact of plans) {
    for (const key of fact.model.foreignKeys) {
      if (!completes(key)) continue;
      for (const reader of plans) {
        if (reader !== fact && reader.after.has(key.toModel) && !reaches(fact.model.name, reader.model.name))
          reader.after.add(fact.model.name);
      }
    }
  }
  const done = new Set<string>();
  const ordered: PlannedModel[] = [];
  const place = (name: string): void => {
    const plan = byName.get(name);
    if (plan === undefined || done.has(name)) return;
    done.add(name);
    for (const before of [...plan.after].sort()) place(before);
    ordered.push({ ...plan, after: [...plan.after] });
  };
  for (const name of [...names].sort()) place(name);
  return ordered;
}

/**
 * The models in groups that can be built one after another, each in one transaction. A fact that adds rows to a dimension
 * changes the dimension's table, so both are of one group, and so is what stands between them; any other model is one by itself.
 */
export function groupModels(plan: readonly PlannedModel[]): readonly (readonly PlannedModel[])[] {
  const place = new Map(plan.map((p, i) => [p.model.name, i]));
  const next = new Map(plan.map((p): [string, string[]] => [p.model.name, [...p.after]]));
  for (const { model } of plan) for (const key of model.foreignKeys.filter(completes)) next.get(key.toModel)?.push(model.name);
  const groups = components(
    plan.map((p) => p.model.name),
    (name) => next.get(name) ?? [],
  );
  const at = (name: string | undefined): number => place.get(name ?? '') ?? 0;
  return groups.map((names) => [...names].sort((a, b) => at(a) - at(b)).flatMap((name) => plan[at(name)] ?? []));
}

/**
 * Strongly connected components of a directed graph, each after all that it leads to (Tarjan, "Depth-first search and
 * linear graph algorithms", 1972).
 */
function components(nodes: readonly string[], next: (node: string) => readonly string[]): readonly (readonly string[])[] {
  const index = new Map<string, number>();
  const low = new Map<string, number>();
  const stack: string[] = [];
  const out: (readonly string[])[] = [];
  const lower = (node: string, to: number): unknown => low.set(node, Math.min(low.get(node) ?? to, to));
  const enter = (node: string): void => {
    index.set(node, index.size);
    lower(node, index.get(node) ?? 0);
    stack.push(node);
    for (const other of next(node)) {
      if (!index.has(other)) {
        enter(other);
        lower(node, low.get(other) ?? 0);
      } else if (stack.includes(other)) lower(node, index.get(other) ?? 0);
    }
    if (low.get(node) === index.get(node)) out.push(stack.splice(stack.indexOf(node)));
  };
  for (const node of nodes) if (!index.has(node)) enter(node);
  return out;
}

/** What content a model has follows from this, what it reads, and what now is. */
export function meaningOf({ model, gaining }: PlannedModel): unknown {
  const { sql: text, materialized, increment, foreignKeys, vars } = model;
  return { text, materialized, increment, vars, gaining, completes: foreignKeys.filter(completes) };
}

/** The SELECT of a model; a dimension that may get inferred rows says of every row whether it is one. */
function selectOf({ model, gaining }: PlannedModel): Sql {
  const select = trusted(model.sql.trim().replace(/;\s*$/, ''));
  return gaining ? sql`SELECT *, FALSE AS _inferred FROM (${select}\n)` : select;
}

/** Makes a model anew, in place of the table or view that has its name now. */
export function buildModel(planned: PlannedModel, there: 'table' | 'view' | null): readonly Sql[] {
  const name = id('gold', planned.model.name);
  const kind = planned.model.materialized === 'view' ? 'view' : 'table';
  const select = selectOf(planned);
  return [
    ...(there === null || there === kind ? [] : [dropGold(planned.model.name, there)]),
    kind === 'view' ? sql`CREATE OR REPLACE VIEW ${name} AS ${select}` : sql`CREATE OR REPLACE TABLE ${name} AS ${select}`,
  ];
}

/** Drops the table or view of a model. */
export function dropGold(name: string, kind: 'table' | 'view'): Sql {
  return kind === 'view' ? sql`DROP VIEW ${id('gold', name)}` : sql`DROP TABLE ${id('gold', name)}`;
}

/** The rows of an incremental model that may be new, as a temporary table. */
export const freshRows = 'fresh_rows';

/**
 * Gathers the rows of an incremental model whose `since` is not before the last maximum, less what is looked back. Rows
 * without `since` are always read: nothing says that they are old.
 */
export function gatherIncrement(planned: PlannedModel, { since, lookback }: Increment): Sql {
  const column = id(since);
  const bound = sql`(SELECT max(${column})${lookback === undefined ? sql`` : sql` - CAST(${lookback} AS INTERVAL)`} FROM ${id('gold', planned.model.name)})`;
  return sql`CREATE OR REPLACE TEMP TABLE ${id(freshRows)} AS SELECT * FROM (${selectOf(planned)}\n) WHERE COALESCE(${column} >= ${bound}, TRUE)`;
}

/** Puts the gathered rows in place of those with the same key. Both belong in one transaction. */
export function mergeIncrement(planned: PlannedModel, { key }: Increment): readonly Sql[] {
  const table = id('gold', planned.model.name);
  const same = join(
    key.map((k) => sql`old.${id(k)} IS NOT DISTINCT FROM new.${id(k)}`),
    ' AND ',
  );
  return [
    sql`DELETE FROM ${table} AS old USING ${id(freshRows)} AS new WHERE ${same}`,
    sql`INSERT INTO ${table} BY NAME SELECT * FROM ${id(freshRows)}`,
  ];
}

/** Gives facts whose dimension row is missing an inferred row, or points them at the unknown one. */
export function completeForeignKey(model: Model, key: ForeignKey): readonly Sql[] {
  const fact = id('gold', model.name);
  const dimension = id('gold', key.toModel);
  const known = sql`(SELECT ${id(key.toColumn)} FROM ${dimension} WHERE ${id(key.toColumn)} IS NOT NULL)`;
  if (key.missing === 'inferred') {
    return [
      sql`INSERT INTO ${dimension} BY NAME SELECT DISTINCT ${id(key.column)} AS ${id(key.toColumn)}, TRUE AS _inferred FROM ${fact}
      WHERE ${id(key.column)} IS NOT NULL AND ${id(key.column)} NOT IN ${known}`,
    ];
  }
  if (key.missing === 'unknown') {
    return [
      sql`UPDATE ${fact} SET ${id(key.column)} = 'unknown' WHERE ${id(key.column)} IS NULL OR ${id(key.column)} NOT IN ${known}`,
      sql`INSERT INTO ${dimension} BY NAME SELECT 'unknown' AS ${id(key.toColumn)}, TRUE AS _inferred
        WHERE EXISTS (SELECT 1 FROM ${fact} WHERE ${id(key.column)} = 'unknown') AND NOT EXISTS (SELECT 1 FROM ${dimension} WHERE ${id(key.toColumn)} = 'unknown')`,
    ];
  }
  return [];
}

/** A check of gold as a query for how many rows break it (`broken`). */
export interface KeyCheck {
  readonly kind: 'primary_key' | 'foreign_key';
  readonly name: string;
  /** `schema.name` of what it looks at. */
  readonly relations: readonly string[];
  readonly severity: 'warn' | 'fail';
  readonly message: string;
  readonly broken: Sql;
}

/** The checks of a model's declared keys. */
export function keyChecks(model: Model): readonly KeyCheck[] {
  const table = id('gold', model.name);
  const checks: KeyCheck[] = [];
  if (model.primaryKey.length > 0) {
    const columns = model.primaryKey.map((c) => id(c));
    checks.push({
      kind: 'primary_key',
      name: `gold.${model.name}(${model.primaryKey.join(', ')})`,
      relations: [`gold.${model.name}`],
      severity: 'fail',
      message: 'rows whose primary key is missing or repeated',
      broken: sql`SELECT count(*)::DOUBLE AS broken FROM (SELECT count(*) OVER (PARTITION BY ${join(columns)}) AS n, ${join(columns)} FROM ${table})
        WHERE n > 1 OR ${join(
          columns.map((c) => sql`${c} IS NULL`),
          ' OR ',
        )}`,
    });
  }
  for (const key of model.foreignKeys) {
    checks.push({
      kind: 'foreign_key',
      name: `gold.${model.name}.${key.column} → gold.${key.toModel}.${key.toColumn}`,
      relations: [`gold.${model.name}`, `gold.${key.toModel}`],
      severity: key.missing === 'warn' ? 'warn' : 'fail',
      message: 'rows that point at no row',
      broken: sql`SELECT count(*)::DOUBLE AS broken FROM ${table} WHERE ${id(key.column)} IS NOT NULL
        AND ${id(key.column)} NOT IN (SELECT ${id(key.toColumn)} FROM ${id('gold', key.toModel)} WHERE ${id(key.toColumn)} IS NOT NULL)`,
    });
  }
  return checks;
}
