import { z } from 'zod';
import type { Effects } from '../base/effects.js';
import type { Project } from '../config/project.js';
import type { Engine, Step } from '../engine/engine.js';
import { sql } from '../sql/tag.js';
import type { Sealing } from './land_pages.js';

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
  /** Things that make the run `partial`. */
  readonly warnings: Warning[];
  readonly steps: StepRecord[];
}

export interface Warning {
  readonly name: string;
  readonly message: string;
}

export interface StepRecord {
  readonly stage: string;
  readonly name: string;
  readonly started_at: string;
  readonly ms: number;
}

/** Notes a warning and tells the listener. */
export function warn(context: RunContext, name: string, message: string): void {
  context.warnings.push({ name, message });
  context.effects.report({ type: 'warning', name, message });
}

/** Times a piece of work as one step of a stage. */
export async function timed<T>(context: RunContext, stage: string, name: string, work: () => Promise<T>): Promise<T> {
  context.effects.report({ type: 'stage', stage, name });
  const startedAt = context.effects.now();
  const start = performance.now();
  const result = await work();
  const ms = Math.round((performance.now() - start) * 10) / 10;
  context.steps.push({ stage, name, started_at: startedAt.toISOString(), ms });
  context.effects.report({ type: 'step', stage, name, ms });
  return result;
}

/** Runs a stage's steps in their order. */
export async function execute(engine: Engine, steps: readonly Step[]): Promise<void> {
  for (const step of steps) {
    if (step.kind === 'sql') {
      for (const statement of step.statements) await engine.run(statement);
      continue;
    }
    const relations: Record<string, Awaited<ReturnType<Engine['columns']>>> = {};
    for (const [name, query] of Object.entries(step.reads)) relations[name] = await engine.columns(query);
    for (const written of step.solve(relations)) await engine.append(written.table, written.columns);
  }
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

/** Marks a table of the warehouse as built from something, and as not published in its new state. */
export async function markBuilt(context: RunContext, schema: string, name: string, fingerprint: string): Promise<void> {
  await context.engine.run(sql`DELETE FROM ops.tables WHERE schema_name = ${schema} AND table_name = ${name}`);
  await context.engine.run(sql`INSERT INTO ops.tables VALUES (${schema}, ${name}, ${fingerprint}, NULL)`);
}
