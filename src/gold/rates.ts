import type { Rates } from '../config/project.js';
import type { Sql } from '../sql/tag.js';
import { id, join, sql, trusted } from '../sql/tag.js';

/**
 * What a project's SQL may call to report in one currency: `to_currency(amount, currency, target, on)`, the amount at the newest
 * rate that is not newer than `on`, rounded half up. Null where there is no such rate: it is never taken for zero or one.
 * Amounts count with 4 digits behind the decimal sign and rates with 12; larger ones than 14 and 8 digits before it fail.
 */
export function defineToCurrency(rates: Rates): Sql {
  const type = trusted(`DECIMAL(38, ${rates.scale})`);
  const exact = sql`CAST(__amount AS DECIMAL(18, 4))`;
  const rate = (from: Sql, to: Sql): Sql => newestRate(rates, from, to);
  const direct = sql`CAST(${exact} * ${rate(sql`__currency`, sql`__target`)} AS ${type})`;
  const ways = rates.inverse ? [direct, dividedBy(exact, rate(sql`__target`, sql`__currency`), rates.scale)] : [direct];
  return sql`CREATE OR REPLACE TEMP MACRO to_currency(__amount, __currency, __target, __moment) AS
    CASE WHEN __currency = __target THEN CAST(__amount AS ${type}) ELSE COALESCE(${join(ways)}) END`;
}

/** The newest rate up to the moment that is not too old; of several of one day the greatest, so that their order never decides. */
function newestRate(rates: Rates, from: Sql, to: Sql): Sql {
  // Columns and parameters have names of their own, so that no argument of a call is taken for one of them.
  const renamed = sql`SELECT ${id(rates.from)} AS __rate_from, ${id(rates.to)} AS __rate_to, CAST(${id(rates.rate)} AS DECIMAL(20, 12)) AS __rate,
    CAST(${id(rates.date)} AS DATE) AS __rate_date FROM ${id('silver', rates.table)} WHERE _deleted_at IS NULL`;
  const old =
    rates.max_age_days === undefined ? sql`` : sql` AND __rate_date >= CAST(__moment AS DATE) - CAST(${rates.max_age_days} AS INTEGER)`;
  return sql`(SELECT max(struct_pack(d := __rate_date, r := __rate)).r FROM (${renamed}) __rates
    WHERE __rate_from = ${from} AND __rate_to = ${to} AND __rate > 0 AND __rate_date <= CAST(__moment AS DATE)${old})`;
}

/** A quotient in whole numbers, rounded half up: dividing decimals would go through a float. */
function dividedBy(exact: Sql, rate: Sql, scale: number): Sql {
  const amount = sql`CAST(CAST(abs(${exact}) AS DECIMAL(30, 4)) * 10000 AS HUGEINT) * ${10n ** BigInt(8 + scale)}::HUGEINT`;
  const divisor = sql`CAST(${rate} * CAST('1000000000000' AS DECIMAL(13, 0)) AS HUGEINT)`;
  const quotient = sql`CAST((2 * ${amount} + ${divisor}) // (2 * ${divisor}) AS DECIMAL(34, 0))`;
  const scaled =
    scale === 0 ? quotient : sql`${quotient} * CAST(${`0.${'1'.padStart(scale, '0')}`} AS ${trusted(`DECIMAL(${scale}, ${scale})`)})`;
  return sql`CAST(CASE WHEN __amount < 0 THEN -1 ELSE 1 END * CAST(${scaled} AS ${trusted(`DECIMAL(37, ${scale})`)}) AS ${trusted(`DECIMAL(38, ${scale})`)})`;
}
