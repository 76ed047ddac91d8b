import { z } from 'zod';
import { environmentOptions } from './targets.js';

/** A named kind of something (a connector, a column type, a rule, a strategy) with the options that it takes. */
export interface Kind {
  readonly name: string;
  readonly options: z.ZodObject;
}

export interface ConnectorKind extends Kind {
  /** Options of each stream; `options` are those of the source. */
  readonly stream: z.ZodObject;
  /** What a stream with such options can tell of itself. */
  readonly capabilities: (options: {
    readonly source: Readonly<Record<string, unknown>>;
    readonly stream: Readonly<Record<string, unknown>>;
  }) => { readonly ordered: boolean; readonly parent?: string };
}

/** What a column type may look up while a project is checked. */
export interface ProjectFiles {
  /** The text of a file, its path relative to the project's folder. Rejects where it can't be read. */
  readonly read: (path: string) => Promise<string>;
}

export interface ColumnKind extends Kind {
  /** Names of the columns that a column of this kind makes beside its own. */
  readonly companions: (name: string) => readonly string[];
  /** Options with what only a file of the project or the SQL parser can tell. Rejects with what is wrong, in words. */
  readonly complete: (options: Readonly<Record<string, unknown>>, files: ProjectFiles) => Promise<Readonly<Record<string, unknown>>>;
}

export interface RuleKind extends Kind {
  /** What the options point at: columns of the same table, conditions over one row of them, columns of other tables (`table.column`), the project's rates. */
  readonly references: (options: Readonly<Record<string, unknown>>) => {
    readonly columns?: readonly string[];
    readonly expressions?: readonly string[];
    readonly targets?: readonly string[];
    readonly rates?: boolean;
  };
}

export interface StrategyKind extends Kind {
  /** The sources that the options name. */
  readonly sources: (options: Readonly<Record<string, unknown>>) => readonly string[];
}

/** The kinds that a project may name. The stages own them; this file only fits them into one schema. */
export interface Catalog {
  readonly connectors: readonly ConnectorKind[];
  readonly columnTypes: readonly ColumnKind[];
  readonly rules: readonly RuleKind[];
  readonly strategies: readonly StrategyKind[];
  /** Kinds of attributes that records are matched by. */
  readonly attributeKinds: readonly string[];
}

const name = z
  .string()
  .regex(/^[a-z][a-z0-9_]*$/, 'must be lower case letters, digits and _, and start with a letter')
  .max(60);
const fieldName = z
  .string()
  .regex(/^[A-Za-z][A-Za-z0-9_]*$/, 'must be letters, digits and _, and start with a letter')
  .max(60);

/** Cleaning that may be said of the project, of a table or of a column: the innermost word counts. */
export const cleaningOptions = {
  nulls: z
    .array(z.string())
    .optional()
    .describe(
      'Texts that mean nothing, such as `NULL` or `n/a`: compared trimmed and in any case. Said of the project, a table or a column',
    ),
  invisible: z
    .enum(['keep', 'remove'])
    .optional()
    .describe(
      '`remove`: characters that nobody sees go, no-break blanks become blanks; kept if left out. Said of the project, a table or a column',
    ),
  normalize: z
    .enum(['keep', 'NFC'])
    .optional()
    .describe('`NFC`: letters written in several characters become one; kept if left out. Said of the project, a table or a column'),
};

/** What every column may say, whatever its type. Order of work: normalize, invisible, extract, remove, trim, nulls, case, map, type, clamp, default. */
export const columnCommon = z.object({
  from: z
    .string()
    .min(1)
    .optional()
    .describe("Source column, or a path into a nested one such as `product.price`; the column's own name if left out"),
  trim: z.boolean().default(true).describe('Remove blanks at both ends'),
  ...cleaningOptions,
  case: z.enum(['lower', 'upper', 'keep']).default('keep').describe('Change the case of letters'),
  extract: z.string().optional().describe('Keep only the first match of this RE2 pattern; no match is null'),
  remove: z.string().optional().describe('Remove every match of this RE2 pattern'),
  map: z.record(z.string(), z.string().nullable()).optional().describe('Replace whole values; null makes a value missing'),
  default: z.union([z.string(), z.number(), z.boolean()]).optional().describe('Stands where the value is missing'),
  on_error: z
    .enum(['quarantine', 'null'])
    .default('quarantine')
    .describe("A value that can't be read sets its row aside, or becomes null with a warning"),
  optional: z.boolean().default(false).describe('The source may lack this column altogether'),
  description: z.string().optional().describe('What it is, for people who read catalogues and documents'),
});

