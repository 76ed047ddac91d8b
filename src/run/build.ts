import { join } from 'node:path';
import { z } from 'zod';
import type { Effects } from '../base/effects.js';
import { OnefoldError } from '../base/errors.js';
import type { Project } from '../config/project.js';
import type { Window } from '../connectors/contract.js';
import { defineAsOf, defineVars } from '../engine/duckdb/duckdb.js';
import type { Engine } from '../engine/engine.js';
import { join as joinSql, sql } from '../sql/tag.js';
import { startArtifacts } from './artifacts.js';
import type { Drift, RunContext, Sealing, StepRecord, Warning } from './context.js';
import { inTransaction, timed } from './context.js';
import { readDecisions } from './decide/file.js';
import type { Imbalance, LedgerLine } from './ledger.js';
import { imbalances, ledgerOf } from './ledger.js';
import { noteCheck, standingRelations } from './nodes.js';
import { checkSourceColumns } from './project/columns.js';
import { checkTables } from './project/trial.js';
import { graphOf } from './select/graph.js';
import { selectIn } from './select/selection.js';
import { checkWindow, landStreams } from './stages/land.js';
import { defaultSealing } from './stages/land_pages.js';
import { recordLineage } from './stages/lineage.js';
import { mergeTables, redefined } from './stages/merge.js';
import { buildModels, modelChecks } from './stages/models.js';
import { publishRun } from './stages/publish.js';
import { resolveEntities } from './stages/resolve.js';
import { stoppable, stopped } from './stop.js';
import { announceWriter, closeStore, layout, nextRunId, openStore } from './store/store.js';
import type { EntitySummary, TableSummary } from './summary.js';
import { summarise } from './summary.js';
import type { NodeResult, Work } from './work.js';

export interface BuildOptions {
  /** What "now" means for rules and models. */
  readonly asOf: Date;
  readonly effects: Effects;
  /** Whether acts outside the store that follow a commit are done, such as moving landed files away; they are if left out. */
  readonly settle?: boolean;
  /** Selectors of the nodes to build; all if left out. */
  readonly select?: readonly string[] | undefined;
  readonly exclude?: readonly string[] | undefined;
  /** Folder of the `manifest.json` and `run_results.json` that `state:` and `result:` compare with; those of the store if left out. */
  readonly state?: string | undefined;
  /** Builds selected tables again from bronze, and selected models anew, whether anything changed or not. */
  readonly fullRefresh?: boolean | undefined;
  /** When pages of an API become a segment. */
  readonly sealing?: Sealing;
  /** A stretch of time to read again from the sources, whatever was read before; what is new if left out. */
  readonly window?: Window | undefined;
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
  /** Version of this document's form. */
  readonly format: 1;
  /** Empty where nothing was selected, so that there was no run. */
  readonly run_id: string;
  readonly status: 'success' | 'partial' | 'failed';
  readonly as_of: string;
  /** Whether a new snapshot was published; false also when nothing had changed. */
  readonly published: boolean;
  readonly changed: readonly string[];
  readonly warnings: readonly Warning[];
  /** How the columns of streams differ from those that they had; no reason for a run to be `partial`. */
  readonly drift: readonly Drift[];
  readonly tables: readonly TableSummary[];
  readonly entities: readonly EntitySummary[];
  /** How every node that was selected ended, in the way of the data. */
  readonly results: readonly NodeResult[];
  readonly checks: readonly CheckResult[];
  readonly imbalances: readonly Imbalance[];
  readonly ledger: readonly (Omit<LedgerLine, 'rows' | 'unreadable'> & { readonly rows: number; readonly unreadable: number | null })[];
  readonly steps: readonly StepRecord[];
  readonly error: { readonly code: string; readonly message: string; readonly hint: string | undefined } | null;
}

/**
 * Runs all stages over what is selected: lands what is new, merges it, resolves entities, builds gold, checks, and publishes a snapshot if anything
 * changed. A node that can't be built stops only what is made from it; it, a failed check, or a ledger that does not balance,
 * publishes nothing. Whatever happens, the run is recorded. A selection of nothing is a warning, and no run.
 * @throws OnefoldError for what stops a run before it starts: a locked store, a column that no stream has, a rule that does not fit its column,
 * decisions that can't be read, a selector that is none
 */
