import { z } from 'zod';
import { pagingKind } from './contract.js';
import { asAddress, followed } from './next_url.js';

/** The `Link` header (RFC 8288) has the address of the next page; always at the same origin. */
export const linkHeader = pagingKind({
  name: 'link_header',
  options: z.strictObject({ kind: z.literal('link_header'), rel: z.string().default('next').describe('The relation that leads on') }),
  position: z.string().nullable(),
  open: ({ rel }) => ({
    first: null,
    sizes: null,
    ask: asAddress,
    next: (_position, page) => {
      const found = linkTo(page.answer.headers.get('link') ?? '', rel);
      return found === null ? 'end' : followed(found, page);
    },
  }),
});

const link = /<([^>]*)>((?:\s*;\s*[^\s=;,]+(?:\s*=\s*(?:"(?:[^"\\]|\\.)*"|[^\s;,]*))?)*)/g;
const parameter = /;\s*([^\s=;,]+)(?:\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;,]*)))?/g;

/** The address with a relation; a link may have several relations, and only its first `rel` counts. */
export function linkTo(header: string, rel: string): string | null {
  for (const [, address = '', parameters = ''] of header.matchAll(link)) {
    const [, , quoted, bare] = [...parameters.matchAll(parameter)].find(([, name]) => name?.toLowerCase() === 'rel') ?? [];
    const relations = (quoted ?? bare ?? '').toLowerCase().split(/\s+/);
    if (relations.includes(rel.toLowerCase())) return address;
  }
  return null;
}