/** What every rule may say. */
export const ruleCommon = z.object({
  severity: z
    .enum(['warn', 'quarantine', 'fail'])
    .default('quarantine')
    .describe('Count it, set the row aside, or publish nothing while it is broken'),
  name: z.string().optional().describe('Name in reports; made from kind and column if left out'),
});

const plain = z.record(z.string(), z.unknown());

const described = { description: z.string().optional().describe('What it is, for people who read catalogues and documents') };

/** What every stream may say, whatever its connector. */
const streamCommon = {
  ...described,
  schema: z
    .enum(['evolve', 'freeze', 'discard_row', 'discard_value'])
    .default('evolve')
    .describe(
      'What becomes of columns that the first batch (or `columns`) did not have. `evolve`: they are landed; `freeze`: what has them is refused; `discard_row`: rows with a value in them are left out; `discard_value`: the values are',
    ),
};

/** A stream, sorted into what every stream may say and the options of its connector. */
const streamParts = z
  .looseObject(streamCommon)
  .transform(({ description, schema, ...options }) => ({ description, schema, options: plain.parse(options) }));

/** What sources, tables, entities, models and metrics may say about themselves. Words only: nothing that is built depends on them. */
const about = {
  ...described,
  owner: z.string().optional().describe('Who answers for it'),
  tags: z.array(z.string().min(1)).default([]).describe('Words to find and select it by, as in `--select tag:nightly`'),
};

const aboutSource = z.object(about);

const recordCommon = z.strictObject({
  table: z.string(),
  role: z.enum(['record', 'reference']).default('record').describe('Whether the table describes the entity or only refers to it'),
  id: z.string().optional().describe("Column with the record's id in its system; needed for role `record`"),
  recency: z.string().optional().describe('Column that says how new a value is'),
  identifiers: z.record(fieldName, z.string()).default({}).describe('Identifier → column'),
  attributes: z.record(fieldName, z.string()).default({}).describe('Attribute → column'),
});

const identifierRule = z.strictObject({
  unique: z
    .enum(['entity', 'source'])
    .optional()
    .describe('`entity`: an entity has at most one value; `source`: at most one from each source'),
  max_records: z.number().int().min(1).default(10).describe('A value that more records of one stream share links nobody'),
});

const foreignKey = z.strictObject({
  to: z.string().describe('`model.column` that the value must be found in'),
  missing: z
    .enum(['fail', 'warn', 'inferred', 'unknown'])
    .default('fail')
    .describe('What a value without a row does: fail the publication, warn, get an inferred row, or point to the unknown row'),
});

const someColumns = z.union([z.string(), z.array(z.string()).min(1)]).transform((k) => (typeof k === 'string' ? [k] : k));

const modelColumn = z.union([z.string().transform((description) => ({ description })), z.strictObject(described)]);

const modelSpec = z.strictObject({
  ...about,
  columns: z.record(z.string().min(1), modelColumn).default({}).describe('Column → what it is'),
  materialized: z
    .enum(['table', 'view', 'incremental'])
    .default('table')
    .describe('Kept as a table, asked anew by every reader, or brought up to date by key'),
  key: someColumns.optional().describe('Of an incremental model: what replaces an earlier row; it is its primary key too'),
  since: z.string().optional().describe('Of an incremental model: the column that grows; only rows from its last maximum on are read'),
  lookback: z
    .string()
    .regex(/^[1-9]\d{0,5} (second|minute|hour|day|week|month)s?$/, 'must be a duration such as `3 days`')
    .optional()
    .describe('Of an incremental model: how much further back rows are read again, such as `3 days`'),
  primary_key: someColumns.optional(),
  foreign_keys: z.record(z.string(), foreignKey).default({}),
});

const ratesSpec = z
  .strictObject({
    table: z.string().describe('Table that holds the rates'),
    from: z.string().describe('Its column with the currency that one unit is of'),
    to: z.string().describe('Its column with the currency that the rate is in'),
    rate: z.string().describe('Its column with the rate'),
    date: z.string().describe('Its column with the day from which the rate counts'),
    inverse: z.boolean().default(false).describe('Where there is no rate from one to the other, divide by that of the other way'),
    max_age_days: z.number().int().min(0).optional().describe('An older rate counts as missing'),
    scale: z.number().int().min(0).max(4).default(2).describe('Digits behind the decimal sign of what is converted, rounded half up'),
  })
  .describe('Exchange rates, for `to_currency(amount, currency, target, on)` in models');
