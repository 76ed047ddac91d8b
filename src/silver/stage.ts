import { distinctInAnyCase } from '../base/names.js';
import type { Column, Table } from '../config/project.js';
import { attempted, digestNumber, digestText, jsonObject, presentTexts, readParquet } from '../engine/functions.js';
import type { Sql } from '../sql/tag.js';
import { id, join, sql, trusted } from '../sql/tag.js';
import { besideText, cleaned, columnText, orDefault } from './cleaning.js';
import type { Verdict } from './columns/contract.js';
import { columnTypeNamed } from './columns/registry.js';
import { layers } from './layers.js';
import { mappedAnswer, mappedText, withMapped } from './mapping.js';
import type { SegmentFile } from './sources.js';
import { sourceRef, sourceText } from './sources.js';

/** A rule that is judged on a row while it is staged. */
export interface RowPredicate {
  readonly rule: string;
  /** The one column that it is about: it is not asked about a value that already sets the row aside as unreadable. */
  readonly column: string | undefined;
  readonly severity: 'warn' | 'quarantine' | 'fail';
  readonly broken: Sql;
  readonly reason: string;
}

/** Columns of `silver.<table>` that the project declares, companions included, with their types. */
export function declaredColumns(table: Table): readonly { readonly name: string; readonly type: string }[] {
  return table.columns.flatMap((column) => {
    const kind = columnTypeNamed(column.type);
    return [
      { name: column.name, type: kind.sqlType(column.options) },
      ...kind.companions(column.name).map((name, i) => ({ name, type: kind.companionTypes[i] ?? 'VARCHAR' })),
    ];
  });
}

/** A possible fault of a row and the bit that stands for it in the row's mask. */
interface Fault {
  readonly rule: string;
  readonly reason: string;
  readonly broken: Sql;
}

/** How a table's rows are read: the relation of typed rows and the faults that its masks speak of. */
export interface Staging {
  readonly relation: Sql;
  /** Faults that set a row aside, in the order of their bits; `_faults_<n>` holds bits n × 60 and on. */
  readonly faults: readonly { readonly rule: string; readonly reason: string }[];
  /** Faults that only warn; `_warnings_<n>`. */
  readonly warnings: readonly { readonly rule: string; readonly reason: string }[];
}

const bitsPerMask = 60;

/**
 * The typed rows of some segments of a table's stream: its columns, `_key`, `_record_hash`, `_segment_id`, `_row_number`,
 * `_ingested_at`, `_retracted_at`, `_raw_hash`, the masks, and for rows that are set aside the raw record as JSON.
 *
 * @param verdicts column → what the whole column proved
 * @param retractions whether any row of the segments has been retracted since it was landed
 */
