import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import type { columnLineage as askParser, ColumnLineage } from './lineage.js';

/** Raised when the same SQL comes to be followed differently, by a newer parser or by us. */
const format = 1;

const column = z.object({
  name: z.string(),
  how: z.enum(['direct', 'expression', 'aggregate', 'constant', 'unknown']),
  from: z.array(z.object({ table: z.string(), column: z.string() })),
});
const cached = z.object({ format: z.literal(format), statements: z.record(z.string(), z.array(column)) });

/** Column lineage that remembers, and how what it learnt is kept. */
export interface LineageCache {
  readonly columnLineage: typeof askParser;
  /** Writes what was asked for, if anything of it is new or gone. A cache that can't be written is done without. */
  readonly save: () => Promise<void>;
}

/**
 * The lineage of statements with the answers of earlier processes, from a file, by digest of the SQL and the columns around
 * it. The parser is loaded only for what is new. The file is never needed: where it lacks, is damaged, or is of another
 * format, SQL is parsed.
 */
export async function cachedLineage(file: string): Promise<LineageCache> {
  const known = await readFile(file, 'utf8')
    .then((text) => cached.parse(JSON.parse(text)).statements)
    .catch((): Record<string, z.output<typeof column>[]> => ({}));
  const asked: Record<string, readonly ColumnLineage[]> = {};
  let learnt = false;
  return {
    columnLineage: async (text, output, tables) => {
      const digest = createHash('sha256')
        .update(JSON.stringify([text, output, [...tables]]))
        .digest('base64url')
        .slice(0, 22);
      const hit = known[digest];
      const answer = hit ?? (await (await import('./lineage.js')).columnLineage(text, output, tables));
      learnt ||= hit === undefined;
      asked[digest] = answer;
      return answer;
    },
    save: async () => {
      if (!learnt && Object.keys(known).length === Object.keys(asked).length) return;
      const aside = `${file}.${process.pid}.tmp`;
      try {
        await mkdir(dirname(file), { recursive: true });
        await writeFile(aside, JSON.stringify({ format, statements: asked }));
        await rename(aside, file);
      } catch {
        await rm(aside, { force: true }).catch(() => undefined);
      }
    },
  };
}
