import type { BuildResult } from '../../src/index.js';
import { sql } from '../../src/sql/tag.js';
import type { Files } from './project.js';
import { makeProject } from './project.js';
import { rowsIn } from './query.js';

/** A project with one stream of files, `s.r`, and a table of none of its columns that must be there. */
export function streamProject(stream: Record<string, unknown>, files: Files, source: Record<string, unknown> = {}): Promise<string> {
  return makeProject({
    config: {
      name: 'files',
      sources: { s: { connector: 'file', ...source, streams: { r: stream } } },
      tables: { t: { from: 's.r', key: 'content', columns: { a: { from: 'a', optional: true } } } },
    },
    files,
  });
}

/** What bronze holds of the stream: the source columns of each row as JSON, damaged rows by their text alone; sorted. */
export async function landed(dir: string): Promise<readonly string[]> {
  const rows = await rowsIn(dir, sql`SELECT COLUMNS(c -> c NOT LIKE '\\_%' ESCAPE '\\' OR c = '_malformed') FROM bronze.s__r`);
  const texts = rows.map((row) => {
    const { _malformed, ...columns } = JSON.parse(row) as Record<string, string | null>;
    return _malformed === null ? JSON.stringify(columns) : `damaged: ${_malformed}`;
  });
  return texts.sort();
}

/** The lines of the stream's account that are not zero. */
export function account(result: BuildResult): Record<string, number> {
  const lines = new Map<string, number>();
  for (const l of result.ledger) if (l.scope === 'stream' && l.rows > 0) lines.set(l.line, (lines.get(l.line) ?? 0) + l.rows);
  return Object.fromEntries(lines);
}

/** The texts of a run's warnings. */
export function warnings(result: BuildResult): readonly string[] {
  return result.warnings.map((w) => w.message);
}
