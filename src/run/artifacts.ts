import { appendFileSync } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Effects, RunEvent } from '../base/effects.js';
import { OnefoldError } from '../base/errors.js';
import { redactedJson } from '../base/redact.js';
import type { Project } from '../config/project.js';
import { fingerprint } from './fingerprint.js';
import type { Graph } from './select/graph.js';
import { nodeTypes } from './select/graph.js';

/** The files of one run, in a folder of its own below `runs/`. They hold names, counts and times, never a row's values. */
export interface Artifacts {
  /** Tells the listener, and keeps the event as a line of `events.ndjson`. */
  readonly report: (event: RunEvent) => void;
  /** Writes `run_results.json`. */
  readonly results: (result: unknown) => Promise<void>;
}

const count = z.number().int().min(0);

const manifestNode = z.object({
  unique_id: z.string().describe('`stream.crm.contacts`, `table.contacts`, `entity.customer`, `model.fact_sales`, `metric.revenue`'),
  resource_type: z.enum(nodeTypes),
  name: z.string(),
  source: z.string().nullable().describe('Of a stream and of a table: the source that it comes from'),
  path: z.string().nullable().describe("Of a model: its file, relative to the project's folder"),
  materialized: z.string().nullable().describe('Of a model: `table`, `view` or `incremental`'),
  description: z.string().nullable(),
  owner: z.string().nullable().describe('Who answers for it; of a stream: for its source'),
  tags: z.array(z.string()),
  columns: z
    .record(z.string(), z.object({ description: z.string().nullable() }))
    .describe('Of a table: all of its columns. Of a model: those that the project file speaks of'),
  depends_on: z.array(z.string()).describe('Nodes that it is made from'),
  relations: z.array(z.string()).describe('Tables and views that it makes, `schema.name`'),
  fingerprint: z.string().describe('Digest of all that the project declares of it; another means that it was modified'),
});

/** What a project was in a run: `manifest.json`. */
export const manifestSchema = z.object({
  format: z.literal(2).describe('Version of this form'),
  run_id: z.string(),
  as_of: z.string().describe('What the run called now, ISO 8601'),
  name: z.string().describe('Name of the project'),
  nodes: z.record(z.string(), manifestNode).describe('By unique id'),
  streams: z.array(z.looseObject({ source: z.string(), stream: z.string(), connector: z.string() })),
  tables: z.array(z.looseObject({ name: z.string() })),
  entities: z.array(z.looseObject({ name: z.string() })),
  models: z.array(z.looseObject({ name: z.string(), path: z.string(), sql: z.string() })),
  metrics: z.array(
    z.looseObject({
      name: z.string(),
      model: z.string().describe('The gold table that it is of'),
      sql: z.string(),
      dimensions: z.array(z.object({ name: z.string(), sql: z.string() })),
      filter: z.string().optional(),
      time: z.string().optional(),
      currency: z.string().optional(),
      format: z.string(),
    }),
  ),
});

const nodeResult = z.object({
  unique_id: z.string(),
  resource_type: z.enum(nodeTypes),
  name: z.string(),
  status: z
    .enum(['success', 'error', 'skipped', 'fail', 'warn'])
    .describe('`fail`, `warn`: a check of it did not pass; `skipped`: something that it is made from could not be built'),
  built: z.boolean().describe('False where nothing that it is made from had changed'),
  ms: z.number().min(0).describe('Milliseconds'),
  rows: count.nullable().describe('Rows that it holds, or that a stream landed; null where it was not built, or is a view'),
  message: z.string().nullable(),
  as_of: z
    .string()
    .nullable()
    .optional()
    .describe('Of a stream: when its last complete reading began, ISO 8601; null where nothing was landed of it'),
});

/** What a run did: `run_results.json`, and what `onefold build --json` prints. */
export const runResultsSchema = z.object({
  format: z.literal(1).describe('Version of this form'),
  run_id: z.string().describe('Empty where nothing was selected, so that there was no run'),
  status: z.enum(['success', 'partial', 'failed']),
  as_of: z.string().describe('What the run called now, ISO 8601'),
  published: z.boolean().describe('Whether a new snapshot was published; false also when nothing had changed'),
  changed: z.array(z.string()).describe('Tables and views that were published anew, or are gone'),
  results: z.array(nodeResult).describe('How every selected node ended, in the way of the data'),
  warnings: z.array(z.object({ name: z.string(), message: z.string() })),
  drift: z
    .array(
      z.object({
        stream: z.string(),
        part: z.string(),
        column: z.string(),
        change: z.enum(['added', 'vanished', 'returned', 'refused', 'rows_discarded', 'values_discarded']),
        rows: count.nullable().describe('Rows or values that were left out'),
      }),
    )
    .describe('How the columns of streams differ from those that they had; no reason for a run to be `partial`'),
  tables: z.array(
    z.object({
      name: z.string(),
      rows: count,
      quarantined: count,
      reasons: z.record(z.string(), count),
      warned: z.record(z.string(), count),
      inferred: z.array(z.object({ column: z.string(), verdict: z.string(), evidence: z.record(z.string(), count) })),
    }),
  ),
  entities: z.array(
    z.object({ name: z.string(), records: count, entities: count, links: z.record(z.string(), count), unlinked_references: count }),
  ),
  checks: z.array(
    z.object({ kind: z.string(), name: z.string(), status: z.enum(['pass', 'warn', 'fail']), broken: count, message: z.string() }),
  ),
  imbalances: z.array(z.object({ scope: z.string(), name: z.string(), currency: z.string().nullable(), message: z.string() })),
  ledger: z.array(
    z.object({
      scope: z.string(),
      name: z.string(),
      line: z.string(),
      currency: z.string().nullable(),
      rows: count,
      amount: z.string().nullable(),
      unreadable: count.nullable(),
    }),
  ),
  steps: z.array(z.object({ stage: z.string(), name: z.string(), started_at: z.string(), ms: z.number() })),
  error: z.object({ code: z.string(), message: z.string(), hint: z.string().optional() }).nullable(),
});

