import { openReader } from '../../src/index.js';
import type { Matching } from '../../src/run/explain/matching.js';
import { matchingOf } from '../../src/run/explain/matching.js';
import { projectIn } from './project.js';

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
