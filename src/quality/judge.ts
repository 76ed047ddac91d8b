import type { Rule, Table } from '../config/project.js';
import type { Sql } from '../sql/tag.js';
import { ruleKindNamed } from './rules/registry.js';

/** A rule of a table, judged: a condition and what it means, ready for the stage that asks it. */
export interface Predicate {
  readonly rule: string;
  /** The one column that it is about, if it is about one. */
  readonly column: string | undefined;
  readonly severity: Rule['severity'];
  readonly broken: Sql;
  readonly reason: string;
}

/**
 * The rules that are judged on a row as it is merged. A rule of severity `fail` is none of them: it stops the publication
 * for as long as a current row breaks it, so it is judged on the table.
 */
export function rowPredicates(table: Table, asOf: Date): readonly Predicate[] {
  return table.rules.filter((r) => ruleKindNamed(r.kind).scope === 'row' && r.severity !== 'fail').map((r) => predicate(r, asOf));
}

/** The rules that are judged on the whole current table at every build. */
export function tablePredicates(table: Table, asOf: Date): readonly Predicate[] {
  return table.rules.filter((r) => ruleKindNamed(r.kind).scope === 'table' || r.severity === 'fail').map((r) => predicate(r, asOf));
}

function predicate(rule: Rule, asOf: Date): Predicate {
  const { column } = rule.options;
  return {
    rule: rule.name,
    column: typeof column === 'string' ? column : undefined,
    severity: rule.severity,
    ...ruleKindNamed(rule.kind).judge(rule.options, { asOf }),
  };
}
