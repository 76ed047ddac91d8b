import type { z } from 'zod';
import type { ProjectFiles } from '../../config/spec.js';
import { tryCast } from '../../engine/functions.js';
import type { Sql } from '../../sql/tag.js';
import { sql } from '../../sql/tag.js';

/** Something that may be wrong with a value, as a condition over the row. */
export interface ValueProblem {
  /** Name within the column, such as `currency`. */
  readonly name: string;
  readonly broken: Sql;
  readonly reason: string;
  /** It is counted as a warning, whatever `on_error` says, and the value stands. */
  readonly warns?: boolean;
}

export interface ParsedColumn {
  /** The typed value; null where the text is missing or can't be read. */
  readonly value: Sql;
  readonly problems?: readonly ValueProblem[];
  /** Why a text can't be read, where the type can tell: each is a fault of its own instead of `type`. */
  readonly refusals?: readonly ValueProblem[];
  /** Whether the text could not be read; that there is a text and no value, if left out. */
  readonly unread?: Sql;
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

/** What a mapper made of one text. */
export interface Mapped {
  /** The value as text that its type can be cast from; null where it can't be read. */
  readonly value: string | null;
  readonly companions?: readonly (string | null)[];
  /** Which of the type's refusals explains that there is no value. */
  readonly refused?: string;
  /** Something to count, by name: what it means is the type's own affair. */
  readonly noted?: string;
}

/**
 * Reads one cleaned text, and the cleaned texts of the source columns that the options name. It is pure, never throws, and
 * is asked once for each distinct input.
 */
export type Mapper = (text: string, beside: readonly (string | null)[]) => Mapped;

/** The answers of a mapper, as the staging statement sees them. */
export interface MappedSql {
  readonly value: Sql;
  readonly refused: Sql;
  readonly noted: Sql;
  readonly companions: readonly Sql[];
}

export interface ParseContext {
  readonly keep: Keep;
  readonly verdict: Verdict;
  /** Another column of the source, cleaned; for a separate currency column. */
  readonly sourceColumn: (name: string) => Sql;
  /** What the type's mapper made of the text, where it has one. */
  readonly mapped?: MappedSql;
}

/** A column type: a file of its own, and one line in the registry. */
export interface ColumnType {
  readonly name: string;
  readonly options: z.ZodObject;
  /** What the type in silver depends on, in words; null where it is always the same. */
  readonly typeNote: string | null;
  /** Names of the extra columns that a column of this type makes. */
  readonly companions: (name: string) => readonly string[];
  readonly companionTypes: readonly string[];
  readonly sqlType: (options: unknown) => string;
  /** Whether it reads a source column of its own, the one that `from` names. */
  readonly readsFrom: boolean;
  /** Source columns that the options name. */
  readonly sourceColumns: (options: unknown) => readonly string[];
  readonly complete: (options: Readonly<Record<string, unknown>>, files: ProjectFiles) => Promise<Readonly<Record<string, unknown>>>;
  readonly question: (text: Sql, options: unknown, keep: Keep) => Question | null;
  /** How a text is spelled that came as a number, so that `question` and `parse` need not wonder how it is meant; null where they never do. */
  readonly ofNumber: ((text: Sql, options: unknown) => Sql) | null;
  /** SQL over the source columns that is judged by itself, row by row, before anything is cleaned. */
  readonly expression: (options: unknown) => string | null;
  readonly parse: (text: Sql, options: unknown, context: ParseContext) => ParsedColumn;
  /** The mapper, of types whose texts SQL can't read; null of all others. */
  readonly mapper: ((options: unknown) => Promise<Mapper>) | null;
  /** What the mapper's answers depend on beside text and options, such as the version of a library's data. */
  readonly version: () => string | null;
}

interface Spec<N extends string, O extends z.ZodObject> {
  readonly name: N;
  readonly options: O;
  readonly typeNote?: string;
  readonly companions?: readonly { readonly suffix: string; readonly type: string }[];
  readonly sqlType: (options: z.output<O>) => string;
  readonly readsFrom?: boolean;
  readonly sourceColumns?: (options: z.output<O>) => readonly string[];
  readonly complete?: (options: z.output<O>, files: ProjectFiles) => Promise<z.output<O>>;
  readonly question?: (text: Sql, options: z.output<O>, keep: Keep) => Question | null;
  readonly ofNumber?: (text: Sql, options: z.output<O>) => Sql;
  readonly expression?: (options: z.output<O>) => string;
  /** How SQL reads a text; of a type with `map` and without this, what the mapper answered. */
  readonly parse?: (text: Sql, options: z.output<O>, context: ParseContext) => ParsedColumn;
  readonly map?: (options: z.output<O>) => Promise<Mapper> | Mapper;
  /** Name → reason of what a mapper may refuse a text for. */
  readonly refusals?: Readonly<Record<string, string>>;
  readonly version?: () => string;
}

/** A column type from its spec; options are parsed by its own schema, so that its functions see them typed. */
export function columnType<N extends string, O extends z.ZodObject>(
  spec: Spec<N, O>,
): Omit<ColumnType, 'name' | 'options'> & { readonly name: N; readonly options: O } {
  const companions = spec.companions ?? [];
  const { map, ofNumber } = spec;
  return {
    name: spec.name,
    options: spec.options,
    typeNote: spec.typeNote ?? null,
    companions: (name) => companions.map((c) => `${name}_${c.suffix}`),
    companionTypes: companions.map((c) => c.type),
    sqlType: (options) => spec.sqlType(spec.options.parse(options)),
    readsFrom: spec.readsFrom ?? true,
    sourceColumns: (options) => spec.sourceColumns?.(spec.options.parse(options)) ?? [],
    complete: async (options, files) =>
      spec.complete === undefined ? options : { ...(await spec.complete(spec.options.parse(options), files)) },
    question: (text, options, keep) => spec.question?.(text, spec.options.parse(options), keep) ?? null,
    ofNumber: ofNumber === undefined ? null : (text, options) => ofNumber(text, spec.options.parse(options)),
    expression: (options) => spec.expression?.(spec.options.parse(options)) ?? null,
    parse: (text, options, context) => {
      const parsed = spec.options.parse(options);
      const { mapped } = context;
      const refusals =
        mapped === undefined
          ? []
          : Object.entries(spec.refusals ?? {}).map(([name, reason]) => ({ name, reason, broken: sql`${mapped.refused} = ${name}` }));
      const own = spec.parse?.(text, parsed, context) ?? {
        value: typed(mapped?.value ?? sql`NULL`, spec.sqlType(parsed)),
        companions: companions.map((c, i) => typed(mapped?.companions[i] ?? sql`NULL`, c.type)),
      };
      return refusals.length === 0 ? own : { ...own, refusals };
    },
    mapper: map === undefined ? null : async (options) => map(spec.options.parse(options)),
    version: () => spec.version?.() ?? null,
  };
}

function typed(text: Sql, type: string): Sql {
  return type === 'VARCHAR' ? text : tryCast(text, type);
}
