import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Engine, Row } from '../../src/engine/engine.js';
import type { Project } from '../../src/index.js';
import { openProject, openReader, realEffects } from '../../src/index.js';
import { openStore } from '../../src/run/store/store.js';
import type { Sql } from '../../src/sql/tag.js';
import { id, sql } from '../../src/sql/tag.js';

/** Table → its rows as sorted text: what two stores are compared by. */
export type Canonical = Readonly<Record<string, readonly string[]>>;

const volatile = new Set(['_segment_id', '_first_seen_at', '_updated_at', '_ingested_at', '_batch_id', 'run_id']);
/** What tells how a state came about, rather than what it is. */
const history = /^identity\..*_events$|^gold\..*_redirects$/;

/**
 * Everything that a build left, so that two histories can be compared: the published gold, identity and quarantine, and
 * silver. Names of runs, segments and times are left out, and every key of an entity reads as the smallest record that
 * it stands for. Rows that are deleted, or quarantined no longer, are tables of their own (`… (deleted)`, `… (closed)`).
 */
export async function canonical(dir: string): Promise<Canonical> {
  const project = await openProject(dir);
  return { ...(await published(project.store)), ...(await silver(project)) };
}

/** The part that says what is, without what once was. */
export function present(all: Canonical): Canonical {
  return Object.fromEntries(Object.entries(all).filter(([name]) => !name.endsWith(')')));
}

/** The published tables of a store. @throws OnefoldError when nothing is published */
export async function published(store: string): Promise<Canonical> {
  const { snapshot, engine } = await openReader(store);
  try {
    const names = await keyNames(
      engine,
      snapshot.entities.map((e) => e.name),
    );
    const out: Record<string, readonly string[]> = {};
    for (const { schema, name } of snapshot.tables) {
      const full = `${schema}.${name}`;
      if (schema === 'ops' || history.test(full)) continue;
      if (schema === 'quarantine') {
        out[full] = await textOf(engine, sql`SELECT * FROM ${id(schema, name)} WHERE status = 'open'`, names);
        out[`${full} (closed)`] = await textOf(engine, sql`SELECT * FROM ${id(schema, name)} WHERE status <> 'open'`, names);
      } else out[full] = await textOf(engine, sql`SELECT * FROM ${id(schema, name)}`, names);
    }
    return out;
  } finally {
    engine.close();
  }
}

async function silver(project: Project): Promise<Canonical> {
  return inWarehouse(project, async (engine) => {
    const out: Record<string, readonly string[]> = {};
    for (const { name } of project.tables) {
      const table = id('silver', name);
      out[`silver.${name}`] = await textOf(engine, sql`SELECT * FROM ${table} WHERE _deleted_at IS NULL`, new Map());
      out[`silver.${name} (deleted)`] = await textOf(engine, sql`SELECT * FROM ${table} WHERE _deleted_at IS NOT NULL`, new Map());
    }
    return out;
  });
}

/** Looks into the warehouse of a project that nobody builds just now. */
export async function inWarehouse<T>(project: Project, look: (engine: Engine) => Promise<T>): Promise<T> {
  const engine = await openStore(project, realEffects());
  try {
    return await look(engine);
  } finally {
    engine.close();
  }
}

/** The rows that each query of the warehouse gives, as sorted text. */
export async function rowsOf(dir: string, queries: Readonly<Record<string, Sql>>): Promise<Canonical> {
  return inWarehouse(await openProject(dir), async (engine) => {
    const out: Record<string, readonly string[]> = {};
    for (const [name, query] of Object.entries(queries)) out[name] = await textOf(engine, query, new Map());
    return out;
  });
}

/** The one number that a query gives as `n`. */
export async function numberIn(engine: Engine, query: Sql): Promise<number> {
  const [row] = await engine.rows(query, z.object({ n: z.coerce.number() }));
  if (row === undefined) throw new Error('the query gives no row');
  return row.n;
}

/** The published pointer, byte for byte. */
export function currentJson(dir: string): Promise<Buffer> {
  return readFile(join(dir, '.onefold', 'snapshots', 'current.json'));
}

/** Key → the smallest record of its cluster. */
async function keyNames(engine: Engine, entities: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const out = new Map<string, string>();
  for (const entity of entities) {
    const rows = await engine.rows(
      sql`SELECT ${id(`${entity}_key`)} AS key, min(record) AS name FROM ${id('gold', `${entity}_crosswalk`)} GROUP BY ALL`,
      z.object({ key: z.string(), name: z.string() }),
    );
    for (const { key, name } of rows) out.set(key, `the ${entity} of ${name}`);
  }
  return out;
}

async function textOf(engine: Engine, query: Sql, names: ReadonlyMap<string, string>): Promise<readonly string[]> {
  const { rows } = await engine.table(query);
  return rows.map((row) => JSON.stringify(spelled(row, names))).sort();
}

function spelled(row: Row, names: ReadonlyMap<string, string>): Row {
  return Object.fromEntries(
    Object.entries(row)
      .filter(([column]) => !volatile.has(column))
      .map(([column, value]) => [
        column,
        column === '_deleted_at' ? value !== null : typeof value === 'string' ? (names.get(value) ?? value) : value,
      ]),
  );
}
