import { z } from 'zod';
import type { Entity } from '../../config/project.js';
import { goldenFields } from '../../gold/golden.js';
import { keepHistory, shapeHistory } from '../../gold/history.js';
import { sql } from '../../sql/tag.js';
import type { RunContext } from '../context.js';
import { typesOf } from '../project/types.js';

/** Keeps what has changed in an entity's golden records. To be called in the transaction that made them. */
export async function recordHistory({ engine, project, runId, asOf }: RunContext, entity: Entity): Promise<void> {
  const fields = goldenFields(entity, typesOf(project));
  const existing = await engine.rows(
    sql`SELECT column_name AS name, data_type AS type FROM duckdb_columns() WHERE schema_name = 'gold' AND table_name = ${`${entity.name}_history`}`,
    z.object({ name: z.string(), type: z.string() }),
  );
  for (const statement of [...shapeHistory(entity, fields, existing), ...keepHistory(entity, fields, { runId, asOf })])
    await engine.run(statement);
}
