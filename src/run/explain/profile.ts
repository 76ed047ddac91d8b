import { z } from 'zod';
import { OnefoldError } from '../../base/errors.js';
import { didYouMean } from '../../base/suggest.js';
import type { Column, Project, Table } from '../../config/project.js';
import type { Engine } from '../../engine/engine.js';
import { readParquet } from '../../engine/functions.js';
import type { ProfiledText } from '../../quality/profile.js';
import { exactRows, measures, quarantinedBy, rowCount, shapes, textFindings, values, warnedBy } from '../../quality/profile.js';
import { columnTypeNamed } from '../../silver/columns/registry.js';
import { sourceRef, sourceText } from '../../silver/sources.js';
import { declaredColumns } from '../../silver/stage.js';
import { id, sql } from '../../sql/tag.js';
import { segmentsOf } from '../stages/read_context.js';
import { inferred } from '../summary.js';

/** How clean a table is. */
export interface TableProfile {
  readonly table: string;
  readonly rows: number;
  /** Whether distinct values are estimates, and shapes those of a sample: so in a large table. */
  readonly estimated: boolean;
  readonly columns: readonly ColumnProfile[];
  /** Rules about no one column that rows in quarantine break. */
  readonly quarantined: Readonly<Record<string, number>>;
}

/** How clean a column is. It holds values only where `values` was asked for, or they are codes from a short list. */
export interface ColumnProfile {
  readonly column: string;
  readonly type: string;
  readonly filled: number;
  readonly distinct: number;
  readonly least: string | null;
  readonly greatest: string | null;
  readonly shortest: number | null;
  readonly longest: number | null;
  /** The most frequent shapes of its texts: letters and digits masked. */
  readonly shapes: readonly Counted[];
  readonly values: readonly Counted[];
  /** Source texts that mean nothing, as the project declares. */
  readonly nulls: readonly Counted[];
  /** Source texts that may mean nothing, and are read as they are. */
  readonly suspects: readonly Counted[];
  /** Source texts with characters that nobody sees, and with letters in several characters. */
  readonly invisible: number;
  readonly decomposed: number;
  /** What the whole column proved, where it is asked. */
  readonly inferred: { readonly verdict: string; readonly evidence: Readonly<Record<string, number>> } | null;
  /** Rule → rows in quarantine for it. */
  readonly quarantined: Readonly<Record<string, number>>;
  /** Rule → rows that were counted for it when it was last judged. */
  readonly warned: Readonly<Record<string, number>>;
  /** What the project could declare. */
  readonly suggestions: readonly string[];
}

export interface Counted {
  readonly text: string;
  readonly rows: number;
}

const counted = z.object({ text: z.string(), rows: z.number() });
const byRule = z.object({ rule: z.string(), rows: z.number() });
const measured = z.object({
  column: z.string(),
  filled: z.number(),
  distinct: z.number(),
  least: z.string().nullable(),
  greatest: z.string().nullable(),
  shortest: z.number().nullable(),
  longest: z.number().nullable(),
});
const finding = z.object({
  column: z.string(),
  kind: z.enum(['word', 'invisible', 'decomposed']),
  text: z.string().nullable(),
  rows: z.number(),
});

/** Types whose values are codes from a short list, and say nothing of anybody. */
const codes = new Set(['boolean', 'category', 'country', 'region']);
const personal =
  /birth|born|dob|geb|naiss|nacim|salary|income|wage|ssn|passport|licen[cs]e|tax|iban|account|card|(^|_)(lat|lng|lon|latitude|longitude)$/i;
const most = 5;

/**
 * Profiles the tables of a warehouse, or one of them.
 * @param showValues whether values may be shown, anybody's data included
 * @throws OnefoldError `NOT_FOUND` where the table is not declared or not yet built
 */
export async function profile(
  engine: Engine,
  project: Project,
  only: string | undefined,
  showValues: boolean,
): Promise<readonly TableProfile[]> {
  const names = project.tables.map((t) => t.name);
  if (only !== undefined && !names.includes(only))
    throw new OnefoldError('NOT_FOUND', `no table is called \`${only}\`${didYouMean(only, names)}`);
  const built = new Set(
    (await engine.rows(sql`SELECT table_name AS name FROM ops.tables WHERE schema_name = 'silver'`, z.object({ name: z.string() }))).map(
      (t) => t.name,
    ),
  );
  const out: TableProfile[] = [];
  for (const table of project.tables) {
    if (only !== undefined && table.name !== only) continue;
    if (!built.has(table.name))
      throw new OnefoldError('NOT_FOUND', `the table \`${table.name}\` is not built yet`, { hint: 'Type `onefold build` first.' });
    await sameColumns(engine, table);
    out.push(await profileTable(engine, project, table, showValues));
  }
  return out;
}

/** A table that was declared anew is profiled as it is declared, so it must have been built so. */
async function sameColumns(engine: Engine, table: Table): Promise<void> {
  const { columns } = await engine.table(sql`SELECT * FROM ${id('silver', table.name)} LIMIT 0`);
  const there = new Set(columns.map((c) => c.name));
  const lacking = declaredColumns(table).find((c) => !there.has(c.name));
  if (lacking !== undefined) {
    throw new OnefoldError(
      'NOT_FOUND',
      `the table \`${table.name}\` has no column \`${lacking.name}\` yet: it was declared since the last build`,
      {
        hint: 'Type `onefold build` first.',
      },
    );
  }
}

