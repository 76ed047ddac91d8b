import type { SourceRecord } from '../contract.js';
import type { NetsuiteStream } from './options.js';

/** What of a stream is asked for: changed at or after a time, before another, behind the last row that came. */
export interface Stretch {
  readonly since: string | null;
  readonly until: string | null;
  /** The key of the last row. */
  readonly after: readonly string[] | null;
}

export const everything: Stretch = { since: null, until: null, after: null };

const format = 'YYYY-MM-DD HH24:MI:SS';

/**
 * The rows of a stream, in the order of its key. NetSuite gives no more than 100,000 rows of one query, however it is paged, so each
 * page is a query of its own for what is behind the last row. @param backwards in the opposite order
 */
export function rowsQuery(stream: NetsuiteStream, stretch: Stretch, backwards = false): string {
  const { columns, key } = stream;
  const name = sourceName(stream);
  const times = timesOf(stream);
  const plain = columns === undefined ? ['*'] : [...new Set([...columns, ...key])].filter((c) => !times.includes(c));
  const spelled = times.map((column, i) => `TO_CHAR(${name}.${column}, '${format}') AS ${timeAlias(i)}`);
  const order = key.map((column) => `${name}.${column}${backwards ? ' DESC' : ''}`);
  return `SELECT ${[...plain.map((column) => `${name}.${column}`), ...spelled].join(', ')} ${fromWhere(stream, stretch)} ORDER BY ${order.join(', ')}`;
}

/** How many rows there are, as `n`. */
export function countQuery(stream: NetsuiteStream, stretch: Stretch): string {
  return `SELECT COUNT(*) AS n ${fromWhere(stream, stretch)}`;
}

/** Records that are gone, as `recordid`. */
export function deletedQuery(types: readonly string[], { since, until, after }: Stretch): string {
  const conditions = [
    `deletedrecord.type IN (${types.map(literal).join(', ')})`,
    ...between('deletedrecord.deleteddate', since, until),
    ...(after === null ? [] : [behind(['deletedrecord.recordid'], after)]),
  ];
  return `SELECT deletedrecord.recordid FROM deletedrecord WHERE ${conditions.join(' AND ')} ORDER BY deletedrecord.recordid`;
}

/** A record with its times spelled out under their own names, and without what NetSuite adds. */
export function recordOf(stream: NetsuiteStream, item: SourceRecord): SourceRecord {
  const times = timesOf(stream);
  const aliases = new Set(times.map((_, i) => timeAlias(i)));
  const own = Object.entries(item).filter(([column]) => column !== 'links' && !aliases.has(column) && !times.includes(column));
  const spelled = times.flatMap((column, i) => (item[timeAlias(i)] == null ? [] : [[column, item[timeAlias(i)]] as const]));
  return Object.fromEntries([...own, ...spelled]);
}

/** Columns that are read as times. */
function timesOf({ cursor, dates, columns }: NetsuiteStream): readonly string[] {
  const wanted = dates.filter((date) => columns === undefined || columns.includes(date));
  return [...new Set([...(cursor === undefined ? [] : [cursor]), ...wanted])];
}

function timeAlias(i: number): string {
  return `onefold_time_${i}`;
}

/** What columns are qualified by: a table's own name, so that `where` may use it. */
function sourceName({ table }: NetsuiteStream): string {
  return table ?? 'q';
}

function fromWhere(stream: NetsuiteStream, { since, until, after }: Stretch): string {
  const { table, suiteql, where, key, cursor } = stream;
  const name = sourceName(stream);
  const conditions = [
    ...(where === undefined ? [] : [`(${where})`]),
    ...(cursor === undefined ? [] : between(`${name}.${cursor}`, since, until)),
    ...(after === null
      ? []
      : [
          behind(
            key.map((column) => `${name}.${column}`),
            after,
          ),
        ]),
  ];
  const from = table ?? `(${suiteql ?? ''}) q`;
  return `FROM ${from}${conditions.length === 0 ? '' : ` WHERE ${conditions.join(' AND ')}`}`;
}

function between(column: string, since: string | null, until: string | null): readonly string[] {
  return [...(since === null ? [] : [`${column} >= ${time(since)}`]), ...(until === null ? [] : [`${column} < ${time(until)}`])];
}

/**
 * Rows behind one in the order of several columns. Values are texts: beside a number NetSuite's database reads a text as one, and beside
 * a text it compares texts, so the type of the column need not be known.
 */
function behind(columns: readonly string[], last: readonly string[]): string {
  const ways = columns.map((column, i) => {
    const same = columns.slice(0, i).map((before, j) => `${before} = ${literal(last[j] ?? '')}`);
    const way = [...same, `${column} > ${literal(last[i] ?? '')}`].join(' AND ');
    return columns.length === 1 ? way : `(${way})`;
  });
  return ways.length === 1 ? (ways[0] ?? '') : `(${ways.join(' OR ')})`;
}

/** A time as it came, or one in ISO 8601. */
function time(text: string): string {
  const clock = text.length === 10 ? `${text} 00:00:00` : text.slice(0, 19).replace('T', ' ');
  return `TO_DATE(${literal(clock)}, '${format}')`;
}

function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
