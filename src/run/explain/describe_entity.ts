import { z } from 'zod';
import type { Entity } from '../../config/project.js';
import { goldTablesOf } from '../../config/references.js';
import type { Engine } from '../../engine/engine.js';
import { strategyNamed } from '../../gold/survivorship/registry.js';
import type { Count, EntityDoc } from '../../site/site.js';
import { id, sql } from '../../sql/tag.js';
import type { Sources } from './described.js';
import { wordsOf } from './described.js';

const count = z.object({ name: z.string(), n: z.number() });
const sized = z.object({ size: z.number(), n: z.number() });

/** An entity: what it is made from, its policies, and what the published snapshot counts of it. */
export async function describeEntity(
  entity: Entity,
  { snapshot }: Sources,
  rowsOf: (name: string) => number | null,
  columnsOf: (name: string) => readonly { readonly name: string; readonly type: string; readonly filled: number | null }[],
): Promise<EntityDoc> {
  const built = snapshot !== null && ['', '_crosswalk', '_provenance'].every((part) => snapshot.has('gold', `${entity.name}${part}`));
  const winners = built ? await winnersOf(snapshot.engine, entity.name) : [];
  return {
    ...wordsOf(entity.name, entity),
    prefix: entity.prefix,
    roles: entity.records.map((r) => ({
      table: r.table,
      stream: `${r.source}.${r.stream}`,
      role: r.role,
      id: r.id ?? null,
      recency: r.recency ?? null,
      identifiers: Object.entries(r.identifiers).map(([name, column]) => ({ name, column })),
      attributes: Object.entries(r.attributes).map(([name, column]) => ({ name, column })),
    })),
    identifiers: Object.entries(entity.identifiers).map(([name, p]) => ({ name, unique: p.unique ?? null, maxRecords: p.maxRecords })),
    trust: Object.entries(entity.trust).map(([name, n]): Count => ({ name, n })),
    survivorship: Object.entries(entity.survivorship).map(([field, s]) => ({
      field,
      rule: strategyNamed(s.strategy).describe(s.options),
      winners: winners.filter((w) => w.field === field).map(({ name, n }) => ({ name, n })),
    })),
    tables: goldTablesOf(entity.name).map((name) => ({ name, rows: rowsOf(name) })),
    measured: built ? await measure(snapshot.engine, entity.name, columnsOf(entity.name)) : null,
  };
}

/** Of which source each field's values are. */
async function winnersOf(engine: Engine, entity: string) {
  return engine.rows(
    sql`SELECT field, x.source AS name, count(*)::DOUBLE AS n FROM ${id('gold', `${entity}_provenance`)} p
      JOIN ${id('gold', `${entity}_crosswalk`)} x USING (record) GROUP BY ALL ORDER BY field, n DESC, name`,
    count.extend({ field: z.string() }),
  );
}

async function measure(
  engine: Engine,
  entity: string,
  columns: NonNullable<EntityDoc['measured']>['fields'],
): Promise<EntityDoc['measured']> {
  const key = id(`${entity}_key`);
  const crosswalk = id('gold', `${entity}_crosswalk`);
  const identity = (part: string) => id('identity', `${entity}_${part}`);
  const sizes = await engine.rows(
    sql`SELECT size::DOUBLE AS size, count(*)::DOUBLE AS n FROM (SELECT count(*) AS size FROM ${crosswalk} GROUP BY ${key}) GROUP BY 1 ORDER BY 1`,
    sized,
  );
  return {
    entities: sizes.reduce((all, s) => all + s.n, 0),
    records: sizes.reduce((all, s) => all + s.n * s.size, 0),
    recordsBySource: await engine.rows(
      sql`SELECT source AS name, count(*)::DOUBLE AS n FROM ${crosswalk} GROUP BY 1 ORDER BY 2 DESC, 1`,
      count,
    ),
    sizes,
    overlap: await engine.rows(
      sql`SELECT size::DOUBLE AS size, count(*)::DOUBLE AS n FROM (SELECT count(DISTINCT source) AS size FROM ${crosswalk} GROUP BY ${key}) GROUP BY 1 ORDER BY 1`,
      sized,
    ),
    links: await engine.rows(
      sql`SELECT identifier, decision, count(*)::DOUBLE AS n FROM ${identity('links')} GROUP BY ALL ORDER BY ALL`,
      z.object({ identifier: z.string(), decision: z.string(), n: z.number() }),
    ),
    references: await engine.rows(
      sql`SELECT table_name AS "table", reason, count(*)::DOUBLE AS n FROM ${identity('references')} GROUP BY ALL ORDER BY ALL`,
      z.object({ table: z.string(), reason: z.string(), n: z.number() }),
    ),
    events: await engine.rows(
      sql`SELECT run_id AS run, event, count(*)::DOUBLE AS n FROM ${identity('events')} GROUP BY ALL ORDER BY run_id DESC, event LIMIT 40`,
      z.object({ run: z.string(), event: z.string(), n: z.number() }),
    ),
    fields: columns.filter((c) => c.name !== `${entity}_key`),
  };
}