async function profileTable(engine: Engine, project: Project, table: Table, showValues: boolean): Promise<TableProfile> {
  const [count] = await engine.rows(rowCount(table.name), z.object({ rows: z.number() }));
  const rows = count?.rows ?? 0;
  const columns = declaredColumns(table);
  const measurements = await engine.rows(measures(table.name, columns, rows), measured);
  const findings = await findingsOf(engine, project, table);
  const verdicts = await inferred(engine, table.name);
  const quarantined = await engine.rows(quarantinedBy(table.name), byRule);
  const warned = await engine.rows(warnedBy(table.name), byRule);
  const profiles: ColumnProfile[] = [];
  for (const { name, type } of columns) {
    const declared = table.columns.find((c) => c.name === name);
    const m = measurements.find((one) => one.column === name);
    const found = findings.filter((f) => f.column === name);
    const isCode = declared === undefined ? name.endsWith('_currency') : codes.has(declared.type);
    const isKey = table.key !== 'content' && table.key.includes(name);
    const mayShow = showValues || isCode;
    const inRange = showValues || !(isKey || personal.test(name));
    const declaredNulls = new Set((declared?.common.nulls ?? []).map((word) => word.trim().toLowerCase()));
    const words = found.flatMap((f) => (f.kind === 'word' && f.text !== null ? [{ text: f.text, rows: f.rows }] : []));
    const suspects = words.filter((w) => !declaredNulls.has(w.text) && !(w.text === 'na' && declared?.type === 'country'));
    const verdict = verdicts.find((v) => v.column === name);
    const about = (list: readonly z.output<typeof byRule>[]): Record<string, number> =>
      Object.fromEntries(
        list.filter((r) => declared !== undefined && r.rule.startsWith(`${name}.`)).map((r) => [r.rule.slice(name.length + 1), r.rows]),
      );
    const base = {
      column: name,
      type: declared?.type ?? type,
      filled: m?.filled ?? 0,
      distinct: m?.distinct ?? 0,
      least: inRange ? (m?.least ?? null) : null,
      greatest: inRange ? (m?.greatest ?? null) : null,
      shortest: m?.shortest ?? null,
      longest: m?.longest ?? null,
      shapes: type === 'VARCHAR' && !mayShow ? await engine.rows(shapes(table.name, name, rows, most), counted) : [],
      values: mayShow ? await engine.rows(values(table.name, name, most), counted) : [],
      nulls: words.filter((w) => declaredNulls.has(w.text)),
      suspects,
      invisible: found.find((f) => f.kind === 'invisible')?.rows ?? 0,
      decomposed: found.find((f) => f.kind === 'decomposed')?.rows ?? 0,
      inferred: verdict === undefined ? null : { verdict: verdict.verdict, evidence: verdict.evidence },
      quarantined: about(quarantined),
      warned: about(warned),
    };
    profiles.push({ ...base, suggestions: declared === undefined ? [] : suggestionsFor(base, declared) });
  }
  const ofColumns = new Set(columns.flatMap(({ name }) => quarantined.filter((q) => q.rule.startsWith(`${name}.`)).map((q) => q.rule)));
  return {
    table: table.name,
    rows,
    estimated: rows > exactRows,
    columns: profiles,
    quarantined: Object.fromEntries(quarantined.filter((q) => !ofColumns.has(q.rule)).map((q) => [q.rule, q.rows])),
  };
}

/** What stands in the landed texts of the rows that were not retracted. */
async function findingsOf(engine: Engine, project: Project, table: Table): Promise<readonly z.output<typeof finding>[]> {
  const segments = await segmentsOf(engine, table, project.store);
  const available = [...new Set(segments.flatMap((s) => s.columns))];
  const texts = table.columns.flatMap((column): readonly ProfiledText[] => {
    const ref = columnTypeNamed(column.type).readsFrom ? sourceRef(column.common.from, available) : null;
    return ref === null ? [] : [{ column: column.name, text: sourceText(ref, id(ref.column)), nulls: column.common.nulls ?? [] }];
  });
  if (texts.length === 0) return [];
  const standing = sql`SELECT r.* FROM ${readParquet(segments.map((s) => s.file))} r
    ANTI JOIN ops.retractions x ON x.segment_id = r._segment_id AND x.row_number = r.file_row_number + 1 WHERE _malformed IS NULL`;
  return engine.rows(textFindings(texts, standing), finding);
}

function suggestionsFor(found: Omit<ColumnProfile, 'suggestions'>, { common, type }: Column): readonly string[] {
  const out: string[] = [];
  if (found.suspects.length > 0) {
    const words = [...new Set([...(common.nulls ?? []), ...found.suspects.map((s) => s.text)])];
    out.push(`nulls: [${words.map((word) => `'${word.replaceAll("'", "\\'")}'`).join(', ')}] if they mean nothing`);
  }
  if (found.invisible > 0 && common.invisible !== 'remove') out.push(`invisible: 'remove'`);
  if (found.decomposed > 0 && common.normalize !== 'NFC') out.push(`normalize: 'NFC'`);
  const { verdict } = found.inferred ?? {};
  if ((verdict === 'mixed' || verdict === 'unproven') && (found.quarantined['ambiguous'] ?? 0) + (found.warned['ambiguous'] ?? 0) > 0)
    out.push(
      type === 'percent'
        ? `as: 'percent' or 'fraction'`
        : type === 'date' || type === 'timestamp'
          ? `order: 'day_first' or 'month_first'`
          : `decimal: '.' or ','`,
    );
  if (type === 'category' && (found.quarantined['unmapped'] ?? 0) + (found.warned['unmapped'] ?? 0) > 0) out.push('more of `mapping`');
  return out;
}
