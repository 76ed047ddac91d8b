/** Onefold: many systems, one customer. The public API. */
export type { Effects, Progress, RunEvent, StatementSeen } from './base/effects.js';
export { realEffects } from './base/effects.js';
export type { ErrorCode, Problem } from './base/errors.js';
export { errorCodes, OnefoldError } from './base/errors.js';
export type { Project } from './config/project.js';
export type { SecretRef } from './config/secrets.js';
export { secretRef } from './config/secrets.js';
export type { Capabilities, Connector, End, Page, ReadContext, Reading, SourceRecord } from './connectors/contract.js';
export type { SourceDefinition } from './connectors/define.js';
export { defineSource } from './connectors/define.js';
export type { Reader } from './publish/reader.js';
export type { Snapshot, SnapshotTime } from './publish/snapshot.js';
export type { BuildOptions, BuildResult, CheckResult } from './run/build.js';
export type { Evaluation } from './run/explain/evaluate.js';
export type { AlikeEntity, AlikeRecord, Match, Matcher, MatcherOptions, RecordInput } from './run/match.js';
export type { Plan } from './run/plan/plan.js';
export type { OpenOptions } from './run/project/open.js';
export { openProject } from './run/project/open.js';
export type { AskedMetrics, MetricResult } from './run/stages/metrics.js';
export type { Candidate, RollbackResult } from './run/store/rollback.js';
export type { NodeResult } from './run/work.js';

import type { ConnectorTypes, ProjectInput } from './run/project/input.js';

export type { ColumnInput, ConnectorTypes, ProjectInput, RuleInput, SourceInput, StrategyInput } from './run/project/input.js';

/** Gives a project file its types; the project itself is plain data. */
export function defineProject<Brought extends ConnectorTypes = never>(project: ProjectInput<Brought>): ProjectInput<Brought> {
  return project;
}

/*
 * What does something is loaded when it is called: a project file imports this module too, for `defineProject` alone, and every
 * command reads the project file.
 */

/**
 * Lands what is new, builds all that is made from it and publishes a snapshot.
 * @throws OnefoldError before anything is written; what fails later is in the result
 */
export const build: typeof import('./run/build.js').build = async (...given) => (await import('./run/build.js')).build(...given);

/** What a build would do, found by doing it to a copy of the store. @throws OnefoldError what `build` throws before it starts */
export const plan: typeof import('./run/plan/plan.js').plan = async (...given) => (await import('./run/plan/plan.js')).plan(...given);

/** Opens the published snapshot. @throws OnefoldError `SNAPSHOT_NONE`, `SNAPSHOT_GONE` */
export const openReader: typeof import('./publish/reader.js').openReader = async (...given) =>
  (await import('./publish/reader.js')).openReader(...given);

/** Opens the published snapshot for looking up records. @throws OnefoldError `SNAPSHOT_NONE`, `NOT_FOUND`, `USAGE`, `NOT_BUILT` */
export const openMatcher: typeof import('./run/match.js').openMatcher = async (...given) =>
  (await import('./run/match.js')).openMatcher(...given);

/** Compares the published entities with what people know. @throws OnefoldError `FILE_UNREADABLE`, `USAGE`, `NOT_FOUND`, `SNAPSHOT_NONE` */
export const evaluate: typeof import('./run/explain/evaluate.js').evaluate = async (...given) =>
  (await import('./run/explain/evaluate.js')).evaluate(...given);

/** Asks the published snapshot for metrics. @throws OnefoldError `NOT_FOUND`, `USAGE`, `SNAPSHOT_NONE` */
export const queryMetrics: typeof import('./run/stages/metrics.js').queryMetrics = async (...given) =>
  (await import('./run/stages/metrics.js')).queryMetrics(...given);

/** Makes a kept snapshot the published one again. @throws OnefoldError `SNAPSHOT_NONE`, `NOT_FOUND`, `STORE_LOCKED` */
export const rollback: typeof import('./run/store/rollback.js').rollback = async (...given) =>
  (await import('./run/store/rollback.js')).rollback(...given);

/** The snapshots that are kept, the newest first. */
export const rollbackCandidates: typeof import('./run/store/rollback.js').rollbackCandidates = async (...given) =>
  (await import('./run/store/rollback.js')).rollbackCandidates(...given);
