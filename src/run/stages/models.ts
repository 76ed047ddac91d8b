import { z } from 'zod';
import { messageOf, OnefoldError } from '../../base/errors.js';
import type { Project } from '../../config/project.js';
import { goldTablesOf, identityTablesOf } from '../../config/references.js';
import type { KeyCheck, PlannedModel } from '../../gold/models.js';
import {
  buildModel,
  completeForeignKey,
  freshRows,
  gatherIncrement,
  groupModels,
  keyChecks,
  meaningOf,
  mergeIncrement,
  planModels,
} from '../../gold/models.js';
import type { SnapshotTable } from '../../publish/snapshot.js';
import { columnsOf, versionsOf } from '../../publish/tables.js';
import { id, sql } from '../../sql/tag.js';
import type { RunContext } from '../context.js';
import { inTransaction, timed } from '../context.js';
import { fingerprint } from '../fingerprint.js';
import { blockersOf, fail, note, requireBuilt, since, skip } from '../nodes.js';

/** Version of the way in which models are built: raised when the same model comes to mean something new. */
const modelVersion = 2;

/** What is known of everything that models may read, kept up to date while they are built. */
interface Upstream {
  /** Relation → what its content follows from: equal states are equal contents. */
  readonly states: Map<string, string | null>;
  /** Relation → what decides how any of its rows is made, whatever rows there are. */
  readonly definitions: Map<string, string>;
  /** Model → what its table was last built from, and how its rows were then made. */
  readonly built: ReadonlyMap<string, { readonly print: string; readonly definition: string | null }>;
  readonly kinds: ReadonlyMap<string, 'table' | 'view'>;
}

/**
 * Builds the selected models whose definition, or whose upstream content, has changed: each in a transaction of its own,
 * but those that add rows to each other's tables in one. A model that fails stops only those that read it.
 */
export async function buildModels(context: RunContext): Promise<void> {
  const groups = groupModels(planModels(context.project.models));
  const plan = groups.flat();
  const wanted = groups.filter((g) => g.some((p) => context.work.selected.has(`model.${p.model.name}`)));
  if (wanted.length === 0) return;
  const upstream = await lookUpstream(context, plan);
  for (const group of wanted) await buildGroup(context, group, upstream);
}

/** The checks of all declared keys of the models that stand as they are declared. */
export function modelChecks(project: Project): readonly { readonly model: string; readonly check: KeyCheck }[] {
  return project.models.flatMap((model) => keyChecks(model).map((check) => ({ model: model.name, check })));
}

async function lookUpstream({ engine, project }: RunContext, plan: readonly PlannedModel[]): Promise<Upstream> {
  const rows = await engine.rows(
    sql`SELECT schema_name AS schema, table_name AS name, fingerprint AS print, version FROM ops.tables`,
    z.object({ schema: z.string(), name: z.string(), print: z.string(), version: z.string().nullable() }),
  );
  const of = (schema: string): ReadonlyMap<string, (typeof rows)[number]> =>
    new Map(rows.filter((r) => r.schema === schema).map((r) => [r.name, r]));
  const [silver, verdicts, gold, definition] = [of('silver'), of('verdicts'), of('gold'), of('definition')];
  const segments = await engine.rows(
    sql`SELECT source || '__' || stream AS name, max(segment_id) AS last FROM ops.segments GROUP BY ALL`,
    z.object({ name: z.string(), last: z.string() }),
  );
  const kinds = await goldKinds({ engine });
  const states = new Map<string, string | null>(segments.map((s) => [`bronze.${s.name}`, s.last]));
  for (const { name, print } of of('state').values()) for (const schema of ['silver', 'quarantine']) states.set(`${schema}.${name}`, print);
  for (const { schema, name, print, version } of rows) {
    // A view has no content of its own: its state is the chain of what it reads.
    if (schema === 'gold' || schema === 'identity')
      states.set(`${schema}.${name}`, schema === 'gold' && kinds.get(name) === 'view' ? print : (version ?? print));
  }
  const definitions = new Map<string, string>();
  for (const { name } of project.tables) {
    const print = fingerprint([silver.get(name)?.print, verdicts.get(name)?.print]);
    for (const schema of ['silver', 'quarantine']) definitions.set(`${schema}.${name}`, print);
  }
  for (const entity of project.entities) {
    const print = fingerprint([entity, entity.records.map((r) => definitions.get(`silver.${r.table}`))]);
    for (const name of goldTablesOf(entity.name)) definitions.set(`gold.${name}`, print);
    for (const name of identityTablesOf(entity.name, entity.match !== undefined)) definitions.set(`identity.${name}`, print);
  }
  for (const planned of plan) definitions.set(`gold.${planned.model.name}`, definitionOf(planned, definitions, project.rates));
  const built = new Map(
    [...gold].map(([name, row]) => [name, { print: row.print, definition: definition.get(name)?.print ?? null }] as const),
  );
  return { states, definitions, built, kinds };
}

/** How every row of a model is made: its own definition, and those of all that it reads. */
function definitionOf(planned: PlannedModel, definitions: ReadonlyMap<string, string>, rates: Project['rates']): string {
  return fingerprint([
    modelVersion,
    meaningOf(planned),
    planned.model.reads.usesRates ? rates : null,
    planned.reads.map((relation) => definitions.get(relation) ?? null),
  ]);
}

