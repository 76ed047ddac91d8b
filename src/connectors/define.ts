import type { z } from 'zod';
import type { Capabilities, Connector, ReadContext, Reading } from './contract.js';

/** What a connector of an API is made from; its options come parsed by their schemas. */
export interface SourceDefinition<N extends string, C extends z.ZodObject, S extends z.ZodObject> {
  readonly name: N;
  /** Options of the source: where it is and how to get in. Secrets are `secretRef`s. */
  readonly config: C;
  /** Options of each stream. */
  readonly stream: S;
  readonly capabilities: (source: z.output<C>, stream: z.output<S>) => Capabilities;
  /** Resolves when the source can be reached and the stream read, with a word about what was found; rejects with an OnefoldError. */
  readonly check: (source: z.output<C>, stream: z.output<S>, context: ReadContext) => Promise<string>;
  /** Columns that a stream has, as far as the source tells without being read; null where it does not. */
  readonly discover?: (source: z.output<C>, stream: z.output<S>, context: ReadContext) => Promise<readonly string[] | null>;
  readonly read: (source: z.output<C>, stream: z.output<S>, context: ReadContext) => AsyncIterable<Reading>;
}

/** A connector: data and a few functions. A project may bring its own: `connectors: [defineSource({ … })]`. */
export function defineSource<const N extends string, C extends z.ZodObject, S extends z.ZodObject>(
  definition: SourceDefinition<N, C, S>,
): Omit<Connector, 'name' | 'options' | 'stream'> & { readonly name: N; readonly options: C; readonly stream: S } {
  const { name, config, stream, capabilities, check, discover, read } = definition;
  return {
    name,
    options: config,
    stream,
    capabilities: (options) => capabilities(config.parse(options.source), stream.parse(options.stream)),
    check: (options, context) => check(config.parse(options.source), stream.parse(options.stream), context),
    discover: async (options, context) => (await discover?.(config.parse(options.source), stream.parse(options.stream), context)) ?? null,
    read: (options, context) => read(config.parse(options.source), stream.parse(options.stream), context),
    settle: async () => {},
  };
}
