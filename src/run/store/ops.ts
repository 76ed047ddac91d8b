import { z } from 'zod';
import { OnefoldError } from '../../base/errors.js';
import type { Engine } from '../../engine/engine.js';
import { id, sql } from '../../sql/tag.js';

/** Version of the store's layout: raised with every table or column that is added. */
const storeVersion = 3;

const schemas = ['bronze', 'silver', 'silver_rows', 'quarantine', 'identity', 'gold'];

const tables = [
  sql`ops.runs (run_id VARCHAR, started_at TIMESTAMP, finished_at TIMESTAMP, as_of TIMESTAMP, status VARCHAR, published BOOLEAN, error VARCHAR)`,
  sql`ops.steps (run_id VARCHAR, stage VARCHAR, name VARCHAR, started_at TIMESTAMP, ms DOUBLE)`,
  sql`ops.batches (batch_id VARCHAR, run_id VARCHAR, source VARCHAR, stream VARCHAR, part VARCHAR, version VARCHAR, bytes BIGINT,
    landed_at TIMESTAMP, rows_read BIGINT, rows_landed BIGINT, rows_rejected BIGINT, rows_known BIGINT, rows_retracted BIGINT, rows_discarded BIGINT)`,
  sql`ops.segments (segment_id VARCHAR, batch_id VARCHAR, source VARCHAR, stream VARCHAR, part VARCHAR, file VARCHAR, columns VARCHAR[],
    rows BIGINT, rejected BIGINT, ingested_at TIMESTAMP, numbers VARCHAR[])`,
  sql`ops.retractions (batch_id VARCHAR, source VARCHAR, stream VARCHAR, segment_id VARCHAR, row_number BIGINT, retracted_at TIMESTAMP)`,
  sql`ops.cursors (source VARCHAR, stream VARCHAR, part VARCHAR, cursor VARCHAR, batch_id VARCHAR, moved_at TIMESTAMP)`,
  sql`ops.drift (run_id VARCHAR, source VARCHAR, stream VARCHAR, part VARCHAR, column_name VARCHAR, change VARCHAR, rows BIGINT, noted_at TIMESTAMP)`,
  sql`ops.reads (run_id VARCHAR, source VARCHAR, stream VARCHAR, status VARCHAR, read_at TIMESTAMP, code VARCHAR)`,
  sql`ops.seen (source VARCHAR, stream VARCHAR, sweep VARCHAR, id VARCHAR)`,
  sql`ops.applied (table_name VARCHAR, unit VARCHAR)`,
  sql`ops.inference (table_name VARCHAR, column_name VARCHAR, segment_id VARCHAR, reading VARCHAR, rows BIGINT)`,
  sql`ops.tables (schema_name VARCHAR, table_name VARCHAR, fingerprint VARCHAR, version VARCHAR)`,
  sql`ops.ledger (run_id VARCHAR, scope VARCHAR, name VARCHAR, line VARCHAR, currency VARCHAR, rows BIGINT, amount DECIMAL(38, 18), unreadable BIGINT)`,
  sql`ops.rules (run_id VARCHAR, table_name VARCHAR, rule VARCHAR, severity VARCHAR, judged BIGINT, broken BIGINT)`,
  sql`ops.checks (run_id VARCHAR, kind VARCHAR, name VARCHAR, status VARCHAR, broken BIGINT, message VARCHAR)`,
  sql`ops.metrics (run_id VARCHAR, name VARCHAR, currency VARCHAR, value VARCHAR)`,
  sql`ops.lineage (downstream VARCHAR, upstream VARCHAR, downstream_column VARCHAR, upstream_column VARCHAR, how VARCHAR)`,
];

/** Columns that stores made by an earlier version lack. */
const additions = [
  ...['downstream_column', 'upstream_column', 'how'].map((column) => sql`ops.lineage ADD COLUMN IF NOT EXISTS ${id(column)} VARCHAR`),
  sql`ops.batches ADD COLUMN IF NOT EXISTS rows_discarded BIGINT DEFAULT 0`,
  // Without a default, which the engine could not read back from its log.
  sql`ops.segments ADD COLUMN IF NOT EXISTS numbers VARCHAR[]`,
];

/**
 * Makes the schemas and the tables of a store that lack, all of them or none. One that has this layout costs a question.
 * @throws OnefoldError `STORE_VERSION` where a newer Onefold laid it out; nothing of it is touched
 */
export async function createStore(engine: Engine): Promise<void> {
  await engine.run(sql`CREATE SCHEMA IF NOT EXISTS ops`);
  await engine.run(sql`CREATE TABLE IF NOT EXISTS ops.store (version INTEGER)`);
  const [found] = await engine.rows(
    sql`SELECT COALESCE(max(version), 0)::INTEGER AS version FROM ops.store`,
    z.object({ version: z.number() }),
  );
  const version = found?.version ?? 0;
  if (version > storeVersion)
    throw new OnefoldError('STORE_VERSION', `the store has layout ${version}, this Onefold knows ${storeVersion}`, {
      hint: 'Use the newer Onefold that wrote it.',
    });
  if (version === storeVersion) return;
  await engine.transaction(
    async () => {
      for (const schema of schemas) await engine.run(sql`CREATE SCHEMA IF NOT EXISTS ${id(schema)}`);
      for (const table of tables) await engine.run(sql`CREATE TABLE IF NOT EXISTS ${table}`);
      for (const added of additions) await engine.run(sql`ALTER TABLE ${added}`);
      await engine.run(sql`DELETE FROM ops.store`);
      await engine.run(sql`INSERT INTO ops.store VALUES (${storeVersion})`);
    },
    (act) => act(),
  );
}
