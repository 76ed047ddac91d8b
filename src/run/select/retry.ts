import { OnefoldError } from '../../base/errors.js';
import type { Project } from '../../config/project.js';
import { lastRunFolder, readRunResults } from '../artifacts.js';
import { layout } from '../store/store.js';
import { graphOf, reach } from './graph.js';

/**
 * What the last run left unfinished, as selectors: nodes that failed, were skipped, or broke a check, and all that is made
 * from them. Empty where nothing was.
 * @throws OnefoldError `NOT_FOUND` when there is no run, or it left nothing to begin from
 */
export async function unfinished(project: Project): Promise<readonly string[]> {
  const folder = await lastRunFolder(layout(project.store).runs);
  const last = folder === null ? null : await readRunResults(folder);
  if (last === null) {
    throw new OnefoldError(
      'NOT_FOUND',
      folder === null ? 'there is no run to retry' : 'the last run ended before it could say what it did',
      {
        hint: 'Type `onefold build`.',
      },
    );
  }
  const graph = graphOf(project);
  const failed = [...last.byNode].filter(([id, status]) => ['error', 'fail', 'skipped'].includes(status) && graph.byId.has(id));
  if (failed.length === 0 && last.error !== null) {
    throw new OnefoldError('NOT_FOUND', `the last run failed, but at none of its parts: ${last.error}`, { hint: 'Type `onefold build`.' });
  }
  const ids = failed.map(([id]) => id);
  return [...reach(ids, (id) => graph.children.get(id) ?? [], Number.POSITIVE_INFINITY)];
}
