import { isAscii, isUtf8 } from 'node:buffer';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';
import { OnefoldError } from '../../base/errors.js';
import type { Engine } from '../../engine/engine.js';
import { digest, jsonTexts, matchesPart, matchesWhole, replaced } from '../../engine/functions.js';
import type { Sql } from '../../sql/tag.js';
import { id, join as joinSql, sql } from '../../sql/tag.js';
import { distinctNames } from './columns.js';
import { spelledBytes } from './damaged.js';
import { firstBytes, openBytes } from './encoding.js';

/** The columns of a file of JSON records, and the relation that reads them, nested values as JSON text. */
export interface JsonShape {
  readonly columns: readonly string[];
  /** Columns in which some record has a number that as a text would not say its decimal sign, such as `1.234`. */
  readonly numbers: readonly string[];
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
        : sql`SELECT ${recordsBelow(sql`json`, records)} AS json
          FROM read_json_objects(${path}, format = 'unstructured', maximum_object_size = ${largestObject})`;
  const shape = await shapeOf(engine, sql`SELECT json, NULL::VARCHAR AS _malformed FROM (${source})`);
  // Of a file of one byte the engine sees nothing.
  if (shape.columns.length === 0 && (await firstBytes(path, 2)).length === 1) throw new OnefoldError('SQL_INVALID', 'is no record');
  return shape;
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

/**
 * Reads a damaged file: line by line for ndjson, as one malformed row otherwise. A byte that is not UTF-8 reads `\xNN`, which no
 * sound JSON has. `foreign` counts such lines, unless others show that the file is UTF-8 after all.
 */
export async function damagedJsonShape(
  engine: Engine,
  path: string,
  format: 'json' | 'ndjson',
  tempDir: string,
): Promise<JsonShape & { readonly foreign: number }> {
  const plain = join(tempDir, 'plain.json');
  const lines = { foreign: 0, beyondAscii: 0 };
  await pipeline(Readable.from(legible(openBytes(path), lines)), createWriteStream(plain));
  const foreign = lines.beyondAscii === 0 ? lines.foreign : 0;
  if (format === 'json') {
    return { ...(await shapeOf(engine, sql`SELECT NULL::JSON AS json, content AS _malformed FROM read_text(${plain})`)), foreign };
  }
  const shape = await shapeOf(
    engine,
    sql`
    SELECT CASE WHEN json_valid(line) THEN line::JSON END AS json, CASE WHEN NOT json_valid(line) THEN line END AS _malformed
    FROM (SELECT unnest(string_split(content, chr(10))) AS line FROM read_text(${plain}))
    WHERE trim(line, ' ' || chr(9) || chr(13)) <> ''`,
  );
  return { ...shape, foreign };
}

/** A relation of (json, _malformed), spread into columns; what is no object, or says a key twice, is malformed too. */
async function shapeOf(engine: Engine, source: Sql): Promise<JsonShape> {
  const objects = sql`SELECT CASE WHEN json_type(json) = 'OBJECT' THEN json END AS json,
    CASE WHEN _malformed IS NOT NULL THEN _malformed WHEN json_type(json) IS DISTINCT FROM 'OBJECT' THEN json::VARCHAR END AS _malformed FROM (${source})`;
  const { keys, repeated } = await keysOf(engine, objects);
  const twice = sql`len(json_keys(json)) <> len(list_distinct(json_keys(json)))`;
  const records = repeated
    ? sql`SELECT CASE WHEN NOT (${twice}) THEN json END AS json, CASE WHEN json IS NOT NULL AND ${twice} THEN json::VARCHAR ELSE _malformed END AS _malformed FROM (${objects})`
    : objects;
  const groups = await columnKeys(engine, objects, keys);
  const columns = distinctNames(groups.map((group) => group[0] ?? ''));
  // All values of a record are taken at once, so that it is parsed once however many columns there are.
  const all = groups.flat();
  const places = new Map(all.map((key, i) => [key, i + 1]));
  const spread = groups.map((group, i) => {
    const values = group.map((key) => sql`v[${places.get(key) ?? 0}]`);
    return sql`${values.length === 1 ? joinSql(values) : sql`COALESCE(${joinSql(values)})`} AS ${id(columns[i] ?? '')}`;
  });
  const values = all.length === 0 ? sql`NULL::VARCHAR[]` : exactTexts(jsonTexts(exactNumbers(sql`json`), all.map(pointerTo)));
  const numbers = await fractionKeys(engine, objects, all);
  return {
    columns,
    numbers: columns.filter((_, i) => groups[i]?.some((key) => numbers.includes(key))),
    relation: sql`SELECT ${joinSql([...spread, sql`_malformed`])}, CASE WHEN _malformed IS NULL THEN ${digest([sql`json::VARCHAR`])}
      ELSE ${digest([sql`'malformed'`, sql`_malformed`])} END AS _raw_hash FROM (SELECT json, _malformed, ${values} AS v FROM (${records}))`,
  };
}

/** All keys of all records, those of the first record before others, and whether some record says one of them twice. */
async function keysOf(engine: Engine, objects: Sql): Promise<{ readonly keys: readonly string[]; readonly repeated: boolean }> {
  const first = await engine.rows(
    sql`SELECT unnest(json_keys(json)) AS key FROM (SELECT json FROM (${objects}) WHERE json IS NOT NULL LIMIT 1)`,
    z.object({ key: z.string() }),
  );
  const all = await engine.rows(
    // Judged before the keys are spread: afterwards it would be judged again for each of them.
    sql`WITH seen AS MATERIALIZED (SELECT keys, len(keys) <> len(list_distinct(keys)) AS twice FROM (SELECT DISTINCT json_keys(json) AS keys FROM (${objects})))
      SELECT key, bool_or(twice) AS twice FROM (SELECT unnest(keys) AS key, twice FROM seen) GROUP BY key ORDER BY key`,
    z.object({ key: z.string(), twice: z.boolean() }),
  );
  return { keys: [...new Set([...first, ...all].map((k) => k.key))], repeated: all.some((k) => k.twice) };
}

/** The keys of each column: those that differ only by case are one, unless a record has several of them. */
async function columnKeys(engine: Engine, objects: Sql, keys: readonly string[]): Promise<readonly (readonly string[])[]> {
  const folded = new Map<string, string[]>();
  for (const key of keys) folded.set(key.toLowerCase(), [...(folded.get(key.toLowerCase()) ?? []), key]);
  const alike = [...folded.values()].filter((group) => group.length > 1);
  if (alike.length === 0) return keys.map((key) => [key]);
  const together = await engine.rows(
    sql`SELECT DISTINCT list_filter(json_keys(json), lambda k: list_contains(${alike.flat()}, k)) AS keys FROM (${objects}) WHERE json IS NOT NULL`,
    z.object({ keys: z.array(z.string()) }),
  );
  const apart = new Set(alike.filter((group) => together.some((t) => group.filter((k) => t.keys.includes(k)).length > 1)));
  return [...folded.values()].flatMap((group) => (apart.has(group) ? group.map((key) => [key]) : [group]));
}

/** Keys under which some record has a number with a fraction, of those records that have one such as `1.234`: no others need to be taken apart. */
async function fractionKeys(engine: Engine, objects: Sql, keys: readonly string[]): Promise<readonly string[]> {
  if (keys.length === 0) return [];
  const found = await engine.rows(
    sql`SELECT DISTINCT json_type(json, ${keys.map(pointerTo)}) AS types FROM (${objects})
      WHERE ${matchesPart(sql`json::VARCHAR`, String.raw`:\s*-?[1-9][0-9]{0,2}\.[0-9]{3}\s*[,}]`)}`,
    z.object({ types: z.array(z.string().nullable()) }),
  );
  return keys.filter((_, i) => found.some(({ types }) => types[i] === 'DOUBLE'));
}

