import { resolve } from 'node:path';
import type { DuckDBAppender } from '@duckdb/node-api';
import { z } from 'zod';
import { loadCommonJs } from '../../base/commonjs.js';
import type { StatementSeen } from '../../base/effects.js';
import { messageOf, OnefoldError } from '../../base/errors.js';
import type { Sql } from '../../sql/tag.js';
import { id, sql } from '../../sql/tag.js';
import type { Appended, Cell, Columns, Engine, Row } from '../engine.js';
import { mendingEmptyWrites } from './empty_writes.js';

export interface DuckDbOptions {
  /** Database file, or `:memory:`. */
  readonly path: string;
  /** What the engine may hold in memory, such as `2GB`; beyond it spills to `tempDir`. */
  readonly memoryLimit?: string | undefined;
  readonly threads?: number | undefined;
  readonly tempDir?: string | undefined;
  /** Only looks; it still needs that no other process writes. */
  readonly readOnly?: boolean | undefined;
  /** Bytes of the log beside the file from which on a commit moves it into the file. */
  readonly logLimit?: number | undefined;
  /** Hears of every statement; where nobody does, nothing is timed. */
  readonly observe?: ((statement: StatementSeen) => void) | undefined;
  /** Whether `progress` will be asked. */
  readonly progress?: boolean | undefined;
}

/** Rows of a chunk that the engine takes at once. */
const chunkRows = 2048;

/** Files open in this process: a second instance of one would silently diverge from the first. */
const owners = new Set<string>();

const cell: z.ZodType<Cell> = z.lazy(() =>
  z.union([z.string(), z.number(), z.boolean(), z.null(), z.array(cell), z.record(z.string(), cell)]),
);
const cells = z.record(z.string(), cell);

/**
 * Opens a DuckDB database as the one owner of its file: row order is kept, times are UTC, extensions are never fetched.
 * @throws OnefoldError `STORE_LOCKED` when another process has the file open.
 */
export async function openDuckDb(options: DuckDbOptions): Promise<Engine> {
  if (options.path === ':memory:') return opened(options, () => undefined);
  const owned = resolve(options.path);
  if (owners.has(owned))
    throw new OnefoldError('STORE_LOCKED', `the store ${options.path} is already open in this process`, {
      hint: 'Close what was opened first: one engine at a time owns a store.',
    });
  // Claimed before the first wait: of two that open a file at once, one is told.
  owners.add(owned);
  const release = (): void => {
    owners.delete(owned);
  };
  return opened(options, release).catch((thrown: unknown) => {
    release();
    throw thrown;
  });
}

