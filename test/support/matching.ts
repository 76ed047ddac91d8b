import { z } from 'zod';
import { openReader } from '../../src/index.js';
import type { Matching } from '../../src/run/explain/matching.js';
import { matchingOf } from '../../src/run/explain/matching.js';
import { id, sql } from '../../src/sql/tag.js';
import { projectIn } from './project.js';
import { rowsIn } from './query.js';

/** What the last build of a project learned of the one entity that it matches. */
export async function matchingIn(dir: string): Promise<Matching> {
  const project = await projectIn(dir);
  const reader = await openReader(project.store);
  try {
    return await matchingOf(project, reader, undefined);
  } finally {
    reader.engine.close();
  }
}

/** The clusters of an entity that have at least so many records, each as its record ids. */
export async function clustersIn(dir: string, entity: string, least: number): Promise<readonly string[]> {
  const rows = await rowsIn(
    dir,
    sql`SELECT string_agg(record_id, ' ' ORDER BY record_id) AS ids FROM ${id('gold', `${entity}_crosswalk`)} GROUP BY ${id(`${entity}_key`)} HAVING count(*) >= ${least}`,
  );
  return rows.map((row) => z.object({ ids: z.string() }).parse(JSON.parse(row)).ids).sort();
}
