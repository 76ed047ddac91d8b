import { z } from 'zod';
import type { Arrived, Next } from '../http/paging/contract.js';
import { pagingKind } from '../http/paging/contract.js';
import type { Mark } from './grammar.js';
import { behind, named, where } from './grammar.js';

/** A statement that takes too long for so few rows would take as long for fewer. */
const fewest = 10;

const mark = z.union([z.string(), z.number(), z.boolean()]);

/**
 * Rows behind the last one seen, in the order of a key. The project may give fewer rows than asked for, so only an empty page is the
 * end, or a first page that has as many rows as were counted in the same statement. Without a key all rows must come on that page.
 */
export const byKey = pagingKind({
  name: 'rows',
  options: z.strictObject({
    key: z.array(z.string()),
    /** Conditions that hold for all rows. */
    conditions: z.array(z.string()),
    size: z.number().int().positive(),
    count: z.boolean(),
  }),
  position: z.array(mark).readonly().nullable(),
  open: ({ key, conditions, size, count }) => ({
    first: null,
    narrows: true,
    sizes: key.length === 0 ? null : { size, min: Math.min(size, fewest) },
    ask: (request, position, asked) => ({
      ...request,
      query: {
        ...request.query,
        ...where([...conditions, ...(position === null ? [] : behind(key, position))]),
        ...(key.length === 0 ? {} : { order: key.map((column) => `${named(column)}.asc`).join(','), limit: asked ?? size }),
      },
      headers: { ...request.headers, ...(count && position === null ? { prefer: 'count=exact' } : {}) },
    }),
    next: (position, page) => (key.length === 0 ? alone(page) : follows(key, position, page)),
  }),
});

/** A table whose rows nothing tells apart can't be read on: which came already would be a guess. */
function alone({ records, total }: Arrived): Next<null> {
  if (total !== null && records.length >= total) return 'end';
  const rows = total === null ? 'rows that were not counted' : `${records.length} of ${total} rows`;
  return { why: `${rows}, and nothing tells where to go on`, hint: 'declare columns that name a row in `key`, such as the primary key' };
}

function follows(key: readonly string[], position: readonly Mark[] | null, { records, read, total }: Arrived): Next<readonly Mark[]> {
  const rows: (readonly Mark[])[] = position === null ? [] : [position];
  for (const record of records) {
    const values = key.map((column) => mark.safeParse(record[column]).data);
    const lacking = key.find((_, i) => values[i] === undefined);
    if (lacking !== undefined) return { why: `a row without \`${lacking}\``, hint: nullKey };
    rows.push(values.filter((v) => v !== undefined));
  }
  if (new Set(rows.map((row) => JSON.stringify(row))).size < rows.length)
    return {
      why: `rows that \`${key.join(', ')}\` does not tell apart`,
      hint: 'declare a `key` that is unique: rows would be lost between pages',
    };
  const last = rows.at(-1);
  if (records.length === 0 || last === undefined || (position === null && total !== null && read >= total)) return 'end';
  return { at: last };
}

/** What to do about rows that a key does not name. */
export const nullKey = 'a `key` names every row: declare columns that are never null, or leave these rows out by `filters`';
