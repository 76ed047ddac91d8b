import { z } from 'zod';
import type { Column, Project, Stream, Table } from '../../config/project.js';
import { ruleKindNamed } from '../../quality/rules/registry.js';
import { declaredColumns } from '../../silver/stage.js';
import type { ColumnDoc, Count, Inference, RuleDoc, StreamDoc, TableDoc } from '../../site/site.js';
import type { Sql } from '../../sql/tag.js';
import { id, join, sql } from '../../sql/tag.js';
import type { Sources } from './described.js';
import { outside, wordsOf } from './described.js';

const count = z.object({ name: z.string(), n: z.number() });

/** A stream: what it is read by, what has been landed of it, and the columns that its segments have. */
export async function describeStream(project: Project, stream: Stream, { ops }: Sources): Promise<StreamDoc> {
  const name = `${stream.source}.${stream.stream}`;
  const mine = sql`source = ${stream.source} AND stream = ${stream.stream}`;
  const landed = await ops?.rows(
    sql`SELECT COALESCE(sum(rows_landed), 0)::DOUBLE AS rows, COALESCE(sum(rows_rejected), 0)::DOUBLE AS rejected, count(DISTINCT part)::DOUBLE AS parts,
      COALESCE(sum(bytes), 0)::DOUBLE AS bytes, count(*)::DOUBLE AS batches, max(landed_at)::VARCHAR AS last FROM ops.batches WHERE ${mine} HAVING count(*) > 0`,
    z.object({
      rows: z.number(),
      rejected: z.number(),
      parts: z.number(),
      bytes: z.number(),
      batches: z.number(),
      last: z.string(),
    }),
  );
  const columns = await ops?.rows(
    sql`SELECT name, min(place)::DOUBLE AS n FROM (SELECT unnest(columns) AS name, generate_subscripts(columns, 1) AS place FROM ops.segments WHERE ${mine})
      GROUP BY name ORDER BY n, name`,
    count,
  );
  const readers = project.tables.filter((t) => t.source === stream.source && t.stream === stream.stream);
  const usedBy = (column: string): readonly string[] =>
    readers.flatMap((t) =>
      t.columns.filter((c) => rootOf(c.common.from) === column.toLowerCase() || c.common.from === column).map((c) => `${t.name}.${c.name}`),
    );
  // A stream's own words are its description; who answers for it and its tags are the source's.
  const about = project.sources.find((s) => s.name === stream.source);
  return {
    ...wordsOf(name, { ...about, description: stream.description ?? about?.description }),
    source: stream.source,
    connector: stream.connector,
    options: [...shownOptions(stream.sourceOptions), ...shownOptions(stream.options)],
    columns: (columns ?? []).map((c) => ({ name: c.name, usedBy: usedBy(c.name) })),
    landed: landed?.[0] ?? null,
  };
}

