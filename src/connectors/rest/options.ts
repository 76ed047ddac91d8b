import { z } from 'zod';
import { collectionSettings, httpSettings } from '../http/settings.js';
import { incrementalSettings } from '../incremental.js';

/** Where the service is and how to get in. */
export const restSource = httpSettings;

/** What is read of it. */
export const restStream = collectionSettings.extend({
  ...incrementalSettings,
  cursor: z
    .strictObject({
      field: z.string().min(1).describe('Path of a field that grows with every change, such as `updated_at`: a time or a number'),
      parameter: z.string().min(1).describe('Parameter of the query that asks for records from this value on'),
      until: z
        .string()
        .min(1)
        .optional()
        .describe('Parameter of the query that asks for records before a value; for reading a stretch of time again'),
    })
    .optional()
    .describe('How to ask for what changed; without it every run reads all records'),
});

export type RestSource = z.output<typeof restSource>;
export type RestStream = z.output<typeof restStream>;
