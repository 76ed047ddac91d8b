import { z } from 'zod';
import { OnefoldError } from '../../../base/errors.js';
import type { AnyPager } from './contract.js';
import { cursor } from './cursor.js';
import { keyset } from './keyset.js';
import { linkHeader } from './link_header.js';
import { nextUrl } from './next_url.js';
import { offset } from './offset.js';
import { page } from './page.js';
import { single } from './single.js';

/** Every kind of paging: a file of its own and one line here. */
export const pagingKinds = [offset, page, cursor, linkHeader, nextUrl, keyset, single] as const;

/** How a service divides what it has into pages, as a project file says it. */
export const pagingOptions = z.union(pagingKinds.map((kind) => kind.options)).describe('How the service divides its records into pages');

/** Before parsing: what has a default may be left out. */
export type PagingOptions = z.input<typeof pagingOptions>;

/** @throws OnefoldError `NOT_FOUND`, which a validated project can't cause */
export function openPager(options: PagingOptions): AnyPager {
  const found = pagingKinds.find((kind) => kind.name === options.kind);
  if (found === undefined) throw new OnefoldError('NOT_FOUND', `no paging is called \`${options.kind}\``);
  return found.open(options);
}