function rootOf(from: string): string {
  return (from.split(/[.[]/)[0] ?? from).toLowerCase();
}

/**
 * The plain options of a source, as they may be read by anybody: secrets are references and are left out, as is everything that
 * is called like one; addresses lose their credentials and their parameters.
 */
function shownOptions(options: Readonly<Record<string, unknown>>): StreamDoc['options'] {
  return Object.entries(options).flatMap(([name, value]) => {
    if (/secret|passw|token|key|auth|credential|header|param|query/i.test(name)) return [];
    if (typeof value === 'number' || typeof value === 'boolean') return [{ name, value: String(value) }];
    if (typeof value !== 'string' || value === '') return [];
    return [{ name, value: value.replace(/(:\/\/)[^/@]*@/g, '$1').replace(/^(\w+:\/\/[^?#]*)[?#].*$/s, '$1') }];
  });
}

/** A table: its columns and rules, and what stands and is set aside of it. */
export async function describeTable(table: Table, sources: Sources): Promise<TableDoc> {
  const { ops, snapshot } = sources;
  const aside = snapshot?.has('quarantine', table.name) === true ? snapshot.engine : null;
  const open = sql`${id('quarantine', table.name)} WHERE status = 'open'`;
  const quarantined = await aside?.rows(sql`SELECT 'open' AS name, count(*)::DOUBLE AS n FROM ${open}`, count);
  const reasons = await aside?.rows(
    sql`SELECT name, count(*)::DOUBLE AS n FROM (SELECT unnest(reasons) AS name FROM ${open}) GROUP BY 1 ORDER BY 2 DESC, 1`,
    count,
  );
  const standing = await filledOf(table, sources);
  return {
    ...wordsOf(table.name, table),
    stream: `${table.source}.${table.stream}`,
    key: table.key,
    recency: table.recency ?? null,
    amounts: table.amounts,
    columns: columnsOf(table, standing?.filled ?? new Map()),
    rules: await rulesOf(table, sources),
    inferred: ops === null ? [] : await inferred(ops, table.name),
    rows: standing?.rows ?? null,
    quarantined: quarantined?.[0]?.n ?? null,
    reasons: reasons ?? [],
    dispositions: await dispositionsOf(table, sources),
  };
}

/** Current rows, and how many of them have a value in each column; null where silver can't be asked. */
async function filledOf(table: Table, { warehouse }: Sources): Promise<{ rows: number; filled: Map<string, number> } | null> {
  if (warehouse === null || !warehouse.has('silver', table.name)) return null;
  const names = declaredColumns(table)
    .map((c) => c.name)
    .filter((name) => warehouse.has('silver', table.name, name));
  const [row] = await warehouse.engine.rows(
    sql`SELECT count(*)::DOUBLE AS rows, [${join(names.map((name): Sql => sql`count(${id(name)})`))}]::DOUBLE[] AS filled FROM ${id('silver', table.name)} WHERE _deleted_at IS NULL`,
    z.object({ rows: z.number(), filled: z.array(z.number()) }),
  );
  return row === undefined ? null : { rows: row.rows, filled: new Map(names.map((name, i) => [name, row.filled[i] ?? 0])) };
}

function columnsOf(table: Table, filled: ReadonlyMap<string, number>): readonly ColumnDoc[] {
  const keys = table.key === 'content' ? [] : table.key;
  const made = declaredColumns(table);
  return made.map(({ name, type }) => {
    const column = table.columns.find((c) => c.name === name);
    const owner = column ?? table.columns.find((c) => name.startsWith(`${c.name}_`));
    return {
      name,
      type: column === undefined || column.type === 'text' ? type : `${column.type} · ${type}`,
      description: column?.common.description ?? null,
      key: keys.includes(name),
      from: column === undefined ? [] : [column.common.from],
      cleaning: column === undefined ? [`read with ${owner?.name ?? 'another column'}`] : cleaningOf(column),
      filled: filled.get(name) ?? null,
    };
  });
}

/** What is done to a column's text before it is typed, in its order, and what to a value that can't be read. */
function cleaningOf({ common }: Column): readonly string[] {
  return [
    common.extract === undefined ? '' : `keep the first match of ${common.extract}`,
    common.remove === undefined ? '' : `remove ${common.remove}`,
    common.trim ? '' : 'blanks at the ends stay',
    common.case === 'keep' ? '' : `${common.case} case`,
    common.map === undefined ? '' : `${Object.keys(common.map).length} values replaced`,
    common.default === undefined ? '' : `default ${String(common.default)}`,
    common.on_error === 'null' ? 'unreadable becomes null, with a warning' : '',
    common.optional ? 'the source may lack it' : '',
  ].filter((words) => words !== '');
}

const judged = z.object({
  name: z.string(),
  severity: z.enum(['warn', 'quarantine', 'fail']),
  run: z.string(),
  judged: z.number(),
  broken: z.number(),
});

/** Declared rules, and those that come with column types, each as it was last judged. */
async function rulesOf(table: Table, { ops }: Sources): Promise<readonly RuleDoc[]> {
  const last = await ops?.rows(
    sql`SELECT rule AS name, severity, run_id AS run, sum(judged)::DOUBLE AS judged, sum(broken)::DOUBLE AS broken FROM ops.rules WHERE table_name = ${table.name}
      GROUP BY rule, severity, run_id QUALIFY row_number() OVER (PARTITION BY rule ORDER BY run_id DESC, severity) = 1 ORDER BY rule`,
    judged,
  );
  const lastOf = (name: string): RuleDoc['last'] => {
    const found = last?.find((l) => l.name === name);
    return found === undefined ? null : { run: found.run, judged: found.judged, broken: found.broken };
  };
  const declared = table.rules.map((rule): RuleDoc => {
    const about = rule.options['column'];
    return {
      table: table.name,
      name: rule.name,
      kind: rule.kind,
      severity: rule.severity,
      asks: ruleKindNamed(rule.kind).judge(rule.options, { asOf: new Date(0) }).reason,
      column: typeof about === 'string' ? about : null,
      last: lastOf(rule.name),
    };
  });
  const builtIn = (last ?? [])
    .filter((l) => !table.rules.some((r) => r.name === l.name))
    .map((l): RuleDoc => {
      const column = table.columns.find((c) => l.name.startsWith(`${c.name}.`));
      return {
        table: table.name,
        name: l.name,
        kind: 'built in',
        severity: l.severity,
        asks: always[l.name] ?? (column === undefined ? 'a value could not be read' : `${column.name} can't be read as ${column.type}`),
        column: column?.name ?? null,
        last: lastOf(l.name),
      };
    });
  return [...declared, ...builtIn];
}

/** What every table is asked, whatever it declares. */
const always: Readonly<Record<string, string>> = {
  malformed: 'the row could not be read',
  key: 'a part of the key is missing',
  'key.conflict': 'two versions of a key differ and nothing tells the newer',
};

/** What the whole columns proved. */
async function inferred(ops: NonNullable<Sources['ops']>, table: string): Promise<readonly Inference[]> {
  const verdicts = await ops.rows(
    sql`SELECT fingerprint AS name FROM ops.tables WHERE schema_name = 'verdicts' AND table_name = ${table}`,
    z.object({ name: z.string() }),
  );
  const known = z.record(z.string(), z.string()).safeParse(JSON.parse(verdicts[0]?.name ?? '{}')).data ?? {};
  const readings = await ops.rows(
    sql`SELECT column_name AS "column", reading AS name, sum(rows)::DOUBLE AS n FROM ops.inference WHERE table_name = ${table} GROUP BY ALL ORDER BY ALL`,
    z.object({ column: z.string(), name: z.string(), n: z.number() }),
  );
  return Object.entries(known)
    .map(([column, verdict]) => ({
      column,
      verdict,
      evidence: readings.filter((r) => r.column === column && r.n > 0).map(({ name, n }): Count => ({ name, n })),
    }))
    .sort((a, b) => (a.column < b.column ? -1 : 1));
}

async function dispositionsOf(table: Table, { ops }: Sources): Promise<TableDoc['dispositions']> {
  const lines = await ops?.rows(
    sql`SELECT run_id AS run, line AS name, sum(rows)::DOUBLE AS n FROM ops.ledger WHERE scope = 'table' AND name = ${table.name}
      AND run_id = (SELECT max(run_id) FROM ops.ledger WHERE scope = 'table' AND name = ${table.name} AND line = 'read' AND rows > 0) GROUP BY ALL ORDER BY n DESC, line`,
    count.extend({ run: z.string() }),
  );
  const run = lines?.[0]?.run;
  if (run === undefined || lines === undefined) return null;
  return { run, lines: lines.filter((l) => !outside.includes(l.name) && l.n > 0).map(({ name, n }) => ({ name, n })) };
}