const metricSpec = z.strictObject({
  ...about,
  model: z.string().describe('The gold table that it is of: a model, a golden record or its 360'),
  sql: z.string().min(1).describe('An aggregate over the columns of the table, such as `sum(total)`'),
  dimensions: z
    .union([z.array(z.string().min(1)), z.record(fieldName, z.string().min(1))])
    .default([])
    .describe('What it may be asked by: a list of columns, or name → SQL over the columns of a row'),
  filter: z.string().min(1).optional().describe('Only rows for which this SQL is true'),
  time: z.string().min(1).optional().describe('The column that says when; it gives the dimensions day, week, month, quarter and year'),
  currency: z
    .string()
    .min(1)
    .optional()
    .describe('The column that holds the currency: always a dimension, so that currencies are never added up'),
  format: z
    .string()
    .regex(/^(number|percent|currency( [A-Z]{3})?)$/, 'must be `number`, `percent`, `currency` or `currency EUR`')
    .default('number')
    .describe('How people are shown it: `number`, `percent`, `currency` or `currency EUR`'),
});

/** The schema of a whole project, for one catalog. `z.input` is what people write, `z.output` what the stages get. */
export function projectSchema(catalog: Catalog) {
  return z.strictObject({
    $schema: z.string().optional(),
    name: name.describe('Name of the project'),
    store: z.string().default('.onefold').describe('Folder of the store, relative to the project'),
    keep_snapshots: z.number().int().min(1).default(10).describe('How many snapshots are kept'),
    ...cleaningOptions,
    engine: z
      .strictObject({
        memory_limit: z
          .string()
          .regex(/^\d+(\.\d+)? ?[KMGTkmgt]([Ii]?[Bb])?$/, 'must be a size such as `4GB` or `512MiB`')
          .optional()
          .describe(
            'What the engine may hold in memory, such as `4GB`; what does not fit goes to the disk of the store. 80 % of the memory there is if left out',
          ),
        threads: z
          .number()
          .int()
          .min(1)
          .optional()
          .describe('How many threads the engine works in; as many as there are cores if left out'),
      })
      .default({}),
    sources: z.record(name, sourceSchema(catalog)),
    tables: z.record(name, tableSchema(catalog)).default({}),
    rates: ratesSpec.optional(),
    entities: z.record(name, entitySchema(catalog)).default({}),
    models: z.record(name, modelSpec).default({}),
    metrics: z.record(name, metricSpec).default({}).describe('Numbers that everybody asks for, each declared once'),
    ...environmentOptions,
  });
}

function sourceSchema(catalog: Catalog) {
  return z.discriminatedUnion(
    'connector',
    someOf(
      catalog.connectors.map((kind) =>
        kind.options
          .extend({ ...about, connector: z.literal(kind.name), streams: z.record(name, kind.stream.extend(streamCommon).strict()) })
          .strict()
          .transform((value) => {
            const { connector: _kind, streams, description, owner, tags, ...options } = plain.parse(value);
            return {
              connector: kind.name,
              ...aboutSource.parse({ description, owner, tags }),
              streams: z.record(z.string(), streamParts).parse(streams),
              options,
            };
          }),
      ),
    ),
  );
}

function tableSchema(catalog: Catalog) {
  return z.strictObject({
    ...about,
    from: z.string().describe('`source.stream`'),
    key: z
      .union([z.literal('content'), z.string(), z.array(z.string()).min(1)])
      .describe('`content` (identical rows are one), a column, or several'),
    recency: z.string().optional().describe('Column that says which of two versions of a row is newer'),
    columns: z.record(fieldName, columnSchema(catalog)),
    ...cleaningOptions,
    rules: z.array(ruleSchema(catalog)).default([]),
    amounts: z.array(z.string()).default([]).describe('Money or decimal columns whose sums the ledger follows'),
  });
}

function columnSchema(catalog: Catalog) {
  return z.union([
    z
      .string()
      .min(1)
      .transform((from) => ({ type: 'text', common: columnCommon.parse({ from }), options: {} })),
    z.discriminatedUnion('type', someOf(catalog.columnTypes.map((kind) => splitCommon(columnCommon, kind, 'type', kind.name === 'text')))),
  ]);
}

function ruleSchema(catalog: Catalog) {
  return z
    .discriminatedUnion('rule', someOf(catalog.rules.map((kind) => splitCommon(ruleCommon, kind, 'rule', false))))
    .transform(({ type, common, options }) => ({ rule: type, common, options }));
}

function strategySchema(catalog: Catalog) {
  const needsOptions = (kind: Kind): boolean => Object.keys(kind.options.shape).length > 0;
  return z.union([
    z.enum(catalog.strategies.filter((s) => !needsOptions(s)).map((s) => s.name)).transform((strategy) => ({ strategy, options: {} })),
    ...catalog.strategies
      .filter(needsOptions)
      .map((kind) => kind.options.strict().transform((options) => ({ strategy: kind.name, options: { ...options } }))),
  ]);
}

