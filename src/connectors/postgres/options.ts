import { z } from 'zod';
import { secretRef } from '../../config/secrets.js';

/** Where a database is and how to get in. */
export const postgresSource = z.object({
  url: secretRef
    .optional()
    .describe('Connection string, `postgres://user:password@host:5432/database`, as a secret; the options below go before it'),
  host: z.string().optional(),
  port: z.number().int().min(1).max(65535).optional().describe('5432 if left out'),
  database: z.string().optional(),
  user: z.string().optional(),
  password: secretRef.optional(),
  ssl: z
    .enum(['disable', 'require', 'verify'])
    .default('disable')
    .describe('`require`: encrypted, whoever answers; `verify`: encrypted, and the certificate must be one that this machine trusts'),
  statement_timeout: z.number().int().min(0).default(0).describe('Seconds that a statement may take; 0 for no limit'),
});

/** What is read of it. */
export const postgresStream = z
  .object({
    table: z.string().min(1).optional().describe('A table or view, `schema.table`'),
    sql: z.string().min(1).optional().describe('A SELECT, instead of a table'),
    columns: z.array(z.string().min(1)).min(1).optional().describe('Columns to read; all if left out'),
    key: z.array(z.string().min(1)).min(1).optional().describe('Columns that name a row'),
    cursor: z
      .string()
      .min(1)
      .optional()
      .describe('Column that grows with every change, such as `updated_at`; without it every run reads all rows'),
    overlap: z
      .number()
      .min(0)
      .default(300)
      .describe(
        'How far behind the cursor a run begins, in seconds for times and in units for numbers, since a transaction may commit late',
      ),
    full_every: z
      .number()
      .min(0)
      .optional()
      .describe('Days after which a stream with a cursor is read whole again, to see rows that were deleted; never if left out'),
  })
  .refine((s) => (s.table === undefined) !== (s.sql === undefined), { message: 'needs either `table` or `sql`' });

export type PostgresSource = z.output<typeof postgresSource>;
export type PostgresStream = z.output<typeof postgresStream>;
