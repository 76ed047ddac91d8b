import type { Entity } from '../config/project.js';
import { readCsvText, tryCast } from '../engine/functions.js';
import type { Sql } from '../sql/tag.js';
import { id, join, sql } from '../sql/tag.js';

/*
 * What people know of who is who: pairs with a verdict, or records with the entity that they are of. Column names are forgiven, and so is how
 * much of a record's name is written.
 */

/**
 * What labels say. `clusters`: of which entity each record is. `pairs`: of some pairs whether they are one. `matches`: all pairs that are, so
 * that what is not listed is not one.
 */
export type LabelForm = 'clusters' | 'pairs' | 'matches';
export const labelForms = ['clusters', 'pairs', 'matches'] as const satisfies readonly LabelForm[];

/** The columns of a file of labels, by what they say. */
export type LabelColumns =
  | { readonly form: 'clusters'; readonly id: string; readonly entity: string; readonly stream?: readonly [source: string, stream: string] }
  | {
      readonly form: 'pairs';
      readonly left: string;
      readonly right: string;
      readonly label: string;
      readonly tables?: readonly [left: string, right: string];
    }
  | { readonly form: 'matches'; readonly left: string; readonly right: string; readonly tables?: readonly [left: string, right: string] };

const verdictNames =
  /^(is_?)?(label|match(es|ed|ing)?|same|dup(licate)?|gold|(ground_?)?truth|target|verdict|class|(clerical_)?match_(score|probability)|true_match|same_entity)$/;
const idNames = /^(id|record|record_?id|rec_?id|unique_?id|row_?id|name)$/;
const entityNames =
  /^((true|gold|golden|real|ground|master)_?)?(cluster|entity|person|customer|group|class|label|gold|truth|master|match|dup|duplicate)(_?(id|key|no|number))?$|^(true|gold|real)_?id$/;
const sides: Readonly<Record<string, 'left' | 'right'>> = {
  ...{ left: 'left', l: 'left', a: 'left', lhs: 'left', first: 'left', ltable: 'left', '1': 'left' },
  ...{ right: 'right', r: 'right', b: 'right', rhs: 'right', second: 'right', rtable: 'right', '2': 'right' },
};

/** Finds its way in the header of a file of labels; null where it is not understood. `form` overrules what the names suggest. */
export function labelColumns(header: readonly string[], form?: LabelForm): LabelColumns | null {
  const columns = header.map((name) => ({ name, plain: plain(name) }));
  const [first, second, third] = header;
  if (first === undefined || second === undefined) return null;
  const named = (pattern: RegExp): string | undefined => columns.find((c) => pattern.test(c.plain))?.name;
  const left = columns.find((c) => sideOf(c.plain) === 'left')?.name;
  const right = columns.find((c) => sideOf(c.plain) === 'right')?.name;
  const label = columns.find((c) => c.name !== left && c.name !== right && verdictNames.test(c.plain))?.name;
  const arePairs = left !== undefined && right !== undefined;
  // `idAbt, idBuy`: two ids that are called after what they are of.
  const areIds =
    header.length === 2 && columns.every((c) => c.plain.split('_').includes('id') && !idNames.test(c.plain) && !entityNames.test(c.plain));
  const said = form ?? (areIds ? 'matches' : arePairs ? (label === undefined && header.length === 2 ? 'matches' : 'pairs') : 'clusters');
  const tableOf = (side: string): string | undefined =>
    columns.find((c) => sideOf(c.plain.replace(/(source_dataset|dataset|source|stream|file)/, 'table')) === side && !sideOf(c.plain))?.name;
  const [leftTable, rightTable] = [tableOf('left'), tableOf('right')];
  const tables = leftTable === undefined || rightTable === undefined ? {} : { tables: [leftTable, rightTable] as const };
  if (said === 'matches') return { form: said, left: left ?? first, right: right ?? second, ...tables };
  if (said === 'pairs') {
    const verdict = label ?? (arePairs ? undefined : third);
    return verdict === undefined ? null : { form: said, left: left ?? first, right: right ?? second, label: verdict, ...tables };
  }
  const recordId = named(idNames);
  const entity = columns.find((c) => c.name !== recordId && entityNames.test(c.plain))?.name;
  const [source, stream] = [named(/^source$/), named(/^stream$/)];
  if (source !== undefined && stream !== undefined && recordId !== undefined && entity !== undefined)
    return { form: said, id: recordId, entity, stream: [source, stream] };
  if (header.length === 2) return { form: said, id: first, entity: second };
  return recordId === undefined || entity === undefined ? null : { form: said, id: recordId, entity };
}

/** `Left.ID ` → `left_id`. */
function plain(name: string): string {
  return name
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, '_')
    .replace(/^_+|_+$/g, '');
}

