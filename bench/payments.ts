import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import type { ProjectInput } from '../src/index.js';

/** What both sides of the benchmark may hold in memory. */
export const memoryLimit = '2GB';

/** The project that is measured: one stream, one table, seven source columns, four rules, one amount in the ledger. */
const project: ProjectInput = {
  name: 'bench',
  engine: { memory_limit: memoryLimit },
  sources: { billing: { connector: 'file', streams: { payments: { path: 'data/payments*.csv' } } } },
  tables: {
    payments: {
      from: 'billing.payments',
      key: 'payment_id',
      recency: 'paid_on',
      columns: {
        payment_id: 'payment_id',
        customer_id: 'customer_id',
        customer_name: 'customer_name',
        email: { from: 'email', type: 'email' },
        amount: { from: 'amount', type: 'money', currency: 'currency', scale: 2 },
        paid_on: { from: 'paid_on', type: 'date' },
      },
      rules: [
        { rule: 'not_null', column: 'customer_id' },
        { rule: 'accepted_values', column: 'amount_currency', values: ['EUR', 'USD', 'GBP', 'CHF'] },
        { rule: 'range', column: 'amount', min: -20000, max: 20000 },
        { rule: 'regex', column: 'payment_id', pattern: '^PAY-[0-9]{9}$' },
      ],
      amounts: ['amount'],
    },
  },
};

/** Writes the project's file into a folder. */
export async function writeProject(folder: string): Promise<void> {
  await writeFile(join(folder, 'onefold.json'), `${JSON.stringify(project, null, 1)}\n`);
}

/** Which payments a file holds: keys `from` to `to`, and, of every key below `from` that `every` divides, a newer version. */
export interface Payments {
  readonly from: number;
  readonly to: number;
  readonly every: number | null;
}

/** The first file of `rows` payments, and a second one with 1% more: four in five have new keys, the fifth updates an old one. */
export function twoFiles(rows: number): { readonly first: Payments; readonly second: Payments } {
  const added = Math.max(1, Math.round(rows * 0.008));
  return { first: { from: 0, to: rows, every: null }, second: { from: rows, to: rows + added, every: 500 } };
}

/**
 * Writes payments as csv: the same bytes every time, since every value is drawn from a hash of its row's number. Amounts are
 * in both notations, most with a sign or a code; dates in three. One row in a thousand has each kind of dirt: a missing key, an
 * odd key, a missing customer, a broken address, an amount that is no number, one that can be read in two ways, one out of
 * range, a currency that contradicts the sign, an unknown currency, a day that the calendar does not have, a repeated row.
 */
export async function writePayments(path: string, payments: Payments): Promise<void> {
  const instance = await DuckDBInstance.create(':memory:', { memory_limit: memoryLimit });
  const connection = await instance.connect();
  await connection.run(`COPY (${query(payments)}) TO '${path.replaceAll("'", "''")}' (FORMAT csv, HEADER)`);
  connection.closeSync();
  instance.closeSync();
}

/** A number from 0 to `below` - 1 that depends on nothing but the row's number and the purpose that it is drawn for. */
function draw(purpose: number, below: number): string {
  return `(hash(n * 31 + ${purpose}) % ${below})::BIGINT`;
}

function pick(purpose: number, from: readonly string[]): string {
  return `[${from.map((word) => `'${word}'`).join(', ')}][${draw(purpose, from.length)} + 1]`;
}

const firstNames = ['Anna', 'Bruno', 'Chloé', 'David', 'Emma', 'Farid', 'Greta', 'Hugo', 'Inès', 'Jonas', 'Karin', 'Léa', 'Marc', 'Nora'];
const lastNames = ['Keller', 'Müller', 'Rossi', 'Smith', 'Novak', 'Dubois', 'García', 'Jansen', 'Larsen', 'Brown', 'Weber', 'Costa'];
const domains = ['example.com', 'example.org', 'mail.example.net', 'post.example.ch'];

