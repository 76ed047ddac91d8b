import { z } from 'zod';
import { secretRef } from '../../../config/secrets.js';
import { authKind, headerName, putHeader } from './contract.js';

/** A key in a header or in a query parameter. */
export const apiKey = authKind({
  name: 'api_key',
  options: z.union([
    z.strictObject({
      kind: z.literal('api_key'),
      key: secretRef,
      header: headerName.describe('Header that carries the key'),
      prefix: z.string().default('').describe('Stands before the key, such as `Token `'),
      id: secretRef.optional().describe('Stands between prefix and key, with a colon behind it, where a service gives out pairs'),
    }),
    z.strictObject({
      kind: z.literal('api_key'),
      key: secretRef,
      query: z.string().min(1).describe('Query parameter that carries the key'),
    }),
  ]),
  open: (options, { world }) => ({
    sign: async ({ headers, url }) => {
      const key = await world.secret(options.key);
      if ('header' in options) {
        const pair = options.id === undefined ? key : `${await world.secret(options.id)}:${key}`;
        putHeader(headers, options.header, `${options.prefix}${pair}`);
      } else url.searchParams.set(options.query, key);
      return null;
    },
  }),
});
