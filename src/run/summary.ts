import { z } from 'zod';
import type { Project } from '../config/project.js';
import type { Engine } from '../engine/engine.js';
import { id, join, sql } from '../sql/tag.js';
import { standingRelations } from './nodes.js';

/** What a table holds now, and what of it is set aside and why. */
export interface TableSummary {
  readonly name: string;
  readonly rows: number;
  readonly quarantined: number;
  /** Reason → rows; a row with three reasons counts under each. */
  readonly reasons: Readonly<Record<string, number>>;
  /** Rules that only warn, with how many rows broke them when they were last judged. */
  readonly warned: Readonly<Record<string, number>>;
  /** What the whole column proved, for columns that ask, with how many values prove which answer. */
  readonly inferred: readonly { readonly column: string; readonly verdict: string; readonly evidence: Readonly<Record<string, number>> }[];
}

/** How many records an entity has and how many entities they are. */
export interface EntitySummary {
  readonly name: string;
  readonly records: number;
  readonly entities: number;
  /** Links by what was decided about them. */
  readonly links: Readonly<Record<string, number>>;
  readonly unlinked_references: number;
}

const count = z.object({ n: z.number() });
const named = z.object({ name: z.string(), n: z.number() });

/** What stands in the warehouse after a build. */
export async function summarise(
  engine: Engine,
  project: Project,
): Promise<{ readonly tables: readonly TableSummary[]; readonly entities: readonly EntitySummary[] }> {
  const standing = await standingRelations(engine);
  const tables: TableSummary[] = [];
  for (const { name } of project.tables.filter((t) => standing.has(`silver.${t.name}`))) {
    const [rows] = await engine.rows(sql`SELECT count(*)::DOUBLE AS n FROM ${id('silver', name)} WHERE _deleted_at IS NULL`, count);
    const [aside] = await engine.rows(sql`SELECT count(*)::DOUBLE AS n FROM ${id('quarantine', name)} WHERE status = 'open'`, count);
    const reasons = await engine.rows(
      sql`SELECT reason AS name, count(*)::DOUBLE AS n FROM (SELECT unnest(reasons) AS reason FROM ${id('quarantine', name)} WHERE status = 'open') GROUP BY 1 ORDER BY 2 DESC, 1`,
      named,
    );
    const warned = await engine.rows(
      sql`SELECT rule AS name, arg_max(broken, run_id)::DOUBLE AS n FROM ops.rules WHERE table_name = ${name} AND severity = 'warn' GROUP BY rule HAVING n > 0 ORDER BY rule`,
      named,
    );
    tables.push({
      warned: Object.fromEntries(warned.map((w) => [w.name, w.n])),
      name,
      rows: rows?.n ?? 0,
      quarantined: aside?.n ?? 0,
      reasons: Object.fromEntries(reasons.map((r) => [r.name, r.n])),
      inferred: await inferred(engine, name),
    });
  }
  const entities: EntitySummary[] = [];
  for (const { name } of project.entities.filter((e) => standing.has(`gold.${e.name}`))) {
    const [records] = await engine.rows(sql`SELECT count(*)::DOUBLE AS n FROM ${id('gold', `${name}_crosswalk`)}`, count);
    const [golden] = await engine.rows(sql`SELECT count(*)::DOUBLE AS n FROM ${id('gold', name)}`, count);
    const links = await engine.rows(
      sql`SELECT decision AS name, count(*)::DOUBLE AS n FROM ${id('identity', `${name}_links`)} GROUP BY 1 ORDER BY 1`,
      named,
    );
    const [unlinked] = await engine.rows(
      sql`SELECT count(*)::DOUBLE AS n FROM ${id('identity', `${name}_references`)} WHERE ${id(`${name}_key`)} IS NULL`,
      count,
    );
    entities.push({
      name,
      records: records?.n ?? 0,
      entities: golden?.n ?? 0,
      links: Object.fromEntries(links.map((l) => [l.name, l.n])),
      unlinked_references: unlinked?.n ?? 0,
    });
  }
  return { tables, entities };
}

/** What the whole columns of a table proved, for columns that ask, with how many values prove which answer. */
export async function inferred(engine: Engine, table: string): Promise<TableSummary['inferred']> {
  const verdicts = await engine.rows(
    sql`SELECT fingerprint FROM ops.tables WHERE schema_name = 'verdicts' AND table_name = ${table}`,
    z.object({ fingerprint: z.string() }),
  );
  const known = z.record(z.string(), z.string()).parse(JSON.parse(verdicts[0]?.fingerprint ?? '{}'));
  const out: { column: string; verdict: string; evidence: Record<string, number> }[] = [];
  for (const [column, verdict] of Object.entries(known)) {
    const readings = await engine.rows(
      sql`SELECT reading AS name, sum(rows)::DOUBLE AS n FROM ops.inference WHERE ${join([sql`table_name = ${table}`, sql`column_name = ${column}`], ' AND ')} GROUP BY 1 ORDER BY 1`,
      named,
    );
    out.push({ column, verdict, evidence: Object.fromEntries(readings.map((r) => [r.name, r.n])) });
  }
  return out;
}
