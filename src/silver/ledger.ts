import type { Table } from '../config/project.js';
import type { Sql } from '../sql/tag.js';
import { id, join, sql, trusted } from '../sql/tag.js';
import { declaredColumns } from './stage.js';

/** The type of an amount in `ops.ledger`. */
const ledgerAmount = trusted('DECIMAL(38, 18)');

/**
 * The lines of the ledger over some rows of the table, which are looked at once: how many they are, and each amount by its currency.
 * @param line what the lines are called; null where each row has a disposition that says it
 */
export function ledgerLines({ table, runId }: { readonly table: Table; readonly runId: string }, line: string | null, rows: Sql): Sql {
  const label = line === null ? sql`disposition` : sql`${line}`;
  const followed = amounts(table).map((a, i) => ({
    ...a,
    of: id(`currency_${i}`),
    sum: id(`sum_${i}`),
    unreadable: id(`unreadable_${i}`),
  }));
  const columns = [
    ...(line === null ? [label] : []),
    sql`count(*) AS counted`,
    ...followed.map(
      ({ amount, currency, of, sum, unreadable }) =>
        sql`${currency} AS ${of}, sum(${amount}) AS ${sum}, count(*) FILTER (${amount} IS NULL) AS ${unreadable}`,
    ),
  ];
  const lines = [
    sql`'table', ${table.name}, ${label}, NULL, COALESCE(sum(counted), 0), NULL::${ledgerAmount}, NULL FROM found${line === null ? sql` GROUP BY disposition` : sql``}`,
    // Amounts are of the ledger's type before they meet, so that different types never meet as floats.
    ...followed.map(
      ({ name, of, sum, unreadable }) =>
        sql`'amount', ${name}, ${label}, ${of}, sum(counted), sum(${sum})::${ledgerAmount}, sum(${unreadable}) FROM found GROUP BY ALL`,
    ),
  ].map((one) => sql`SELECT ${runId}, ${one}`);
  return sql`INSERT INTO ops.ledger WITH found AS MATERIALIZED (SELECT ${join(columns)} FROM (${rows}) GROUP BY ALL) ${join(lines, ' UNION ALL ')}`;
}

/** The amounts that the ledger follows, each with the column of its currency. */
export function amounts(table: Table): readonly { readonly name: string; readonly amount: Sql; readonly currency: Sql }[] {
  const known = new Set(declaredColumns(table).map((c) => c.name));
  return table.amounts.map((column) => ({
    name: `${table.name}.${column}`,
    amount: id(column),
    currency: known.has(`${column}_currency`) ? id(`${column}_currency`) : sql`NULL::VARCHAR`,
  }));
}
