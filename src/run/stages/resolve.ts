import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { z } from 'zod';
import { messageOf, OnefoldError } from '../../base/errors.js';
import { whyNoCondition } from '../../config/comparisons.js';
import { definitionOf } from '../../config/definition.js';
import type { Entity, Project } from '../../config/project.js';
import { goldTablesOf, identityTablesOf, keptTablesOf } from '../../config/references.js';
import type { Engine } from '../../engine/engine.js';
import type { Remade } from '../../gold/golden.js';
import { entity360, goldenFields, goldenRecord } from '../../gold/golden.js';
import type { Decided } from '../../identity/decisions.js';
import { changedKeys } from '../../identity/evidence.js';
import { tellsFeatures } from '../../identity/match/features.js';
import type { MatchModel } from '../../identity/match/model.js';
import { modelVersion, parseModel } from '../../identity/match/model.js';
import type { Given } from '../../identity/resolve.js';
import { resolveEntity } from '../../identity/resolve.js';
import type { SnapshotTable } from '../../publish/snapshot.js';
import { versionsOf } from '../../publish/tables.js';
import { partsOf } from '../../sql/parts.js';
import { id, sql } from '../../sql/tag.js';
import type { RunContext } from '../context.js';
import { builtFrom, execute, inTransaction, markBuilt, timed, warn } from '../context.js';
import { settledDecisions } from '../decide/file.js';
import { fingerprint } from '../fingerprint.js';
import type { Built } from '../nodes.js';
import { buildNode } from '../nodes.js';
import { typesOf } from '../project/types.js';
import { recordHistory } from './history.js';

/** Version of the way in which entities are built. */
const buildVersion = 4;
/** Version of the way in which golden records are made. */
const goldenVersion = 1;

/** Resolves every entity whose tables have changed, and builds its golden record. */
export async function resolveEntities(context: RunContext): Promise<void> {
  const { project } = context;
  await dropUnknown(context);
  const { decided, lost } = await settledDecisions(project.dir);
  for (const [id, { chain }] of lost)
    warn(context, 'decisions', `decision ${id} is not followed, as earlier ones say the opposite: ${chain}`);
  for (const entity of project.entities) {
    const about = decided.filter((d) => d.entity === entity.name);
    await buildNode(context, `entity.${entity.name}`, () => resolveOne(context, entity, about));
  }
  const others = decided.filter((d) => !project.entities.some((e) => e.name === d.entity));
  for (const { id, entity } of others) note(context, `decision ${id} is about \`${entity}\`, and there is no such entity`);
}

/** Tells of a decision that can't be followed now and is kept; no reason for a run to be `partial`, as records come and go. */
function note({ effects }: RunContext, message: string): void {
  effects.report({ type: 'warning', name: 'decisions', message });
}

async function resolveOne(context: RunContext, entity: Entity, decided: readonly Decided[]): Promise<Built> {
  const { engine, project, work } = context;
  const given = { model: await frozenModel(project, entity), decided, anew: work.fullRefresh };
  const print = await entityFingerprint(context, entity, given);
  if (!work.fullRefresh && (await builtFrom(context, 'entity', entity.name)) === print) return { built: false, rows: null };
  const tables = [
    ...identityTablesOf(entity.name, entity.match !== undefined).map((name) => ({ schema: 'identity', name })),
    ...goldTablesOf(entity.name, entity.history).map((name) => ({ schema: 'gold', name })),
  ];
  const versions: SnapshotTable[] = [];
  await inTransaction(context, `entity:${entity.name}`, async () => {
    const typeOf = typesOf(project);
    await timed(context, 'identity', entity.name, () => execute(engine, resolveEntity(entity, context.runId, typeOf, given)));
    await timed(context, 'gold', entity.name, async () => {
      const fields = new Set(decided.flatMap((d) => d.field ?? []));
      const made = fingerprint([goldenVersion, definitionOf(entity), goldenFields(entity, typeOf)]);
      const mayStand = !work.fullRefresh && (await builtFrom(context, 'golden', entity.name)) === made;
      const remade = await remadeOf(engine, entity, mayStand);
      for (const statement of [...goldenRecord(entity, typeOf, fields, remade), ...entity360(entity, remade)]) await engine.run(statement);
      if (entity.history) await recordHistory(context, entity);
      await markBuilt(context, 'entity', entity.name, print);
      await markBuilt(context, 'golden', entity.name, made);
      // Content is looked at now, so that models whose input is the same as before are not built again.
      versions.push(
        ...(await versionsOf(
          engine,
          tables.map((t) => (t.name === `${entity.name}_features` ? { ...t, tells: tellsFeatures } : t)),
        )),
      );
      for (const { schema, name, version } of versions) await markBuilt(context, schema, name, print, version);
    });
  });
  if (decided.length > 0) await noteUnfollowed(context, entity);
  for (const version of versions) work.versions.set(`${version.schema}.${version.name}`, version);
  return { built: true, rows: versions.find((v) => v.schema === 'gold' && v.name === entity.name)?.rows ?? null };
}