/** Marks a number that stands as text while a record is taken apart; no character is ever assigned to this code. */
const mark = '\uFDD0';

/**
 * A record in which every number is a marked text, so that the engine does not read it as a double and write it differently.
 * Records without such numbers stay as they are. The control characters of the replacement can't be part of sound JSON.
 */
function exactNumbers(json: Sql): Sql {
  const inexact = String.raw`\.[0-9]+0\s*[,}\]]|[0-9][eE][-+]?[0-9]+\s*[,}\]]|[0-9]\.[0-9]{7}|[0-9]{10}\.[0-9]`;
  const tokens = String.raw`("(?:[^"\\]|\\.)*")|(-?[0-9]+(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?)`;
  const text = sql`${json}::VARCHAR`;
  const split = replaced(text, tokens, '\\1\u0001\\2\u0002');
  const marked = sql`replace(replace(replace(${split}, ${'\u0001\u0002'}, ''), ${'\u0001'}, ${`"${mark}`}), ${'\u0002'}, '"')`;
  return sql`CASE WHEN ${matchesPart(text, inexact)} THEN ${marked}::JSON ELSE ${json} END`;
}

/** The texts of values of `exactNumbers`: numbers as written; in nested values as text only where a double would lose digits. */
function exactTexts(values: Sql): Sql {
  const nested = replaced(sql`x`, `"${mark}(-?(?:[0-9]+|[0-9.]{1,16}(?:[eE][-+]?[0-9]{1,2})?))"`, '\\1');
  return sql`list_transform(${values}, lambda x: CASE WHEN NOT contains(x, ${mark}) THEN x
    WHEN ${matchesWhole(sql`x`, `${mark}-?[0-9][-+.0-9eE]*`)} THEN substr(x, 2) ELSE replace(${nested}, ${`"${mark}`}, '"') END)`;
}

/** The records below a path, their numbers as written. */
function recordsBelow(json: Sql, records: string): Sql {
  const found = sql`unnest(json_extract(${exactNumbers(json)}, ${`${jsonPath(records)}[*]`}))::VARCHAR`;
  return sql`${replaced(found, `"${mark}([^"]*)"`, '\\1')}::JSON`;
}

/** A key as a JSON pointer, which can name every key, the empty one too. */
function pointerTo(key: string): string {
  return `/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`;
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

/** Lines as text that the engine can hold: bytes that are no UTF-8, and NUL, are spelled out. Counts what lines are beyond ASCII. */
async function* legible(bytes: AsyncIterable<Uint8Array>, lines: { foreign: number; beyondAscii: number }): AsyncIterable<string> {
  const spelled = (line: Buffer): string => {
    if (!isAscii(line)) lines[isUtf8(line) ? 'beyondAscii' : 'foreign'] += 1;
    return spelledBytes(line).replaceAll('\0', '\\u0000');
  };
  let rest: Buffer[] = [];
  for await (const chunk of bytes) {
    const all = Buffer.from(chunk);
    let at = 0;
    let text = '';
    for (let end = all.indexOf(10); end !== -1; end = all.indexOf(10, at)) {
      text += spelled(Buffer.concat([...rest, all.subarray(at, end + 1)]));
      rest = [];
      at = end + 1;
    }
    rest.push(all.subarray(at));
    yield text;
  }
  yield spelled(Buffer.concat(rest));
}
