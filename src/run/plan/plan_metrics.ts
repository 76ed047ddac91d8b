import { z } from 'zod';
import { OnefoldError } from '../../base/errors.js';
import type { Project } from '../../config/project.js';
import { metricTotals } from '../../gold/metrics.js';
import type { Reader } from '../../publish/reader.js';
import { openReader } from '../../publish/reader.js';
import { publishedIn } from '../../publish/snapshot.js';
import { sql } from '../../sql/tag.js';

/** A metric whose total would be another, one for each of its currencies. */
export interface MetricPlan {
  readonly metric: string;
  /** Of a metric that declares one. */
  readonly currency: string | null;
  /** The total as the engine writes it; null where there was none. */
  readonly before: string | null;
  readonly after: string | null;
}

const total = z.object({ name: z.string(), currency: z.string().nullable(), value: z.string().nullable() });
type Total = z.output<typeof total>;

/**
 * What every metric came to when a snapshot was published. A metric that was declared since is not there.
 */
export async function publishedMetrics({ engine, snapshot }: Reader): Promise<readonly Total[]> {
  if (publishedIn(snapshot, 'ops', 'metrics') === null) return [];
  return engine.rows(
    sql`SELECT name, currency, value FROM ops.metrics WHERE run_id = ${snapshot.run_id} ORDER BY name, currency NULLS LAST`,
    total,
  );
}

/** The metrics that come to something else in the snapshot of one store than in that of another, as the project declares them now. */
export async function metricPlans(project: Project, scratch: Project): Promise<readonly MetricPlan[]> {
  const before = await asked(project, publishedMetrics);
  const after = await asked(scratch, (reader) => standingMetrics(scratch, reader));
  const place = new Map(project.metrics.map((m, i) => [m.name, i]));
  const all = new Map([...before, ...after].map((t) => [placeOf(t), t]));
  const [then, now] = [valuesOf(before), valuesOf(after)];
  return [...all]
    .map(([at, { name, currency }]) => ({ metric: name, currency, before: then.get(at) ?? null, after: now.get(at) ?? null }))
    .filter((m) => plain(m.before) !== plain(m.after))
    .sort((a, b) => (place.get(a.metric) ?? place.size) - (place.get(b.metric) ?? place.size));
}

async function standingMetrics({ metrics }: Project, { engine, snapshot }: Reader): Promise<readonly Total[]> {
  const there = metrics.filter((m) => publishedIn(snapshot, 'gold', m.model) !== null);
  return there.length === 0 ? [] : engine.rows(metricTotals(there), total);
}

/** What the published snapshot of a store answers; nothing where nothing is published. */
async function asked({ store }: Project, ask: (reader: Reader) => Promise<readonly Total[]>): Promise<readonly Total[]> {
  const reader = await openReader(store).catch(noneIfUnpublished);
  if (reader === null) return [];
  try {
    return await ask(reader);
  } finally {
    reader.engine.close();
  }
}

function noneIfUnpublished(thrown: unknown): null {
  if (thrown instanceof OnefoldError && thrown.code === 'SNAPSHOT_NONE') return null;
  throw thrown;
}

/** A decimal without the zeros at its end: of another scale it is the same number. */
function plain(value: string | null): string | null {
  return value !== null && /^-?\d+\.\d+$/.test(value) ? value.replace(/\.?0+$/, '') : value;
}

function placeOf({ name, currency }: Total): string {
  return JSON.stringify([name, currency]);
}

function valuesOf(totals: readonly Total[]): ReadonlyMap<string, string | null> {
  return new Map(totals.map((t) => [placeOf(t), t.value]));
}