export function staging(
  table: Table,
  segments: readonly SegmentFile[],
  verdicts: ReadonlyMap<string, Verdict>,
  predicates: readonly RowPredicate[],
  retractions: boolean,
): Staging {
  const available = distinctInAnyCase(segments.flatMap((s) => s.columns));
  // Source columns go by number inside the statement: a declared column may well have the name of a source column.
  const numbered = (name: string): Sql => id(`__source_${available.indexOf(name)}`);
  const source = (from: string): Sql => {
    const ref = sourceRef(from, available);
    return ref === null ? sql`NULL::VARCHAR` : sourceText(ref, numbered(ref.column));
  };
  const { keep, over } = layers();
  const textOf = (column: Column): Sql => {
    const ref = sourceRef(column.common.from, available);
    return columnText(column, ref, ref === null ? sql`NULL` : numbered(ref.column), segments, keep);
  };
  const parsed = table.columns.map((column, number) => {
    const kind = columnTypeNamed(column.type);
    const verdict = verdicts.get(column.name) ?? 'unproven';
    const isMapped = kind.mapper !== null;
    const text = !kind.readsFrom ? boxName(number) : isMapped ? mappedText(number) : textOf(column);
    const parts = kind.parse(text, column.options, {
      keep,
      verdict,
      sourceColumn: (name) => keep(cleaned(source(name), besideText(column.common))),
      ...(isMapped ? { mapped: mappedAnswer(number, kind.companionTypes.length) } : {}),
    });
    const value = keep(parts.value);
    return {
      column,
      kind,
      text,
      value,
      verdict,
      companions: (parts.companions ?? []).map(keep),
      problems: (parts.problems ?? []).map((p) => ({ ...p, broken: keep(sql`COALESCE(${p.broken}, FALSE)`) })),
      refusals: (parts.refusals ?? []).map((p) => ({ ...p, broken: keep(sql`COALESCE(${p.broken}, FALSE)`) })),
      question: kind.question(text, column.options, keep),
      unread: keep(parts.unread ?? sql`(${text} IS NOT NULL AND ${value} IS NULL)`),
    };
  });

  const faults: Fault[] = [{ rule: 'malformed', reason: 'the row could not be read', broken: sql`_malformed IS NOT NULL` }];
  const warnings: Fault[] = [];
  for (const { column, unread, question, verdict, refusals } of parsed) {
    const list = column.common.on_error === 'null' ? warnings : faults;
    const reason = `${column.name} can't be read as ${column.type}`;
    for (const refusal of refusals)
      list.push({
        rule: `${column.name}.${refusal.name}`,
        reason: `${column.name} ${refusal.reason}`,
        broken: sql`(${unread} AND ${refusal.broken})`,
      });
    if (question === null || !(verdict === 'mixed' || verdict === 'unproven')) {
      const unexplained = refusals.map((refusal) => sql` AND NOT ${refusal.broken}`);
      list.push({ rule: `${column.name}.type`, reason, broken: refusals.length === 0 ? unread : sql`(${unread}${join(unexplained, '')})` });
      continue;
    }
    list.push({ rule: `${column.name}.type`, reason, broken: sql`(${unread} AND NOT ${question.ambiguous})` });
    list.push({
      rule: `${column.name}.ambiguous`,
      reason: `${column.name} can be read in two ways (${question.about}) and the column ${verdict === 'mixed' ? 'proves both' : 'proves neither'}`,
      broken: sql`(${unread} AND ${question.ambiguous})`,
    });
  }
  for (const { column, problems } of parsed) {
    for (const { name, reason, broken, warns } of problems) {
      (column.common.on_error === 'null' || warns === true ? warnings : faults).push({ rule: `${column.name}.${name}`, reason, broken });
    }
  }
  if (table.key !== 'content') {
    for (const key of table.key) faults.push({ rule: 'key', reason: `the key ${key} is missing`, broken: sql`${id(key)} IS NULL` });
  }
  for (const p of predicates) {
    const about = parsed.find(({ column }) => column.name === p.column && column.common.on_error === 'quarantine');
    const broken = about === undefined ? p.broken : sql`(${p.broken} AND NOT ${about.unread})`;
    (p.severity === 'warn' ? warnings : faults).push({ ...p, broken });
  }

  const columns = declaredColumns(table);
  const hash = digestNumber(columns.map((c) => sql`${id(c.name)}::VARCHAR`));
  const rawColumns = available.map((name) => ({ name, value: numbered(name) }));
  const aside = sql`(${join(
    masks(faults).map((_, i) => sql`${id(`_faults_${i}`)} <> 0`),
    ' OR ',
  )})`;
  const boxes = boxed(table);
  const files = readParquet(segments.map((s) => s.file));
  const read = boxes.length === 0 ? files : withBoxes(table, available, files, boxes);
  const carried = join([
    ...available.map((name) => sql`r.${id(name)} AS ${numbered(name)}`),
    ...['_segment_id', '_ingested_at', '_raw_hash', '_malformed'].map((name) => sql`r.${id(name)}`),
    sql`r.file_row_number + 1 AS _row_number`,
    ...boxes.map((box) => sql`r.${box.name}`),
  ]);
  const landed = retractions
    ? sql`SELECT ${carried}, x.retracted_at AS _retracted_at FROM ${read} r
        LEFT JOIN ops.retractions x ON x.segment_id = r._segment_id AND x.row_number = r.file_row_number + 1`
    : sql`SELECT ${carried}, NULL::TIMESTAMP AS _retracted_at FROM ${read} r`;

  const relation = sql`
    WITH valued AS (SELECT ${join(
      parsed.flatMap(({ column, kind, value, companions, problems }) => {
        // A value that contradicts another is as good as unread where the column says so.
        const spoilt = column.common.on_error === 'null' ? problems.filter((p) => p.warns !== true).map((p) => p.broken) : [];
        const unspoilt = (v: Sql): Sql => (spoilt.length === 0 ? v : sql`CASE WHEN NOT (${join(spoilt, ' OR ')}) THEN ${v} END`);
        return [
          sql`${orDefault(unspoilt(value), kind.sqlType(column.options), column.common.default)} AS ${id(column.name)}`,
          ...kind.companions(column.name).map((name, i) => sql`${unspoilt(companions[i] ?? sql`NULL`)} AS ${id(name)}`),
        ];
      }),
    )}, * FROM (${over(withMapped(table, landed, source))})),
    judged AS (SELECT *, ${join([
      ...masks(faults).map(
        (mask, i) =>
          sql`${i === 0 ? sql`CASE WHEN _malformed IS NOT NULL THEN 1::BIGINT ELSE ${mask} END` : sql`CASE WHEN _malformed IS NOT NULL THEN 0::BIGINT ELSE ${mask} END`} AS ${id(`_faults_${i}`)}`,
      ),
      ...masks(warnings).map((mask, i) => sql`CASE WHEN _malformed IS NOT NULL THEN 0::BIGINT ELSE ${mask} END AS ${id(`_warnings_${i}`)}`),
      sql`${hash} AS _record_hash`,
    ])} FROM valued)
    SELECT ${join(columns.map((c) => id(c.name)))}, ${keyOf(table)} AS _key, _record_hash, _segment_id, _row_number, _ingested_at, _retracted_at,
      ${retractions ? sql`_raw_hash` : sql`CASE WHEN ${aside} THEN _raw_hash END AS _raw_hash`},
      ${join([...masks(faults).map((_, i) => id(`_faults_${i}`)), ...masks(warnings).map((_, i) => id(`_warnings_${i}`))])},
      CASE WHEN _malformed IS NOT NULL THEN ${jsonObject([{ name: '_malformed', value: sql`_malformed` }])}
        WHEN ${aside} THEN ${jsonObject(rawColumns)} END AS _raw
    FROM judged`;
  return { relation, faults: faults.map(named), warnings: warnings.map(named) };
}

