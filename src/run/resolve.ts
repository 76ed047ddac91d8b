import { z } from 'zod';
import { messageOf, OnefoldError } from '../base/errors.js';
import { definitionOf } from '../config/definition.js';
import type { Entity, Project } from '../config/project.js';
import { goldTablesOf, identityTablesOf } from '../config/references.js';
import { entity360, goldenRecord } from '../gold/golden.js';
import type { KeyCheck, PlannedModel } from '../gold/models.js';
import { buildModel, completeForeignKey, keyChecks, planModels } from '../gold/models.js';
import { resolveEntity } from '../identity/resolve.js';
import { id, sql } from '../sql/tag.js';
import type { RunContext } from './context.js';
import { builtFrom, execute, inTransaction, markBuilt, timed } from './context.js';
import { recordHistory } from './history.js';
import { fingerprint } from './merge.js';
import { typesOf } from './types.js';

/** Version of the way in which entities and models are built. */
const buildVersion = 1;

/** Resolves every entity whose tables have changed, and builds its golden record. */
export async function resolveEntities(context: RunContext): Promise<void> {
  const { engine, project } = context;
  await dropUnknown(context);
  for (const entity of project.entities) {
    const print = await entityFingerprint(context, entity);
    if ((await builtFrom(context, 'entity', entity.name)) === print) continue;
    await timed(context, 'identity', entity.name, () =>
      inTransaction(context, `entity:${entity.name}`, async () => {
        await execute(engine, resolveEntity(entity, context.runId));
        const typeOf = typesOf(project);
        for (const statement of [...goldenRecord(entity, typeOf), entity360(entity)]) await engine.run(statement);
        if (entity.history) await recordHistory(context, entity);
        await markBuilt(context, 'entity', entity.name, print);
        for (const name of identityTablesOf(entity.name)) await markBuilt(context, 'identity', name, print);
        for (const name of goldTablesOf(entity.name, entity.history)) await markBuilt(context, 'gold', name, print);
      }),
    );
  }
}

/** Builds the models, in their order, when anything that one of them reads has changed. All of them or none. */
export async function buildModels(context: RunContext): Promise<void> {
  const { project, asOf } = context;
  const plan = await planModels(project.models);
  if (plan.length === 0) return;
  const read = [...new Set(plan.flatMap((p) => p.reads))].sort();
  const states = await Promise.all(read.map(async (name) => [name, await stateOf(context, name)]));
  const print = fingerprint([
    buildVersion,
    project.models.map(definitionOf),
    states,
    plan.some((p) => p.usesAsOf) ? asOf.toISOString() : null,
  ]);
  if ((await builtFrom(context, 'models', 'all')) === print) return;
  await timed(context, 'gold', `${plan.length} models`, () =>
    inTransaction(context, 'models', async () => {
      for (const planned of plan) await buildOne(context, planned, plan);
      await markBuilt(context, 'models', 'all', print);
      for (const { model } of plan) await markBuilt(context, 'gold', model.name, print);
    }),
  );
}

/** The checks of all declared keys. */
export function modelChecks(project: Project): readonly KeyCheck[] {
  return project.models.flatMap(keyChecks);
}

async function buildOne(context: RunContext, { model }: PlannedModel, plan: readonly PlannedModel[]): Promise<void> {
  const gaining = plan.some((p) =>
    p.model.foreignKeys.some((k) => k.toModel === model.name && (k.missing === 'inferred' || k.missing === 'unknown')),
  );
  try {
    for (const statement of buildModel(model, gaining)) await context.engine.run(statement);
    for (const key of model.foreignKeys) for (const statement of completeForeignKey(model, key)) await context.engine.run(statement);
  } catch (cause) {
    throw new OnefoldError('MODEL_INVALID', `model ${model.name} (${model.path}): ${messageOf(cause)}`, {
      cause,
      hint: `Mend ${model.path} and build again; nothing was published.`,
    });
  }
}

/** Drops what entities and models that are gone have left. */
async function dropUnknown(context: RunContext): Promise<void> {
  const { engine, project } = context;
  const expected = new Set([
    ...project.models.map((m) => `gold.${m.name}`),
    ...project.entities.flatMap((e) => [
      // A history is not forgotten because it is kept no longer: nobody could make it again.
      ...goldTablesOf(e.name, true).map((t) => `gold.${t}`),
      ...identityTablesOf(e.name).map((t) => `identity.${t}`),
    ]),
  ]);
  const there = await engine.rows(
    sql`SELECT schema_name AS schema, table_name AS name FROM duckdb_tables() WHERE schema_name IN ('gold', 'identity')`,
    z.object({ schema: z.string(), name: z.string() }),
  );
  for (const { schema, name } of there) {
    if (expected.has(`${schema}.${name}`)) continue;
    await inTransaction(context, `drop:${schema}.${name}`, async () => {
      await engine.run(sql`DROP TABLE ${id(schema, name)}`);
      await engine.run(sql`DELETE FROM ops.tables WHERE schema_name = ${schema} AND table_name = ${name}`);
      await engine.run(sql`DELETE FROM ops.tables WHERE schema_name = 'models'`);
    });
  }
}

async function entityFingerprint(context: RunContext, entity: Entity): Promise<string> {
  const tables = [...new Set(entity.records.map((r) => r.table))];
  const states = await Promise.all(tables.map((name) => builtFrom(context, 'state', name)));
  return fingerprint([buildVersion, definitionOf(entity), tables, states]);
}

/** What a table that a model reads was last built from. */
async function stateOf(context: RunContext, name: string): Promise<string | null> {
  const [schema = '', table = ''] = name.split('.');
  if (schema === 'silver' || schema === 'quarantine') return builtFrom(context, 'state', table);
  if (schema === 'bronze') {
    const [row] = await context.engine.rows(
      sql`SELECT max(segment_id) AS last FROM ops.segments WHERE source || '__' || stream = ${table}`,
      z.object({ last: z.string().nullable() }),
    );
    return row?.last ?? null;
  }
  const isModel = context.project.models.some((m) => m.name === table);
  return isModel ? null : builtFrom(context, schema, table);
}
