import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openProject, realEffects } from '../../src/index.js';
import { openStore } from '../../src/run/store/store.js';
import type { Sql } from '../../src/sql/tag.js';

/** Every row that queries give of the warehouse of a project, as sorted JSON text. */
export async function rowsIn(dir: string, ...queries: readonly Sql[]): Promise<readonly string[]> {
  const engine = await openStore(await openProject(dir), realEffects());
  try {
    const told: string[] = [];
    for (const query of queries) told.push(...(await engine.table(query)).rows.map((row) => JSON.stringify(row)));
    return told.sort();
  } finally {
    engine.close();
  }
}

/** The published pointer, byte for byte. */
export function currentJson(dir: string): Promise<Buffer> {
  return readFile(join(dir, '.onefold', 'snapshots', 'current.json'));
}
