import { z } from 'zod';
import { OnefoldError } from '../../base/errors.js';
import { splitDotted } from '../../base/names.js';
import type { Segment } from '../../bronze/landing.js';
import { definitionOf } from '../../config/definition.js';
import type { Project, Table } from '../../config/project.js';
import type { Engine } from '../../engine/engine.js';
import { defineToCurrency } from '../../gold/rates.js';
import type { Predicate } from '../../quality/judge.js';
import { rowPredicates, tablePredicates } from '../../quality/judge.js';
import { ruleKindNamed } from '../../quality/rules/registry.js';
import { judgeTable, silverView } from '../../quality/table_rules.js';
import type { Verdict } from '../../silver/columns/contract.js';
import { allEvidence, keepEvidence, keptEvidence, stageEvidence, verdictOf } from '../../silver/inference.js';
import { mappedTables, mapperVersions, mapSteps } from '../../silver/mapping.js';
import { createTable, decide, dropTable, retractionUnit, stageRows, temporary, write } from '../../silver/merge.js';
import { declaredColumns, staging } from '../../silver/stage.js';
import { id, sql } from '../../sql/tag.js';
import type { RunContext } from '../context.js';
import { builtFrom, execute, inTransaction, markBuilt, timed } from '../context.js';
import { fingerprint } from '../fingerprint.js';
import { countedRows } from '../ledger.js';
import type { Built } from '../nodes.js';
import { buildNode, fail } from '../nodes.js';
import { segmentsOf } from './read_context.js';

/** Version of the way in which tables are cleaned and merged: raised when the same definition comes to mean something new. */
const mergeVersion = 2;

/** Brings every table up to the segments that are landed, then judges the rules that look at whole tables. */
export async function mergeTables(context: RunContext): Promise<void> {
  await dropUndeclared(context);
  const { project, work } = context;
  for (const table of project.tables) {
    await buildNode(context, `table.${table.name}`, () => timed(context, 'silver', table.name, () => mergeTable(context, table)));
  }
  // It reads a table of silver, so it can be defined only now; rules and models call it.
  if (project.rates !== undefined && (await builtFrom(context, 'silver', project.rates.table)) !== null)
    await context.engine.run(defineToCurrency(project.rates));
  for (const table of project.tables) {
    const id = `table.${table.name}`;
    if (work.results.get(id)?.status !== 'success') continue;
    const start = performance.now();
    await timed(context, 'quality', table.name, () => judge(context, table)).catch((thrown: unknown) => fail(context, id, thrown, start));
  }
}

/** Of some tables those that are new, or were built by another definition. */
export async function redefined(engine: Engine, tables: readonly Table[]): Promise<readonly Table[]> {
  const built = await engine.rows(
    sql`SELECT table_name AS name, fingerprint FROM ops.tables WHERE schema_name = 'silver'`,
    z.object({ name: z.string(), fingerprint: z.string() }),
  );
  const prints = new Map(built.map((b) => [b.name, b.fingerprint]));
  return tables.filter((table) => prints.get(table.name) !== printOf(table));
}

/** What a table is built by. */
function printOf(table: Table): string {
  return fingerprint([mergeVersion, definitionOf(table), ...mapperVersions(table)]);
}

/** Forgets tables that the project no longer declares. */
async function dropUndeclared(context: RunContext): Promise<void> {
  const { engine, project } = context;
  const there = await engine.rows(
    sql`SELECT table_name AS name FROM ops.tables WHERE schema_name = 'silver'`,
    z.object({ name: z.string() }),
  );
  for (const { name } of there) {
    if (project.tables.some((t) => t.name === name)) continue;
    await inTransaction(context, `forget:${name}`, async () => {
      for (const statement of dropTable(name)) await engine.run(statement);
    });
  }
}

