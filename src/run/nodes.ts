import { z } from 'zod';
import { OnefoldError } from '../base/errors.js';
import type { Engine } from '../engine/engine.js';
import { sql } from '../sql/tag.js';
import type { RunContext } from './context.js';
import type { NodeResult } from './work.js';

/** What building a node came to. */
export interface Built {
  readonly built: boolean;
  readonly rows: number | null;
}

/** The tables and views of a warehouse that nodes make. */
export async function standingRelations(engine: Engine): Promise<ReadonlySet<string>> {
  const rows = await engine.rows(
    sql`SELECT schema_name || '.' || table_name AS name FROM duckdb_tables() WHERE NOT internal
      UNION ALL SELECT schema_name || '.' || view_name FROM duckdb_views() WHERE NOT internal`,
    z.object({ name: z.string() }),
  );
  return new Set(rows.map((r) => r.name));
}

/** Notes how a node ended; of several words about one, the worst stays. */
export function note(context: RunContext, id: string, ended: Omit<NodeResult, 'unique_id' | 'resource_type' | 'name'>): void {
  const { graph, results } = context.work;
  const node = graph.byId.get(id);
  if (node === undefined) return;
  const before = results.get(id);
  if (before !== undefined && severity.indexOf(before.status) > severity.indexOf(ended.status)) return;
  results.set(id, { unique_id: id, resource_type: node.type, name: node.name, ...ended });
}

const severity: readonly NodeResult['status'][] = ['success', 'warn', 'fail', 'skipped', 'error'];

/** Notes that a check of a node did not pass. */
export function noteCheck(context: RunContext, id: string, status: 'warn' | 'fail', message: string): void {
  const before = context.work.results.get(id) ?? { built: false, ms: 0, rows: null, message: null };
  note(context, id, { ...before, status, message: before.message === null ? message : `${before.message}; ${message}` });
}

/** What a node can't be built without and that could not be built in this run. */
export function blockersOf({ work }: RunContext, ids: readonly string[]): readonly string[] {
  const parents = ids.flatMap((id) => work.graph.byId.get(id)?.from ?? []).filter((id) => !ids.includes(id));
  return [...new Set(parents)].filter((id) => {
    // A stream that can't be read stops nothing: what it landed before still stands.
    const ended = work.graph.byId.get(id)?.type === 'stream' ? undefined : work.results.get(id)?.status;
    return ended === 'error' || ended === 'skipped';
  });
}

/**
 * Builds one node, if it was selected. Where something that it is made from could not be built it is skipped; an error is
 * noted and stops only what depends on it.
 */
export async function buildNode(context: RunContext, id: string, work: () => Promise<Built>): Promise<void> {
  if (!context.work.selected.has(id) || context.work.results.get(id)?.status === 'error') return;
  const blockers = blockersOf(context, [id]);
  if (blockers.length > 0) return skip(context, id, blockers);
  const start = performance.now();
  try {
    requireBuilt(context, [id]);
    note(context, id, { status: 'success', ...(await work()), ms: since(start), message: null });
  } catch (thrown) {
    fail(context, id, thrown, start);
  }
}

/** Notes that a node is skipped because of others. */
export function skip(context: RunContext, id: string, blockers: readonly string[]): void {
  note(context, id, { status: 'skipped', built: false, ms: 0, rows: null, message: `${blockers.join(', ')} could not be built` });
}

/** Notes the error that stopped a node; what is no error of ours is thrown on. */
export function fail(context: RunContext, id: string, thrown: unknown, start: number): void {
  if (!(thrown instanceof OnefoldError) || context.effects.stop?.aborted === true) throw thrown;
  context.work.errors.push(thrown);
  note(context, id, { status: 'error', built: false, ms: since(start), rows: null, message: thrown.message });
}

/** Milliseconds since a moment of `performance.now()`. */
export function since(start: number): number {
  return Math.round((performance.now() - start) * 10) / 10;
}

/**
 * Checks that what nodes are made from stands, where this run does not build it.
 * @throws OnefoldError `NOT_BUILT`
 */
export function requireBuilt({ work }: RunContext, ids: readonly string[]): void {
  for (const id of ids) {
    const missing = (work.graph.byId.get(id)?.from ?? [])
      .flatMap((parent) => work.graph.byId.get(parent) ?? [])
      .filter((p) => p.type !== 'stream' && !work.selected.has(p.id) && !p.makes.some((relation) => work.stood.has(relation)));
    if (missing.length === 0) continue;
    throw new OnefoldError('NOT_BUILT', `${id} is made from ${missing.map((p) => p.id).join(', ')}, not built yet and not selected`, {
      hint: `Build them too: \`onefold build --select +${id}\`.`,
    });
  }
}
