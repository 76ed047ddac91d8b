import { approximatelyDistinct, hashed, inNfc, invisiblePattern, matchesPart, trimmed } from '../engine/functions.js';
import type { Sql } from '../sql/tag.js';
import { id, join, sql } from '../sql/tag.js';

/*
 * What a profile asks, as queries. Counts and shapes say how clean a column is without showing anybody's data: a shape is a
 * text with every letter and digit masked. Values are asked for by themselves, for columns whose values are no secret.
 */

/** A column of a silver table, as a profile sees it. */
export interface ProfiledColumn {
  readonly name: string;
  readonly type: string;
}

/** Tables up to this many rows are counted exactly; of larger ones distinct values are estimated and shapes sampled. */
export const exactRows = 200_000;

/** Texts that often stand for nothing. They are only ever suspected: `NA` is Namibia, and `-` may mean a minus. */
export const nullSuspects: readonly string[] = [
  ...['null', '(null)', '<null>', '\\n', 'nil', 'none', 'nan', 'n/a', 'na', 'n.a.', '#n/a', '#value!', '#ref!', '#null!'],
  ...[
    '-',
    '--',
    '---',
    '–',
    '—',
    '.',
    '?',
    '??',
    '???',
    'unknown',
    'undefined',
    'not available',
    'not applicable',
    'missing',
    'empty',
    'tbd',
    'xxx',
  ],
  ...[
    '0000-00-00',
    '0000-00-00 00:00:00',
    '00/00/0000',
    '00.00.0000',
    'unbekannt',
    'keine angabe',
    'k.a.',
    'inconnu',
    'sin datos',
    'desconocido',
  ],
];

const current = (table: string): Sql => sql`(SELECT * FROM ${id('silver', table)} WHERE _deleted_at IS NULL)`;

/** How many rows a table has now (`rows`). */
export function rowCount(table: string): Sql {
  return sql`SELECT count(*)::DOUBLE AS rows FROM ${current(table)}`;
}

/** Types whose smallest and largest value say something; of texts they would only show somebody. */
function hasRange(type: string): boolean {
  return /^(BIGINT|DECIMAL|DATE|TIMESTAMP|DOUBLE|INTEGER)/.test(type) && !type.endsWith('[]');
}

/** One row for each column: column, filled, distinct, least, greatest, shortest, longest. */
export function measures(table: string, columns: readonly ProfiledColumn[], rows: number): Sql {
  const of = columns.flatMap(({ name, type }, i) => {
    const c = id(name);
    const text = sql`${c}::VARCHAR`;
    return [
      sql`count(${c})::DOUBLE AS ${id(`filled_${i}`)}`,
      sql`${rows > exactRows ? approximatelyDistinct(c) : sql`count(DISTINCT ${c})`}::DOUBLE AS ${id(`distinct_${i}`)}`,
      sql`${hasRange(type) ? sql`min(${c})::VARCHAR` : sql`NULL::VARCHAR`} AS ${id(`least_${i}`)}`,
      sql`${hasRange(type) ? sql`max(${c})::VARCHAR` : sql`NULL::VARCHAR`} AS ${id(`greatest_${i}`)}`,
      sql`${type === 'VARCHAR' ? sql`min(length(${text}))` : sql`NULL`}::DOUBLE AS ${id(`shortest_${i}`)}`,
      sql`${type === 'VARCHAR' ? sql`max(length(${text}))` : sql`NULL`}::DOUBLE AS ${id(`longest_${i}`)}`,
    ];
  });
  const spread = columns.map(({ name }, i) => {
    const parts = ['filled', 'distinct', 'least', 'greatest', 'shortest', 'longest'].map(
      (what) => sql`${id(`${what}_${i}`)} AS ${id(what)}`,
    );
    return sql`SELECT ${name} AS "column", ${join(parts)} FROM measured`;
  });
  return sql`WITH measured AS MATERIALIZED (SELECT ${join(of)} FROM ${current(table)}) ${join(spread, ' UNION ALL ')}`;
}

/** The most frequent shapes of a column's texts (`text`, `rows`): in a large table, of every so many keys. */
export function shapes(table: string, column: string, rows: number, most: number): Sql {
  const every = Math.max(1, Math.ceil(rows / exactRows));
  const some = every === 1 ? sql`` : sql` AND ${hashed(sql`_key`)} % ${every} = 0`;
  return ranked(sql`SELECT ${shapeOf(id(column))} AS text FROM ${current(table)} WHERE ${id(column)} IS NOT NULL${some}`, most);
}

