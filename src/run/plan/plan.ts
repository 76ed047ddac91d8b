import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Effects } from '../../base/effects.js';
import type { Project } from '../../config/project.js';
import { goldTablesOf } from '../../config/references.js';
import { openDuckDb } from '../../engine/duckdb/duckdb.js';
import type { Engine } from '../../engine/engine.js';
import type { TableChange } from '../../publish/compare.js';
import { compareSnapshots } from '../../publish/compare.js';
import { readCurrent } from '../../publish/snapshot.js';
import { id, join as joinSql, sql } from '../../sql/tag.js';
import type { BuildOptions, BuildResult } from '../build.js';
import { build } from '../build.js';
import { withScratchStore } from '../store/scratch.js';
import { layout, openWarehouse } from '../store/store.js';
import { differences } from './differences.js';
import type { MetricPlan } from './plan_metrics.js';
import { metricPlans } from './plan_metrics.js';

/** What a build would do, and why. It holds names, keys, counts and what metrics come to, never a row's values. */
export interface Plan {
  readonly as_of: string;
  /** How the build would end. */
  readonly status: BuildResult['status'];
  /** Tables that it would publish anew; of some of them only the run that wrote them differs. */
  readonly would_publish: readonly string[];
  readonly sources: readonly SourcePlan[];
  readonly tables: readonly TablePlan[];
  readonly entities: readonly EntityPlan[];
  /** Models whose definition is new or another, with what is. */
  readonly definitions: readonly DefinitionPlan[];
  readonly published: readonly TableChange[];
  /** Metrics that would come to something else. */
  readonly metrics: readonly MetricPlan[];
  readonly checks: BuildResult['checks'];
  readonly warnings: BuildResult['warnings'];
  readonly error: BuildResult['error'];
}

/** A part of a stream (a file, a page) that has news. */
export interface SourcePlan {
  readonly stream: string;
  readonly part: string;
  readonly change: 'new' | 'changed' | 'gone' | 'known elsewhere';
  readonly rows_read: number;
  readonly rows_new: number;
  readonly rows_retracted: number;
}

/** A table with rows to merge. */
export interface TablePlan {
  readonly table: string;
  /** Whether all of it is built again from bronze. */
  readonly replayed: boolean;
  readonly why: readonly string[];
  readonly rows_before: number;
  readonly rows_after: number;
  /** Disposition → rows that would be given it. */
  readonly dispositions: Readonly<Record<string, number>>;
}

/** An entity that would be resolved again. */
export interface EntityPlan {
  readonly entity: string;
  readonly why: readonly string[];
  readonly entities_before: number;
  readonly entities_after: number;
  readonly created: number;
  readonly merged: readonly { readonly key: string; readonly into: string; readonly cause: string }[];
  readonly split: readonly { readonly key: string; readonly from: string; readonly cause: string }[];
}

export interface DefinitionPlan {
  readonly kind: 'table' | 'entity' | 'model';
  readonly name: string;
  readonly change: 'new' | 'changed' | 'removed';
  readonly differences: readonly string[];
}

/**
 * What a build would do, found by doing it to a copy of the store: so the plan is what the build does, as long as neither
 * sources nor project change in between. Nothing is written to the store, and no landed file is moved. Of a selection it says
 * what a build of that selection does.
 * @throws OnefoldError what `build` throws before it starts
 */
export async function plan(project: Project, options: BuildOptions): Promise<Plan> {
  return withScratchStore(
    project,
    (warehouse) => stateBefore(warehouse, project),
    async (scratch, before) => {
      const result = await build(scratch, { ...options, settle: false });
      return compare(project, scratch, before, result, options.effects);
    },
  );
}

/** What the store holds before the build. */
interface Before {
  /** `stream part` of every part that was read before. */
  readonly parts: ReadonlySet<string>;
  /** Table → rows. */
  readonly rows: ReadonlyMap<string, number>;
  /** Table → column → what the whole column proved. */
  readonly verdicts: ReadonlyMap<string, Readonly<Record<string, string>>>;
  readonly definitions: Definitions;
}

type Definitions = z.output<typeof definitions>;
const named = z.array(z.looseObject({ name: z.string() }));
const definitions = z.object({ tables: named, entities: named, models: named });
const none: Definitions = { tables: [], entities: [], models: [] };

async function stateBefore(warehouse: Engine | null, project: Project): Promise<Before> {
  if (warehouse === null) return { parts: new Set(), rows: new Map(), verdicts: new Map(), definitions: none };
  const parts = await warehouse.rows(
    sql`SELECT DISTINCT concat(source, '.', stream, ' ', part) AS part FROM ops.cursors`,
    z.object({ part: z.string() }),
  );
  return {
    parts: new Set(parts.map((p) => p.part)),
    rows: await rowsOf(warehouse),
    verdicts: await verdictsOf(warehouse),
    definitions: await lastDefinitions(project.store),
  };
}

