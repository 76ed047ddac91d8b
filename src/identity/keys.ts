import { hash } from 'node:crypto';
import type { CauseOf } from './constraints.js';

/** Something that happened to a key. `other` is the key that it came from or went into. */
export interface KeyEvent {
  readonly event: 'created' | 'merged' | 'split' | 'redirected';
  readonly key: string;
  readonly other: string | null;
  readonly cause: string;
}

/** What is known of a key that is no longer given. */
export interface FormerKey {
  /** The key that answers for it. */
  readonly key: string;
  /** How many records had it when it was merged. */
  readonly records: number;
}

export interface Keys {
  /** Cluster (its smallest record) → key. */
  readonly keyOf: ReadonlyMap<string, string>;
  readonly events: readonly KeyEvent[];
  /** Keys that are given no longer, or that another answers for from now on. */
  readonly redirects: ReadonlyMap<string, FormerKey>;
}

/** What keys follow from beside the records. */
export interface KeysBefore {
  /** Which decision of people is behind a merge or a split; null where there are none. */
  readonly causeOf?: CauseOf | null;
  /** Keys of clusters that are not at hand. */
  readonly others?: readonly string[];
  /** Keys that are no longer given, as far as those of `before` answer for them. */
  readonly former?: ReadonlyMap<string, FormerKey>;
}

/**
 * Gives every cluster its key. A cluster inherits the key that most of its records had; where two clusters claim one key,
 * the one with more of its records keeps it. But a part that a merge had taken in, and that is split off again, claims none: it gets the key
 * back that it had before. A cluster that inherits none gets the digest of its smallest record.
 *
 * @param clusters cluster (its smallest record) → all its records
 * @param before record → key of the run before
 */
export function inheritKeys(
  prefix: string,
  clusters: ReadonlyMap<string, readonly string[]>,
  before: ReadonlyMap<string, string>,
  { causeOf = null, others = [], former = new Map<string, FormerKey>() }: KeysBefore = {},
): Keys {
  const overlaps: { readonly cluster: string; readonly key: string; readonly records: number }[] = [];
  const clustersOfKey = new Map<string, { cluster: string; records: number }[]>();
  for (const [cluster, records] of clusters) {
    for (const [key, count] of keysAmong(records, before)) {
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
  const { back, named } = partedAgain(prefix, clusters, before, clustersOfKey, former);
  for (const key of back.values()) taken.add(key);
  for (const { cluster, key } of overlaps) {
    if (!origins.has(cluster)) origins.set(cluster, key);
    if (keyOf.has(cluster) || back.has(cluster) || taken.has(key)) continue;
    keyOf.set(cluster, key);
    taken.add(key);
  }

  const had = causeOf === null ? new Map<string, readonly string[]>() : recordsOf(before);
  const events: KeyEvent[] = [];
  for (const cluster of [...clusters.keys()].sort(compare)) {
    if (keyOf.has(cluster)) continue;
    const key = back.get(cluster) ?? newKey(prefix, cluster, (k) => taken.has(k));
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

  const redirects = new Map<string, FormerKey>();
  for (const key of [...new Set(before.values())].sort(compare)) {
    if (taken.has(key)) continue;
    const heirs = [...(clustersOfKey.get(key) ?? [])].sort((a, b) => b.records - a.records || compare(a.cluster, b.cluster));
    const heir = heirs[0] === undefined ? undefined : keyOf.get(heirs[0].cluster);
    if (heir === undefined || heirs[0] === undefined) continue;
    redirects.set(key, { key: heir, records: heirs.reduce((sum, h) => sum + h.records, 0) });
    const decision = joinedBy(key, clusters.get(heirs[0].cluster) ?? []);
    events.push({ event: 'merged', key: heir, other: key, cause: decision ?? `${heirs[0].records} records joined` });
    events.push({ event: 'redirected', key, other: heir, cause: 'merged' });
  }
  // Other keys that were merged into a key which is split now go along with the records that they are named by.
  for (const [key, cluster] of [...named].sort(([a], [b]) => compare(a, b))) {
    const heir = keyOf.get(cluster);
    const was = former.get(key);
    if (heir === undefined || was === undefined || taken.has(key) || was.key === heir) continue;
    redirects.set(key, { key: heir, records: was.records });
    events.push({ event: 'redirected', key, other: heir, cause: 'split' });
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

/**
 * Of keys that several clusters claim: the clusters that get a key `back` that was merged into it, and the clusters in which former keys are
 * `named`, that is, those with the record whose digest a key is. A cluster gets a key back if most of its records came with such keys: the one that
 * most of them had. One cluster always goes on with the key that is claimed.
 */
function partedAgain(
  prefix: string,
  clusters: ReadonlyMap<string, readonly string[]>,
  before: ReadonlyMap<string, string>,
  clustersOfKey: ReadonlyMap<string, readonly { readonly cluster: string; readonly records: number }[]>,
  former: ReadonlyMap<string, FormerKey>,
): { readonly back: ReadonlyMap<string, string>; readonly named: ReadonlyMap<string, string> } {
  const [back, named] = [new Map<string, string>(), new Map<string, string>()];
  for (const [key, claims] of former.size === 0 ? [] : clustersOfKey) {
    if (claims.length < 2) continue;
    const claiming = claims.map(({ cluster, records }) => {
      const all = clusters.get(cluster) ?? [];
      const names = new Set(all.filter((record) => before.get(record) === key).map((record) => keyNamedBy(prefix, record)));
      const mine = [...names].flatMap((old) => {
        const was = former.get(old);
        return was?.key === key ? [{ old, records: was.records }] : [];
      });
      for (const { old } of mine) named.set(old, cluster);
      const came = mine.reduce((sum, m) => sum + m.records, 0);
      const isOfOthers = all.some((record) => (before.get(record) ?? key) !== key);
      const [most] = mine.sort((a, b) => b.records - a.records || compare(a.old, b.old));
      return { cluster, records, isNamer: names.has(key), old: isOfOthers || 2 * came <= records ? undefined : most?.old };
    });
    const [first] = claiming.sort(
      (a, b) => Number(b.isNamer) - Number(a.isNamer) || b.records - a.records || compare(a.cluster, b.cluster),
    );
    const stays = claiming.every(({ old }) => old !== undefined) ? first?.cluster : undefined;
    for (const { cluster, old } of claiming) if (old !== undefined && cluster !== stays) back.set(cluster, old);
  }
  return { back, named };
}

/** The keys that records had, each with how many. */
function keysAmong(records: readonly string[], before: ReadonlyMap<string, string>): ReadonlyMap<string, number> {
  let counts: Map<string, number> | null = null;
  for (const record of records) {
    const key = before.get(record);
    if (key === undefined) continue;
    counts ??= new Map();
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return counts ?? noKeys;
}

const noKeys: ReadonlyMap<string, number> = new Map();

/** Key → the records that had it. */
function recordsOf(before: ReadonlyMap<string, string>): ReadonlyMap<string, readonly string[]> {
  const records = new Map<string, string[]>();
  for (const [record, key] of before) (records.get(key) ?? records.set(key, []).get(key))?.push(record);
  return records;
}

/** A key from a record's name: the same name, the same key, unless another cluster has it now. */
function newKey(prefix: string, record: string, isTaken: (key: string) => boolean): string {
  for (let attempt = 0; ; attempt++) {
    const key = keyNamedBy(prefix, attempt === 0 ? record : `${record}#${attempt}`);
    if (!isTaken(key)) return key;
  }
}

function keyNamedBy(prefix: string, name: string): string {
  return `${prefix}_${hash('md5', name).slice(0, 16)}`;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