async function mergeTable(context: RunContext, table: Table): Promise<Built> {
  const { engine, runId, work: asked } = context;
  const definition = printOf(table);
  const anew = asked.fullRefresh || (await builtFrom(context, 'silver', table.name)) !== definition;
  if (anew) await defineTable(context, table, definition);
  let work = await pending(context, table);
  if (work === null) return { built: anew, rows: null };
  await gatherEvidence(context, table, work.dirty);
  let verdicts = await verdictsOf(context, table);
  if (await verdictsTurned(context, table, verdicts, work.retractions.length > 0)) {
    // Standing rows were read under another verdict: the table is built again from bronze.
    await defineTable(context, table, definition);
    work = await pending(context, table);
    if (work === null) return { built: true, rows: null };
    await gatherEvidence(context, table, work.dirty);
    verdicts = await verdictsOf(context, table);
  }
  const { segments, fresh, retractions, anyRetracted } = work;
  const read = retractions.length > 0 ? segments : fresh;
  await execute(engine, mapSteps(table, read));
  const merge = {
    table,
    runId,
    staged: staging(table, read, verdicts, rowPredicates(table, context.asOf), anyRetracted),
    fresh: fresh.map((s) => s.segmentId),
    retractions,
  };
  for (const statement of [...stageRows(merge), ...decide(merge)]) await engine.run(statement);
  await inTransaction(context, `table:${table.name}`, async () => {
    for (const statement of [...write(merge), ...keepEvidence(table.name)]) await engine.run(statement);
    await markBuilt(context, 'verdicts', table.name, JSON.stringify(Object.fromEntries(verdicts)));
    await markBuilt(context, 'state', table.name, runId);
    await markBuilt(context, 'quarantine', table.name, runId);
  });
  for (const name of [...temporary, ...mappedTables(table)]) await engine.run(sql`DROP TABLE IF EXISTS ${id(name)}`);
  return { built: true, rows: await countedRows(engine, runId, 'table', table.name, 'standing_after') };
}

/** Starts a table anew under a definition: empty, with every segment still to be applied. */
async function defineTable(context: RunContext, table: Table, definition: string): Promise<void> {
  const columns = declaredColumns(table).map((c) => c.name);
  await inTransaction(context, `define:${table.name}`, async () => {
    for (const statement of [
      ...dropTable(table.name),
      ...createTable(table),
      ...silverView(table.name, columns, tablePredicates(table, context.asOf)),
    ]) {
      await context.engine.run(statement);
    }
    await markBuilt(context, 'silver', table.name, definition);
    await markBuilt(context, 'state', table.name, context.runId);
    await markBuilt(context, 'quarantine', table.name, context.runId);
  });
}

interface Pending {
  readonly segments: readonly Segment[];
  readonly fresh: readonly Segment[];
  /** Batches whose retractions are still to be applied. */
  readonly retractions: readonly string[];
  /** Segments whose evidence is new or has changed. */
  readonly dirty: readonly Segment[];
  readonly anyRetracted: boolean;
}

/** What a table has still to apply; null when it is up to date. */
async function pending(context: RunContext, table: Table): Promise<Pending | null> {
  const { engine, project } = context;
  const segments = await segmentsOf(engine, table, project.store);
  const retracted = await engine.rows(
    sql`SELECT batch_id, list(DISTINCT segment_id) AS segments FROM ops.retractions WHERE source = ${table.source} AND stream = ${table.stream} GROUP BY batch_id ORDER BY batch_id`,
    z.object({ batch_id: z.string(), segments: z.array(z.string()) }),
  );
  const units = await engine.rows(sql`SELECT unit FROM ops.applied WHERE table_name = ${table.name}`, z.object({ unit: z.string() }));
  const applied = new Set(units.map((u) => u.unit));
  const fresh = segments.filter((s) => !applied.has(s.segmentId));
  const open = retracted.filter((r) => !applied.has(retractionUnit(r.batch_id)));
  if (fresh.length === 0 && open.length === 0) return null;
  const touched = new Set(open.flatMap((r) => r.segments));
  return {
    segments,
    fresh,
    retractions: open.map((r) => r.batch_id),
    dirty: segments.filter((s) => fresh.includes(s) || touched.has(s.segmentId)),
    anyRetracted: retracted.length > 0,
  };
}

/** Gathers what the rows of some segments prove about columns that ask; it is kept when their rows are merged. */
async function gatherEvidence(context: RunContext, table: Table, dirty: readonly Segment[]): Promise<void> {
  for (const statement of stageEvidence(table, dirty)) await context.engine.run(statement);
}

