import { z } from 'zod';
import type { Engine } from '../engine/engine.js';
import type { Sql } from '../sql/tag.js';
import { id, join, sql } from '../sql/tag.js';
import type { Snapshot, SnapshotTable, SnapshotView } from './snapshot.js';
import { rowsOf } from './tables.js';

/** How one published table or view differs between two snapshots. Rows are counted, those of tables only; none is shown. */
export interface TableChange {
  readonly table: string;
  readonly change: 'new' | 'changed' | 'removed';
  readonly rows_before: number;
  readonly rows_after: number;
  readonly added: number;
  readonly removed: number;
  /** Rows whose key stands in both and whose values differ; null where the table has no known key. */
  readonly changed: number | null;
  /** Column → rows in which it differs, of those that changed. */
  readonly columns: Readonly<Record<string, number>>;
  /** Columns that came, went or have another type. */
  readonly shape: readonly string[];
}

/** Says which run wrote a row, and so differs where nothing else does. */
const volatile = new Set(['run_id']);

const numeric = /^(DECIMAL|U?(TINY|SMALL|BIG|HUGE)?INT)/;

interface Side {
  readonly snapshot: Snapshot | null;
  /** Folder of its snapshots. */
  readonly folder: string;
}

/**
 * How the published tables differ between two snapshots, those of `ops` left out.
 * @param keyOf the key of a table (`schema.name`), or nothing when it has none
 */
export async function compareSnapshots(
  engine: Engine,
  before: Side,
  after: Side,
  keyOf: (table: string) => readonly string[],
): Promise<readonly TableChange[]> {
  const tables = ({ snapshot }: Side): ReadonlyMap<string, SnapshotTable> =>
    new Map((snapshot?.tables ?? []).filter((t) => t.schema !== 'ops').map((t) => [`${t.schema}.${t.name}`, t]));
  const [a, b] = [tables(before), tables(after)];
  const out: TableChange[] = [];
  for (const table of [...new Set([...a.keys(), ...b.keys()])].sort()) {
    const [old, now] = [a.get(table), b.get(table)];
    if (old?.version === now?.version) continue;
    if (old === undefined || now === undefined) {
      const [was, is] = [old?.rows ?? 0, now?.rows ?? 0];
      const change = old === undefined ? 'new' : 'removed';
      out.push({ table, change, rows_before: was, rows_after: is, added: is, removed: was, changed: 0, columns: {}, shape: [] });
      continue;
    }
    const counted = await compareTables(engine, old, now, [rowsOf(before.folder, old), rowsOf(after.folder, now)], keyOf(table));
    const shape = shapeChanges(old, now);
    if (counted.added + counted.removed + (counted.changed ?? 0) + shape.length === 0) continue;
    out.push({ table, change: 'changed', rows_before: old.rows, rows_after: now.rows, ...counted, shape });
  }
  return withViews(out, before.snapshot, after.snapshot);
}

/** Puts in the views that differ: they hold no rows, so only what they are can be told. */
function withViews(tables: readonly TableChange[], before: Snapshot | null, after: Snapshot | null): readonly TableChange[] {
  const named = (snapshot: Snapshot | null): ReadonlyMap<string, SnapshotView> =>
    new Map((snapshot?.views ?? []).map((v) => [`${v.schema}.${v.name}`, v]));
  const [a, b] = [named(before), named(after)];
  const views = [...new Set([...a.keys(), ...b.keys()])].flatMap((table): readonly TableChange[] => {
    const [old, now] = [a.get(table), b.get(table)];
    if (old?.version === now?.version) return [];
    const none = { rows_before: 0, rows_after: 0, added: 0, removed: 0, changed: null, columns: {} };
    const other = tables.find((t) => t.table === table);
    if (other !== undefined) return [{ ...other, change: 'changed', shape: [now === undefined ? 'a view → a table' : 'a table → a view'] }];
    if (old === undefined) return [{ table, change: 'new', ...none, shape: ['a view'] }];
    if (now === undefined) return [{ table, change: 'removed', ...none, shape: ['a view'] }];
    const shape = shapeChanges(old, now);
    return [{ table, change: 'changed', ...none, shape: shape.length > 0 ? ['a view', ...shape] : ['a view', 'asks something else'] }];
  });
  const told = new Set(views.map((v) => v.table));
  return [...tables.filter((t) => !told.has(t.table)), ...views].sort((x, y) => (x.table < y.table ? -1 : 1));
}

