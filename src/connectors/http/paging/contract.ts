import { z } from 'zod';
import { withAt } from '../json.js';
import type { Answer, RequestSpec } from '../message.js';

/** A page as it arrived, for the kind of paging to say what follows. */
export interface Arrived {
  readonly answer: Answer;
  readonly records: readonly Readonly<Record<string, unknown>>[];
  /** Records that were read in this stream, this page included. */
  readonly read: number;
  readonly total: number | null;
  /** The size that was asked for. */
  readonly size: number | null;
  /** An address without secrets, to be kept. */
  readonly clean: (url: URL) => URL;
}

/** Whether more may follow, and where; `why` says what is wrong with the page, `hint` what to do. Positions are plain JSON. */
export type Next<P> = { readonly at: P } | 'end' | { readonly why: string; readonly hint?: string };

/** One way of paging at work. */
export interface Pager<P> {
  readonly first: P;
  /** Records to ask for and the fewest that may be asked for; null where the size can't be chosen. */
  readonly sizes: { readonly size: number; readonly min: number } | null;
  /** The total of a page counts what follows the position, not everything: only that of the first page tells how much there is. */
  readonly narrows?: boolean;
  readonly ask: (request: RequestSpec, position: P, size: number | null) => RequestSpec;
  readonly next: (position: P, page: Arrived) => Next<P>;
  /** The position for a smaller size, at the same record; null where there is none. The same position if left out. */
  readonly resize?: (position: P, from: number, to: number, read: number) => P | null;
}

/** A pager whose positions are known to itself alone. */
export interface AnyPager {
  /** The position that a cursor holds. @throws when it is none of this kind */
  readonly position: (given: unknown) => unknown;
  readonly pager: Pager<unknown>;
}

/** A kind of paging: a file of its own, and one line in the registry. */
export interface PagingKind<O extends z.ZodType> {
  readonly name: string;
  readonly options: O;
  readonly open: (options: unknown) => AnyPager;
}

/** A kind from its spec; options and positions are parsed by its own schemas, so that its functions see them typed. */
export function pagingKind<O extends z.ZodType, P extends z.ZodType>(spec: {
  readonly name: string;
  readonly options: O;
  readonly position: P;
  readonly open: (options: z.output<O>) => Pager<z.output<P>>;
}): PagingKind<O> {
  return {
    name: spec.name,
    options: spec.options,
    open: (options) => {
      const pager = spec.open(spec.options.parse(options));
      const typed = (given: unknown): z.output<P> => spec.position.parse(given);
      const { resize, narrows = false } = pager;
      return {
        position: typed,
        pager: {
          first: pager.first,
          sizes: pager.sizes,
          narrows,
          ask: (request, position, size) => pager.ask(request, typed(position), size),
          next: (position, page) => pager.next(typed(position), page),
          ...(resize === undefined ? {} : { resize: (position, from, to, read) => resize(typed(position), from, to, read) }),
        },
      };
    },
  };
}

/** Where the parameters of paging go. */
export const into = z.enum(['query', 'body']).default('query').describe('Parameters stand in the query, or in the JSON body of a search');

export const size = z.number().int().positive();
export const minSize = size.default(1).describe('Pages that time out or are too large are halved, down to this');

/** What tells the end of pages that are counted. */
export const stop = z
  .enum(['empty', 'total', 'short'])
  .default('empty')
  .describe(
    'The last page is the empty one, the one that reaches the declared total, or one shorter than asked for (only if the service promises full pages)',
  );

/** A request with parameters put where the kind wants them. */
export function withParameters(
  request: RequestSpec,
  where: 'query' | 'body',
  parameters: Readonly<Record<string, string | number | null | undefined>>,
): RequestSpec {
  const given = Object.entries(parameters).filter((pair): pair is [string, string | number] => pair[1] !== null && pair[1] !== undefined);
  if (where === 'query') return { ...request, query: { ...request.query, ...Object.fromEntries(given) } };
  const body = request.body !== undefined && 'json' in request.body ? request.body.json : {};
  return { ...request, body: { json: given.reduce((made, [name, value]) => withAt(made, name, value), body) } };
}

/** Whether counted pages are at their end. */
export function isLast(how: z.output<typeof stop>, { records, read, total, size: asked }: Arrived): boolean {
  if (records.length === 0) return true;
  if (how === 'total') return total !== null && read >= total;
  return how === 'short' && asked !== null && records.length < asked;
}