/** Which side of a pair a column names: `left_id`, `id_l`, `record1`, `ltable_id`. */
function sideOf(name: string): 'left' | 'right' | null {
  const words = name.replace(/(?<=\p{L})(?=[12]$)/u, '_').split('_');
  const side = words.map((w) => sides[w]).find((s) => s !== undefined);
  const others = words.filter((w) => sides[w] === undefined);
  return side !== undefined && others.every((w) => /^(id|record|unique|rec|row|key|table)$/.test(w)) ? side : null;
}

/** Reads the labels as they are: temporary table `label_rows` (`a`, `b`, `said`, and the `source` and `stream` of `a`, or what tables `a` and `b` are of), all text, blanks cut. */
export function readLabels(file: string, delimiter: string, columns: LabelColumns): Sql {
  const text = (column: string): Sql => sql`NULLIF(trim(${id(column)}), '')`;
  const read = ((): Sql => {
    if (columns.form === 'clusters') {
      const [source, stream] = columns.stream === undefined ? [sql`NULL`, sql`NULL`] : [text(columns.stream[0]), text(columns.stream[1])];
      return sql`${text(columns.id)} AS a, NULL::VARCHAR AS b, ${text(columns.entity)} AS said, ${source}::VARCHAR AS source, ${stream}::VARCHAR AS stream`;
    }
    const said = columns.form === 'pairs' ? text(columns.label) : sql`'1'`;
    const [l, r] = columns.tables === undefined ? [sql`NULL`, sql`NULL`] : [text(columns.tables[0]), text(columns.tables[1])];
    return sql`${text(columns.left)} AS a, ${text(columns.right)} AS b, ${said} AS said, ${l}::VARCHAR AS source, ${r}::VARCHAR AS stream`;
  })();
  return sql`CREATE TEMP TABLE label_rows AS SELECT ${read} FROM ${readCsvText(file, delimiter)}`;
}

/** The verdict of a label; null where it is none. Shares count as yes from a half on. */
function verdict(said: Sql): Sql {
  const word = sql`lower(${said})`;
  return sql`CASE WHEN ${word} IN ('true', 't', 'yes', 'y', 'match', 'matched', 'same', 'duplicate') THEN TRUE
    WHEN ${word} IN ('false', 'f', 'no', 'n', 'non-match', 'non_match', 'nonmatch', 'no_match', 'unmatched', 'different', 'distinct') THEN FALSE
    WHEN ${tryCast(said, 'DOUBLE')} BETWEEN 0 AND 1 THEN ${tryCast(said, 'DOUBLE')} >= 0.5
    WHEN ${tryCast(said, 'DOUBLE')} = -1 THEN FALSE END`;
}

/**
 * Who is meant. Temporary tables: `known` (every record of the entity: `nr` by its name, `record`, `source`, and its `key`), `label_names` (how
 * labels call records: `name`, `nr`, and how many records are called so), and `judged` (`nr`, `record`, `key`, the true `entity`) or
 * `named` (pairs `l` < `r`, whether they are `same`, whether they are `together` in a cluster).
 */
export function understandLabels(entity: Entity, columns: LabelColumns): readonly Sql[] {
  const { form } = columns;
  const crosswalk = id('gold', `${entity.name}_crosswalk`);
  // A source and a stream that the project has must be right; others are how somebody else calls them, and the id stands alone.
  const spelled = sql`CASE WHEN source IS NULL THEN a WHEN (source, stream) IN (SELECT DISTINCT source, stream FROM known) THEN source || '.' || stream || ':' || a
    WHEN stream IN (SELECT DISTINCT stream FROM known) THEN stream || ':' || a ELSE a END`;
  const names = [
    sql`CREATE TEMP TABLE known AS SELECT (row_number() OVER (ORDER BY record) - 1)::INTEGER AS nr, record, source, stream, record_id, ${id(`${entity.name}_key`)} AS key FROM ${crosswalk}`,
    columns.form === 'clusters'
      ? sql`CREATE TEMP TABLE label_said AS SELECT ${spelled} AS a, b, said FROM label_rows`
      : sql`CREATE TEMP TABLE label_said AS SELECT ${sideSpelled(entity, columns, 0)} AS a, ${sideSpelled(entity, columns, 1)} AS b, said FROM label_rows`,
    sql`CREATE TEMP TABLE label_names AS
      WITH asked AS (SELECT DISTINCT unnest([a, b]) AS name FROM label_said),
      called AS (SELECT record AS name, nr, 1 AS place FROM known UNION ALL SELECT stream || ':' || record_id, nr, 2 FROM known UNION ALL SELECT record_id, nr, 3 FROM known),
      found AS (SELECT name, count(*) FILTER (place = 1) AS n1, count(*) FILTER (place = 2) AS n2, count(*) FILTER (place = 3) AS n3, min(nr) FILTER (place = 1) AS nr1,
        min(nr) FILTER (place = 2) AS nr2, min(nr) FILTER (place = 3) AS nr3 FROM called SEMI JOIN asked USING (name) GROUP BY name)
      SELECT asked.name, COALESCE(nr1, nr2, nr3) AS nr, COALESCE(NULLIF(n1, 0), NULLIF(n2, 0), n3, 0)::INTEGER AS records
      FROM asked LEFT JOIN found USING (name) WHERE asked.name IS NOT NULL`,
  ];
  const sure = sql`(SELECT name, nr FROM label_names WHERE records = 1)`;
  if (form === 'clusters') {
    return [
      ...names,
      sql`CREATE TEMP TABLE judged AS SELECT nr, record, known.source, key, entity FROM (
        SELECT nr, min(said) AS entity FROM label_said JOIN ${sure} ON name = a WHERE said IS NOT NULL GROUP BY nr HAVING min(said) = max(said)) JOIN known USING (nr)`,
    ];
  }
  return [
    ...names,
    sql`CREATE TEMP TABLE named AS SELECT l, r, bool_and(said) AS same, any_value(x.key = y.key) AS together, any_value(x.source <> y.source) AS across FROM (
        SELECT least(m.nr, n.nr) AS l, greatest(m.nr, n.nr) AS r, ${verdict(sql`said`)} AS said FROM label_said JOIN ${sure} m ON m.name = a JOIN ${sure} n ON n.name = b)
      JOIN known x ON x.nr = l JOIN known y ON y.nr = r WHERE l < r AND said IS NOT NULL GROUP BY l, r HAVING bool_and(said) = bool_or(said)`,
  ];
}

