import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import type { Reads } from './parse.js';
import { readsOf } from './parse.js';
import { rowExpression } from './row_expression.js';

/** What is asked of SQL that people wrote: each question can be answered from a cache. */
export interface SqlParser {
  readonly readsOf: (text: string) => Promise<Reads>;
  /** The columns that an expression over one row names. */
  readonly columnsOf: (expression: string) => Promise<readonly string[]>;
}

/** Parses every time. */
export const directParser: SqlParser = { readsOf, columnsOf: rowExpression };

/** Raised when the same SQL comes to be read differently, by a newer parser or by us. */
const format = 4;

const cached = z.object({
  format: z.literal(format),
  reads: z.record(
    z.string(),
    z.object({
      tables: z.array(z.object({ schema: z.string().nullable(), name: z.string() })),
      usesAsOf: z.boolean(),
      usesRates: z.boolean(),
      vars: z.array(z.string()),
    }),
  ),
  columns: z.record(z.string(), z.array(z.string())),
});

/** A parser that remembers, and how what it learnt is kept. */
export interface CachedParser extends SqlParser {
  /** Writes what was asked for, if anything of it is new or gone. A cache that can't be written is done without. */
  readonly save: () => Promise<void>;
}

/**
 * A parser with its answers of earlier processes, from a file, by digest of the SQL. Loading the real parser and parsing a
 * thousand models takes seconds. The file is never needed: where it lacks, is damaged, or is of another format, SQL is parsed.
 */
export async function cachedParser(file: string): Promise<CachedParser> {
  const text = await readFile(file, 'utf8').catch(() => null);
  const known = cached.safeParse(text === null ? null : parsedJson(text)).data ?? { format, reads: {}, columns: {} };
  const asked: z.output<typeof cached> = { format, reads: {}, columns: {} };
  let learnt = false;
  return {
    readsOf: async (sql) => {
      const digest = digestOf(sql);
      const hit = known.reads[digest];
      const answer = hit ?? (await directParser.readsOf(sql));
      learnt ||= hit === undefined;
      asked.reads[digest] = { ...answer, tables: [...answer.tables], vars: [...answer.vars] };
      return answer;
    },
    columnsOf: async (expression) => {
      const digest = digestOf(expression);
      const hit = known.columns[digest];
      const answer = hit ?? (await directParser.columnsOf(expression));
      learnt ||= hit === undefined;
      asked.columns[digest] = [...answer];
      return answer;
    },
    save: async () => {
      const forgotten = Object.keys(known.reads).length > Object.keys(asked.reads).length;
      if (!learnt && !forgotten) return;
      const aside = `${file}.${process.pid}.tmp`;
      try {
        await mkdir(dirname(file), { recursive: true });
        await writeFile(aside, JSON.stringify(asked));
        await rename(aside, file);
      } catch {
        await rm(aside, { force: true }).catch(() => undefined);
      }
    },
  };
}

function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('base64url').slice(0, 22);
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
