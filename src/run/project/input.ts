import type { z } from 'zod';
import type { columnCommon, projectSchema, ruleCommon } from '../../config/spec.js';
import type { connectors } from '../../connectors/registry.js';
import type { strategies } from '../../gold/survivorship/registry.js';
import type { ruleKinds } from '../../quality/rules/registry.js';
import type { columnTypes } from '../../silver/columns/registry.js';

/** The options of a schema; of one without options nothing, where zod would forbid every other key too. */
type Options<O extends z.ZodType> = string extends keyof z.input<O> ? unknown : z.input<O>;

/** What may be written for one of several kinds: its name under a tag, and its options. */
type OneOf<Kinds extends readonly { readonly name: string; readonly options: z.ZodType }[], Tag extends string> = {
  [I in keyof Kinds]: { readonly [T in Tag]: Kinds[I]['name'] } & Options<Kinds[I]['options']>;
}[number];

type Schema = z.input<ReturnType<typeof projectSchema>>;
type TableInput = NonNullable<Schema['tables']>[string];
type EntityInput = NonNullable<Schema['entities']>[string];

/** What types need of a connector: its name and the schemas of its options. */
export interface ConnectorTypes {
  readonly name: string;
  readonly options: z.ZodObject;
  readonly stream: z.ZodObject;
}
type SourceOf<C extends ConnectorTypes> = C extends ConnectorTypes
  ? {
      readonly connector: C['name'];
      readonly streams: Readonly<Record<string, z.input<C['stream']>>>;
      readonly tags?: readonly string[];
    } & Options<C['options']>
  : never;
/** A source of one of our connectors, or of one that the project brings. */
export type SourceInput<Brought extends ConnectorTypes = never> = SourceOf<(typeof connectors)[number] | Brought>;
export type ColumnInput = string | (z.input<typeof columnCommon> & (OneOf<typeof columnTypes, 'type'> | { readonly type?: 'text' }));
export type RuleInput = z.input<typeof ruleCommon> & OneOf<typeof ruleKinds, 'rule'>;
export type StrategyInput = Exclude<(typeof strategies)[number]['name'], 'prefer'> | z.input<(typeof strategies)[0]['options']>;

/** A project as a person writes it in TypeScript, with every option known to the editor. */
export type ProjectInput<Brought extends ConnectorTypes = never> = Omit<Schema, 'sources' | 'tables' | 'entities'> & {
  /** Connectors of the project's own, made with `defineSource`. */
  readonly connectors?: readonly Brought[];
  readonly sources: Readonly<Record<string, SourceInput<Brought>>>;
  readonly tables?: Readonly<
    Record<
      string,
      Omit<TableInput, 'columns' | 'rules'> & {
        readonly columns: Readonly<Record<string, ColumnInput>>;
        readonly rules?: readonly RuleInput[];
      }
    >
  >;
  readonly entities?: Readonly<
    Record<string, Omit<EntityInput, 'survivorship'> & { readonly survivorship?: Readonly<Record<string, StrategyInput>> }>
  >;
};