function shapeChanges(before: Pick<SnapshotTable, 'columns'>, after: Pick<SnapshotTable, 'columns'>): readonly string[] {
  const then = new Map(before.columns.map((c) => [c.name, c.type]));
  const now = new Map(after.columns.map((c) => [c.name, c.type]));
  return [...new Set([...then.keys(), ...now.keys()])].flatMap((name) => {
    if (!now.has(name)) return [`${name} removed`];
    if (!then.has(name)) return [`${name} added (${now.get(name)})`];
    return then.get(name) === now.get(name) ? [] : [`${name}: ${then.get(name)} → ${now.get(name)}`];
  });
}

async function compareTables(
  engine: Engine,
  before: SnapshotTable,
  after: SnapshotTable,
  [oldRows, newRows]: readonly [Sql, Sql],
  key: readonly string[],
): Promise<Pick<TableChange, 'added' | 'removed' | 'changed' | 'columns'>> {
  const shared = after.columns.map((c) => c.name).filter((name) => !volatile.has(name) && before.columns.some((c) => c.name === name));
  const keyed = key.length > 0 && key.every((k) => shared.includes(k));
  const number = z.object({ n: z.number() });
  const count = async (query: Sql): Promise<number> => (await engine.rows(query, number))[0]?.n ?? 0;
  const typeOf = (table: SnapshotTable, name: string): string => table.columns.find((c) => c.name === name)?.type ?? '';
  // A column whose type has changed is compared by what it says, but for numbers, which are compared as such.
  const asText = (name: string): boolean =>
    typeOf(before, name) !== typeOf(after, name) && !(numeric.test(typeOf(before, name)) && numeric.test(typeOf(after, name)));
  const rows = (of: Sql): Sql =>
    sql`SELECT ${join(shared.map((c) => (asText(c) ? sql`${id(c)}::VARCHAR AS ${id(c)}` : id(c))))} FROM (${of})`;
  if (!keyed) {
    const only = (a: Sql, b: Sql): Sql => sql`SELECT count(*)::DOUBLE AS n FROM ((${rows(a)}) EXCEPT ALL (${rows(b)}))`;
    return { added: await count(only(newRows, oldRows)), removed: await count(only(oldRows, newRows)), changed: null, columns: {} };
  }
  const same = join(
    key.map((k) => sql`a.${id(k)} IS NOT DISTINCT FROM b.${id(k)}`),
    ' AND ',
  );
  const lacking = (a: Sql, b: Sql): Sql => sql`SELECT count(*)::DOUBLE AS n FROM (${rows(a)}) a ANTI JOIN (${rows(b)}) b ON ${same}`;
  const values = shared.filter((c) => !key.includes(c));
  const differs = values.map((c) => sql`a.${id(c)} IS DISTINCT FROM b.${id(c)}`);
  const columns =
    values.length === 0
      ? []
      : await engine.rows(
          sql`SELECT count(*) FILTER (${join(differs, ' OR ')})::DOUBLE AS changed, ${join(
            differs.map((d, i) => sql`count(*) FILTER (${d})::DOUBLE AS ${id(`n${i}`)}`),
          )} FROM (${rows(oldRows)}) a JOIN (${rows(newRows)}) b ON ${same}`,
          z.record(z.string(), z.number()),
        );
  const [counts = {}] = columns;
  return {
    added: await count(lacking(newRows, oldRows)),
    removed: await count(lacking(oldRows, newRows)),
    changed: counts['changed'] ?? 0,
    columns: Object.fromEntries(values.map((c, i) => [c, counts[`n${i}`] ?? 0] as const).filter(([, n]) => n > 0)),
  };
}