async function buildGroup(context: RunContext, group: readonly PlannedModel[], upstream: Upstream): Promise<void> {
  const names = group.map((p) => p.model.name);
  const ids = names.map((name) => `model.${name}`);
  const blockers = blockersOf(context, ids);
  if (blockers.length > 0) {
    for (const node of ids) skip(context, node, blockers);
    return;
  }
  const start = performance.now();
  const print = groupPrint(context, group, upstream);
  if (!context.work.fullRefresh && names.every((name) => upstream.built.get(name)?.print === print)) {
    for (const node of ids) note(context, node, { status: 'success', built: false, ms: since(start), rows: null, message: null });
    return;
  }
  let current = names[0] ?? '';
  const versions: SnapshotTable[] = [];
  try {
    requireBuilt(context, ids);
    await timed(context, 'gold', names.join(', '), () =>
      inTransaction(context, `model:${names.join('+')}`, async () => {
        for (const planned of group) {
          current = planned.model.name;
          await buildOne(context, planned, upstream);
        }
        const tables = group.filter((p) => p.model.materialized !== 'view').map((p) => ({ schema: 'gold', name: p.model.name }));
        versions.push(...(await versionsOf(context.engine, tables)));
        for (const planned of group) await markModel(context, planned, print, upstream, versions);
      }),
    );
  } catch (thrown) {
    fail(context, `model.${current}`, thrown, start);
    for (const node of ids.filter((other) => other !== `model.${current}`))
      skip(context, node, [`model.${current}, which is built with it,`]);
    return;
  }
  for (const { model } of group) {
    const version = versions.find((v) => v.name === model.name);
    upstream.states.set(`gold.${model.name}`, version?.version ?? print);
    if (version !== undefined) context.work.versions.set(`gold.${model.name}`, version);
    note(context, `model.${model.name}`, { status: 'success', built: true, ms: since(start), rows: version?.rows ?? null, message: null });
  }
}

/** What the content of a group follows from: its definitions, the states of what it reads elsewhere, and what now is if it asks. */
function groupPrint({ asOf, project }: RunContext, group: readonly PlannedModel[], { states }: Upstream): string {
  const own = new Set(group.map((p) => `gold.${p.model.name}`));
  const reads = [...new Set(group.flatMap((p) => p.reads))].filter((relation) => !own.has(relation)).sort();
  return fingerprint([
    modelVersion,
    group.map((p) => [p.model.name, meaningOf(p)]),
    reads.map((relation) => [relation, states.get(relation) ?? null]),
    group.some((p) => p.usesAsOf) ? asOf.toISOString() : null,
    group.some((p) => p.model.reads.usesRates) ? project.rates : null,
  ]);
}

async function buildOne(context: RunContext, planned: PlannedModel, upstream: Upstream): Promise<void> {
  const { engine, work } = context;
  const { model } = planned;
  const there = upstream.kinds.get(model.name) ?? null;
  try {
    const sameDefinition = upstream.built.get(model.name)?.definition === upstream.definitions.get(`gold.${model.name}`);
    const merged = model.increment !== null && there === 'table' && sameDefinition && !work.fullRefresh && (await merge(context, planned));
    if (!merged) for (const statement of buildModel(planned, there)) await engine.run(statement);
    for (const key of model.foreignKeys) for (const statement of completeForeignKey(model, key)) await engine.run(statement);
  } catch (cause) {
    throw new OnefoldError('MODEL_INVALID', `model ${model.name} (${model.path}): ${messageOf(cause)}`, {
      cause,
      hint: `Mend ${model.path} and build again; nothing was published.`,
    });
  }
}

/** Brings an incremental model up to date; false where its columns have become others, so that it must be built anew. */
async function merge({ engine }: RunContext, planned: PlannedModel): Promise<boolean> {
  const { model } = planned;
  if (model.increment === null) return false;
  await engine.run(gatherIncrement(planned, model.increment));
  const [now, before] = [await columnsOf(engine, id(freshRows)), await columnsOf(engine, id('gold', model.name))];
  const same = JSON.stringify(now) === JSON.stringify(before);
  if (same) for (const statement of mergeIncrement(planned, model.increment)) await engine.run(statement);
  await engine.run(sql`DROP TABLE ${id(freshRows)}`);
  return same;
}

/** Notes what a model was built from, and its content: it belongs in the transaction that builds it. */
async function markModel(
  { engine }: RunContext,
  { model }: PlannedModel,
  print: string,
  { definitions }: Upstream,
  versions: readonly SnapshotTable[],
): Promise<void> {
  const { name } = model;
  const version = versions.find((v) => v.name === name)?.version ?? null;
  const definition = definitions.get(`gold.${name}`) ?? '';
  await engine.run(sql`DELETE FROM ops.tables WHERE table_name = ${name} AND schema_name IN ('gold', 'definition')`);
  await engine.run(
    sql`INSERT INTO ops.tables VALUES ('gold', ${name}, ${print}, ${version}), ('definition', ${name}, ${definition}, NULL)`,
  );
}

/** What stands in gold, tables and views. */
export async function goldKinds({ engine }: Pick<RunContext, 'engine'>): Promise<ReadonlyMap<string, 'table' | 'view'>> {
  const rows = await engine.rows(
    sql`SELECT table_name AS name, 'table' AS kind FROM duckdb_tables() WHERE schema_name = 'gold'
      UNION ALL SELECT view_name, 'view' FROM duckdb_views() WHERE schema_name = 'gold' AND NOT internal`,
    z.object({ name: z.string(), kind: z.enum(['table', 'view']) }),
  );
  return new Map(rows.map((r) => [r.name, r.kind]));
}
