import { z } from 'zod';
import { at } from '../json.js';
import type { Next } from './contract.js';
import { into, isLast, minSize, pagingKind, size, stop, withParameters } from './contract.js';

const mark = z.union([z.string(), z.number()]);
type Mark = z.output<typeof mark>;

/** Records after the last one seen, by a column that is unique and that the service sorts by. Rows that come and go in between do no harm. */
export const keyset = pagingKind({
  name: 'keyset',
  options: z.strictObject({
    kind: z.literal('keyset'),
    column: z.string().min(1).describe('Path of the unique, sorted column in a record'),
    parameter: z.string().min(1).describe('Parameter that the last value goes into'),
    template: z
      .string()
      .default('{last}')
      .refine((text) => text.includes('{last}'), 'must hold {last}')
      .describe('How it is written, such as `id > {last}`'),
    first: z
      .union([z.string(), z.number()])
      .optional()
      .describe('The value to begin after; the first page has no such parameter if left out'),
    more: z.string().optional().describe('Path of a boolean that says whether more follows'),
    limit: z.string().optional().describe('Parameter of the number of records'),
    size: size.default(100),
    min_size: minSize,
    stop,
    into,
  }),
  position: mark.nullable(),
  open: (o) => ({
    first: o.first ?? null,
    narrows: true,
    sizes: o.limit === undefined ? null : { size: o.size, min: Math.min(o.size, o.min_size) },
    ask: (request, position, asked) =>
      withParameters(request, o.into, {
        ...(o.limit === undefined ? {} : { [o.limit]: asked }),
        [o.parameter]: position === null ? null : o.template.replaceAll('{last}', () => String(position)),
      }),
    next: (position, page) => {
      const more = o.more === undefined ? undefined : at(page.answer.json, o.more);
      if (more === true && page.records.length === 0) return { why: 'an empty page that says more follows' };
      const marks: Mark[] = [];
      for (const record of page.records) {
        const found = mark.safeParse(at(record, o.column));
        if (!found.success) return { why: `a record without \`${o.column}\`` };
        marks.push(found.data);
      }
      const fault = disorder(position, marks);
      if (fault !== null) return { why: `${fault} \`${o.column}\`: rows would be lost between pages` };
      return follows(marks.at(-1), more === false || isLast(o.stop, page));
    },
  }),
});

function follows(last: Mark | undefined, isEnd: boolean): Next<Mark | null> {
  return isEnd || last === undefined ? 'end' : { at: last };
}

/** What is wrong with the order of a page. Of texts only repeats are seen: their order is the service's own. */
function disorder(position: Mark | null, marks: readonly Mark[]): string | null {
  const all = position === null ? marks : [position, ...marks];
  if (new Set(all.map(String)).size < all.length) return 'repeated values of';
  const numbers = marks.filter((m) => typeof m === 'number');
  const steps = numbers.slice(1).map((m, i) => m > (numbers[i] ?? m));
  return new Set(steps).size > 1 ? 'no order by' : null;
}
