import type { z } from 'zod';
import type { Sql } from '../../sql/tag.js';

/** Something that may be wrong with a value, as a condition over the row. */
export interface ValueProblem {
  /** Name within the column, such as `currency`. */
  readonly name: string;
  readonly broken: Sql;
  readonly reason: string;
}

export interface ParsedColumn {
  /** The typed value; null where the text is missing or can't be read. */
  readonly value: Sql;
  readonly problems?: readonly ValueProblem[];
  /** Values of the companion columns, in the order of `companions`. */
  readonly companions?: readonly Sql[];
}

/**
 * A question that only the whole column can answer, such as which of two numbers is the day. Each proof is a condition
 * that a text proves one answer; `ambiguous` is met by texts that follow the answer.
 */
export interface Question {
  readonly about: string;
  readonly proofs: readonly { readonly answer: string; readonly proves: Sql }[];
  readonly ambiguous: Sql;
}

/** The answer that a column's texts prove: one of the question's answers, `mixed` when they prove several, `unproven` when none. */
export type Verdict = string;

/** Names an intermediate value that is used more than once, so that it is computed once. */
export type Keep = (value: Sql) => Sql;

export interface ParseContext {
  readonly keep: Keep;
  readonly verdict: Verdict;
  /** Another column of the source, cleaned; for a separate currency column. */
  readonly sourceColumn: (name: string) => Sql;
}

/** A column type: a file of its own, and one line in the registry. */
export interface ColumnType {
  readonly name: string;
  readonly options: z.ZodObject;
  /** Names of the extra columns that a column of this type makes. */
  readonly companions: (name: string) => readonly string[];
  readonly companionTypes: readonly string[];
  readonly sqlType: (options: unknown) => string;
  /** Source columns that the options name. */
  readonly sourceColumns: (options: unknown) => readonly string[];
  readonly question: (text: Sql, options: unknown, keep: Keep) => Question | null;
  readonly parse: (text: Sql, options: unknown, context: ParseContext) => ParsedColumn;
}

interface Spec<N extends string, O extends z.ZodObject> {
  readonly name: N;
  readonly options: O;
  readonly companions?: readonly { readonly suffix: string; readonly type: string }[];
  readonly sqlType: (options: z.output<O>) => string;
  readonly sourceColumns?: (options: z.output<O>) => readonly string[];
  readonly question?: (text: Sql, options: z.output<O>, keep: Keep) => Question | null;
  readonly parse: (text: Sql, options: z.output<O>, context: ParseContext) => ParsedColumn;
}

/** A column type from its spec; options are parsed by its own schema, so that its functions see them typed. */
export function columnType<N extends string, O extends z.ZodObject>(
  spec: Spec<N, O>,
): Omit<ColumnType, 'name' | 'options'> & { readonly name: N; readonly options: O } {
  const companions = spec.companions ?? [];
  return {
    name: spec.name,
    options: spec.options,
    companions: (name) => companions.map((c) => `${name}_${c.suffix}`),
    companionTypes: companions.map((c) => c.type),
    sqlType: (options) => spec.sqlType(spec.options.parse(options)),
    sourceColumns: (options) => spec.sourceColumns?.(spec.options.parse(options)) ?? [],
    question: (text, options, keep) => spec.question?.(text, spec.options.parse(options), keep) ?? null,
    parse: (text, options, context) => spec.parse(text, spec.options.parse(options), context),
  };
}
