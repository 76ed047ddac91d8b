import { z } from 'zod';
import { OnefoldError } from '../../base/errors.js';
import type { Entity, Project } from '../../config/project.js';
import type { Engine } from '../../engine/engine.js';
import { current, recordName } from '../../identity/evidence.js';
import type { Reader } from '../../publish/reader.js';
import { amounts } from '../../silver/ledger.js';
import { id, join, sql } from '../../sql/tag.js';
import { openWarehouse } from '../store/store.js';

/** What would go to another key. */
export interface Impact {
  readonly records: number;
  /** Rows that refer to these records. */
  readonly references: number;
  /** Sums of declared amounts of their rows and of the rows that refer to them, as decimal text; null where the warehouse could not be asked. */
  readonly amounts: readonly { readonly of: string; readonly currency: string | null; readonly amount: string }[] | null;
}

/** Lets `work` ask the warehouse, or null where there is none or a build holds it. */
export async function withWarehouse<T>(project: Project, work: (warehouse: Engine | null) => Promise<T>): Promise<T> {
  const warehouse = await openWarehouse(project, true).catch((thrown: unknown) => {
    if (thrown instanceof OnefoldError && (thrown.code === 'STORE_LOCKED' || thrown.code === 'SNAPSHOT_NONE')) return null;
    throw thrown;
  });
  try {
    return await work(warehouse);
  } finally {
    warehouse?.close();
  }
}

/** What moves with some records of an entity: they, the rows that refer to them, and the amounts of all these. */
export async function impactOf(
  project: Project,
  entity: Entity,
  { engine }: Pick<Reader, 'engine'>,
  warehouse: Engine | null,
  records: readonly string[],
): Promise<Impact> {
  const following = sql`SELECT f.table_name AS "table", f.row_key AS key FROM ${id('identity', `${entity.name}_references`)} f
    WHERE EXISTS (SELECT 1 FROM ${id('identity', `${entity.name}_links`)} l WHERE l.identifier = f.identifier AND l.value = f.value
      AND list_contains(${records}::VARCHAR[], l.record) AND l.decision IN ('own', 'linked')) ORDER BY ALL`;
  const references = await engine.rows(following, z.object({ table: z.string(), key: z.string() }));
  if (warehouse === null) return { records: records.length, references: references.length, amounts: null };
  const sums = entity.records.flatMap((r) => {
    const table = project.tables.find((t) => t.name === r.table);
    const mine =
      r.role === 'record'
        ? sql`list_contains(${records}::VARCHAR[], ${recordName(r)})`
        : sql`list_contains(${references.filter((f) => f.table === r.table).map((f) => f.key)}::VARCHAR[], _key)`;
    return (table === undefined ? [] : amounts(table)).map(
      ({ name, amount, currency }) =>
        sql`SELECT ${name} AS "of", ${currency} AS currency, sum(${amount})::DECIMAL(38, 9) AS amount FROM ${current(r)} WHERE ${mine} AND ${amount} IS NOT NULL GROUP BY ALL`,
    );
  });
  const found =
    sums.length === 0
      ? []
      : await warehouse.rows(
          sql`SELECT "of", currency, sum(amount)::VARCHAR AS amount FROM (${join(sums, ' UNION ALL ')}) GROUP BY ALL ORDER BY "of", currency`,
          z.object({ of: z.string(), currency: z.string().nullable(), amount: z.string() }),
        );
  return { records: records.length, references: references.length, amounts: found.map((a) => ({ ...a, amount: plain(a.amount) })) };
}

/** A decimal without zeros at its end. */
function plain(decimal: string): string {
  return decimal.includes('.') ? decimal.replace(/\.?0+$/, '') : decimal;
}