function query({ from, to, every }: Payments): string {
  const older = every === null ? '' : `UNION ALL SELECT range AS n, TRUE AS newer FROM range(0, ${from}, ${every})`;
  const dirty = (kind: number): string => `dirt = ${kind}`;
  return `
    WITH numbered AS (SELECT range AS n, FALSE AS newer FROM range(${from}, ${to}) ${older}),
    drawn AS (SELECT n, newer, ${draw(1, 1000)} AS dirt, ${draw(2, 200000)} AS customer, ${pick(3, firstNames)} AS first_name, ${pick(4, lastNames)} AS last_name,
      ${pick(5, domains)} AS domain, CASE WHEN ${draw(6, 20)} = 0 THEN '-' ELSE '' END AS minus, ${draw(7, 100)} AS cents,
      CASE WHEN ${draw(8, 10)} < 7 THEN ${draw(9, 1000)} ELSE ${draw(9, 20000)} END AS units, ${draw(10, 4)} AS form, ${draw(11, 3)} AS calendar,
      ['EUR', 'USD', 'GBP', 'CHF'][${draw(12, 4)} + 1] AS currency, ['€', '$', '£', 'CHF '][${draw(12, 4)} + 1] AS sign,
      (DATE '2023-01-01' + (${draw(13, 900)} + CASE WHEN newer THEN 300 ELSE 0 END)::INTEGER) AS paid FROM numbered),
    spelled AS (SELECT *, CASE WHEN units >= 1000 THEN (units // 1000) || ',' || lpad((units % 1000)::VARCHAR, 3, '0') ELSE units::VARCHAR END
        || '.' || lpad(cents::VARCHAR, 2, '0') AS dotted FROM drawn),
    payments AS (SELECT n, newer, dirt,
      CASE WHEN ${dirty(0)} THEN NULL WHEN ${dirty(1)} THEN 'P' || n ELSE 'PAY-' || lpad(n::VARCHAR, 9, '0') END AS payment_id,
      CASE WHEN ${dirty(2)} THEN NULL ELSE 'C' || lpad(customer::VARCHAR, 6, '0') END AS customer_id,
      first_name || ' ' || last_name AS customer_name,
      CASE WHEN ${dirty(3)} THEN 'customer' || customer || ' at ' || domain ELSE 'Customer' || customer || '@' || domain END AS email,
      CASE WHEN ${dirty(4)} THEN 'n/a' WHEN ${dirty(5)} THEN minus || (units % 900 + 1) || '.' || lpad((cents * 10)::VARCHAR, 3, '0')
        WHEN ${dirty(6)} THEN minus || '99' || lpad(units::VARCHAR, 5, '1') || '.00'
        WHEN ${dirty(7)} THEN minus || '¥' || units || '.' || lpad(cents::VARCHAR, 2, '0')
        WHEN form = 0 THEN minus || sign || dotted
        WHEN form = 1 THEN minus || translate(dotted, '.,', ',.') || ' ' || trim(sign)
        WHEN form = 2 THEN minus || replace(dotted, ',', '')
        ELSE minus || replace(replace(dotted, ',', ''), '.', ',') || ' ' || currency END AS amount,
      CASE WHEN ${dirty(8)} AND form = 2 THEN 'XXX' ELSE currency END AS currency,
      CASE WHEN ${dirty(9)} THEN '31/02/2025' WHEN calendar = 0 THEN strftime(paid, '%Y-%m-%d') WHEN calendar = 1 THEN strftime(paid, '%d/%m/%Y')
        ELSE strftime(paid, '%B %d, %Y') END AS paid_on
      FROM spelled)
    SELECT payment_id, customer_id, customer_name, email, amount, currency, paid_on FROM (
      SELECT *, 0 AS again FROM payments UNION ALL SELECT *, 1 AS again FROM payments WHERE ${dirty(10)} AND n >= ${from})
    ORDER BY newer, n, again`;
}
