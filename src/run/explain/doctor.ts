import { messageOf, OnefoldError } from '../../base/errors.js';
import type { Project } from '../../config/project.js';
import type { Blind } from '../../connectors/contract.js';
import { openDuckDb } from '../../engine/duckdb/duckdb.js';
import { connectorOf } from '../project/connectors.js';
import { lookContext, optionsOf } from '../stages/read_context.js';
import { openScopes } from '../stages/scopes.js';

/** How one stream answered. */
export interface Diagnosis {
  readonly stream: string;
  readonly connector: string;
  readonly ok: boolean;
  /** What was found, or what is wrong. */
  readonly message: string;
  readonly hint: string | undefined;
  /** What its connector can't see until the stream is read whole. */
  readonly blind: readonly Blind[];
  readonly ms: number;
}

/** Asks every stream whether it can be read, without landing anything; needs no store. */
export async function diagnose(project: Project): Promise<readonly Diagnosis[]> {
  const engine = await openDuckDb({ path: ':memory:', memoryLimit: project.engine.memory_limit });
  const scopes = openScopes();
  const out: Diagnosis[] = [];
  try {
    for (const stream of project.streams) {
      const start = performance.now();
      const connector = connectorOf(project, stream.connector);
      const answer = await connector.check(optionsOf(stream), lookContext(engine, stream, project, scopes)).then(
        (message) => ({ ok: true, message, hint: undefined }),
        (thrown: unknown) => ({ ok: false, message: messageOf(thrown), hint: thrown instanceof OnefoldError ? thrown.hint : undefined }),
      );
      const { blind = [] } = connector.capabilities(optionsOf(stream));
      const ms = Math.round(performance.now() - start);
      out.push({ stream: `${stream.source}.${stream.stream}`, connector: stream.connector, ...answer, blind, ms });
    }
    return out;
  } finally {
    await scopes.close();
    engine.close();
  }
}
