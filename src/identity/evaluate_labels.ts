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
  | {
      readonly form: 'clusters';
      readonly id: string;
      readonly entity: string;
      readonly stream?: readonly [source: string, stream: string];
      /** The column that names the table, where no other says where a record is from. */
      readonly table?: string;
      /** The names say nothing: both columns may as well hold ids. */
      readonly open?: true;
    }
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
/** Likelier names first. */
const idNames = [/^(rec(ord)?_?id|unique_?id)$/, /^(id|record|row_?id)$/, /^name$/];
const qualified = '((true|gold|golden|real|ground|master)_?)?';
const entityNames = [
  new RegExp(`^${qualified}(cluster|ent(ity)?|identity)(_?(id|key|no|number))?$|^(true|gold|real)_?id$`),
  new RegExp(`^${qualified}(person|individual|customer|group|class|label|gold|truth|master|match|dup|duplicate)(_?(id|key|no|number))?$`),
];
const tableNames = /^(source|stream|source_?dataset|dataset|table|file)$/;
const sides: Readonly<Record<string, 'left' | 'right'>> = {
  ...{ left: 'left', l: 'left', a: 'left', lhs: 'left', first: 'left', ltable: 'left', '1': 'left' },
  ...{ right: 'right', r: 'right', b: 'right', rhs: 'right', second: 'right', rtable: 'right', '2': 'right' },
};

/**
 * Finds its way in the header of a file of labels; null where it is not understood. `form` overrules what the names suggest.
 * @param ids how the project calls the ids of records
 */
export function labelColumns(header: readonly string[], form?: LabelForm, ids: readonly string[] = []): LabelColumns | null {
  const columns = header.map((name) => ({ name, plain: plain(name) }));
  const [first, second, third] = header;
  if (first === undefined || second === undefined) return null;
  const named = (patterns: readonly RegExp[], but?: string): string | undefined =>
    patterns.flatMap((pattern) => columns.filter((c) => c.name !== but && pattern.test(c.plain)))[0]?.name;
  const recordId = header.find((name) => ids.includes(name)) ?? named(idNames);
  const entity = named(entityNames, recordId);
  const left = columns.find((c) => sideOf(c.plain) === 'left')?.name;
  const right = columns.find((c) => sideOf(c.plain) === 'right')?.name;
  const label = columns.find((c) => c.name !== left && c.name !== right && verdictNames.test(c.plain))?.name;
  const arePairs = left !== undefined && right !== undefined;
  // `idAbt, idBuy`: two ids that are called after what they are of.
  const areIds =
    header.length === 2 && recordId === undefined && entity === undefined && columns.every((c) => c.plain.split('_').includes('id'));
  // `DBLP, ACM, label`: two ids that are called after what they are of, and a verdict.
  const [one, other, ...more] = header.filter((name) => name !== label && !/^(index|unnamed.*|)$/.test(plain(name)));
  const areJudged = label !== undefined && recordId === undefined && other !== undefined && more.length === 0;
  const said =
    form ??
    (areIds ? 'matches' : areJudged ? 'pairs' : arePairs ? (label === undefined && header.length === 2 ? 'matches' : 'pairs') : 'clusters');
  const tableOf = (side: string): string | undefined =>
    columns.find((c) => sideOf(c.plain.replace(/(source_dataset|dataset|source|stream|file)/, 'table')) === side && !sideOf(c.plain))?.name;
  const [leftTable, rightTable] = [tableOf('left'), tableOf('right')];
  const tables = leftTable === undefined || rightTable === undefined ? {} : { tables: [leftTable, rightTable] as const };
  // A name of one side alone says nothing: it may be an id, as `1` is.
  if (said === 'matches') return { form: said, left: arePairs ? left : first, right: arePairs ? right : second, ...tables };
  if (said === 'pairs') {
    const verdict = label ?? (arePairs ? undefined : third);
    const [l, r] = areJudged ? [one ?? first, other] : [first, second];
    return verdict === undefined ? null : { form: said, left: arePairs ? left : l, right: arePairs ? right : r, label: verdict, ...tables };
  }
  if (recordId !== undefined && entity !== undefined) {
    const [source, stream, table] = [named([/^source$/], entity), named([/^stream$/], entity), named([tableNames], entity)];
    if (source !== undefined && stream !== undefined) return { form: said, id: recordId, entity, stream: [source, stream] };
    return { form: said, id: recordId, entity, ...(table === undefined ? {} : { table }) };
  }
  if (header.length !== 2) return null;
  if (entity === first) return { form: said, id: second, entity };
  return { form: said, id: first, entity: second, ...((form ?? recordId ?? entity) === undefined ? { open: true } : {}) };
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
  const from = (column: string | undefined): Sql => (column === undefined ? sql`NULL::VARCHAR` : text(column));
  const read = ((): Sql => {
    if (columns.form === 'clusters') {
      return sql`${text(columns.id)} AS a, NULL::VARCHAR AS b, ${text(columns.entity)} AS said, ${from(columns.stream?.[0] ?? columns.table)} AS source, ${from(columns.stream?.[1])} AS stream`;
    }
    const said = columns.form === 'pairs' ? text(columns.label) : sql`'1'`;
    const [l, r] = columns.tables ?? [];
    return sql`${text(columns.left)} AS a, ${text(columns.right)} AS b, ${said} AS said, ${from(l)} AS source, ${from(r)} AS stream`;
  })();
  return sql`CREATE TEMP TABLE label_rows AS SELECT ${read} FROM ${readCsvText(file, delimiter)}`;
}

