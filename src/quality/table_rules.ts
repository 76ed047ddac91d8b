import { jsonObject, presentTexts } from '../engine/functions.js';
import type { Sql } from '../sql/tag.js';
import { id, join, sql } from '../sql/tag.js';
import type { Predicate } from './judge.js';

/** What a table's rules are judged on. */
export interface Judged {
  readonly table: string;
  readonly columns: readonly string[];
  readonly predicates: readonly Predicate[];
  readonly runId: string;
}

/** Where the keys are kept that a table rule sets aside now. */
function asideKeys(table: string): Sql {
  return id('silver_rows', `${table}__aside`);
}

/** `silver.<table>`: the current rows that no table rule sets aside. */
export function silverView(table: string, columns: readonly string[], predicates: readonly Predicate[]): readonly Sql[] {
  const names = join([...columns, '_key', '_record_hash', '_segment_id', '_first_seen_at', '_updated_at', '_deleted_at'].map((c) => id(c)));
  const rows = sql`SELECT ${names} FROM ${id('silver_rows', table)} r`;
  if (!predicates.some((p) => p.severity === 'quarantine')) return [sql`CREATE OR REPLACE VIEW ${id('silver', table)} AS ${rows}`];
  return [
    sql`CREATE TABLE IF NOT EXISTS ${asideKeys(table)} (_key VARCHAR)`,
    sql`CREATE OR REPLACE VIEW ${id('silver', table)} AS ${rows} WHERE r._key NOT IN (SELECT _key FROM ${asideKeys(table)})`,
  ];
}

/**
 * Judges the rules of a table on its whole current rows. Rows that break one of severity `quarantine` are set aside for
 * as long as they do, whatever their history; what was set aside and no longer is, is `replayed`.
 */
export function judgeTable({ table, columns, predicates, runId }: Judged): readonly Sql[] {
  if (predicates.length === 0) return [];
  const quarantine = id('quarantine', table);
  const setting = predicates.map((p, i) => ({ ...p, i })).filter((p) => p.severity === 'quarantine');
  const anyOf = (list: readonly { readonly i: number }[]): Sql =>
    sql`(${join(
      list.map((p) => id(`b${p.i}`)),
      ' OR ',
    )})`;
  const lists = (what: 'rule' | 'reason'): Sql => presentTexts(setting.map((p) => sql`CASE WHEN ${id(`b${p.i}`)} THEN ${p[what]} END`));
  const statements: Sql[] = [
    sql`CREATE OR REPLACE TEMP TABLE judged AS SELECT *, ${join(predicates.map((p, i) => sql`COALESCE(${p.broken}, FALSE) AS ${id(`b${i}`)}`))}
      FROM ${id('silver_rows', table)} WHERE _deleted_at IS NULL`,
    ...predicates.map(
      (p, i) =>
        sql`INSERT INTO ops.rules SELECT ${runId}, ${table}, ${p.rule}, ${p.severity}, count(*), count(*) FILTER (${id(`b${i}`)}) FROM judged`,
    ),
  ];
  if (setting.length === 0) return statements;
  const broken = sql`SELECT md5(concat(_record_hash, '|', _key, '|', array_to_string(rules, ','))) AS quarantine_id, * FROM
    (SELECT _key, _record_hash, _segment_id, ${lists('rule')} AS rules, ${lists('reason')} AS reasons, ${jsonObject(columns.map((c) => ({ name: c, value: id(c) })))} AS raw
     FROM judged WHERE ${anyOf(setting)})`;
  return [
    ...statements,
    sql`CREATE OR REPLACE TABLE ${asideKeys(table)} AS SELECT _key FROM judged WHERE ${anyOf(setting)}`,
    sql`CREATE OR REPLACE TEMP TABLE broken_rows AS ${broken}`,
    sql`UPDATE ${quarantine} SET status = 'replayed' WHERE status = 'open' AND list_has_any(rules, ${setting.map((p) => p.rule)}) AND _quarantine_id NOT IN (SELECT quarantine_id FROM broken_rows)`,
    sql`UPDATE ${quarantine} SET status = 'open' WHERE status = 'replayed' AND _quarantine_id IN (SELECT quarantine_id FROM broken_rows)`,
    sql`INSERT INTO ${quarantine} SELECT quarantine_id, _key, rules, reasons, raw, _segment_id, ${runId}, 'open' FROM broken_rows
      WHERE quarantine_id NOT IN (SELECT _quarantine_id FROM ${quarantine})`,
  ];
}
