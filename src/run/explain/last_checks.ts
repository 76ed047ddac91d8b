import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { layout } from '../store/store.js';

const results = z.object({
  run_id: z.string(),
  status: z.enum(['success', 'partial', 'failed']),
  checks: z.array(
    z.object({ kind: z.string(), name: z.string(), status: z.enum(['pass', 'warn', 'fail']), broken: z.number(), message: z.string() }),
  ),
});

/** The checks of a run, as they were recorded. */
export type RecordedChecks = z.output<typeof results>;

/**
 * The verdicts of the newest run that came to judge, published or not: rules of severity `fail` and the keys of models. Read from
 * the run's own files, so no lock is needed. Null where no run has.
 */
export async function lastChecks(store: string): Promise<RecordedChecks | null> {
  const { runs } = layout(store);
  const names = (await readdir(runs).catch(() => [])).filter((name) => /^r\d+$/.test(name)).sort();
  for (const name of names.reverse()) {
    const text = await readFile(join(runs, name, 'run_results.json'), 'utf8').catch(() => null);
    const parsed = text === null ? null : results.safeParse(JSON.parse(text));
    // A run that failed before its checks has none; what it did not judge stands as it was judged before.
    if (parsed?.success === true && (parsed.data.status !== 'failed' || parsed.data.checks.length > 0)) return parsed.data;
  }
  return null;
}
