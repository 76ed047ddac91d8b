import type { z } from 'zod';
import type { Sql } from '../../sql/tag.js';

/** When a rule is judged: on a row as it is merged, or on the whole current table at every build. */
export type Scope = 'row' | 'table';

export interface RuleContext {
  readonly asOf: Date;
}

/**
 * A rule kind: a file of its own, and one line in the registry. Of a row rule `broken` is a condition over the table's
 * columns; of a table rule it is a condition over the current rows, in which windows and subqueries may stand, and
 * `silver_rows.<table>` names another table.
 */
export interface RuleKind {
  readonly name: string;
  readonly scope: Scope;
  readonly options: z.ZodObject;
  readonly references: (options: unknown) => RuleReferences;
  readonly judge: (options: unknown, context: RuleContext) => Judgement;
}

export interface RuleReferences {
  readonly columns?: readonly string[];
  /** Conditions over one row, written in SQL. */
  readonly expressions?: readonly string[];
  readonly targets?: readonly string[];
  /** Whether it looks at the project's exchange rates, through `to_currency`. */
  readonly rates?: boolean;
}

export interface Judgement {
  readonly broken: Sql;
  /** What is wrong with a row that breaks it, in words; no values. */
  readonly reason: string;
}

interface Spec<N extends string, O extends z.ZodObject> {
  readonly name: N;
  readonly scope: Scope;
  readonly options: O;
  readonly references: (options: z.output<O>) => RuleReferences;
  readonly judge: (options: z.output<O>, context: RuleContext) => Judgement;
}

/** A rule kind from its spec; options are parsed by its own schema, so that its functions see them typed. */
export function ruleKind<N extends string, O extends z.ZodObject>(
  spec: Spec<N, O>,
): Omit<RuleKind, 'name' | 'options'> & { readonly name: N; readonly options: O } {
  return {
    name: spec.name,
    scope: spec.scope,
    options: spec.options,
    references: (options) => spec.references(spec.options.parse(options)),
    judge: (options, context) => spec.judge(spec.options.parse(options), context),
  };
}