/** @param release what is done when the engine is closed */
async function opened(options: DuckDbOptions, release: () => void): Promise<Engine> {
  // Loading the engine takes longer than commands that don't ask it anything.
  const { DuckDBDataChunk, DuckDBInstance, INTEGER }: typeof import('@duckdb/node-api') = loadCommonJs('@duckdb/node-api');
  const instance = await DuckDBInstance.create(options.path, {
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
    preserve_insertion_order: 'true',
    // Stores are opened by this version of the engine or a later one, so its best encodings may be used.
    storage_compatibility_version: 'latest',
    ...(options.memoryLimit === undefined ? {} : { memory_limit: options.memoryLimit }),
    ...(options.threads === undefined ? {} : { threads: String(options.threads) }),
    ...(options.tempDir === undefined ? {} : { temp_directory: options.tempDir }),
    ...(options.logLimit === undefined ? {} : { checkpoint_threshold: `${Math.round(options.logLimit)}B` }),
    ...(options.readOnly === true ? { access_mode: 'READ_ONLY' } : {}),
  }).catch((cause: unknown) => {
    const message = messageOf(cause);
    if (/lock/i.test(message)) throw new OnefoldError('STORE_LOCKED', `the store ${options.path} is in use by another process`, { cause });
    throw new OnefoldError('SQL_INVALID', `the database ${options.path} could not be opened: ${firstLine(message)}`, {
      cause,
      hint: 'Nothing was changed. Look at the rights on the file and the space on its disk.',
    });
  });
  const connection = await instance.connect();

  const { observe } = options;
  let startedAt = 0;

  /** Does what a statement asks for, and tells whoever listens how long it took and how many rows it was about. */
  async function seen<T>(text: string, act: () => Promise<T>, rowsOf: (result: T) => number): Promise<T> {
    if (observe === undefined && options.progress !== true) return act();
    const start = performance.now();
    startedAt = start;
    let rows: number | null = null;
    try {
      const result = await act();
      rows = rowsOf(result);
      return result;
    } finally {
      observe?.({ text, ms: Math.round((performance.now() - start) * 100) / 100, rows });
    }
  }

  async function attempt<T>(statement: Sql, act: () => Promise<T>, rowsOf: (result: T) => number): Promise<T> {
    try {
      return await seen(statement.text, act, rowsOf);
    } catch (cause) {
      if (cause instanceof OnefoldError) throw cause;
      throw failed(messageOf(cause), statement, options);
    }
  }

  const writer = mendingEmptyWrites({
    run: async (text) => (await connection.run(text)).rowsChanged,
    hasRows: async (text) => (await connection.runAndReadAll(text)).currentRowCount > 0,
  });

  const appendNumbers = (appender: DuckDBAppender, columns: readonly Int32Array[], count: number): void => {
    for (let from = 0; from < count; from += chunkRows) {
      const chunk = DuckDBDataChunk.create(
        columns.map(() => INTEGER),
        Math.min(chunkRows, count - from),
      );
      columns.forEach((column, i) => {
        chunk.setColumnValues(i, [...column.subarray(from, from + chunkRows)]);
      });
      appender.appendDataChunk(chunk);
    }
  };

  const engine: Engine = {
    run: (statement) =>
      attempt(
        statement,
        () => writer.run(statement.text),
        (rows) => rows,
      ),
    rows: (statement, shape) =>
      attempt(
        statement,
        async () => {
          const reader = await connection.runAndReadAll(statement.text);
          return shaped(statement, shape, reader.getRowObjectsJson());
        },
        (rows) => rows.length,
      ),
    numbers: (statement) =>
      attempt(
        statement,
        async () => {
          const result = await connection.run(statement.text);
          const chunks = await result.fetchAllChunks();
          const rows = chunks.reduce((n, chunk) => n + chunk.rowCount, 0);
          const columns = Array.from({ length: result.columnCount }, () => new Float64Array(rows));
          let from = 0;
          for (const chunk of chunks) {
            // The engine is asked for it each time.
            const { rowCount } = chunk;
            columns.forEach((column, i) => {
              const vector = chunk.getColumnVector(i);
              for (let row = 0; row < rowCount; row++) column[from + row] = Number(vector.getItem(row) ?? Number.NaN);
            });
            from += rowCount;
          }
          return columns;
        },
        (columns) => columns[0]?.length ?? 0,
      ),
    prepare: async (statement, shape) => {
      const prepared = await attempt(
        statement,
        () => connection.prepare(statement.text),
        () => 0,
      );
      return (texts) =>
        attempt(
          statement,
          async () => {
            texts.forEach((text, i) => {
              prepared.bindVarchar(i + 1, text);
            });
            const reader = await prepared.runAndReadAll();
            return shaped(statement, shape, reader.getRowObjectsJson());
          },
          (rows) => rows.length,
        );
    },
    table: (statement) =>
      attempt(
        statement,
        async () => {
          const reader = await connection.runAndReadAll(statement.text);
          const names = reader.deduplicatedColumnNames();
          const types = reader.columnTypes().map(String);
          const rows: Row[] = z.array(cells).parse(reader.getRowObjectsJson());
          return { columns: names.map((name, i) => ({ name, type: types[i] ?? '' })), rows };
        },
        ({ rows }) => rows.length,
      ),
    columns: (statement) =>
      attempt(
        statement,
        async (): Promise<Columns> => {
          const reader = await connection.runAndReadAll(statement.text);
          return reader.getColumnsObjectJson();
        },
        (columns) => Object.values(columns)[0]?.length ?? 0,
      ),
    append: async ({ schema, name }, columns) => {
      const [count, table] = [columns[0]?.length ?? 0, schema === undefined ? name : `${schema}.${name}`];
      const act = async (): Promise<void> => {
        const appender = await connection.createAppender(name, schema ?? null);
        const numbers = columns.filter((column) => column instanceof Int32Array);
        if (numbers.length === columns.length) appendNumbers(appender, numbers, count);
        else appendValues(appender, columns, count);
        appender.closeSync();
        if (count > 0) writer.appended(table);
      };
      await seen(`-- append to ${table}`, act, () => count);
    },
    transaction: async (work, commit) => {
      await connection.run('BEGIN TRANSACTION');
      writer.begin();
      try {
        const result = await work();
        await commit(async () => {
          await seen(
            'COMMIT',
            () => connection.run('COMMIT'),
            () => 0,
          );
        });
        return result;
      } catch (thrown) {
        // A COMMIT that failed has rolled back by itself; a second rollback would only hide the cause.
        await connection.run('ROLLBACK').catch(() => undefined);
        throw thrown;
      } finally {
        writer.end();
      }
    },
    progress: () => {
      const { percentage } = connection.progress;
      return percentage < 0 ? null : { share: Math.min(1, percentage / 100), ms: performance.now() - startedAt };
    },
    interrupt: () => connection.interrupt(),
    close: () => {
      release();
      connection.closeSync();
      instance.closeSync();
    },
  };
  if (options.progress === true) {
    await engine.run(sql`SET enable_progress_bar = true`);
    await engine.run(sql`SET enable_progress_bar_print = false`);
  }
  await engine.run(sql`SET TimeZone = 'UTC'`);
  return engine;
}

