/*
 * Everything that the site of a project shows, as data: names, descriptions, counts and shares. No field may hold a value of a
 * row; what is measured is null where it could not be.
 */

export type Kind = 'stream' | 'table' | 'entity' | 'model' | 'metric';

/** What every thing of a project may say of itself. `name` is unique within its kind; `stream`s are `source.stream`. */
export interface Words {
  readonly name: string;
  readonly description: string | null;
  readonly owner: string | null;
  readonly tags: readonly string[];
}

/** A column of anything. */
export interface ColumnDoc {
  readonly name: string;
  readonly type: string;
  readonly description: string | null;
  /** Part of the key. */
  readonly key: boolean;
  /** Where it comes from: the source column of a table's column, or the columns that a model's column is made of. */
  readonly from: readonly string[];
  /** What is done to it on its way, in words. */
  readonly cleaning: readonly string[];
  /** Rows in which it has a value. */
  readonly filled: number | null;
}

export interface StreamDoc extends Words {
  readonly source: string;
  readonly connector: string;
  /** Options as the project gives them, secrets and credentials left out. */
  readonly options: readonly { readonly name: string; readonly value: string }[];
  readonly columns: readonly { readonly name: string; readonly usedBy: readonly string[] }[];
  readonly landed: {
    readonly rows: number;
    readonly rejected: number;
    readonly parts: number;
    readonly bytes: number;
    readonly batches: number;
    /** UTC. */
    readonly last: string;
  } | null;
}

/** What was inferred from a whole column, with how many of its values prove what. */
export interface Inference {
  readonly column: string;
  readonly verdict: string;
  readonly evidence: readonly Count[];
}

export interface Count {
  readonly name: string;
  readonly n: number;
}

export interface RuleDoc {
  readonly table: string;
  readonly name: string;
  readonly kind: string;
  readonly severity: 'warn' | 'quarantine' | 'fail';
  /** What it asks, in words. */
  readonly asks: string;
  readonly column: string | null;
  /** When it was last judged; null when it never was. */
  readonly last: { readonly run: string; readonly judged: number; readonly broken: number } | null;
}

export interface TableDoc extends Words {
  readonly stream: string;
  readonly key: readonly string[] | 'content';
  readonly recency: string | null;
  readonly amounts: readonly string[];
  readonly columns: readonly ColumnDoc[];
  readonly rules: readonly RuleDoc[];
  readonly inferred: readonly Inference[];
  /** Current rows; null when silver could not be asked. */
  readonly rows: number | null;
  readonly quarantined: number | null;
  /** Reason → rows; a row with several reasons counts under each. */
  readonly reasons: readonly Count[];
  /** What became of the rows that the last run with news for this table read. */
  readonly dispositions: { readonly run: string; readonly lines: readonly Count[] } | null;
}

export interface EntityDoc extends Words {
  readonly prefix: string;
  readonly roles: readonly {
    readonly table: string;
    readonly stream: string;
    readonly role: 'record' | 'reference';
    readonly id: string | null;
    readonly recency: string | null;
    readonly identifiers: readonly { readonly name: string; readonly column: string }[];
    readonly attributes: readonly { readonly name: string; readonly column: string }[];
  }[];
  readonly identifiers: readonly { readonly name: string; readonly unique: string | null; readonly maxRecords: number }[];
  readonly trust: readonly Count[];
  readonly survivorship: readonly { readonly field: string; readonly rule: string; readonly winners: readonly Count[] }[];
  readonly tables: readonly { readonly name: string; readonly rows: number | null }[];
  readonly measured: {
    readonly entities: number;
    readonly records: number;
    readonly recordsBySource: readonly Count[];
    /** Records in one entity → how many entities have so many. */
    readonly sizes: readonly { readonly size: number; readonly n: number }[];
    /** Sources that know one entity → how many entities are known by so many. */
    readonly overlap: readonly { readonly size: number; readonly n: number }[];
    readonly links: readonly { readonly identifier: string; readonly decision: string; readonly n: number }[];
    readonly references: readonly { readonly table: string; readonly reason: string; readonly n: number }[];
    readonly events: readonly { readonly run: string; readonly event: string; readonly n: number }[];
    readonly fields: readonly { readonly name: string; readonly type: string; readonly filled: number | null }[];
  } | null;
}

