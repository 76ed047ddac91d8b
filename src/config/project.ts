import type { ConnectorKind, ParsedColumnCommon } from './spec.js';

/** A project, validated and fully resolved: what every stage reads. */
export interface Project {
  readonly name: string;
  /** Absolute folder of the project. */
  readonly dir: string;
  /** Absolute folder of the store. */
  readonly store: string;
  readonly keepSnapshots: number;
  readonly engine: { readonly memory_limit?: string | undefined; readonly threads?: number | undefined };
  /** Connectors that the project brings. */
  readonly connectors: readonly ConnectorKind[];
  readonly streams: readonly Stream[];
  readonly tables: readonly Table[];
  readonly entities: readonly Entity[];
  readonly models: readonly Model[];
}

export interface Stream {
  readonly source: string;
  readonly stream: string;
  readonly connector: string;
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

export interface Table {
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

export interface Entity {
  readonly name: string;
  readonly prefix: string;
  readonly records: readonly EntityRecords[];
  readonly identifiers: Readonly<Record<string, IdentifierPolicy>>;
  readonly trust: Readonly<Record<string, number>>;
  /** Attribute → strategy, one for every attribute. */
  readonly survivorship: Readonly<Record<string, Survivorship>>;
}

export interface ForeignKey {
  readonly column: string;
  readonly toModel: string;
  readonly toColumn: string;
  readonly missing: 'fail' | 'warn' | 'inferred' | 'unknown';
}

export interface Model {
  readonly name: string;
  /** Path relative to the project's folder. */
  readonly path: string;
  readonly sql: string;
  readonly primaryKey: readonly string[];
  readonly foreignKeys: readonly ForeignKey[];
}
