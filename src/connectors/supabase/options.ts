import { z } from 'zod';
import { secretRef } from '../../config/secrets.js';
import { httpSettings } from '../http/settings.js';
import { incrementalSettings } from '../incremental.js';

/** Where a project is and how to get in. */
export const supabaseSource = httpSettings.omit({ auth: true, headers: true }).extend({
  url: z.url({ protocol: /^https?$/ }).describe('Address of the project, `https://<ref>.supabase.co`'),
  api_key: secretRef.describe(
    'A secret key (`sb_secret_…`) or the `service_role` key; others see only what row level security shows them, and what it hides counts as deleted',
  ),
  token: secretRef
    .optional()
    .describe('A token that the project has signed, to read in a role with fewer rights; `api_key` may then be a publishable one'),
});

const value = z.union([z.string(), z.number(), z.boolean()]);
const not = z.boolean().default(false).describe('Rows for which it does not hold');
const column = z.string().min(1);

/** A condition on a column. Values are spelled by us, so they may hold anything. */
const filter = z.union([
  z.strictObject({ column, operator: z.enum(['eq', 'neq', 'gt', 'gte', 'lt', 'lte', 'like', 'ilike']), value, not }),
  z.strictObject({ column, operator: z.literal('in'), value: z.array(value).min(1), not }),
  z.strictObject({ column, operator: z.literal('is'), value: z.union([z.boolean(), z.null()]), not }),
]);
export type Filter = z.output<typeof filter>;

/** What is read of it. */
export const supabaseStream = z
  .strictObject({
    table: z.string().min(1).describe('A table or view'),
    table_schema: z.string().min(1).optional().describe('Its schema; the first that the API exposes, usually `public`, if left out'),
    select: z
      .string()
      .min(1)
      .refine(
        (text) => !text.includes('('),
        'may not embed other tables: their rows are cut without a word; read them as a stream of their own',
      )
      .optional()
      .describe('Columns as PostgREST writes them, with names, casts and ways into JSON (`id,total::text,city:address->>city`)'),
    filters: z.array(filter).default([]).describe('Which rows are read; all conditions hold'),
    ...incrementalSettings,
    key: incrementalSettings.key.describe(
      'Columns that name a row, never null, best the primary key: rows are read in its order. Without it the table must fit into one answer',
    ),
    cursor: column.optional().describe('Column that grows with every change, such as `updated_at`; without it every run reads all rows'),
    count: z
      .enum(['exact', 'planned', 'none'])
      .default('exact')
      .describe('`exact` is compared with what came, and takes one look at all rows; `planned` is an estimate for `onefold doctor` only'),
    page_size: z.number().int().positive().default(1000).describe('Rows to ask for; the project may give fewer'),
  })
  .refine((s) => s.select === undefined || s.columns === undefined, { message: 'needs `select` or `columns`, not both' })
  .refine((s) => s.columns === undefined || (s.key ?? []).every((name) => s.columns?.includes(name)), {
    message: 'must name the columns of `key` among `columns`',
  })
  .refine((s) => s.key !== undefined || s.count === 'exact', { message: 'without `key` rows must be counted: leave `count` out' });

export type SupabaseSource = z.output<typeof supabaseSource>;
export type SupabaseStream = z.output<typeof supabaseStream>;