export async function build(project: Project, options: BuildOptions): Promise<BuildResult> {
  const { asOf, effects } = options;
  const engine = await openStore(project, effects);
  const guarded = stoppable(engine, effects);
  try {
    const graph = graphOf(project);
    const { ids, unmatched } = await selectIn(project, graph, options);
    if (options.window !== undefined) checkWindow(project, options.window, ids);
    if (graph.nodes.length > 0 && ![...ids].some((id) => graph.byId.get(id)?.type !== 'metric'))
      return nothingSelected(asOf, effects, ids.size === 0 ? unmatched : [...unmatched, onlyMetrics]);
    const isSelected = (id: string): boolean => ids.has(id);
    const tables = project.tables.filter((t) => isSelected(`table.${t.name}`));
    await checkSourceColumns({ ...project, tables }, guarded.engine);
    await checkTables(project, await redefined(guarded.engine, tables));
    // A file that can't be read is told before anything is landed.
    await readDecisions(project.dir);
    const work: Work = {
      graph,
      selected: ids,
      fullRefresh: options.fullRefresh === true,
      stood: await standingRelations(engine),
      results: new Map(),
      errors: [],
      versions: new Map(),
    };
    const runId = await startRun(project, engine, effects, asOf);
    const artifacts = await startArtifacts(join(layout(project.store).runs, runId), effects, project, graph, runId, asOf);
    const context: RunContext = {
      project,
      engine: guarded.engine,
      effects: { ...guarded.effects, report: artifacts.report },
      runId,
      asOf,
      settle: options.settle ?? true,
      sealing: options.sealing ?? defaultSealing,
      window: options.window ?? null,
      warnings: [],
      drift: [],
      steps: [],
      reading: null,
      work,
    };
    for (const message of unmatched) context.effects.report({ type: 'warning', name: 'selection', message });
    const result = await attempt(context, engine);
    await finishRun({ ...context, engine, effects }, result);
    await artifacts.results(result);
    return result;
  } finally {
    guarded.release();
    await closeStore(engine, project);
  }
}

const onlyMetrics = 'only metrics are selected, which are asked for, not built: with `+` before them, what they are of is built';

/** What a build says that had nothing to do. */
function nothingSelected(asOf: Date, effects: Effects, unmatched: readonly string[]): BuildResult {
  const messages = unmatched.length > 0 ? unmatched : ['the selection is empty'];
  const warnings = messages.map((message) => ({ name: 'selection', message }));
  for (const { name, message } of warnings) effects.report({ type: 'warning', name, message });
  return {
    format: 1,
    run_id: '',
    status: 'success',
    as_of: asOf.toISOString(),
    published: false,
    changed: [],
    warnings,
    drift: [],
    tables: [],
    entities: [],
    results: [],
    checks: [],
    imbalances: [],
    ledger: [],
    steps: [],
    error: null,
  };
}