/** Node → digest of what a project declares of it. */
export function fingerprintsOf(graph: Graph): ReadonlyMap<string, string> {
  return new Map(graph.nodes.map((node) => [node.id, fingerprint([node.definition, node.from])]));
}

/** Starts the files of a run: `manifest.json` says what the project was. */
export async function startArtifacts(
  folder: string,
  effects: Effects,
  project: Project,
  graph: Graph,
  runId: string,
  asOf: Date,
): Promise<Artifacts> {
  await mkdir(folder, { recursive: true });
  const { name, target, vars, tables, entities, models, metrics } = project;
  const prints = fingerprintsOf(graph);
  const nodes = graph.nodes.map((node): [string, z.output<typeof manifestNode>] => [
    node.id,
    {
      unique_id: node.id,
      resource_type: node.type,
      name: node.name,
      source: node.source,
      path: node.path,
      materialized: node.materialized,
      description: node.description ?? null,
      owner: node.owner ?? null,
      tags: [...node.tags],
      columns: Object.fromEntries(Object.entries(node.columns).map(([column, description = null]) => [column, { description }])),
      depends_on: [...node.from],
      relations: [...node.makes],
      fingerprint: prints.get(node.id) ?? '',
    },
  ]);
  // Options of a source may lead to secrets, so they stay out.
  const streams = project.streams.map(({ source, stream, connector, options }) => ({ source, stream, connector, options }));
  const manifest = {
    format: 2,
    run_id: runId,
    as_of: asOf.toISOString(),
    name,
    target,
    vars,
    nodes: Object.fromEntries(nodes),
    streams,
    tables,
    entities,
    models,
    metrics,
  };
  await writeFile(join(folder, 'manifest.json'), `${redactedJson(manifest, 1)}\n`);
  return {
    report: (event) => {
      // Written at once, so that a run that dies has told how far it came.
      if (event.type !== 'progress')
        appendFileSync(join(folder, 'events.ndjson'), `${redactedJson({ at: effects.now().toISOString(), ...event })}\n`);
      effects.report(event);
    },
    results: (result) => writeFile(join(folder, 'run_results.json'), `${redactedJson(result, 1)}\n`),
  };
}

/** Only what selectors ask of the files, so that files of other versions of the rest can be read too. */
const manifestRead = z.object({ format: z.literal(2), nodes: z.record(z.string(), z.object({ fingerprint: z.string() })) });
const resultsRead = z.object({
  format: z.literal(1),
  results: z.array(z.object({ unique_id: z.string(), status: z.string() })),
  error: z.object({ message: z.string() }).nullable(),
});

/** Node → fingerprint, from the `manifest.json` in a folder; null where there is none. @throws OnefoldError `USAGE` */
export async function readManifest(folder: string): Promise<ReadonlyMap<string, string> | null> {
  const found = await readArtifact(join(folder, 'manifest.json'), manifestRead);
  return found === null ? null : new Map(Object.entries(found.nodes).map(([id, node]) => [id, node.fingerprint]));
}

/** How a run ended, from the `run_results.json` in a folder; null where there is none. @throws OnefoldError `USAGE` */
export async function readRunResults(
  folder: string,
): Promise<{ readonly byNode: ReadonlyMap<string, string>; readonly error: string | null } | null> {
  const found = await readArtifact(join(folder, 'run_results.json'), resultsRead);
  return found === null
    ? null
    : { byNode: new Map(found.results.map((r) => [r.unique_id, r.status])), error: found.error?.message ?? null };
}

/** The folder of the newest run of a store, or null. */
export async function lastRunFolder(runs: string): Promise<string | null> {
  const names = (await readdir(runs).catch(() => [])).filter((name) => /^r\d+$/.test(name)).sort();
  const last = names.at(-1);
  return last === undefined ? null : join(runs, last);
}

async function readArtifact<T>(path: string, shape: z.ZodType<T>): Promise<T | null> {
  const text = await readFile(path, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') return null;
    throw new OnefoldError('USAGE', `${path} can't be read`, { cause });
  });
  if (text === null) return null;
  const parsed = shape.safeParse(jsonOrNull(text));
  if (!parsed.success) throw new OnefoldError('USAGE', `${path} is no artifact of this version`);
  return parsed.data;
}

function jsonOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
