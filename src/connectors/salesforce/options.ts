import { z } from 'zod';
import { secretRef } from '../../config/secrets.js';
import { httpSettings } from '../http/settings.js';
import { incrementalSettings } from '../incremental.js';
import { isClosed, isReading } from './soql.js';

const name = z.union([z.string().min(1), secretRef]);
const client = { client_id: name.describe('The consumer key of the app') };

/** Where an organisation is and how to get in. */
export const salesforceSource = httpSettings
  .pick({ timeout_s: true, budget: true, attempts: true, patience_s: true, max_mb: true })
  .extend({
    login_url: z
      .url({ protocol: /^https?$/ })
      .default('https://login.salesforce.com')
      .describe('Where tokens are got: best the My Domain of the organisation, `https://NAME.my.salesforce.com`'),
    version: z
      .string()
      .regex(/^\d{2,3}\.0$/, 'must be a version such as `62.0`')
      .default('62.0')
      .describe('Version of the API'),
    auth: z
      .discriminatedUnion('grant', [
        z.strictObject({ grant: z.literal('client_credentials'), ...client, client_secret: secretRef }),
        z.strictObject({
          grant: z.literal('jwt_bearer'),
          ...client,
          username: name.describe('User for whom the app asks'),
          private_key: secretRef.describe('PEM'),
          audience: z.string().optional().describe('`aud` of the assertion, if it is none of Salesforce’s own'),
        }),
        z.strictObject({ grant: z.literal('refresh_token'), ...client, client_secret: secretRef.optional(), refresh_token: secretRef }),
        z.strictObject({
          grant: z.literal('password'),
          ...client,
          client_secret: secretRef,
          username: name,
          password: secretRef,
          security_token: secretRef.optional().describe('Put behind the password, where the organisation asks for it'),
        }),
      ])
      .describe('The OAuth 2.0 flow by which a token is got'),
  });

const field = z.string().regex(/^[A-Za-z]\w*(\.[A-Za-z]\w*){0,5}$/, 'must be a field, or a path to one such as `Account.Name`');

/** What is read of it: an object, or a query in full. */
export const salesforceStream = z
  .object({
    ...incrementalSettings,
    object: z
      .string()
      .regex(/^[A-Za-z]\w*$/, 'must be the API name of an object')
      .optional()
      .describe('API name of an object, such as `Contact` or `Invoice__c`'),
    columns: z
      .array(field)
      .min(1)
      .optional()
      .describe('Fields to read, and paths to fields of parents such as `Account.Name`; all that the user may see if left out'),
    where: z
      .string()
      .min(1)
      .refine(isClosed, 'must be one condition, with each quote and parenthesis closed')
      .optional()
      .describe('Condition in SOQL that records must fit'),
    soql: z
      .string()
      .refine(isReading, 'must be a SELECT that changes nothing: without FOR VIEW, FOR REFERENCE, FOR UPDATE and UPDATE')
      .optional()
      .describe('A query in full, instead of an object; it is read whole by every run'),
    cursor: z
      .enum(['SystemModstamp', 'LastModifiedDate', 'CreatedDate'])
      .optional()
      .describe('Field that tells what changed; the first of these that the object has if left out'),
    batch_size: z.number().int().min(200).max(2000).default(2000).describe('The most records that an answer may have'),
  })
  .refine((s) => (s.object === undefined) !== (s.soql === undefined), { message: 'needs either `object` or `soql`' })
  .refine((s) => s.soql === undefined || (s.columns ?? s.where ?? s.cursor) === undefined, {
    message: '`columns`, `where` and `cursor` belong to an `object`; a query says them itself',
  });

export type SalesforceSource = z.output<typeof salesforceSource>;
export type SalesforceStream = z.output<typeof salesforceStream>;