/** One rung of a ladder of likeness that the project writes itself. */
const writtenLevel = z.strictObject({
  name: z.string().min(1).max(80).describe('What it means, as reports and explanations say it'),
  sql: z
    .string()
    .min(1)
    .describe(
      'A condition over `left_value` and `right_value`, the two values as text, neither of them null; of one row, without subqueries',
    ),
  share: z
    .number()
    .gt(0)
    .lt(1)
    .optional()
    .describe('About what share of the pairs of one entity is expected here, before any data was seen'),
});

/** How records are matched by their attributes. */
function matchSchema(catalog: Catalog) {
  return z.strictObject({
    attributes: z
      .record(
        fieldName,
        z.union([
          z.enum(catalog.attributeKinds).transform((kind) => ({ kind })),
          z.strictObject({
            kind: z
              .enum(catalog.attributeKinds)
              .optional()
              .describe('What kind of thing it is; told by its name and its column if left out'),
            levels: z
              .array(writtenLevel)
              .min(1)
              .max(6)
              .optional()
              .describe('How alike two values are, from most to least: the first that holds counts; those of the kind if left out'),
          }),
        ]),
      )
      .default({})
      .describe('Attribute → what kind of thing it is, or that and how it is compared; told by its name and its column if left out'),
    ignore: z.array(fieldName).default([]).describe('Attributes that say nothing of who is who'),
    within: z
      .enum(['all', 'between_sources', 'within_sources'])
      .default('all')
      .describe('Which records may be one: any, only those of different sources, or only those of one source'),
    one_per_source: z.array(name).default([]).describe('Sources that hold nobody twice: an entity gets at most one of its records'),
    threshold: z
      .number()
      .gt(0)
      .lt(1)
      .optional()
      .describe('Probability from which on records are taken for one; what promises the best result if left out'),
    pairs: z
      .number()
      .int()
      .positive()
      .optional()
      .describe('The most pairs of records to compare; as many as the number of records suggests if left out'),
    largest: z.number().int().min(2).default(1000).describe('The most records of one entity'),
    model: z.string().optional().describe('Path of a frozen model; without it one is trained'),
  });
}

function entitySchema(catalog: Catalog) {
  return z.strictObject({
    ...about,
    history: z.boolean().default(false).describe('Keep what its golden records once were, in `gold.<entity>_history`'),
    prefix: z
      .string()
      .regex(/^[a-z]{2,8}$/, 'must be 2 to 8 lower case letters')
      .optional(),
    records: z.array(recordCommon).min(1),
    identifiers: z.record(fieldName, identifierRule).default({}),
    trust: z
      .record(name, z.number().positive().max(1000))
      .default({})
      .describe('Source → how much one observation of it weighs; 1 if left out'),
    match: z
      .union([z.literal(true).transform(() => matchSchema(catalog).parse({})), matchSchema(catalog)])
      .optional()
      .describe('Find records that are one by how alike their attributes are; `true` for all attributes as their names say'),
    survivorship: z.record(fieldName, strategySchema(catalog)).default({}).describe('Attribute → strategy; `default` for the rest'),
  });
}

/** At least one kind, as a union needs. */
function someOf<T>(kinds: readonly T[]): [T, ...T[]] {
  const [first, ...rest] = kinds;
  if (first === undefined) throw new RangeError('a catalog needs at least one kind of everything');
  return [first, ...rest];
}

/** A kind's schema that sorts what was written into the kind's name, the common part and the kind's own options. */
function splitCommon<C extends z.ZodObject>(common: C, kind: Kind, tag: string, tagOptional: boolean) {
  const literal = z.literal(kind.name);
  return common
    .extend(kind.options.shape)
    .extend({ [tag]: tagOptional ? literal.optional() : literal })
    .strict()
    .transform((value, ctx) => {
      const options: Record<string, unknown> = {};
      const shared: Record<string, unknown> = {};
      for (const [key, v] of Object.entries(value)) {
        if (key === tag) continue;
        (key in kind.options.shape ? options : shared)[key] = v;
      }
      // Rules over several options together belong to the kind's own schema, which extending leaves behind.
      const whole = kind.options.safeParse(options);
      for (const issue of whole.error?.issues ?? [])
        ctx.issues.push({ code: 'custom', message: issue.message, input: value, path: issue.path });
      return { type: kind.name, common: common.parse(shared), options };
    });
}

export type ParsedProject = z.output<ReturnType<typeof projectSchema>>;
export type SchemaPolicy = z.output<typeof streamCommon.schema>;
export type Rates = z.output<typeof ratesSpec>;
export type ParsedColumnCommon = z.output<typeof columnCommon>;