/** Columns that an expression makes: each is judged beside the source columns, by their own names. */
function boxed(table: Table): readonly { readonly name: Sql; readonly value: Sql }[] {
  return table.columns.flatMap((column, number) => {
    const kind = columnTypeNamed(column.type);
    const expression = kind.expression(column.options);
    return expression === null ? [] : [{ name: boxName(number), value: attempted(trusted(expression), kind.sqlType(column.options)) }];
  });
}

/** The rows of files with the boxes of their expressions; a source column that no file has is null. */
function withBoxes(
  table: Table,
  available: readonly string[],
  files: Sql,
  boxes: readonly { readonly name: Sql; readonly value: Sql }[],
): Sql {
  const wanted = new Set(
    table.columns.flatMap((c) => (columnTypeNamed(c.type).readsFrom ? [] : columnTypeNamed(c.type).sourceColumns(c.options))),
  );
  const lacking = [...wanted].filter((name) => !available.some((a) => a.toLowerCase() === name.toLowerCase()));
  const whole =
    lacking.length === 0 ? files : sql`(SELECT *, ${join(lacking.map((name) => sql`NULL::VARCHAR AS ${id(name)}`))} FROM ${files})`;
  return sql`(SELECT *, ${join(boxes.map((box) => sql`${box.value} AS ${box.name}`))} FROM ${whole})`;
}

function boxName(number: number): Sql {
  return id(`__box_${number}_`);
}

function named(fault: Fault): { readonly rule: string; readonly reason: string } {
  return { rule: fault.rule, reason: fault.reason };
}

/** The key of a row as text: the one column, several with their separator escaped, or the digest of the content. */
export function keyOf(table: Table): Sql {
  if (table.key === 'content') return digestText(sql`_record_hash`);
  const [first, ...rest] = table.key;
  if (first !== undefined && rest.length === 0) return sql`${id(first)}::VARCHAR`;
  const escaped = table.key.map((k) => sql`replace(replace(${id(k)}::VARCHAR, '\\', '\\\\'), '|', '\\|')`);
  return join(escaped, ` || '|' || `);
}

/** Conditions as bits of as many numbers as they need. */
function masks(faults: readonly Fault[]): readonly Sql[] {
  const out: Sql[] = [];
  for (let i = 0; i < faults.length; i += bitsPerMask) {
    const bits = faults.slice(i, i + bitsPerMask).map((f, bit) => sql`CASE WHEN ${f.broken} THEN ${2n ** BigInt(bit)}::BIGINT ELSE 0 END`);
    out.push(sql`(${join(bits, ' + ')})`);
  }
  return out;
}

/** Whether fault number `i` of a mask family is set. */
export function bitSet(family: '_faults' | '_warnings', i: number): Sql {
  return sql`(${id(`${family}_${Math.floor(i / bitsPerMask)}`)} & ${2n ** BigInt(i % bitsPerMask)}::BIGINT) <> 0`;
}

/** Whether a staged row has no fault. */
export function soundRow(faults: number): Sql {
  const count = Math.ceil(faults / bitsPerMask);
  return sql`(${join(
    Array.from({ length: count }, (_, i) => sql`${id(`_faults_${i}`)} = 0`),
    ' AND ',
  )})`;
}

/** The names, or the reasons, of a row's faults as a list. */
export function faultList(staged: Staging, what: 'rule' | 'reason'): Sql {
  return presentTexts(staged.faults.map((fault, i) => sql`CASE WHEN ${bitSet('_faults', i)} THEN ${fault[what]} END`));
}
