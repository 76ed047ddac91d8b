import { join, resolve } from 'node:path';
import { OnefoldError } from '../../base/errors.js';
import type { Project } from '../../config/project.js';
import { readCurrent } from '../../publish/snapshot.js';
import { fingerprintsOf, lastRunFolder, readManifest, readRunResults } from '../artifacts.js';
import { layout } from '../store/store.js';
import type { Graph } from './graph.js';
import type { Selection } from './select.js';
import { selectNodes } from './select.js';

/** What to select, and what to compare with. */
export interface Selecting {
  readonly select?: readonly string[] | undefined;
  readonly exclude?: readonly string[] | undefined;
  readonly state?: string | undefined;
}

/**
 * The nodes of a project that selectors choose. `state:` compares with the published snapshot's run, `result:` with the last
 * run, or both with the files in the folder `state`.
 * @throws OnefoldError `USAGE`
 */
export async function selectIn(
  project: Pick<Project, 'store'>,
  graph: Graph,
  { select = [], exclude = [], state }: Selecting,
): Promise<Selection> {
  const texts = [...select, ...exclude].join(' ');
  const folder = state === undefined ? undefined : resolve(state);
  return selectNodes(graph, select, exclude, {
    now: texts.includes('state:') ? fingerprintsOf(graph) : new Map(),
    before: texts.includes('state:') ? await manifestBefore(project.store, folder) : null,
    results: texts.includes('result:') ? await resultsBefore(project.store, folder) : null,
  });
}

async function manifestBefore(store: string, folder: string | undefined): Promise<ReadonlyMap<string, string> | null> {
  if (folder !== undefined) {
    const found = await readManifest(folder);
    if (found === null) throw new OnefoldError('USAGE', `there is no manifest.json in ${folder}`);
    return found;
  }
  const current = await readCurrent(layout(store).snapshots);
  return current === null ? null : readManifest(join(layout(store).runs, current.run_id));
}

async function resultsBefore(store: string, folder: string | undefined): Promise<ReadonlyMap<string, string> | null> {
  const from = folder ?? (await lastRunFolder(layout(store).runs));
  return from === null ? null : ((await readRunResults(from))?.byNode ?? null);
}
