import { z } from 'zod';
import { at } from '../json.js';
import { into, minSize, pagingKind, size, withParameters } from './contract.js';

const token = z.union([z.string(), z.number()]);

/** The service names the next page by a word of its own, and no word means that there is none. Pages may be empty in between. */
export const cursor = pagingKind({
  name: 'cursor',
  options: z.strictObject({
    kind: z.literal('cursor'),
    next: z
      .union([z.string().min(1), z.strictObject({ header: z.string().min(1) })])
      .describe('Path of the next cursor in the body, or the header that has it'),
    parameter: z.string().min(1).describe('Parameter that the cursor goes into'),
    more: z.string().optional().describe('Path of a boolean that says whether more follows'),
    limit: z.string().optional().describe('Parameter of the number of records'),
    size: size.default(100),
    min_size: minSize,
    into,
  }),
  position: token.nullable(),
  open: (o) => ({
    first: null,
    sizes: o.limit === undefined ? null : { size: o.size, min: Math.min(o.size, o.min_size) },
    ask: (request, position, asked) =>
      withParameters(request, o.into, { ...(o.limit === undefined ? {} : { [o.limit]: asked }), [o.parameter]: position }),
    next: (_position, { answer }) => {
      const more = o.more === undefined ? undefined : at(answer.json, o.more);
      if (o.more !== undefined && typeof more !== 'boolean') return { why: `a page whose \`${o.more}\` is neither true nor false` };
      if (more === false) return 'end';
      const found = typeof o.next === 'string' ? at(answer.json, o.next) : answer.headers.get(o.next.header);
      const next = token.safeParse(found);
      if (next.success && next.data !== '') return { at: next.data };
      if (found !== undefined && found !== null && found !== '' && found !== false)
        return { why: 'a next cursor that is neither text nor number' };
      return more === true ? { why: 'a page that says more follows and has no cursor' } : 'end';
    },
  }),
});
