import { createHash } from 'node:crypto';
import type { CauseOf } from './constraints.js';

/** Something that happened to a key. `other` is the key that it came from or went into. */
export interface KeyEvent {
  readonly event: 'created' | 'merged' | 'split' | 'redirected';
  readonly key: string;
  readonly other: string | null;
  readonly cause: string;
}

export interface Keys {
  /** Cluster (its smallest record) → key. */
  readonly keyOf: ReadonlyMap<string, string>;
  readonly events: readonly KeyEvent[];
  /** Key that is no longer given → key that answers for it. */
  readonly redirects: ReadonlyMap<string, string>;
}

/**
 * Gives every cluster its key. A cluster inherits the key that most of its records had; where two clusters claim one key,
 * the one with more of its records keeps it. A cluster that inherits none gets the digest of its smallest record: a part
 * that a merge took in and that is split off again so gets its own key back.
 *
 * @param clusters cluster (its smallest record) → all its records
 * @param before record → key of the run before
 * @param causeOf which decision of people is behind a merge or a split; null where there are none
 * @param others keys of clusters that are not at hand
 */
export function inheritKeys(
  prefix: string,
  clusters: ReadonlyMap<string, readonly string[]>,
  before: ReadonlyMap<string, string>,
  causeOf: CauseOf | null = null,
  others: readonly string[] = [],
): Keys {
  const overlaps: { readonly cluster: string; readonly key: string; readonly records: number }[] = [];
  const clustersOfKey = new Map<string, { cluster: string; records: number }[]>();
  for (const [cluster, records] of clusters) {
    const counts = new Map<string, number>();
    for (const record of records) {
      const key = before.get(record);
      if (key !== undefined) counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    for (const [key, count] of counts) {
      overlaps.push({ cluster, key, records: count });
      const list = clustersOfKey.get(key) ?? [];
      list.push({ cluster, records: count });
      clustersOfKey.set(key, list);
    }
  }
  overlaps.sort((a, b) => b.records - a.records || compare(a.key, b.key) || compare(a.cluster, b.cluster));

  const origins = new Map<string, string>();
  const keyOf = new Map<string, string>();
  const taken = new Set(others);
  for (const { cluster, key } of overlaps) {
    if (!origins.has(cluster)) origins.set(cluster, key);
    if (keyOf.has(cluster) || taken.has(key)) continue;
    keyOf.set(cluster, key);
    taken.add(key);
  }

  const had = causeOf === null ? new Map<string, readonly string[]>() : recordsOf(before);
  const events: KeyEvent[] = [];
  for (const cluster of [...clusters.keys()].sort(compare)) {
    if (keyOf.has(cluster)) continue;
    const key = newKey(prefix, cluster, (k) => taken.has(k));
    keyOf.set(cluster, key);
    taken.add(key);
    const origin = origins.get(cluster);
    if (origin === undefined) events.push({ event: 'created', key, other: null, cause: `first record ${cluster}` });
    else
      events.push({
        event: 'split',
        key,
        other: origin,
        cause:
          partedBy(clusters.get(cluster) ?? [], had.get(origin) ?? []) ??
          `${clusters.get(cluster)?.length ?? 0} records are no longer linked to the rest`,
      });
  }

  const redirects = new Map<string, string>();
  for (const key of [...new Set(before.values())].sort(compare)) {
    if (taken.has(key)) continue;
    const heirs = [...(clustersOfKey.get(key) ?? [])].sort((a, b) => b.records - a.records || compare(a.cluster, b.cluster));
    const heir = heirs[0] === undefined ? undefined : keyOf.get(heirs[0].cluster);
    if (heir === undefined || heirs[0] === undefined) continue;
    redirects.set(key, heir);
    const decision = joinedBy(key, clusters.get(heirs[0].cluster) ?? []);
    events.push({ event: 'merged', key: heir, other: key, cause: decision ?? `${heirs[0].records} records joined` });
    events.push({ event: 'redirected', key, other: heir, cause: 'merged' });
  }
  return { keyOf, events, redirects };

  function partedBy(records: readonly string[], all: readonly string[]): string | null {
    const mine = new Set(records);
    return (
      causeOf?.(
        'split',
        records,
        all.filter((r) => !mine.has(r)),
      ) ?? null
    );
  }

  function joinedBy(key: string, records: readonly string[]): string | null {
    if (causeOf === null) return null;
    return causeOf(
      'merged',
      records.filter((r) => before.get(r) === key),
      records.filter((r) => before.get(r) !== key),
    );
  }
}

/** Key → the records that had it. */
function recordsOf(before: ReadonlyMap<string, string>): ReadonlyMap<string, readonly string[]> {
  const records = new Map<string, string[]>();
  for (const [record, key] of before) (records.get(key) ?? records.set(key, []).get(key))?.push(record);
  return records;
}

/** A key from a record's name: the same name, the same key, unless another cluster has it now. */
function newKey(prefix: string, record: string, isTaken: (key: string) => boolean): string {
  for (let attempt = 0; ; attempt++) {
    const digest = createHash('md5')
      .update(attempt === 0 ? record : `${record}#${attempt}`)
      .digest('hex');
    const key = `${prefix}_${digest.slice(0, 16)}`;
    if (!isTaken(key)) return key;
  }
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