/** The verdict of every column that asks, from all evidence there is. */
async function verdictsOf(context: RunContext, table: Table): Promise<ReadonlyMap<string, Verdict>> {
  const rows = await context.engine.rows(
    sql`SELECT column_name AS name, reading, sum(rows)::DOUBLE AS rows FROM (${allEvidence(table.name)}) GROUP BY ALL ORDER BY ALL`,
    z.object({ name: z.string(), reading: z.string(), rows: z.number() }),
  );
  const names = [...new Set(rows.map((r) => r.name))];
  return new Map(names.map((name) => [name, verdictOf(rows.filter((r) => r.name === name))]));
}

/**
 * Whether a verdict under which rows stand is another now, and that matters: some values follow it, or did when they were
 * merged, or rows are gone, which can only be found again as they were read then.
 */
async function verdictsTurned(context: RunContext, table: Table, now: ReadonlyMap<string, Verdict>, retracting: boolean): Promise<boolean> {
  const stored = await builtFrom(context, 'verdicts', table.name);
  if (stored === null) return false;
  const then = z.record(z.string(), z.string()).parse(JSON.parse(stored));
  if (retracting && Object.entries(then).some(([name, verdict]) => verdict !== now.get(name))) return true;
  const following = await context.engine.rows(
    sql`SELECT DISTINCT column_name AS name FROM (${allEvidence(table.name)} UNION ALL ${keptEvidence(table.name)}) WHERE reading = 'ambiguous' AND rows > 0`,
    z.object({ name: z.string() }),
  );
  return following.some(({ name }) => then[name] !== undefined && then[name] !== now.get(name));
}

/** Judges the table rules where the table, a table that they look at, or what now is has changed. */
async function judge(context: RunContext, table: Table): Promise<void> {
  const { engine, runId } = context;
  const predicates = tablePredicates(table, context.asOf);
  if (predicates.length === 0) return;
  const targets = targetsOf(table, context.project);
  const looked = await Promise.all([table.name, ...targets].map((name) => builtFrom(context, 'state', name)));
  const missing = targets.filter((_, i) => looked[i + 1] === null);
  if (missing.length > 0) {
    const those = missing.map((name) => `table.${name}`);
    throw new OnefoldError('NOT_BUILT', `the rules of table.${table.name} look at ${those.join(', ')}, not built yet and not selected`, {
      hint: `Build it too: \`onefold build --select ${[`+table.${table.name}`, ...those.map((name) => `+${name}`)].join(' ')}\`.`,
    });
  }
  const states = usesRates(table) ? [...looked, fingerprint(context.project.rates ?? null)] : looked;
  const judged = fingerprint([states, predicates.map((p) => [p.rule, p.severity, p.broken.text])]);
  if ((await builtFrom(context, 'rules', table.name)) === judged) return;
  const columns = declaredColumns(table).map((c) => c.name);
  await inTransaction(context, `rules:${table.name}`, async () => {
    for (const statement of judgeTable({ table: table.name, columns, predicates, runId })) await engine.run(statement);
    if (setsAside(predicates)) {
      await markBuilt(context, 'state', table.name, runId);
      await markBuilt(context, 'quarantine', table.name, runId);
    }
    const own = await builtFrom(context, 'state', table.name);
    await markBuilt(
      context,
      'rules',
      table.name,
      fingerprint([[own, ...states.slice(1)], predicates.map((p) => [p.rule, p.severity, p.broken.text])]),
    );
  });
}

function setsAside(predicates: readonly Predicate[]): boolean {
  return predicates.some((p) => p.severity === 'quarantine');
}

function usesRates(table: Table): boolean {
  return table.rules.some((r) => ruleKindNamed(r.kind).references(r.options).rates === true);
}

/** The tables that a table's rules look at. */
function targetsOf(table: Table, { rates }: Project): readonly string[] {
  return table.rules
    .flatMap((r) => {
      const { targets, rates: usesRates } = ruleKindNamed(r.kind).references(r.options);
      return [
        ...(targets ?? []).map((target) => splitDotted(target)?.[0] ?? ''),
        ...(usesRates === true && rates !== undefined ? [rates.table] : []),
      ];
    })
    .filter((name) => name !== '' && name !== table.name);
}
