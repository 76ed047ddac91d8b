import { z } from 'zod';
import type { Engine } from '../engine/engine.js';
import { sql } from '../sql/tag.js';

/** What every row of a table can become; each is counted by itself. */
const dispositions = [
  'inserted',
  'updated',
  'unchanged',
  'duplicate',
  'superseded',
  'deleted',
  'quarantined',
  'discarded',
  'erased',
] as const;
const fates = ['landed', 'rejected', 'known', 'discarded'] as const;

/** An account of the ledger that does not add up. */
export interface Imbalance {
  readonly scope: string;
  readonly name: string;
  readonly currency: string | null;
  readonly message: string;
}

const line = z.object({
  scope: z.string(),
  name: z.string(),
  line: z.string(),
  currency: z.string().nullable(),
  rows: z.coerce.bigint(),
  amount: z.string().nullable(),
  unreadable: z.coerce.bigint().nullable(),
});
export type LedgerLine = z.output<typeof line>;

/** The ledger of one run, a line per account, added up over its batches; amounts are exact, without zeros at their end. */
export async function ledgerOf(engine: Engine, runId: string): Promise<readonly LedgerLine[]> {
  return engine.rows(
    sql`SELECT scope, name, line, currency, sum(rows)::VARCHAR AS rows, regexp_replace(sum(amount)::VARCHAR, '[.]?0+$', '') AS amount, sum(unreadable)::VARCHAR AS unreadable
    FROM ops.ledger WHERE run_id = ${runId} GROUP BY ALL ORDER BY ALL`,
    line,
  );
}

/** How many rows a line of a run's ledger counts, of all its batches; 0 where there is none. */
export async function countedRows(engine: Engine, runId: string, scope: 'stream' | 'table', name: string, of: string): Promise<number> {
  const [counted] = await engine.rows(
    sql`SELECT COALESCE(sum(rows), 0)::DOUBLE AS rows FROM ops.ledger WHERE run_id = ${runId} AND scope = ${scope} AND name = ${name} AND line = ${of}`,
    z.object({ rows: z.number() }),
  );
  return counted?.rows ?? 0;
}

/**
 * The accounts of a run that do not balance. Of a stream: read = landed + rejected + known + discarded. Of a table, in rows and
 * in every currency: read = the sum of all dispositions, and standing after = standing before + written − replaced.
 */
export function imbalances(lines: readonly LedgerLine[]): readonly Imbalance[] {
  const accounts = new Map<string, LedgerLine[]>();
  for (const one of lines) {
    const key = JSON.stringify([one.scope, one.name, one.currency]);
    accounts.set(key, [...(accounts.get(key) ?? []), one]);
  }
  const out: Imbalance[] = [];
  for (const account of accounts.values()) {
    const [first] = account;
    if (first === undefined) continue;
    const total = (names: readonly string[], of: (l: LedgerLine) => bigint): bigint =>
      account.filter((l) => names.includes(l.line)).reduce((sum, l) => sum + of(l), 0n);
    const measures = first.scope === 'amount' ? [rowsOf, amountOf, unreadableOf] : [rowsOf];
    for (const of of measures) {
      const parts = first.scope === 'stream' ? fates : dispositions;
      const differences: readonly (readonly [string, bigint])[] = [
        ['what was read is not what became of it', total(['read'], of) - total(parts, of)],
        [
          'what stands is not what stood and changed',
          total(['standing_after'], of) - total(['standing_before', 'written'], of) + total(['replaced'], of),
        ],
      ];
      for (const [message, difference] of differences) {
        if (difference !== 0n)
          out.push({ scope: first.scope, name: first.name, currency: first.currency, message: `${message} (off by ${difference})` });
      }
    }
  }
  return out;
}

function rowsOf(l: LedgerLine): bigint {
  return l.rows;
}

function unreadableOf(l: LedgerLine): bigint {
  return l.unreadable ?? 0n;
}

/** An amount in units of its 18th decimal. */
function amountOf(l: LedgerLine): bigint {
  const [whole = '0', fraction = ''] = (l.amount ?? '0').split('.');
  const units = BigInt(whole.replace('-', '')) * 10n ** 18n + BigInt(fraction.padEnd(18, '0').slice(0, 18));
  return whole.startsWith('-') ? -units : units;
}
