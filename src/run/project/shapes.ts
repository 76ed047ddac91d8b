import { z } from 'zod';
import { messageOf } from '../../base/errors.js';
import type { Project } from '../../config/project.js';
import { defineAsOf, openDuckDb } from '../../engine/duckdb/duckdb.js';
import type { Engine } from '../../engine/engine.js';
import { entity360, goldenFields, goldenRecord } from '../../gold/golden.js';
import { shapeHistory } from '../../gold/history.js';
import { buildModel, planModels } from '../../gold/models.js';
import { resolveEntity } from '../../identity/resolve.js';
import { silverView } from '../../quality/table_rules.js';
import { createTable } from '../../silver/merge.js';
import { declaredColumns } from '../../silver/stage.js';
import { sql } from '../../sql/tag.js';
import { execute } from '../context.js';
import { createStore } from '../store/ops.js';
import { typesOf } from './types.js';

/** A column and its SQL type. */
export interface ShapedColumn {
  readonly name: string;
  readonly type: string;
}

/** What the tables of a project look like, without any data. */
export interface Shapes {
  /** An engine in memory that holds every table of silver, quarantine, identity and gold, empty. */
  readonly engine: Engine;
  /** `schema.table` → its columns. */
  readonly columns: ReadonlyMap<string, readonly ShapedColumn[]>;
  /** Models whose columns can't be known without a build, and why. */
  readonly unknown: ReadonlyMap<string, string>;
}

/**
 * The shapes of all tables that a project makes, found by making them empty: the same statements as in a build, over no rows.
 * What reads bronze stays unknown, since only a source knows its columns. The engine is the caller's to close.
 */
export async function shapesOf(project: Project): Promise<Shapes> {
  const engine = await openDuckDb({ path: ':memory:', threads: 1 });
  try {
    await createStore(engine);
    await defineAsOf(engine, new Date(0));
    for (const table of project.tables) {
      for (const statement of [
        ...createTable(table),
        ...silverView(
          table.name,
          declaredColumns(table).map((c) => c.name),
          [],
        ),
      ])
        await engine.run(statement);
    }
    for (const entity of project.entities) {
      await execute(engine, resolveEntity(entity, '', typesOf(project)));
      for (const statement of [...goldenRecord(entity, typesOf(project)), ...entity360(entity)]) await engine.run(statement);
      if (entity.history)
        for (const statement of shapeHistory(entity, goldenFields(entity, typesOf(project)), [])) await engine.run(statement);
    }
    const unknown = await shapeModels(project, engine);
    const rows = await engine.rows(
      sql`SELECT schema_name || '.' || table_name AS table, column_name AS name, data_type AS type FROM duckdb_columns()
        WHERE schema_name IN ('silver', 'quarantine', 'identity', 'gold') AND NOT internal ORDER BY column_index`,
      z.object({ table: z.string(), name: z.string(), type: z.string() }),
    );
    const columns = new Map<string, ShapedColumn[]>();
    for (const { table, name, type } of rows) columns.set(table, [...(columns.get(table) ?? []), { name, type }]);
    return { engine, columns, unknown };
  } catch (thrown) {
    engine.close();
    throw thrown;
  }
}

/** Makes every model that can be made without rows; of the others, says why not. */
async function shapeModels(project: Project, engine: Engine): Promise<ReadonlyMap<string, string>> {
  const unknown = new Map<string, string>();
  for (const planned of planModels(project.models)) {
    const { model, reads } = planned;
    const bronze = reads.find((name) => name.startsWith('bronze.'));
    if (bronze !== undefined) {
      unknown.set(model.name, `it reads ${bronze}, whose columns only its source knows`);
      continue;
    }
    try {
      for (const statement of buildModel(planned, null)) await engine.run(statement);
    } catch (cause) {
      unknown.set(model.name, messageOf(cause));
    }
  }
  return unknown;
}