function appendValues(appender: DuckDBAppender, columns: readonly Appended[], count: number): void {
  for (let row = 0; row < count; row++) {
    for (const column of columns) {
      const value = column[row] ?? null;
      if (value === null) appender.appendNull();
      else if (typeof value === 'number') appender.appendInteger(value);
      else appender.appendVarchar(value);
    }
    appender.endRow();
  }
}

/** Rows of the shape that was asked for. @throws OnefoldError `INTERNAL` */
function shaped<T>(statement: Sql, shape: z.ZodType<T>, rows: unknown): T[] {
  // The shape is made where it is asked for: to compile it takes longer than to read a few rows by it.
  const parsed = z.array(shape).safeParse(rows, { jitless: true });
  if (parsed.success) return parsed.data;
  throw new OnefoldError('INTERNAL', `an answer of the engine is not what was asked for: ${z.prettifyError(parsed.error)}`, {
    cause: statement.text,
  });
}

/** Makes what a project's SQL may call: `as_of()`, the moment that the run calls now (UTC). */
export async function defineAsOf(engine: Engine, asOf: Date): Promise<void> {
  await engine.run(sql`CREATE OR REPLACE TEMP MACRO as_of() AS ${asOf}`);
}

/** Makes the vars of a project known to its SQL: `var('region')` is the value, of its type. */
export async function defineVars(engine: Engine, vars: Readonly<Record<string, string | number | boolean>>): Promise<void> {
  for (const [name, value] of Object.entries(vars)) await engine.run(sql`SET VARIABLE ${id(`onefold_${name}`)} = ${value}`);
  await engine.run(sql`CREATE OR REPLACE TEMP MACRO var(name) AS getvariable('onefold_' || name)`);
}

/** Lets statements read files below one folder only, and change no setting. For statements that come from a prompt. */
export async function confine(engine: Engine, folder: string): Promise<void> {
  await engine.run(sql`SET allowed_directories = ${[folder]}`);
  await engine.run(sql`SET enable_external_access = false`);
  await engine.run(sql`SET lock_configuration = true`);
}

/** Why a statement failed. */
function failed(text: string, statement: Sql, { memoryLimit, tempDir }: DuckDbOptions): OnefoldError {
  // The lines below the first quote the statement, cut anywhere: the statement as a whole says more.
  const message = firstLine(text);
  const cause = { message, statement: statement.text };
  const room = `the disk of ${tempDir ?? 'the temporary folder'}`;
  if (/max_temp_directory_size|No space left on device/.test(text))
    return new OnefoldError('MEMORY_EXHAUSTED', `${room} has no room for what does not fit in the engine's memory: ${message}`, {
      cause,
      hint: 'Make room on that disk, or give `engine.memory_limit` more.',
    });
  if (!message.startsWith('Out of Memory Error')) return new OnefoldError('SQL_INVALID', message, { cause });
  const given = memoryLimit === undefined ? 'the memory that it takes by itself' : `\`engine.memory_limit\` (${memoryLimit})`;
  return new OnefoldError('MEMORY_EXHAUSTED', `the engine needs more than ${given}: ${message}`, {
    cause,
    hint: `Give \`engine.memory_limit\` more, or let \`engine.threads\` be fewer: each needs memory of its own. What can be put aside goes to ${room}.`,
  });
}

function firstLine(message: string): string {
  return message.split('\n').find((line) => line.trim() !== '') ?? message;
}
