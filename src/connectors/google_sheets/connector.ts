import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { ReadContext, Reading, SourceRecord } from '../contract.js';
import { defineSource } from '../define.js';
import { fingerprint } from '../fingerprint.js';
import { only } from '../incremental.js';
import type { Access } from './access.js';
import { accessOf } from './access.js';
import type { KnownSheet } from './grid.js';
import { knownSheet } from './grid.js';
import type { SheetsSource, SheetsStream } from './options.js';
import { sheetsSource, sheetsStream } from './options.js';
import type { Part } from './reading.js';
import { partsOf } from './reading.js';

/** Sheets of a Google spreadsheet, each read whole every time: rows that are gone are deleted. */
export const googleSheets = defineSource({
  name: 'google_sheets',
  config: sheetsSource,
  stream: sheetsStream,
  capabilities: (_source, stream) => ({ key: stream.key ?? null, ordered: true }),
  check: async (source, stream, context) => {
    const { sheet, columns, header } = await firstRows(source, stream, context);
    const name = `sheet ${JSON.stringify(sheet.name)}`;
    return header === null
      ? `${name} is there, and has nothing in its first rows`
      : `${name} has ${columns.length} columns, named in row ${header.row}`;
  },
  discover: async (source, stream, context) => {
    const { columns, header, records } = await firstRows(source, stream, context);
    const names = new Set([...columns, ...records.flatMap((record) => Object.keys(record))]);
    return header === null ? null : [...names].filter((name) => stream.columns?.includes(name) ?? true);
  },
  read,
});

/** Where a stream stands: the sheet that its name led to, and the digest of a large one as it was read last. */
const position = z.object({ query: z.string(), sheet: knownSheet.nullable(), digest: z.string().nullable() });
type Position = z.output<typeof position>;

/** How often a sheet that takes several requests is read, before the run says that it does not stand still. */
const attempts = 4;

async function* read(source: SheetsSource, stream: SheetsStream, context: ReadContext): AsyncIterable<Reading> {
  const access = await accessOf(source, context);
  const query = fingerprint([source.spreadsheet, stream], 32);
  const stored = position.safeParse(context.cursors.get('all')).data;
  const stands = stored?.query === query ? stored : { query, sheet: null, digest: null };
  const started = context.now().toISOString();
  let [before, sheet]: [string | null, KnownSheet | null] = [null, stands.sheet];
  for (let attempt = 1; attempt <= attempts; attempt++) {
    const pass: Pass = { sheet, counts: openCounts(stream), digest: '', rows: 0, isEmpty: true };
    // A sheet that takes several requests is first looked at, and then read: what is the same twice was so at one moment.
    yield* passOver(access, stream, query, `${started} ${attempt}`, attempt > 1, pass);
    sheet = pass.sheet === null ? null : { ...pass.sheet, fits: pass.rows <= stream.rows };
    const end: Position = { query, sheet, digest: pass.digest };
    const isKnown = attempt === 1 && pass.rows > 0 && pass.digest !== '' && pass.digest === stands.digest;
    if (pass.digest === '' || pass.digest === before || isKnown) {
      yield* pass.counts.warnings(pass.isEmpty);
      return yield { kind: 'end', cursor: end, sweep: isKnown ? null : `${started} ${attempt}`, total: null };
    }
    before = pass.digest;
  }
  yield {
    kind: 'warning',
    message: `sheet \`${stream.sheet}\` changed while it was read, ${attempts} times in a row; nothing was deleted, and the next run reads it again`,
  };
  yield { kind: 'end', cursor: { ...stands, digest: null }, sweep: null, total: null };
}

/** What a reading of a sheet has found so far. */
interface Pass {
  sheet: KnownSheet | null;
  /** Of all its blocks; empty when one request gave it all. */
  digest: string;
  readonly counts: Counts;
  rows: number;
  isEmpty: boolean;
}

/** Reads a sheet from top to bottom and gives its records, those of a large one only if asked to. */
async function* passOver(
  access: Access,
  stream: SheetsStream,
  query: string,
  sweep: string,
  gives: boolean,
  pass: Pass,
): AsyncIterable<Reading> {
  const keep = only(stream.columns);
  const hash = createHash('sha256');
  for await (const part of partsOf(access, stream, pass.sheet)) {
    pass.sheet = part.sheet;
    pass.isEmpty &&= part.header === null;
    pass.counts.see(part);
    const records = part.records.map(keep);
    pass.rows += records.length;
    for (const record of records) hash.update(JSON.stringify(record));
    // Where one request gives all, nothing can have changed meanwhile.
    if (!part.isWhole) pass.digest = part.hasMoved ? sweep : hash.copy().digest('hex');
    const cursor: Position = { query, sheet: part.sheet, digest: null };
    if (records.length > 0 && (part.isWhole || gives)) yield { kind: 'page', records, cursor, sweep };
  }
}

/** What is to be said of a sheet when it was read. */
interface Counts {
  readonly see: (part: Part) => void;
  readonly warnings: (isEmpty: boolean) => Iterable<Reading>;
}

function openCounts({ sheet, key, errors: errorsAs }: SheetsStream): Counts {
  const seen = new Set<string>();
  let [errors, repeated, without] = [0, 0, 0];
  const nameOf = (record: SourceRecord): readonly unknown[] => (key ?? []).map((column) => record[column] ?? null);
  return {
    see: (part) => {
      errors += part.errors;
      if (key === undefined) return;
      for (const record of part.records) {
        const name = nameOf(record);
        const text = JSON.stringify(name);
        if (name.includes(null)) without++;
        else if (seen.has(text)) repeated++;
        seen.add(text);
      }
    },
    warnings: function* (isEmpty) {
      const named = (key ?? []).join(', ');
      if (isEmpty) yield { kind: 'warning', message: `sheet \`${sheet}\` has nothing in it, not even a header` };
      if (errors > 0 && errorsAs === 'null')
        yield {
          kind: 'warning',
          message: `${errors} cells of sheet \`${sheet}\` are errors of formulas, such as #N/A or #REF!, and were read as empty`,
        };
      if (without > 0)
        yield {
          kind: 'warning',
          message: `${without} rows of sheet \`${sheet}\` have no ${named}; of rows with the same key, or none, only the last stands`,
        };
      if (repeated > 0)
        yield {
          kind: 'warning',
          message: `${repeated} rows of sheet \`${sheet}\` have a ${named} that a row above has; only the last of each stands`,
        };
    },
  };
}

/** The first rows of a sheet, for its header. */
async function firstRows(source: SheetsSource, stream: SheetsStream, context: ReadContext): Promise<Part> {
  const parts = partsOf(await accessOf(source, context), { ...stream, rows: Math.min(stream.rows, 1000) }, null);
  const { done, value } = await parts.next();
  if (done === true) throw new Error('a sheet has at least one block');
  return value;
}
