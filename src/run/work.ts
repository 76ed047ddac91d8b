import type { OnefoldError } from '../base/errors.js';
import type { SnapshotTable } from '../publish/snapshot.js';
import type { Graph, GraphNode } from './select/graph.js';

/** How one node ended. */
export interface NodeResult {
  readonly unique_id: string;
  readonly resource_type: GraphNode['type'];
  readonly name: string;
  /** `fail` and `warn`: a check of it did not pass; `skipped`: something that it is made from could not be built. */
  readonly status: 'success' | 'error' | 'skipped' | 'fail' | 'warn';
  /** Whether it was built; false where nothing that it is made from had changed. */
  readonly built: boolean;
  readonly ms: number;
  /** Rows that it holds, or that a stream landed; null where it was not built, or is a view. */
  readonly rows: number | null;
  readonly message: string | null;
  /** Of a stream: how old what is landed of it is (ISO 8601); null where nothing is. */
  readonly as_of?: string | null;
}

/** What a run is to do, and how far it has come. */
export interface Work {
  readonly graph: Graph;
  /** Ids of the nodes that this run builds. */
  readonly selected: ReadonlySet<string>;
  readonly fullRefresh: boolean;
  /** Tables and views that stood when the run began, `schema.name`. */
  readonly stood: ReadonlySet<string>;
  readonly results: Map<string, NodeResult>;
  /** What stopped nodes, in the order in which it happened. */
  readonly errors: OnefoldError[];
  /** Content of the tables that this run has built, `schema.name`. */
  readonly versions: Map<string, SnapshotTable>;
}
