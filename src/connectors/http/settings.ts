/**
 * What a project file says of a source with an HTTP interface, and of a collection that it has. A connector puts the fields of these
 * schemas among its own options, or reads a service by them alone.
 */
import { z } from 'zod';
import { secretRef } from '../../config/secrets.js';
import { headerName } from './auth/contract.js';
import { authOptions } from './auth/registry.js';
import type { HttpOptions } from './client.js';
import type { Collection } from './pages.js';
import { pagingOptions } from './paging/registry.js';
import { defaultRetries } from './wait.js';

/** How a source is reached. */
export const httpSettings = z.strictObject({
  url: z.url({ protocol: /^https?$/ }).describe('Address that the paths of streams are put below'),
  auth: authOptions.optional(),
  headers: z
    .record(headerName, z.union([z.string(), secretRef]))
    .default({})
    .describe('Sent with every request to the source, and to no other host'),
  timeout_s: z.number().positive().default(60).describe('How long an answer may take to begin, and its body to go on'),
  budget: z
    .strictObject({
      requests: z.number().int().positive().describe('Requests in any such stretch of time'),
      per_s: z.number().positive(),
      concurrency: z.number().int().positive().default(4).describe('Requests under way at once'),
    })
    .optional()
    .describe('How many requests the host gets'),
  attempts: z.number().int().positive().default(defaultRetries.attempts).describe('How often a request is tried, the first time included'),
  patience_s: z
    .number()
    .min(0)
    .default(defaultRetries.patienceMs / 1000)
    .describe('How long all waits of one request may be together'),
  max_mb: z.number().positive().default(64).describe('The largest body, decompressed'),
});

/** A collection of records that the source has. */
export const collectionSettings = z.strictObject({
  path: z.string().describe('Below the address of the source'),
  method: z.enum(['GET', 'POST']).default('GET').describe('POST for a search, which is then repeated like a GET'),
  query: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).default({}),
  body: z.record(z.string(), z.unknown()).optional().describe('JSON body of a search'),
  records: z.string().default('').describe('Path of the list of records in the body; empty when the body is the list'),
  total: z
    .union([z.string().min(1), z.strictObject({ header: headerName })])
    .optional()
    .describe('Where the number of all records is declared: a path in the body, or a header. It is compared with what came'),
  paging: pagingOptions.default({ kind: 'single' }),
});

/** The client's options, from settings that were parsed. */
export function httpOptionsOf(settings: z.output<typeof httpSettings>): HttpOptions {
  const { budget } = settings;
  return {
    baseUrl: settings.url,
    auth: settings.auth ?? null,
    headers: settings.headers,
    timeoutMs: settings.timeout_s * 1000,
    budget: budget === undefined ? null : { requests: budget.requests, perMs: budget.per_s * 1000, concurrency: budget.concurrency },
    retries: { attempts: settings.attempts, patienceMs: settings.patience_s * 1000 },
    maxBytes: settings.max_mb * 2 ** 20,
  };
}

/** The collection, from settings that were parsed. */
export function collectionOf({ path, method, query, body, records, total, paging }: z.output<typeof collectionSettings>): Collection {
  const search = method === 'POST' ? { body: { json: body ?? {} }, idempotent: true } : {};
  return { request: { method, url: path, query, ...search }, records, total: total ?? null, paging };
}
