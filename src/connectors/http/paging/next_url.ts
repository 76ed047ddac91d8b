import { z } from 'zod';
import { at } from '../json.js';
import type { RequestSpec } from '../message.js';
import type { Arrived, Next } from './contract.js';
import { pagingKind } from './contract.js';

/** The body has the address of the next page, absolute or relative to this one's; always at the same origin. */
export const nextUrl = pagingKind({
  name: 'next_url',
  options: z.strictObject({ kind: z.literal('next_url'), next: z.string().min(1).describe('Path of the address in the body') }),
  position: z.string().nullable(),
  open: ({ next }) => ({
    first: null,
    sizes: null,
    ask: asAddress,
    next: (_position, page) => {
      const found = at(page.answer.json, next);
      if (found === undefined || found === null || found === '' || found === false) return 'end';
      return typeof found === 'string' ? followed(found, page) : { why: `a \`${next}\` that is no text` };
    },
  }),
});

/** A request to an address that the service gave, which holds all parameters. */
export function asAddress(request: RequestSpec, position: string | null): RequestSpec {
  return position === null ? request : { ...request, url: position, query: {} };
}

/** An address that the service gave: credentials go along, so it must be at the origin of the page that named it. */
export function followed(found: string, { answer, clean }: Arrived): Next<string | null> {
  const url = URL.canParse(found, answer.url) ? new URL(found, answer.url) : null;
  if (url === null) return { why: 'a next address that is none' };
  if (url.origin !== new URL(answer.url).origin) return { why: `a next address at another origin, ${url.origin}` };
  return { at: clean(url).href };
}
