import type { z } from 'zod';
import type { Sql } from '../../sql/tag.js';

/**
 * A survivorship strategy: a file of its own, and one line in the registry. It orders the candidates of one field of one
 * entity, best first, over the columns `source`, `record`, `recency` (TIMESTAMP or null), `observations`, `value` (typed)
 * and `backing` (observations of the value over all records). What it leaves tied is decided by recency, value and record.
 */
export interface Strategy {
  readonly name: string;
  readonly options: z.ZodObject;
  readonly sources: (options: unknown) => readonly string[];
  readonly order: (options: unknown) => readonly Sql[];
  /** The rule in words, for the provenance. */
  readonly describe: (options: unknown) => string;
}

interface Spec<N extends string, O extends z.ZodObject> {
  readonly name: N;
  readonly options: O;
  readonly sources?: (options: z.output<O>) => readonly string[];
  readonly order: (options: z.output<O>) => readonly Sql[];
  readonly describe: (options: z.output<O>) => string;
}

/** A strategy from its spec; options are parsed by its own schema, so that its functions see them typed. */
export function strategy<N extends string, O extends z.ZodObject>(
  spec: Spec<N, O>,
): Omit<Strategy, 'name' | 'options'> & { readonly name: N; readonly options: O } {
  return {
    name: spec.name,
    options: spec.options,
    sources: (options) => spec.sources?.(spec.options.parse(options)) ?? [],
    order: (options) => spec.order(spec.options.parse(options)),
    describe: (options) => spec.describe(spec.options.parse(options)),
  };
}
