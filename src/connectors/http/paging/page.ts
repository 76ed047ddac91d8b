import { z } from 'zod';
import { into, isLast, minSize, pagingKind, size, stop, withParameters } from './contract.js';

/** Numbered pages. */
export const page = pagingKind({
  name: 'page',
  options: z.strictObject({
    kind: z.literal('page'),
    page: z.string().default('page').describe('Parameter of the page number'),
    start: z.number().int().min(0).default(1).describe('Number of the first page'),
    limit: z.string().optional().describe('Parameter of the number of records; left to the service if left out'),
    size: size.default(100),
    min_size: minSize,
    stop,
    into,
  }),
  position: z.number().int().min(0),
  open: (o) => ({
    first: o.start,
    sizes: o.limit === undefined ? null : { size: o.size, min: Math.min(o.size, o.min_size) },
    ask: (request, position, asked) =>
      withParameters(request, o.into, { [o.page]: position, ...(o.limit === undefined ? {} : { [o.limit]: asked }) }),
    next: (position, arrived) => (isLast(o.stop, arrived) ? 'end' : { at: position + 1 }),
    // A smaller page starts at the same record only if all pages so far were full and the sizes divide.
    resize: (position, from, to, read) => {
      const passed = position - o.start;
      return from % to === 0 && read === passed * from ? o.start + (passed * from) / to : null;
    },
  }),
});
