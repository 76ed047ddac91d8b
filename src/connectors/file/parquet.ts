import { z } from 'zod';
import type { Engine } from '../../engine/engine.js';
import { cast, hexText, jsonOf } from '../../engine/functions.js';
import type { Sql } from '../../sql/tag.js';
import { id, join, sql } from '../../sql/tag.js';
import type { Scan } from '../contract.js';
import { distinctNames, rowDigest } from './columns.js';

/**
 * The columns of a Parquet file, and the relation that reads them as text, each type always written the same way: booleans `true`
 * and `false`; decimals with all digits of their scale; dates and times as ISO 8601 with a blank between, moments in UTC with
 * `+00`; bytes as hex; lists, structs and maps as JSON.
 * @throws OnefoldError `SQL_INVALID` when it is no sound Parquet file
 */
export async function parquetShape(engine: Engine, path: string): Promise<Pick<Scan, 'columns' | 'numbers' | 'relation'>> {
  const reader = sql`read_parquet(${[path]}, hive_partitioning = false)`;
  const described = await engine.rows(
    sql`SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM ${reader})`,
    z.object({ column_name: z.string(), column_type: z.string() }),
  );
  const columns = distinctNames(described.map((c) => c.column_name));
  const texts = described.map((c, i) => sql`${asText(id(c.column_name), c.column_type)} AS ${id(columns[i] ?? c.column_name)}`);
  return {
    columns,
    numbers: columns.filter((_, i) => /^(DECIMAL|DOUBLE|FLOAT)/.test(described[i]?.column_type ?? '')),
    relation: sql`SELECT *, NULL::VARCHAR AS _malformed, ${rowDigest(columns)} AS _raw_hash
      FROM (SELECT ${join(texts)} FROM ${reader})`,
  };
}

function asText(column: Sql, type: string): Sql {
  if (type === 'BLOB') return hexText(column);
  if (!/^(STRUCT|MAP|UNION)\(|\]$/.test(type)) return cast(column, 'VARCHAR');
  // In JSON the engine writes narrow decimals by way of a double, and wide ones digit by digit.
  const wide = type.replace(/"(?:[^"]|"")*"|DECIMAL\([0-9]+,([0-9]+)\)/g, (part, scale?: string) =>
    scale === undefined ? part : `DECIMAL(38,${scale})`,
  );
  return jsonOf(wide === type ? column : cast(column, wide));
}