/** Table of silver → rows that stand. */
async function rowsOf(warehouse: Engine): Promise<ReadonlyMap<string, number>> {
  const tables = await warehouse.rows(
    sql`SELECT table_name AS name FROM ops.tables WHERE schema_name = 'silver' ORDER BY 1`,
    z.object({ name: z.string() }),
  );
  if (tables.length === 0) return new Map();
  const counted = await warehouse.rows(
    joinSql(
      tables.map(({ name }) => sql`SELECT ${name} AS name, count(*)::DOUBLE AS n FROM ${id('silver', name)} WHERE _deleted_at IS NULL`),
      ' UNION ALL ',
    ),
    z.object({ name: z.string(), n: z.number() }),
  );
  return new Map(counted.map((c) => [c.name, c.n]));
}

async function verdictsOf(warehouse: Engine): Promise<Before['verdicts']> {
  const rows = await warehouse.rows(
    sql`SELECT table_name AS name, fingerprint FROM ops.tables WHERE schema_name = 'verdicts'`,
    z.object({ name: z.string(), fingerprint: z.string() }),
  );
  return new Map(rows.map((r) => [r.name, z.record(z.string(), z.string()).parse(JSON.parse(r.fingerprint))]));
}

/** What the project was when it was last built, by that run's manifest. */
async function lastDefinitions(store: string): Promise<Definitions> {
  const runs = (await readdir(layout(store).runs).catch(() => [])).sort();
  const text = await readFile(join(layout(store).runs, runs.at(-1) ?? '', 'manifest.json'), 'utf8').catch(() => 'null');
  return definitions.safeParse(JSON.parse(text)).data ?? none;
}

async function compare(project: Project, scratch: Project, before: Before, result: BuildResult, effects: Effects): Promise<Plan> {
  const warehouse = await openWarehouse(scratch, true);
  const changed = definitionPlans(before.definitions, await lastDefinitions(scratch.store));
  try {
    const published = await publishedChanges(project, scratch);
    return {
      as_of: result.as_of,
      status: result.status,
      would_publish: result.changed,
      sources: await sourcePlans(warehouse, before, result.run_id),
      tables: await tablePlans(warehouse, before, result, changed),
      entities: await entityPlans(warehouse, project, result, changed, published),
      definitions: changed,
      published,
      metrics: result.status === 'failed' ? [] : await metricPlans(project, scratch),
      checks: result.checks.filter((c) => c.status !== 'pass'),
      warnings: result.warnings,
      error: result.error,
    };
  } finally {
    warehouse.close();
    effects.report({ type: 'stage', stage: 'plan', name: 'compared' });
  }
}

function definitionPlans(before: Definitions, after: Definitions): readonly DefinitionPlan[] {
  const kinds = [
    { kind: 'table', of: 'tables' },
    { kind: 'entity', of: 'entities' },
    { kind: 'model', of: 'models' },
  ] as const;
  return kinds.flatMap(({ kind, of }) => {
    const then = new Map(before[of].map((d) => [d.name, d]));
    const now = new Map(after[of].map((d) => [d.name, d]));
    return [...new Set([...then.keys(), ...now.keys()])].flatMap((name): readonly DefinitionPlan[] => {
      if (!then.has(name)) return [{ kind, name, change: 'new', differences: [] }];
      if (!now.has(name)) return [{ kind, name, change: 'removed', differences: [] }];
      const different = differences(then.get(name), now.get(name));
      return different.length === 0 ? [] : [{ kind, name, change: 'changed', differences: different }];
    });
  });
}

async function sourcePlans(warehouse: Engine, before: Before, runId: string): Promise<readonly SourcePlan[]> {
  const batches = await warehouse.rows(
    sql`SELECT concat(source, '.', stream) AS stream, part, version, rows_read::DOUBLE AS rows_read, (rows_landed + rows_rejected)::DOUBLE AS rows_new,
      rows_retracted::DOUBLE AS rows_retracted FROM ops.batches WHERE run_id = ${runId} ORDER BY batch_id`,
    z.object({
      stream: z.string(),
      part: z.string(),
      version: z.string().nullable(),
      rows_read: z.number(),
      rows_new: z.number(),
      rows_retracted: z.number(),
    }),
  );
  return batches.map(({ version, ...batch }) => {
    const seen = before.parts.has(`${batch.stream} ${batch.part}`);
    const known = batch.rows_new === 0 && batch.rows_retracted === 0;
    return { ...batch, change: version === null ? 'gone' : known ? 'known elsewhere' : seen ? 'changed' : 'new' };
  });
}

