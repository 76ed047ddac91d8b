import { join } from 'node:path';
import { z } from 'zod';
import type { Effects } from '../base/effects.js';
import { OnefoldError } from '../base/errors.js';
import type { Project } from '../config/project.js';
import { defineAsOf } from '../engine/duckdb/duckdb.js';
import type { Engine } from '../engine/engine.js';
import { sql } from '../sql/tag.js';
import { startArtifacts } from './artifacts.js';
import { checkSourceColumns } from './columns.js';
import type { RunContext, StepRecord, Warning } from './context.js';
import { inTransaction, timed } from './context.js';
import { landStreams } from './land.js';
import type { Sealing } from './land_pages.js';
import { defaultSealing } from './land_pages.js';
import type { Imbalance, LedgerLine } from './ledger.js';
import { imbalances, ledgerOf } from './ledger.js';
import { mergeTables } from './merge.js';
import { publishRun } from './publish.js';
import { buildModels, modelChecks, resolveEntities } from './resolve.js';
import { announceWriter, layout, openStore } from './store.js';
import type { EntitySummary, TableSummary } from './summary.js';
import { summarise } from './summary.js';

export interface BuildOptions {
  /** What "now" means for rules and models. */
  readonly asOf: Date;
  readonly effects: Effects;
  /** Whether acts outside the store that follow a commit are done, such as moving landed files away; they are if left out. */
  readonly settle?: boolean;
  /** When pages of an API become a segment. */
  readonly sealing?: Sealing;
}

export interface CheckResult {
  readonly kind: string;
  readonly name: string;
  readonly status: 'pass' | 'warn' | 'fail';
  readonly broken: number;
  readonly message: string;
}

/** What a build did: the same as `run_results.json`. */
export interface BuildResult {
  readonly run_id: string;
  readonly status: 'success' | 'partial' | 'failed';
  readonly as_of: string;
  /** Whether a new snapshot was published; false also when nothing had changed. */
  readonly published: boolean;
  readonly changed: readonly string[];
  readonly warnings: readonly Warning[];
  readonly tables: readonly TableSummary[];
  readonly entities: readonly EntitySummary[];
  readonly checks: readonly CheckResult[];
  readonly imbalances: readonly Imbalance[];
  readonly ledger: readonly (Omit<LedgerLine, 'rows' | 'unreadable'> & { readonly rows: number; readonly unreadable: number | null })[];
  readonly steps: readonly StepRecord[];
  readonly error: { readonly code: string; readonly message: string; readonly hint: string | undefined } | null;
}

/**
 * Runs all stages: lands what is new, merges it, resolves entities, builds gold, checks, and publishes a snapshot if anything
 * changed. A failed check, or a ledger that does not balance, publishes nothing. Whatever happens, the run is recorded.
 * @throws OnefoldError for what stops a run before it starts: a locked store, a column that no stream has
 */
export async function build(
  project: Project,
  { asOf, effects, settle = true, sealing = defaultSealing }: BuildOptions,
): Promise<BuildResult> {
  const engine = await openStore(project, effects);
  try {
    await checkSourceColumns(project, engine);
    const runId = await startRun(project, engine, effects, asOf);
    const artifacts = await startArtifacts(join(layout(project.store).runs, runId), effects, project, runId, asOf);
    const context: RunContext = {
      project,
      engine,
      effects: { ...effects, report: artifacts.report },
      runId,
      asOf,
      settle,
      sealing,
      warnings: [],
      steps: [],
    };
    const result = await attempt(context);
    await finishRun(context, result);
    await artifacts.results(result);
    return result;
  } finally {
    engine.close();
  }
}

