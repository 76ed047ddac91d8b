import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { RunEvent, StatementSeen } from '../base/effects.js';
import { redactedJson } from '../base/redact.js';
import { layout } from './store/store.js';

/** Where the time of a run went: its steps, the statements that took longest, and what all of it sums to. Times in ms. */
export interface ProfileReport {
  readonly format: 1;
  readonly run_id: string;
  readonly ms: number;
  /** Time in statements; the rest is reading files' properties, parsing SQL and algorithms in JavaScript. */
  readonly statements_ms: number;
  readonly statements: number;
  readonly steps: readonly ProfiledStep[];
  readonly slowest: readonly ProfiledStatement[];
}

export interface ProfiledStep {
  readonly stage: string;
  readonly name: string;
  readonly ms: number;
  readonly statements: number;
  readonly statements_ms: number;
}

export interface ProfiledStatement extends StatementSeen {
  /** The step that ran it; null before the first and between two. */
  readonly step: string | null;
}

/** Listens to a run; `report` and `observe` are what its effects call. */
export interface Profile {
  readonly report: (event: RunEvent) => void;
  readonly observe: (statement: StatementSeen) => void;
  /** Writes `profile.json` into the folder of the run, and returns what it holds. */
  readonly keep: (store: string, runId: string) => Promise<ProfileReport>;
}

/** How many of the slowest statements are kept. */
const kept = 20;

/** Starts to listen: from now on time counts. */
export function startProfile(): Profile {
  const start = performance.now();
  const steps: ProfiledStep[] = [];
  let slowest: readonly ProfiledStatement[] = [];
  const total = { statements: 0, ms: 0 };
  let open = { step: null as string | null, statements: 0, ms: 0 };
  return {
    report: (event) => {
      if (event.type === 'stage') open = { step: `${event.stage} ${event.name}`, statements: 0, ms: 0 };
      if (event.type !== 'step') return;
      steps.push({ stage: event.stage, name: event.name, ms: event.ms, statements: open.statements, statements_ms: tenths(open.ms) });
      open = { step: null, statements: 0, ms: 0 };
    },
    observe: (statement) => {
      for (const sum of [total, open]) {
        sum.statements += 1;
        sum.ms += statement.ms;
      }
      if (slowest.length < kept || statement.ms > (slowest.at(-1)?.ms ?? 0))
        slowest = [...slowest, { ...statement, step: open.step }].sort((a, b) => b.ms - a.ms).slice(0, kept);
    },
    keep: async (store, runId) => {
      const report: ProfileReport = {
        format: 1,
        run_id: runId,
        ms: tenths(performance.now() - start),
        statements_ms: tenths(total.ms),
        statements: total.statements,
        steps: [...steps].sort((a, b) => b.ms - a.ms),
        slowest,
      };
      await writeFile(join(layout(store).runs, runId, 'profile.json'), `${redactedJson(report, 1)}\n`);
      return report;
    },
  };
}

function tenths(ms: number): number {
  return Math.round(ms * 10) / 10;
}
