import { z } from 'zod';
import { secretRef } from '../../config/secrets.js';
import type { HttpOptions } from '../http/client.js';
import { httpOptionsOf, httpSettings } from '../http/settings.js';
import { incrementalSettings } from '../incremental.js';

/** Who asks. NetSuite ties both to one user and one role. */
const login = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('token'),
    consumer_key: secretRef.describe('Of the integration record'),
    consumer_secret: secretRef,
    token: secretRef.describe('Of the access token'),
    token_secret: secretRef,
  }),
  z.strictObject({
    kind: z.literal('certificate'),
    client_id: z.string().min(1).describe('Of the integration record'),
    certificate_id: z.string().min(1).describe('As the page of the mapping for machines shows it'),
    private_key: secretRef.describe('PEM, unencrypted: the private part of the certificate'),
    algorithm: z.enum(['PS256', 'ES256']).default('PS256').describe('PS256 for an RSA key, ES256 for one on the curve P-256'),
  }),
]);

/** Which account, and how to get in. */
export const netsuiteSource = httpSettings.omit({ url: true, auth: true }).extend({
  account: z
    .string()
    .regex(/^[A-Za-z0-9]+([_-][A-Za-z0-9]+)?$/, 'must be an account id, such as 1234567 or 1234567_SB1')
    .describe('The account id, as Setup > Company > Company Information shows it: `1234567`, or `1234567_SB1` for a sandbox'),
  url: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe("In place of the account's own address, `https://ACCOUNT.suitetalk.api.netsuite.com`; for tests"),
  auth: login.describe('`token` for token-based authentication, `certificate` for OAuth 2.0 from machine to machine'),
});

const column = z.string().regex(/^[a-z_][a-z0-9_]*$/, 'must be a column name in lower case, as NetSuite answers it');

/** What is read of it. */
export const netsuiteStream = z
  .strictObject({
    ...incrementalSettings,
    table: z
      .string()
      .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'must be the name of a table, such as customer or transactionLine')
      .optional()
      .describe('A table of the Records Catalog, such as `customer`, `transaction` or `transactionLine`'),
    where: z
      .string()
      .min(1)
      .refine(isCondition, 'must be one condition: quotes and brackets closed, no `;` and no comment')
      .optional()
      .describe("Which rows of the table, in SuiteQL: `isinactive = 'F'`"),
    suiteql: z
      .string()
      .min(1)
      .refine(isCondition, 'must be one SELECT: quotes and brackets closed, no `;` and no comment')
      .optional()
      .describe('A SELECT in place of a table; it is put in brackets, so it needs no ORDER BY'),
    columns: z
      .array(column)
      .min(1)
      .optional()
      .describe('Columns to read, all if left out. NetSuite leaves nulls out of its answers, so named columns are the only sure ones'),
    key: z
      .array(column)
      .min(1)
      .default(['id'])
      .describe('Columns that name a row, never null; pages are read in their order. For `transactionLine`: `transaction`, `id`'),
    cursor: column
      .optional()
      .describe('Time column that moves with every change, such as `lastmodifieddate`; without it every run reads all rows'),
    dates: z
      .array(column)
      .default([])
      .describe('Further columns of days or times: they arrive as `YYYY-MM-DD HH:MM:SS`, and not in the format that the user prefers'),
    overlap: incrementalSettings.overlap
      .default(7200)
      .describe("Seconds behind the cursor at which a run begins: NetSuite's times are of a clock that is put back an hour every autumn"),
    deleted: z
      .strictObject({
        type: z
          .union([z.string().min(1), z.array(z.string().min(1)).min(1)])
          .describe('The `type` that these records have in the table `deletedrecord`: `customer`, or several kinds of transaction'),
      })
      .optional()
      .describe('Asks `deletedrecord` for records that are gone; only for a stream with a cursor, and a key of one column'),
    page_size: z.number().int().min(1).max(1000).default(1000).describe('Rows in an answer; halved when an answer takes too long'),
  })
  .refine((s) => (s.table === undefined) !== (s.suiteql === undefined), { message: 'needs either `table` or `suiteql`' })
  .refine((s) => s.where === undefined || s.table !== undefined, { message: '`where` belongs to `table`; a `suiteql` has its own' })
  .refine((s) => s.deleted === undefined || (s.cursor !== undefined && s.key.length === 1), {
    message: '`deleted` needs a `cursor`, and a `key` of one column',
  });

export type NetsuiteSource = z.output<typeof netsuiteSource>;
export type NetsuiteStream = z.output<typeof netsuiteStream>;

/** The client's options. The realm of a signature has the account as NetSuite writes it, the host in lower case with a hyphen. */
export function netsuiteHttp({ account, url, auth, ...settings }: NetsuiteSource): HttpOptions {
  const host = `${account.toLowerCase().replaceAll('_', '-')}.suitetalk.api.netsuite.com`;
  const address = (url ?? `https://${host}`).replace(/\/+$/, '');
  const options = httpOptionsOf({ ...settings, url: address });
  if (auth.kind === 'token') {
    const { kind: _, ...secrets } = auth;
    return { ...options, auth: { kind: 'oauth1', realm: account.toUpperCase().replaceAll('-', '_'), ...secrets } };
  }
  return {
    ...options,
    auth: {
      kind: 'oauth2',
      grant: 'client_assertion',
      token_url: `${address}/services/rest/auth/oauth2/v1/token`,
      private_key: auth.private_key,
      algorithm: auth.algorithm,
      key_id: auth.certificate_id,
      issuer: auth.client_id,
      claims: { scope: 'rest_webservices' },
    },
  };
}

/** Whether a text can stand in brackets: it opens nothing that it does not close, and nothing after it would be lost. */
function isCondition(text: string): boolean {
  const bare = text.replaceAll(/'(?:[^']|'')*'/g, '');
  if (/['";]|--|\/\*/.test(bare)) return false;
  let depth = 0;
  for (const char of bare) {
    depth += char === '(' ? 1 : char === ')' ? -1 : 0;
    if (depth < 0) return false;
  }
  return depth === 0;
}