/** @param engine the engine itself, which also answers when the run was asked to stop */
async function attempt(context: RunContext, engine: Engine): Promise<BuildResult> {
  const { runId, asOf } = context;
  const result = async (
    more: Pick<BuildResult, 'status' | 'published' | 'changed' | 'checks' | 'imbalances' | 'error'>,
  ): Promise<BuildResult> => ({
    format: 1,
    run_id: runId,
    ...(more.status === 'failed' ? { tables: [], entities: [] } : await summarise(engine, context.project)),
    as_of: asOf.toISOString(),
    warnings: context.warnings,
    drift: context.drift,
    steps: context.steps,
    results: context.work.graph.nodes.flatMap((node) => context.work.results.get(node.id) ?? []),
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
    await recordLineage(context);
    const unbalanced = imbalances(await ledgerOf(engine, runId));
    const landsOnly = selectsStreamsOnly(context.work);
    const checks = landsOnly ? [] : await timed(context, 'quality', 'checks', () => check(context));
    const failed = checks.filter((c) => c.status === 'fail');
    const [broken] = context.work.errors;
    if (broken !== undefined || unbalanced.length > 0 || failed.length > 0) {
      const error =
        broken !== undefined
          ? notBuilt(broken, context)
          : unbalanced.length > 0
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
    const changed = landsOnly ? [] : await timed(context, 'publish', 'snapshot', () => publishRun(context, status));
    return await result({ status, published: changed.length > 0, changed, checks, imbalances: [], error: null });
  } catch (thrown) {
    if (!(thrown instanceof OnefoldError)) throw thrown;
    const { code, message, hint } = context.effects.stop?.aborted === true ? stopped() : thrown;
    return result({
      status: 'failed',
      published: false,
      changed: [],
      checks: [],
      imbalances: [],
      error: { code, message, hint },
    });
  }
}

/** Whether a run lands and builds nothing: then what stands is not judged anew, and nothing is published. */
function selectsStreamsOnly({ graph, selected }: Work): boolean {
  return (
    selected.size < graph.nodes.length &&
    graph.nodes.every((node) => node.type === 'stream' || node.type === 'metric' || !selected.has(node.id))
  );
}

/** What the run says of the first node that could not be built, and of the others. */
function notBuilt(first: OnefoldError, { work }: RunContext): NonNullable<BuildResult['error']> {
  const skipped = [...work.results.values()].filter((r) => r.status === 'skipped').length;
  const more = [
    ...(work.errors.length > 1 ? [`${work.errors.length - 1} more could not be built`] : []),
    ...(skipped > 0 ? [`${skipped} skipped`] : []),
  ];
  return { code: first.code, message: `${first.message}${more.length === 0 ? '' : ` (${more.join(', ')})`}`, hint: first.hint };
}

/** Every check's verdict: rules of severity `fail`, as they were last judged, and the keys of the models. */
async function check(context: RunContext): Promise<readonly CheckResult[]> {
  const { engine, project, runId, work } = context;
  const out: CheckResult[] = [];
  for (const table of project.tables) {
    const failing = table.rules.filter((r) => r.severity === 'fail').map((r) => r.name);
    if (failing.length === 0) continue;
    const judged = await engine.rows(
      sql`SELECT rule, arg_max(broken, run_id)::DOUBLE AS broken FROM ops.rules WHERE table_name = ${table.name} AND list_contains(${failing}, rule) GROUP BY rule ORDER BY rule`,
      z.object({ rule: z.string(), broken: z.number() }),
    );
    for (const { rule, broken } of judged) {
      out.push({ kind: 'rule', name: `${table.name}.${rule}`, status: broken > 0 ? 'fail' : 'pass', broken, message: 'rows break it' });
      if (broken > 0) noteCheck(context, `table.${table.name}`, 'fail', `${rule}: ${broken} rows break it`);
    }
  }
  const standing = work.selected.size === work.graph.nodes.length && work.errors.length === 0 ? null : await standingRelations(engine);
  for (const { model, check: one } of modelChecks(project)) {
    // Keys of a model that could not be built, or was not selected yet, are not there to be judged.
    const ended = work.results.get(`model.${model}`)?.status;
    if (ended === 'error' || ended === 'skipped' || (standing !== null && !one.relations.every((relation) => standing.has(relation))))
      continue;
    const [found] = await engine.rows(one.broken, z.object({ broken: z.number() }));
    const broken = found?.broken ?? 0;
    out.push({ kind: one.kind, name: one.name, status: broken === 0 ? 'pass' : one.severity, broken, message: one.message });
    if (broken > 0) noteCheck(context, `model.${model}`, one.severity, `${one.name}: ${broken} ${one.message}`);
  }
  await inTransaction(context, 'checks', async () => {
    if (out.length === 0) return;
    const rows = out.map((c) => sql`(${runId}, ${c.kind}, ${c.name}, ${c.status}, ${c.broken}, ${c.message})`);
    await engine.run(sql`INSERT INTO ops.checks VALUES ${joinSql(rows)}`);
  });
  return out;
}

async function startRun(project: Project, engine: Engine, effects: Effects, asOf: Date): Promise<string> {
  const runId = await nextRunId(engine);
  await announceWriter(project, runId);
  await engine.transaction(
    () => engine.run(sql`INSERT INTO ops.runs VALUES (${runId}, ${effects.now()}, NULL, ${asOf}, 'running', FALSE, NULL)`),
    (act) => effects.commit('run:start', act),
  );
  await defineAsOf(engine, asOf);
  await defineVars(engine, project.vars);
  return runId;
}

async function finishRun(context: RunContext, result: BuildResult): Promise<void> {
  const { engine, effects, runId, steps } = context;
  await inTransaction(context, 'run:finish', async () => {
    await engine.run(
      sql`UPDATE ops.runs SET finished_at = ${effects.now()}, status = ${result.status}, published = ${result.published}, error = ${result.error?.message ?? null} WHERE run_id = ${runId}`,
    );
    if (steps.length === 0) return;
    const rows = steps.map((step) => sql`(${runId}, ${step.stage}, ${step.name}, ${new Date(step.started_at)}, ${step.ms})`);
    await engine.run(sql`INSERT INTO ops.steps VALUES ${joinSql(rows)}`);
  });
}
