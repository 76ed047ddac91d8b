import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';
import type { Engine } from '../../engine/engine.js';
import { digest, jsonText } from '../../engine/functions.js';
import type { Sql } from '../../sql/tag.js';
import { id, join as joinSql, sql } from '../../sql/tag.js';
import { distinctNames } from './columns.js';
import { openBytes } from './csv.js';

/** The columns of a file of JSON records, and the relation that reads them, nested values as JSON text. */
export interface JsonShape {
  readonly columns: readonly string[];
  readonly relation: Sql;
}

// One record, or one whole document with a record path, may be this large, in bytes.
const largestObject = 1 << 30;

/**
 * Looks at all keys of all records of a sound file.
 * @throws OnefoldError `SQL_INVALID` when the file is not sound JSON
 */
export async function jsonShape(engine: Engine, path: string, format: 'json' | 'ndjson', records?: string): Promise<JsonShape> {
  const source =
    format === 'ndjson'
      ? sql`SELECT json FROM read_json_objects(${path}, format = 'newline_delimited', maximum_object_size = ${largestObject})`
      : records === undefined
        ? sql`SELECT json FROM read_json_objects(${path}, format = 'auto', maximum_object_size = ${largestObject})`
        : sql`SELECT unnest(json_extract(json, ${`${jsonPath(records)}[*]`})) AS json
          FROM read_json_objects(${path}, format = 'unstructured', maximum_object_size = ${largestObject})`;
  return shapeOf(engine, sql`SELECT json, NULL::VARCHAR AS _malformed FROM (${source})`);
}

/** Whether a document has an array at its record path. */
export async function hasRecords(engine: Engine, path: string, records: string): Promise<boolean> {
  const found = await engine.rows(
    sql`SELECT count(*)::INTEGER AS n FROM read_json_objects(${path}, format = 'unstructured', maximum_object_size = ${largestObject})
        WHERE json_type(json, ${jsonPath(records)}) = 'ARRAY'`,
    z.object({ n: z.number() }),
  );
  return (found[0]?.n ?? 0) > 0;
}

/** Reads a damaged file: line by line for ndjson, as one malformed row otherwise. */
export async function damagedJsonShape(engine: Engine, path: string, format: 'json' | 'ndjson', tempDir: string): Promise<JsonShape> {
  const plain = join(tempDir, 'plain.json');
  await pipeline(Readable.from(validUtf8(openBytes(path))), createWriteStream(plain));
  if (format === 'json') return shapeOf(engine, sql`SELECT NULL::JSON AS json, content AS _malformed FROM read_text(${plain})`);
  return shapeOf(
    engine,
    sql`
    SELECT CASE WHEN json_valid(line) THEN line::JSON END AS json, CASE WHEN NOT json_valid(line) THEN line END AS _malformed
    FROM (SELECT unnest(string_split(content, chr(10))) AS line FROM read_text(${plain}))
    WHERE trim(line, ' ' || chr(9) || chr(13)) <> ''`,
  );
}

/** A relation of (json, _malformed), spread into columns; what is no object is malformed too. */
async function shapeOf(engine: Engine, source: Sql): Promise<JsonShape> {
  const records = sql`SELECT CASE WHEN json_type(json) = 'OBJECT' THEN json END AS json,
    CASE WHEN _malformed IS NOT NULL THEN _malformed WHEN json_type(json) IS DISTINCT FROM 'OBJECT' THEN json::VARCHAR END AS _malformed FROM (${source})`;
  const shape = z.object({ key: z.string() });
  const first = await engine.rows(
    sql`SELECT unnest(json_keys(json)) AS key FROM (SELECT json FROM (${records}) WHERE json IS NOT NULL LIMIT 1)`,
    shape,
  );
  const all = await engine.rows(sql`SELECT DISTINCT unnest(json_keys(json)) AS key FROM (${records}) ORDER BY key`, shape);
  const keys = [...new Set([...first, ...all].map((k) => k.key))];
  const columns = distinctNames(keys);
  const spread = keys.map((key, i) => sql`${jsonText(sql`json`, `$.${quoteKey(key)}`)} AS ${id(columns[i] ?? key)}`);
  return {
    columns,
    relation: sql`SELECT ${joinSql([...spread, sql`_malformed`])}, CASE WHEN _malformed IS NULL THEN ${digest([sql`json::VARCHAR`])}
      ELSE ${digest([sql`'malformed'`, sql`_malformed`])} END AS _raw_hash FROM (${records})`,
  };
}

function quoteKey(key: string): string {
  return `"${key.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}

/** `data.items` or `$.data.items` as a JSON path. */
function jsonPath(records: string): string {
  const keys = records
    .replace(/^\$\.?/, '')
    .split('.')
    .filter((k) => k !== '');
  return `$${keys.map((k) => `.${quoteKey(k)}`).join('')}`;
}

/** Bytes that are no UTF-8 become replacement characters, so that the engine can hold the text. */
async function* validUtf8(bytes: AsyncIterable<Uint8Array>): AsyncIterable<string> {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: false });
  for await (const chunk of bytes) yield decoder.decode(chunk, { stream: true }).replaceAll('\0', '\\u0000');
  yield decoder.decode();
}