export interface ModelDoc extends Words {
  readonly path: string;
  /** Folder below `models`; '' at its top. */
  readonly folder: string;
  readonly sql: string;
  readonly primaryKey: readonly string[];
  readonly foreignKeys: readonly { readonly column: string; readonly to: string; readonly missing: string }[];
  /** `schema.table` of everything that it reads. */
  readonly reads: readonly string[];
  readonly usesAsOf: boolean;
  readonly columns: readonly ColumnDoc[];
  readonly rows: number | null;
}

/** A declared metric: an expression over a gold table. */
export interface MetricDoc extends Words {
  /** Id of the thing that makes its table; null where nothing does. */
  readonly of: string | null;
  /** Its gold table, without the schema. */
  readonly model: string;
  readonly sql: string;
  readonly dimensions: readonly string[];
  readonly filter: string | null;
  readonly time: string | null;
  readonly currency: string | null;
  /** What it came to at the last publication, one for each currency, as the engine writes numbers. */
  readonly totals: readonly { readonly currency: string | null; readonly value: string }[];
}

/** One end of a relation. */
export interface End {
  readonly node: string;
  readonly label: string;
  readonly column: string;
}

/** A declared relation between two things, and how well it holds. */
export interface RelationDoc {
  readonly kind: 'foreign key' | 'relationship rule' | 'reference' | 'record';
  readonly from: End;
  readonly to: End;
  /** What happens to a row that meets nothing. */
  readonly policy: string;
  readonly measured: Measured | null;
  /** Why nothing was measured. */
  readonly unmeasured: string | null;
}

export interface Measured {
  readonly rows: number;
  /** Rows with a value to meet by. */
  readonly filled: number;
  readonly matched: number;
  /** Different values that meet nothing. */
  readonly orphanValues: number;
  readonly cardinality: '1:1' | 'n:1' | '1:n' | 'n:m' | '–';
  /** Values on the other side, and how many of them are met. */
  readonly targets: number;
  readonly met: number;
  /** Rows on the other side that stand only because this side names them. */
  readonly inferred: number;
}

export interface CheckDoc {
  readonly kind: string;
  readonly name: string;
  readonly status: string;
  readonly broken: number;
  readonly message: string;
}

export interface RunDoc {
  readonly run: string;
  readonly started: string;
  readonly ms: number | null;
  readonly asOf: string;
  readonly status: string;
  readonly published: boolean;
}

/** A line of the ledger of the last run: what was read of a stream or a table, and what became of it. */
export interface AccountDoc {
  readonly scope: string;
  readonly name: string;
  readonly read: number;
  readonly lines: readonly Count[];
  readonly balanced: boolean;
}

export interface Site {
  readonly project: Words;
  readonly snapshot: { readonly run: string; readonly status: string; readonly asOf: string; readonly publishedAt: string } | null;
  /** What could not be looked at, and why; empty when all of it could. */
  readonly notes: readonly string[];
  readonly streams: readonly StreamDoc[];
  readonly tables: readonly TableDoc[];
  readonly entities: readonly EntityDoc[];
  /** In the order in which they are built. */
  readonly models: readonly ModelDoc[];
  readonly metrics: readonly MetricDoc[];
  readonly relations: readonly RelationDoc[];
  readonly checks: readonly CheckDoc[];
  /** Newest first. */
  readonly runs: readonly RunDoc[];
  readonly steps: readonly { readonly stage: string; readonly ms: number }[];
  readonly ledger: { readonly run: string; readonly balanced: boolean; readonly accounts: readonly AccountDoc[] } | null;
  /** What is made from what, by id. */
  readonly edges: readonly { readonly from: string; readonly to: string }[];
}

/** The id of a thing: of its page, of its place in the graph. */
export function idOf(kind: Kind, name: string): string {
  return `${kind}.${name}`;
}
