import { expect } from 'vitest';
import { z } from 'zod';
import type { Table } from '../../src/config/project.js';
import type { Engine } from '../../src/engine/engine.js';
import type { BuildResult, Project } from '../../src/index.js';
import { ruleKindNamed } from '../../src/quality/rules/registry.js';
import type { Sql } from '../../src/sql/tag.js';
import { id, sql } from '../../src/sql/tag.js';
import { inWarehouse, numberIn } from './canonical.js';

type Line = BuildResult['ledger'][number];

const dispositions = ['inserted', 'updated', 'unchanged', 'duplicate', 'superseded', 'deleted', 'quarantined', 'discarded', 'erased'];

/** Adds up one run's ledger by hand: every stream, every table, and every amount in every currency. */
export function expectBalanced({ ledger, imbalances, error }: BuildResult): void {
  expect({ imbalances, error }).toEqual({ imbalances: [], error: null });
  for (const account of new Set(ledger.map(accountOf))) {
    const lines = ledger.filter((l) => accountOf(l) === account);
    const parts = lines[0]?.scope === 'stream' ? ['landed', 'rejected', 'known', 'discarded'] : dispositions;
    const measures = lines[0]?.scope === 'amount' ? [rows, amount, unreadable] : [rows];
    for (const measure of measures) {
      const of = (names: readonly string[]): bigint => lines.filter((l) => names.includes(l.line)).reduce((all, l) => all + measure(l), 0n);
      expect({ account, rows: of(parts) }).toEqual({ account, rows: of(['read']) });
      expect({ account, rows: of(['standing_after']) + of(['replaced']) }).toEqual({
        account,
        rows: of(['standing_before']) + of(['written']),
      });
    }
  }
}

const accountOf = (l: Line): string => JSON.stringify([l.scope, l.name, l.currency]);
const rows = (l: Line): bigint => BigInt(l.rows);
const unreadable = (l: Line): bigint => BigInt(l.unreadable ?? 0);
/** In units of the 18th decimal. */
function amount(l: Line): bigint {
  const [, sign = '', whole = '0', fraction = ''] = /^(-?)(\d*)\.?(\d*)$/.exec(l.amount ?? '0') ?? [];
  return BigInt(`${sign}${whole === '' ? '0' : whole}${fraction.padEnd(18, '0')}`);
}

/** Holds what stands in a store against the ledgers of all runs that led there, the newest last. */
export async function expectAccounted(project: Project, runs: readonly BuildResult[]): Promise<void> {
  await inWarehouse(project, async (engine) => {
    for (const { source, stream } of project.streams) await expectStream(engine, `${source}.${stream}`, runs);
    for (const table of project.tables) await expectTable(engine, table, runs);
  });
}

/** What bronze holds is what all runs say they landed and rejected. */
async function expectStream(engine: Engine, stream: string, runs: readonly BuildResult[]): Promise<void> {
  const view = stream.replace('.', '__');
  const there = await numberIn(engine, sql`SELECT count(*) AS n FROM duckdb_views() WHERE schema_name = 'bronze' AND view_name = ${view}`);
  const held = async (where: boolean): Promise<number> =>
    there === 0 ? 0 : numberIn(engine, sql`SELECT count(*) AS n FROM ${id('bronze', view)} WHERE (_malformed IS NULL) = ${where}`);
  expect({ stream, landed: await held(true), rejected: await held(false) }).toEqual({
    stream,
    landed: total(runs, 'stream', stream, 'landed'),
    rejected: total(runs, 'stream', stream, 'rejected'),
  });
}

/** Since a table was last begun anew, every landed row and every retraction was read once, and became what stands now. */
async function expectTable(engine: Engine, table: Table, runs: readonly BuildResult[]): Promise<void> {
  const landed = await landedByRun(engine, table);
  const own = runs.filter((r) => lineOf(r, table.name, 'read') !== null);
  const upTo = (run: BuildResult): number => sum(landed.filter((l) => l.run_id <= run.run_id).map((l) => l.rows));
  // A table that is begun anew reads all that was ever landed.
  const since = own.slice(
    Math.max(
      0,
      own.findLastIndex((r) => lineOf(r, table.name, 'read') === upTo(r)),
    ),
  );
  const last = since.at(-1);
  if (last === undefined) return;

  const kept = id('silver_rows', table.name);
  const quarantine = id('quarantine', table.name);
  const count = (query: Sql): Promise<number> => numberIn(engine, sql`SELECT count(*) AS n FROM ${query}`);
  const standing = await count(sql`${kept} WHERE _deleted_at IS NULL`);
  const shown = await count(sql`${id('silver', table.name)} WHERE _deleted_at IS NULL`);
  const rules = table.rules.filter((r) => ruleKindNamed(r.kind).scope === 'table').map((r) => r.name);
  const byTableRule = sql`list_has_any(rules, ${rules}::VARCHAR[])`;
  // A row that a rule over the whole table sets aside still stands; its open quarantine is the only place where it shows.
  const aside = await count(sql`${kept} WHERE _deleted_at IS NULL AND _key NOT IN (SELECT _key FROM ${id('silver', table.name)})
    AND _key IN (SELECT _key FROM ${quarantine} WHERE status = 'open' AND ${byTableRule})`);
  expect({
    table: table.name,
    read: total(since, 'table', table.name, 'read'),
    keys: await count(sql`(SELECT DISTINCT _key FROM ${kept})`),
    standing,
    shown: shown + aside,
  }).toEqual({
    table: table.name,
    read: sum(landed.map((l) => l.rows)),
    keys: await count(kept),
    standing: lineOf(last, table.name, 'standing_after'),
    shown: standing,
  });
  const quarantined = await count(sql`${quarantine} WHERE status = 'open' AND NOT ${byTableRule}`);
  if (landed.some((l) => l.retracted > 0)) {
    expect(quarantined).toBeLessThanOrEqual(total(since, 'table', table.name, 'quarantined'));
    return;
  }
  // Nothing was ever taken back, so every key that was inserted stands, and every row that was quarantined still is.
  expect({ table: table.name, standing, quarantined }).toEqual({
    table: table.name,
    standing: total(since, 'table', table.name, 'inserted'),
    quarantined: total(since, 'table', table.name, 'quarantined'),
  });
}

/** Rows that each run landed, kept as text or retracted in the stream of a table. */
function landedByRun(engine: Engine, { source, stream }: Table) {
  return engine.rows(
    sql`SELECT run_id, sum(rows_landed + rows_rejected + rows_retracted)::DOUBLE AS rows, sum(rows_retracted)::DOUBLE AS retracted
      FROM ops.batches WHERE source = ${source} AND stream = ${stream} GROUP BY run_id`,
    z.object({ run_id: z.string(), rows: z.number(), retracted: z.number() }),
  );
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((all, n) => all + n, 0);
}

function total(runs: readonly BuildResult[], scope: string, name: string, line: string): number {
  return runs.flatMap((r) => r.ledger).reduce((sum, l) => sum + (l.scope === scope && l.name === name && l.line === line ? l.rows : 0), 0);
}

function lineOf(run: BuildResult, table: string, line: string): number | null {
  return run.ledger.find((l) => l.scope === 'table' && l.name === table && l.line === line)?.rows ?? null;
}