async function tablePlans(
  warehouse: Engine,
  before: Before,
  result: BuildResult,
  changed: readonly DefinitionPlan[],
): Promise<readonly TablePlan[]> {
  const [rows, verdicts] = [await rowsOf(warehouse), await verdictsOf(warehouse)];
  const merged = [...new Set(result.ledger.filter((l) => l.scope === 'table').map((l) => l.name))];
  return merged.map((table) => {
    const lines = result.ledger.filter((l) => l.scope === 'table' && l.name === table);
    const read = lines.filter((l) => l.line === 'read').reduce((n, l) => n + l.rows, 0);
    const definition = changed.find((c) => c.kind === 'table' && c.name === table);
    const turned = Object.entries(before.verdicts.get(table) ?? {}).flatMap(([column, then]) => {
      const now = verdicts.get(table)?.[column];
      return now === undefined || now === then ? [] : [`all values of ${column} together now prove ${now}, not ${then}`];
    });
    const stood = before.rows.get(table) ?? 0;
    const replayed = stood > 0 && lines.some((l) => l.line === 'standing_before' && l.rows === 0);
    return {
      table,
      replayed,
      why: [
        ...(definition === undefined ? [] : definition.change === 'new' ? ['the table is new'] : definition.differences),
        ...turned,
        ...(replayed ? [] : [`${read} ${read === 1 ? 'row is' : 'rows are'} new or no longer listed`]),
      ],
      rows_before: stood,
      rows_after: rows.get(table) ?? 0,
      dispositions: Object.fromEntries(
        lines.filter((l) => !accounts.has(l.line) && l.rows > 0).map((l): [string, number] => [l.line, l.rows]),
      ),
    };
  });
}

/** Lines of the ledger that are no dispositions. */
const accounts = new Set(['read', 'standing_before', 'standing_after', 'written', 'replaced']);

async function entityPlans(
  warehouse: Engine,
  project: Project,
  result: BuildResult,
  changed: readonly DefinitionPlan[],
  published: readonly TableChange[],
): Promise<readonly EntityPlan[]> {
  const resolved = project.entities.filter((e) => result.steps.some((s) => s.stage === 'identity' && s.name === e.name));
  const plans: EntityPlan[] = [];
  for (const { name, records } of resolved) {
    const events = await warehouse.rows(
      sql`SELECT event, ${id(`${name}_key`)} AS key, other_key AS other, cause FROM ${id('identity', `${name}_events`)}
        WHERE run_id = ${result.run_id} ORDER BY ALL`,
      z.object({ event: z.string(), key: z.string(), other: z.string().nullable(), cause: z.string() }),
    );
    const golden = published.find((t) => t.table === `gold.${name}`);
    const now = result.entities.find((e) => e.name === name)?.entities ?? 0;
    const definition = changed.find((c) => c.kind === 'entity' && c.name === name);
    const tables = [...new Set(records.map((r) => r.table))];
    plans.push({
      entity: name,
      why: [
        ...(definition === undefined ? [] : definition.change === 'new' ? ['the entity is new'] : definition.differences),
        ...tables.filter((t) => result.ledger.some((l) => l.scope === 'table' && l.name === t)).map((t) => `silver.${t} changes`),
      ],
      entities_before: golden?.rows_before ?? now,
      entities_after: now,
      created: events.filter((e) => e.event === 'created').length,
      merged: events.filter((e) => e.event === 'merged').map((e) => ({ key: e.other ?? '', into: e.key, cause: e.cause })),
      split: events.filter((e) => e.event === 'split').map((e) => ({ key: e.key, from: e.other ?? '', cause: e.cause })),
    });
  }
  return plans;
}

async function publishedChanges(project: Project, scratch: Project): Promise<readonly TableChange[]> {
  const [before, after] = [layout(project.store).snapshots, layout(scratch.store).snapshots];
  const engine = await openDuckDb({ path: ':memory:', memoryLimit: project.engine.memory_limit, tempDir: layout(scratch.store).temp });
  try {
    return await compareSnapshots(
      engine,
      { snapshot: await readCurrent(before), folder: before },
      { snapshot: await readCurrent(after), folder: after },
      (table) => keyOf(project, table),
    );
  } finally {
    engine.close();
  }
}

/** What tells the rows of a published table apart, where that is known. */
function keyOf(project: Project, table: string): readonly string[] {
  const [schema = '', name = ''] = table.split('.');
  if (schema === 'quarantine') return ['_quarantine_id'];
  if (schema !== 'gold') return [];
  const model = project.models.find((m) => m.name === name);
  if (model !== undefined) return model.primaryKey;
  const entity = project.entities.find((e) => goldTablesOf(e.name).includes(name));
  if (entity === undefined) return [];
  const key = `${entity.name}_key`;
  const keys: Readonly<Record<string, readonly string[]>> = {
    [entity.name]: [key],
    [`${entity.name}_360`]: [key],
    [`${entity.name}_crosswalk`]: ['record'],
    [`${entity.name}_provenance`]: [key, 'field'],
  };
  return keys[name] ?? [];
}
