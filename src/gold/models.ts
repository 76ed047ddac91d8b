import { OnefoldError } from '../base/errors.js';
import type { ForeignKey, Model } from '../config/project.js';
import { readsOf } from '../sql/parse.js';
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
}

/**
 * Models in the order in which they can be built: each after what it reads, and what reads a dimension after the facts
 * that add inferred rows to it.
 * @throws OnefoldError `MODEL_INVALID` when models read each other in a circle
 */
export async function planModels(models: readonly Model[]): Promise<readonly PlannedModel[]> {
  const names = new Set(models.map((m) => m.name));
  const plans = await Promise.all(
    models.map(async (model) => {
      const { tables, usesAsOf } = await readsOf(model.sql);
      const reads = tables.map((t) => `${t.schema ?? ''}.${t.name}`);
      const direct = tables.filter((t) => t.schema === 'gold' && names.has(t.name)).map((t) => t.name);
      const targets = model.foreignKeys.map((k) => k.toModel).filter((m) => names.has(m) && m !== model.name);
      return { model, reads, usesAsOf, after: new Set([...direct, ...targets]) };
    }),
  );
  const byName = new Map(plans.map((p) => [p.model.name, p]));
  const reaches = (from: string, to: string, seen = new Set<string>()): boolean => {
    if (from === to) return true;
    if (seen.has(from)) return false;
    seen.add(from);
    return [...(byName.get(from)?.after ?? [])].some((next) => reaches(next, to, seen));
  };
  for (const fact of plans) {
    for (const key of fact.model.foreignKeys) {
      if (key.missing !== 'inferred' && key.missing !== 'unknown') continue;
      for (const reader of plans) {
        if (reader !== fact && reader.after.has(key.toModel) && !reaches(fact.model.name, reader.model.name))
          reader.after.add(fact.model.name);
      }
    }
  }
  const done = new Set<string>();
  const ordered: PlannedModel[] = [];
  const path: string[] = [];
  const place = (name: string): void => {
    const plan = byName.get(name);
    if (plan === undefined || done.has(name)) return;
    if (path.includes(name)) {
      throw new OnefoldError(
        'MODEL_INVALID',
        `models read each other in a circle: ${[...path.slice(path.indexOf(name)), name].join(' → ')}`,
        { hint: 'Take one of these references out, or move what both need into a model of its own.' },
      );
    }
    path.push(name);
    for (const before of [...plan.after].sort()) place(before);
    path.pop();
    done.add(name);
    ordered.push({ ...plan, after: [...plan.after] });
  };
  for (const name of [...names].sort()) place(name);
  return ordered;
}

/** Builds a model's table; a dimension that may get inferred rows says of every row whether it is one. */
export function buildModel(model: Model, inferredInto: boolean): readonly Sql[] {
  const select = trusted(model.sql.trim().replace(/;\s*$/, ''));
  return [
    inferredInto
      ? sql`CREATE OR REPLACE TABLE ${id('gold', model.name)} AS SELECT *, FALSE AS _inferred FROM (${select}\n)`
      : sql`CREATE OR REPLACE TABLE ${id('gold', model.name)} AS ${select}`,
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
      severity: key.missing === 'warn' ? 'warn' : 'fail',
      message: 'rows that point at no row',
      broken: sql`SELECT count(*)::DOUBLE AS broken FROM ${table} WHERE ${id(key.column)} IS NOT NULL
        AND ${id(key.column)} NOT IN (SELECT ${id(key.toColumn)} FROM ${id('gold', key.toModel)} WHERE ${id(key.toColumn)} IS NOT NULL)`,
    });
  }
  return checks;
}