/** The most frequent values of a column (`text`, `rows`). */
export function values(table: string, column: string, most: number): Sql {
  return ranked(sql`SELECT ${id(column)}::VARCHAR AS text FROM ${current(table)} WHERE ${id(column)} IS NOT NULL`, most);
}

function ranked(texts: Sql, most: number): Sql {
  return sql`SELECT text, count(*)::DOUBLE AS rows FROM (${texts}) GROUP BY text ORDER BY rows DESC, text LIMIT ${most}`;
}

/** A text with every letter and digit masked: `Ada Byron` is `Aa… Aa…`, `C0012` is `A9999`. */
export function shapeOf(text: Sql): Sql {
  const steps: readonly (readonly [pattern: string, mask: string])[] = [
    ['[\\n\\r\\t]', ' '],
    ['\\p{M}', ''],
    // Masks are letters and digits themselves, so each kind becomes a sign of its own before it becomes its mask.
    ['\\p{Nd}', '\u0001'],
    ['\\p{Lu}', '\u0002'],
    ['\\p{L}', '\u0003'],
    ['[^ -~\u0001-\u0003]', '?'],
    ['\u0001{21,}', '9…'],
    ['\u0002{4,}', 'A…'],
    ['\u0003{2,}', 'a…'],
    ['\u0001', '9'],
    ['\u0002', 'A'],
    ['\u0003', 'a'],
  ];
  const masked = steps.reduce(
    (out, [pattern, mask]) => sql`regexp_replace(${out}, ${pattern}, ${mask}, 'g')`,
    sql`left(${text}::VARCHAR, 200)`,
  );
  return sql`left(${masked}, 60)`;
}

/** The source text of a column, and the texts that its table declares to mean nothing. */
export interface ProfiledText {
  readonly column: string;
  readonly text: Sql;
  readonly nulls: readonly string[];
}

/** What stands in the source texts (`column`, `kind`, `text`, `rows`): texts that mean nothing or may, and what nobody sees. */
export function textFindings(texts: readonly ProfiledText[], relation: Sql): Sql {
  const each = texts.map(({ column, text, nulls }, i) => {
    const words = [...new Set([...nulls.map((w) => w.trim()), ...nullSuspects])];
    return {
      column,
      word: sql`CASE WHEN length(${text}) <= 40 AND lower(${trimmed(text)}) IN (${join(words.map((w) => sql`lower(${w})`))}) THEN lower(${trimmed(text)}) END AS ${id(`word_${i}`)}`,
      unseen: sql`${matchesPart(text, invisiblePattern)} AS ${id(`unseen_${i}`)}`,
      loose: sql`(${text} <> ${inNfc(text)}) AS ${id(`loose_${i}`)}`,
    };
  });
  const looked = sql`SELECT ${join(each.flatMap((e) => [e.word, e.unseen, e.loose]))} FROM (${relation})`;
  const counts = each.flatMap(({ column }, i) => [
    sql`SELECT ${column} AS "column", 'word' AS kind, ${id(`word_${i}`)} AS text, count(*)::DOUBLE AS rows FROM looked WHERE ${id(`word_${i}`)} IS NOT NULL GROUP BY ALL`,
    sql`SELECT ${column}, 'invisible', NULL, count(*)::DOUBLE FROM looked WHERE ${id(`unseen_${i}`)} HAVING count(*) > 0`,
    sql`SELECT ${column}, 'decomposed', NULL, count(*)::DOUBLE FROM looked WHERE ${id(`loose_${i}`)} HAVING count(*) > 0`,
  ]);
  return sql`WITH looked AS MATERIALIZED (${looked}) SELECT * FROM (${join(counts, ' UNION ALL ')}) ORDER BY "column", kind DESC, rows DESC, text`;
}

/** Rules that rows in quarantine break now (`rule`, `rows`). */
export function quarantinedBy(table: string): Sql {
  return sql`SELECT rule, count(*)::DOUBLE AS rows FROM (SELECT unnest(rules) AS rule FROM ${id('quarantine', table)} WHERE status = 'open') GROUP BY rule ORDER BY rows DESC, rule`;
}

/** Rules that only warn, with how many rows of their last judgement broke them (`rule`, `rows`). */
export function warnedBy(table: string): Sql {
  return sql`SELECT rule, arg_max(broken, run_id)::DOUBLE AS rows FROM ops.rules WHERE table_name = ${table} AND severity = 'warn' GROUP BY rule HAVING rows > 0 ORDER BY rows DESC, rule`;
}