/** The keys whose golden records are made again: all where nothing may stand as it is, or making all is as quick. */
async function remadeOf(engine: Engine, entity: Entity, mayStand: boolean): Promise<Remade> {
  const [found] = await engine.rows(
    sql`SELECT (SELECT count(*) FROM ${changedKeys})::DOUBLE AS changed, (SELECT count(*) FROM ${id('gold', `${entity.name}_crosswalk`)})::DOUBLE AS records
      ${mayStand ? sql`, (SELECT count(*) FROM ${id('gold', entity.name)})::DOUBLE AS standing` : sql``}`,
    z.object({ changed: z.number(), records: z.number(), standing: z.number().optional() }),
  );
  const { changed = 0, records = 0, standing = 0 } = found ?? {};
  return 2 * changed < standing
    ? { changed: changedKeys, parts: partsOf((records * changed) / standing) }
    : { changed: null, parts: partsOf(records) };
}

/** The model that the project froze for an entity; null where it is learned. @throws OnefoldError `CONFIG_INVALID` */
async function frozenModel({ dir }: Project, { name, match }: Entity): Promise<MatchModel | null> {
  if (match?.model === undefined) return null;
  const path = resolve(dir, match.model);
  const invalid = (why: string): OnefoldError =>
    new OnefoldError('CONFIG_INVALID', `the model of entity \`${name}\`, ${match.model}, ${why}`, {
      hint: `\`onefold matching ${name} --out ${match.model}\` writes the model of the last build.`,
    });
  const text = await readFile(path, 'utf8').catch(() => {
    throw invalid('can not be read');
  });
  try {
    const model = parseModel(JSON.parse(text));
    for (const { name: attribute, levels } of model.attributes) {
      for (const { level, sql: condition } of levels) {
        const why = condition === undefined ? null : await whyNoCondition(condition);
        if (why !== null) throw new Error(`level ${level} of attribute ${attribute}: ${why}`);
      }
    }
    return model;
  } catch (thrown) {
    throw invalid(`is no model: ${messageOf(thrown)}`);
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
      ...[...identityTablesOf(e.name, e.match !== undefined), ...keptTablesOf(e.name, e.match !== undefined)].map((t) => `identity.${t}`),
    ]),
  ]);
  const there = await engine.rows(
    sql`SELECT schema_name AS schema, table_name AS name, FALSE AS view FROM duckdb_tables() WHERE schema_name IN ('gold', 'identity')
      UNION ALL SELECT schema_name, view_name, TRUE FROM duckdb_views() WHERE schema_name IN ('gold', 'identity') AND NOT internal`,
    z.object({ schema: z.string(), name: z.string(), view: z.boolean() }),
  );
  for (const { schema, name, view } of there) {
    if (expected.has(`${schema}.${name}`)) continue;
    await inTransaction(context, `drop:${schema}.${name}`, async () => {
      await engine.run(view ? sql`DROP VIEW ${id(schema, name)}` : sql`DROP TABLE ${id(schema, name)}`);
      await engine.run(sql`DELETE FROM ops.tables WHERE schema_name IN (${schema}, 'definition') AND table_name = ${name}`);
      await engine.run(sql`DELETE FROM ops.lineage WHERE downstream = ${`${schema}.${name}`}`);
    });
  }
}

/** Tells of decisions that name records which are not there, and of values that are not followed. */
async function noteUnfollowed(context: RunContext, entity: Entity): Promise<void> {
  const key = id(`${entity.name}_key`);
  const unfollowed = await context.engine.rows(
    sql`SELECT decision_id AS id, CASE WHEN NOT d.known THEN 'names ' || d.record || ', which is not there' ELSE 'gives ' || d.field || ' a value that is none of its type, or there is no such field' END AS why
      FROM ${id('identity', `${entity.name}_decisions`)} d LEFT JOIN ${id('gold', `${entity.name}_crosswalk`)} x USING (record)
      WHERE NOT d.known OR (d.decision = 'value' AND NOT EXISTS (
        SELECT 1 FROM ${id('gold', `${entity.name}_provenance`)} p WHERE p.${key} = x.${key} AND p.field = d.field
          AND starts_with(p.rule, 'decision '))) ORDER BY ALL`,
    z.object({ id: z.string(), why: z.string() }),
  );
  for (const { id: name, why } of unfollowed) note(context, `decision ${name} ${why}: it is kept, and followed as far as it can be`);
}

async function entityFingerprint(context: RunContext, entity: Entity, { model, decided }: Given): Promise<string> {
  const tables = [...new Set(entity.records.map((r) => r.table))];
  const states = await Promise.all(tables.map((name) => builtFrom(context, 'state', name)));
  const frozen = model === null ? [] : [modelVersion(model)];
  return fingerprint([buildVersion, definitionOf(entity), tables, states, decided.map((d) => d.id), ...frozen]);
}
