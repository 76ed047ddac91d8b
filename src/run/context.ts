import { z } from 'zod';
import type { Effects } from '../base/effects.js';
import { redact } from '../base/redact.js';
import type { Project } from '../config/project.js';
import type { Window } from '../connectors/contract.js';
import type { Engine, Step } from '../engine/engine.js';
import { id, join, sql } from '../sql/tag.js';
import type { Work } from './work.js';

/** What every part of a run shares. */
export interface RunContext {
  readonly project: Project;
  readonly engine: Engine;
  readonly effects: Effects;
  readonly runId: string;
  readonly asOf: Date;
  /** Whether acts outside the store that follow a commit are done. */
  readonly settle: boolean;
  readonly sealing: Sealing;
  /** A stretch of time that is read again; null for what is new. */
  readonly window: Window | null;
  /** Things that make the run `partial`. */
  readonly warnings: Warning[];
  /** What was found to be other than before in the columns of streams. */
  readonly drift: Drift[];
  readonly steps: StepRecord[];
  readonly work: Work;
  /** The piece of a stream that is being read, while one is. */
  reading: { readonly part: string; readonly bytes: number } | null;
}

/** When pages that wait are sealed as a segment: at the first of these. */
export interface Sealing {
  readonly rows: number;
  readonly bytes: number;
  readonly ms: number;
}

export interface Warning {
  readonly name: string;
  readonly message: string;
}

/** How the columns of a stream differ from those that it had; told once, when it is found. */
export interface Drift {
  /** `source.stream`. */
  readonly stream: string;
  readonly part: string;
  readonly column: string;
  /** `refused`, `rows_discarded` and `values_discarded` are what the declared schema did about a column that it does not know. */
  readonly change: 'added' | 'vanished' | 'returned' | 'refused' | 'rows_discarded' | 'values_discarded';
  /** Rows or values that were left out; null where none were. */
  readonly rows: number | null;
}

export interface StepRecord {
  readonly stage: string;
  readonly name: string;
  readonly started_at: string;
  readonly ms: number;
}

/** Notes a warning and tells the listener. */
export function warn(context: RunContext, name: string, told: string): void {
  const message = redact(told);
  context.warnings.push({ name, message });
  context.effects.report({ type: 'warning', name, message });
}

/** Times a piece of work as one step of a stage. */
export async function timed<T>(context: RunContext, stage: string, name: string, work: () => Promise<T>): Promise<T> {
  context.effects.report({ type: 'stage', stage, name });
  const startedAt = context.effects.now();
  const start = performance.now();
  const watch = watching(context, stage, name, start);
  const result = await work().finally(() => clearInterval(watch));
  const ms = Math.round((performance.now() - start) * 10) / 10;
  context.steps.push({ stage, name, started_at: startedAt.toISOString(), ms });
  context.effects.report({ type: 'step', stage, name, ms });
  return result;
}

/** Tells from time to time how far a step is, where the listener wants to know. */
function watching(context: RunContext, stage: string, name: string, start: number): NodeJS.Timeout | undefined {
  const { effects, engine } = context;
  if (effects.progressEvery === undefined) return undefined;
  return setInterval(() => {
    const ms = Math.round(performance.now() - start);
    effects.report({ type: 'progress', stage, name, ms, statement: engine.progress(), reading: context.reading });
  }, effects.progressEvery).unref();
}

/** Runs a stage's steps in their order. */
export async function execute(engine: Engine, steps: readonly Step[]): Promise<void> {
  for (const step of steps) {
    if (step.kind === 'sql') {
      for (const statement of step.statements) await engine.run(statement);
      continue;
    }
    if (step.kind === 'mapDistinct') {
      await mapDistinct(engine, step);
      continue;
    }
    const relations: Record<string, Awaited<ReturnType<Engine['columns']>>> = {};
    for (const [name, query] of Object.entries(step.reads)) relations[name] = await engine.columns(query);
    if (step.kind === 'then') await execute(engine, step.steps(relations));
    else {
      const numbers: Record<string, Awaited<ReturnType<Engine['numbers']>>> = {};
      for (const [name, query] of Object.entries(step.numbers ?? {})) numbers[name] = await engine.numbers(query);
      for (const written of step.solve(relations, numbers)) await engine.append(written.table, written.columns);
    }
  }
}

/** How many distinct inputs are held in memory at once. */
const batchSize = 20_000;

/** Maps the distinct rows of a relation batch by batch into a temporary table. */
async function mapDistinct(engine: Engine, step: Extract<Step, { readonly kind: 'mapDistinct' }>): Promise<void> {
  const { into, inputs, outputs } = step;
  const read = `${into}_inputs`;
  const numbered = (what: string, count: number): readonly string[] => Array.from({ length: count }, (_, i) => `${what}_${i}`);
  const columns = [...numbered('input', inputs), ...numbered('output', outputs)];
  await engine.run(sql`CREATE OR REPLACE TEMP TABLE ${id(into)} (${join(columns.map((c) => sql`${id(c)} VARCHAR`))})`);
  await engine.run(sql`CREATE OR REPLACE TEMP TABLE ${id(read)} AS ${step.distinct}`);
  let map: Awaited<ReturnType<typeof step.map>> | null = null;
  for (let from = 0; ; from += batchSize) {
    const batch = Object.values(
      await engine.columns(sql`SELECT * FROM ${id(read)} WHERE rowid >= ${from} AND rowid < ${from + batchSize}`),
    );
    if ((batch[0] ?? []).length === 0) break;
    map ??= await step.map();
    const given = batch.map((column) => column.map((value) => (typeof value === 'string' ? value : null)));
    const answers: (readonly (string | null)[])[] = [];
    for (let row = 0; row < (given[0]?.length ?? 0); row++) answers.push(map(given.map((column) => column[row] ?? null)));
    const written = Array.from({ length: outputs }, (_, i) => answers.map((answer) => answer[i] ?? null));
    await engine.append({ name: into }, [...given, ...written]);
  }
  await engine.run(sql`DROP TABLE ${id(read)}`);
}

/** Runs steps in one transaction whose commit is one effect. */
export async function inTransaction(context: RunContext, effect: string, work: () => Promise<void>): Promise<void> {
  await context.engine.transaction(work, (act) => context.effects.commit(effect, act));
}

/** What a table of the warehouse was built from, or null when it was not. */
export async function builtFrom(context: Pick<RunContext, 'engine'>, schema: string, name: string): Promise<string | null> {
  const rows = await context.engine.rows(
    sql`SELECT fingerprint FROM ops.tables WHERE schema_name = ${schema} AND table_name = ${name}`,
    z.object({ fingerprint: z.string() }),
  );
  return rows[0]?.fingerprint ?? null;
}

/** Marks a table of the warehouse as built from something; `version` is that of its new content, where it is known already. */
export async function markBuilt(
  context: RunContext,
  schema: string,
  name: string,
  fingerprint: string,
  version: string | null = null,
): Promise<void> {
  await context.engine.run(sql`DELETE FROM ops.tables WHERE schema_name = ${schema} AND table_name = ${name}`);
  await context.engine.run(sql`INSERT INTO ops.tables VALUES (${schema}, ${name}, ${fingerprint}, ${version})`);
}
