import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openProject, realEffects } from '../../src/index.js';
import { openStore } from '../../src/run/store/store.js';
import type { Sql } from '../../src/sql/tag.js';

/** Every row that a query gives of the warehouse of a project, as sorted JSON text. */
export async function rowsIn(dir: string, query: Sql): Promise<readonly string[]> {
  const engine = await openStore(await openProject(dir), realEffects());
  try {
    return (await engine.table(query)).rows.map((row) => JSON.stringify(row)).sort();
  } finally {
    engine.close();
  }
}

/** The published pointer, byte for byte. */
export function currentJson(dir: string): Promise<Buffer> {
  return readFile(join(dir, '.onefold', 'snapshots', 'current.json'));
}
