import { z } from 'zod';
import { secretRef } from '../../config/secrets.js';
import { httpSettings } from '../http/settings.js';
import { incrementalSettings } from '../incremental.js';
import type { StripeListName } from './lists.js';
import { stripeLists } from './lists.js';

/** The version of Stripe's API that records are read in, unless the project names another: an upgrade of the client changes no column. */
const apiVersion = '2026-10-28.endive';

const { timeout_s, attempts, patience_s, max_mb, budget } = httpSettings.shape;

/** Which account is read, and how to get in. */
export const stripeSource = z.strictObject({
  api_key: secretRef.describe('A restricted key (`rk_live_…`) with leave to read what is asked for, or a secret key'),
  account: z
    .string()
    .regex(/^acct_\w+$/)
    .optional()
    .describe('A connected account (`acct_…`) to read in place of the key’s own'),
  api_version: z
    .string()
    .regex(/^\d{4}-\d{2}-\d{2}(\.\w+)?$/)
    .default(apiVersion)
    .describe('Version of the API that records are read in'),
  host: z.string().min(1).default('api.stripe.com'),
  port: z.number().int().min(1).max(65535).optional().describe('That of the protocol if left out'),
  protocol: z.enum(['https', 'http']).default('https').describe('`http` for an emulator'),
  timeout_s,
  attempts,
  patience_s,
  max_mb,
  budget: budget
    .unwrap()
    .default({ requests: 20, per_s: 1, concurrency: 4 })
    .describe('How many requests Stripe gets; it allows 25 a second in test mode and 100 in live mode, to all that use the account'),
});

const names = Object.keys(stripeLists).filter((name): name is StripeListName => Object.hasOwn(stripeLists, name));

/** What is read of it. */
export const stripeStream = z.strictObject({
  list: z.enum(names).describe('What is read'),
  expand: z
    .array(z.string().regex(/^\w+(\.\w+)*$/))
    .max(10)
    .default([])
    .describe('Fields that hold an id and shall hold the object, such as `customer`. A change to that object alone is not seen'),
  changes: z
    .enum(['created', 'whole'])
    .optional()
    .describe(
      'In place of the events that tell what changed: only what was `created` since the last run; or, every time, the `whole` list',
    ),
  columns: incrementalSettings.columns,
  overlap: incrementalSettings.overlap.describe(
    'How many seconds before the last reading began a run asks again, since a change may be seen late',
  ),
  full_every: incrementalSettings.full_every,
});

export type StripeSource = z.output<typeof stripeSource>;
export type StripeStream = z.output<typeof stripeStream>;
