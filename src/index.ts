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
export { openReader } from './publish/reader.js';
export type { Snapshot, SnapshotTime } from './publish/snapshot.js';
export type { BuildOptions, BuildResult, CheckResult } from './run/build.js';
export { build } from './run/build.js';
export type { Evaluation } from './run/explain/evaluate.js';
export { evaluate } from './run/explain/evaluate.js';
export type { AlikeEntity, AlikeRecord, Match, Matcher, MatcherOptions, RecordInput } from './run/match.js';
export { openMatcher } from './run/match.js';
export type { Plan } from './run/plan/plan.js';
export { plan } from './run/plan/plan.js';
export type { OpenOptions } from './run/project/open.js';
export { openProject } from './run/project/open.js';
export type { AskedMetrics, MetricResult } from './run/stages/metrics.js';
export { queryMetrics } from './run/stages/metrics.js';
export type { Candidate, RollbackResult } from './run/store/rollback.js';
export { rollback, rollbackCandidates } from './run/store/rollback.js';
export type { NodeResult } from './run/work.js';

import type { ConnectorTypes, ProjectInput } from './run/project/input.js';

export type { ColumnInput, ConnectorTypes, ProjectInput, RuleInput, SourceInput, StrategyInput } from './run/project/input.js';

/** Gives a project file its types; the project itself is plain data. */
export function defineProject<Brought extends ConnectorTypes = never>(project: ProjectInput<Brought>): ProjectInput<Brought> {
  return project;
}
