import { z } from 'zod';
import { OnefoldError } from '../../base/errors.js';
import { beyond, leftOut } from '../../bronze/contract.js';
import type { SchemaPolicy, Stream } from '../../config/project.js';
import type { Sql } from '../../sql/tag.js';
import { sql } from '../../sql/tag.js';
import type { Drift, RunContext } from '../context.js';
import { inTransaction } from '../context.js';

/** The columns of one stream while it is landed: what was declared of them, which there were, and what differs. */
export interface StreamSchema {
  readonly policy: SchemaPolicy;
  /** The columns that a batch may land; null where any may: the policy is `evolve`, or it is the first batch of a stream that declares none. */
  readonly contract: (batchId: string) => readonly string[] | null;
  /** How many rows say something in columns beyond the contract, and in which. */
  readonly beyond: (relation: Sql, unknown: readonly string[]) => Promise<LeftOut>;
  /**
   * Notes, within the transaction that lands a batch, which columns came, are back, and, where the whole of a part was seen,
   * which are gone; returns those.
   */
  readonly saw: (batchId: string, part: string, columns: readonly string[], more: Seen) => Promise<readonly string[]>;
  /** Notes, within the transaction that lands a batch, what of it was left out. */
  readonly left: (part: string, out: LeftOut) => Promise<void>;
  /** @throws OnefoldError `SOURCE_DRIFTED`, once it is noted */
  readonly refuse: (part: string, unknown: readonly string[], lacking: readonly string[]) => Promise<never>;
}

/** What was seen of a part: whether something of it was landed, and whether all of it was seen. */
interface Seen {
  readonly landed: boolean;
  readonly whole: boolean;
}

/** Rows that say something in columns beyond the contract, and column → how many of them do. */
export interface LeftOut {
  readonly rows: number;
  readonly columns: ReadonlyMap<string, number>;
}

/** Looks up what is known of a stream's columns. */
export async function openSchema(context: RunContext, stream: Stream): Promise<StreamSchema> {
  const { engine } = context;
  const policy = stream.schema;
  const known = await columnsLandedBefore(context, stream);
  // A stream that is read for the records of another also carries columns of theirs, which nobody declares.
  const declared = stream.parent === undefined ? (z.array(z.string()).safeParse(stream.options['columns']).data ?? null) : null;
  const isFirst = (batchId: string): boolean => known.first === null || known.first.batchId === batchId;

  const note = async (part: string, change: Drift['change'], found: readonly (readonly [string, number | null])[]): Promise<void> => {
    for (const [column, rows] of found) {
      await engine.run(sql`INSERT INTO ops.drift VALUES (${context.runId}, ${stream.source}, ${stream.stream}, ${part}, ${column}, ${change},
        ${rows}, ${context.effects.now()})`);
      context.drift.push({ stream: `${stream.source}.${stream.stream}`, part, column, change, rows });
    }
  };
  const plainly = (columns: readonly string[]) => columns.map((c) => [c, null] as const);

  return {
    policy,
    contract: (batchId) => {
      if (policy === 'evolve') return null;
      return declared ?? (isFirst(batchId) ? null : (known.first?.columns ?? null));
    },
    beyond: async (relation, unknown) => {
      const [counted] = await engine.rows(leftOut(relation, unknown), z.record(z.string(), z.number()));
      const columns = unknown.map((c, i) => [c, counted?.[`c${i}`] ?? 0] as const).filter(([, n]) => n > 0);
      return { rows: counted?.['rows'] ?? 0, columns: new Map(columns) };
    },
    saw: async (batchId, part, columns, { landed, whole }) => {
      const there = [...known.standing, ...known.gone];
      const added = landed ? beyond(columns, there) : [];
      const returned = known.gone.filter((c) => beyond([c], columns).length === 0);
      const vanished = whole ? beyond(known.standing, columns) : [];
      if (!isFirst(batchId)) await note(part, 'added', plainly(added));
      await note(part, 'returned', plainly(returned));
      await note(part, 'vanished', plainly(vanished));
      known.standing = [...beyond(known.standing, vanished), ...added, ...returned];
      known.gone = [...beyond(known.gone, returned), ...vanished];
      if (landed && isFirst(batchId)) known.first = { batchId, columns: [...known.standing] };
      return vanished;
    },
    left: (part, { rows, columns }) =>
      rows === 0 ? Promise.resolve() : note(part, policy === 'discard_row' ? 'rows_discarded' : 'values_discarded', [...columns]),
    refuse: async (part, unknown, lacking) => {
      await inTransaction(context, `drift:${stream.source}.${stream.stream}:${part}`, () =>
        note(part, 'refused', plainly([...unknown, ...lacking])),
      );
      const has = unknown.map((c) => `\`${c}\``).join(', ');
      const lacks = lacking.map((c) => `\`${c}\``).join(', ');
      const told = [...(has === '' ? [] : [`has new columns ${has}`]), ...(lacks === '' ? [] : [`lacks ${lacks}`])].join(' and ');
      throw new OnefoldError(
        'SOURCE_DRIFTED',
        `${part === 'all' ? `${stream.source}.${stream.stream}` : part} ${told}, and its schema is frozen`,
        {
          hint: 'Nothing of it is landed. Take the columns with `schema: evolve`, or have the source mended.',
        },
      );
    },
  };
}

/** What a stream has landed: the columns that stand, those that are gone since, and those of its first batch. */
interface Landed {
  standing: readonly string[];
  gone: readonly string[];
  first: { readonly batchId: string; readonly columns: readonly string[] } | null;
}

async function columnsLandedBefore({ engine }: RunContext, stream: Stream): Promise<Landed> {
  const here = sql`source = ${stream.source} AND stream = ${stream.stream}`;
  const batches = await engine.rows(
    sql`SELECT batch_id, columns FROM (SELECT batch_id, segment_id, columns, row_number() OVER (PARTITION BY columns, batch_id ORDER BY segment_id) AS n
      FROM ops.segments WHERE ${here}) WHERE n = 1 ORDER BY segment_id`,
    z.object({ batch_id: z.string(), columns: z.array(z.string()) }),
  );
  const last = await engine.rows(
    sql`SELECT column_name AS column, arg_max(change, (noted_at, rowid)) AS change FROM ops.drift
      WHERE ${here} AND change IN ('added', 'vanished', 'returned') GROUP BY column_name ORDER BY column_name`,
    z.object({ column: z.string(), change: z.string() }),
  );
  const gone = last.filter((l) => l.change === 'vanished').map((l) => l.column);
  const batchId = batches[0]?.batch_id;
  const columnsOf = (of: typeof batches): readonly string[] => [...new Set(of.flatMap((b) => b.columns))];
  return {
    gone,
    standing: beyond(columnsOf(batches), gone),
    first: batchId === undefined ? null : { batchId, columns: columnsOf(batches.filter((b) => b.batch_id === batchId)) },
  };
}
