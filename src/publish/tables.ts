import { createHash } from 'node:crypto';
import { mkdir, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { z } from 'zod';
import { publishFiles } from '../base/durable.js';
import type { Effects } from '../base/effects.js';
import type { Engine } from '../engine/engine.js';
import { copyToParquet, hashed, rowsInOrder, setDigest } from '../engine/functions.js';
import type { Sql } from '../sql/tag.js';
import { id, join as joinSql, sql } from '../sql/tag.js';
import type { SnapshotTable, SnapshotView } from './snapshot.js';
import { filesOf } from './snapshot.js';

/**
 * The versions of tables as they stand in the warehouse, with their columns and the number of their rows, in the order asked for.
 * `tells` are the columns that tell the content where the others follow from them; all of them if left out.
 */
export async function versionsOf(
  engine: Engine,
  tables: readonly { readonly schema: string; readonly name: string; readonly tells?: (column: string) => boolean }[],
): Promise<readonly SnapshotTable[]> {
  if (tables.length === 0) return [];
  const described = await columnsOfAll(
    engine,
    tables.map(({ schema, name }) => id(schema, name)),
  );
  const shaped = tables.map(({ schema, name, tells }, i) => {
    const columns = described[i] ?? [];
    return { schema, name, columns, telling: tells === undefined ? columns : columns.filter((c) => tells(c.name)) };
  });
  const contents = await engine.rows(
    sql`${joinSql(
      shaped.map(
        ({ schema, name, telling }, i) =>
          sql`SELECT ${i}::INTEGER AS i, ${setDigest(sql`x`)} AS digest, count(*)::DOUBLE AS rows
            FROM (SELECT ${hashed(joinSql(telling.map((c) => id(c.name))))} AS x FROM ${id(schema, name)})`,
      ),
      ' UNION ALL ',
    )} ORDER BY i`,
    z.object({ digest: z.string(), rows: z.number() }),
  );
  return shaped.map(({ schema, name, columns, telling }, i) => {
    const content = contents[i];
    const version = createHash('sha256')
      .update(JSON.stringify([columns, content?.digest]))
      .digest('hex')
      .slice(0, 20);
    return {
      ...{ schema, name, version, file: `tables/${schema}.${name}/${version}.parquet`, changes: null },
      ...{ rows: content?.rows ?? 0, digest: content?.digest ?? '', told_by: telling.map((c) => c.name), columns },
    };
  });
}

/** The columns of a table or view, in their order. */
export async function columnsOf(engine: Engine, relation: Sql): Promise<SnapshotTable['columns']> {
  const [columns = []] = await columnsOfAll(engine, [relation]);
  return columns;
}

/** The columns of each of some tables and views. The catalogue's own list of columns is slow where there are many tables. */
async function columnsOfAll(engine: Engine, relations: readonly Sql[]): Promise<readonly SnapshotTable['columns'][]> {
  const each = relations.map(
    (relation, i) =>
      sql`SELECT ${i}::INTEGER AS i, row_number() OVER () AS place, column_name AS name, column_type AS type FROM (DESCRIBE ${relation})`,
  );
  const found = await engine.rows(
    sql`SELECT i, name, type FROM (${joinSql(each, ' UNION ALL ')}) ORDER BY i, place`,
    z.object({ i: z.number(), name: z.string(), type: z.string() }),
  );
  const columns = relations.map((): { name: string; type: string }[] => []);
  for (const { i, name, type } of found) columns[i]?.push({ name, type });
  return columns;
}

/** A view as it stands in the warehouse. `asOf` is what now is, for one that asks; else null. `vars` are those that it asks for. */
export async function viewOf(
  engine: Engine,
  schema: string,
  name: string,
  asOf: Date | null,
  vars: SnapshotView['vars'],
): Promise<SnapshotView> {
  const [found] = await engine.rows(
    sql`SELECT sql FROM duckdb_views() WHERE schema_name = ${schema} AND view_name = ${name}`,
    z.object({ sql: z.string() }),
  );
  // The engine spells a view as CREATE VIEW name AS select;
  const text = found?.sql ?? '';
  const select = text.slice(text.indexOf(' AS ') + ' AS '.length).replace(/;\s*$/, '');
  const columns = await columnsOf(engine, id(schema, name));
  const version = createHash('sha256')
    .update(JSON.stringify([columns, select, asOf?.toISOString() ?? null, vars]))
    .digest('hex')
    .slice(0, 20);
  return { schema, name, version, sql: select, vars, columns };
}

/** A table of fewer rows is written whole: nothing is quicker. */
const fewRows = 30_000;
/** Where a larger share of its rows has changed since its file was written, a table is written whole again, and readers have one file to read. */
const muchChanged = 1 / 10;

/** Columns that changes need beside those of the table: where a row that went is in the file, and the number of a row's content. */
const place = 'file_row_number';
const wentFrom = '_went_from';
const content = '_content';

/** The changes that are being written: a temporary table. */
const changed = sql`snapshot_changes`;

/** The rows of a published table. */
export function rowsOf(folder: string, { file, changes, columns }: SnapshotTable): Sql {
  const names = joinSql(columns.map((c) => id(c.name)));
  const whole = join(folder, file);
  if (changes === null) return sql`SELECT ${names} FROM read_parquet(${whole})`;
  const since = sql`read_parquet(${join(folder, changes.file)})`;
  return sql`SELECT ${names} FROM read_parquet(${whole}, file_row_number = true) f
    ANTI JOIN (SELECT ${id(wentFrom)} FROM ${since} WHERE ${id(wentFrom)} IS NOT NULL) w ON w.${id(wentFrom)} = f.${id(place)}
    UNION ALL SELECT ${names} FROM ${since} WHERE ${id(wentFrom)} IS NULL`;
}

/**
 * Writes the versions of tables that are not there, and returns where each is. Nothing reads the files before a manifest names them.
 * @param published what readers see now: of a large table only what has changed since its file was written is written
 */
export async function writeTables(
  engine: Engine,
  effects: Effects,
  folder: string,
  what: string,
  tables: readonly SnapshotTable[],
  published: ReadonlyMap<string, SnapshotTable>,
): Promise<readonly SnapshotTable[]> {
  const written: { readonly from: string; readonly to: string }[] = [];
  const out: SnapshotTable[] = [];
  for (const table of tables) {
    const standing = published.get(`${table.schema}.${table.name}`);
    const there = await firstThere(folder, [...(standing?.version === table.version ? [standing] : []), table]);
    if (there !== null) {
      out.push(there);
      continue;
    }
    const since = standing === undefined ? null : await changesSince(engine, folder, standing, table);
    const one = since?.table ?? table;
    const to = join(folder, one.changes?.file ?? one.file);
    const from = `${to}.tmp`;
    await mkdir(dirname(to), { recursive: true });
    await engine.run(copyToParquet(since?.rows ?? rowsInOrder(id(table.schema, table.name), table.rows), from));
    written.push({ from, to });
    out.push(one);
  }
  await engine.run(sql`DROP TABLE IF EXISTS ${changed}`);
  if (written.length > 0) await publishFiles(effects, `snapshot:${what}`, written);
  return out;
}

/** The first of some descriptions of a table whose files are there. */
async function firstThere(folder: string, tables: readonly SnapshotTable[]): Promise<SnapshotTable | null> {
  for (const table of tables) {
    const there = await Promise.all(filesOf(table).map((file) => stat(join(folder, file)).catch(() => null)));
    if (!there.includes(null)) return table;
  }
  return null;
}

/**
 * What of a table differs from the file that its published version rests on, rows told apart by the numbers of their content; null where that
 * is too much, or can't be told. Rows that are there more than once can't: sums that don't meet then say so.
 */
async function changesSince(
  engine: Engine,
  folder: string,
  standing: SnapshotTable,
  table: SnapshotTable,
): Promise<{ readonly table: SnapshotTable; readonly rows: Sql } | null> {
  const since = standing.changes?.since ?? standing.digest;
  const base = { ...standing, changes: null };
  const shape = (t: SnapshotTable): string => JSON.stringify([t.columns, t.told_by]);
  if (table.rows < fewRows || since === '' || shape(table) !== shape(standing)) return null;
  if (table.columns.some((c) => [place, wentFrom, content].includes(c.name.toLowerCase()))) return null;
  if ((await firstThere(folder, [base])) === null) return null;
  const numbered = sql`${hashed(joinSql(table.told_by.map((name) => id(name))))} AS ${id(content)}`;
  await engine.run(
    sql`CREATE OR REPLACE TEMP TABLE ${changed} AS
      SELECT ${joinSql(table.columns.map((c) => sql`t.${id(c.name)}`))}, f.${id(wentFrom)}, COALESCE(t.${id(content)}, f.${id(content)}) AS ${id(content)}
      FROM (SELECT *, ${numbered} FROM ${id(table.schema, table.name)}) t
      FULL JOIN (SELECT ${numbered}, ${id(place)} AS ${id(wentFrom)} FROM read_parquet(${join(folder, base.file)}, file_row_number = true)) f
        ON f.${id(content)} = t.${id(content)}
      WHERE t.${id(content)} IS NULL OR f.${id(content)} IS NULL LIMIT ${Math.floor(table.rows * muchChanged) + 1}`,
  );
  const digestOf = (which: Sql): Sql => sql`(SELECT ${setDigest(id(content))} FROM ${changed} WHERE ${id(wentFrom)} IS ${which})`;
  const [sums] = await engine.rows(
    sql`SELECT ${digestOf(sql`NULL`)} AS came, ${digestOf(sql`NOT NULL`)} AS went`,
    z.object({ came: z.string(), went: z.string() }),
  );
  if (sums === undefined || added(since, sums.came) !== added(table.digest, sums.went)) return null;
  const file = `tables/${table.schema}.${table.name}/${table.version}.since.${basename(base.file)}`;
  return { table: { ...table, file: base.file, changes: { file, since } }, rows: sql`SELECT * EXCLUDE (${id(content)}) FROM ${changed}` };
}

/** The digest of two sets of rows together: each part of a digest is a sum. */
function added(one: string, other: string): string {
  const parts = other.split('-');
  return one
    .split('-')
    .map((part, i) => BigInt(part) + BigInt(parts[i] ?? 0))
    .join('-');
}
