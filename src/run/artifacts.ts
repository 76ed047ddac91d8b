import { appendFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Effects, RunEvent } from '../base/effects.js';
import { redactedJson } from '../base/redact.js';
import type { Project } from '../config/project.js';

/** The files of one run, in a folder of its own below `runs/`. They hold names, counts and times, never a row's values. */
export interface Artifacts {
  /** Tells the listener, and keeps the event as a line of `events.ndjson`. */
  readonly report: (event: RunEvent) => void;
  /** Writes `run_results.json`. */
  readonly results: (result: unknown) => Promise<void>;
}

/** Starts the files of a run: `manifest.json` says what the project was. */
export async function startArtifacts(folder: string, effects: Effects, project: Project, runId: string, asOf: Date): Promise<Artifacts> {
  await mkdir(folder, { recursive: true });
  const { name, target, vars, tables, entities, models } = project;
  // Options of a source may lead to secrets, so they stay out.
  const streams = project.streams.map(({ source, stream, connector, options }) => ({ source, stream, connector, options }));
  const manifest = { format: 1, run_id: runId, as_of: asOf.toISOString(), name, target, vars, streams, tables, entities, models };
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
