import { z } from 'zod';
import { into, isLast, minSize, pagingKind, size, stop, withParameters } from './contract.js';

/**
 * So many records from the so-manyeth on. The next page starts after the records that came, not after those that were asked for, so
 * that a service which gives fewer than asked loses none.
 */
export const offset = pagingKind({
  name: 'offset',
  options: z.strictObject({
    kind: z.literal('offset'),
    offset: z.string().default('offset').describe('Parameter of the first record'),
    limit: z.string().default('limit').describe('Parameter of the number of records'),
    start: z.number().int().min(0).default(0).describe('The first record of all'),
    size: size.default(100),
    min_size: minSize,
    stop,
    into,
  }),
  position: z.number().int().min(0),
  open: (o) => ({
    first: o.start,
    sizes: { size: o.size, min: Math.min(o.size, o.min_size) },
    ask: (request, position, asked) => withParameters(request, o.into, { [o.offset]: position, [o.limit]: asked }),
    next: (position, page) => (isLast(o.stop, page) ? 'end' : { at: position + page.records.length }),
  }),
});