/** The verdict of a label; null where it is none. Shares count as yes from a half on. */
function verdict(said: Sql): Sql {
  const word = sql`lower(${said})`;
  return sql`CASE WHEN ${word} IN ('true', 't', 'yes', 'y', 'm', 'match', 'matched', 'same', 'duplicate', 'dup', 'link', 'linked', 'positive', 'pos') THEN TRUE
    WHEN ${word} IN ('false', 'f', 'no', 'n', 'u', 'unmatched', 'different', 'distinct', 'unique', 'negative', 'neg') THEN FALSE
    WHEN regexp_full_match(${word}, '(non?|not)( a)?[-_ ]*(match|duplicate|dup|link)') THEN FALSE
    WHEN ${tryCast(said, 'DOUBLE')} BETWEEN 0 AND 1 THEN ${tryCast(said, 'DOUBLE')} >= 0.5
    WHEN ${tryCast(said, 'DOUBLE')} = -1 THEN FALSE END`;
}

/** A number without what tools add and take away: `007` and `7.0` are 7. Null for what is no whole number. */
function bare(number: Sql): Sql {
  return sql`NULLIF(regexp_extract(${number}, '^0*([0-9]+)([.]0+)?$', 1), '')`;
}

/** Ids that are numbers are spelled as the records spell them, where only one is the same number. */
const asNumbered: readonly Sql[] = [
  sql`CREATE TEMP TABLE numbered AS SELECT ${bare(sql`record_id`)} AS number, min(record_id) AS spelled FROM known
    WHERE ${bare(sql`record_id`)} IS NOT NULL GROUP BY ALL HAVING min(record_id) = max(record_id)`,
  ...['a', 'b'].map(
    (side) => sql`UPDATE label_rows SET ${id(side)} = spelled FROM numbered WHERE number = ${bare(id('label_rows', side))}`,
  ),
];

/** All that the records of an entity may be called in labels. */
function recordNames(entity: Entity): Sql {
  return sql`(SELECT unnest([record_id, stream || ':' || record_id, record]) FROM ${id('gold', `${entity.name}_crosswalk`)})`;
}

/** Reads the names of the columns as a label too, where they are ids of records: a file without a header has its first label there. */
export function labelInHeader(entity: Entity, columns: LabelColumns): Sql {
  const [a, b, said] =
    columns.form === 'clusters'
      ? [columns.id, null, columns.entity]
      : [columns.left, columns.right, columns.form === 'pairs' ? columns.label : '1'];
  const names = recordNames(entity);
  return sql`INSERT INTO label_rows SELECT * FROM (SELECT trim(${a}) AS a, trim(${b}) AS b, trim(${said}) AS said, NULL AS source, NULL AS stream)
    WHERE a IN ${names} AND (b IS NULL OR b IN ${names})`;
}

/** Whether two columns that say nothing are pairs of records, and not records with their entities: see `asPairs`. One row, `pairs`. */
export function arePairs(entity: Entity): Sql {
  const crosswalk = id('gold', `${entity.name}_crosswalk`);
  const names = recordNames(entity);
  // Whoever names entities names that of nearly every record, or one after its first record.
  return sql`SELECT count(*) FILTER (a IN ${names} AND said IN ${names}) > 0.9 * count(*) AND count(*) FILTER (a = said) < 0.05 * count(*)
    AND count(DISTINCT a) < 0.6 * (SELECT count(*) FROM ${crosswalk}) AS pairs FROM label_rows`;
}

/** Takes what was read as records and their entities for pairs that are one. */
export function asPairs(): Sql {
  return sql`UPDATE label_rows SET b = said, said = '1'`;
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
  const spelled = sql`CASE WHEN source IS NULL THEN a ${tableCases(entity, sql`stream IS NULL AND source`, sql`a`)} WHEN (source, stream) IN (SELECT DISTINCT source, stream FROM known) THEN source || '.' || stream || ':' || a
    WHEN stream IN (SELECT DISTINCT stream FROM known) THEN stream || ':' || a ELSE a END`;
  const names = [
    sql`CREATE TEMP TABLE known AS SELECT (row_number() OVER (ORDER BY record) - 1)::INTEGER AS nr, record, source, stream, record_id, ${id(`${entity.name}_key`)} AS key FROM ${crosswalk}`,
    ...asNumbered,
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
  const several = sql`${mine} IN (SELECT record_id FROM known GROUP BY record_id HAVING count(*) > 1)`;
  if (columns.tables !== undefined) {
    const said = side === 0 ? sql`source` : sql`stream`;
    return sql`CASE WHEN NOT ${several} THEN ${mine} ${tableCases(entity, said, mine)} ELSE ${mine} END`;
  }
  const named = plain(side === 0 ? columns.left : columns.right).split('_');
  const called = records.filter((r) => [r.table, r.stream, r.source].some((name) => named.includes(name)));
  const meant = called.length === 1 ? called[0] : records.length === 2 ? records[side] : undefined;
  return meant === undefined ? mine : sql`CASE WHEN ${several} THEN ${fullName(meant, mine)} ELSE ${mine} END`;
}

/** The full name of a record of a table. */
function fullName({ source, stream }: Entity['records'][number], record: Sql): Sql {
  return sql`${`${source}.${stream}:`}::VARCHAR || ${record}`;
}

/** Cases that spell a record whose table is named: as the table, its stream, or its source where no other table has it. */
function tableCases(entity: Entity, said: Sql, record: Sql): Sql {
  const tables = entity.records.filter((r) => r.role === 'record');
  const cases = tables.map((r) => {
    const names = [r.table, r.stream, ...(tables.some((other) => other !== r && other.source === r.source) ? [] : [r.source])];
    return sql`WHEN ${said} IN (${join(names.map((name) => sql`${name}`))}) THEN ${fullName(r, record)}`;
  });
  return join(cases, ' ');
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