async function attempt(context: RunContext): Promise<BuildResult> {
  const { engine, runId, asOf } = context;
  const result = async (
    more: Pick<BuildResult, 'status' | 'published' | 'changed' | 'checks' | 'imbalances' | 'error'>,
  ): Promise<BuildResult> => ({
    run_id: runId,
    ...(more.status === 'failed' ? { tables: [], entities: [] } : await summarise(engine, context.project)),
    as_of: asOf.toISOString(),
    warnings: context.warnings,
    steps: context.steps,
    ledger: (await ledgerOf(engine, runId)).map((l) => ({
      ...l,
      rows: Number(l.rows),
      unreadable: l.unreadable === null ? null : Number(l.unreadable),
    })),
    ...more,
  });
  try {
    await landStreams(context);
    await mergeTables(context);
    await resolveEntities(context);
    await buildModels(context);
    const unbalanced = imbalances(await ledgerOf(engine, runId));
    const checks = await timed(context, 'quality', 'checks', () => check(context));
    const failed = checks.filter((c) => c.status === 'fail');
    if (unbalanced.length > 0 || failed.length > 0) {
      const error =
        unbalanced.length > 0
          ? {
              code: 'LEDGER_UNBALANCED',
              message: unbalanced.map((i) => `${i.name}: ${i.message}`).join('; '),
              hint: 'Nothing was published. This is a fault of Onefold: please report it.',
            }
          : {
              code: 'CHECK_FAILED',
              message: failed.map((c) => `${c.name}: ${c.broken} ${c.message}`).join('; '),
              hint: 'Nothing was published; readers still see the last snapshot. Look with `onefold query --warehouse`.',
            };
      return await result({ status: 'failed', published: false, changed: [], checks, imbalances: unbalanced, error });
    }
    const status = context.warnings.length > 0 ? 'partial' : 'success';
    const changed = await timed(context, 'publish', 'snapshot', () => publishRun(context, status));
    return await result({ status, published: changed.length > 0, changed, checks, imbalances: [], error: null });
  } catch (thrown) {
    if (!(thrown instanceof OnefoldError)) throw thrown;
    return result({
      status: 'failed',
      published: false,
      changed: [],
      checks: [],
      imbalances: [],
      error: { code: thrown.code, message: thrown.message, hint: thrown.hint },
    });
  }
}

/** Every check's verdict: rules of severity `fail`, as they were last judged, and the keys of the models. */
async function check(context: RunContext): Promise<readonly CheckResult[]> {
  const { engine, project, runId } = context;
  const out: CheckResult[] = [];
  for (const table of project.tables) {
    const failing = table.rules.filter((r) => r.severity === 'fail').map((r) => r.name);
    if (failing.length === 0) continue;
    const judged = await engine.rows(
      sql`SELECT rule, arg_max(broken, run_id)::DOUBLE AS broken FROM ops.rules WHERE table_name = ${table.name} AND list_contains(${failing}, rule) GROUP BY rule ORDER BY rule`,
      z.object({ rule: z.string(), broken: z.number() }),
    );
    for (const { rule, broken } of judged)
      out.push({ kind: 'rule', name: `${table.name}.${rule}`, status: broken > 0 ? 'fail' : 'pass', broken, message: 'rows break it' });
  }
  for (const one of modelChecks(project)) {
    const [found] = await engine.rows(one.broken, z.object({ broken: z.number() }));
    const broken = found?.broken ?? 0;
    out.push({ kind: one.kind, name: one.name, status: broken === 0 ? 'pass' : one.severity, broken, message: one.message });
  }
  await inTransaction(context, 'checks', async () => {
    for (const c of out)
      await engine.run(sql`INSERT INTO ops.checks VALUES (${runId}, ${c.kind}, ${c.name}, ${c.status}, ${c.broken}, ${c.message})`);
  });
  return out;
}

async function startRun(project: Project, engine: Engine, effects: Effects, asOf: Date): Promise<string> {
  const [last] = await engine.rows(sql`SELECT count(*)::DOUBLE AS n FROM ops.runs`, z.object({ n: z.number() }));
  const runId = `r${String((last?.n ?? 0) + 1).padStart(6, '0')}`;
  await announceWriter(project, runId);
  await engine.transaction(
    () => engine.run(sql`INSERT INTO ops.runs VALUES (${runId}, ${effects.now()}, NULL, ${asOf}, 'running', FALSE, NULL)`),
    (act) => effects.commit('run:start', act),
  );
  await defineAsOf(engine, asOf);
  return runId;
}

async function finishRun(context: RunContext, result: BuildResult): Promise<void> {
  const { engine, effects, runId, steps } = context;
  await inTransaction(context, 'run:finish', async () => {
    await engine.run(
      sql`UPDATE ops.runs SET finished_at = ${effects.now()}, status = ${result.status}, published = ${result.published}, error = ${result.error?.message ?? null} WHERE run_id = ${runId}`,
    );
    for (const step of steps)
      await engine.run(sql`INSERT INTO ops.steps VALUES (${runId}, ${step.stage}, ${step.name}, ${new Date(step.started_at)}, ${step.ms})`);
  });
}
