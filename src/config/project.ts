import type { Reads } from '../sql/parse.js';
import type { Vars } from './environment.js';
import type { ConnectorKind, ParsedColumnCommon, Rates, SchemaPolicy } from './spec.js';

export type { Rates, SchemaPolicy } from './spec.js';

/** A project, validated and fully resolved: what every stage reads. */
export interface Project {
  readonly name: string;
  /** Absolute folder of the project. */
  readonly dir: string;
  /** Absolute folder of the store. */
  readonly store: string;
  /** The environment that it is meant for, where the project names several. */
  readonly target: string | undefined;
  readonly vars: Vars;
  readonly keepSnapshots: number;
  readonly engine: { readonly memory_limit?: string | undefined; readonly threads?: number | undefined };
  readonly sources: readonly Source[];
  /** Connectors that the project brings. */
  readonly connectors: readonly ConnectorKind[];
  readonly streams: readonly Stream[];
  readonly tables: readonly Table[];
  /** Where the exchange rates are, where the project has some. */
  readonly rates: Rates | undefined;
  readonly entities: readonly Entity[];
  readonly models: readonly Model[];
  readonly metrics: readonly Metric[];
}

/** What people are told of a thing. Nothing that is built depends on it, so it is no part of any fingerprint. */
export interface About {
  readonly description: string | undefined;
  readonly owner: string | undefined;
  readonly tags: readonly string[];
}

export interface Source extends About {
  readonly name: string;
  readonly connector: string;
}

export interface Stream {
  readonly source: string;
  readonly stream: string;
  readonly connector: string;
  readonly description: string | undefined;
  /** Another stream of the same source whose records this one is read for. */
  readonly parent: string | undefined;
  /** What becomes of columns that are not among the known ones. */
  readonly schema: SchemaPolicy;
  /** Options of the source and of the stream, as the connector's schemas gave them. */
  readonly sourceOptions: Readonly<Record<string, unknown>>;
  readonly options: Readonly<Record<string, unknown>>;
}

export interface Column {
  readonly name: string;
  readonly type: string;
  readonly common: ParsedColumnCommon & { readonly from: string };
  readonly options: Readonly<Record<string, unknown>>;
}

export interface Rule {
  /** Unique within the table. */
  readonly name: string;
  readonly kind: string;
  readonly severity: 'warn' | 'quarantine' | 'fail';
  readonly options: Readonly<Record<string, unknown>>;
}

export interface Table extends About {
  readonly name: string;
  readonly source: string;
  readonly stream: string;
  readonly key: 'content' | readonly string[];
  readonly recency: string | undefined;
  /** Whether, without declared recency, the row that was read later is newer. */
  readonly ordered: boolean;
  readonly columns: readonly Column[];
  readonly rules: readonly Rule[];
  readonly amounts: readonly string[];
}

export interface EntityRecords {
  readonly table: string;
  readonly source: string;
  readonly stream: string;
  readonly role: 'record' | 'reference';
  readonly id: string | undefined;
  /** Whether each row of the table is another record; else several rows may speak of one. */
  readonly unique: boolean;
  readonly recency: string | undefined;
  readonly identifiers: Readonly<Record<string, string>>;
  readonly attributes: Readonly<Record<string, string>>;
}

export interface IdentifierPolicy {
  readonly unique: 'entity' | 'source' | undefined;
  readonly maxRecords: number;
}

export interface Survivorship {
  readonly strategy: string;
  readonly options: Readonly<Record<string, unknown>>;
}

/** A rung of a ladder that the project wrote: a condition over `left_value` and `right_value`. */
export interface WrittenLevel {
  readonly name: string;
  readonly sql: string;
  /** About how many of the pairs of one entity are expected here; told by its place if left out. */
  readonly share?: number | undefined;
}

/** How an attribute is compared. */
export interface ComparedAs {
  /** Its kind; told by its name and its values if left out. */
  readonly kind?: string | undefined;
  /** From most to least alike: conditions in SQL over `left_value` and `right_value`; those of the kind if left out. */
  readonly levels?: readonly WrittenLevel[] | undefined;
}

/** How records of an entity are matched by their attributes. */
export interface Match {
  /** Attribute → its kind and its ladder, where the project says them. */
  readonly attributes: Readonly<Record<string, ComparedAs>>;
  readonly ignore: readonly string[];
  readonly within: 'all' | 'between_sources' | 'within_sources';
  readonly onePerSource: readonly string[];
  readonly threshold?: number | undefined;
  readonly pairs?: number | undefined;
  readonly largest: number;
  /** Path of a frozen model. */
  readonly model?: string | undefined;
}

export interface Entity extends About {
  readonly name: string;
  readonly prefix: string;
  /** Whether what its golden records once were is kept. */
  readonly history: boolean;
  readonly records: readonly EntityRecords[];
  readonly identifiers: Readonly<Record<string, IdentifierPolicy>>;
  readonly trust: Readonly<Record<string, number>>;
  /** How its records are matched by their attributes; left out where only identifiers link them. */
  readonly match?: Match;
  /** Attribute → strategy, one for every attribute. */
  readonly survivorship: Readonly<Record<string, Survivorship>>;
}

export interface ForeignKey {
  readonly column: string;
  readonly toModel: string;
  readonly toColumn: string;
  readonly missing: 'fail' | 'warn' | 'inferred' | 'unknown';
}

/** How an incremental model is brought up to date. */
export interface Increment {
  readonly key: readonly string[];
  readonly since: string;
  /** A duration such as `3 days`. */
  readonly lookback: string | undefined;
}

export interface Model extends About {
  readonly name: string;
  /** Path relative to the project's folder. */
  readonly path: string;
  readonly sql: string;
  readonly materialized: 'table' | 'view' | 'incremental';
  /** Of an incremental model only; else null. */
  readonly increment: Increment | null;
  readonly reads: Reads;
  /** The vars that its SQL asks for, with their values: a part of what the model is. */
  readonly vars: Vars;
  readonly primaryKey: readonly string[];
  readonly foreignKeys: readonly ForeignKey[];
  /** Column → what it is. */
  readonly columns: Readonly<Record<string, string | undefined>>;
}

/** A number that is declared once. Every SQL of it is one expression over the columns of its table. */
export interface Metric extends About {
  readonly name: string;
  /** The gold table that it is of, without its schema. */
  readonly model: string;
  readonly sql: string;
  readonly dimensions: readonly { readonly name: string; readonly sql: string }[];
  readonly filter: string | undefined;
  readonly time: string | undefined;
  readonly currency: string | undefined;
  readonly format: string;
}