/**
 * How labels of pairs call a record of one side (0 left, 1 right). An id that several tables have is that of the table that the label, or the name of
 * its column, names; else the left one is of the first of two tables, the right one of the second.
 */
function sideSpelled(entity: Entity, columns: Exclude<LabelColumns, { form: 'clusters' }>, side: 0 | 1): Sql {
  const mine = side === 0 ? sql`a` : sql`b`;
  const records = entity.records.filter((r) => r.role === 'record');
  const full = (r: Entity['records'][number]): Sql => sql`${`${r.source}.${r.stream}:`}::VARCHAR || ${mine}`;
  const several = sql`${mine} IN (SELECT record_id FROM known GROUP BY record_id HAVING count(*) > 1)`;
  if (columns.tables !== undefined) {
    const said = side === 0 ? sql`source` : sql`stream`;
    const cases = records.map((r) => sql`WHEN ${said} IN (${r.table}, ${r.stream}, ${r.source}) THEN ${full(r)}`);
    return sql`CASE WHEN NOT ${several} THEN ${mine} ${join(cases, ' ')} ELSE ${mine} END`;
  }
  const named = plain(side === 0 ? columns.left : columns.right).split('_');
  const called = records.filter((r) => [r.table, r.stream, r.source].some((name) => named.includes(name)));
  const meant = called.length === 1 ? called[0] : records.length === 2 ? records[side] : undefined;
  return meant === undefined ? mine : sql`CASE WHEN ${several} THEN ${full(meant)} ELSE ${mine} END`;
}

/** How the labels were understood, one row: see `LabelCounts`. */
export function countLabels({ form }: LabelColumns): Sql {
  const names = sql`(SELECT count(*) FILTER (records = 0) FROM label_names)::DOUBLE AS unknown, (SELECT count(*) FILTER (records > 1) FROM label_names)::DOUBLE AS ambiguous,
    (SELECT count(*) FROM known)::DOUBLE AS records`;
  const sure = sql`(SELECT name, nr FROM label_names WHERE records = 1)`;
  if (form === 'clusters')
    return sql`SELECT count(*)::DOUBLE AS rows, (SELECT count(*) FROM judged)::DOUBLE AS used, ${names}, count(*) FILTER (said IS NULL OR a IS NULL)::DOUBLE AS unread,
      (SELECT count(*) FROM (SELECT nr FROM label_said JOIN ${sure} ON name = a GROUP BY nr HAVING min(said) <> max(said)))::DOUBLE AS contradictory FROM label_said`;
  return sql`SELECT count(*)::DOUBLE AS rows, (SELECT count(*) FROM named)::DOUBLE AS used, ${names}, count(*) FILTER (${verdict(sql`said`)} IS NULL OR a IS NULL OR b IS NULL)::DOUBLE AS unread,
    (SELECT count(*) FROM (SELECT 1 FROM label_said JOIN ${sure} m ON m.name = a JOIN ${sure} n ON n.name = b
      GROUP BY least(m.nr, n.nr), greatest(m.nr, n.nr) HAVING bool_and(${verdict(sql`said`)}) <> bool_or(${verdict(sql`said`)})))::DOUBLE AS contradictory FROM label_said`;
}
