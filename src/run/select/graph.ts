import { definitionOf } from '../../config/definition.js';
import type { About, Project } from '../../config/project.js';
import { goldTablesOf, identityTablesOf } from '../../config/references.js';

/** What a node may be, in the way of the data. */
export const nodeTypes = ['stream', 'table', 'entity', 'model', 'metric'] as const;

/** One thing that a project declares, as selectors and artifacts know it. A build makes all of them but metrics, which are asked for. */
export interface GraphNode extends About {
  /** `stream.crm.contacts`, `table.contacts`, `entity.customer`, `model.fact_sales`, `metric.revenue`. */
  readonly id: string;
  readonly type: (typeof nodeTypes)[number];
  /** `crm.contacts` for a stream; else the name in the project file. */
  readonly name: string;
  /** Of a stream and of a table: the source that it comes from. */
  readonly source: string | null;
  /** Of a model: its file, relative to the project. */
  readonly path: string | null;
  readonly materialized: string | null;
  /** Columns that are declared, with what is said of each. */
  readonly columns: Readonly<Record<string, string | undefined>>;
  /** Tables and views of the warehouse that it makes, `schema.name`. */
  readonly makes: readonly string[];
  /** What it reads, as people write it: a connector, `crm.contacts`, `silver.contacts`. */
  readonly reads: readonly string[];
  /** Nodes that it is made from, sorted. */
  readonly from: readonly string[];
  /** Plain data that says all that the project declares of it. */
  readonly definition: unknown;
}

/** Everything that a project makes, and what is made from what. */
export interface Graph {
  /** In the way of the data: streams, tables, entities, models, metrics, each in the order of the project. */
  readonly nodes: readonly GraphNode[];
  readonly byId: ReadonlyMap<string, GraphNode>;
  /** Node → nodes that are made from it. */
  readonly children: ReadonlyMap<string, readonly string[]>;
}

/** The graph of a project. What a relation in SQL means is found by the node that makes it, so a new kind of node needs only its list. */
export function graphOf(project: Project): Graph {
  const made: GraphNode[] = [...streamNodes(project), ...tableNodes(project), ...entityNodes(project)];
  const maker = new Map(made.flatMap((node) => node.makes.map((relation) => [relation, node.id] as const)));
  for (const model of project.models) maker.set(`gold.${model.name}`, `model.${model.name}`);
  const models = project.models.map((model): GraphNode => {
    const reads = model.reads.tables.map((t) => `${t.schema ?? ''}.${t.name}`);
    const needed = [...reads, ...model.foreignKeys.map((k) => `gold.${k.toModel}`).filter((to) => to !== `gold.${model.name}`)];
    return {
      id: `model.${model.name}`,
      type: 'model',
      name: model.name,
      source: null,
      path: model.path,
      materialized: model.materialized,
      ...aboutOf(model),
      columns: model.columns,
      makes: [`gold.${model.name}`],
      reads,
      from: sorted(needed.flatMap((relation) => maker.get(relation) ?? [])),
      definition: definitionOf(model),
    };
  });
  const metrics = project.metrics.map((metric): GraphNode => {
    const relation = `gold.${metric.model}`;
    return {
      id: `metric.${metric.name}`,
      type: 'metric',
      name: metric.name,
      source: null,
      path: null,
      materialized: null,
      ...aboutOf(metric),
      columns: {},
      makes: [],
      reads: [relation],
      from: sorted([maker.get(relation) ?? []].flat()),
      definition: definitionOf(metric),
    };
  });
  const nodes = [...made, ...models, ...metrics];
  const children = new Map(nodes.map((n): [string, string[]] => [n.id, []]));
  for (const node of nodes) for (const parent of node.from) children.get(parent)?.push(node.id);
  return { nodes, byId: new Map(nodes.map((n) => [n.id, n])), children };
}

/** What people are told of a thing, and no more of it. */
function aboutOf({ description, owner, tags }: About): About {
  return { description, owner, tags };
}

function streamNodes(project: Project): readonly GraphNode[] {
  return project.streams.map((s) => {
    const source = project.sources.find(({ name }) => name === s.source);
    return {
      id: `stream.${s.source}.${s.stream}`,
      type: 'stream',
      name: `${s.source}.${s.stream}`,
      source: s.source,
      path: null,
      materialized: null,
      description: s.description,
      owner: source?.owner,
      tags: source?.tags ?? [],
      columns: {},
      makes: [`bronze.${s.source}__${s.stream}`],
      reads: [s.connector],
      from: s.parent === undefined ? [] : [`stream.${s.source}.${s.parent}`],
      definition: s,
    };
  });
}

function tableNodes(project: Project): readonly GraphNode[] {
  return project.tables.map((t) => ({
    id: `table.${t.name}`,
    type: 'table',
    name: t.name,
    source: t.source,
    path: null,
    materialized: null,
    ...aboutOf(t),
    columns: Object.fromEntries(t.columns.map(({ name, common }) => [name, common.description])),
    makes: [`silver.${t.name}`, `quarantine.${t.name}`],
    reads: [`${t.source}.${t.stream}`],
    from: [`stream.${t.source}.${t.stream}`],
    definition: definitionOf(t),
  }));
}

function entityNodes(project: Project): readonly GraphNode[] {
  return project.entities.map((e) => ({
    id: `entity.${e.name}`,
    type: 'entity',
    name: e.name,
    source: null,
    path: null,
    materialized: null,
    ...aboutOf(e),
    columns: {},
    makes: [
      ...goldTablesOf(e.name, e.history).map((t) => `gold.${t}`),
      ...identityTablesOf(e.name, e.match !== undefined).map((t) => `identity.${t}`),
    ],
    reads: [...new Set(e.records.map((r) => `silver.${r.table}`))],
    from: sorted(e.records.map((r) => `table.${r.table}`)),
    definition: definitionOf(e),
  }));
}

function sorted(names: readonly string[]): readonly string[] {
  return [...new Set(names)].sort();
}

/** Some nodes and all that lies within so many steps of them along `next`. */
export function reach(from: Iterable<string>, next: (id: string) => readonly string[], steps: number): ReadonlySet<string> {
  const out = new Set(from);
  let edge = [...out];
  for (let step = 0; step < steps && edge.length > 0; step++) {
    edge = [...new Set(edge.flatMap((id) => next(id)))].filter((id) => !out.has(id));
    for (const id of edge) out.add(id);
  }
  return out;
}
